"""Change the Python code in one place after another: does a test fail? ``make mutants-python``.

A mutant is the installed package with one comparison, operator, constant, condition or argument
changed. It is killed if the tests of its module fail. What survives is in the record, and has to
have a reason there: the script fails while one has none. (mutmut and cosmic-ray test the sources in
place, and this package's tests test the installed wheel; starting Python with torch for each
mutant, as they do, would take hours.)
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
RECORD = Path(__file__).parent / "records" / "mutants_python.json"
TIMEOUT = 300

HEAVY = ("matplotlib.figure", "numpy", "omegaconf", "pyarrow.parquet", "ray", "torch")
"""What most tests import, and no mutant is in: imported once."""

TESTS = {
    "_arrays": "tests/test_arrays.py tests/test_bad_input.py",
    "_estimator": "tests/test_arrays.py tests/test_bad_input.py tests/test_controller.py",
    "_explain": "tests/test_grade_api.py",
    "_files": "tests/test_files.py",
    "data/choice": "tests/data/test_choice.py",
    "data/preparation": "tests/data/test_prepare_data.py",
    "data/problems": "tests/data/test_prepare_data.py",
    "data/sources": "tests/data/test_prepare_data.py tests/data/test_untrusted_sources.py",
    "demo/seeds": "tests/cpu/test_seeds.py",
    "demo/smollm2/task": "tests/cpu/test_smollm2.py",
    "demo/tiny/task": "tests/cpu/test_cpu_example.py",
    "demo/train": "tests/cpu/test_cpu_example.py",
    "evaluation/models": "tests/evaluation/test_models.py",
    "evaluation/parts": "tests/evaluation/test_eval.py",
    "evaluation/results": "tests/evaluation/test_eval.py",
    "evaluation/sets": "tests/evaluation/test_sets.py",
    "evaluation/statistics": "tests/evaluation/test_statistics.py",
    "installed_verl": "tests/verl/test_hydra.py tests/verl/test_check.py",
    "lint/checks": "tests/lint/test_checks.py",
    "lint/findings": "tests/lint/test_checks.py tests/lint/test_command.py",
    "lint/metrics": "tests/lint/test_checks.py",
    "lint/responses": "tests/lint/test_checks.py",
    "math_verify": "tests/test_math_verify.py",
    "recipes/launch": "tests/recipes/test_launch.py",
    "recipes/preflight": "tests/recipes/test_preflight.py",
    "replay/settings": "tests/replay/test_replay.py",
    "replay/simulation": "tests/replay/test_replay.py",
    "report/page": "tests/run_report/test_report.py",
    "report/panels": "tests/run_report/test_report.py",
    "report/table": "tests/run_report/test_report.py",
    "report/verdict": "tests/run_report/test_report.py",
    "runs/checkpoints": "tests/verl/test_checkpoint_faults.py tests/verl/test_start.py",
    "runs/held_out": "tests/run_report/test_report.py",
    "runs/logs": "tests/run_report/test_logs.py",
    "runs/recorded": "tests/replay/test_recorded.py",
    "runs/rollouts": "tests/replay/test_replay.py",
    "runs/rows": "tests/verl/test_rows.py tests/replay/test_replay.py",
    "runs/settings": "tests/run_report/test_report.py",
    "runs/trl": "tests/run_report/test_trl_run.py",
    "skyrl/estimator": "tests/test_skyrl.py",
    "skyrl/installed": "tests/test_skyrl.py",
    "skyrl/settings": "tests/test_skyrl.py",
    "tables": "tests/test_package.py",
    "trl/rewards": "tests/test_trl.py",
    "verl/checkpoint": "tests/verl/test_checkpoint.py tests/test_untrusted.py",
    "verl/correctness": "tests/verl/test_correctness.py",
    "verl/driver": "tests/verl/test_driver.py",
    "verl/estimator": "tests/verl/test_legacy.py",
    "verl/global_step": "tests/verl/test_fully_async.py tests/verl/test_checkpoint.py",
    "verl/math_sources": "tests/verl/test_math_sources.py",
    "verl/metrics": "tests/verl/test_separate_async.py tests/verl/test_fully_async.py",
    "verl/preflight": "tests/verl/test_start.py tests/verl/test_checkpoint_faults.py",
    "verl/reward": "tests/verl/test_reward.py",
    "verl/reward_routing": "tests/verl/test_reward.py",
    "verl/rollout_dump": "tests/replay/test_verl_dump.py",
    "verl/rows": "tests/verl/test_rows.py",
    "verl/run": "tests/verl/test_run.py tests/verl/test_legacy.py",
    "verl/run_folder": "tests/verl/test_checkpoint_faults.py",
    "verl/settings": "tests/verl/test_start.py tests/verl/test_checkpoint.py",
    "verl/sharded": "tests/verl/test_sharded.py",
    "verl/trainer": "tests/verl/test_checkpoint.py tests/verl/test_checkpoint_faults.py",
    "verl/v1": "tests/verl/test_v1.py tests/replay/test_verl_dump.py",
}
"""The modules that compute or decide something, each with the tests that should know it."""

EDITS = [
    (
        "evaluation/statistics",
        "_resampled(each.correct.mean(axis=1)",
        "_resampled(each.correct.ravel()",
    ),
    ("evaluation/statistics", "sum(error**2 for error in errors)", "sum(errors) ** 2"),
    ("evaluation/statistics", "resampled, [0.025, 0.975]", "resampled, [0.05, 0.95]"),
    ("evaluation/statistics", "spread, [0.025, 0.975]", "spread, [0.05, 0.95]"),
    ("report/page", '.replace("<", "\\\\u003c")', ""),
    ("report/page", "<b>{escape(name)}</b>", "<b>{name}</b>"),
    ("report/page", "{escape(note)}", "{note}"),
    ("report/page", "{escape(cell)}", "{cell}"),
    ("runs/rollouts", '("acc") is not None for', '("score") in (0, 1) for'),
    ("verl/reward", "keywords.get(name) is not None", "name in keywords"),
]
"""Mistakes that a change in one place does not make."""

SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip

LEFT_OUT = {"axis", "copy", "ddof", "dtype", "key", "minlength"}
"""Arguments that calls are tried without."""

UNDONE = {"abs", "escape", "sorted", "max", "min"}
"""Functions whose argument is tried by itself."""


class Mutant(NamedTuple):
    """One change: where, what was there, and what is there instead."""

    module: str
    line: int
    before: str
    after: str
    text: str

    @property
    def name(self) -> tuple[str, str, str]:
        """What it is known by from one version of the module to the next."""
        return self.module, self.before, self.after


def variants(node: ast.AST) -> Iterator[ast.expr]:
    """What could be written for an expression by mistake."""
    match node:
        case ast.Compare(left, [operator], right) if type(operator) in SWAPS:
            yield ast.Compare(left, [SWAPS[type(operator)]()], right)
        case ast.BinOp(left, operator, right) if type(operator) in SWAPS:
            yield ast.BinOp(left, SWAPS[type(operator)](), right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(SWAPS[type(operator)](), values)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(float(value)):
            yield ast.Constant(2 * value if value else 1.0)
        case ast.Call(ast.Name(function), [argument], []) if function in UNDONE:
            yield argument
        case ast.Call(function, arguments, keywords):
            for keyword in keywords:
                if keyword.arg in LEFT_OUT:
                    yield ast.Call(function, arguments, [k for k in keywords if k is not keyword])
        case ast.Dict(keys, values) if None in keys and len(keys) > 1:
            yield ast.Dict([*keys[1:], keys[0]], [*values[1:], values[0]])
        case ast.Set(elements) if len(elements) > 1:
            for element in elements:
                yield ast.Set([each for each in elements if each is not element])
        case ast.IfExp(_, yes, no):
            yield from (yes, no)


def places(node: ast.AST) -> Iterator[ast.AST]:
    """Every expression that is computed: no annotations, no decorators, nothing of an error."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.Raise | ast.JoinedStr):
                yield child
                yield from places(child)


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Every change of one place in a module."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    text = source.encode()

    def changed(place: ast.expr, new: str) -> Mutant:
        begin = starts[place.lineno - 1] + place.col_offset
        end = starts[place.end_lineno - 1] + place.end_col_offset
        whole = (text[:begin] + new.encode() + text[end:]).decode()
        return Mutant(module, place.lineno, text[begin:end].decode(), new, whole)

    for node in places(ast.parse(source)):
        if isinstance(node, ast.If):
            yield from (changed(node.test, new) for new in ("True", "False"))
        for variant in variants(node):
            yield changed(node, f"({ast.unparse(variant)})")


