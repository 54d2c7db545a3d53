"""Rewards of ``lead_rewards`` in verl: fetched where `acc` is, in each kind of trainer."""

import json
import logging

import numpy as np
import pytest
import queued
import trainers
from queued import output, put
from verl_versions import import_quietly, module_file

import lead_rs
from batches import without_lint
from lead_rs.verl import checkpoint, preflight, run
from lead_rs.verl.correctness import read_rewards
from lead_rs.verl.rows import every_row, final_outputs

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:verl")

NAN = float("nan")
LISTED = [
    {"name": "correctness", "min": 0, "max": 1, "floor": 0.3},
    {"name": "short", "key": "efficiency", "min": -1, "max": 1, "over": "correct"},
    {"name": "format", "key": "format_ok", "min": 0, "max": 1},
]
CORRECT = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0]
LENGTHS = [9, 14, 4, 11, 6, 15]
UIDS = ["p", "p", "q", "q", "q", "p"]
FORMAT = [True, None, 1.0, 0.0, 0.5, 0]


def expected(config, correctness=CORRECT, form=FORMAT, **rewards):
    settings = lead_rs.LeadConfig.from_verl(config)
    rewards = rewards or {"format_ok": form}
    return lead_rs.compute_advantage(correctness, LENGTHS, UIDS, rewards=rewards, config=settings)


def objects(values):
    return np.array(values, object)


# What the reward function returned. -------------------------------------------------------------


def read(returned, keys=("a",), rows=None, warn=pytest.fail):
    rows = rows or every_row(3)
    uids = [f"u{place}" for place in range(len(rows.counted))]
    return {k: v.tolist() for k, v in read_rewards(keys, returned, rows, uids, warn).items()}


def test_whatever_is_a_number_is_a_reward():
    read_back = read({"a": [True, None, np.float32(0.5)], "b": np.array([1, 2, 3])}, ("b", "a"))
    np.testing.assert_equal(read_back, {"b": [1, 2, 3], "a": [1, NAN, 0.5]})
    np.testing.assert_equal(read({"a": np.array([NAN, 1.0, -1.0])}), {"a": [NAN, 1, -1]})
    assert read({"a": [1, 2, 3]}, keys=()) == {}
    rows = final_outputs(["a_0_0", "a_0_1", "b_0_0"], [False] * 3)
    assert read({"a": ["nothing", 2, 3]}, rows=rows) == {"a": [2, 3]}


@pytest.mark.parametrize("bad", ["1", [1], {}])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(
        ValueError, match=r"'a' must be a number or a bool, got .*\(row 1, uid 'u1'"
    ):
        read({"a": [1.0, bad, None]})


@pytest.mark.parametrize("bad", [float("inf"), -float("inf")])
def test_what_is_infinite_is_refused(bad):
    with pytest.raises(ValueError, match=r"'a' must be a finite.*inf \(row 2, uid 'u2'\)"):
        read({"a": [1.0, None, bad]})


def test_a_key_that_nobody_has_is_said():
    said = []
    np.testing.assert_equal(read({}, warn=said.append), {"a": [NAN] * 3})
    assert "returned no 'a' for a batch" in said[0]


# verl's own compute_advantage. ------------------------------------------------------------------


@pytest.fixture
def compute(ray_trainer):
    def call(data, config):
        data = ray_trainer.compute_advantage(
            data, adv_estimator=config.adv_estimator, num_repeat=4, config=config
        )
        return data.batch["advantages"], run.of_algorithm(config).take_metrics()

    return call


def test_rewards_of_a_batch(data_proto, compute, algorithm):
    config = algorithm(lead_rewards=LISTED)
    penalised = [correct - 3.0 for correct in CORRECT]
    for step in range(1, 4):
        data = data_proto(penalised, LENGTHS, UIDS, acc=CORRECT, format_ok=objects(FORMAT))
        advantages, metrics = compute(data, config)
        assert metrics["lead/step"] == step
    want = expected(config)
    data = data_proto(penalised, LENGTHS, UIDS, acc=CORRECT, format_ok=objects(FORMAT))
    advantages, metrics = compute(data, algorithm(lead_rewards=LISTED))
    assert advantages[:, 0].numpy() == pytest.approx(want.advantages)
    assert without_lint(metrics) == pytest.approx(want.metrics)
    assert metrics["lead/reward_format/present"] == pytest.approx(5 / 6)
    assert {f"lead/reward_{name}/w" for name in ("correctness", "short", "format")} <= set(metrics)


