"""Any number of rewards: against the independent oracle, and what is refused."""

from __future__ import annotations

import json
import logging
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lead_rs
import oracle
from batches import batches, reward_lists, reward_values

NAN, INF = float("nan"), float("inf")
OWN = ("correctness", "efficiency")


def keys_of(rewards):
    return sorted({r.get("key", r["name"]) for r in rewards} - set(OWN))


@st.composite
def settings_of_rewards(draw):
    rewards = draw(reward_lists())
    weight = st.sampled_from([0.0, 0.5, 1.0, -0.5])
    static = st.lists(weight, min_size=len(rewards), max_size=len(rewards))
    return {
        "rewards": rewards,
        "alpha": draw(st.sampled_from([0.0, 0.5, 1.0, 2.0])),
        "beta": draw(st.sampled_from([0.0, 0.5, 0.95, 1.0])),
        "idle": draw(st.sampled_from(oracle.IDLE)),
        "instability": draw(st.sampled_from(oracle.INSTABILITIES)),
        "lstar_mode": draw(st.sampled_from(list(oracle.LSTAR_MODES))),
        "unsolved": draw(st.sampled_from(["bmax", "neutral"])),
        "static_weights": draw(st.one_of(st.none(), st.none(), static)),
    }


@settings(max_examples=300, deadline=None)
@given(settings_of_rewards(), st.lists(batches(), min_size=1, max_size=3), st.data())
def test_random_batches(config, inputs, data):
    controller = lead_rs.WeightController(lead_rs.LeadConfig(**config))
    names = [reward["name"] for reward in config["rewards"]]
    assert controller.rewards == tuple(names)
    state = {"step": 0, "weights": dict.fromkeys(names, 1 / len(names))}
    for correctness, length, index in inputs:
        keys = keys_of(config["rewards"])
        rewards = data.draw(reward_values(len(length), keys))
        if state["step"] > 0 and keys:
            # After the first step one may be in no row.
            rewards[data.draw(st.sampled_from(keys))][:] = data.draw(st.sampled_from([NAN, 0.5]))
        columns = {**rewards, "correctness": correctness, "efficiency": correctness}
        used = [columns[r.get("key", r["name"])] for r in config["rewards"]]
        counted = (length > 0) & ~np.all(np.isnan(used), axis=0)
        if length[counted].sum() < 2:
            return
        arguments = (correctness, length, index)
        out = lead_rs.compute_advantage(*arguments, rewards=rewards, controller=controller)
        advantage, metrics, state = oracle.step_k(config, state, *arguments, rewards)
        # Whitening divides by at least 1e-4: differences of 1e-16 may grow to 1e-12.
        np.testing.assert_allclose(out.advantages, advantage, rtol=2e-6, atol=2e-6)
        np.testing.assert_allclose(
            controller.weights, [state["weights"][name] for name in names], rtol=0, atol=1e-12
        )
        for key, expected in metrics.items():
            within = 1e-9
            if "adv_len" in key:
                within = 1e-5
                correct = key.endswith("_correct")
                rows = advantage[counted & (correctness > 0.5) if correct else counted]
                if rows.size and np.ptp(rows) < 1e-9:
                    continue  # It is of errors of rounding.
            assert out.metrics[key] == pytest.approx(expected, rel=within, abs=within), key
        for key in out.metrics.keys() - metrics.keys():
            assert "lstar" in key or "r_eff" in key or "prompts" in key or key.endswith("_correct")
        assert ("lead/lstar_mean" in out.metrics) == (out.target_length is not None)


GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("file", ["k_rewards", "gdpo_static"])
def test_the_oracle_has_the_golden_numbers(file):
    for line in (GOLDEN / f"{file}.jsonl").read_text().splitlines():
        case = json.loads(line)
        names, static = case["names"], file == "gdpo_static"
        rewards = [
            {"name": name, "min": low, "max": high} for name, (low, high) in case["bounds"].items()
        ]
        config = {"rewards": rewards, "static_weights": case["weights"] if static else None}
        config |= case.get("config", {})
        state = {"step": 0, "weights": dict.fromkeys(names, 1 / len(names))}
        for step in case["steps"]:
            values = np.array(step["rewards"]) / 4096
            advantage, _, state = oracle.step_k(
                config, state, None, step["length"], step["group"],
                dict(zip(names, values, strict=True)),
            )  # fmt: skip
            if "advantage" in step:
                np.testing.assert_allclose(advantage, step["advantage"], rtol=0, atol=4e-6)
            if not static:
                weights = [state["weights"][name] for name in names]
                np.testing.assert_allclose(weights, step["weights"], rtol=0, atol=2e-6)


