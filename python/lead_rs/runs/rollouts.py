"""A run's rollouts, step by step, from verl's dumps, TRL's completions or a table."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from lead_rs._errors import CommandError
from lead_rs._extras import require
from lead_rs._files import StrPath
from lead_rs._lead_rs import extract_answer, grade
from lead_rs._parquet import read_parquet
from lead_rs._score import score
from lead_rs.runs import trl
from lead_rs.runs.rows import parse_key

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Correctness: TypeAlias = Literal["acc", "score", "grade"]
Extract: TypeAlias = Literal["boxed", "auto", "last_number"]

CORRECTNESS: tuple[Correctness, ...] = ("acc", "score", "grade")
EXTRACT: tuple[Extract, ...] = ("boxed", "auto", "last_number")
COLUMNS = ("step", "uid", "correct", "length")
FLAGS = ("truncated", "unread")


@dataclasses.dataclass(frozen=True, eq=False)
class Step:
    """One training step's responses, as `lead_rs.compute_advantage` takes them.

    Several of one number are batches of one step, as `WeightController.enter_step` has it.

    Attributes:
        number: the trainer's step.
        correctness: [B] float64.
        response_length: [B] float64, tokens.
        index: [B] prompt uids.
        rewards: [B] float64 by key, NaN where a response has none.
        truncated: [B] bool, whether a response was cut off; None where that is not known.
        unread: [B] bool, whether no answer could be read in it; None likewise.
        lead_step: LEAD's own number of the step, where it wrote the responses itself: a trainer may
            take steps that are none of LEAD's.
    """

    number: int
    correctness: FloatArray
    response_length: FloatArray
    index: list[str]
    rewards: dict[str, FloatArray] = dataclasses.field(default_factory=dict)
    truncated: BoolArray | None = None
    unread: BoolArray | None = None
    lead_step: int | None = None

    def __len__(self) -> int:
        """B, the number of responses."""
        return len(self.index)

    @property
    def place(self) -> int:
        """Which of LEAD's steps it is, as far as that is known."""
        return self.number if self.lead_step is None else self.lead_step

    def group_sizes(self) -> Counter[str]:
        """How many responses each prompt has."""
        return Counter(self.index)


def load_rollouts(
    path: StrPath,
    *,
    correctness: Correctness | None = None,
    tokenizer: str | None = None,
    max_response_length: int | None = None,
    allow_missing: bool = False,
    rewards: Sequence[str] = (),
    extract: Extract | None = None,
) -> list[Step]:
    r"""Read what a run's policy answered, in the order of its steps.

    Args:
        path: verl's ``trainer.rollout_data_dir``, one of its ``N.jsonl``, or a parquet file with
            the columns step, uid, correct and length, a row per response, and where they are known
            truncated and unread. Of TRL, ``output_dir`` or its ``completions``.
        correctness: of a dump, the reward function's ``acc``, its ``score``, or ``grade``: the
            output graded anew against ``gts``. Default: ``acc``, or where there is none, ``score``
            if every score is 0 or 1.
        tokenizer: counts the tokens of a dump whose rows have no ``response_length`` (LEAD's runs
            in verl's V1 trainer and in TRL have it): a folder or a model's name. The end token,
            which the text lacks, is counted.
        max_response_length: the run's limit, for responses that were cut off and so have no end
            token.
        allow_missing: accept steps that are missing and prompts with fewer responses than others.
            Every n-th step of a run, as a validation has them, needs no leave.
        rewards: keys of what else the reward function returned, or columns, to be read besides.
        extract: how answers are looked for, as in `lead_rs.extract_answer`, to see whether one can
            be read in each output of a dump; default: that is not looked at.

    Returns:
        The steps, ascending.

    Raises:
        CommandError: a file or column that isn't there, a line that is cut off or no JSON, a step
            or a response that is missing or there twice, no way to know correctness or length; a
            package that is needed and not installed.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "1.jsonl")
        >>> row = {"step": 1, "uid": "u_0_0", "score": 1.0, "response_length": 1200}
        >>> _ = path.write_text(json.dumps(row) + "\n")
        >>> [step] = load_rollouts(path)
        >>> step.index, step.response_length.tolist()
        (['u'], [1200.0])
    """
    path = Path(path)
    if (run := trl.run_of(path)) is not None:
        path = run / trl.COMPLETIONS
        if not path.exists():
            raise trl.without_completions(run)
    if not path.exists():
        raise CommandError(f"{path} is not there")
    if path.suffix == ".parquet":
        steps = _read_table(path, rewards)
    else:
        files = _dumps(path)
        count = _token_counter(tokenizer, max_response_length)
        try:
            steps = list(_read_dumps(files, _Reading(correctness, count, rewards, extract)))
        except RecursionError:
            raise CommandError(f"{path} has values nested too deeply for a rollout") from None
    steps.sort(key=lambda step: step.number)
    for step in (steps[0], steps[-1]):
        if not 0 <= step.number < 2**63:
            raise CommandError(
                f"{path}: a step must be a number from 0 on, got {step.number!r:.80}"
            )
    if not allow_missing:
        _check_complete(steps, path)
    return steps


