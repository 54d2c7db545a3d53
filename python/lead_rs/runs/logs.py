"""A run's log: verl's, whichever logger wrote it (JSONL, TensorBoard, console), or TRL's."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from lead_rs._errors import CommandError
from lead_rs._extras import require
from lead_rs._files import StrPath
from lead_rs.runs import trl

Metrics: TypeAlias = dict[str, float]
Row: TypeAlias = tuple[int, Metrics]


@dataclasses.dataclass(frozen=True)
class Log:
    """The metrics of a run.

    Attributes:
        files: where they come from.
        steps: the metrics of each step, ascending; where the run went on from a checkpoint, the
            later start's.
        notes: what a reader of the numbers should know, as that a line was cut off.
        means: whether a step's are means since the step before that has them, as TRL's are.
    """

    files: list[Path]
    steps: dict[int, Metrics]
    notes: list[str]
    means: bool = False

    def curve(self, metric: str) -> tuple[list[int], list[float]]:
        """The steps that have a metric, and its values there."""
        points = [(step, row[metric]) for step, row in self.steps.items() if metric in row]
        return [step for step, _ in points], [value for _, value in points]


def load_log(path: StrPath) -> Log:
    r"""Read a run's log.

    Args:
        path: the log itself, or a folder that has the log of one run in it: JSON lines of verl's
            ``file`` logger, or else TensorBoard's event files, or else what verl printed. Of TRL,
            ``output_dir`` or a checkpoint.

    Returns:
        A `Log`.

    Raises:
        CommandError: no log there, logs of several runs, a line that is no log's in the middle of
            one, an event file without TensorBoard to read it.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "run.jsonl")
        >>> line = '{"step": 1, "data": {"lead/w_corr": 0.6}}'
        >>> _ = path.write_text(line + '\n{"step": 2, "da')
        >>> log = load_log(path)
        >>> log.steps, len(log.notes)
        ({1: {'lead/w_corr': 0.6}}, 1)
    """
    path = Path(path)
    if not path.exists():
        raise CommandError(f"{path} is not there")
    if checkpoints := trl.state_files(path):
        history = trl.read_log(checkpoints)
        return Log([history.file], history.steps, history.notes, means=True)
    for looks_like, read in (
        (_is_json_lines, _read_json_lines),
        (_is_event_file, _read_event_file),
        (_is_console, _read_console),
    ):
        files = [file for file in _candidates(path) if looks_like(file)]
        if files:
            _check_one_run(path, files)
            return _merge(files, read)
    raise CommandError(
        f"{path} has no log of verl's: neither JSON lines of trainer.logger=file, nor "
        f"TensorBoard's event files, nor console output with 'step:1 - ...'; nor a checkpoint of "
        f"TRL's, which keeps the log in {trl.STATE_FILE}"
    )


def _candidates(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file())


def _check_one_run(path: Path, files: Sequence[Path]) -> None:
    # A run that was resumed has a file per start: numbered, or TensorBoard's in one folder.
    folders = {file.parent for file in files}
    starts = all(file.stem.isdecimal() or _is_event_file(file) for file in files)
    if len(folders) > 1 or (len(files) > 1 and not starts):
        shown = sorted(map(str, folders if len(folders) > 1 else files))
        raise CommandError(f"{path} has the logs of several runs, name one: {', '.join(shown)}")


def _merge(files: Sequence[Path], read: Callable[[Path, list[str]], Iterable[Row]]) -> Log:
    notes: list[str] = []
    steps: dict[int, Metrics] = {}
    starts = {file: rows for file in files if (rows := list(read(file, notes)))}
    for file in _in_order({file: [step for step, _ in rows] for file, rows in starts.items()}):
        for step, metrics in starts[file]:
            if steps and step < max(steps):  # resumed: what comes now replaces what came then
                steps = {known: row for known, row in steps.items() if known <= step}
            steps.setdefault(step, {}).update(metrics)
    if not steps:
        raise CommandError(f"{', '.join(map(str, files))}: no whole step was logged")
    return Log(list(files), dict(sorted(steps.items())), notes)


def _in_order(starts: Mapping[Path, Sequence[int]]) -> list[Path]:
    """A run's starts, the latest last, from the steps of each.

    Where a run was rolled back, what it did from the later checkpoint is abandoned, and only the
    times say so. They are not to be trusted after a copy that doesn't keep them: where a start
    would go on from a step that had not been reached, the order is that of the first steps.
    """
    by_step = sorted(starts, key=lambda file: starts[file][0])
    by_time = sorted(by_step, key=lambda file: file.stat().st_mtime_ns)
    reached = starts[by_step[0]][0] - 1 if by_step else 0
    for file in by_time:
        if starts[file][0] > reached + 1:
            return by_step
        reached = max(reached, *starts[file])
    return by_time


def _lines(file: Path, notes: list[str]) -> Iterator[tuple[int, str]]:
    """The whole lines; of one that is cut off, at the end, a note."""
    lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    if lines.pop().strip():
        notes.append(f"{file.name}: line {len(lines) + 1}, the last one, is cut off and left out")
    yield from enumerate(lines, 1)


def _first_line(file: Path) -> str:
    with file.open(encoding="utf-8", errors="replace") as text:
        return text.readline()


def _is_json_lines(file: Path) -> bool:
    if file.suffix != ".jsonl":
        return False
    line = _first_line(file)
    # The first line itself may be cut off. A dump of rollouts has a step but no data.
    return line.startswith('{"step":') and '"data":' in line[:60]


def _read_json_lines(file: Path, notes: list[str]) -> Iterator[Row]:
    for number, line in _lines(file, notes):
        try:
            row = json.loads(line)
            step, data = int(row["step"]), dict(row["data"])
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            raise CommandError(
                f"{file}:{number} is not a line of verl's file logger: {line[:80]!r}"
            ) from None
        yield step, {name: float(v) for name, v in data.items() if _is_finite(v)}


def _is_finite(value: object) -> bool:
    try:
        return isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:  # a whole number beyond float64
        return False


def _is_event_file(file: Path) -> bool:
    return file.name.startswith("events.out.tfevents.")


def _read_event_file(file: Path, notes: list[str]) -> list[Row]:
    require(f"TensorBoard's {file.name}", "report", "tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.compat.tensorflow_stub.errors import DataLossError

    # With 0 nothing is left out by sampling.
    events = EventAccumulator(str(file), size_guidance={"scalars": 0, "tensors": 0})
    try:
        events.Reload()
    except DataLossError as error:
        notes.append(f"{file.name} is damaged, what follows is left out: {error}")
    except Exception as error:  # protobuf's, which need not be installed with it
        raise CommandError(f"{file} cannot be read as TensorBoard's: {error!r:.200}") from None
    rows: dict[int, Metrics] = {}
    tags = events.Tags()
    values = [(tag, e.step, e.value) for tag in tags["scalars"] for e in events.Scalars(tag)]
    for tag, step, value in values:
        if _is_finite(value):
            rows.setdefault(step, {})[tag] = float(value)
    return sorted(rows.items())


# A number as pprint has it: 0.5, 1e-08, np.float64(0.5), nan.
_VALUE = re.compile(r"(?:np\.\w+\()?(-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\)?", re.IGNORECASE)
_STEP = re.compile(r"(?:^|[\s\x1b\]m])step:(\d{1,18}) - (?=\S+:)")


def _is_console(file: Path) -> bool:
    if file.suffix not in (".log", ".txt", ".out"):
        return False
    with file.open(encoding="utf-8", errors="replace") as lines:
        return any(_STEP.search(line) for line in lines)


def _read_console(file: Path, notes: list[str]) -> Iterator[Row]:
    for _, line in _lines(file, notes):
        if found := _STEP.search(line):
            yield int(found[1]), dict(_pairs(line[found.end() :]))


def _pairs(text: str) -> Iterator[tuple[str, float]]:
    for pair in text.strip().split(" - "):
        name, colon, value = pair.rpartition(":")
        number = _VALUE.fullmatch(value.strip())
        if colon and number and math.isfinite(float(number[1])):
            yield name, float(number[1])
