"""The ablations: what their runs set, and the driver's skipping, resuming and table."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import driver
import pytest
import yaml
from verl_versions import wheel_folders

ROOT = Path(__file__).parents[2]
RATIOS = {"r0": 0, "r0.25": 0.25, "r0.5": 0.5, "r1": 1, "r2": 2, "r4": 4}


def plans(done):
    """The configurations that a dry run prints, by the run's name."""
    assert done.returncode == 0, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    return {plan["trainer"]["experiment_name"].split("/")[1]: plan for plan in made}


def test_every_ablation_has_its_script():
    scripts = {file.stem for file in (ROOT / "examples" / "ablations").glob("*.sh")}
    assert scripts == set(driver.ABLATIONS)


def test_grpo_ratios(script):
    made = plans(script("examples/ablations/grpo_ratio.sh", DRY_RUN="1"))
    assert made.keys() == RATIOS.keys()
    for name, ratio in RATIOS.items():
        reward = made[name]["reward"]["custom_reward_function"]["reward_kwargs"]
        assert reward["length_mode"] == "classic"
        assert reward["length_threshold"] == 2000
        assert reward["correct_reward"] == pytest.approx(1 / (1 + ratio))
        assert reward["length_reward"] == pytest.approx(ratio / (1 + ratio))
        assert made[name]["algorithm"]["adv_estimator"] == "grpo"


@pytest.mark.parametrize("wheel", wheel_folders())
def test_lead_static_ratios(script, wheel):
    made = plans(script("examples/ablations/lead_static_ratio.sh", DRY_RUN="1", wheel=wheel))
    assert made.keys() == RATIOS.keys()
    for name, ratio in RATIOS.items():
        lead = made[name]["algorithm"]
        assert lead["lead_static_lambda_corr"] == pytest.approx(1 / (1 + ratio))
        assert lead["lead_bmax"] == 4000
        assert made[name]["data"]["max_response_length"] == 4000
        assert made[name]["actor_rollout_ref"]["rollout"]["max_model_len"] == 5024


@pytest.mark.parametrize("wheel", wheel_folders())
def test_aggregators(script, wheel, tmp_path):
    made = plans(
        script("examples/ablations/aggregator.sh", "trainer.total_epochs=2",
               DRY_RUN="1", CKPT_DIR="c", wheel=wheel)
    )  # fmt: skip
    assert list(made) == ["mean_correct", "min_correct", "median_correct", "mean_all"]
    for name, plan in made.items():
        assert plan["algorithm"]["lead_aggregator"] == name
        assert plan["trainer"]["total_epochs"] == 2
        assert plan["trainer"]["default_local_dir"] == str(tmp_path / "c" / "aggregator" / name)


def test_an_option_that_is_wrong_is_said(script):
    done = script("examples/ablations/aggregator.sh", "trainer.epochs=2", DRY_RUN="1")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "error: mean_correct: error: verl 0.9.1 refuses the configuration"
    )


# What a training script is to the driver: a plan for DRY_RUN=1, and checkpoints of 10 steps.
FAKE = """
folder="$OUTPUT_ROOT/$RUN_NAME"
if [ "${DRY_RUN:-0}" = 1 ]; then
    cat <<END
data: {train_files: $TRAIN, train_batch_size: 2}
trainer: {default_local_dir: $folder/c, total_epochs: 5, total_training_steps: null}
ray_kwargs: {ray_init: {runtime_env: {env_vars: {VERL_FILE_LOGGER_PATH: $folder/metrics/0.jsonl}}}}
END
    exit
fi
echo "$RUN_NAME $*" >> "$OUTPUT_ROOT/started"
reach() {
    mkdir -p "$folder/c/global_step_$1" "$folder/metrics"
    echo "$1" > "$folder/c/latest_checkpointed_iteration.txt"
    echo '{"step": '$1', "data": {"response_length/mean": 1234.5}}' >> "$folder/metrics/$1.jsonl"
}
case "$1" in
    fails) reach 4; exit 3 ;;
    waits) reach 6; sleep 60 ;;
esac
reach 10
echo '{"step": 10, "data": {"val-core/deepscaler/acc/mean@1": 0.75}}' >> "$folder/metrics/10.jsonl"
printf '{"step": 11, "da' >> "$folder/metrics/10.jsonl"
"""


