"""LEAD in verl's own trainers on TransferQueue, on batches as its agent loops put them there.

They are 0.9's V1 trainer and, where these tests are run against 0.8, that of `main_ppo_sync`.
"""

import uuid

import pytest
import queued
import trainers
from queued import output, put

import lead_rs
from batches import without_lint
from lead_rs.verl import hooks, run
from lead_rs.verl.v1 import METHODS as v1_methods

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:verl")

KINDS = trainers.present("sync", "colocate_async", "separate_async", "main_ppo_sync")


@pytest.fixture
def queue(monkeypatch):
    return queued.queue(monkeypatch)


@pytest.fixture
def trainer(v1):
    return lambda kind=KINDS[0], **algorithm: queued.trainer(kind, **algorithm)


SINGLE = {
    "a_0_0": ("a", 1.0, 9),
    "a_1_0": ("a", 0.0, 14),
    "b_0_0": ("b", 1.0, 4),
    "b_1_0": ("b", 1.0, 11),
    "c_0_0": ("c", 0.0, 6),
}


def advantages(queue, key):
    return queue.rows[key]["advantages"]


def expected(trainer, outputs):
    uids, correctness, lengths = zip(*outputs.values(), strict=True)
    config = lead_rs.LeadConfig.from_verl(trainer.config.algorithm)
    return lead_rs.compute_advantage(correctness, lengths, uids, config=config)


@pytest.mark.parametrize("kind", KINDS)
def test_advantages_and_metrics_of_a_step(trainer, queue, kind):
    trainer, metrics = trainer(kind), {"before": 1.0}
    batch = put(queue, {key: output(*row) for key, row in SINGLE.items()})
    trainer._compute_advantage(batch, metrics=metrics)
    want = expected(trainer, SINGLE)
    for row, (key, (_, _, length)) in enumerate(SINGLE.items()):
        assert advantages(queue, key).tolist() == pytest.approx([want.advantages[row]] * length)
        assert queue.rows[key]["returns"].equal(advantages(queue, key))
    assert without_lint(metrics) == {"before": 1.0, **want.metrics}
    assert all(type(value) is float for value in metrics.values())


def test_acc_is_preferred_and_kl_ignored(trainer, queue, v1):
    outputs = {
        key: output(uid, correct - 3.0, length, acc=bool(correct))
        for key, (uid, correct, length) in SINGLE.items()
    }
    trainer, metrics = trainer(use_kl_in_reward=True), {}
    trainer.kl_ctrl_in_reward = v1.core_algos.FixedKLController(kl_coef=0.1)
    trainer._compute_advantage(put(queue, outputs), metrics=metrics)
    want = expected(trainer, SINGLE)
    assert {key: metrics[key] for key in want.metrics} == want.metrics
    assert "actor/reward_kl_penalty" in metrics
    assert advantages(queue, "a_0_0")[0].item() == pytest.approx(want.advantages[0])


def test_acc_of_a_colocated_reward_model_is_a_field_of_its_own(trainer, queue):
    outputs = {key: output(uid, -7.0, length) for key, (uid, _, length) in SINGLE.items()}
    for key, (_, correct, _) in SINGLE.items():
        outputs[key]["acc"] = correct
    metrics = {}
    trainer()._compute_advantage(put(queue, outputs), metrics=metrics)
    assert metrics["lead/accuracy_batch"] == pytest.approx(0.6)


@pytest.mark.parametrize("kind", KINDS)
def test_responses_whose_truth_cannot_be_graded_are_counted(trainer, queue, kind):
    outputs = {key: output(*row, acc=row[1]) for key, row in SINGLE.items()}
    for key, unscored in (("a_0_0", 1.0), ("b_1_0", 0.0), ("c_0_0", 1.0)):
        outputs[key]["extra_fields"]["reward_extra_info"]["unscored"] = unscored
    metrics = {}
    trainer(kind)._compute_advantage(put(queue, outputs), metrics=metrics)
    assert metrics["lead/num_unscored_responses"] == 2


