"""LEAD through verl's own `compute_advantage`, on real DataProtos: the legacy trainer's way."""

import gc
from types import ModuleType

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

import lead_rs
from batches import without_lint
from lead_rs import IncompatibleVerlError
from lead_rs.verl import estimator, run
from lead_rs.verl.rollout_correction import original_length

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:verl")


@pytest.fixture
def compute(ray_trainer):
    """verl's `compute_advantage` as the trainer calls it: advantages, then LEAD's metrics."""

    def call(data, config):
        data = ray_trainer.compute_advantage(
            data, adv_estimator=config.adv_estimator, num_repeat=4, config=config
        )
        assert data.batch["returns"].equal(data.batch["advantages"])
        return data.batch["advantages"], run.of_algorithm(config).take_metrics()

    return call


CORRECT = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0]
LENGTHS = [9, 14, 4, 11, 6, 15]
UIDS = ["p", "p", "q", "q", "q", "p"]
SMALL = {"lead_lstar_min": 2, "lead_bmax": 16, "lead_min_length": 0}


def expected(config, correctness=CORRECT, lengths=LENGTHS, uids=UIDS):
    """What the core gives for the numbers alone."""
    settings = lead_rs.LeadConfig.from_verl(config)
    return lead_rs.compute_advantage(correctness, lengths, uids, config=settings)


def test_golden_cases_through_the_registered_estimator(golden, data_proto, compute, algorithm):
    config = algorithm(**{f"lead_{key}": value for key, value in golden["config"].items()})
    for step in golden["steps"]:
        data = data_proto(
            step["correctness"], step["response_length"], step["uid"], width=golden["T"]
        )
        advantages, metrics = compute(data, config)
        mask = data.batch["response_mask"]
        want = torch.tensor(step["advantage"])[:, None] * mask
        assert torch.allclose(advantages, want, rtol=0, atol=1e-5)
        for key, value in step["metrics"].items():
            assert metrics[key] == pytest.approx(value, rel=1e-6, abs=1e-6), key
        controller = run.of_algorithm(config).controller
        assert controller.weights == pytest.approx(step["weights"], abs=1e-6)


def test_rows_may_come_in_any_order(data_proto, compute, algorithm):
    config = algorithm(**SMALL)
    straight, _ = compute(data_proto(CORRECT, LENGTHS, UIDS), config)
    order = [4, 0, 5, 2, 1, 3]
    data = data_proto(CORRECT, LENGTHS, UIDS)
    data.reorder(torch.tensor(order))
    reordered, _ = compute(data, algorithm(**SMALL))
    assert torch.allclose(reordered, straight[order], atol=1e-6)


def test_correctness_is_acc_where_the_reward_function_gives_it(data_proto, compute, algorithm):
    overlong_penalty = [correct - 3.0 for correct in CORRECT]
    data = data_proto(overlong_penalty, LENGTHS, UIDS, acc=[c > 0 for c in CORRECT])
    advantages, metrics = compute(data, algorithm(**SMALL))
    want = expected(algorithm(**SMALL))
    assert advantages[:, 0].numpy() == pytest.approx(want.advantages)
    assert without_lint(metrics) == pytest.approx(want.metrics)


def test_correctness_never_has_a_kl_penalty_in_it(ray_trainer, data_proto, compute, algorithm):
    from verl.trainer.ppo.core_algos import FixedKLController

    config = algorithm(use_kl_in_reward=True, **SMALL)
    data = data_proto(CORRECT, LENGTHS, UIDS)
    data.batch["old_log_probs"] = torch.zeros(6, 15)
    data.batch["ref_log_prob"] = torch.full((6, 15), -4.0)
    data, _ = ray_trainer.apply_kl_penalty(data, FixedKLController(kl_coef=0.1), "kl")
    assert not data.batch["token_level_rewards"].equal(data.batch["token_level_scores"])
    advantages, metrics = compute(data, config)
    assert metrics["lead/accuracy_batch"] == 0.5
    assert advantages[:, 0].numpy() == pytest.approx(expected(config).advantages)


def test_a_score_on_a_tool_token_counts(data_proto, compute, algorithm):
    """The agent loop puts the score on the last token, which may be a tool's: masked out."""
    data = data_proto(CORRECT, LENGTHS, UIDS)
    data.batch["response_mask"][0, 8] = 0
    _, metrics = compute(data, algorithm(**SMALL))
    assert metrics["lead/accuracy_batch"] == 0.5


