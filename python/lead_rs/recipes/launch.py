"""A training run in verl: its configuration, of what its recipe sets and what all recipes share."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

from lead_rs.recipes.recipe import Recipe
from lead_rs.recipes.verl_config import CannotRun, compose, verl_version
from lead_rs.runs.checkpoints import last_checkpoint

TRAINER = "verl.trainer.main_ppo"

MICRO_BATCH_TOKENS = 9_216
"""Tokens a GPU computes gradients of at a time; more where one response may be longer."""

NO_GROUP_FILTERING = ("0.7.", "0.8.")
NO_PLUGINS = ("0.7.", "0.8.")
"""verls that lack these, by the beginning of their version."""


def plan(recipe: Recipe) -> tuple[list[str], Any]:
    """The overrides of verl's for a recipe, and the configuration they make.

    Raises:
        CannotRun: this verl has no such option; an environment variable has no such value.
    """
    overrides = [*shared_overrides(recipe), *recipe.overrides]
    return overrides, compose(overrides)


def filters_no_groups(recipe: Recipe) -> bool:
    """Whether a recipe replaces groups, and this verl cannot."""
    return recipe.filter_groups and verl_version().startswith(NO_GROUP_FILTERING)


def start(recipe: Recipe, overrides: list[str]) -> NoReturn:
    """Start verl in place of this process."""
    (_run_folder(recipe) / "metrics").mkdir(parents=True, exist_ok=True)
    os.execv(sys.executable, command(overrides))


def command(overrides: list[str]) -> list[str]:
    """What starts verl."""
    return [sys.executable, "-m", TRAINER, *overrides]


def read_env_file(file: Path, environment: MutableMapping[str, str]) -> None:
    """Add the variables of a file to the environment; those that are set already stay.

    Args:
        file: python-dotenv's format. Variables in values are not replaced.
        environment: gets them.

    Raises:
        CannotRun: a line sets no variable, or is not UTF-8.
    """
    if not file.is_file():
        return
    from dotenv.parser import parse_stream  # every command would wait 50 ms for it

    try:
        with file.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except UnicodeDecodeError as error:
        raise CannotRun(f"{file}: not UTF-8: {error}") from None
    for key, value, (text, line), is_wrong in bindings:
        if is_wrong or (key and value is None) or "\0" in text:
            line += text[: -len(text.lstrip())].count("\n")
            raise CannotRun(f"{file}, line {line}: not NAME=VALUE")  # it may hold a key
    for key, value, *_ in bindings:
        if key:
            environment.setdefault(key, value or "")


def shared_overrides(recipe: Recipe) -> Iterator[str]:
    """The options that all recipes have in common; a recipe's own come later and win."""
    folder = _run_folder(recipe)
    data, version = data_folder(), verl_version()
    loggers = ["console", "file", *(["wandb"] if os.environ.get("WANDB_API_KEY") else [])]
    prompt = "data.max_prompt_length=1024"
    longest = sum(
        last_value([prompt, *recipe.overrides], f"data.max_{part}_length")
        for part in ("prompt", "response")
    )
    parallel = _count("ROLLOUT_TP_SIZE", recipe.tensor_parallel)
    experiment = os.environ.get("EXPERIMENT_NAME") or recipe.experiment

    yield from (
        override("data.train_files", data / "train.parquet"),
        override("data.val_files", data / "test.parquet"),
        "data.filter_overlong_prompts=True",
        "data.train_batch_size=128",
        "data.val_batch_size=64",
        prompt,
        "reward.custom_reward_function.path=pkg://lead_rs.verl.reward",
        "reward.custom_reward_function.name=compute_score",
        override("actor_rollout_ref.model.path", _model(recipe)),
        "actor_rollout_ref.model.use_remove_padding=True",
        "actor_rollout_ref.model.enable_gradient_checkpointing=True",
        "actor_rollout_ref.actor.strategy=fsdp2",
        # verl 0.7 has FSDP1 where only the actor's strategy says otherwise.
        "actor_rollout_ref.actor.fsdp_config.strategy=fsdp2",
        "actor_rollout_ref.ref.fsdp_config.strategy=fsdp2",
        "actor_rollout_ref.actor.ppo_mini_batch_size=16",
        "actor_rollout_ref.actor.ppo_epochs=1",
        "actor_rollout_ref.actor.loss_agg_mode=token-mean",
        "actor_rollout_ref.actor.use_kl_loss=True",
        "actor_rollout_ref.actor.kl_loss_type=mse",
        "actor_rollout_ref.actor.kl_loss_coef=0.0005",
        # The default of the verl that the reference is a fork of; today's is 0.
        "actor_rollout_ref.actor.entropy_coeff=0.001",
        # Logits are what memory goes to: those of 9,216 tokens are 5.6 GB in float32.
        "actor_rollout_ref.actor.use_dynamic_bsz=True",
        f"actor_rollout_ref.actor.ppo_max_token_len_per_gpu={max(MICRO_BATCH_TOKENS, longest)}",
        "actor_rollout_ref.actor.entropy_from_logits_with_chunking=True",
        "actor_rollout_ref.actor.entropy_checkpointing=True",
        "actor_rollout_ref.ref.fsdp_config.param_offload=True",
        "actor_rollout_ref.rollout.name=vllm",
        f"actor_rollout_ref.rollout.tensor_model_parallel_size={parallel}",
        "actor_rollout_ref.rollout.gpu_memory_utilization=0.65",
        f"actor_rollout_ref.rollout.max_model_len={longest}",
        "actor_rollout_ref.rollout.n=8",
        "actor_rollout_ref.rollout.temperature=1.0",
        # Greedy: verl's agent loop reads the temperature, and no `do_sample`.
        "actor_rollout_ref.rollout.val_kwargs.do_sample=False",
        "actor_rollout_ref.rollout.val_kwargs.temperature=0",
        "actor_rollout_ref.rollout.val_kwargs.n=1",
        f"trainer.n_gpus_per_node={_count('N_GPUS', recipe.gpus)}",
        "trainer.nnodes=1",
        "trainer.total_epochs=7",
        "trainer.val_before_train=True",
        "trainer.save_freq=50",
        "trainer.test_freq=20",
        "trainer.resume_mode=auto",
        override("trainer.default_local_dir", folder),
        override("trainer.experiment_name", experiment),
        f"trainer.logger=[{','.join(loggers)}]",
        override("hydra.run.dir", folder / "hydra"),
        # Through Ray, since a worker on another node doesn't have this process's environment.
        override(
            "+ray_kwargs.ray_init.runtime_env.env_vars.VERL_FILE_LOGGER_PATH",
            # verl overwrites its log: each start has its own, by the step it goes on from.
            folder / "metrics" / f"{last_checkpoint(folder):06}.jsonl",
        ),
    )
    if recipe.filter_groups and not filters_no_groups(recipe):
        yield "algorithm.filter_groups.enable=True"
        # The whole reward either way: what our reward function calls its score.
        yield f"algorithm.filter_groups.metric={'score' if version == '0.9.0' else 'reward'}"
    if version.startswith(NO_PLUGINS):
        yield "+ray_kwargs.ray_init.runtime_env.env_vars.VERL_USE_EXTERNAL_MODULES=lead_rs.verl"


