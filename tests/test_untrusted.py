"""Files from strangers: at worst refused, in one plain sentence. What SECURITY.md promises."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
from pathlib import Path

import pytest

import lead_rs
from lead_rs._errors import CommandError
from lead_rs.cli import main
from lead_rs.evaluation import results
from lead_rs.evaluation.sets import load_set
from lead_rs.replay import load_rollouts, replay
from lead_rs.runs import recorded
from lead_rs.runs.logs import load_log
from lead_rs.verl import checkpoint

ROOT = Path(__file__).parents[1]
needs_pyarrow = pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed"
)

DEEP = "[" * 100_000 + "]" * 100_000
HALF_DEEP = "[" * 900 + "]" * 900
LONG = "1" * 5_000
HUGE = "1" + "0" * 400

# What runs the text or the bytes it is given. ---------------------------------------------------

MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "code"}
FUNCTIONS = {"eval", "exec", "compile", "__import__", "execfile"}
METHODS = {
    ("os", "system"), ("os", "popen"), ("yaml", "load"), ("yaml", "unsafe_load"),
    ("torch", "load"), ("pandas", "read_pickle"), ("numpy", "load"), ("np", "load"),
    ("subprocess", "getoutput"), ("subprocess", "getstatusoutput"),
}  # fmt: skip
ARGUMENTS = {("shell", True), ("allow_pickle", True), ("trust_remote_code", True)}


def dangers(source):
    """The lines of Python that could run what they are given."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found = {alias.name.split(".")[0] for alias in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom):
            found = {(node.module or "").split(".")[0]} & MODULES
        elif isinstance(node, ast.Call):
            function, found = node.func, set()
            if isinstance(function, ast.Name) and function.id in FUNCTIONS:
                found = {function.id}
            elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                found = {(function.value.id, function.attr)} & METHODS
            for keyword in node.keywords:
                if isinstance(keyword.value, ast.Constant):
                    found |= {(keyword.arg, keyword.value.value)} & ARGUMENTS
        else:
            continue
        if found:
            yield node.lineno, found


def test_nothing_runs_what_it_reads():
    folders = ("python", "data", "examples", "fuzz", "benches", "src")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 60
    found = {
        (file.relative_to(ROOT).as_posix(), *danger)
        for file in files
        for danger in ((line, str(what)) for line, what in dangers(file.read_text()))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "import pickle", "from marshal import loads", "eval('1')", "exec(text)", "os.system('ls')",
        "yaml.load(file)", "torch.load(path)", "subprocess.run('ls', shell=True)",
        "np.load(path, allow_pickle=True)", "load(name, trust_remote_code=True)",
    ],
)  # fmt: skip
def test_what_would_run_it_is_seen(line):
    assert list(dangers(line))


def test_what_a_model_writes_is_text(tmp_path, monkeypatch):
    """Python, LaTeX and shell in an answer are read as an answer, at most a wrong one."""
    monkeypatch.chdir(tmp_path)
    for text in (
        "__import__('os').system('touch owned')",
        "(lambda: open('owned', 'w'))()",
        "`touch owned`",
        "$(touch owned)",
        "\\input{|touch owned}",
        "\\write18{touch owned}",
        "9**9**9**9",
        "{0.__class__.__base__.__subclasses__}",
    ):
        for truth in ("1", f"{text} 2"):
            assert not lead_rs.grade(text, truth)
            assert lead_rs.score(f"\\boxed{{{text}}}", truth)["acc"] == 0
    assert os.listdir(tmp_path) == []


# A state. ---------------------------------------------------------------------------------------

GOOD = {**lead_rs.WeightController().state_dict(), "step": 1}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD).replace('"step": 1', f'"step": {LONG}'),
        json.dumps(GOOD).replace('"step": 1', f'"step": {HUGE}'),
        json.dumps(GOOD).replace('"step": 1', '"step": 18446744073709551615'),
        json.dumps(GOOD).replace("[0.5, 0.5]", HALF_DEEP),
        json.dumps(GOOD).replace("[0.5, 0.5]", "[0.5, 1e999]"),
        json.dumps(GOOD) + " " * recorded.MAX_BYTES,
        "\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.",
    ],
    ids=["digits", "huge step", "last step", "nested", "infinite", "large", "a pickle"],
)
def test_a_foreign_state_is_refused(tmp_path, text):
    (tmp_path / checkpoint.FILE_NAME).write_bytes(text.encode("latin-1"))
    controller = lead_rs.WeightController()
    with pytest.raises(ValueError, match="is not a usable LEAD state"):
        checkpoint.load(controller, tmp_path)
    assert (controller.step, controller.weights) == (0, (0.5, 0.5))


# Rollouts, logs and results. --------------------------------------------------------------------

ROW = {"step": 1, "uid": "u_0_0", "acc": 1.0, "response_length": 9}
VALUES = (DEEP, HALF_DEEP, LONG, HUGE, f"-{HUGE}", "NaN", "1e999", '"\\ud800"', "{}", "null", "[]")