def test_a_mask_with_holes(data_proto, compute, algorithm):
    config = algorithm(**SMALL)
    data = data_proto(CORRECT, LENGTHS, UIDS)
    mask = data.batch["response_mask"]
    mask[1, 3:7] = 0
    advantages, _ = compute(data, config)
    lengths = [9, 10, *LENGTHS[2:]]
    want = torch.from_numpy(expected(config, lengths=lengths).advantages)[:, None] * mask
    assert torch.allclose(advantages, want, atol=1e-6)


def test_the_callers_mask_is_left_as_it_is(data_proto, compute, algorithm):
    """Whatever its dtype: float32 is that of the advantages, which are made of it."""
    data = data_proto(CORRECT, LENGTHS, UIDS)
    mask = data.batch["response_mask"] = data.batch["response_mask"].float()
    before = mask.clone()
    advantages, _ = compute(data, algorithm(**SMALL))
    assert mask.equal(before)
    assert not advantages.equal(before)


def test_lengths_are_those_before_rejection(ray_trainer, data_proto, compute, algorithm):
    from verl.trainer.ppo import rollout_corr_helper

    config = algorithm(**SMALL)
    data = data_proto(CORRECT, LENGTHS, UIDS)
    data.batch["old_log_probs"] = torch.zeros(6, 15)
    data.batch["rollout_log_probs"] = torch.zeros(6, 15)
    data.batch["rollout_log_probs"][0, 2:6] = -9.0  # far off: tokens to reject
    rejection = OmegaConf.create({"rollout_rs": "token_k1", "rollout_rs_threshold": "0.5_2.0"})
    data, _ = rollout_corr_helper.compute_rollout_correction_and_add_to_batch(data, rejection)
    mask = data.batch["response_mask"]
    assert original_length(data).tolist() == LENGTHS
    assert mask[0].sum() == LENGTHS[0] - 4

    order = [4, 0, 5, 2, 1, 3]
    data.reorder(torch.tensor(order))
    advantages, metrics = compute(data, config)
    want = torch.from_numpy(expected(config).advantages)[:, None] * mask
    assert metrics["lead/resp_len_mean"] == pytest.approx(np.mean(LENGTHS))
    assert torch.allclose(advantages, want[order], atol=1e-6)
    assert original_length(data) is None


def test_responses_whose_truth_cannot_be_graded_are_counted(data_proto, compute, algorithm):
    _, metrics = compute(data_proto(CORRECT, LENGTHS, UIDS), algorithm(**SMALL))
    assert "lead/num_unscored_responses" not in metrics
    data = data_proto(CORRECT, LENGTHS, UIDS, unscored=[0.0, 1.0, 0.0, 0.0, 1.0, 0.0])
    _, metrics = compute(data, algorithm(**SMALL))
    assert metrics["lead/num_unscored_responses"] == 2


def test_groups_may_differ_in_size(data_proto, compute, algorithm):
    advantages, metrics = compute(data_proto([1, 0, 1], [3, 5, 4], ["a", "b", "b"]), algorithm())
    assert torch.isfinite(advantages).all()
    assert metrics["lead/num_solvable_prompts"] + metrics["lead/num_unsolved_prompts"] == 2


def test_metrics_are_reported_once_in_verls_own(ray_trainer, data_proto, compute, algorithm):
    data = data_proto(CORRECT, LENGTHS, UIDS)
    config = algorithm(**SMALL)
    ray_trainer.compute_advantage(data, adv_estimator="lead", config=config)
    data.batch["responses"] = torch.zeros(6, 15, dtype=torch.long)
    data.batch["prompts"] = torch.zeros(6, 2, dtype=torch.long)
    data.batch["attention_mask"] = torch.cat(
        [torch.ones(6, 2, dtype=torch.long), data.batch["response_mask"]], dim=1
    )
    metrics = ray_trainer.compute_data_metrics(batch=data, use_critic=False)
    lead = {key: value for key, value in metrics.items() if key.startswith("lead/")}
    assert without_lint(lead) == run.of_algorithm(config).controller.metrics
    assert all(type(value) is float for value in lead.values())
    again = ray_trainer.compute_data_metrics(batch=data, use_critic=False)
    assert not any(key.startswith("lead/") for key in again)