def test_kl_does_not_reach_scores_without_acc(trainer, queue, v1):
    trainer, metrics = trainer(use_kl_in_reward=True), {}
    trainer.kl_ctrl_in_reward = v1.core_algos.FixedKLController(kl_coef=0.1)
    batch = put(queue, {key: output(*row) for key, row in SINGLE.items()})
    trainer._compute_advantage(batch, metrics=metrics)
    want = expected(trainer, SINGLE)
    assert {key: metrics[key] for key in want.metrics} == want.metrics


def test_order_of_rows_does_not_matter(trainer, queue):
    batch = put(queue, {key: output(*row) for key, row in SINGLE.items()})
    batch.reorder([3, 0, 4, 2, 1])
    trainer = trainer()
    trainer._compute_advantage(batch, metrics={})
    want = expected(trainer, SINGLE)
    got = [advantages(queue, key)[0].item() for key in SINGLE]
    assert got == pytest.approx(want.advantages.tolist(), abs=1e-6)


def test_verls_pad_rows_are_left_out(trainer, queue):
    from verl.trainer.ppo.padding_utils import upsample_batch_to_divisible_size

    outputs = {
        key: output(uid, score, length, acc=score) for key, (uid, score, length) in SINGLE.items()
    }
    batch = upsample_batch_to_divisible_size(put(queue, outputs), 4, eos_token_id=0)
    pads = batch.keys[len(SINGLE) :]
    assert len(pads) == 3
    assert all(key.startswith("pad") for key in pads)
    batch.reorder([6, 0, 5, 1, 2, 3, 4, 7])
    trainer, metrics = trainer(), {}
    trainer._compute_advantage(batch, metrics=metrics)
    want = expected(trainer, SINGLE)
    assert without_lint(metrics) == pytest.approx(want.metrics)
    got = [advantages(queue, key)[0].item() for key in SINGLE]
    assert got == pytest.approx(want.advantages.tolist(), abs=1e-6)
    assert all(advantages(queue, key).tolist() == [0.0] for key in pads)


def test_sessions_of_several_outputs_count_once(trainer, queue):
    outputs = {
        "a_0_0": output("a", 1.0, 3),
        "a_0_1": output("a", 1.0, 9),
        "a_1_0": output("a", 0.0, 14),
        "b_0_0": output("b", 1.0, 4),
        "b_1_0": output("b", 1.0, 2),
        "b_1_1": output("b", 1.0, 5),
        "b_1_2": output("b", 1.0, 11),
        "c_0_0": output("c", 0.0, 6),
    }
    trainer, metrics = trainer(), {}
    trainer._compute_advantage(put(queue, outputs), metrics=metrics)
    want = expected(trainer, SINGLE)  # the final output of each session
    assert without_lint(metrics) == pytest.approx(want.metrics)
    by_session = {key.rpartition("_")[0]: row for row, key in enumerate(SINGLE)}
    for key, fields in outputs.items():
        value = want.advantages[by_session[key.rpartition("_")[0]]]
        assert advantages(queue, key).tolist() == pytest.approx([value] * len(fields["responses"]))


def test_sessions_are_reduced_as_verl_does_for_grpo(trainer, queue):
    """Where one reward decides all, LEAD's signs are GRPO's on each output of each session."""
    outputs = {
        "a_0_0": output("a", 1.0, 3),
        "a_0_1": output("a", 1.0, 8),
        "a_1_0": output("a", 0.0, 8),
        "b_0_0": output("b", 0.0, 8),
        "b_1_0": output("b", 1.0, 8),
    }
    signs = {}
    for name in ("lead", "grpo"):
        trainer_ = trainer(adv_estimator=name, lead_static_lambda_corr=1.0)
        trainer_._compute_advantage(put(queue, dict(outputs)), metrics={})
        signs[name] = [advantages(queue, key).sign().tolist() for key in outputs]
    assert signs["lead"] == signs["grpo"]


def test_holes_of_tool_turns_are_no_length(trainer, queue):
    outputs = {key: output(*row) for key, row in SINGLE.items()}
    outputs["a_1_0"] = output("a", 0.0, 14, mask=[1] * 5 + [0] * 4 + [1] * 5)
    metrics = {}
    trainer()._compute_advantage(put(queue, outputs), metrics=metrics)
    assert metrics["lead/resp_len_mean"] == pytest.approx((9 + 10 + 4 + 11 + 6) / 5)
    assert advantages(queue, "a_1_0")[5:9].tolist() == [0.0] * 4


