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
import gc
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
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
RECORD = Path(__file__).parent / "records" / "mutants_python.json"
TIMEOUT = 300

HEAVY = (
    "hypothesis", "matplotlib.figure", "numpy", "omegaconf", "pandas", "pyarrow.parquet", "ray",
    "torch",
)  # fmt: skip
"""What most tests import, and no mutant is in: imported once."""

TESTS = {
    "_arrays": "tests/test_arrays.py tests/test_bad_input.py "
    "tests/test_k_rewards.py::test_a_response_without_a_reward_in_any_kind_of_array",
    "_estimator": "tests/test_arrays.py tests/test_bad_input.py tests/test_controller.py "
    "tests/test_k_rewards.py tests/cuda/test_without_gpu.py::test_cuda_arrays_without_cuda",
    "_explain": "tests/test_grade_api.py",
    "_files": "tests/test_files.py",
    "data/choice": "tests/data/test_choice.py",
    "data/preparation": (
        "tests/data/test_prepare_data.py tests/data/test_choice.py "
        "tests/data/test_untrusted_sources.py"
    ),
    "data/problems": "tests/data/test_prepare_data.py",
    "data/sources": "tests/data/test_prepare_data.py tests/data/test_untrusted_sources.py",
    "demo/seeds": "tests/cpu/test_seeds.py",
    "demo/smollm2/task": "tests/cpu/test_smollm2.py",
    "demo/tiny/task": "tests/cpu/test_cpu_example.py",
    "demo/train": "tests/cpu/test_cpu_example.py",
    "evaluation/models": "tests/evaluation/test_models.py",
    "evaluation/parts": "tests/evaluation/test_results.py",
    "evaluation/results": "tests/evaluation/test_results.py",
    "evaluation/sets": "tests/evaluation/test_sets.py",
    "evaluation/statistics": "tests/evaluation/test_statistics.py",
    "installed_verl": "tests/test_installed_verl.py",
    "lint/checks": "tests/lint/test_checks.py",
    "lint/findings": "tests/lint/test_checks.py tests/lint/test_command.py",
    "lint/metrics": "tests/lint/test_checks.py",
    "lint/responses": "tests/lint/test_checks.py",
    "math_verify": "tests/test_math_verify.py",
    "recipes/launch": "tests/recipes/test_launch.py",
    "recipes/preflight": "tests/recipes/test_preflight.py",
    "replay/settings": "tests/replay/test_replay.py tests/replay/test_recorded.py",
    "replay/simulation": "tests/replay/test_replay.py tests/replay/test_recorded.py",
    "report/page": "tests/run_report/test_page.py",
    "report/panels": "tests/run_report/test_panels.py",
    "report/table": "tests/run_report/test_page.py",
    "report/verdict": "tests/run_report/test_verdict.py",
    "runs/checkpoints": "tests/test_run_checkpoints.py",
    "runs/held_out": "tests/run_report/test_held_out.py",
    "runs/logs": "tests/run_report/test_logs.py",
    "runs/recorded": "tests/replay/test_recorded.py tests/run_report/test_trl_run.py",
    "runs/rollouts": "tests/replay/test_replay.py tests/run_report/test_trl_run.py",
    "runs/rows": "tests/verl/test_rows.py tests/replay/test_replay.py",
    "runs/settings": "tests/run_report/test_run_settings.py tests/run_report/test_trl_run.py",
    "runs/trl": "tests/run_report/test_trl_run.py",
    "skyrl/estimator": "tests/test_skyrl.py",
    "skyrl/installed": "tests/test_skyrl.py",
    "skyrl/settings": "tests/test_skyrl.py",
    "tables": "tests/test_tables.py tests/test_package.py::test_examples_run",
    "trl/rewards": "tests/test_trl.py",
    "verl/checkpoint": (
        "tests/verl/test_checkpoint.py tests/verl/test_rewards.py tests/test_untrusted.py"
    ),
    "verl/correctness": "tests/verl/test_correctness.py tests/verl/test_rewards.py",
    "verl/driver": "tests/verl/test_driver.py",
    "verl/estimator": (
        "tests/verl/test_legacy.py tests/verl/test_rewards.py tests/verl/test_run.py "
        "tests/verl/test_separate_async.py tests/verl/test_v1.py"
    ),
    "verl/global_step": (
        "tests/verl/test_fully_async.py tests/verl/test_separate_async.py "
        "tests/verl/test_checkpoint.py"
    ),
    "verl/math_sources": "tests/verl/test_math_sources.py",
    "verl/metrics": "tests/verl/test_rewards.py tests/verl/test_separate_async.py",
    "verl/preflight": "tests/verl/test_start.py",
    "verl/reward": "tests/verl/test_reward.py",
    "verl/reward_routing": "tests/verl/test_reward.py",
    "verl/rollout_dump": "tests/replay/test_verl_dump.py",
    "verl/rows": "tests/verl/test_rows.py",
    "verl/run": "tests/verl/test_run.py tests/verl/test_legacy.py",
    "verl/run_folder": "tests/verl/test_checkpoint_faults.py",
    "verl/settings": "tests/verl/test_start.py",
    "verl/sharded": "tests/verl/test_sharded.py tests/verl/test_rewards.py",
    "verl/trainer": "tests/verl/test_checkpoint.py tests/verl/test_checkpoint_faults.py "
    "tests/verl/test_run.py",
    "verl/v1": "tests/verl/test_v1.py tests/verl/test_rewards.py",
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


NAME = ("module", "code", "before", "after")
"""What a mutant is known by from one version of its module to the next."""

Name = tuple[str, ...]


class Mutant(NamedTuple):
    """One change: where, what was there, and what is there instead."""

    module: str
    line: int
    code: str
    before: str
    after: str
    text: str

    @property
    def name(self) -> Name:
        """See `NAME`."""
        return tuple(getattr(self, each) for each in NAME)


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
        code = source.splitlines()[place.lineno - 1].strip()
        return Mutant(module, place.lineno, code, text[begin:end].decode(), new, whole)

    for node in places(ast.parse(source)):
        if isinstance(node, ast.If) and ast.unparse(node.test) != "TYPE_CHECKING":
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
            code = source.splitlines()[line - 1].strip()
            yield Mutant(module, line, code, before, after, source.replace(before, after))


class QuickestFirst:
    """A plugin of pytest: the tests in the order of the seconds that they took, and take now."""

    def __init__(self, known: dict[str, float]) -> None:
        self.known = known
        self.took = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """What is not known yet first."""
        items.sort(key=lambda item: self.known.get(item.nodeid, 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test's setup, call and teardown are a report each."""
        self.took[report.nodeid] += report.duration


def outcome(package: Path, tests: str, known: dict[str, float], seconds: Path) -> str:
    """Of tests on a package, in a process of its own: passed, failed or timed out."""
    process = multiprocessing.Process(target=_test, args=(package, tests, known, seconds))
    process.start()
    process.join(TIMEOUT)
    if process.is_alive():
        process.kill()
        process.join()
        return "timed out"
    return "failed" if process.exitcode else "passed"


def _test(package: Path, tests: str, known: dict[str, float], seconds: Path) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.path.insert(0, str(package.parent))
    os.environ["PYTHONPATH"] = str(package.parent)
    quick = "not ray and not cpu_run and not long"
    plain = ["--assert", "plain", "-p", "no:cacheprovider", "-p", "no:randomly"]
    options = ["-x", "-o", "addopts=", "-m", quick, "--basetemp", str(seconds.with_name("tests"))]
    order = QuickestFirst(known)
    code = pytest.main([*plain, *options, *tests.split()], plugins=[order])
    seconds.write_text(json.dumps(order.took))
    os._exit(code)


def unchanged(package: Path, tests: str) -> tuple[str, dict[str, float]]:
    """The outcome of tests without a mutant, and how long each takes."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        seconds = Path(folder, "seconds.json")
        was = outcome(package, tests, {}, seconds)
        return was, json.loads(seconds.read_text()) if was == "passed" else {}


def tried(mutant: Mutant, package: Path, known: dict[str, float]) -> str:
    """The outcome of a mutant's tests."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder, package.name)
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        copy.joinpath(mutant.module).with_suffix(".py").write_text(mutant.text)
        return outcome(copy, TESTS[mutant.module], known, Path(folder, "seconds.json"))


def main() -> int:
    """Try the mutants of all modules, or of some; write the record after each module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help=f"of {', '.join(TESTS)}; default: all")
    parser.add_argument("--iterate", action="store_true", help="pass over what was caught before")
    parser.add_argument("--sample", type=int, metavar="N", help="of each module only so many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()

    package = Path(importlib.util.find_spec("lead_rs").origin).parent
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["OMP_NUM_THREADS"] = "1"
    os.chdir(ROOT)
    for name in HEAVY:
        importlib.import_module(name)
    gc.freeze()
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("fork")) as pool:
        for module in options.modules or TESTS:
            source = package.joinpath(module).with_suffix(".py").read_text()
            every = list(mutants(module, source))
            if options.sample and options.sample < len(every):
                every = random.Random(0).sample(every, options.sample)
            every = sorted([*edited(module, source), *every], key=lambda each: each.line)
            former = recorded()
            tried_on = {
                "sample": options.sample,
                "source": sha256(source.encode()).hexdigest()[:12],
            }
            caught = set()
            # Of another source or sample, nothing is known of what did not survive.
            if options.iterate and tried_on.items() <= former["modules"].get(module, {}).items():
                caught = {each.name for each in every} - reasons(former).keys()
            was, known = pool.submit(unchanged, package, TESTS[module]).result()
            if was != "passed":
                sys.exit(f"without a mutant, {TESTS[module]} {was}")
            again = [each for each in every if each.name not in caught]
            came = pool.map(tried, again, [package] * len(again), [known] * len(again))
            outcomes = dict.fromkeys(caught, "failed")
            for mutant, was in zip(again, came, strict=True):
                # Two mutants of one name: what one of them survives is to be explained.
                if outcomes.get(mutant.name) != "passed":
                    outcomes[mutant.name] = was
                change = f"{mutant.before} -> {mutant.after}"
                print(f"{was}: {module}.py:{mutant.line}: {change}", flush=True)
            record(module, every, outcomes, tried_on)
    unexplained = sum(not each["why"] for each in recorded()["survived"])
    print(f"{unexplained} survived without a reason")
    return min(unexplained, 1)


def recorded() -> dict[str, Any]:
    """The record of former runs."""
    return json.loads(RECORD.read_text()) if RECORD.exists() else {"modules": {}, "survived": []}


def reasons(former: dict[str, Any]) -> dict[Name, str]:
    """Why mutants survived, by name."""
    return {tuple(each[key] for key in NAME): each["why"] for each in former["survived"]}


def record(
    module: str, every: list[Mutant], outcomes: dict[Name, str], tried_on: dict[str, Any]
) -> None:
    """Write a module's outcomes, with the reasons that the former record has."""
    former = recorded()
    why = reasons(former)
    modules = former["modules"] | {
        module: {
            **tried_on,
            "mutants": len(every),
            **Counter(outcomes[each.name] for each in every),
        }
    }
    survived = {
        each.name: {**dict(zip(NAME, each.name, strict=True)), "why": why.get(each.name, "")}
        for each in every
        if outcomes[each.name] == "passed"
    }
    data = {
        "mutants": sum(each["mutants"] for each in modules.values()),
        "modules": {name: modules[name] for name in TESTS if name in modules},
        "survived": [
            *(each for each in former["survived"] if each["module"] != module),
            *survived.values(),
        ],
    }
    RECORD.write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
