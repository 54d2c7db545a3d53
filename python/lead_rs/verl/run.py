"""A training run as LEAD sees it: one object that holds all that LEAD keeps from step to step.

A `Run` belongs to its trainer: `of_trainer` finds it there, whatever becomes of the trainer's
configuration. verl calls an estimator without the trainer, so while a method of the trainer's is
running `current` is the run, and what the trainer knows of the batch. Who calls verl's functions
from a loop without a trainer is known by the ``config.algorithm`` that is passed on each call.
"""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import gc
import logging
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lead_rs import LeadConfig, WeightController
from lead_rs.verl import hooks, preflight
from lead_rs.verl.rows import FloatArray, Rows
from lead_rs.verl.settings import NAME

if TYPE_CHECKING:
    import numpy.typing as npt
    from omegaconf import DictConfig

_logger = logging.getLogger(__name__)

_ATTRIBUTE = "_lead_run"


class Run:
    """What LEAD keeps of one training run.

    Args:
        algorithm: the run's ``config.algorithm``.

    Attributes:
        controller: the weights and the number of steps taken.
        in_checkpoints: whether a trainer that lead_rs extends saves and loads the controller.
        last: the last batch, until its metrics are logged.
        began_at: the global step of the checkpoint it goes on from; 0 for none.
        dump: what a dump of rollouts needs of the rows that this global step counted.

    Raises:
        LeadError: for a ``lead_*`` setting that is unknown or out of range.
        TypeError: for one of another type.

    Example:
        >>> from omegaconf import OmegaConf
        >>> run = Run(OmegaConf.create({"adv_estimator": "lead", "lead_beta": 0.9}))
        >>> run.controller.config.beta, run.controller.step
        (0.9, 0)
    """

    def __init__(self, algorithm: DictConfig, *, in_checkpoints: bool = False) -> None:
        """Begin a run, at its first step."""
        self.controller = WeightController(LeadConfig.from_verl(algorithm))
        self.in_checkpoints = in_checkpoints
        self.kl_in_rewards = bool(algorithm.get("use_kl_in_reward", False))
        self.last: Step | None = None
        self.dump = Dump()
        self.goes_on_from(0)
        self._algorithm: weakref.ref[Any] | None = None
        self._inside: set[str] = set()
        self._said: set[str] = set()

    def take_metrics(self) -> dict[str, float]:
        """The ``lead/*`` metrics of the last batch, once: they belong in one line of the log."""
        last, self.last = self.last, None
        return {} if last is None else last.metrics

    def goes_on_from(self, global_step: int) -> None:
        """Say that the controller is that of the checkpoint of this step; 0 for none."""
        self.began_at, self._start = global_step, self.controller.state_dict()
        self._has_seen = False

    def sees(self) -> None:
        """Say that the estimator has a batch of this run, whatever comes of it."""
        self._has_seen, self.last = True, None

    def is_trained_here(self) -> bool:
        """Whether a batch has come to this process since `began_at`."""
        return self._has_seen or bool(self.controller.state_dict() != self._start)

    def warn_once(self, message: str, *arguments: object) -> None:
        """Log a warning that this run has not logged yet."""
        if message not in self._said:
            self._said.add(message)
            _logger.warning(message, *arguments)

    @contextlib.contextmanager
    def once(self, what: str) -> Iterator[bool]:
        """Whether this is the outermost of the calls within each other that do the same.

        A recipe's method may call the one of verl's that it overrides, and both are extended.
        """
        if what in self._inside:
            yield False
            return
        self._inside.add(what)
        try:
            yield True
        finally:
            self._inside.discard(what)

    def _is_of(self, algorithm: object) -> bool:
        return self._algorithm is not None and self._algorithm() is algorithm

    def _has_computed(self, batch: object) -> bool:
        return self.last is not None and self.last.data() is batch


@dataclasses.dataclass(frozen=True)
class Step:
    """A batch that a LEAD step has been taken on.

    Attributes:
        data: the DataProto.
        rows: the C rows that were counted.
        correctness: [C] of those; NaN where no reward depends on it.
        response_length: [C] tokens.
        metrics: the ``lead/*`` metrics.
        rewards: [C] of each key that the settings list of what the reward function returned; NaN
            where it gave none.
    """

    data: weakref.ref[Any]
    rows: Rows
    correctness: FloatArray
    response_length: npt.NDArray[Any]
    metrics: dict[str, float]
    rewards: dict[str, FloatArray]