def test_gdpo_s_keys_are_a_short_form(data_proto, compute, algorithm):
    """Neither 'acc' nor a plausible score is needed where nothing depends on correctness."""
    config = algorithm(gdpo_reward_keys=["format_ok", "style"])
    style = [0.5, 0.25, NAN, 1.0, 0.0, 0.75]
    data = data_proto([7.5] * 6, LENGTHS, UIDS, format_ok=objects(FORMAT), style=style)
    advantages, metrics = compute(data, config)
    listed = algorithm(
        lead_rewards=[{"name": name, "min": 0, "max": 1} for name in ("format_ok", "style")]
    )
    want = expected(listed, None, format_ok=FORMAT, style=style)
    assert advantages[:, 0].numpy() == pytest.approx(want.advantages)
    assert without_lint(metrics) == pytest.approx(want.metrics)
    assert "lead/accuracy_batch" not in metrics

    static = algorithm(gdpo_reward_keys=["format_ok", "style"], gdpo_reward_weights=[1.0, -0.5])
    data = data_proto([7.5] * 6, LENGTHS, UIDS, format_ok=objects(FORMAT), style=style)
    _, metrics = compute(data, static)
    assert metrics["lead/reward_format_ok/w"] == 1.0
    assert metrics["lead/reward_style/w"] == -0.5


def test_static_weights_are_verls_gdpo(ray_trainer, data_proto, compute, algorithm):
    import torch

    keys, weights = ["format_ok", "style"], [0.8, 0.2]
    config = algorithm(gdpo_reward_keys=keys, gdpo_reward_weights=weights)
    rewards = {"format_ok": [1.0, 0.0, 1.0, 0.0, 0.5, 0.0], "style": [0.5, 0.25, 1, 1, 0, 0.75]}
    advantages, _ = compute(data_proto(CORRECT, LENGTHS, UIDS, **rewards), config)
    theirs = data_proto(CORRECT, LENGTHS, UIDS, **rewards)
    theirs.batch["prompts"] = torch.ones(6, 2, dtype=torch.long)
    theirs.batch["attention_mask"] = torch.cat(
        [theirs.batch["prompts"], theirs.batch["response_mask"]], dim=1
    )
    try:
        theirs = ray_trainer.compute_advantage(
            theirs, adv_estimator="gdpo", num_repeat=4, config=config
        )
    except (KeyError, NotImplementedError, TypeError) as error:
        pytest.skip(f"this verl's gdpo takes another batch: {error!r}")
    assert torch.allclose(advantages, theirs.batch["advantages"], atol=2e-6)


def test_a_batch_without_a_reward_of_the_list(data_proto, compute, algorithm, caplog):
    config = algorithm(lead_rewards=LISTED)
    with pytest.raises(ValueError, match=r'"format_ok".*in some row of the first step, got none'):
        compute(data_proto(CORRECT, LENGTHS, UIDS, acc=CORRECT), config)
    compute(data_proto(CORRECT, LENGTHS, UIDS, acc=CORRECT, format_ok=objects(FORMAT)), config)
    controller = run.of_algorithm(config).controller
    before = controller.weights
    with caplog.at_level(logging.WARNING, logger="lead_rs"):
        _, metrics = compute(data_proto(CORRECT, LENGTHS, UIDS, acc=CORRECT), config)
    assert controller.weights[2] == before[2]
    assert metrics["lead/reward_format/present"] == 0
    assert "returned no 'format_ok' for a batch" in caplog.text


def test_a_batch_without_any_reward_is_trained_on_nothing(data_proto, compute, algorithm, caplog):
    config = algorithm(gdpo_reward_keys=["format_ok"])
    compute(data_proto(CORRECT, LENGTHS, UIDS, format_ok=objects(FORMAT)), config)
    state = run.of_algorithm(config).controller.state_dict()
    nothing = data_proto(CORRECT, LENGTHS, UIDS, format_ok=objects([None] * 6))
    with caplog.at_level(logging.WARNING, logger="lead_rs"):
        advantages, metrics = compute(nothing, config)
    assert not advantages.any()
    assert metrics == {}
    assert "trained on nothing" in caplog.text
    assert run.of_algorithm(config).controller.state_dict() == state


def test_a_first_batch_without_any_reward_is_refused(data_proto, compute, algorithm):
    config = algorithm(gdpo_reward_keys=["format_ok"])
    with pytest.raises(ValueError, match=r'"format_ok".*in some row of the first step, got none'):
        compute(data_proto(CORRECT, LENGTHS, UIDS, format_ok=objects([None] * 6)), config)
    assert run.of_algorithm(config).controller.step == 0


