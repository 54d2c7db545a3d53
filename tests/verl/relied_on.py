"""What `lead_rs.verl` relies on in verl: every symbol, parameter, attribute, key and setting.

`canary.py` looks for each in a verl's sources. `test_canary.py` compares the list with the
adapters: one that replaces or reads anything else fails there until it is listed here.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Need:
    """What there must be.

    Attributes:
        why: what of LEAD would be missing or wrong without it.
        affects: the trainers that this would be so for.
        since: the first verl that has it, as (major, minor).
        before: the first verl that doesn't have it any more.
    """

    why: str
    affects: str = "every trainer"
    since: tuple[int, int] = (0, 0)
    before: tuple[int, int] = (999, 0)


@dataclasses.dataclass(frozen=True)
class Function(Need):
    """A function, or as ``Class.method`` a method.

    Attributes:
        module: verl's module that defines it.
        name: its name there.
        parameters: its first parameters, as far as lead_rs knows their names or order.
        exactly: whether it may have no others; if not, lead_rs passes them on.
        replaced: whether lead_rs replaces it (if not, it is called).
    """

    module: str
    name: str
    parameters: tuple[str, ...]
    exactly: bool = False
    replaced: bool = True


@dataclasses.dataclass(frozen=True)
class Attributes(Need):
    """Attributes of a class, or of its objects, that its own code sets."""

    module: str
    name: str
    attributes: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Mentions(Need):
    """Words that code must contain: what it calls, passes by keyword, and reads by key.

    Attributes:
        module: verl's module.
        name: the class, function or method of it; "" for the whole module.
        words: identifiers, and strings as they are written.
    """

    module: str
    name: str
    words: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Settings(Need):
    """Keys, with dots between the levels, in a YAML file below the folder ``verl``."""

    file: str
    keys: tuple[str, ...]


CONSTANTS = "verl.trainer.constants_ppo"
DEVICE = "verl.utils.device"
CORE_ALGOS = "verl.trainer.ppo.core_algos"
FULLY_ASYNC = "verl.experimental.fully_async_policy"
MAIN_PPO_SYNC = "verl.trainer.main_ppo_sync"
ONE_STEP_OFF = "verl.experimental.one_step_off_policy.ray_trainer"
METRIC_UTILS = "verl.trainer.ppo.metric_utils"
NAIVE_REWARD = "verl.experimental.reward_loop.reward_manager.naive"
RAY_TRAINER = "verl.trainer.ppo.ray_trainer"
REWARD_LOOP = "verl.experimental.reward_loop.reward_loop"
REWARD_SCORE = "verl.utils.reward_score"
ROLLOUT_CORRECTION = "verl.trainer.ppo.rollout_corr_helper"
SEPARATION = "verl.experimental.separation.ray_trainer"
TRAINER_BASE = "verl.trainer.ppo.v1.trainer_base"
V1_UTILS = "verl.trainer.ppo.v1.utils"
V0_8, V1 = (0, 8), (0, 9)


def of(affects: str, needs: list[Need], **versions: tuple[int, int]) -> list[Need]:
    """The same for some trainers only, and of some verls: `since` and `before`."""
    return [dataclasses.replace(need, affects=affects, **versions) for need in needs]


LOADING = [
    Mentions(
        "verl",
        "",
        ("VERL_USE_EXTERNAL_MODULES", "import_external_libs", "__version__"),
        why="loading the plug-in; saying which verl it is",
    ),
    Mentions("verl", "", ("verl.plugins",), why="loading the plug-in", since=V1),
    Mentions(
        "verl.trainer.main_ppo",
        "main",
        ("hydra", "config", "ppo_trainer"),
        why="the Hydra overlay, which stands in for that folder",
    ),
    Settings(
        "trainer/config/ppo_trainer.yaml",
        (
            "algorithm.adv_estimator",
            "algorithm.use_kl_in_reward",
            "algorithm.norm_adv_by_std_in_grpo",
            "ray_kwargs.ray_init",
        ),
        why="the Hydra overlay; choosing LEAD; refusing or warning of what doesn't go with it",
    ),
    Settings(
        "experimental/fully_async_policy/config/fully_async_ppo_trainer.yaml",
        ("hydra.searchpath",),
        why="the Hydra overlay for verl's other trainers",
    ),
]

BEFORE_RAY = "refusing wrong settings before Ray is started"


def starts(program: str, **since: tuple[int, int]) -> Need:
    """What a program of verl's calls before anything else."""
    return Mentions(program, "main", ("auto_set_device",), why=BEFORE_RAY, **since)


