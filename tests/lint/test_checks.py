"""Each check on the fault it is for, from numbers that people have reported."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import batches
import lead_rs
from lead_rs._errors import CommandError
from lead_rs.lint import CHECKS, Counts, Responses, checks, grpo, lead
from lead_rs.lint.findings import Finding, lint
from lead_rs.replay import Step

OF_LENGTH = [check for check in CHECKS if check.of_length]


def of_advantages(correct, length, advantage, group=None):
    """Responses with advantages that somebody else's code has given them."""
    return Responses(
        correct=np.array(correct, bool),
        length=np.array(length, float),
        group=np.zeros(len(correct), np.int64) if group is None else np.array(group),
        advantage=np.array(advantage, float),
    )


def of_lead(correctness, length, index, **settings):
    config = lead_rs.LeadConfig(**{"lstar_min": 1} | settings)
    output = lead_rs.compute_advantage(correctness, length, index, config=config)
    return lead(correctness, length, index, output, config)


def test_a_brevity_bonus_less_its_mean_punishes_right_answers_where_all_are_right():
    """A bonus of up to 1 for what is shorter than the mean, and the group's mean as a baseline."""
    length = np.array([10.0, 20, 40])
    shaped = 1 + np.clip(1 - length / length.mean(), 0, 1)
    advantage = shaped - shaped.mean()
    assert advantage[2] == pytest.approx(-0.238, abs=1e-3)
    assert checks.correct_punished(of_advantages([1, 1, 1], length, advantage)) == (2, 3)


def test_a_length_penalty_under_grpo_punishes_right_answers():
    """The analysis of DRPO: of six, the third right one falls below 0 for its length."""
    correctness, length = [1, 1, 1, 0, 0, 0], np.array([100, 400, 900, 300, 500, 700])
    penalised = np.where(correctness, 1 - 0.9 * (length - 100) / 800, 0)
    responses = grpo(correctness, length, ["p"] * 6, penalised)
    assert responses.advantage[2] < 0 < responses.advantage[1]
    assert checks.correct_punished(responses) == (1, 3)


def test_a_right_answer_is_punished_only_beside_a_better_one_to_its_prompt():
    whitened = of_advantages([1, 1, 0], [1, 2, 3], [-0.5, -0.5, 1])
    assert checks.correct_punished(whitened) == (0, 2)
    not_negative = of_advantages([1, 1], [1, 2], [0, 1])
    assert checks.correct_punished(not_negative) == (0, 2)
    better_elsewhere = of_advantages([1, 1, 1], [1, 2, 3], [-1, -2, 5], group=[0, 0, 1])
    assert checks.correct_punished(better_elsewhere) == (1, 3)


def test_a_penalty_on_failures_ranks_them_by_length():
    """Every rollout pays for its length: among the wrong ones the short are above the long."""
    length, index = np.array([100, 400, 900, 300, 500, 700]), list("aaabbb")
    penalty = 0 - 0.2 * length / 1000
    assert checks.wrong_by_length(grpo([0] * 6, length, index, penalty)) == (2, 2)
    # Gated by success it does not.
    assert checks.wrong_by_length(grpo([0] * 6, length, index, [0] * 6)) == (0, 2)


def test_longer_wrong_answers_of_unsolved_prompts_are_preferred_by_lead():
    batch = [0, 0, 0, 1], [1000, 3000, 2000, 1500], list("aaab")
    responses = of_lead(*batch, lstar_mode="max_sym")
    assert list(np.argsort(responses.advantage[:3])) == [0, 2, 1]
    assert checks.wrong_by_length(responses) == (1, 1)
    assert checks.wrong_by_length(of_lead(*batch, lstar_mode="max_sym", unsolved="neutral")) == (
        0, 1,
    )  # fmt: skip


def test_wrong_ones_that_something_else_ranks_are_not_ranked_by_length():
    unordered = of_advantages([0] * 4, [1, 2, 3, 4], [0.1, 0.3, 0.2, 0.5])
    assert checks.wrong_by_length(unordered) == (0, 1)
    of_equal_length = of_advantages([0] * 4, [1, 2, 2, 4], [0.1, 0.2, 0.3, 0.5])
    assert checks.wrong_by_length(of_equal_length) == (0, 1)
    two_lengths = of_advantages([0] * 4, [1, 2, 2, 1], [0.1, 0.2, 0.2, 0.1])
    assert checks.wrong_by_length(two_lengths) == (0, 0)
    an_empty_one = of_advantages([0] * 4, [0, 1, 2, 3], [0.9, 0.1, 0.2, 0.3])
    assert checks.wrong_by_length(an_empty_one) == (1, 1)