def last_value(overrides: list[str], key: str) -> int:
    """The number that an option has after these overrides.

    Raises:
        CannotRun: it is no number, or isn't there.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parser = OverridesParser.create()
    given = [text for text in overrides if text.lstrip("+").startswith(f"{key}=")]
    value = parser.parse_override(given[-1]).value() if given else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise CannotRun(f"{key} must be a whole number, got {value!r}")
    return value


def override(key: str, value: str | Path) -> str:
    """A Hydra override of a text in which anything may occur."""
    # To Hydra a backslash is special only before a quotation mark, the closing one included.
    quoted = re.sub(
        r"(\\*)('|$)", lambda found: 2 * found[1] + ("\\'" if found[2] else ""), str(value)
    )
    return f"{key}='{quoted}'"


def differences(config: Any, defaults: Any) -> Iterator[str]:
    """What a configuration has otherwise than another, a line each: name, value, the other's."""
    from omegaconf import OmegaConf

    # Unresolved: what only follows from another setting is none of its own.
    here, there = (
        dict(_flat(OmegaConf.to_container(each, resolve=False))) for each in (config, defaults)
    )
    for name, value in here.items():
        if name not in there:
            yield f"{name}: {json.dumps(value)}  (verl has none)"
        elif there[name] != value:
            yield f"{name}: {json.dumps(value)}  (verl: {json.dumps(there[name])})"


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _flat(each, f"{name}.{key}" if name else str(key))
    else:
        yield name, value


def data_folder() -> Path:
    """Where the recipes' data are: ``DATA_DIR``, or ``data/math``."""
    return Path(os.environ.get("DATA_DIR") or "data/math").resolve()


def _run_folder(recipe: Recipe) -> Path:
    """Where a run's checkpoints and logs are."""
    default = Path(os.environ.get("OUTPUT_ROOT") or "results") / recipe.name
    return Path(os.environ.get("CKPT_DIR") or default).resolve()


def _model(recipe: Recipe) -> str:
    name = os.environ.get("BASE_MODEL") or recipe.model
    folder = Path(name).expanduser()
    return str(folder.resolve()) if folder.is_dir() else name


def _count(variable: str, default: int) -> int:
    given = os.environ.get(variable) or str(default)
    if not re.fullmatch("[1-9][0-9]*", given):
        raise CannotRun(f"{variable} must be a number of GPUs, got {given!r}")
    return int(given)