START: list[Need] = [
    Function(DEVICE, "auto_set_device", ("config",), exactly=True, why=BEFORE_RAY),
    starts("verl.trainer.main_ppo"),
    starts(f"{FULLY_ASYNC}.fully_async_main", since=V0_8),
    starts("verl.experimental.one_step_off_policy.main_ppo", since=V0_8),
]

# 0.9 loads plug-ins by itself.
DRIVER: list[Need] = [
    Function(
        CONSTANTS,
        "get_ppo_ray_runtime_env",
        (),
        why="loading the plug-in on a Ray cluster that was already running",
    ),
    Mentions(
        CONSTANTS,
        "get_ppo_ray_runtime_env",
        ("env_vars",),
        why="loading the plug-in on a Ray cluster that was already running",
    ),
]

ESTIMATOR = [
    Function(
        CORE_ALGOS,
        "register_adv_est",
        ("name_or_enum",),
        replaced=False,
        why="registering the estimator",
    ),
    Function(
        RAY_TRAINER,
        "compute_advantage",
        ("data", "adv_estimator"),
        why="raw scores, acc and the original mask for the estimator",
    ),
    Mentions(
        RAY_TRAINER,
        "compute_advantage",
        (
            "get_adv_estimator_fn",
            "token_level_rewards",
            "response_mask",
            "index",
            "config",
            "uid",
        ),
        why="the arguments of the estimator",
    ),
    Attributes(
        "verl.protocol",
        "DataProto",
        ("batch", "non_tensor_batch"),
        why="raw scores, acc and the original mask for the estimator",
    ),
    Function(
        ROLLOUT_CORRECTION,
        "compute_rollout_correction_and_add_to_batch",
        ("batch",),
        why="lengths from the mask before rejection",
    ),
    Mentions(
        ROLLOUT_CORRECTION,
        "compute_rollout_correction_and_add_to_batch",
        ("response_mask",),
        why="lengths from the mask before rejection",
    ),
]

TOKENS = "length reward by tokens"

REWARD = [
    Function(
        REWARD_SCORE,
        "default_compute_score",
        ("data_source", "solution_str", "ground_truth", "extra_info"),
        why="the reward of data_source=deepscaler",
    ),
    Mentions(
        NAIVE_REWARD,
        "NaiveRewardManager.run_single",
        (
            "compute_score",
            "data_source",
            "solution_str",
            "ground_truth",
            "extra_info",
            "score",
            "reward_extra_info",
        ),
        why="lead_rs.verl.reward.compute_score's arguments, and acc in its result",
    ),
    Function(
        REWARD_LOOP,
        "RewardLoopWorker.compute_score",
        ("self", "data"),
        exactly=True,
        why=TOKENS,
    ),
    Mentions(REWARD_LOOP, "RewardLoopWorker", ("run_single", "responses"), why=TOKENS),
    Mentions(NAIVE_REWARD, "NaiveRewardManager.run_single", ("attention_mask",), why=TOKENS),
    Mentions(
        "verl.utils.import_utils",
        "",
        ("pkg://",),
        why="pkg://lead_rs.verl.reward as a reward's path",
    ),
    Settings(
        "trainer/config/reward/reward.yaml",
        ("custom_reward_function.path", "custom_reward_function.name"),
        why="lead_rs.verl.reward as the reward function",
    ),
]

BEGINNING = "finding what is wrong before anything is started"
CHECKPOINTS = "LEAD's state in verl's checkpoints"
DUMPS = "acc and response_length in the rollout dumps"
NEWEST = "naming the newest whole checkpoint where verl's tracker is damaged"
STEP = "a training step that calls what lead_rs replaces"

CHECKPOINT_SETTINGS = [
    Settings(
        "trainer/config/ppo_trainer.yaml",
        (
            "trainer.default_local_dir",
            "trainer.resume_mode",
            "trainer.resume_from_path",
            "trainer.save_freq",
            "trainer.val_only",
        ),
        why=CHECKPOINTS,
    )
]