def test_two_tokens_with_a_reward_are_enough_for_a_step(data_proto, compute, algorithm):
    config = algorithm(gdpo_reward_keys=["format_ok"])
    for step in (1, 2):
        data = data_proto([0] * 3, [1, 1, 7], ["p"] * 3, format_ok=objects([1.0, 0.0, None]))
        advantages, metrics = compute(data, config)
        assert metrics["lead/step"] == step
        assert advantages[0, 0] > 0 > advantages[1, 0]
        assert not advantages[2].any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lead_rewards": [{"name": "a", "min": 1, "max": 0}]}, r"rewards\[0\]: min must be below"),
        ({"lead_rewards": [{"name": "a", "max": 1}]}, r"rewards\[0\]: min must be given"),
        ({"lead_rewards": LISTED, "gdpo_reward_keys": ["a"]}, "set only one of them"),
        ({"gdpo_reward_weights": [1.0]}, r"gdpo_reward_weights must be null .* got \[1.0\]"),
        ({"lead_rewards": LISTED, "gdpo_reward_weights": [1.0]}, "are lead_static_weights"),
    ],
)
def test_bad_lists_are_found_before_anything_starts(algorithm, settings, message):
    from omegaconf import OmegaConf

    config = OmegaConf.create({"algorithm": algorithm(**settings)})
    with pytest.raises(ValueError, match=message):
        preflight.check(config)


# The trainers on TransferQueue. -----------------------------------------------------------------

KINDS = trainers.present("sync", "colocate_async", "separate_async", "main_ppo_sync")
SINGLE = {
    f"{uid}_{row}_0": (uid, correct, length)
    for row, (uid, correct, length) in enumerate(zip(UIDS, CORRECT, LENGTHS, strict=True))
}


@pytest.fixture
def queue(monkeypatch, v1):
    return queued.queue(monkeypatch)


def outputs(form, *, as_fields=False):
    """What the agent loops put, the last output with no info at all where its reward is None."""
    made = {}
    for (key, (uid, correct, length)), value in zip(SINGLE.items(), form, strict=True):
        made[key] = output(uid, -7.0, length, acc=correct)
        if as_fields:
            made[key]["format_ok"] = value
        elif value is not None:
            made[key]["extra_fields"]["reward_extra_info"]["format_ok"] = value
    return made


