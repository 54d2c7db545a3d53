"""The benchmarks start: what they import and how they are called is still there."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHES = Path(__file__).parents[1] / "benches"
SCRIPTS = (
    "gpu.py",
    "graders/agreement.py",
    "graders/external.py",
    "graders/made_pairs.py",
    "graders/math_verify_rows.py",
    "graders/speed.py",
    "speed/advantage.py",
    "speed/builds.py",
    "speed/driver_cost.py",
)
LIBRARIES = (
    "graders/guarded.py",
    "graders/pairs.py",
    "graders/peers.py",
    "graders/real_data.py",
    "speed/plain_lead.py",
)
"""What the others import; `pairs` writes them besides."""

NEEDS = {"graders/made_pairs.py": "sympy", "speed/driver_cost.py": "verl"}


def test_every_benchmark_is_tried():
    there = {file.relative_to(BENCHES).as_posix() for file in BENCHES.rglob("*.py")}
    assert there == {*SCRIPTS, *LIBRARIES}


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_starts(script, warm_python, tmp_path):
    needs = NEEDS.get(script, "numpy")
    if importlib.util.find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    command = [str(BENCHES / script), "--help"]
    done = warm_python.run(command, env=os.environ, cwd=tmp_path, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")


def test_pairs_are_written(tmp_path):
    command = [sys.executable, str(BENCHES / "graders/pairs.py"), str(tmp_path / "pairs.jsonl")]
    subprocess.run(command, check=True, timeout=100)
    assert '"equal": false' in (tmp_path / "pairs.jsonl").read_text()


def test_the_rows_of_tests_are_counted(tmp_path):
    (tmp_path / "test_rows.py").write_text(
        "@pytest.mark.parametrize('gold, pred, expected', [\n"
        "    ('$1/2$', '$0.5$', 1), ('$1$', '$2$', 1), (f'{2}', '2', 1),\n"
        "])\n"
        "def test_numbers(gold, pred, expected): ...\n"
        "@pytest.mark.parametrize('pred,expected', [('A', ['a'])])\n"
        "def test_words(pred, expected): ...\n"
    )
    command = [sys.executable, str(BENCHES / "graders/math_verify_rows.py"), str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=100)
    (disagreed, share) = done.stdout.splitlines()
    assert '"gold": "$1$", "pred": "$2$", "expected": true' in disagreed
    assert share == "1 of 2 rows agreed: 50.0%"


def test_a_judged_set_is_read_in_both_forms(tmp_path):
    lines, objects = tmp_path / "lines.jsonl", tmp_path / "objects.json"
    lines.write_text(
        '{"answer": "1/2", "truth": "0.5", "right": true}\n'
        '{"answer": "1/3", "truth": "0.33", "right": true}\n'
        '{"answer": "3", "truth": "4", "right": false}\n'
    )
    objects.write_text('[{"gt": "0.5", "same": "1/2", "other": "2"}, {"gt": "4", "same": "4.0"}]')
    command = [
        sys.executable,
        str(BENCHES / "graders/external.py"),
        "--out",
        str(tmp_path / "out.jsonl"),
    ]
    for arguments, said, recall, loose in (
        ([lines], "3 answers, 2 of them right", "0.5000", "1.0000"),
        (
            [objects, "--truth=gt", "--equal=same", "--different=other"],
            "3 answers, 2 of them right",
            "1.0000",
            "1.0000",
        ),
    ):
        done = subprocess.run(
            [*command, *arguments, "--tolerance", "rounding"],
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr
        assert said in done.stdout
        rows = {line.split("  ")[0]: line.split() for line in done.stdout.splitlines()}
        assert rows["lead_rs"][1:4] == ["1.0000", recall, "0"]
        assert rows["lead_rs, tolerance rounding"][3:6] == ["1.0000", loose, "0"]
        assert ("1/3" in (tmp_path / "out.jsonl").read_text()) == (recall == "0.5000")