THREE = [
    {"name": "correctness", "min": 0, "max": 1, "floor": 0.3},
    {"name": "format", "min": 0, "max": 1},
    {"name": "style", "key": "judge", "min": -1, "max": 1, "over": "correct"},
]
REWARDS = {"format": [1, 0, 1, 1, 0], "judge": [0.5, None, 0.1, -0.2, 0.75]}


def three(**settings):
    return lead_rs.LeadConfig(rewards=THREE, **settings)


def test_a_list_of_the_two_is_lead(batch):
    """Its numbers, bit for bit, under other names."""
    own = [
        {"name": "correctness", "min": 0, "max": 1, "floor": 0.3},
        {"name": "efficiency", "min": -1, "max": 1, "over": "correct"},
    ]
    plain, listed = (
        lead_rs.WeightController(config)
        for config in (lead_rs.LeadConfig(), lead_rs.LeadConfig(rewards=own))
    )
    for _ in range(3):
        a = lead_rs.compute_advantage(**batch, controller=plain)
        b = lead_rs.compute_advantage(**batch, controller=listed)
        assert a.advantages.tobytes() == b.advantages.tobytes()
        assert a.target_length.tolist() == b.target_length.tolist()
        assert a.weights == b.weights
        assert plain.weights == listed.weights
        assert a.metrics["lead/D_eff"] == b.metrics["lead/reward_efficiency/D"]
    # So a run may go on with the list.
    listed.load_state_dict(plain.state_dict())


def test_the_output_names_its_weights(batch):
    out = lead_rs.compute_advantage(**batch, rewards=REWARDS, config=three())
    assert list(out.weights) == ["correctness", "format", "style"]
    assert sum(out.weights.values()) == pytest.approx(1, abs=1e-15)
    assert out.lambda_corr == out.weights["correctness"]
    assert out.lambda_eff == pytest.approx(1 - out.lambda_corr, abs=1e-15)
    assert out.metrics["lead/reward_style/w"] == out.weights["style"]
    assert out.metrics["lead/reward_style/present"] == 0.8
    assert out.efficiency_reward is None
    assert out.target_length is None
    assert "weight of style" in repr(out)
    assert "lead/w_corr" not in out.metrics


def test_correctness_may_be_unknown(batch):
    config = lead_rs.LeadConfig(rewards=[{"name": "format", "min": 0, "max": 1}])
    rewards = {"format": REWARDS["format"]}
    known = lead_rs.compute_advantage(**batch, rewards=rewards, config=config)
    unknown = lead_rs.compute_advantage(
        **{**batch, "correctness": None}, rewards=rewards, config=config
    )
    assert known.advantages.tolist() == unknown.advantages.tolist()
    assert unknown.weights == {"format": 1.0}
    assert known.metrics.keys() - unknown.metrics.keys() == {
        "lead/accuracy_batch", "lead/resp_len_mean_correct", "lead/adv_len_corr_correct",
    }  # fmt: skip
    assert "- " not in repr(known)
    assert " / -" in repr(unknown)


@pytest.mark.parametrize(
    "kind", [tuple, lambda values: np.array(values, object), lambda values: np.array(values, "f4")]
)
def test_a_response_without_a_reward_in_any_kind_of_array(batch, kind):
    values = [0.5, None, 0.125, -0.25, 0.75]
    rewards = {**REWARDS, "judge": values}
    plain = lead_rs.compute_advantage(**batch, rewards=rewards, config=three())
    rewards = {**REWARDS, "judge": kind(values)}
    out = lead_rs.compute_advantage(**batch, rewards=rewards, config=three())
    assert out.advantages.tolist() == plain.advantages.tolist()


def test_tensors(torch, batch):
    arrays = {key: torch.tensor(batch[key]) for key in ("correctness", "response_length")}
    rewards = {
        "format": torch.tensor(REWARDS["format"]),
        "judge": torch.tensor([0.5, NAN, 0.1, -0.2, 0.75], dtype=torch.float64),
    }
    out = lead_rs.compute_advantage(**arrays, index=batch["index"], rewards=rewards, config=three())
    plain = lead_rs.compute_advantage(**batch, rewards=REWARDS, config=three())
    assert out.advantages.tolist() == plain.advantages.tolist()


