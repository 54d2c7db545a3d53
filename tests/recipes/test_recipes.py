"""The training scripts, as far as verl's real configuration and verl's own checks go."""

import subprocess
import sys
from pathlib import Path

import pytest
from verl_config import total_steps
from verl_versions import wheel_folders

ROOT = Path(__file__).parents[2]
LEAD, LEAD_7B, GRPO = (
    f"train_math_{name}.sh"
    for name in ("lead_deepseek-r1-1.5b", "lead_deepseek-r1-7b", "grpo_deepseek-r1-1.5b")
)
SCRIPTS = (LEAD, LEAD_7B, GRPO)


def test_every_script_is_tested():
    assert sorted(file.name for file in ROOT.glob("train_*.sh")) == sorted(SCRIPTS)


@pytest.mark.parametrize("name", [LEAD, LEAD_7B])
@pytest.mark.parametrize("wheel", wheel_folders())
def test_lead_is_the_papers_run(dry_run, name, wheel):
    config = dry_run(name, wheel=wheel)
    lead = config.algorithm
    assert (lead.adv_estimator, lead.lead_lstar_mode, lead.lead_aggregator) == (
        "lead", "max_sym", "mean_correct",
    )  # fmt: skip
    assert (lead.lead_alpha, lead.lead_beta, lead.lead_lambda_min) == (1.0, 0.95, 0.3)
    assert (lead.lead_bmax, lead.lead_static_lambda_corr) == (8000, None)
    data = config.data
    assert (data.train_batch_size, data.max_prompt_length, data.max_response_length) == (
        128, 1024, 8000,
    )  # fmt: skip
    actor, rollout = config.actor_rollout_ref.actor, config.actor_rollout_ref.rollout
    assert (rollout.n, rollout.temperature, rollout.name) == (8, 1.0, "vllm")
    assert (actor.optim.lr, actor.ppo_mini_batch_size) == (2e-6, 16)
    assert (actor.strategy, actor.fsdp_config.strategy) == ("fsdp2", "fsdp2")
    assert config.actor_rollout_ref.ref.fsdp_config.strategy == "fsdp2"
    assert (actor.use_kl_loss, actor.kl_loss_type, actor.kl_loss_coef) == (True, "mse", 0.0005)
    reward = config.reward.custom_reward_function
    assert (reward.path, reward.name) == ("pkg://lead_rs.verl.reward", "compute_score")
    assert reward.reward_kwargs == {"correct_reward": 1, "length_reward": 0}
    trainer = config.trainer
    assert (trainer.val_before_train, trainer.save_freq, trainer.test_freq) == (True, 50, 20)
    assert (trainer.total_epochs, total_steps(config, 8521)) == (7, 462)
    assert (trainer.n_gpus_per_node, trainer.nnodes) == (4 if name == LEAD else 8, 1)
    assert (trainer.resume_mode, list(trainer.logger)) == ("auto", ["console", "file"])


def test_the_7b_run_is_spread_and_offloaded(dry_run):
    config = dry_run(LEAD_7B, "trainer.total_epochs=1")
    parts = config.actor_rollout_ref
    assert parts.model.path == "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"
    assert parts.rollout.tensor_model_parallel_size == 2
    assert parts.actor.fsdp_config.param_offload
    assert parts.actor.fsdp_config.optimizer_offload
    assert config.trainer.experiment_name == "lead_math_deepseek-r1-7b"
    assert config.trainer.total_epochs == 1


def test_grpo(dry_run):
    config = dry_run(GRPO)
    assert config.algorithm.adv_estimator == "grpo"
    groups = config.algorithm.filter_groups
    assert (groups.enable, groups.metric) == (True, "reward")
    actor = config.actor_rollout_ref.actor
    assert (actor.optim.lr, actor.clip_ratio_low, actor.clip_ratio_high) == (1e-6, 0.2, 0.28)
    assert config.data.max_response_length == 2000
    assert config.reward.custom_reward_function.reward_kwargs == {
        "correct_reward": 1, "length_reward": 1, "length_mode": "conditioned",
        "length_threshold": 2000,
    }  # fmt: skip


@pytest.mark.parametrize("wheel", wheel_folders()[1:])
def test_group_filtering_is_not_in_an_older_verl(script, wheel):
    done = script(GRPO, wheel=wheel, DRY_RUN="1")
    assert done.returncode == 1
    assert "refuses the configuration" in done.stderr
    assert "algorithm.filter_groups" in done.stderr