def test_rejected_tokens_keep_their_length_and_get_no_advantage(trainer, queue):
    outputs = {key: output(*row) for key, row in SINGLE.items()}
    off = [0.0, 0.0, -9.0, -9.0, *[0.0] * 5]
    outputs["a_0_0"] = output("a", 1.0, 9, rollout_log_probs=off)
    rejection = {"rollout_rs": "token_k1", "rollout_rs_threshold": "0.5_2.0"}
    trainer, metrics = trainer(rollout_correction=rejection), {}
    trainer._compute_advantage(put(queue, outputs), metrics=metrics)
    assert queue.rows["a_0_0"]["response_mask"].tolist() == [1, 1, 0, 0, 1, 1, 1, 1, 1]
    want = expected(trainer, SINGLE)
    assert {key: metrics[key] for key in want.metrics} == want.metrics
    value = want.advantages[0]
    assert advantages(queue, "a_0_0").tolist() == pytest.approx([value] * 2 + [0] * 2 + [value] * 5)


@pytest.mark.parametrize("extra", ["missing", None, {}, {"reward_extra_info": None}])
def test_where_nothing_is_known_besides_the_score_decides(trainer, queue, extra):
    outputs = {key: output(*row) for key, row in SINGLE.items()}
    for fields in outputs.values():
        fields["extra_fields"] = extra
        if extra == "missing":
            del fields["extra_fields"]
    trainer, metrics = trainer(), {}
    trainer._compute_advantage(put(queue, outputs), metrics=metrics)
    assert without_lint(metrics) == expected(trainer, SINGLE).metrics


def test_a_recipe_s_method_around_verls_is_one_step_on_what_is_fetched_once(
    trainer, queue, monkeypatch
):
    import transfer_queue

    trainer, fetched = trainer(), []
    plain = transfer_queue.kv_batch_get

    def kv_batch_get(*args, select_fields, **kwargs):
        fetched.append(select_fields)
        return plain(*args, select_fields=select_fields, **kwargs)

    class Recipe(type(trainer)):
        def _compute_advantage(self, batch, metrics):
            return super()._compute_advantage(batch, metrics)

    trainer.__class__ = Recipe
    hooks.replace_overrides(trainer, v1_methods)
    monkeypatch.setattr(transfer_queue, "kv_batch_get", kv_batch_get)
    metrics = {}
    batch = put(queue, {key: output(*row) for key, row in SINGLE.items()})
    trainer._compute_advantage(batch, metrics=metrics)
    assert without_lint(metrics) == expected(trainer, SINGLE).metrics
    assert sum("acc" in fields for fields in fetched) == 1


def test_the_weights_move_from_step_to_step(trainer, queue):
    trainer = trainer()
    for step in (1, 2, 3):
        trainer.global_steps, metrics = step, {}
        rows = {key: (f"{uuid.uuid4()}", *row[1:]) for key, row in SINGLE.items()}
        trainer._compute_advantage(
            put(queue, {key: output(*row) for key, row in rows.items()}), metrics=metrics
        )
        assert metrics["lead/step"] == step


def test_grpo_is_untouched(trainer, queue, monkeypatch):
    monkeypatch.setattr(run, "of_trainer", lambda *_: pytest.fail("LEAD acted"))
    batch = put(queue, {key: output(*row) for key, row in SINGLE.items()})
    metrics = {}
    trainer(adv_estimator="grpo")._compute_advantage(batch, metrics=metrics)
    assert not any(key.startswith("lead/") for key in metrics)


def test_a_failed_step_leaves_the_weights_alone(trainer, queue):
    outputs = {key: output(*row) for key, row in SINGLE.items()}
    outputs["a_0_0"] = output("a", float("nan"), 9)
    trainer = trainer()
    with pytest.raises(ValueError, match="correctness"):
        trainer._compute_advantage(put(queue, outputs), metrics={})
    controller = run.of_trainer(trainer).controller
    assert (controller.step, controller.weights) == (0, (0.5, 0.5))