def test_settings_are_kept_whole(batch):
    config = three(static_weights=[1, 0.5, -0.5], idle="hold", instability="range")
    whole = [
        {"name": "correctness", "key": "correctness", "min": 0.0, "max": 1.0, "over": "all",
         "floor": 0.3},
        {"name": "format", "key": "format", "min": 0.0, "max": 1.0, "over": "all", "floor": 0.0},
        {"name": "style", "key": "judge", "min": -1.0, "max": 1.0, "over": "correct",
         "floor": 0.0},
    ]  # fmt: skip
    assert config.rewards == config.to_dict()["rewards"] == whole
    assert config.static_weights == [1.0, 0.5, -0.5]
    assert config.reward_keys == ("format", "judge")
    assert config.needs_correctness
    assert lead_rs.LeadConfig().reward_keys == ()
    assert lead_rs.LeadConfig().needs_correctness
    assert not lead_rs.LeadConfig(rewards=THREE[1:2]).needs_correctness
    assert lead_rs.LeadConfig(rewards=THREE[2:]).needs_correctness, "it is over correct ones"
    for copied in (
        pickle.loads(pickle.dumps(config)),
        lead_rs.LeadConfig.from_dict(json.loads(json.dumps(config.to_dict()))),
        lead_rs.LeadConfig.from_verl({f"lead_{k}": v for k, v in config.to_dict().items()}),
    ):
        assert copied == config
        assert hash(copied) == hash(config)
    assert config != three()
    signless = [{"name": "a", "min": -0.0, "max": 1, "floor": -0.0}]
    signed = [{"name": "a", "min": 0.0, "max": 1, "floor": 0.0}]
    a, b = lead_rs.LeadConfig(rewards=signless), lead_rs.LeadConfig(rewards=signed)
    assert (a, hash(a)) == (b, hash(b))
    controller = lead_rs.WeightController(config)
    lead_rs.compute_advantage(**batch, rewards=REWARDS, controller=controller)
    copied = pickle.loads(pickle.dumps(controller))
    assert copied.state_dict() == controller.state_dict()


def test_weights_are_kept_by_name(batch):
    saved = lead_rs.WeightController(three())
    lead_rs.compute_advantage(**batch, rewards=REWARDS, controller=saved)
    turned = lead_rs.WeightController(lead_rs.LeadConfig(rewards=THREE[::-1]))
    turned.load_state_dict(saved.state_dict())
    assert turned.weights == saved.weights[::-1]
    before = turned.state_dict()
    other = lead_rs.WeightController(lead_rs.LeadConfig(rewards=THREE[:2]))
    for state, names in (
        (other, "correctness, format"),
        (lead_rs.WeightController(), "correctness, efficiency"),
    ):
        with pytest.raises(ValueError, match=f"which are {names}; those of the settings are style"):
            turned.load_state_dict(state.state_dict())
        assert turned.state_dict() == before


def test_a_state_of_two_numbers_is_correctness_and_efficiency(batch):
    """As the versions before had it."""
    controller = lead_rs.WeightController()
    lead_rs.compute_advantage(**batch, controller=controller)
    state = controller.state_dict()
    new = ("quantile", "rewards", "static_weights", "idle", "instability")
    old = {k: v for k, v in state["config"].items() if k not in new}
    state |= {"version": 2, "config": old}
    resumed = lead_rs.WeightController.from_state_dict(state)
    assert resumed.rewards == ("correctness", "efficiency")
    assert resumed.state_dict() == controller.state_dict()


def test_what_is_doubtful_is_said_once(batch, caplog):
    rewards = {"format": [0, 2, 3, 1, 2], "judge": [1, -1, -1, 0, 0]}
    controller = lead_rs.WeightController(three())
    with caplog.at_level(logging.WARNING, logger="lead_rs"):
        for _ in range(3):
            lead_rs.compute_advantage(**batch, rewards=rewards, controller=controller)
    bounds, zero = sorted(record.getMessage() for record in caplog.records)
    assert '"format" is 1.58' in bounds
    assert "outside its bounds" in bounds
    assert '"style" is 0, near 0' in zero
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="lead_rs"):
        lead_rs.compute_advantage(**batch)
    assert not caplog.records, "of LEAD's own two nothing is said"


def reward(**parts):
    return [THREE[0], {"name": "format", "min": 0, "max": 1} | parts]


def without(part):
    whole = {"name": "format", "min": 0, "max": 1}
    return [THREE[0], {k: v for k, v in whole.items() if k != part}]


