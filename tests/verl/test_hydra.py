"""LEAD's settings in verl's real configurations, and nowhere else."""

import json
import os

import pytest
from verl_versions import loads_plugins, verl_folder, wheel_folders

import lead_rs

SETTINGS = {f"lead_{name}": value for name, value in lead_rs.LeadConfig().to_dict().items()}

COMPOSE = """
import importlib.util, json, os, sys
from pathlib import Path
from hydra import compose, initialize_config_dir
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

folder, name, overrides = json.loads(sys.argv[1])
verl = Path(importlib.util.find_spec("verl").origin).parent

def composed(overrides):
    try:
        with initialize_config_dir(str(verl / folder), version_base=None):
            return OmegaConf.to_container(compose(name, overrides), resolve=False)
    except HydraException as error:
        return str(error)

ours = composed(overrides)
modules = os.environ.get("VERL_USE_EXTERNAL_MODULES")
heavy = sorted({"torch", "ray", "verl"} & set(sys.modules))
plugins = Plugins.instance().plugin_type_to_subclass_list[SearchPathPlugin]
plugins[:] = [plugin for plugin in plugins if plugin.__name__ != "LeadSearchPath"]
print(json.dumps([ours, composed([]), modules, heavy]))
"""


@pytest.fixture
def compose(python, unpacked):
    """Compose a configuration of a real verl: with overrides, and without LEAD or overrides."""

    def run(wheel, folder, name, *overrides, fresh=False):
        done = python(
            "-W", "ignore", "-c", COMPOSE, json.dumps([folder, name, overrides]),
            path=unpacked(wheel), fresh=fresh,
        )  # fmt: skip
        return json.loads(done.stdout.splitlines()[-1])

    return run


CONFIG = "trainer/config"


@pytest.mark.parametrize("name", ["ppo_trainer", "ppo_megatron_trainer"])
@pytest.mark.parametrize("wheel", wheel_folders())
def test_lead_settings_are_added_and_nothing_else(compose, wheel, name):
    ours, vanilla, modules, heavy = compose(wheel, CONFIG, name, fresh=True)
    added = {key: ours["algorithm"].pop(key) for key in SETTINGS}
    assert added == SETTINGS
    assert ours == vanilla
    assert modules == (None if loads_plugins(wheel) else "lead_rs.verl")
    assert heavy == []


@pytest.mark.parametrize("wheel", wheel_folders())
def test_an_override_needs_no_plus(compose, wheel):
    ours, _, _, _ = compose(
        wheel, CONFIG, "ppo_trainer", "algorithm.adv_estimator=lead", "algorithm.lead_beta=0.9",
        "algorithm.lead_lstar_mode=max_sym", "algorithm.lead_static_lambda_corr=0.5",
        "++algorithm.lead_unsolved=neutral",
    )  # fmt: skip
    settings = lead_rs.LeadConfig.from_verl(ours["algorithm"])
    assert settings == lead_rs.LeadConfig(
        beta=0.9, lstar_mode="max_sym", static_lambda_corr=0.5, unsolved="neutral"
    )


@pytest.mark.parametrize("wheel", wheel_folders())
def test_a_list_of_rewards_is_an_override_too(compose, wheel):
    ours, _, _, _ = compose(
        wheel, CONFIG, "ppo_trainer", "algorithm.adv_estimator=lead",
        "algorithm.lead_rewards=[{name:acc,min:0,max:1,floor:0.3},{name:f,key:g,min:-1,max:1}]",
        "algorithm.lead_static_weights=[1,0.5]", "algorithm.lead_instability=range",
    )  # fmt: skip
    settings = lead_rs.LeadConfig.from_verl(ours["algorithm"])
    assert settings.static_weights == [1.0, 0.5]
    assert [(r["name"], r["key"], r["min"]) for r in settings.rewards] == [
        ("acc", "acc", 0.0), ("f", "g", -1.0),
    ]  # fmt: skip


@pytest.mark.parametrize("wheel", wheel_folders())
def test_a_typo_is_refused(compose, wheel):
    error, _, _, _ = compose(wheel, CONFIG, "ppo_trainer", "algorithm.lead_betta=0.9")
    assert "Could not override 'algorithm.lead_betta'" in error


def test_a_plus_says_that_the_setting_is_there(compose):
    error, _, _, _ = compose("installed", CONFIG, "ppo_trainer", "+algorithm.lead_beta=0.9")
    assert "already" in error


EXPERIMENTAL = {
    "fully_async_ppo_trainer": "experimental/fully_async_policy/config",
    "one_step_off_ppo_trainer": "experimental/one_step_off_policy/config",
}


@pytest.mark.parametrize("name", EXPERIMENTAL)
@pytest.mark.parametrize("wheel", wheel_folders())
def test_verls_other_trainers(compose, unpacked, tmp_path, wheel, name):
    # one_step_off looks for file://verl/trainer/config: it is run from the folder that holds verl.
    folder = unpacked(wheel)
    (tmp_path / "verl").symlink_to(verl_folder() if folder is None else folder / "verl")
    override = "algorithm.lead_beta=0.9"
    ours, vanilla, _, _ = compose(wheel, EXPERIMENTAL[name], name, override)
    assert ours["algorithm"].pop("lead_beta") == 0.9
    for key in SETTINGS.keys() - {"lead_beta"}:
        assert ours["algorithm"].pop(key) == SETTINGS[key]
    assert ours == vanilla


def test_verls_other_configurations_are_as_they_were(compose):
    for name in ("sft_trainer_engine", "evaluation"):
        ours, vanilla, _, _ = compose("installed", CONFIG, name)
        assert ours == vanilla