def test_a_length_reward_for_all_puts_short_wrong_above_long_right():
    """Kimi's: 0.5 less the place between shortest and longest, at most 0 for a wrong one."""
    correct, length = np.array([1, 1, 0, 0], bool), np.array([100, 900, 100, 700])
    reward = 0.5 - (length - length.min()) / (length.max() - length.min())
    reward = np.where(correct, reward, np.minimum(0, reward))
    assert (reward[1], reward[2]) == (-0.5, 0)
    responses = grpo(correct, length, ["p"] * 4, reward)
    assert checks.wrong_above_right(responses) == (1, 2)
    # Beside correctness it does not.
    assert checks.wrong_above_right(grpo(correct, length, ["p"] * 4, correct + reward / 2)) == (
        0,
        2,
    )


def brute_wrong_above_right(r):
    there = r.length > 0
    looked, faults = 0, 0
    for i in np.flatnonzero(r.correct):
        rivals = there & ~r.correct & (r.group == r.group[i])
        looked += bool((~r.correct & there & (r.group == r.group[i])).any())
        faults += bool((rivals & (r.length < r.length[i]) & (r.advantage > r.advantage[i])).any())
    return faults, looked


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**32 - 1))
def test_wrong_above_right_is_what_it_says(seed):
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 30)
    length = rng.integers(0, 5, size)
    group = np.unique(rng.integers(0, 5, size), return_inverse=True)[1]
    responses = of_advantages(
        (rng.random(size) < 0.5) & (length > 0), length, rng.integers(-2, 3, size) / 4, group
    )
    assert checks.wrong_above_right(responses) == brute_wrong_above_right(responses)


@settings(deadline=None, max_examples=60)
@given(batches.batches())
def test_grpo_without_a_length_reward_shows_nothing_of_length(batch):
    correctness, length, index = batch
    right = (correctness > 0.5) & (length > 0)
    plain = grpo(right, length, index.tolist(), right)
    weighed = of_lead(right.astype(float), length, index.tolist(), static_lambda_corr=1.0)
    for responses in (plain, weighed):
        for check in OF_LENGTH:
            assert check.count(responses).faults == 0, check.name


@settings(deadline=None, max_examples=60)
@given(batches.batches(), st.randoms())
def test_in_any_order_of_the_rows(batch, random):
    correctness, length, index = batch
    order = random.sample(range(len(length)), len(length))
    config = lead_rs.LeadConfig(lstar_min=1, lstar_mode="max_sym")

    def counts(correctness, length, index):
        output = lead_rs.compute_advantage(correctness, length, index, config=config)
        return [c.count(lead(correctness, length, index, output, config)) for c in CHECKS]

    assert counts(correctness, length, index) == counts(
        correctness[order], length[order], index[order]
    )


def test_truncated_among_the_wrong():
    responses = of_advantages([1, 0, 0, 0], [9, 9, 9, 0], [0] * 4)
    assert checks.truncated_wrong(responses) is None
    cut = dataclasses.replace(responses, truncated=np.array([True, True, False, True]))
    assert checks.truncated_wrong(cut) == (1, 2)


def test_wrong_ones_of_solved_prompts_are_not_looked_at():
    responses = of_advantages([0, 0, 0, 1], [1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4])
    assert checks.wrong_by_length(responses) == (0, 0)


def test_groups_without_variance():
    responses = of_advantages([1, 1, 0, 0, 1, 0], [9] * 6, [0] * 6, group=[0, 0, 1, 1, 2, 2])
    assert checks.no_variance(responses) == (2, 3)


def test_unread_is_apart_from_cut_off():
    responses = of_advantages([1, 0, 0, 0], [9] * 4, [0] * 4)
    assert checks.unread(responses) is None
    known = dataclasses.replace(responses, unread=np.array([False, True, True, False]))
    assert checks.unread(known) == (2, 4)
    cut = np.array([False, True, False, False])
    assert checks.unread(dataclasses.replace(known, truncated=cut)) == (1, 3)
    empty = dataclasses.replace(known, length=np.array([9.0, 0, 9, 9]))
    assert checks.unread(empty) == (1, 3)


