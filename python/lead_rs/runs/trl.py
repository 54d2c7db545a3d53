"""What TRL writes of a run, read: its log and LEAD's state in checkpoints, its completions.

TRL's metrics are read by verl's names, which the report and the replay ask for.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lead_rs._errors import CommandError
from lead_rs._extras import require

STATE_FILE = "trainer_state.json"
"""What transformers' Trainer keeps in each ``checkpoint-N``: the whole log so far, among others."""

LEAD_STATE = "lead_rs"
"""Where LEAD's state is in it, under ``stateful_callbacks``."""

COMPLETIONS = "completions"
"""The folder of ``output_dir`` that ``log_completions`` writes to."""

_METRICS = {
    "completions/mean_length": "response_length/mean",
    "completions/min_length": "response_length/min",
    "completions/max_length": "response_length/max",
    "completions/clipped_ratio": "response_length/clip_ratio",
    "reward": "critic/score/mean",
}
_OWN = ("step", "prompt", "completion", "advantage")
"""The columns of completions that are no reward's."""

_MODEL = re.compile(r"^base_model: (.{1,300})$", re.MULTILINE)


def state_files(path: Path) -> list[Path]:
    """The ``trainer_state.json`` of a run, by which a run of TRL's is known.

    Args:
        path: ``output_dir``, one of its checkpoints, or the file itself.

    Returns:
        The files by their checkpoints' steps; empty for what is no run of TRL's.

    Example:
        >>> state_files(Path("no/such/run"))
        []
    """
    if path.name == STATE_FILE:
        return [path]
    files = sorted(path.glob(f"checkpoint-*/{STATE_FILE}"), key=lambda file: _number(file.parent))
    # Trainer.save_state writes one beside the checkpoints, at the end.
    return [file for file in (*files, path / STATE_FILE) if file.is_file()]


def run_of(path: Path) -> Path | None:
    """The ``output_dir`` that a path is, or is the completions of; None where it is no run's."""
    for folder in (path, path.parent if path.name == COMPLETIONS else path):
        if folder.is_dir() and state_files(folder):
            return folder
    return None


class History(NamedTuple):
    """A run's log.

    Attributes:
        file: where it is from.
        steps: the metrics by step; each is the mean since the step before that has it.
        notes: what a reader of the numbers should know.
    """

    file: Path
    steps: dict[int, dict[str, float]]
    notes: list[str]


def read_log(files: Sequence[Path]) -> History:
    """The log of the furthest checkpoint, which has all that was logged before.

    Where a run was set back and has written another since, that is the newest one.

    Args:
        files: as from `state_files`.

    Raises:
        CommandError: none of them can be read, or there is nothing in it.
    """
    file, state, notes = _furthest(files)
    steps: dict[int, dict[str, float]] = {}
    for row in _history(state):
        if isinstance(row, dict) and (step := _step(row, "step")) >= 0:
            metrics = steps.setdefault(step, {})
            for name, value in row.items():
                if name != "step" and isinstance(value, int | float) and _is_finite(value):
                    metrics[_METRICS.get(str(name), str(name))] = float(value)
    if not steps:
        raise CommandError(f"{file}: no step was logged")
    notes.append(
        f"a TRL run as far as {file.parent.name} goes; held-out accuracy is not known: what TRL "
        f"evaluates, if anything, are rewards (eval_*)"
    )
    return History(file, dict(sorted(steps.items())), notes)


class LeadState(NamedTuple):
    """LEAD's state in a checkpoint, unchecked, and the file that has it."""

    state: Any
    path: Path


def last_lead_state(files: Sequence[Path]) -> LeadState | None:
    """LEAD's state in the furthest checkpoint; None where it is another estimator's.

    Args:
        files: as from `state_files`.

    Raises:
        CommandError: none of them can be read.
    """
    file, state, _ = _furthest(files)
    found = _lead_state(state)
    return None if found is None else LeadState(found, file)


def lead_state_at(files: Sequence[Path], step: int) -> LeadState | None:
    """LEAD's state in the checkpoint of a step; None where there is none.

    Args:
        files: as from `state_files`.
        step: the optimizer steps done.

    Raises:
        CommandError: it cannot be read.
    """
    for file in files:
        if _number(file.parent) == step and (found := _lead_state(_read(file))) is not None:
            return LeadState(found, file)
    return None


def shown_settings(files: Sequence[Path]) -> dict[str, str]:
    """What a run's furthest checkpoint, and TRL's model card beside it, say of the settings.

    Raises:
        CommandError: no checkpoint can be read.
    """
    file, state, _ = _furthest(files)
    shown = {}
    for folder in (file.parent, file.parent.parent):
        if (card := folder / "README.md").is_file():
            text = card.read_text(encoding="utf-8", errors="replace")
            if found := _MODEL.search(text):
                shown["model"] = found[1].strip()
    if (size := _step(state, "train_batch_size")) > 0:
        shown["batch per device"] = str(size)
    lead = _lead_state(state)
    config = lead.get("config") if isinstance(lead, dict) else None
    if isinstance(config, dict):
        shown["estimator"] = "lead"
        given = [f"{name}={value}" for name, value in config.items() if value is not None]
        shown["settings of LEAD"] = ", ".join(given)[:2000]
    return shown