SETTINGS = {
    "no reward": ({"rewards": []}, ValueError, "at least one reward, got none"),
    "one dict": (
        {"rewards": THREE[0]},
        TypeError,
        "rewards must be a list of dicts or None, got {",
    ),
    "a text": ({"rewards": "format"}, TypeError, "rewards must be a list of dicts.*'format'"),
    "a number": ({"rewards": 3}, TypeError, "rewards must be a list of dicts or None, got 3"),
    "names alone": (
        {"rewards": ["format"]},
        TypeError,
        r"rewards\[0\] must be a dict, got 'format'",
    ),
    "unknown part": (
        {"rewards": reward(flor=0.1)},
        ValueError,
        r'unknown key "flor" in rewards\[1\]; the keys are name, key, min, max, over, floor',
    ),
    "no name": ({"rewards": without("name")}, ValueError, r"rewards\[1\]: name must be given"),
    "no min": ({"rewards": without("min")}, ValueError, r"rewards\[1\]: min must be given"),
    "no max": ({"rewards": reward(max=None)}, ValueError, r"rewards\[1\]: max must be given"),
    "reversed": (
        {"rewards": reward(min=1, max=0)},
        ValueError,
        r"rewards\[1\]: min must be below max, got min 1 and max 0",
    ),
    "equal bounds": (
        {"rewards": reward(max=0)},
        ValueError,
        r"rewards\[1\]: min must be below max",
    ),
    "infinite": ({"rewards": reward(max=INF)}, ValueError, r"rewards\[1\]: max must be finite"),
    "nan": ({"rewards": reward(min=NAN)}, ValueError, r"rewards\[1\]: min must be finite.*NaN"),
    "a bool": (
        {"rewards": reward(max=True)},
        TypeError,
        r"rewards\[1\]: max must be a number, got T",
    ),
    "text bound": ({"rewards": reward(min="0")}, TypeError, r"rewards\[1\]: min must be a number"),
    "a number as name": (
        {"rewards": reward(name=3)},
        TypeError,
        r"rewards\[1\]: name must be a str",
    ),
    "a name with a slash": (
        {"rewards": reward(name="a/b")},
        ValueError,
        r"rewards\[1\]: name must be",
    ),
    "an empty key": (
        {"rewards": reward(key="")},
        ValueError,
        r"rewards\[1\]: key must not be empty",
    ),
    "twice": ({"rewards": [THREE[0], THREE[0]]}, ValueError, 'got "correctness" twice'),
    "over": (
        {"rewards": reward(over="right")},
        ValueError,
        r"over must be one of all, correct, got",
    ),
    "floor": (
        {"rewards": reward(floor=-0.1)},
        ValueError,
        r"rewards\[1\]: floor must be in \[0, 1\]",
    ),
    "floors": (
        {"rewards": reward(floor=0.8)},
        ValueError,
        r"floors that sum to at most 1, got 1\.1",
    ),
    "static": (
        {"rewards": THREE, "static_weights": [1, 0]},
        ValueError,
        "static_weights must have one entry per reward: got 2 for 3",
    ),
    "infinite static": (
        {"rewards": THREE, "static_weights": [1, 0, INF]},
        ValueError,
        "static_weights must be finite.*inf",
    ),
    "static text": (
        {"static_weights": "100"},
        TypeError,
        "static_weights must be a list of numbers",
    ),
    "static alone": ({"static_weights": [1, 0]}, ValueError, "static_weights must be None without"),
    "static lambda": (
        {"rewards": THREE, "static_lambda_corr": 0.5},
        ValueError,
        "static_lambda_corr must be None with rewards",
    ),
    "idle": ({"idle": "stay"}, ValueError, "idle must be one of follow, hold"),
    "instability": ({"instability": "std"}, ValueError, "instability must be one of cv, range"),
}


@pytest.mark.parametrize(("bad", "error", "message"), SETTINGS.values(), ids=SETTINGS)
def test_settings(bad, error, message):
    for make in (
        lambda: lead_rs.LeadConfig(**bad),
        lambda: lead_rs.LeadConfig.from_verl({f"lead_{k}": v for k, v in bad.items()}),
    ):
        with pytest.raises(error, match=message):
            make()


GDPO = {
    "both": ({"gdpo_reward_keys": ["a"], "lead_rewards": THREE}, ValueError, "only one of them"),
    "weights twice": (
        {"gdpo_reward_keys": ["a"], "gdpo_reward_weights": [1], "lead_static_weights": [1]},
        ValueError,
        "gdpo_reward_weights is another name",
    ),
    "too few": (
        {"gdpo_reward_keys": ["a", "b"], "gdpo_reward_weights": [1]},
        ValueError,
        "static_weights must have one entry per reward: got 1 for 2",
    ),
    "one text": ({"gdpo_reward_keys": "acc"}, TypeError, "gdpo_reward_keys must be a list of str"),
    "twice": ({"gdpo_reward_keys": ["a", "a"]}, ValueError, '"a" twice'),
    "lead's": (
        {"gdpo_reward_keys": ["efficiency"]},
        ValueError,
        'got "efficiency", which is LEAD\'s',
    ),
}


