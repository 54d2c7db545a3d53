"""The sweep over the ablations: which runs, their order, skipping, resuming and the table."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
import yaml

from lead_rs.cli import main
from lead_rs.recipes import sweep
from lead_rs.recipes.recipe import RECIPES


def names(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return [run.name for run in sweep.runs([])]


def test_every_method_has_its_recipe_and_its_script(recipe_of):
    for method in sweep.METHODS.values():
        assert method.recipe in RECIPES
        assert recipe_of(f"examples/ablations/{method.recipe}.sh", "a=b") == (
            method.recipe,
            ["a=b"],
        )


def test_by_default_they_are_the_papers(monkeypatch):
    ratios = ("0.0", "0.25", "0.5", "1.0", "2.0", "4.0")
    assert names(monkeypatch) == [
        *(f"grpo RATIO={ratio}" for ratio in ratios),
        *(f"lead RATIO={ratio}" for ratio in ratios),
        *(f"aggregator AGG={name}" for name in ("min_correct", "median_correct", "mean_all")),
    ]


def test_methods_ratios_and_aggregators_can_be_chosen(monkeypatch):
    assert names(monkeypatch, METHODS=" lead  aggregator", RATIOS="0.5 3", AGGS="mean_correct") == [
        "lead RATIO=0.5", "lead RATIO=3", "aggregator AGG=mean_correct",
    ]  # fmt: skip
    run = next(sweep.runs(["trainer.total_epochs=2"]))
    assert run.command[1:] == [
        "-m", "lead_rs", "train", "lead_static_ratio", "trainer.total_epochs=2",
    ]  # fmt: skip
    assert run.environment["RATIO"] == "0.5"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"METHODS": "grpo ppo"}, "METHODS: there is no 'ppo', but grpo, lead, aggregator"),
        ({"RATIOS": "0.5 1.0 0.5"}, "grpo RATIO=0.5 is asked for twice"),
        ({"METHODS": "grpo", "RATIOS": "0.5 half"},
         "grpo RATIO=half: RATIO must be a number from 0 to below 10, as 0.25, got 'half'"),
        ({"METHODS": "grpo", "RATIOS": "10"}, "RATIO must be a number from 0 to below 10"),
        ({"METHODS": "grpo", "RATIOS": "-1"}, "RATIO must be a number from 0 to below 10"),
        ({"DONE_STEP": "last"}, "DONE_STEP must be the number of a step, got 'last'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_a_run_starts(monkeypatch, capsys, environment, message):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    started = []
    monkeypatch.setattr(sweep, "execute", lambda *_: started.append(1))
    # The runs before the wrong one.
    plan = sweep.Run.plan
    monkeypatch.setattr(
        sweep.Run, "plan",
        lambda run: "trainer: {default_local_dir: a}" if run.name.endswith("0.5") else plan(run),
    )  # fmt: skip
    assert main(["train", "sweep"]) == 2
    assert message in capsys.readouterr().err
    assert not started


def test_a_dry_run_prints_every_configuration(script, tmp_path):
    """The whole way, with an override for all, and an aggregator that LEAD doesn't have."""
    chosen = {"METHODS": "lead aggregator", "RATIOS": "0.25", "AGGS": "mean_all", "DRY_RUN": "1"}
    sweep_script = "examples/ablations/sweep.sh"
    done = script(sweep_script, "trainer.total_epochs=2", OUTPUT_ROOT="out", **chosen)
    assert done.returncode == 0, done.stderr
    static, aggregator = yaml.safe_load_all(done.stdout)
    assert static["algorithm"]["lead_static_lambda_corr"] == 0.8
    assert aggregator["algorithm"]["lead_aggregator"] == "mean_all"
    folder = tmp_path / "out" / "math_lead_static_ratio025_deepseek-r1-1.5b"
    assert static["trainer"]["default_local_dir"] == str(folder)
    assert static["trainer"]["total_epochs"] == aggregator["trainer"]["total_epochs"] == 2

    done = script(sweep_script, **chosen | {"METHODS": "aggregator", "AGGS": "max_correct"})
    assert done.returncode == 2
    assert done.stderr.startswith("lead-rs: aggregator AGG=max_correct: LEAD's settings: ")
    assert "mean_correct" in done.stderr