JUDGE = {"name": "judge", "min": -1, "max": 1}
CORRECTNESS = {"name": "correctness", "min": 0, "max": 1}


def judged(judge, **settings):
    """A step beside a reward of both signs."""
    config = lead_rs.LeadConfig(rewards=[CORRECTNESS, JUDGE], **settings)
    batch = [1, 0, 1, 0], [9, 8, 7, 6], list("aabb")
    output = lead_rs.compute_advantage(*batch, rewards={"judge": judge}, config=config)
    return checks.near_zero_mean(lead(*batch, output, config))


def test_a_mean_near_zero_drives_a_weight():
    near, away = [0.5, -0.5, 0.5, -0.49], [0.5, 0.3, 0.6, 0.2]
    assert judged(near) == (1, 1)
    assert judged(away) == (0, 1)
    assert judged(near, instability="range") is None
    assert judged(near, static_weights=[1, 1]) is None


def of_means(mean, target, **settings):
    """A step with these means of correctness and efficiency, and this target of the second's."""
    return checks.near_zero_mean(
        dataclasses.replace(
            of_advantages([1], [1], [0]),
            config=lead_rs.LeadConfig(**settings),
            metrics={"lead/mu_corr": mean[0], "lead/target_w_corr": 1 - target}
            | {"lead/mu_eff": mean[1], "lead/target_w_eff": target},
        )
    )


@pytest.mark.parametrize(
    ("mean", "target", "faults"),
    [
        ((0.5, 0.09), 0.6, 1),
        ((0.5, -0.09), 0.6, 1),
        ((0.5, 0.11), 0.6, 0),  # efficiency is from -1 to 1
        ((0.5, -0.5), 0.6, 0),
        ((0.5, 0.0), 0.5, 0),  # its equal share
        ((0.04, 0.5), 0.4, 1),
        ((0.06, 0.5), 0.4, 0),
    ],
)
def test_how_near_to_zero_depends_on_the_rewards_range(mean, target, faults):
    assert of_means(mean, target) == (faults, 1)
    assert of_means(mean, target, static_lambda_corr=0.5) is None


def test_one_reward_alone_takes_no_weight_from_another():
    config = lead_rs.LeadConfig(rewards=[CORRECTNESS])
    batch = [0, 0, 0], [9, 8, 7], list("aab")
    output = lead_rs.compute_advantage(*batch, config=config)
    responses = lead(*batch, output, config)
    assert checks.near_zero_mean(responses) is None
    assert checks.clamped(responses) is None
    assert checks.near_zero_mean(grpo(*batch, [0] * 3)) is None


def test_every_target_clamped():
    batch = [1, 1, 0, 1, 0], [12, 20, 30, 2500, 9], list("aaabc")
    assert checks.clamped(of_lead(*batch, lstar_min=1000)) == (1, 2)
    assert checks.clamped(of_lead(*batch, lstar_min=1)) == (0, 2)
    assert checks.clamped(of_lead(*batch, lstar_min=1, bmax=15)) == (2, 2)
    assert checks.clamped(of_lead(*batch, lstar_min=10, aggregator="mean_all")) == (1, 3)
    assert checks.clamped(grpo(*batch, [0] * 5)) is None


def test_over_steps_counts_add_up():
    one = Step(1, np.ones(3), np.array([10.0, 20, 40]), ["p"] * 3)
    two = Step(2, np.zeros(3), np.array([10.0, 20, 40]), ["p"] * 3)
    config = lead_rs.LeadConfig(lstar_mode="upper_only", lstar_min=1, bmax=15)
    found = {each.check.name: each for each in lint([one, two], config=config)}
    assert found["correct_punished"].counts == Counts(1, 3)
    assert found["no_variance"].value == 1
    assert found["no_variance"].is_fault
    assert found["truncated_wrong"].value is None
    assert not found["truncated_wrong"].is_fault
    limited = lint([one, two], config=config, max_response_length=20)
    assert {each.check.name: each.counts for each in limited}["truncated_wrong"] == (2, 3)


def test_lint_goes_on_from_a_state():
    step = Step(1, np.array([1.0, 1, 1, 0]), np.array([10.0, 20, 40, 30]), ["p"] * 4)
    config = lead_rs.LeadConfig(lstar_mode="upper_only", lstar_min=1, beta=1)
    start = lead_rs.WeightController(config).state_dict()
    for weights, faults in (([0.5, 0.5], 1), ([0.99, 0.01], 0)):
        punished, *_ = lint([step], config=config, state=start | {"weights": weights})
        assert punished.counts == (faults, 3)


