"""How sure a validation's accuracy is: its standard error, from what verl dumped of it."""

from __future__ import annotations

import dataclasses
import math
import re
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from lead_rs._errors import CommandError
from lead_rs.runs.logs import Log
from lead_rs.runs.rollouts import load_correctness

_ACCURACY = re.compile(r"val-core/.*/acc/mean@\d+")


@dataclasses.dataclass(frozen=True)
class Accuracy:
    """A validation's accuracy, problem by problem.

    Attributes:
        problems: the mean over each problem's responses, by prompt.
    """

    problems: Mapping[str, float]

    @property
    def error(self) -> float:
        """The standard error of the mean over problems; NaN where there is only one problem."""
        return _error(list(self.problems.values()))

    def change_since(self, earlier: Accuracy) -> tuple[float, float] | None:
        """The mean change over problems and its standard error; None if the problems differ.

        Example:
            >>> before, after = Accuracy({"a": 0, "b": 1}), Accuracy({"a": 1, "b": 1})
            >>> after.change_since(before)
            (0.5, 0.5)
        """
        if self.problems.keys() != earlier.problems.keys():
            return None
        changes = [value - earlier.problems[prompt] for prompt, value in self.problems.items()]
        return statistics.fmean(changes), _error(changes)


def accuracy_metrics(log: Log) -> list[str]:
    """The validation accuracies that a run logged, by verl's names."""
    names = {name for row in log.steps.values() for name in row if _ACCURACY.fullmatch(name)}
    return sorted(names)


def load_held_out(path: Path, log: Log) -> dict[int, Accuracy]:
    """Find a run's dumps of validations (``trainer.validation_data_dir``) and read them.

    They have the form of dumps of rollouts; which they are is known by their accuracy, which is
    the one that the run logged. Where it validated on several sets, a dump doesn't say whose a
    response is.

    Args:
        path: the run's folder; in a file there is nothing to find.
        log: its log.

    Returns:
        What was validated, by step; empty where there are no dumps, or several sets.
    """
    metrics = accuracy_metrics(log)
    if len(metrics) != 1 or not path.is_dir():
        return {}
    logged = dict(zip(*log.curve(metrics[0]), strict=True))
    by_folder: dict[Path, list[Path]] = defaultdict(list)
    for file in sorted(path.rglob("*.jsonl"), key=_by_number):
        if file.stem.isdecimal() and int(file.stem) in logged:
            by_folder[file.parent].append(file)
    for files in by_folder.values():
        if found := _read(files, logged):
            return found
    return {}


def _by_number(file: Path) -> tuple[Path, int, str]:
    """The dumps of a folder in the order of their steps."""
    return file.parent, int(file.stem) if file.stem.isdecimal() else 0, file.name


def _read(files: Sequence[Path], logged: Mapping[int, float]) -> dict[int, Accuracy]:
    """The validations in a folder; nothing if a dump is of something else."""
    found = {}
    for file in files:
        try:
            correct = load_correctness(file)
        except CommandError:  # a log, or cut off
            continue
        step = int(file.stem)
        mean = statistics.fmean(value for values in correct.values() for value in values)
        if not math.isclose(mean, logged[step], abs_tol=1e-6):
            return {}
        found[step] = Accuracy({key: statistics.fmean(each) for key, each in correct.items()})
    return found


def _error(values: Sequence[float]) -> float:
    return statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else math.nan