@pytest.mark.parametrize("value", VALUES, ids=[text[:8] for text in VALUES])
@pytest.mark.parametrize("name", ROW)
def test_a_foreign_rollout_is_refused_or_is_a_rollout(tmp_path, name, value):
    rows = [{**ROW, "uid": f"u_{i}_0"} for i in range(2)]
    text = json.dumps({**rows[0], name: "HERE"}).replace('"HERE"', value)
    (tmp_path / "1.jsonl").write_text(f"{text}\n{json.dumps(rows[1])}\n")
    try:
        replayed = replay(load_rollouts(tmp_path, allow_missing=True), lead_rs.LeadConfig())
    except CommandError:
        return
    assert name in ("uid", "step")  # a uid is any text
    assert replayed.metrics[0]["lead/step"] == 1


@needs_pyarrow
def test_a_table_damaged_anywhere_is_refused_or_is_a_table(tmp_path):
    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "rollouts.parquet"
    size = 200
    columns = {
        "step": [1] * size,
        "uid": [f"prompt {i // 4}" for i in range(size)],
        "correct": [float(i % 3 > 1) for i in range(size)],
        "length": [float(i) for i in range(1, size + 1)],
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    whole = path.read_bytes()
    refused = 0
    for at in range(0, len(whole), 37):
        spoilt = bytearray(whole)
        spoilt[at : at + 8] = bytes(byte ^ 0xFF for byte in spoilt[at : at + 8])
        path.write_bytes(spoilt)
        try:
            replay(load_rollouts(path, allow_missing=True), lead_rs.LeadConfig())
        except CommandError:
            refused += 1
    assert refused > 10


LINES = [
    f'{{"step": {LONG}, "data": {{}}}}',
    f'{{"step": {HUGE}, "data": {{"a": {HUGE}}}}}',
    '{"step": 1e999, "data": {"a": 1}}',
    f'{{"step": 1, "data": {DEEP}}}',
    '{"step": 1, "data": {"a": NaN, "b": 1e999, "c": -1e999, "d": "x", "e": [1]}}',
    f'{{"step": 1, "data": {{"a": {HUGE}}}}}',
    f"step:{LONG} - a:1.0",
    "step:1 - a:1.2.3 - b:. - c:1e999 - d:-.e1 - e:2",
]


@pytest.mark.parametrize("line", LINES, ids=[line[:24] for line in LINES])
def test_a_foreign_log_is_refused_or_has_finite_numbers(tmp_path, line):
    file = tmp_path / ("log.jsonl" if line.startswith("{") else "log.txt")
    good = '{"step": 2, "data": {"a": 3.0}}' if line.startswith("{") else "step:2 - a:3.0"
    file.write_text(f"{line}\n{good}\n")
    try:
        log = load_log(file)
    except CommandError:
        return
    values = [value for row in log.steps.values() for value in row.values()]
    assert values
    assert max(map(abs, values)) < 1e300


def test_a_log_of_tensorboard_with_other_bytes_is_refused(tmp_path, capsys):
    pytest.importorskip("tensorboard")
    (tmp_path / "events.out.tfevents.1.host").write_bytes(os.urandom(2000))
    assert main(["report", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("lead-rs: ")


RESULTS = ("[]", "1", DEEP, LONG, "{}", '{"sets": [], "average": {}, "settings": {}}',
           '{"sets": {}, "average": null, "settings": {}}')  # fmt: skip


@pytest.mark.parametrize("text", RESULTS, ids=[text[:20] for text in RESULTS])
def test_foreign_results_are_refused(tmp_path, text):
    (tmp_path / results.RESULTS).write_text(text)
    with pytest.raises(CommandError, match="results.json"):
        results.load(tmp_path)
    (tmp_path / results.SETTINGS).write_text(text)
    with pytest.raises(CommandError, match="settings"):
        results.begin(tmp_path, {"model": "m"})


# Paths. -----------------------------------------------------------------------------------------


@needs_pyarrow
@pytest.mark.parametrize(
    "name", ["../up", "/tmp/absolute", "..", ".", "a/b", "a\\b", "", "-x", "a\0"]
)
def test_a_sets_name_is_no_path(tmp_path, name):
    """It is the name of the folder that its responses are written to."""
    with pytest.raises(CommandError, match="a set's name is that of its folder"):
        load_set(f"{name}={tmp_path}/x.parquet", tmp_path)


def test_a_runs_name_in_a_report_is_text(tmp_path, capsys):
    run = tmp_path / "<script>alert(1)<"
    run.mkdir()
    (run / "log.jsonl").write_text('{"step": 1, "data": {"lead/w_corr": 0.5}}\n')
    pytest.importorskip("matplotlib")
    assert main(["report", str(run), "--out", str(tmp_path / "out")]) == 0
    assert "<script>alert" not in (tmp_path / "out" / "report.html").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {run.name, "out"}