@pytest.mark.parametrize("as_fields", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_rewards_of_a_step(queue, kind, as_fields):
    trainer, metrics = queued.trainer(kind, lead_rewards=LISTED), {}
    form = [0.5 if value is None else float(value) for value in FORMAT] if as_fields else FORMAT
    batch = put(queue, outputs(form, as_fields=as_fields))
    trainer._compute_advantage(batch, metrics=metrics)
    want = expected(trainer.config.algorithm, form=form)
    assert without_lint(metrics) == pytest.approx(want.metrics)
    got = [queue.rows[key]["advantages"][0].item() for key in SINGLE]
    assert got == pytest.approx(want.advantages.tolist(), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS[:1])
def test_a_step_of_gdpo_s_keys(queue, kind):
    """verl's own gdpo is not handed the rewards by these trainers."""
    trainer, metrics = queued.trainer(kind, gdpo_reward_keys=["format_ok"]), {}
    trainer._compute_advantage(put(queue, outputs(FORMAT)), metrics=metrics)
    want = expected(trainer.config.algorithm, None)
    assert without_lint(metrics) == pytest.approx(want.metrics)
    assert metrics["lead/reward_format_ok/w"] == 1.0


@pytest.mark.parametrize("kind", KINDS[:1])
def test_a_reward_that_no_output_has(queue, kind):
    trainer = queued.trainer(kind, lead_rewards=LISTED)
    with pytest.raises(ValueError, match=r'"format_ok".*in some row of the first step'):
        trainer._compute_advantage(put(queue, outputs([None] * 6)), metrics={})


AGGREGATORS = [
    (module, arguments)
    for module, arguments in (
        ("verl.trainer.ppo.v1.utils", {}),
        ("verl.experimental.fully_async_policy.detach_utils", {"total_gpus": 2}),
    )
    if module_file(module).exists()
]


@pytest.mark.parametrize(("module", "arguments"), AGGREGATORS)
def test_metrics_of_several_batches_whatever_a_rewards_name(module, arguments):
    aggregator = import_quietly(module).MetricsAggregator(**arguments)
    for value in (1.0, 2.0):
        metrics = {f"lead/reward_max_sum/{key}": value for key in ("w", "mu")}
        aggregator.add_step_metrics({**metrics, "other/max": value}, sample_count=4)
    aggregated = aggregator.get_aggregated_metrics()
    assert aggregated["lead/reward_max_sum/w"] == 2.0
    assert aggregated["lead/reward_max_sum/mu"] == 1.5
    assert aggregated["other/max"] == 2.0


# Settings and checkpoints. ----------------------------------------------------------------------


def test_verls_algo_config_takes_the_list(algorithm):
    import_quietly("verl.trainer.ppo.ray_trainer")
    from verl.trainer.config import AlgoConfig
    from verl.utils.config import omega_conf_to_dataclass

    config = algorithm(lead_rewards=LISTED, lead_static_weights=[1, 0.5, -0.5])
    made = omega_conf_to_dataclass(config, dataclass_type=AlgoConfig)
    settings = lead_rs.LeadConfig(rewards=LISTED, static_weights=[1, 0.5, -0.5])
    assert lead_rs.LeadConfig.from_verl(made) == lead_rs.LeadConfig.from_verl(config) == settings
    assert lead_rs.LeadConfig.from_verl(AlgoConfig(adv_estimator="lead")) == lead_rs.LeadConfig()


@pytest.mark.parametrize("kind", trainers.present("sync", "legacy"))
def test_a_checkpoint_of_other_rewards_is_refused_before_anything_starts(
    kind, tmp_path, monkeypatch
):
    from omegaconf import OmegaConf

    saved = lead_rs.WeightController(lead_rs.LeadConfig())
    folder = tmp_path / "global_step_3"
    checkpoint.save(saved, folder)
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("3")
    trainer = trainers.saving(kind, tmp_path, monkeypatch, lead_rewards=LISTED)
    named = (
        r"global_step_3/lead_state\.json: .* saved with, which are correctness, efficiency; those "
        r"of the settings are correctness, short, format\. Resume with"
    )
    with pytest.raises(ValueError, match=named):
        preflight.check(trainer.config)
    controller = lead_rs.WeightController(lead_rs.LeadConfig(rewards=LISTED))
    with pytest.raises(ValueError, match=named):
        checkpoint.load(controller, folder)
    assert controller.step == 0
    of_lead = OmegaConf.merge(trainer.config, {"algorithm": {"lead_rewards": None}})
    preflight.check(of_lead)


def test_a_checkpoint_in_another_order_goes_on_by_name(tmp_path):
    saved = lead_rs.WeightController(lead_rs.LeadConfig(rewards=LISTED))
    lead_rs.compute_advantage(
        CORRECT, LENGTHS, UIDS, rewards={"format_ok": FORMAT}, controller=saved
    )
    checkpoint.save(saved, tmp_path)
    assert json.loads((tmp_path / checkpoint.FILE_NAME).read_text())["version"] == 4
    turned = lead_rs.WeightController(lead_rs.LeadConfig(rewards=LISTED[::-1]))
    assert checkpoint.load(turned, tmp_path)
    assert turned.weights == saved.weights[::-1]


def test_shards_have_the_padded_paths_bits(data_proto, compute, algorithm):
    from lead_rs.verl.sharded import advantages_of_shards, responses_of

    def whole():
        return data_proto(CORRECT, LENGTHS, UIDS, acc=CORRECT, format_ok=objects(FORMAT))

    padded, config = algorithm(lead_rewards=LISTED), algorithm(lead_rewards=LISTED)
    wanted, metrics = compute(whole(), padded)
    keys = lead_rs.LeadConfig.from_verl(config).reward_keys
    shards = [responses_of(whole()[part], keys) for part in (slice(2), slice(2, 3), slice(3, 6))]
    got, got_metrics = advantages_of_shards(shards, config)
    assert [len(share) for share in got] == [2, 1, 3]
    assert np.concatenate(got).tolist() == wanted[:, 0].tolist()
    assert got_metrics == metrics
    with pytest.raises(ValueError, match='must have the key "format_ok"'):
        advantages_of_shards([responses_of(whole())], algorithm(lead_rewards=LISTED))


@pytest.mark.parametrize("acc", [CORRECT, [3.0] * 6])
def test_shards_need_no_correctness_where_nothing_depends_on_it(
    data_proto, compute, algorithm, acc
):
    from lead_rs.verl.sharded import advantages_of_shards, responses_of

    padded, config = (algorithm(gdpo_reward_keys=["format_ok"]) for _ in range(2))
    data = data_proto(CORRECT, LENGTHS, UIDS, acc=acc, format_ok=objects(FORMAT))
    settings = lead_rs.LeadConfig.from_verl(config)
    needed = settings.needs_correctness
    shard = responses_of(data, settings.reward_keys, needs_correctness=needed)
    assert shard.correctness is None
    (got,), got_metrics = advantages_of_shards([shard], config)
    wanted, metrics = compute(data, padded)
    assert got.tolist() == wanted[:, 0].tolist()
    assert got_metrics == metrics
    others = algorithm(lead_rewards=LISTED)
    with pytest.raises(ValueError, match="need each response's correctness: a shard has none"):
        advantages_of_shards([shard], others, global_step=1)
    assert run.of_algorithm(others).controller.step == 0
