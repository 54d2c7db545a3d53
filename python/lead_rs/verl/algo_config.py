"""verl's ``AlgoConfig`` with the ``lead_*`` settings, which ``config.algorithm`` has as well."""

from __future__ import annotations

import dataclasses
from types import ModuleType
from typing import Any

from lead_rs import LeadConfig
from lead_rs.verl import hooks

NAME = "AlgoConfig"

_LISTS: dict[str, Any] = {"rewards": list[Any] | None, "static_weights": list[float] | None}


def _fields() -> list[tuple[str, Any, Any]]:
    """Name, type and default of each setting, as OmegaConf's structured configurations want it."""
    return [
        (f"lead_{name}", _LISTS.get(name, float | None) if value is None else type(value), value)
        for name, value in LeadConfig().to_dict().items()
    ]


def adapt(algorithm: ModuleType) -> list[str]:
    """Act on ``verl.trainer.config.algorithm``.

    `omega_conf_to_dataclass` hands every key of ``config.algorithm`` to the class, and LEAD's are
    among them whatever the estimator.
    """
    original = hooks.class_of(algorithm, NAME)
    extended = dataclasses.make_dataclass(
        NAME,
        _fields(),
        bases=(original,),
        namespace={"__module__": original.__module__, "__doc__": original.__doc__},
    )
    hooks.put(algorithm, NAME, extended)
    return [f"{algorithm.__name__}.{NAME}"]
