"""Every run of the paper on verl's own configuration, held to the reference's settings."""

import re
from pathlib import Path

import pytest
from reference import ROOT, RUNS, SCRIPTS, settings, table
from verl_versions import wheel_folders

import lead_rs
from lead_rs.cli import _parser, data, main
from lead_rs.data import Prepared
from lead_rs.recipes import sweep
from lead_rs.verl.reward import VARIABLES


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
    return "/".join(Path(found).parts[-2:]) if key == "trainer.default_local_dir" else found


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


def test_the_references_names_are_ours():
    """Its eight LEAD settings with their defaults, and its reward's variables."""
    defaults = {
        "alpha": 1.0, "beta": 0.95, "epsilon": 1e-8, "bmax": 8000, "lambda_min": 0.3,
        "lstar_mode": "max_asym", "aggregator": "mean_correct", "static_lambda_corr": None,
    }  # fmt: skip
    assert defaults.items() <= lead_rs.LeadConfig().to_dict().items()
    assert {
        f"DEEPSCALE_{name}"
        for name in ("CORRECT_REWARD", "LENGTH_REWARD", "LENGTH_THRESHOLD", "LENGTH_MAX",
                     "LENGTH_MODE", "FORMAT_REWARD", "FORMAT_MODE", "USE_FORMAT")
    } <= set(VARIABLES.values())  # fmt: skip


def readme_commands():
    """What the README names beside the reference's commands."""
    rows = table("the reference's", ROOT / "README.md")
    return [text for row in rows for text in re.findall("`([^`]+)`", f"`{row['here']}`")]


def test_the_commands_beside_the_references_can_be_given(monkeypatch):
    given = [line.split() for line in readme_commands() if re.search(r"\b(bash|lead-rs) ", line)]
    assert len(given) >= 8
    prepared = []
    nothing = Prepared(Path(), {}, [])
    monkeypatch.setattr(data, "prepare", lambda name, *_, **__: prepared.append(name) or nothing)
    for words in given:
        with monkeypatch.context() as patch:
            while "=" in words[0]:
                name, _, value = " ".join(words).partition("=")
                quoted = re.match(r'"([^"]*)"|\S+', value)
                patch.setenv(name, quoted[1] or quoted[0])
                words = value[quoted.end() :].split()
            program, script, *arguments = words
            if program == "bash":
                assert (ROOT / script).is_file(), script
                if script.endswith("sweep.sh"):
                    assert list(sweep.runs(arguments))
            elif script == "data":
                assert main(words[1:]) == 0
            else:
                assert _parser().parse_args(words[1:]).command.name == script
    assert {"math", "deepscaler", "dapo", "aime2024"} <= set(prepared)
