"""A real run of verl on the CPU: LEAD killed and resumed."""

import importlib.util
import json
import time
from pathlib import Path

import pytest
from small_run import GROUP, PROMPTS, SMALL, finish, rows, start

import lead_rs
from batches import without_lint
from lead_rs.demo.tasks import TINY
from lead_rs.demo.train import LEAD, overrides
from lead_rs.replay import load_rollouts, replay

pytestmark = [
    pytest.mark.cpu_run,
    pytest.mark.verl,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="verl is not installed"),
]


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
        "trainer.save_freq": 2,
        "trainer.total_training_steps": 4,
        "trainer.rollout_data_dir": tmp_path / "rollouts",
    }

    monkeypatch.setenv("RECORD_BATCHES", str(tmp_path / "batches-0.jsonl"))
    with start(tmp_path, {**settings, "trainer.resume_mode": "disable"}) as process:
        while 3 not in rows(tmp_path):
            assert process.poll() is None, (tmp_path / "verl.log").read_text()[-3000:]
            time.sleep(0.1)
        kill_tree(process)
    monkeypatch.setenv("RECORD_BATCHES", str(tmp_path / "batches-2.jsonl"))
    with start(tmp_path, {**settings, "trainer.resume_mode": "auto"}, first_step=2) as process:
        finish(process, tmp_path)

    logged = {**rows(tmp_path), **rows(tmp_path, first_step=2)}
    assert sorted(rows(tmp_path, first_step=2)) == [3, 4]
    before, after = (
        [json.loads(line) for line in (tmp_path / f"batches-{step}.jsonl").read_text().splitlines()]
        for step in (0, 2)
    )
    assert len(after) == 2
    uninterrupted = lead_rs.WeightController(
        lead_rs.LeadConfig(
            lstar_mode="max_sym", aggregator="mean_correct", bmax=128, lstar_min=4, min_length=0
        )
    )
    for step, batch in enumerate([*before[:2], *after], start=1):
        assert len(batch["index"]) == PROMPTS * GROUP
        uninterrupted.enter_step(step)
        lead_rs.compute_advantage(**batch, controller=uninterrupted)
        assert lead_metrics(logged[step]) == uninterrupted.metrics
        assert logged[step]["lead/step"] == step
    assert 0 < logged[4]["lead/accuracy_batch"] < 1
    saved = json.loads((tmp_path / "checkpoints/global_step_4/lead_state.json").read_text())
    assert saved == uninterrupted.state_dict()

    # verl's own dumps of the rollouts are enough to go through the weights again.
    replayed = replay(load_rollouts(tmp_path / "rollouts"), uninterrupted.config)
    for step, metrics in enumerate(replayed.metrics, start=1):
        assert metrics == pytest.approx(lead_metrics(logged[step]), abs=1e-12)