def checkpoints(
    module: str, trainer: str, load: str = "_load_checkpoint", step: str = "global_steps"
) -> list[Need]:
    """What `lead_rs.verl.checkpoint` relies on in a trainer."""
    save, load = f"{trainer}._save_checkpoint", f"{trainer}.{load}"
    tracker = ("default_local_dir", "global_step_", "latest_checkpointed_iteration.txt", step)
    resume = ("resume_mode", "disable", "auto", "resume_path", "resume_from_path", step)
    return [
        Function(module, f"{trainer}.__init__", ("self", "config"), why=BEGINNING),
        Function(module, save, ("self",), why=CHECKPOINTS),
        Function(module, load, ("self",), why=CHECKPOINTS),
        Attributes(module, trainer, ("config", step), why=CHECKPOINTS),
        Mentions(module, save, tracker, why=CHECKPOINTS),
        Mentions(module, load, resume, why=CHECKPOINTS),
    ]


LEGACY_TRAINER = [
    Function(METRIC_UTILS, "compute_data_metrics", ("batch",), why="lead/* metrics in verl's log"),
    Function(RAY_TRAINER, "RayPPOTrainer.fit", ("self",), why="knowing the run in its loop"),
    Function(RAY_TRAINER, "RayPPOTrainer.init_workers", ("self",), why=BEGINNING),
    Mentions(
        RAY_TRAINER,
        "RayPPOTrainer.fit",
        (
            "compute_rollout_correction_and_add_to_batch",
            "compute_advantage",
            "compute_data_metrics",
            "_load_checkpoint",
            "_save_checkpoint",
            "token_level_scores",
            "non_tensor_batch",
            "algorithm",
        ),
        why=STEP,
    ),
    *checkpoints(RAY_TRAINER, "RayPPOTrainer"),
    Mentions(RAY_TRAINER, "RayPPOTrainer._save_checkpoint", ("data.pt",), why=NEWEST),
]


def queued_trainer(module: str) -> list[Need]:
    """What `lead_rs.verl.v1` relies on in a `PPOTrainer` on TransferQueue."""
    return [
        Function(
            module,
            "PPOTrainer._compute_advantage",
            ("self", "batch", "metrics"),
            exactly=True,
            why="acc, the rows to count, and lead/* metrics in verl's log",
        ),
        Mentions(
            module,
            "PPOTrainer._compute_advantage",
            (
                "kv_batch_get",
                "keys",
                "partition_id",
                "select_fields",
                "compute_rollout_correction_and_add_to_batch",
                "compute_advantage_for_multi_trajectories",
                "token_level_scores",
                "algorithm",
            ),
            why="reading acc from TransferQueue; calling what lead_rs replaces",
        ),
        Mentions(
            module,
            "PPOTrainer",
            ("_compute_advantage", "_load_checkpoint", "_save_checkpoint"),
            why=STEP,
        ),
        Mentions(
            module,
            "PPOTrainer",
            ("tags", "is_padding"),
            why="leaving the rows that fill up a batch out",
        ),
        *checkpoints(module, "PPOTrainer"),
        Mentions(module, "PPOTrainer._save_checkpoint", ("data.pt",), why=NEWEST),
        Function(
            module,
            "PPOTrainer._dump_generations",
            ("self", "inputs", "outputs", "gts", "scores", "reward_extra_infos_dict", "dump_path"),
            exactly=True,
            why=DUMPS,
        ),
        Mentions(
            module,
            "PPOTrainer._log_rollout_data",
            ("_dump_generations", "uid", "keys"),
            why=DUMPS,
        ),
    ]


V1_TRAINER = [
    *queued_trainer(TRAINER_BASE),
    Function(TRAINER_BASE, "PPOTrainer._setup", ("self",), why=BEGINNING),
    Mentions(
        V1_UTILS,
        "compute_advantage_for_multi_trajectories",
        ("compute_advantage",),
        why="the same estimator in both trainers",
    ),
    Mentions(
        "verl.trainer.ppo.v1.agent_loop_tq",
        "",
        ("extra_fields", "reward_extra_info"),
        why="acc, where the agent loop puts it",
    ),
]

AGGREGATED = "lead/* counts, steps and weights of a global step of several batches"


