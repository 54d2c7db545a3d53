"""Real runs of verl on the CPU: LEAD killed and resumed, and LEAD on problems nobody solves."""

import importlib.util
import json
import time
from pathlib import Path

import pytest

import lead_rs
from batches import without_lint
from lead_rs.data import prepare
from lead_rs.demo.tasks import TINY
from lead_rs.demo.train import LEAD, overrides
from lead_rs.demo.verl_run import verl
from lead_rs.replay import load_rollouts, replay
from needs_data import needs, real_data

pytestmark = [
    pytest.mark.cpu_run,
    pytest.mark.verl,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="verl is not installed"),
]

MATH = "math/train.parquet"

# A batch small enough for seconds a step, large enough for right and wrong answers in every one.
PROMPTS, GROUP = 16, 4
SMALL = {
    "data.train_batch_size": PROMPTS,
    "actor_rollout_ref.actor.ppo_mini_batch_size": PROMPTS,
    "actor_rollout_ref.rollout.n": GROUP,
    "trainer.val_before_train": False,
    "trainer.test_freq": -1,
}


def start(folder, settings, *, first_step=0):
    """A running verl, as a context; its metrics go to the file that `rows` reads."""
    return verl(settings, folder, folder / f"metrics-{first_step}.jsonl")


def rows(folder, first_step=0):
    """The metrics of the steps that one start of verl has logged, by step."""
    file = folder / f"metrics-{first_step}.jsonl"
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    parsed = [json.loads(line) for line in lines if line.endswith("\n")]
    return {row["step"]: row["data"] for row in parsed}


def finish(process, folder):
    assert process.wait(600) == 0, (folder / "verl.log").read_text(errors="replace")[-3000:]


def kill_tree(process):
    """As when the machine goes down: nobody gets to say goodbye."""
    import psutil

    tree = [psutil.Process(process.pid)]
    tree += tree[0].children(recursive=True)
    for member in tree:
        member.kill()
    psutil.wait_procs(tree, timeout=30)


def lead_metrics(metrics):
    """What the estimator itself says."""
    lead = {key: value for key, value in metrics.items() if key.startswith("lead/")}
    return without_lint(lead)


def test_killed_and_resumed_run_weighs_as_one_that_was_not(seed_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("VERL_USE_EXTERNAL_MODULES", "record_batches")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    settings = {
        **overrides(TINY, LEAD, seed_folder, tmp_path, seed=1),
        **SMALL,
        "trainer.save_freq": 4,
        "trainer.total_training_steps": 6,
        "trainer.rollout_data_dir": tmp_path / "rollouts",
    }

    monkeypatch.setenv("RECORD_BATCHES", str(tmp_path / "batches-0.jsonl"))
    with start(tmp_path, {**settings, "trainer.resume_mode": "disable"}) as process:
        while 5 not in rows(tmp_path):
            assert process.poll() is None, (tmp_path / "verl.log").read_text()[-3000:]
            time.sleep(0.1)
        kill_tree(process)
    monkeypatch.setenv("RECORD_BATCHES", str(tmp_path / "batches-4.jsonl"))
    with start(tmp_path, {**settings, "trainer.resume_mode": "auto"}, first_step=4) as process:
        finish(process, tmp_path)

    logged = {**rows(tmp_path), **rows(tmp_path, first_step=4)}
    assert sorted(rows(tmp_path, first_step=4)) == [5, 6]
    before, after = (
        [json.loads(line) for line in (tmp_path / f"batches-{step}.jsonl").read_text().splitlines()]
        for step in (0, 4)
    )
    assert len(after) == 2
    uninterrupted = lead_rs.WeightController(
        lead_rs.LeadConfig(
            lstar_mode="max_sym", aggregator="mean_correct", bmax=128, lstar_min=4, min_length=0
        )
    )
    for step, batch in enumerate([*before[:4], *after], start=1):
        assert len(batch["index"]) == PROMPTS * GROUP
        uninterrupted.enter_step(step)
        lead_rs.compute_advantage(**batch, controller=uninterrupted)
        assert lead_metrics(logged[step]) == uninterrupted.metrics
        assert logged[step]["lead/step"] == step
    assert 0 < logged[6]["lead/accuracy_batch"] < 1
    saved = json.loads((tmp_path / "checkpoints/global_step_6/lead_state.json").read_text())
    assert saved == uninterrupted.state_dict()

    # verl's own dumps of the rollouts are enough to go through the weights again.
    replayed = replay(load_rollouts(tmp_path / "rollouts"), uninterrupted.config)
    for step, metrics in enumerate(replayed.metrics, start=1):
        assert metrics == pytest.approx(lead_metrics(logged[step]), abs=1e-12)


@pytest.fixture(params=[pytest.param("math", marks=needs(MATH)), "sample"])
def problems(request, tmp_path):
    """A parquet file of problems far beyond the tiny model."""
    if request.param == "math":
        return real_data(MATH)
    prepare("sample", tmp_path / "sample")
    return tmp_path / "sample/train.parquet"


@pytest.mark.xdist_group("unsolved")  # beside the other run's warm start, which it does not need
def test_lead_survives_problems_that_nobody_solves(problems, tmp_path):
    from lead_rs.demo.tiny.model import make_model, make_tokenizer

    # Untrained: one that had learnt to answer would be right by chance now and then.
    tokenizer = make_tokenizer()
    make_model(tokenizer, seed=1).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    settings = {
        **overrides(TINY, LEAD, tmp_path, tmp_path, seed=1),
        **SMALL,
        "data.train_files": problems,
        "data.val_files": problems,
        "data.max_prompt_length": 256,
        "data.filter_overlong_prompts": True,
        # The data's own source, deepscaler, leads to LEAD's reward function.
        "reward.custom_reward_function.path": "null",
        "trainer.save_freq": -1,
        "trainer.total_training_steps": 2,
        "trainer.resume_mode": "disable",
    }
    with start(tmp_path, settings) as process:
        finish(process, tmp_path)
    logged = rows(tmp_path)
    assert sorted(logged) == [1, 2]
    for step, metrics in logged.items():
        assert metrics["lead/step"] == step
        assert metrics["lead/accuracy_batch"] == 0
        assert metrics["lead/num_unsolved_prompts"] == PROMPTS
        assert metrics["lead/lstar_mean"] == 128
        assert metrics["lead/w_corr"] + metrics["lead/w_eff"] == pytest.approx(1)
        assert 0 < metrics["actor/grad_norm"] < 1000
