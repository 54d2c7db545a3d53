"""Acting on verl's modules after verl has imported them, and saying so where that fails."""

from __future__ import annotations

import functools
import inspect
import logging
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import wrapt

_logger = logging.getLogger(__name__)

AnyFunction = Callable[..., Any]


class IncompatibleVerlError(RuntimeError):
    """This version of verl lacks something that LEAD builds on."""


applied: dict[str, list[str]] = {}
"""The verl modules acted on so far, each with the full names of what was replaced there."""

failures: dict[str, Exception] = {}
"""The verl modules that could not be acted on, each with the reason."""


def after_import(module: str, adapt: Callable[[ModuleType], list[str]]) -> None:
    """Call `adapt` with verl's `module` as soon as it has been imported, at once if it has been.

    An error of `adapt` is logged and kept instead of raised: raised here, it would break the import
    of verl's trainers for the users of every other estimator too. `check_compatible` raises it for
    those who train with LEAD.

    Args:
        module: the full name of a verl module.
        adapt: acts on the imported module; returns the full names of what it replaced there.
    """
    wrapt.register_post_import_hook(lambda imported: act_on(imported, adapt), module)


def act_on(module: ModuleType, adapt: Callable[[ModuleType], list[str]]) -> None:
    """Call `adapt` with a module of verl's that is there, as `after_import` does with one to come.

    Args:
        module: the module.
        adapt: as for `after_import`.
    """
    try:
        applied[module.__name__] = adapt(module)
    except Exception as error:
        failures[module.__name__] = error
        _logger.error("lead_rs cannot extend verl %s: %s", verl_version(), error)


def check_compatible() -> None:
    """Raise if a verl module could not be acted on: what LEAD does there would be missing.

    Raises:
        IncompatibleVerlError: naming verl's version and what is missing.
    """
    if failures:
        raise IncompatibleVerlError(
            f"algorithm.adv_estimator=lead cannot run on verl {verl_version()}: "
            f"{'; '.join(map(str, failures.values()))} (see `python -m lead_rs check`)"
        )


def replace(
    owner: ModuleType | type, **decorators: Callable[[AnyFunction], AnyFunction]
) -> list[str]:
    """Replace functions of a verl module, or methods of a verl class, by decorated ones.

    Other modules of verl that took a function by name (``from ... import``) before it was replaced
    get the new one too, so the order of imports doesn't matter.

    Args:
        owner: the module or class.
        decorators: for each name, what makes the new function from the original one.

    Returns:
        The full names of what was replaced.

    Raises:
        IncompatibleVerlError: if one is missing; then none has been replaced.
    """
    place = owner.__name__ if inspect.ismodule(owner) else f"{owner.__module__}.{owner.__name__}"
    for name in decorators:
        if not callable(inspect.getattr_static(owner, name, None)):
            raise IncompatibleVerlError(f"verl {verl_version()} has no {place}.{name}")
    for name, decorate in decorators.items():
        original = inspect.getattr_static(owner, name)
        replacement = functools.wraps(original)(decorate(original))
        setattr(owner, name, replacement)
        if inspect.ismodule(owner):
            _rebind(name, original, replacement)
    return [f"{place}.{name}" for name in decorators]


def _rebind(name: str, original: object, replacement: object) -> None:
    for module_name, module in list(sys.modules.items()):
        # A program of verl's that runs as `python -m verl...` is called __main__.
        of_verl = module_name.startswith("verl.") or module_name == "__main__"
        if of_verl and vars(module).get(name) is original:
            setattr(module, name, replacement)


def class_of(module: ModuleType, name: str) -> type:
    """A class of a verl module; of a Ray actor, the class that its processes make it from.

    Raises:
        IncompatibleVerlError: if there is none.
    """
    found = vars(module).get(name)
    found = getattr(getattr(found, "__ray_metadata__", None), "modified_class", found)
    if not isinstance(found, type):
        raise IncompatibleVerlError(f"verl {verl_version()} has no {module.__name__}.{name}")
    return found


def verl_version() -> str:
    """The version of the verl that is imported in this process."""
    return getattr(sys.modules.get("verl"), "__version__", "(version unknown)")
