"""Every run of the paper on verl's own configuration, held to the reference's settings."""

import pytest
from reference import ROOT, RUNS, SCRIPTS, settings
from verl_versions import wheel_folders


@pytest.fixture(scope="module", params=wheel_folders())
def verl(request):
    return request.param


@pytest.fixture(scope="module")
def ours(composed, verl):
    """Each run with its configuration; on an older verl one of each kind."""
    runs = RUNS if verl == "installed" else list({run.column: run for run in RUNS}.values())
    found = composed(verl, [(run.script, run.environment) for run in runs])
    return list(zip(runs, found, strict=True))


def value_of(config, key):
    """What a run sets, where the reference has an option of its own for it."""
    if key == "trainer.save_optimizer":
        return "optimizer" in config["actor_rollout_ref"]["actor"]["checkpoint"]["save_contents"]
    found = config
    for part in key.split("."):
        found = found[part]
    return found.removeprefix(f"{ROOT}/") if key == "trainer.default_local_dir" else found


def expected(run, version):
    values = settings(run)
    if version in ("0.7.1", "0.8.0"):
        return {k: v for k, v in values.items() if not k.startswith("algorithm.filter_groups.")}
    if version == "0.9.0" and "algorithm.filter_groups.metric" in values:
        values["algorithm.filter_groups.metric"] = "score"
    return values


@pytest.mark.parametrize("column", SCRIPTS)
def test_a_run_is_the_references(ours, request, column):
    version = request.node.callspec.id.split("-")[0]
    for run, config in ours:
        if run.column == column:
            wanted = expected(run, version)
            assert len(wanted) > 55
            for key, value in wanted.items():
                value = pytest.approx(value, abs=1e-6) if isinstance(value, float) else value
                assert value_of(config, key) == value, f"{run.name}: {key}"


def test_no_two_runs_share_a_folder_or_are_the_same(ours):
    assert len({config["trainer"]["default_local_dir"] for _, config in ours}) == len(ours)
    # The names apart: each ratio is another reward, each aggregator another target.
    own = ("trainer", "ray_kwargs", "actor_rollout_ref")
    same = [{k: v for k, v in config.items() if k not in own} for _, config in ours]
    assert len({str(config) for config in same}) == len(ours)


def test_the_length_reward_of_the_ratios_is_no_constant(ours):
    """With as many tokens as its threshold every answer would earn it, and it would drop out."""
    for run, config in ours:
        if run.column == "GRPO ratio":
            reward = config["reward"]["custom_reward_function"]["reward_kwargs"]
            assert config["data"]["max_response_length"] > reward["length_threshold"]


def test_what_goes_with_it(ours):
    """The sharding, the lengths that depend on each other, and the reward function."""
    for _, config in ours:
        parts, data = config["actor_rollout_ref"], config["data"]
        for part in (parts["actor"], parts["actor"]["fsdp_config"], parts["ref"]["fsdp_config"]):
            assert part["strategy"] == "fsdp2"
        longest = data["max_prompt_length"] + data["max_response_length"]
        assert parts["rollout"]["max_model_len"] == longest
        assert parts["actor"]["ppo_max_token_len_per_gpu"] >= longest
        reward = config["reward"]["custom_reward_function"]
        assert (reward["path"], reward["name"]) == ("pkg://lead_rs.verl.reward", "compute_score")