def completion_files(folder: Path) -> list[Path]:
    """TRL's own ``completions_N.parquet``."""
    return sorted(folder.glob("completions_*.parquet"))


def completions(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of one of them, with where each is, in the form of verl's dumps.

    A row's ``score`` is the sum of its rewards, and ``acc`` its only reward where there is one.
    Responses without any reward are left out.

    Raises:
        CommandError: it is no parquet file, or has no columns of these names.
    """
    require("a parquet file", "report", "pyarrow")
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise CommandError(f"{file} cannot be read as parquet: {error}") from None
    names = table.column_names
    if missing := [name for name in _OWN if name not in names]:
        raise CommandError(f"{file} has no column {', '.join(missing)}: did TRL write it?")
    rewards = [
        field.name
        for field in table.schema
        if field.name not in _OWN and pyarrow.types.is_floating(field.type)
    ]
    for number, row in enumerate(table.to_pylist(), 1):
        given = {name: row[name] for name in rewards if _is_reward(row[name])}
        if given:
            yield (
                f"{file}, row {number}",
                {
                    "step": row["step"],
                    "input": json.dumps(row["prompt"]),  # a text, or a conversation
                    "output": _text(row["completion"]),
                    **given,
                    "score": float(sum(given.values())),
                    **({"acc": given[rewards[0]]} if len(rewards) == 1 else {}),
                },
            )


def without_completions(run: Path) -> CommandError:
    """What to say of a run that has no completions."""
    return CommandError(
        f"{run} is a TRL run without completions: with log_completions=True in its GRPOConfig, "
        f"LeadGRPOTrainer writes what LEAD computed each step from into {COMPLETIONS}"
    )


def _number(folder: Path) -> int:
    """N of ``checkpoint-N``; -1 of another folder."""
    number = folder.name.removeprefix("checkpoint-")
    return int(number) if number.isdecimal() else -1


def _furthest(files: Sequence[Path]) -> tuple[Path, dict[str, Any], list[str]]:
    """The state of the most steps of the newest run, and notes of what is left out.

    Each has the whole log, so that of many no more are read than need be.
    """
    notes = []
    furthest: tuple[int, Path, dict[str, Any]] | None = None
    for file in reversed(files):
        if furthest and 0 <= _number(file.parent) <= furthest[0]:
            break
        try:
            state = _read(file)
        except CommandError as error:
            notes.append(str(error))
            continue
        step = _step(state, "global_step")
        if furthest is None or step > furthest[0]:
            furthest = step, file, state
    if furthest is None:
        raise CommandError(notes[0])
    step, file, state = furthest
    if newest := _written_since(files, step, file, state):
        notes.append(
            f"{file.parent.name} is left out: the run was set back since, and "
            f"{newest[0].parent.name} has another log of the same steps"
        )
        file, state = newest
    return file, state, notes


def _written_since(
    files: Sequence[Path], step: int, file: Path, state: Mapping[str, Any]
) -> tuple[Path, dict[str, Any]] | None:
    """The newest state, if it is of fewer steps and was not one of the run that led to `file`."""
    newest = max(files, key=lambda each: each.stat().st_mtime_ns)
    if newest.stat().st_mtime_ns <= file.stat().st_mtime_ns:
        return None
    try:
        found = _read(newest)
    except CommandError:
        return None
    # As texts: NaN is not itself.
    logged, later = ({json.dumps(row) for row in _history(each)} for each in (found, state))
    return None if _step(found, "global_step") >= step or logged <= later else (newest, found)


def _read(file: Path) -> dict[str, Any]:
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{file} cannot be read as JSON ({error})") from None
    if not isinstance(state, dict):
        raise CommandError(f"{file} is not a trainer's state")
    return state


def _history(state: Mapping[str, Any]) -> list[Any]:
    history = state.get("log_history")
    return history if isinstance(history, list) else []


def _lead_state(state: Mapping[str, Any]) -> Any:
    callbacks = state.get("stateful_callbacks")
    return callbacks.get(LEAD_STATE) if isinstance(callbacks, dict) else None


def _step(row: Mapping[str, Any], name: str) -> int:
    value = row.get(name)
    return value if isinstance(value, int) else -1


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond float64
        return False


def _is_reward(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def _text(completion: Any) -> str:
    """What the policy said: a text, or the texts of a conversation's messages that are its own."""
    if isinstance(completion, list):
        return "\n".join(
            str(message.get("content") or "")
            for message in completion
            if isinstance(message, dict) and message.get("role", "assistant") == "assistant"
        )
    return str(completion)