@pytest.fixture
def ablation(monkeypatch, tmp_path):
    """An ablation of a pretended script, over four problems; settings of its runs by name."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"prompt": ["Q"] * 4}), tmp_path / "train.parquet")
    (tmp_path / "fake.sh").write_text(FAKE)
    monkeypatch.setattr(driver, "ROOT", tmp_path)
    monkeypatch.setenv("OUTPUT_ROOT", str(tmp_path))
    monkeypatch.setenv("TRAIN", str(tmp_path / "train.parquet"))

    def make(**runs):
        made = driver.ABLATIONS["aggregator"]._replace(script="fake.sh", runs=runs)
        monkeypatch.setitem(driver.ABLATIONS, "fake", made)

    return make


def started(folder):
    file = folder / "started"
    return file.read_text().splitlines() if file.exists() else []


def test_runs_one_after_the_other(ablation, tmp_path, capsys):
    ablation(a=["x=1"], b=["x=2"])
    assert driver.main(["fake", "y=3"]) == 0
    assert started(tmp_path) == ["fake/a x=1 y=3", "fake/b x=2 y=3"]
    assert capsys.readouterr().out.endswith(
        "| run | status | step | accuracy | tokens |\n|---|---|---|---|---|\n"
        "| a | finished | 10/10 | 0.750 | 1,234 |\n| b | finished | 10/10 | 0.750 | 1,234 |\n"
    )


def test_finished_runs_are_skipped_and_unfinished_ones_go_on(ablation, tmp_path, capsys):
    ablation(a=["x"], b=["fails"], c=["x"])
    assert driver.main(["fake"]) == 1
    assert started(tmp_path) == ["fake/a x", "fake/b fails", "fake/c x"]
    assert "| b | failed with status 3 | 4/10 | - | 1,234 |" in capsys.readouterr().out
    checkpoint = tmp_path / "fake/b/c/global_step_4/weights"
    checkpoint.write_text("kept")

    ablation(a=["x"], b=["x"], c=["x"])
    assert driver.main(["fake"]) == 0
    assert started(tmp_path)[3:] == ["fake/b x"]
    output = capsys.readouterr().out
    assert "== b: from step 4 to 10" in output
    assert "| a | finished before | 10/10 | 0.750 | 1,234 |" in output
    assert "| b | finished | 10/10 | 0.750 | 1,234 |" in output
    assert checkpoint.read_text() == "kept"


def test_a_run_that_ends_without_its_last_checkpoint_is_not_finished(ablation, tmp_path):
    """Its status was 0, but the step it reached is what counts."""
    ablation(a=["fails"])
    (tmp_path / "fake.sh").write_text(FAKE.replace("exit 3", "exit 0"))
    assert driver.main(["fake"]) == 1


def test_no_data(ablation, tmp_path, capsys):
    ablation(a=["x"])
    (tmp_path / "train.parquet").unlink()
    assert driver.main(["fake"]) == 1
    assert "python data/prepare.py math" in capsys.readouterr().err
    assert started(tmp_path) == []


def test_an_interrupt_leaves_a_table_and_all_files(ablation, tmp_path):
    ablation(a=["x"], b=["waits"], c=["x"])
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]; import driver, pathlib\n"
        "driver.ROOT = pathlib.Path(sys.argv[1])\n"
        "runs = dict(a=['x'], b=['waits'], c=['x'])\n"
        "driver.ABLATIONS['fake'] = driver.ABLATIONS['aggregator']._replace("
        "script='fake.sh', runs=runs)\n"
        "sys.exit(driver.main(['fake']))\n"
    )
    folders = [str(ROOT / "examples" / name) for name in ("ablations", "training")]
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), *folders],
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
    assert "| a | finished | 10/10 |" in output
    assert started(tmp_path) == ["fake/a x", "fake/b waits"]
    assert (tmp_path / "fake/b/c/global_step_6").is_dir()


def test_a_log_that_is_cut_off_or_not_there(tmp_path):
    nothing = driver.last_metrics(tmp_path)
    assert all(value != value for value in nothing)
    (tmp_path / "metrics").mkdir()
    rows = [{"step": 1, "data": {driver.LENGTH: 10.0, driver.ACCURACY: None}}, {"step": 2}, 3]
    lines = [json.dumps(row) for row in rows]
    (tmp_path / "metrics" / "000000.jsonl").write_text("\n".join([*lines, '{"step": 4, "data": {']))
    accuracy, length = driver.last_metrics(tmp_path)
    assert accuracy != accuracy
    assert length == 10.0