def test_a_state_of_other_rewards_is_an_error():
    state = lead_rs.WeightController(lead_rs.LeadConfig()).state_dict()
    config = lead_rs.LeadConfig(rewards=[{"name": "format", "key": "form", "min": 0, "max": 1}])
    with pytest.raises(CommandError, match="^state: .*rewards"):
        lint([Step(3, np.ones(2), np.array([10.0, 20]), ["p"] * 2)], config=config, state=state)


def test_grpo_without_scores_is_an_error():
    step = Step(3, np.ones(2), np.array([10.0, 20]), ["p"] * 2)
    with pytest.raises(CommandError, match="step 3 has no scores"):
        lint([step], estimator="grpo")


def test_only_a_share_above_the_threshold_is_a_fault():
    check = CHECKS[0]
    at, above = (Finding(check, Counts(faults, 100)) for faults in (25, 26))
    assert check.threshold == at.value == 0.25
    assert (at.is_fault, above.is_fault) == (False, True)
    assert (at.to_dict()["fault"], above.to_dict()["fault"]) == (False, True)
    for counts in (None, Counts(0, 0)):
        nothing = Finding(check, counts).to_dict()
        assert (nothing["value"], nothing["fault"], nothing["count"]) == (None, None, 0)


def test_the_checks_are_those_of_the_page():
    """Their names and thresholds; of the first three it says that only a length reward can."""
    page = Path(__file__).parents[2] / "examples" / "lint" / "README.md"
    listed = re.findall(r"^\| `(\w+)` \|.*?\| (\.\d+) \|", page.read_text(), re.M)
    assert [(check.name, check.threshold) for check in CHECKS] == [
        (name, float(threshold)) for name, threshold in listed
    ]
    assert list(CHECKS[:3]) == OF_LENGTH


def test_every_check_says_what_it_needs_to_say():
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert all((check.of, check.what, check.meaning, check.setting))
        assert 0 <= check.threshold <= 1


def test_in_training_the_cheap_ones_are_metrics():
    from lead_rs.lint.metrics import lint_metrics as metrics

    batch = [1, 1, 1, 0, 0, 0], [10, 20, 40, 9, 5, 7], list("aaabbb")
    config = lead_rs.LeadConfig(lstar_mode="max_sym", lstar_min=1)
    output = lead_rs.compute_advantage(*batch, config=config)
    found = metrics(*batch, output, config)
    assert found["lead/lint_wrong_by_length"] == 1
    assert found["lead/lint_no_variance"] == 1
    assert found["lead/lint_wrong_above_right"] == 0  # there is no such prompt
    assert found.keys() == {f"lead/lint_{check.name}" for check in CHECKS if check.cheap}
    assert metrics(None, *batch[1:], output, config) == {}
    fixed = lead_rs.LeadConfig(lstar_mode="max_sym", lstar_min=1, static_lambda_corr=0.5)
    output = lead_rs.compute_advantage(*batch, config=fixed)
    assert "lead/lint_near_zero_mean" not in metrics(*batch, output, fixed)


def test_equal_scores_are_no_advantage_whatever_their_mean_is_rounded_to():
    assert grpo([0] * 3, [1, 2, 3], ["p"] * 3, [0.1] * 3).advantage.tolist() == [0.0] * 3


def test_grpos_advantages_are_by_the_deviation_of_each_group():
    score, group = np.array([1.0, 0, 4, 2, 3, 3, 7]), np.array([0, 0, 1, 1, 1, 1, 2])
    advantage = grpo([0] * 7, [9] * 7, [f"p{each}" for each in group], score).advantage
    for each in (0, 1):
        of = score[group == each]
        expected = (of - of.mean()) / of.std(ddof=1)
        assert advantage[group == each] == pytest.approx(expected, abs=1e-5)
    assert advantage[-1] == 0


def test_half_a_point_is_not_correct_and_neither_is_an_empty_response():
    batch = [0.5, 0.6, 1, 0], [9, 9, 0, 9], ["p"] * 4
    for responses in (grpo(*batch, [0] * 4), of_lead(*batch)):
        assert responses.correct.tolist() == [False, True, False, False]
