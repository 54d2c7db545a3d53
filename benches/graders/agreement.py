r"""Where lead_rs and the graders of today disagree, for judging by hand.

Takes JSON lines with ``answer``, ``truth`` and, where known, ``equal``. Without files: the recorded
hand-made pairs, real ground truths of the same value, and real ground truths next to each other in
the alphabet. Prints what lead_rs says where the others agree, and writes what not all agree on to
``outputs/grade/disagreements.jsonl``. What the others said is kept in
``outputs/grade/peers.jsonl``, so that only the first run takes long.

Usage: python benches/graders/agreement.py [FILE.jsonl ...] [--limit N] [--timeout SECONDS]
"""

from __future__ import annotations

import argparse
import collections
import json
import random
from pathlib import Path

import lead_rs
import pairs
import peers
from guarded import Guarded, grader
from pairs import Pair
from real_data import needed

OUT = pairs.ROOT / "outputs/grade"
JUDGES = ("deepscaler", "math_verify")

Verdicts = dict[str, bool | None]
"""By grader; None where it did not answer."""


class Memory:
    """What slow functions returned, kept in a file of JSON lines.

    A key is the function's name and its arguments.
    """

    def __init__(self, path: Path) -> None:
        """Read what there is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+")
        self._file.seek(0)
        self._known = {tuple(key): value for key, value in map(json.loads, self._file)}

    def every(self, name: str, function: Guarded, rows: list[tuple[str, ...]]) -> list:
        """The function's value for every row, calling it where that isn't known."""
        keys = [(name, *row) for row in rows]
        for at, key in enumerate(keys):
            if key not in self._known:
                self._known[key] = function(*key[1:]).value
                self._file.write(json.dumps([key, self._known[key]]) + "\n")
            if at % 1000 == 999:
                print(f"  {name}: {at + 1} of {len(keys)}", flush=True)
        self._file.flush()
        return [self._known[key] for key in keys]


def report_recreation(timeout: float) -> None:
    """How often the re-created graders say what the originals were recorded to say."""
    rows = [row for row in pairs.read_lines(needed(pairs.SPEC_CASES)) if row["kind"] == "pair"]
    functions = {
        "mathd": peers.mathd,
        "sympy": peers.sympy_path,
        "or": peers.deepscaler_match,
        "lead_fallback": peers.fallback_match,
    }
    print("re-created graders that say what the originals said:")
    for name, function in functions.items():
        with Guarded(function, timeout) as match:
            same = sum(match(row["pred"], row["gt"]).value == row[name] for row in rows)
        print(f"  {name:<14} {same} of {len(rows)}")


def sources(memory: Memory, timeout: float) -> list[Pair]:
    """The pairs to compare on when no file is given."""
    truths = pairs.read_lines(needed(pairs.GROUND_TRUTHS))
    with Guarded(pairs.numeric_value, timeout) as value:
        values = memory.every("value", value, [(truth,) for truth in truths])
    valued = {truth: value for truth, value in zip(truths, values, strict=True) if value}
    print(f"{len(valued)} of {len(truths)} ground truths have a value that SymPy reads")
    return pairs.recorded() + pairs.equal_by_value(valued) + pairs.neighbours()


def read_files(files: list[Path]) -> list[Pair]:
    """The pairs of JSON lines; their class is the file's name."""
    return [
        Pair(answer=row["answer"], truth=row["truth"], equal=row.get("equal"), kind=path.stem)
        for path in files
        for row in pairs.read_lines(path)
    ]


def judge(chosen: list[Pair], memory: Memory, timeout: float) -> list[Verdicts]:
    """What each peer says of each pair."""
    boxed = [(rf"\boxed{{{pair['answer']}}}", pair["truth"]) for pair in chosen]
    columns = {}
    for name in peers.GRADERS:
        with grader(name, timeout) as grade:
            columns[name] = memory.every(name, grade, boxed)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def agreement(verdicts: Verdicts) -> str:
    """What the two judges say together."""
    match [verdicts[name] for name in JUDGES]:
        case [True, True]:
            return "both accept"
        case [True, _]:
            return "only DeepScaleR accepts"
        case [_, True]:
            return "only Math-Verify accepts"
    return "neither accepts"


def report(chosen: list[Pair], theirs: list[Verdicts], out: Path) -> None:
    """Print the tables and write the disagreements."""
    ours = [lead_rs.grade(pair["answer"], pair["truth"]) for pair in chosen]
    table: dict[tuple[str, str], list[bool]] = collections.defaultdict(list)
    disagreements = []
    for pair, verdicts, verdict in zip(chosen, theirs, ours, strict=True):
        agreed = agreement(verdicts)
        table[pair["kind"], agreed].append(verdict.correct)
        expected = pair["equal"]
        if expected is None:
            expected = {"both accept": True, "neither accepts": False}.get(agreed)
        if verdict.correct != expected:
            row = {**pair, "lead_rs": verdict.correct, "method": verdict.method}
            disagreements.append((agreed, {**row, **verdicts}))

    print(f"\n{'pairs':<24}{'the others':<28}{'pairs':>8}{'lead_rs accepts':>18}")
    for (kind, agreed), accepted in sorted(table.items()):
        share = f"{sum(accepted)} ({sum(accepted) / len(accepted):.1%})"
        print(f"{kind:<24}{agreed:<28}{len(accepted):>8}{share:>18}")

    judged = [at for at, pair in enumerate(chosen) if pair["equal"] is not None]
    if judged:
        print(f"\n{len(judged)} judged pairs{'':<12}{'precision':>10}{'recall':>10}")
        equal = [chosen[at]["equal"] for at in judged]
        columns = {"lead_rs": [verdict.correct for verdict in ours]} | {
            name: [verdicts[name] for verdicts in theirs] for name in peers.GRADERS
        }
        for name, accepted in columns.items():
            said = [bool(accepted[at]) for at in judged]
            right = sum(a and e for a, e in zip(said, equal, strict=True))
            print(
                f"{name:<28}{right / max(sum(said), 1):>10.4f}{right / max(sum(equal), 1):>10.4f}"
            )

    disagreements.sort(key=lambda row: (row[0], row[1]["kind"]))
    pairs.write_lines(out, [row for _, row in disagreements])
    counts = collections.Counter(agreed for agreed, _ in disagreements)
    print(f"\ndisagreements in {out}:", ", ".join(f"{n} {agreed}" for agreed, n in counts.items()))


def main() -> None:
    """Compare and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="*", help="JSON lines of pairs")
    parser.add_argument("--limit", type=int, help="a random choice of so many pairs")
    parser.add_argument("--timeout", type=float, default=10, help="a peer's seconds for a pair")
    options = parser.parse_args()

    memory = Memory(OUT / "peers.jsonl")
    if options.files:
        chosen = read_files(options.files)
    else:
        report_recreation(options.timeout)
        chosen = sources(memory, options.timeout)
    if options.limit is not None and options.limit < len(chosen):
        chosen = random.Random(0).sample(chosen, options.limit)
    report(chosen, judge(chosen, memory, options.timeout), OUT / "disagreements.jsonl")


if __name__ == "__main__":
    main()
