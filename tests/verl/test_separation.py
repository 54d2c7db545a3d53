"""LEAD in verl's experimental trainers, on the real classes without their workers."""

import pytest
import torch
import trainers
from experimental import controller_of, output_of, ready, scored

import lead_rs
from batches import without_lint
from lead_rs.verl import run as lead_run

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:verl")

KINDS = trainers.present("separation", "one_step_off")


@pytest.fixture
def batch(data_proto):
    return lambda *arguments, **kwargs: scored(data_proto, *arguments, **kwargs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_is_a_global_step(kind, batch, tmp_path, monkeypatch):
    run = ready(trainers.saving(kind, tmp_path, monkeypatch))
    plain = lead_rs.WeightController(controller_of(run).config)
    for step in (1, 2, 3):
        run.global_steps, run.metrics = step, {"before": 1.0}
        data = run._fit_compute_advantage(run._fit_compute_reward(batch(step, penalty=3.0)))
        want = output_of(step, controller=plain)
        assert without_lint(run.metrics) == {"before": 1.0, **want.metrics}
        mask = data.batch["response_mask"]
        assert torch.allclose(
            data.batch["advantages"], torch.from_numpy(want.advantages)[:, None] * mask
        )
    assert controller_of(run).weights == plain.weights
    assert lead_run.of_trainer(run).last is None


def test_other_estimators_are_untouched(batch, tmp_path, monkeypatch):
    run = ready(trainers.saving("separation", tmp_path, monkeypatch))
    run.config.algorithm.adv_estimator = "grpo"
    monkeypatch.setattr(lead_run, "of_trainer", lambda *_: pytest.fail("LEAD acted"))
    run._fit_compute_advantage(run._fit_compute_reward(batch(1)))
    assert run.metrics == {}


def test_kl_does_not_reach_correctness(batch, tmp_path, monkeypatch):
    from verl.trainer.ppo.core_algos import FixedKLController

    run = ready(trainers.saving("separation", tmp_path, monkeypatch))
    run.config.algorithm.use_kl_in_reward = True
    run.kl_ctrl_in_reward = FixedKLController(kl_coef=0.1)
    data = batch(1)
    del data.non_tensor_batch["acc"]
    data.meta_info["reward_extra_keys"] = []
    data.batch["old_log_probs"] = torch.zeros(data.batch["response_mask"].shape)
    data.batch["ref_log_prob"] = torch.full(data.batch["response_mask"].shape, -4.0)
    run._fit_compute_advantage(run._fit_compute_reward(data))
    want = output_of(1, config=controller_of(run).config)
    assert {key: run.metrics[key] for key in want.metrics} == pytest.approx(want.metrics)
