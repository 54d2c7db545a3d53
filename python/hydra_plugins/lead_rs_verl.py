"""LEAD's settings in verl's trainer configurations, and LEAD in every process of a verl run.

Hydra imports this module in every Hydra application of the environment. Anywhere but in a verl
application it looks at the search path and does nothing; nothing heavier than Hydra is imported.

In a verl application the folder ``verl/trainer/config`` is shadowed by one that holds the same
files, except that an `algorithm` node with an `adv_estimator` also has the ``lead_*`` settings: so
``algorithm.lead_beta=0.9`` is an override like any other, and ``algorithm.lead_betta`` is refused.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import re
import sys
from pathlib import Path

from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf

_logger = logging.getLogger("lead_rs.hydra")

PROVIDER = "lead-rs"


class LeadSearchPath(SearchPathPlugin):
    """Adds LEAD to the search path of verl's applications."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Put LEAD's source right before verl's own folder, which it stands in for.

        verl's other applications, and its trainers under the user's own ``--config-path``, bring
        that folder in later, by ``hydra.searchpath``: then at the end of what is there by now.
        """
        paths = [element.path for element in search_path.get_path() if element.path]
        if not any("verl" in path for path in paths) and not _runs_verl():
            return
        verl = _verl()
        if verl is None:
            return
        folders = {path: _folder(path, verl) for path in paths}
        if not _runs_verl() and not any(
            folder is not None and folder.is_relative_to(verl) for folder in folders.values()
        ):
            return
        if not _may_load_lead(verl):
            return
        trainer_config = verl / "trainer" / "config"
        source = f"{LeadConfigSource.scheme()}://{trainer_config}"
        for path, folder in folders.items():
            if folder == trainer_config:
                search_path.prepend(PROVIDER, source, SearchPathQuery(provider=None, path=path))
                break
        else:
            search_path.append(PROVIDER, source)
        _load(verl)


class LeadConfigSource(ConfigSource):
    """verl's folder of trainer configurations, with the ``lead_*`` settings in them."""

    @staticmethod
    def scheme() -> str:
        """The scheme in ``lead-rs:///path/to/verl/trainer/config``."""
        return "lead-rs"

    def available(self) -> bool:
        """Whether verl's folder is there."""
        return Path(self.path).is_dir()

    def is_group(self, config_path: str) -> bool:
        """Never: verl's groups are found in verl's own folder."""
        return False

    def is_config(self, config_path: str) -> bool:
        """Whether this is a configuration at the top of verl's folder."""
        return "/" not in config_path and self._file(config_path).is_file()

    def load_config(self, config_path: str) -> ConfigResult:
        """Load one of verl's configurations and add what it lacks of LEAD's settings."""
        if not self.is_config(config_path):
            raise ConfigLoadError(f"Config not found: {config_path}")
        text = self._file(config_path).read_text(encoding="utf-8")
        config = OmegaConf.create(text)
        algorithm = OmegaConf.select(config, "algorithm")
        if isinstance(algorithm, DictConfig) and "adv_estimator" in algorithm:
            for key, value in _lead_settings().items():
                algorithm.setdefault(key, value)
        return ConfigResult(
            config=config,
            path=f"{self.scheme()}://{self.path}",
            provider=self.provider,
            header=self._get_header_dict(text[:512]),
        )

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Nothing of its own: every file here is listed by verl's own folder."""
        return []

    def _file(self, config_path: str) -> Path:
        return Path(self.path, self._normalize_file_name(config_path))


def _lead_settings() -> dict[str, object]:
    from lead_rs import LeadConfig

    return {f"lead_{name}": value for name, value in LeadConfig().to_dict().items()}


def _verl() -> Path | None:
    """The folder of the installed verl.

    As `lead_rs.installed_verl` finds it, which none but verl's own programs are to import.
    """
    spec = importlib.util.find_spec("verl")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent.resolve()


def _may_load_lead(verl: Path) -> bool:
    """Whether LEAD may and can be in the processes of that verl."""
    try:
        from lead_rs import installed_verl
    except ImportError:
        # verl must go on without us for those who don't train with LEAD.
        _logger.exception("lead_rs cannot be imported: algorithm.adv_estimator=lead won't work")
        return False
    return installed_verl.may_load_lead(verl)


def _runs_verl() -> bool:
    """Whether the program is one of verl's: ``python -m verl...``."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec is not None and spec.name.startswith("verl.")


def _folder(search_path: str, verl: Path) -> Path | None:
    """The folder that an element of a search path means; None if it is in another package."""
    scheme, separator, path = search_path.rpartition("://")
    if not separator or scheme == "file":
        return Path(path).resolve()
    package, *inner = re.split("[./]", path)
    return verl.joinpath(*inner) if scheme == "pkg" and package == verl.name else None


def _load(verl: Path) -> None:
    """Have verl load LEAD in the processes of this run, and here; verl 0.9 does so by itself."""
    from lead_rs import installed_verl

    if installed_verl.loads_plugins(verl):
        return
    variable, module = installed_verl.MODULES_VARIABLE, installed_verl.MODULE
    given = os.environ.get(variable, "")
    modules = installed_verl.named_modules()
    if module not in modules:
        os.environ[variable] = ",".join([*modules, module])
    try:
        importlib.import_module(module)
    except Exception:
        # It has said why. verl must go on for those who don't train with LEAD, and it cannot where
        # it is told to load what cannot be imported.
        os.environ[variable] = given