@dataclasses.dataclass(frozen=True)
class Dump:
    """What a global step counted: of each row, by its key, the columns of a dump."""

    global_step: int | None = None
    rows: dict[str, dict[str, float | None]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Call:
    """A call of verl's that is about one batch, as it is passed on to the estimator.

    Attributes:
        run: whose batch it is.
        returned: [B] what the reward function returned besides the score, by key, None where it
            gave none; None where it is in `data`.
        rows: the rows to count; None for all.
        global_step: the number of the trainer's step that the batch is part of; None where each
            batch is a step.
        data: the DataProto, [B] rows, once verl's `compute_advantage` has it.
    """

    run: Run
    returned: Mapping[str, Sequence[Any]] | None = None
    rows: Rows | None = None
    global_step: int | None = None
    data: Any = None

    def about(self, data: Any) -> Call:
        """The same call, once verl's `compute_advantage` has the batch."""
        return dataclasses.replace(self, data=data)


_current: contextvars.ContextVar[Call | None] = contextvars.ContextVar("lead_call", default=None)

# Only to find them by: each is kept by its trainer, or by its config.algorithm.
_runs: weakref.WeakSet[Run] = weakref.WeakSet()
_settings_without_trainer: set[LeadConfig] = set()


def current() -> Call | None:
    """The call that is under way in this thread or coroutine."""
    return _current.get()


@contextlib.contextmanager
def under_way(call: Call) -> Iterator[None]:
    """Within this context, `current` is this call."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)


def of_trainer(trainer: Any, config: Any = None) -> Run:
    """The run of a trainer of verl's that lead_rs extends.

    Args:
        trainer: the trainer, which keeps it.
        config: the whole configuration, where the trainer hasn't taken it over yet.

    Returns:
        The run. It is made at the first call, after all that `preflight.check` looks at.

    Raises:
        IncompatibleVerlError: this verl lacks what LEAD does for such a trainer.
        ValueError, TypeError, OSError, RuntimeError: as `preflight.check`.
    """
    run: Run | None = getattr(trainer, _ATTRIBUTE, None)
    if run is None:
        config = trainer.config if config is None else config
        hooks.check_compatible(type(trainer))
        preflight.check(config)
        preflight.claim(config)
        run = Run(config.algorithm, in_checkpoints=True)
        if not config.algorithm.get("norm_adv_by_std_in_grpo", True):
            run.warn_once(
                "algorithm.norm_adv_by_std_in_grpo=False has no effect on LEAD, which always "
                "divides by the standard deviation of the group"
            )
        setattr(trainer, _ATTRIBUTE, run)
        _register(run, config.algorithm)
    return run


def of_algorithm(algorithm: DictConfig) -> Run:
    """The run that a ``config.algorithm`` node belongs to: its trainer's, or a loop's without one.

    Args:
        algorithm: the node itself, the same object at each step: it stands for the run.

    Returns:
        The run; its ``controller`` is what to save and load where no trainer does.

    Raises:
        IncompatibleVerlError: if this verl lacks what LEAD needs.
        LeadError: for a ``lead_*`` setting that is unknown or out of range.
        TypeError: for a plain dict, which cannot stand for a run.

    Example:
        >>> from omegaconf import OmegaConf
        >>> config = OmegaConf.create({"algorithm": {"adv_estimator": "lead"}})
        >>> of_algorithm(config.algorithm) is of_algorithm(config.algorithm)
        True
    """
    for run in list(_runs):
        if run._is_of(algorithm):
            return run
    hooks.check_compatible(None)
    if isinstance(algorithm, dict):
        raise TypeError(
            "config must be the trainer's config.algorithm, a DictConfig or an AlgoConfig and the "
            "same object at each step, got a dict"
        )
    run = Run(algorithm)
    settings = run.controller.config
    if settings in _settings_without_trainer:
        _logger.warning(
            "config is another object than at an earlier call: LEAD takes this for the first step "
            "of another run. Pass the same config.algorithm at each step of a run"
        )
    _settings_without_trainer.add(settings)
    _register(run, algorithm)
    weakref.finalize(algorithm, _runs.discard, run).atexit = False  # which keeps it as long
    return run


def in_force(algorithm: DictConfig | None) -> Call:
    """The call that an estimator's batch is part of.

    Args:
        algorithm: what is passed as ``config``, if anything. A trainer's own run comes first.

    Returns:
        `current`, or one of the run that `of_algorithm` finds, or without that of the only trainer
        of this process.

    Raises:
        IncompatibleVerlError, ValueError: as `of_algorithm`.
        TypeError: as `of_algorithm`; where nothing says which run it is.
    """
    call = current()
    if call is not None:
        return call
    if algorithm is None:
        gc.collect()  # a trainer that is done may not be gone yet
        found = [run for run in list(_runs) if run.in_checkpoints]
        if len(found) != 1:
            raise TypeError(
                f"compute_advantage(..., adv_estimator={NAME!r}) needs config=, the trainer's "
                f"config.algorithm: it was called from no trainer that lead_rs extends, and "
                f"without it nothing says whose weights to use"
            )
        return Call(found[0])
    run = of_algorithm(algorithm)
    if not run.in_checkpoints:
        run.warn_once(
            "LEAD's weights won't be in the checkpoints: the estimator %r was called from no "
            "trainer that lead_rs extends. Save and load "
            "lead_rs.verl.run.of_algorithm(config.algorithm).controller with "
            "lead_rs.verl.checkpoint",
            NAME,
        )
    return Call(run)


def of_batch(batch: object) -> Run | None:
    """The run that is under way, or else the one that computed the advantages of this batch."""
    call = current()
    if call is not None:
        return call.run
    return next((run for run in list(_runs) if run._has_computed(batch)), None)


def _register(run: Run, algorithm: object) -> None:
    run._algorithm = weakref.ref(algorithm)
    _runs.add(run)