VALIDATE = """
import sys, warnings
warnings.simplefilter("ignore")
from omegaconf import OmegaConf, open_dict
from verl.trainer.constants_ppo import get_ppo_ray_runtime_env
from verl.trainer.ppo.reward import get_custom_reward_fn
from verl.trainer.ppo.utils import need_critic, need_reference_policy
from verl.utils.config import omega_conf_to_dataclass, validate_config

for file in sys.argv[1:]:
    config = OmegaConf.load(file)
    assert need_reference_policy(config) and not need_critic(config)
    validate_config(config, use_reference_policy=True, use_critic=False)
    parts = config.actor_rollout_ref
    rollout = omega_conf_to_dataclass(parts.rollout)
    assert rollout.max_model_len == rollout.prompt_length + rollout.response_length
    actor = omega_conf_to_dataclass(parts.actor)
    assert actor.engine.strategy == "fsdp2"
    assert actor.engine.entropy_from_logits_with_chunking is True
    assert actor.ppo_max_token_len_per_gpu >= rollout.max_model_len
    assert parts.ref.strategy == "fsdp2" and parts.ref.fsdp_config.param_offload is True
    environment = OmegaConf.merge(
        get_ppo_ray_runtime_env(config), config.ray_kwargs.ray_init.runtime_env
    ).env_vars
    assert environment.VERL_FILE_LOGGER_PATH.endswith("metrics/000000.jsonl")
    score = get_custom_reward_fn(config)
    print(*(score("deepscaler", r"\\\\boxed{%s}" % x, "42", None)["score"] for x in (42, 41)))
"""


@pytest.mark.timeout(300)
def test_verls_own_checks_accept_them(script, tmp_path):
    """Its dataclasses, its validation and its loading of the reward function."""
    files = []
    for name in SCRIPTS:
        done = script(name, DRY_RUN="1")
        files.append(tmp_path / f"{name}.yaml")
        files[-1].write_text(done.stdout)
    done = subprocess.run(
        [sys.executable, "-c", VALIDATE, *map(str, files)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    scores = [line for line in done.stdout.splitlines() if line[0].isdigit()]
    assert scores == ["1.0 0.0", "1.0 0.0", "2.0 0.0"]


def test_what_can_be_set(dry_run, tmp_path):
    (tmp_path / "my, 'model'").mkdir()
    config = dry_run(
        LEAD, "data.max_response_length=16000", "trainer.nnodes=2",
        N_GPUS="2", BASE_MODEL="my, 'model'", DATA_DIR="my data", OUTPUT_ROOT="out=put",
        RUN_NAME="try/1", WANDB_API_KEY="my-key",
    )  # fmt: skip
    trainer = config.trainer
    assert (trainer.n_gpus_per_node, trainer.nnodes) == (2, 2)
    assert config.actor_rollout_ref.model.path == str(tmp_path / "my, 'model'")
    assert config.data.train_files == str(tmp_path / "my data" / "train.parquet")
    assert config.data.val_files == str(tmp_path / "my data" / "test.parquet")
    assert trainer.default_local_dir == str(tmp_path / "out=put/try/1/checkpoints")
    assert trainer.experiment_name == "try/1"
    assert list(trainer.logger) == ["console", "file", "wandb"]
    assert config.data.max_response_length == 16000
    assert config.actor_rollout_ref.rollout.max_model_len == 17024
    assert config.actor_rollout_ref.actor.ppo_max_token_len_per_gpu == 17024


def test_checkpoints_elsewhere(dry_run, tmp_path):
    assert dry_run(LEAD, CKPT_DIR=str(tmp_path / "c")).trainer.default_local_dir == f"{tmp_path}/c"


def test_each_start_has_a_log_of_its_own(dry_run, tmp_path):
    """verl's logger would overwrite the log of the steps before the checkpoint."""

    def log():
        config = dry_run(LEAD, OUTPUT_ROOT="out", RUN_NAME="run")
        return Path(config.ray_kwargs.ray_init.runtime_env.env_vars.VERL_FILE_LOGGER_PATH).name

    assert log() == "000000.jsonl"
    folder = tmp_path / "out/run/checkpoints"
    (folder / "global_step_50").mkdir(parents=True)
    (folder / "latest_checkpointed_iteration.txt").write_text("50")
    assert log() == "000050.jsonl"


def test_a_dry_run_writes_nothing_and_tells_no_secrets(script, tmp_path):
    done = script(LEAD, DRY_RUN="1", OUTPUT_ROOT="out", WANDB_API_KEY="my-key", HF_TOKEN="my-token")
    assert "my-key" not in done.stdout + done.stderr
    assert "my-token" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["algorithm.lead_betta=1"], {}, "Could not override 'algorithm.lead_betta'"),
        (["trainer"], {}, "refuses the configuration"),
        ([], {"N_GPUS": "four"}, "N_GPUS must be a number of GPUs, got 'four'"),
    ],
)
def test_what_is_wrong_is_said(script, arguments, environment, message):
    done = script(LEAD, *arguments, DRY_RUN="1", **environment)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