@dataclasses.dataclass(frozen=True)
class _Reading:
    """What of a dump's rows is read, and how."""

    correctness: Correctness | None
    count: Callable[[str], int] | None
    rewards: Sequence[str]
    extract: Extract | None


def _read_table(path: Path, rewards: Sequence[str]) -> list[Step]:
    require("a parquet file", "report", "pyarrow")
    import pyarrow

    needed = [*COLUMNS, *rewards]
    expected = f"a row per response needs {', '.join(needed)}"
    rows = read_parquet(path, needed, expected, optional=FLAGS)
    if rows.num_rows == 0:
        raise CommandError(f"{path} has no rows")
    for name in COLUMNS:
        if nulls := rows.column(name).null_count:
            raise CommandError(f"{path} has {nulls} empty values in its column {name}")
    try:
        step_of = rows.column("step").cast(pyarrow.int64()).to_numpy()
        correct, length, *others = (
            rows.column(name).cast(pyarrow.float64()).to_numpy()
            for name in ("correct", "length", *rewards)
        )
        flags = {
            name: rows.column(name).cast(pyarrow.bool_()).to_numpy()
            for name in FLAGS
            if name in rows.column_names
        }
    except pyarrow.ArrowException as error:
        names = ", ".join(column for column in needed if column != "uid")
        raise CommandError(
            f"{path}: {names} must be numbers, {' and '.join(FLAGS)} true or false: {error}"
        ) from None
    for name, flag in flags.items():
        if flag.dtype != np.bool_:
            raise CommandError(f"{path} has empty values in its column {name}")
    uid = np.array([str(value) for value in rows.column("uid").to_pylist()], dtype=object)
    order = np.argsort(step_of, kind="stable")
    numbers, starts = np.unique(step_of[order], return_index=True)
    return [
        Step(
            number,
            correct[chosen],
            length[chosen],
            uid[chosen].tolist(),
            {key: column[chosen] for key, column in zip(rewards, others, strict=True)},
            **{flag: column[chosen] for flag, column in flags.items()},
        )
        for number, chosen in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True)
    ]