def aggregated(module: str) -> list[Need]:
    """What `lead_rs.verl.metrics` relies on."""
    rules = "MetricsAggregator._init_aggregation_rules"
    return [
        Function(module, rules, ("self",), exactly=True, why=AGGREGATED),
        Mentions(module, rules, ("last",), why=AGGREGATED),
        Function(
            module,
            "MetricsAggregator._get_aggregation_type",
            ("self", "metric_name"),
            exactly=True,
            why=AGGREGATED,
        ),
        Mentions(module, "MetricsAggregator", ("last", "sum"), why=AGGREGATED),
    ]


# The trainer of 0.8's main_ppo_sync, which is the program itself.
SYNC_TRAINER = [
    *queued_trainer(MAIN_PPO_SYNC),
    Function(MAIN_PPO_SYNC, "PPOTrainer.init_workers", ("self",), why=BEGINNING),
    Mentions(
        MAIN_PPO_SYNC,
        "",
        ("compute_advantage", "extra_fields", "reward_extra_info"),
        why="the estimator, and acc where the agent loop puts it",
    ),
    Mentions(MAIN_PPO_SYNC, "main", ("run_ppo",), why="extending it before it is pickled"),
    Function(
        "verl.trainer.main_ppo",
        "run_ppo",
        ("config", "task_runner_class"),
        replaced=False,
        why="extending main_ppo_sync's trainer before it is pickled",
    ),
]

SEPARATE_TRAINER = [
    Function(SEPARATION, "SeparateRayPPOTrainer.__init__", ("self", "config"), why=BEGINNING),
    Function(
        SEPARATION,
        "SeparateRayPPOTrainer._fit_compute_advantage",
        ("self", "batch"),
        exactly=True,
        why="lead/* metrics in verl's log, and one step of the EMA per global step",
    ),
    Mentions(
        SEPARATION,
        "SeparateRayPPOTrainer._fit_compute_advantage",
        ("compute_advantage", "compute_rollout_correction_and_add_to_batch", "token_level_scores"),
        why=STEP,
    ),
    Mentions(
        SEPARATION,
        "SeparateRayPPOTrainer",
        ("RayPPOTrainer", "_fit_compute_advantage", "_load_checkpoint", "_save_checkpoint"),
        why=STEP,
    ),
    Attributes(
        SEPARATION, "SeparateRayPPOTrainer", ("metrics",), why="lead/* metrics in verl's log"
    ),
]

FULLY_ASYNC_TRAINER = [
    *checkpoints(
        f"{FULLY_ASYNC}.fully_async_trainer",
        "FullyAsyncTrainer",
        load="load_checkpoint",
        step="current_param_version",
    ),
    Mentions(
        f"{FULLY_ASYNC}.fully_async_trainer",
        "FullyAsyncTrainer",
        ("SeparateRayPPOTrainer", "_save_checkpoint", "_fit_compute_advantage"),
        why=STEP,
    ),
    *aggregated(f"{FULLY_ASYNC}.detach_utils"),
]

ONE_STEP_OFF_TRAINER: list[Need] = [
    Function(ONE_STEP_OFF, "OneStepOffRayTrainer.__init__", ("self", "config"), why=BEGINNING),
    Mentions(
        ONE_STEP_OFF,
        "OneStepOffRayTrainer",
        ("SeparateRayPPOTrainer", "_fit_compute_advantage", "_load_checkpoint"),
        why=STEP,
    ),
]

RELIED_ON: list[Need] = [
    *LOADING,
    *START,
    *ESTIMATOR,
    *REWARD,
    *CHECKPOINT_SETTINGS,
    *of("RayPPOTrainer (use_v1=false)", LEGACY_TRAINER),
    *of("V1 (sync, colocate_async, separate_async)", V1_TRAINER, since=V1),
    *of("V1 separate_async", aggregated(V1_UTILS), since=V1),
    *of("every trainer, on a running cluster", DRIVER, before=V1),
    Mentions(
        "verl.trainer.config.algorithm",
        "AlgoConfig",
        ("BaseConfig", "adv_estimator"),
        why="turning config.algorithm into verl's dataclass",
    ),
    *of("main_ppo_sync", SYNC_TRAINER, since=V0_8, before=V1),
    *of("separation, one_step_off_policy, fully_async_policy", SEPARATE_TRAINER),
    *of("one_step_off_policy", ONE_STEP_OFF_TRAINER, since=V0_8),
    *of("fully_async_policy", FULLY_ASYNC_TRAINER, since=V0_8),
]
