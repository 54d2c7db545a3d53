"""The training scripts, as far as verl's real configuration and verl's own checks go."""

import json
import os
from pathlib import Path

import pytest
from reference import RUNS
from verl_versions import wheel_folders

from lead_rs.cli import main
from lead_rs.recipes.recipe import RECIPES

ROOT = Path(__file__).parents[2]
LEAD, LEAD_7B, GRPO = (
    f"train_math_{name}.sh"
    for name in ("lead_deepseek-r1-1.5b", "lead_deepseek-r1-7b", "grpo_deepseek-r1-1.5b")
)
SCRIPTS = (LEAD, LEAD_7B, GRPO)


def test_every_script_is_tested():
    assert sorted(file.name for file in ROOT.glob("train_*.sh")) == sorted(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_starts_the_recipe_of_its_name_with_its_arguments(recipe_of, script):
    name = script.removeprefix("train_").removesuffix(".sh")
    assert recipe_of(script, "trainer.nnodes=2", "a b") == (name, ["trainer.nnodes=2", "a b"])


def test_the_7b_run_is_the_papers_on_more_gpus():
    paper, larger = (RECIPES[f"math_lead_deepseek-r1-{size}"].make() for size in ("1.5b", "7b"))
    offload = "actor_rollout_ref.actor.fsdp_config."
    assert larger.overrides == (
        *paper.overrides, f"{offload}param_offload=True", f"{offload}optimizer_offload=True",
    )  # fmt: skip
    assert vars(larger) | {"overrides": None} == {
        "name": "math_lead_4k_deepseek-r1-7b",
        "experiment": "deepseek-r1-7B-math-LEAD",
        "model": "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
        "gpus": 8,
        "tensor_parallel": 2,
        "gpu_memory": 44,
        "checkpoint_size": 92,
        "filter_groups": False,
        "overrides": None,
    }


VALIDATE = """
import json, sys, warnings
warnings.simplefilter("ignore")
from omegaconf import OmegaConf, open_dict
from verl.trainer.constants_ppo import get_ppo_ray_runtime_env
from verl.trainer.ppo.reward import get_custom_reward_fn
from verl.trainer.ppo.utils import need_critic, need_reference_policy
from verl.utils.config import omega_conf_to_dataclass, validate_config

for config in map(OmegaConf.create, json.load(open(sys.argv[1]))):
    assert need_reference_policy(config) and not need_critic(config)
    validate_config(config, use_reference_policy=True, use_critic=False)
    parts = config.actor_rollout_ref
    rollout = omega_conf_to_dataclass(parts.rollout)
    assert rollout.max_model_len == rollout.prompt_length + rollout.response_length
    actor = omega_conf_to_dataclass(parts.actor)
    assert actor.engine.strategy == "fsdp2"
    assert actor.engine.entropy_from_logits_with_chunking is True
    assert actor.ppo_max_token_len_per_gpu >= rollout.max_model_len
    assert actor.engine.entropy_checkpointing is True
    assert parts.ref.strategy == "fsdp2" and parts.ref.fsdp_config.param_offload is True
    environment = OmegaConf.merge(
        get_ppo_ray_runtime_env(config), config.ray_kwargs.ray_init.runtime_env
    ).env_vars
    assert environment.VERL_FILE_LOGGER_PATH.endswith("metrics/000000.jsonl")
    score = get_custom_reward_fn(config)
    print(*(score("deepscaler", r"\\\\boxed{%s}" % x, "42", None)["score"] for x in (42, 41)))
"""


@pytest.mark.timeout(300)
def test_verls_own_checks_accept_them(composed, warm_python, tmp_path):
    """Its dataclasses, its validation and its loading of the reward function."""
    configs = composed("installed", [(run.script, run.environment) for run in RUNS])
    file = tmp_path / "configs.json"
    file.write_text(json.dumps(configs + composed("installed", [(LEAD_7B, {})])))
    done = warm_python.run(["-c", VALIDATE, str(file)], env=os.environ, cwd=tmp_path, timeout=280)
    assert done.returncode == 0, done.stderr
    scores = [line for line in done.stdout.splitlines() if line[0].isdigit()]
    paper, grpo, *others, larger = scores  # of a right and a wrong answer, both short
    assert (paper, grpo, larger) == ("1.0 0.0", "2.0 0.0", "1.0 0.0")
    ratios = [0, 0.2, 0.333333, 0.5, 0.666667, 0.8]
    wrong = ratios + [0.0] * (len(others) - len(ratios))
    assert [float(line.split()[1]) for line in others] == pytest.approx(wrong)
    assert [float(line.split()[0]) for line in others] == pytest.approx([1.0] * len(others))


def test_what_can_be_set(dry_run, tmp_path):
    (tmp_path / "my, 'model'").mkdir()
    config = dry_run(
        LEAD, "data.max_response_length=16000", "trainer.nnodes=2",
        N_GPUS="2", ROLLOUT_TP_SIZE="2", BASE_MODEL="my, 'model'", DATA_DIR="my data",
        OUTPUT_ROOT="out=put", EXPERIMENT_NAME="try 1", WANDB_API_KEY="my-key",
    )  # fmt: skip
    trainer = config.trainer
    assert (trainer.n_gpus_per_node, trainer.nnodes) == (2, 2)
    assert config.actor_rollout_ref.model.path == str(tmp_path / "my, 'model'")
    assert config.data.train_files == str(tmp_path / "my data" / "train.parquet")
    assert config.data.val_files == str(tmp_path / "my data" / "test.parquet")
    folder = tmp_path / "out=put/math_lead_4k_deepseek-r1-1.5b"
    assert trainer.default_local_dir == str(folder)
    assert trainer.experiment_name == "try 1"
    assert config.actor_rollout_ref.rollout.tensor_model_parallel_size == 2
    assert list(trainer.logger) == ["console", "file", "wandb"]
    assert config.data.max_response_length == 16000
    assert config.actor_rollout_ref.rollout.max_model_len == 17024
    assert config.actor_rollout_ref.actor.ppo_max_token_len_per_gpu == 17024


def test_each_start_has_a_log_of_its_own(dry_run, tmp_path):
    """verl's logger would overwrite the log of the steps before the checkpoint."""

    def log():
        config = dry_run(LEAD, CKPT_DIR="run")
        assert config.trainer.default_local_dir == str(folder)
        return Path(config.ray_kwargs.ray_init.runtime_env.env_vars.VERL_FILE_LOGGER_PATH)

    folder = tmp_path / "run"
    assert log() == folder / "metrics/000000.jsonl"
    (folder / "global_step_50").mkdir(parents=True)
    (folder / "latest_checkpointed_iteration.txt").write_text("50")
    assert log() == folder / "metrics/000050.jsonl"


def test_a_dry_run_writes_nothing_and_tells_no_secrets(script, tmp_path):
    done = script(LEAD, DRY_RUN="1", OUTPUT_ROOT="out", WANDB_API_KEY="my-key", HF_TOKEN="my-token")
    assert "my-key" not in done.stdout + done.stderr
    assert "my-token" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_says_what_differs_from_verls_defaults(script):
    done = script(LEAD, "algorithm.lead_beta=0.9", DRY_RUN="1", OUTPUT_ROOT="out")
    version, command, head, *lines = done.stdout.splitlines()
    assert version.startswith("# verl ")
    assert " -m verl.trainer.main_ppo " in command
    assert "DRY_RUN=full" in head
    assert all(line.startswith("# ") for line in lines)
    named = {line[2:].partition(": ")[0]: line for line in lines}
    assert named["algorithm.adv_estimator"] == '# algorithm.adv_estimator: "lead"  (verl: "gae")'
    assert named["algorithm.lead_beta"].endswith(": 0.9  (verl: 0.95)")
    assert "algorithm.lead_alpha" not in named  # as it is by default
    assert "actor_rollout_ref.rollout.prompt_length" not in named  # follows data.max_prompt_length
    whole = script(LEAD, "algorithm.lead_beta=0.9", DRY_RUN="full", OUTPUT_ROOT="out").stdout
    assert whole.startswith(done.stdout)
    assert "\nalgorithm:\n" in whole


REWARD = "reward.custom_reward_function.reward_kwargs"


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["algorithm.lead_betta=1"], {}, "Could not override 'algorithm.lead_betta'"),
        (["trainer"], {}, "refuses the configuration"),
        ([], {"N_GPUS": "four"}, "N_GPUS must be a number of GPUs, got 'four'"),
        (["data.max_response_length=long"], {}, "data.max_response_length must be a whole number"),
        (["algorithm.lead_beta=2"], {}, "LEAD's settings: beta must be in [0, 1], got 2"),
        ([f"{REWARD}.length_mode=clasic"], {}, "length_mode"),
        ([], {"CKPT_DIR": f"{__file__}/run"}, f"checkpoints cannot be written to {__file__}/run"),
    ],
)
def test_what_is_wrong_is_said(monkeypatch, capsys, arguments, environment, message):
    """In a dry run, and so before anything is loaded."""
    for name, value in (environment | {"DRY_RUN": "1"}).items():
        monkeypatch.setenv(name, value)
    assert main(["train", "math_lead_deepseek-r1-1.5b", *arguments]) == 2
    output = capsys.readouterr()
    assert output.err.startswith("lead-rs: ")
    assert message in output.err
    assert output.out == ""


def test_a_verl_that_cannot_filter_groups_takes_them_all(script):
    """As the reference's trainer does. It is said, and what the user asks for is not left out."""
    [older] = [param.values[0] for param in wheel_folders() if param.id == "0.8.0"]
    if older is None:
        pytest.skip("no verl-0.8.0 wheel")
    done = script(GRPO, wheel=older, DRY_RUN="1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "lead-rs: verl 0.8.0 cannot filter groups: this run takes them all\n"
    done = script(GRPO, "algorithm.filter_groups.enable=True", wheel=older, DRY_RUN="1")
    assert done.returncode == 2
    assert "Could not override 'algorithm.filter_groups.enable'" in done.stderr