def _dumps(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = [file for file in path.glob("*.jsonl") if file.stem.isdecimal()]
    files.sort(key=lambda file: int(file.stem))
    if not (files := files or trl.completion_files(path)):
        raise CommandError(
            f"{path} has no rollouts: verl writes 1.jsonl, 2.jsonl, ... into "
            f"trainer.rollout_data_dir, and LeadGRPOTrainer with log_completions=True into "
            f"{trl.COMPLETIONS} of its output_dir"
        )
    return files


def _read_dumps(files: Sequence[Path], reading: _Reading) -> Iterator[Step]:
    file_of: dict[int, Path] = {}
    for file in files:
        by_step: dict[tuple[int, str], list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        for where, row in trl.completions(file) if file.suffix == ".parquet" else _lines(file):
            number = _field(row, "step", where)
            if not isinstance(number, int):
                raise CommandError(f"{where}: step must be a whole number, got {number!r:.80}")
            by_step[number, str(row.get("batch"))].append((where, row))
        for (number, _), rows in by_step.items():
            if file_of.setdefault(number, file) != file:
                raise CommandError(f"step {number} is in {file_of[number]} and in {file}")
            yield _step(number, rows, reading)


def _lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    text = file.read_text(encoding="utf-8", errors="replace")
    if not text:
        raise CommandError(f"{file} is empty")
    lines = text.split("\n")
    if lines.pop():
        raise CommandError(
            f"{file}:{len(lines) + 1} is cut off, the file ends in the middle of the line: was "
            f"verl still writing it, or its disk full? Without its other responses the step's "
            f"weights would be others: delete the file and pass --allow-missing to do without it"
        )
    for number, line in enumerate(lines, 1):
        where = f"{file}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CommandError(f"{where} is not JSON: {error}") from None
        if not isinstance(row, dict):
            raise CommandError(f"{where} is not a JSON object")
        yield where, row


def _field(row: Mapping[str, Any], name: str, where: str) -> Any:
    if name not in row:
        raise CommandError(f"{where} has no {name!r}: is it a rollout that verl has written?")
    return row[name]


def _step(number: int, rows: Sequence[tuple[str, dict[str, Any]]], reading: _Reading) -> Step:
    rows = list(_scored(rows))
    if not rows:
        raise CommandError(f"step {number} has no response")
    source = reading.correctness or _source(number, [row for _, row in rows])
    for key in reading.rewards:
        if not any(key in row for _, row in rows):
            raise CommandError(f"step {number} has no {key!r}, which the settings' rewards name")
    correctness = np.array([_correct(row, source, where) for where, row in rows], np.float64)
    unread = None
    if reading.extract is not None and all("output" in row and "gts" in row for _, row in rows):
        unread = np.array([_is_unread(row, reading.extract) for _, row in rows], np.bool_)
        unread &= correctness <= 0.5
    truncated = None
    if all(isinstance(row.get("truncated"), bool) for _, row in rows):
        truncated = np.array([row["truncated"] for _, row in rows], np.bool_)
    lead_step = rows[0][1].get("lead_step")
    return Step(
        number,
        correctness,
        np.array([_length(row, reading.count, where) for where, row in rows], np.float64),
        [_prompt(row, where) for where, row in rows],
        {
            key: np.array([_reward(row, key, where) for where, row in rows], np.float64)
            for key in reading.rewards
        },
        truncated=truncated,
        unread=unread,
        lead_step=lead_step if isinstance(lead_step, int) else None,
    )


def _scored(rows: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows that LEAD counts: not padding, and of each session the final output."""
    final: dict[object, tuple[int, str, dict[str, Any]]] = {}
    seen: dict[str, str] = {}
    for where, row in rows:
        key = str(row.get("uid", where))
        if key in seen:
            raise CommandError(f"{where} is the same response as {seen[key]}: uid {key}")
        seen[key] = where
        parsed = parse_key(key) if "uid" in row else None
        if parsed is not None and parsed.is_padding:
            continue
        session, output = (parsed[:2], parsed.output) if parsed else (key, 0)
        if session not in final or output > final[session][0]:
            final[session] = (output, where, row)
    for _, where, row in final.values():
        yield where, row


def _prompt(row: Mapping[str, Any], where: str) -> str:
    """The prompt's uid; in dumps of the legacy trainer, which have none, the prompt itself."""
    if "uid" not in row:
        return str(_field(row, "input", where))
    parsed = parse_key(str(row["uid"]))
    return parsed.uid if parsed else str(row["uid"])


def _source(number: int, rows: Sequence[Mapping[str, Any]]) -> Correctness:
    if all(row.get("acc") is not None for row in rows):
        return "acc"
    if all(row.get("score") in (0, 1) for row in rows):
        return "score"
    raise CommandError(
        f"step {number}: which responses are correct? They have no 'acc', and their scores are not "
        f"just 0 and 1. Pass --correctness grade to grade the outputs anew, or --correctness score "
        f"if the run took its scores for correctness"
    )


def _correct(row: Mapping[str, Any], source: Correctness, where: str) -> float:
    if source == "grade":
        output = _field(row, "output", where)
        return score(str(output), _truths(_field(row, "gts", where)))["acc"]
    return _number(_field(row, source, where), source, where)


def _truths(truth: Any) -> list[str]:
    return [str(each) for each in (truth if isinstance(truth, list) else [truth])]


def _is_unread(row: Mapping[str, Any], extract: Extract) -> bool:
    """Whether there is no answer, or one of which the grader cannot say what it is."""
    answer = extract_answer(str(row["output"]), extract=extract)
    if answer is None:
        return True
    verdicts = [grade(answer, truth) for truth in _truths(row["gts"])]
    return not any(verdicts) and any(verdict.method == "undecided" for verdict in verdicts)


def _reward(row: Mapping[str, Any], key: str, where: str) -> float:
    value = row.get(key)
    return math.nan if value is None else _number(value, key, where)


def _number(value: Any, name: str, where: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise CommandError(f"{where}: {name} must be a number, got {value!r:.80}") from None


def _length(row: Mapping[str, Any], count: Callable[[str], int] | None, where: str) -> float:
    if row.get("response_length") is not None:
        return _number(row["response_length"], "response_length", where)
    if count is None:
        raise CommandError(
            f"{where} has no response_length (only LEAD's runs in verl's V1 trainer and in TRL "
            f"write it): pass --tokenizer with the model's folder or name, which counts the "
            f"output's tokens"
        )
    return float(count(str(_field(row, "output", where))))


def _token_counter(
    tokenizer: str | None, max_response_length: int | None
) -> Callable[[str], int] | None:
    if tokenizer is None:
        return None
    require("--tokenizer", "eval", "transformers")
    from transformers import AutoTokenizer

    try:
        loaded = AutoTokenizer.from_pretrained(tokenizer)
    except (OSError, ValueError) as error:
        raise CommandError(f"--tokenizer {tokenizer} cannot be loaded: {error}") from None

    def count(text: str) -> int:
        tokens = len(loaded.encode(text, add_special_tokens=False)) + 1
        return tokens if max_response_length is None else min(tokens, max_response_length)

    return count


def is_every_nth(numbers: Sequence[int]) -> bool:
    """Whether steps are so far apart, each from the next, that it is on purpose.

    Example:
        >>> is_every_nth([0, 10, 20, 30]), is_every_nth([1, 2, 3, 4]), is_every_nth([1, 2, 5, 7])
        (True, False, False)
    """
    distances = {b - a for a, b in itertools.pairwise(numbers)}
    return len(numbers) > 3 and len(distances) == 1 and distances != {1}


def _check_complete(steps: Sequence[Step], path: Path) -> None:
    hint = "The weights go on from step to step and so would be others; --allow-missing goes on"
    numbers = [step.place for step in steps]
    if is_every_nth(numbers):
        numbers = []
    gaps = [
        f"{a + 1} to {b - 1}" if b - a > 2 else f"{a + 1}"
        for a, b in itertools.pairwise(numbers)
        if b - a > 1
    ]
    if gaps:
        raise CommandError(f"{path} lacks step {', '.join(gaps)}. {hint}")
    # What LEAD wrote itself is all that it counted: responses without a verdict are not in it.
    dumped = [step for step in steps if step.lead_step is None]
    full = max((max(step.group_sizes().values()) for step in dumped), default=0)
    for step in dumped:
        short = {uid: size for uid, size in step.group_sizes().items() if size < full}
        if short:
            uid, size = next(iter(short.items()))
            raise CommandError(
                f"{path}: in step {step.number} {len(short)} of {len(step.group_sizes())} prompts "
                f"have fewer than {full} responses (the first, {uid[:60]!r}, has {size}): lost "
                f"lines, or rollouts that failed. {hint}"
            )


def load_correctness(file: StrPath) -> dict[str, list[float]]:
    """Read which of a dump's responses are correct, as its rows' ``acc`` says.

    Args:
        file: one of verl's dumps, of rollouts or of a validation.

    Returns:
        The responses' correctness by prompt, whose text it is that a problem keeps from one
        validation to the next.

    Raises:
        CommandError: a line that is cut off or no JSON, or has no prompt or ``acc``.
    """
    correct: dict[str, list[float]] = defaultdict(list)
    for where, row in _scored(_lines(Path(file))):
        correct[str(_field(row, "input", where))].append(_correct(row, "acc", where))
    return dict(correct)
