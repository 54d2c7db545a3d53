"""Acting on verl's modules after verl has imported them, and saying so where that fails."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import logging
import sys
import types
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

import wrapt

from lead_rs._errors import IncompatibleVerlError

_logger = logging.getLogger(__name__)

AnyFunction = Callable[..., Any]
Decorator = Callable[[AnyFunction], AnyFunction]


@dataclasses.dataclass(frozen=True)
class Adapter:
    """What LEAD does to one module of verl.

    Attributes:
        module: the full name of verl's module.
        adapt: acts on the imported module; returns the full names of what it replaced there.
        trainer: the full name of the class of verl's whose trainers need it; None where every
            trainer does.
        without: what doesn't work where it fails, if LEAD can do without; None if it can't.
    """

    module: str
    adapt: Callable[[ModuleType], list[str]]
    trainer: str | None = None
    without: str | None = None


applied: dict[str, list[str]] = {}
"""The verl modules acted on so far, each with the full names of what was replaced there."""

failures: dict[Adapter, Exception] = {}
"""The adapters that could not act on their module, each with the reason."""

_imported_before: set[str] = set()


def after_import(adapter: Adapter) -> None:
    """Have an adapter act on its module as soon as that has been imported, at once if it has been.

    An error is logged and kept instead of raised: raised here, it would break the import of verl's
    trainers for the users of every other estimator too. `check_compatible` raises it for those who
    train with LEAD.

    Args:
        adapter: what to do.
    """
    if adapter.module in sys.modules:
        _imported_before.add(adapter.module)
    wrapt.register_post_import_hook(lambda module: act_on(module, adapter), adapter.module)


def act_on(module: ModuleType, adapter: Adapter) -> None:
    """Have an adapter act on a module that is there, as `after_import` does with one to come."""
    try:
        applied.setdefault(module.__name__, []).extend(adapter.adapt(module))
    except Exception as error:
        failures[adapter] = error
        _logger.error("lead_rs cannot extend verl %s: %s", verl_version(), error)


def check_compatible(trainer: type | None) -> None:
    """Raise if a trainer would lack something that LEAD does for it.

    Args:
        trainer: the trainer's class; None for a program without one that is extended, which may be
            so because extending its class has failed.

    Raises:
        IncompatibleVerlError: naming verl's version and what is missing.
    """
    classes = (
        None
        if trainer is None
        else {f"{each.__module__}.{each.__qualname__}" for each in trainer.__mro__}
    )
    missing = [
        str(error)
        for adapter, error in failures.items()
        if adapter.without is None
        and (adapter.trainer is None or classes is None or adapter.trainer in classes)
    ]
    if missing:
        raise IncompatibleVerlError(
            f"algorithm.adv_estimator=lead cannot run on verl {verl_version()}: "
            f"{'; '.join(missing)} (see `lead-rs check`)"
        )


def replace(owner: ModuleType | type, **decorators: Decorator) -> list[str]:
    """Replace functions of a verl module, or methods of a verl class, by decorated ones.

    Other modules that took a function by name (``from ... import``) before it was replaced get the
    new one too, under whatever name they have it, so the order of imports doesn't matter.

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
        replacement = _extended(inspect.getattr_static(owner, name), decorate)
        if inspect.ismodule(owner):
            put(owner, name, replacement)
        else:
            setattr(owner, name, replacement)
    return [f"{place}.{name}" for name in decorators]


def replace_overrides(trainer: object, decorators: Mapping[str, Decorator]) -> None:
    """Decorate on a trainer itself those of its methods that its class has of its own.

    A recipe's class may override what `replace` has extended in verl's, without calling it.

    Args:
        trainer: the object.
        decorators: for each name of a method, what makes the new function from the original one.
    """
    for name, decorate in decorators.items():
        original = inspect.getattr_static(type(trainer), name, None)
        if inspect.isfunction(original) and not hasattr(original, _MARK):
            setattr(trainer, name, types.MethodType(_extended(original, decorate), trainer))


def within(context: Callable[[Any], AbstractContextManager[Any]]) -> Decorator:
    """A decorator for a method, plain or a coroutine: it runs within ``context(self)``."""

    def decorate(original: AnyFunction) -> AnyFunction:
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            with context(self):
                return original(self, *args, **kwargs)

        async def coroutine(self: Any, *args: Any, **kwargs: Any) -> Any:
            with context(self):
                return await original(self, *args, **kwargs)

        return coroutine if inspect.iscoroutinefunction(original) else method

    return decorate


_MARK = "__lead_rs__"


def _extended(original: AnyFunction, decorate: Decorator) -> AnyFunction:
    replacement = functools.wraps(original)(decorate(original))
    setattr(replacement, _MARK, True)
    return replacement


def put(owner: ModuleType, name: str, replacement: object) -> None:
    """Put something in the place of what a verl module has under a name, wherever it was taken."""
    original = vars(owner)[name]
    setattr(owner, name, replacement)
    everywhere = owner.__name__ in _imported_before
    for module_name, module in list(sys.modules.items()):
        # A module that has just been imported can have been read by verl's own modules alone. A
        # program of verl's that runs as `python -m verl...` is called __main__.
        if everywhere or module_name.startswith("verl.") or module_name == "__main__":
            held = getattr(module, "__dict__", {})
            for name in [name for name, value in list(held.items()) if value is original]:
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