APPLICATION = """
import json, os, sys
import hydra
from omegaconf import OmegaConf

@hydra.main(config_path=".", config_name="my_trainer", version_base=None)
def main(config):
    sources = hydra.core.hydra_config.HydraConfig.get().runtime.config_sources
    print(json.dumps([
        OmegaConf.to_container(config),
        [(source.provider, source.path) for source in sources],
        os.environ.get("VERL_USE_EXTERNAL_MODULES"),
        [name for name in sys.modules if name.startswith(("lead_rs", "verl", "torch"))],
    ]))

main()
"""

OTHERS = "algorithm:\n  adv_estimator: gae\n  gamma: 1.0\n"


@pytest.mark.parametrize("place", ["project", "verl/trainer/config", "my_verl_fork"])
@pytest.mark.parametrize("name", ["my_trainer", "ppo_trainer"])
def test_other_applications_are_untouched(python, tmp_path, place, name):
    folder = tmp_path / place
    folder.mkdir(parents=True)
    (folder / "app.py").write_text(APPLICATION.replace("my_trainer", name))
    (folder / f"{name}.yaml").write_text(OTHERS)
    done = python(str(folder / "app.py"), "hydra.run.dir=out", fresh=True)
    config, sources, modules, loaded = json.loads(done.stdout)
    assert config == {"algorithm": {"adv_estimator": "gae", "gamma": 1.0}}
    assert sources == [["hydra", "hydra.conf"], ["main", str(folder)], ["schema", ""]]
    assert modules is None
    assert loaded == []


def test_without_verl_nothing_happens(python, tmp_path):
    """`verl` in a path, but no verl package: a folder of that name is none."""
    (tmp_path / "verl").mkdir()
    (tmp_path / "verl" / "app.py").write_text(APPLICATION)
    (tmp_path / "verl" / "my_trainer.yaml").write_text(OTHERS)
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.machinery as m\n"
        "find = m.PathFinder.find_spec.__func__\n"
        "hide = lambda cls, name, path=None, target=None: "
        "None if name == 'verl' else find(cls, name, path, target)\n"
        "m.PathFinder.find_spec = classmethod(hide)\n"
    )
    program = str(tmp_path / "verl" / "app.py")
    done = python(program, "hydra.run.dir=out", path=tmp_path, fresh=True)
    assert json.loads(done.stdout)[0] == {"algorithm": {"adv_estimator": "gae", "gamma": 1.0}}


MAIN = ("-W", "ignore", "-m", "verl.trainer.main_ppo", "--cfg", "job")


@pytest.mark.timeout(200)
def test_the_command_line_of_verl(python):
    done = python(*MAIN, "algorithm.adv_estimator=lead", "algorithm.lead_beta=0.9")
    assert "  lead_beta: 0.9\n" in done.stdout
    done = python(*MAIN, "algorithm.lead_betta=0.9", expect=1)
    assert "Could not override 'algorithm.lead_betta'" in done.stderr


@pytest.mark.timeout(200)
def test_verls_trainer_with_a_configuration_of_the_users_own(python, tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "hydra:\n  searchpath: [pkg://verl.trainer.config]\ndefaults: [ppo_trainer, _self_]\n"
        "algorithm: {adv_estimator: lead}\n"
    )
    own = ("--config-path", str(tmp_path), "--config-name", "mine")
    done = python(*MAIN, *own, "algorithm.lead_beta=0.9")
    assert "  adv_estimator: lead\n" in done.stdout
    assert "  lead_beta: 0.9\n" in done.stdout

    (tmp_path / "ppo_trainer.yaml").write_text("algorithm: {adv_estimator: gae}\n")
    done = python(*MAIN, "--config-path", str(tmp_path))
    assert done.stdout.strip() == "algorithm:\n  adv_estimator: gae"


def test_a_verl_that_has_the_settings_keeps_its_values(tmp_path):
    from hydra_plugins.lead_rs_verl import LeadConfigSource

    text = "algorithm: {adv_estimator: lead, lead_beta: 0.5}\n"
    (tmp_path / "ppo_trainer.yaml").write_text(text)
    source = LeadConfigSource("lead-rs", f"lead-rs://{tmp_path}")
    algorithm = source.load_config("ppo_trainer").config.algorithm
    assert dict(algorithm) == {"adv_estimator": "lead", **SETTINGS, "lead_beta": 0.5}


def test_modules_that_the_user_loads_are_kept(monkeypatch, tmp_path):
    from hydra_plugins.lead_rs_verl import _load

    (tmp_path / "version").mkdir()
    (tmp_path / "version" / "version").write_text("0.8.0\n")
    monkeypatch.setenv("VERL_USE_EXTERNAL_MODULES", "mine.too")
    for _ in range(2):
        _load(tmp_path)
    assert os.environ["VERL_USE_EXTERNAL_MODULES"] == "mine.too,lead_rs.verl"


def test_what_cannot_be_imported_is_not_given_to_the_workers(monkeypatch, tmp_path):
    from hydra_plugins import lead_rs_verl
    from lead_rs import installed_verl

    (tmp_path / "version").mkdir()
    (tmp_path / "version" / "version").write_text("0.8.0\n")
    monkeypatch.setattr(installed_verl, "MODULE", "lead_rs.no_such_module")
    monkeypatch.setenv("VERL_USE_EXTERNAL_MODULES", "mine.too")
    lead_rs_verl._load(tmp_path)
    assert os.environ["VERL_USE_EXTERNAL_MODULES"] == "mine.too"