def test_runs_that_would_share_a_folder_are_refused(monkeypatch, capsys):
    """As with a CKPT_DIR, which is one run's."""
    monkeypatch.setattr(sweep.Run, "plan", lambda run: "trainer: {default_local_dir: /one}")
    assert main(["train", "sweep"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("lead-rs: several runs would write into /one: set OUTPUT_ROOT")


# What a training script is to the sweep: a plan for DRY_RUN=full, and checkpoints of 10 steps.
FAKE = """
name="$(basename "$0" .sh)_$VALUE"
folder="$OUTPUT_ROOT/$name"
if [ "${DRY_RUN:-0}" = full ]; then
    cat <<END
data: {train_files: $TRAIN, val_files: $TRAIN, train_batch_size: 2}
trainer: {default_local_dir: $folder, total_epochs: 5, total_training_steps: null}
END
    exit
fi
echo "$name $*" >> "$OUTPUT_ROOT/started"
reach() {
    mkdir -p "$folder/global_step_$1" "$folder/metrics"
    echo "$1" > "$folder/latest_checkpointed_iteration.txt"
    echo '{"step": '$1', "data": {"response_length/mean": 1234.5}}' >> "$folder/metrics/$1.jsonl"
}
case "$VALUE" in
    fails) reach 4; exit 3 ;;
    waits) reach 6; sleep 60 ;;
esac
reach 10
echo '{"step": 10, "data": {"val-core/deepscaler/acc/mean@1": 0.75}}' >> "$folder/metrics/10.jsonl"
printf '{"step": 11, "da' >> "$folder/metrics/10.jsonl"
"""


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """A sweep over a pretended script's values, of four problems."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"prompt": ["Q"] * 4}), tmp_path / "train.parquet")
    (tmp_path / "fake.sh").write_text(FAKE)
    fake = str(tmp_path / "fake.sh")
    monkeypatch.setattr(sweep, "command", lambda recipe, overrides: ["bash", fake, *overrides])
    monkeypatch.setattr(sweep, "METHODS", {"fake": sweep.Method("fake", "VALUE", "VALUES", "")})
    monkeypatch.setenv("OUTPUT_ROOT", str(tmp_path))
    monkeypatch.setenv("TRAIN", str(tmp_path / "train.parquet"))

    def run(values, *overrides):
        monkeypatch.setenv("VALUES", values)
        return main(["train", "sweep", *overrides])

    return run


def started(folder):
    file = folder / "started"
    return file.read_text().splitlines() if file.exists() else []


def shown(capsys):
    """What was printed, without the blanks that fill a table's columns up; the notes."""
    output = capsys.readouterr()
    return re.sub(" +", " ", output.out), output.err


def test_runs_one_after_the_other(fake, tmp_path, capsys):
    assert fake("a b", "y=3") == 0
    assert started(tmp_path) == ["fake_a y=3", "fake_b y=3"]
    output, notes = shown(capsys)
    assert f"== fake VALUE=a: from step 0 to 10, in {tmp_path / 'fake_a'}" in notes
    assert output.endswith(
        "| run | status | step | accuracy | tokens |\n"
        "|--------------|----------|-------|----------|--------|\n"
        "| fake VALUE=a | finished | 10/10 | 0.750 | 1,234 |\n"
        "| fake VALUE=b | finished | 10/10 | 0.750 | 1,234 |\n"
    )


def test_finished_runs_are_skipped_and_unfinished_ones_go_on(fake, tmp_path, capsys):
    assert fake("a fails c") == 1
    assert started(tmp_path) == ["fake_a ", "fake_fails ", "fake_c "]
    failed = "| fake VALUE=fails | failed with status 3 | 4/10 | - | 1,234 |"
    assert failed in shown(capsys)[0]
    checkpoint = tmp_path / "fake_fails/global_step_4/weights"
    checkpoint.write_text("kept")

    (tmp_path / "fake.sh").write_text(FAKE.replace("fails)", "failed)"))
    assert fake("a fails c") == 0
    assert started(tmp_path)[3:] == ["fake_fails "]
    output, notes = shown(capsys)
    assert "== fake VALUE=fails: from step 4 to 10" in notes
    assert "| fake VALUE=a | finished before | 10/10 | 0.750 | 1,234 |" in output
    assert "| fake VALUE=fails | finished | 10/10 | 0.750 | 1,234 |" in output
    assert checkpoint.read_text() == "kept"


def test_done_step_is_where_a_run_is_finished(fake, tmp_path, monkeypatch, capsys):
    assert fake("fails") == 1
    monkeypatch.setenv("DONE_STEP", "4")
    assert fake("fails") == 0
    assert started(tmp_path) == ["fake_fails "]
    assert "| fake VALUE=fails | finished before | 4/4 |" in shown(capsys)[0]
    monkeypatch.setenv("DONE_STEP", "450")  # a run's last step is the most that it can reach
    assert fake("a") == 0
    assert "| fake VALUE=a | finished | 10/10 |" in shown(capsys)[0]


def test_a_run_that_ends_without_its_last_checkpoint_is_not_finished(fake, tmp_path):
    """Its status was 0, but the step it reached is what counts."""
    (tmp_path / "fake.sh").write_text(FAKE.replace("exit 3", "exit 0"))
    assert fake("fails") == 1


def test_data_are_prepared_before_the_first_run(fake, monkeypatch, tmp_path):
    prepared = []
    monkeypatch.setattr(sweep, "prepare_missing", lambda *of: prepared.append(started(tmp_path)))
    assert fake("a b") == 0
    assert prepared[0] == []


def test_no_data(fake, tmp_path, capsys):
    (tmp_path / "train.parquet").unlink()
    assert fake("a") == 2
    assert "fake VALUE=a: no problems in " in capsys.readouterr().err
    assert started(tmp_path) == []


def test_an_interrupt_leaves_a_table_and_all_files(fake, tmp_path):
    code = (
        "import sys; from lead_rs.cli import main; from lead_rs.recipes import sweep\n"
        "sweep.command = lambda *_: ['bash', sys.argv[1]]\n"
        "sweep.METHODS = {'fake': sweep.Method('fake', 'VALUE', 'VALUES', 'a waits c')}\n"
        "sys.exit(main(['train', 'sweep']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "fake.sh")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(started(tmp_path)) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does on Ctrl-C
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "the same command goes on where this stopped" in errors
    assert "| fake VALUE=a | finished | 10/10 |" in " ".join(output.split())
    assert started(tmp_path) == ["fake_a ", "fake_waits "]
    assert (tmp_path / "fake_waits/global_step_6").is_dir()


def test_a_log_that_is_cut_off_or_not_there(tmp_path):
    nothing = sweep.last_metrics(tmp_path)
    assert all(value != value for value in nothing)
    (tmp_path / "metrics").mkdir()
    row = json.dumps({"step": 1, "data": {sweep.LENGTH: 10.0, sweep.ACCURACY: None}})
    (tmp_path / "metrics" / "000000.jsonl").write_text(row + '\n{"step": 2, "data": {')
    accuracy, length = sweep.last_metrics(tmp_path)
    assert accuracy != accuracy
    assert length == 10.0