@pytest.mark.parametrize(("bad", "error", "message"), GDPO.values(), ids=GDPO)
def test_bad_settings_of_gdpo(bad, error, message):
    with pytest.raises(error, match=message):
        lead_rs.LeadConfig.from_verl(bad)


def test_settings_of_gdpo_are_a_short_form():
    def of(name):
        return {"name": name, "min": 0, "max": 1}

    plain = {"adv_estimator": "lead", "gdpo_reward_keys": ["acc", "format"], "lead_rewards": None}
    expected = lead_rs.LeadConfig(rewards=[of("acc"), of("format")])
    assert lead_rs.LeadConfig.from_verl(plain) == expected
    weighted = plain | {"gdpo_reward_weights": [1, 0.25], "lead_static_weights": None}
    expected = lead_rs.LeadConfig(rewards=[of("acc"), of("format")], static_weights=[1, 0.25])
    assert lead_rs.LeadConfig.from_verl(weighted) == expected
    for nothing in ({"gdpo_reward_keys": None}, {"gdpo_reward_keys": []}):
        assert lead_rs.LeadConfig.from_verl(nothing) == lead_rs.LeadConfig()


VALUES = {
    "size": ({"format": [1]}, ValueError, r'rewards\["format"\] must have one entry.*got 1 for 5'),
    "infinite": ({"judge": [0, 0, INF, 0, 0]}, ValueError, r'rewards\["judge"\].*inf in row 2'),
    "huge": ({"judge": [0, -1e39, 0, 0, 0]}, ValueError, r'rewards\["judge"\].*within float32'),
    "unknown": ({"style": [0] * 5}, ValueError, r'name \(format, judge\), got "style"'),
    "reserved": ({"correctness": [0] * 5}, ValueError, '"correctness" .correctness is an argument'),
    "computed": ({"efficiency": [0] * 5}, ValueError, "efficiency is computed"),
    "in no row": (
        {"judge": [None] * 5},
        ValueError,
        r'rewards\["judge"\] must have a value in some',
    ),
    "text": ({"judge": list("abcde")}, TypeError, r"rewards\['judge'\] must hold numbers"),
    "2-d": ({"judge": np.ones((5, 1))}, ValueError, r"rewards\['judge'\] must have shape \[B\]"),
    "key": ({3: [0] * 5}, TypeError, "rewards must have keys of type str, got 3"),
}


@pytest.mark.parametrize(("change", "error", "message"), VALUES.values(), ids=VALUES)
def test_values(batch, change, error, message):
    controller = lead_rs.WeightController(three())
    before = controller.state_dict()
    with pytest.raises(error, match=message):
        lead_rs.compute_advantage(**batch, rewards=REWARDS | change, controller=controller)
    assert controller.state_dict() == before
    assert controller.metrics is None


def test_missing_values(batch):
    with pytest.raises(
        ValueError, match='must have the key "judge", of the settings\' reward "style"'
    ):
        lead_rs.compute_advantage(**batch, rewards={"format": [1] * 5}, config=three())
    with pytest.raises(ValueError, match='must have the key "format"'):
        lead_rs.compute_advantage(**batch, config=three())
    with pytest.raises(ValueError, match=r'name \(none\), got "format"'):
        lead_rs.compute_advantage(**batch, rewards=REWARDS)
    with pytest.raises(ValueError, match='correctness must be given.*"correctness" depends on it'):
        lead_rs.compute_advantage(**batch | {"correctness": None}, rewards=REWARDS, config=three())
    with pytest.raises(ValueError, match="correctness must be given"):
        lead_rs.compute_advantage(**batch | {"correctness": None})
    with pytest.raises(
        TypeError, match="rewards must be a mapping of .B. arrays or None, got list"
    ):
        lead_rs.compute_advantage(**batch, rewards=[[1] * 5], config=three())
    mask = np.ones((2, 3), int)
    with pytest.raises(ValueError, match='must have the key "format"'):
        lead_rs.compute_lead_outcome_advantage(mask * 0.5, mask, ["a", "b"], config=three())