def edited(module: str, source: str) -> Iterator[Mutant]:
    """Those of `EDITS` that are about a module."""
    for where, before, after in EDITS:
        if where == module:
            if source.count(before) != 1:
                sys.exit(f"{module}.py has {before!r} {source.count(before)} times: see EDITS")
            line = source[: source.index(before)].count("\n") + 1
            yield Mutant(module, line, before, after, source.replace(before, after))


def outcome(folder: Path, tests: str) -> str:
    """Of tests on the package in a folder, in a process of its own: passed, failed or timed out."""
    process = multiprocessing.Process(target=_test, args=(folder, tests))
    process.start()
    process.join(TIMEOUT)
    if process.is_alive():
        process.kill()
        process.join()
        return "timed out"
    return "failed" if process.exitcode else "passed"


def _test(folder: Path, tests: str) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.path.insert(0, str(folder))
    os.environ["PYTHONPATH"] = str(folder)
    quick = "not ray and not cpu_run and not long"
    options = ["-x", "-p", "no:cacheprovider", "-o", "addopts=", "-m", quick]
    os._exit(pytest.main([*options, *tests.split()]))


def tried(mutant: Mutant, package: Path) -> str:
    """The outcome of a mutant's tests."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder, package.name)
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        copy.joinpath(mutant.module).with_suffix(".py").write_text(mutant.text)
        return outcome(Path(folder), TESTS[mutant.module])


def main() -> int:
    """Try the mutants of all modules, or of some; write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help=f"of {', '.join(TESTS)}; default: all")
    parser.add_argument("--sample", type=int, metavar="N", help="of each module only so many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    chosen = options.modules or list(TESTS)

    package = Path(importlib.util.find_spec("lead_rs").origin).parent
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.chdir(ROOT)
    for name in HEAVY:
        importlib.import_module(name)
    every = []
    for module in chosen:
        source = package.joinpath(module).with_suffix(".py").read_text()
        found = list(mutants(module, source))
        if options.sample and options.sample < len(found):
            found = sorted(random.Random(0).sample(found, options.sample), key=found.index)
        every += [*edited(module, source), *found]
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("fork")) as pool:
        tests = sorted({TESTS[module] for module in chosen})
        before = pool.map(outcome, [package.parent] * len(tests), tests)
        wrong = {names: was for names, was in zip(tests, before, strict=True) if was != "passed"}
        if wrong:
            sys.exit(f"without a mutant: {wrong}")
        outcomes = []
        for mutant, was in zip(every, pool.map(tried, every, [package] * len(every)), strict=True):
            outcomes.append(was)
            print(f"{was}: {mutant.module}.py:{mutant.line}: {mutant.before} -> {mutant.after}")
    return record(chosen, every, outcomes)