def test_other_estimators_are_untouched(ray_trainer, data_proto, algorithm, monkeypatch):
    monkeypatch.setattr(run, "in_force", lambda _: pytest.fail("LEAD acted"))
    config = algorithm(adv_estimator="grpo")
    ours, plain = (data_proto(CORRECT, LENGTHS, UIDS) for _ in range(2))
    ray_trainer.compute_advantage(ours, adv_estimator="grpo", config=config)
    ray_trainer.compute_advantage.__wrapped__(plain, adv_estimator="grpo", config=config)
    assert ours.batch["advantages"].equal(plain.batch["advantages"])


def test_without_scores_rewards_with_kl_are_refused(data_proto, compute, algorithm):
    config = algorithm(use_kl_in_reward=True)
    data = data_proto(CORRECT, LENGTHS, UIDS)
    del data.batch["token_level_scores"]
    with pytest.raises(ValueError, match="KL penalty: return 'acc'"):
        compute(data, config)
    assert run.of_algorithm(config).controller.step == 0


@pytest.mark.parametrize("known", ["acc beside a penalty", "rewards without one"])
def test_without_scores_what_is_correctness_all_the_same_is_taken(
    data_proto, compute, algorithm, known
):
    config = algorithm(use_kl_in_reward=known == "acc beside a penalty", **SMALL)
    if config.use_kl_in_reward:
        data = data_proto([c - 3.0 for c in CORRECT], LENGTHS, UIDS, acc=CORRECT)
    else:
        data = data_proto(CORRECT, LENGTHS, UIDS)
    del data.batch["token_level_scores"]
    advantages, _ = compute(data, config)
    assert advantages[:, 0].numpy() == pytest.approx(expected(config).advantages)


def test_without_scores_rewards_without_kl_are_taken(data_proto, compute):
    config = OmegaConf.create({"adv_estimator": "lead", **SMALL})
    data = data_proto(CORRECT, LENGTHS, UIDS)
    del data.batch["token_level_scores"]
    advantages, _ = compute(data, config)
    assert advantages[:, 0].numpy() == pytest.approx(expected(config).advantages)


@pytest.mark.parametrize("tokens", [1, 2])
def test_two_tokens_are_enough_for_a_step(data_proto, compute, algorithm, caplog, tokens):
    config = algorithm(**SMALL)
    advantages, metrics = compute(data_proto([1.0, 0.0], [1, tokens - 1], ["p", "p"]), config)
    assert metrics.get("lead/step", 0) == run.of_algorithm(config).controller.step == tokens - 1
    assert advantages.any() == (tokens == 2)
    assert ("fewer than 2 tokens" in caplog.text) == (tokens == 1)


def test_a_verl_without_a_registry_of_estimators_is_named(monkeypatch):
    core_algos = ModuleType("verl.trainer.ppo.core_algos")
    with pytest.raises(IncompatibleVerlError, match=r"has no .*core_algos\.register_adv_est$"):
        estimator.register(core_algos)
    registered = {}
    core_algos.register_adv_est = lambda name: lambda function: registered.update({name: function})
    assert estimator.register(core_algos) == [
        "verl.trainer.ppo.core_algos: advantage estimator 'lead'"
    ]
    assert registered == {"lead": estimator.compute_lead_advantage}


def test_a_loop_that_does_not_save_lead_is_told_so_once(data_proto, compute, algorithm, caplog):
    config = algorithm(**SMALL)
    for _ in range(2):
        compute(data_proto(CORRECT, LENGTHS, UIDS), config)
    (record,) = caplog.records
    assert "won't be in the checkpoints" in record.message


def test_a_run_ends_with_its_config(algorithm):
    gc.collect()
    before = len(run._runs)
    config = algorithm()
    run.of_algorithm(config)
    assert len(run._runs) == before + 1
    del config
    gc.collect()
    assert len(run._runs) == before


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"lead_beta": 2}, "beta"), ({"lead_betta": 0.9}, "lead_betta"), ({"lead_bmax": 10}, "bmax")],
)
def test_bad_settings_are_refused_by_name(algorithm, settings, message):
    with pytest.raises(ValueError, match=message):
        run.of_algorithm(algorithm(**settings))


def test_a_plain_dict_is_refused():
    with pytest.raises(TypeError, match="config.algorithm, a DictConfig or .* got a dict"):
        run.of_algorithm({"adv_estimator": "lead"})