def record(chosen: list[str], every: list[Mutant], outcomes: list[str]) -> int:
    """Write what was found, with the reasons that a former record has; 1 where one is missing."""
    former = json.loads(RECORD.read_text()) if RECORD.exists() else {"modules": {}, "survived": []}
    why = {
        (each["module"], each["before"], each["after"]): each["why"] for each in former["survived"]
    }
    modules = dict(former["modules"])
    survived = [each for each in former["survived"] if each["module"] not in chosen]
    for module in chosen:
        own = [was for mutant, was in zip(every, outcomes, strict=True) if mutant.module == module]
        modules[module] = {"mutants": len(own), **Counter(own)}
    for mutant, was in zip(every, outcomes, strict=True):
        if was == "passed":
            place = {name: getattr(mutant, name) for name in ("module", "line", "before", "after")}
            survived.append({**place, "why": why.get(mutant.name, "")})
    data = {
        "command": f"tests/mutants.py {' '.join(sys.argv[1:])}".strip(),
        "mutants": sum(each["mutants"] for each in modules.values()),
        "modules": dict(sorted(modules.items())),
        "survived": survived,
    }
    RECORD.write_text(json.dumps(data, indent=1) + "\n")
    unexplained = sum(not each["why"] for each in survived)
    print(f"{data['mutants']} mutants, {len(survived)} survived, {unexplained} without a reason")
    return min(unexplained, 1)


if __name__ == "__main__":
    sys.exit(main())
