"""Start unmodified verl 0.9.1 on a machine without a GPU: its overrides, environment and checks."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lead_rs._errors import CommandError

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
VERL = "0.9.1"
PLUG_IN = ("lead_rs.demo.verl_cpu.platform", "lead_rs.demo.verl_cpu.rollout")

Overrides = Mapping[str, object]

ON_A_CPU: Overrides = {
    "trainer.device": "cpu",
    "trainer.nnodes": 1,
    "trainer.n_gpus_per_node": 1,
    "trainer.use_v1": True,
    "trainer.v1.trainer_mode": "sync",
    "trainer.v1.sampler.custom_sampler.path": HERE / "verl_cpu" / "replay_buffer.py",
    "trainer.v1.sampler.custom_sampler.name": "EagerReplayBuffer",
    # A cluster of our own, with one pretended GPU for verl's placement group to reserve. Its CPUs
    # are only slots for actors.
    "+ray_kwargs.ray_init.address": "local",
    "ray_kwargs.ray_init.num_cpus": 10,
    "+ray_kwargs.ray_init.num_gpus": 1,
    "+ray_kwargs.ray_init.include_dashboard": False,
    "+ray_kwargs.ray_init.object_store_memory": 256 * 2**20,
    "transfer_queue.backend.SimpleStorage.num_data_storage_units": 1,
    "data.dataloader_num_workers": 0,
    # FSDP1 wants sync_module_states, which a CPU does not have.
    "actor_rollout_ref.actor.strategy": "fsdp2",
    "critic.strategy": "fsdp2",
    "actor_rollout_ref.model.use_remove_padding": False,
    "actor_rollout_ref.model.enable_gradient_checkpointing": False,
    "+actor_rollout_ref.model.override_config.attn_implementation": "sdpa",
    "actor_rollout_ref.actor.use_torch_compile": False,
    "actor_rollout_ref.actor.fsdp_config.use_torch_compile": False,
    "+actor_rollout_ref.actor.fsdp_config.mixed_precision": (
        "{param_dtype:fp32,reduce_dtype:fp32,buffer_dtype:fp32}"
    ),
    "actor_rollout_ref.rollout.name": "hf_cpu",
    "actor_rollout_ref.rollout.dtype": "float32",
    "actor_rollout_ref.rollout.tensor_model_parallel_size": 1,
    "actor_rollout_ref.rollout.agent.num_workers": 1,
    "reward.num_workers": 1,
    "trainer.logger": "[console,file]",
}


def check_installed() -> None:
    """Raise `CommandError` where a package is missing or verl is another version."""
    modules = ("verl", "torch", "transformers", "transfer_queue", "matplotlib")
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise CommandError(
            f"the demo needs {', '.join(missing)}: pip install -r {REQUIREMENTS} (3 GB; on a "
            "machine without a GPU, torch's CPU wheels are enough)"
        )
    if (found := importlib.metadata.version("verl")) != VERL:
        raise CommandError(f"the CPU plug-in is written for verl {VERL}, found {found}")


@contextmanager
def verl(overrides: Overrides, folder: Path, metrics: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m verl.trainer.main_ppo`; what is left of it on exit is stopped.

    Args:
        overrides: Hydra overrides by key, besides `ON_A_CPU`.
        folder: gets `verl.log`, all that verl prints (appended).
        metrics: the file for verl's `file` logger, which overwrites it.
    """
    metrics.parent.mkdir(parents=True, exist_ok=True)
    with _ray_folder() as ray_folder, open(folder / "verl.log", "ab") as log:
        given = {
            **ON_A_CPU,
            "+ray_kwargs.ray_init._temp_dir": ray_folder,
            "hydra.run.dir": folder / "hydra",
            **overrides,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "verl.trainer.main_ppo", *map(_hydra, given.items())],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(metrics, ray_folder),
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _hydra(override: tuple[str, object]) -> str:
    key, value = override
    if isinstance(value, Path):
        quoted = str(value).replace("'", "\\'")
        return f"{key}='{quoted}'"
    return f"{key}={value}"


def _environment(metrics: Path, temporary: Path) -> dict[str, str]:
    threads = os.environ.get("OMP_NUM_THREADS") or len(os.sched_getaffinity(0))
    modules = [os.environ.get("VERL_USE_EXTERNAL_MODULES"), *PLUG_IN]
    return {
        **os.environ,
        "VERL_USE_EXTERNAL_MODULES": ",".join(filter(None, modules)),
        "VERL_PLATFORM": "cpu",
        "VERL_ENGINE_DEVICE": "cuda",  # the only name besides npu that verl's FSDP engine has
        "VERL_FILE_LOGGER_PATH": str(metrics),
        # Of a number of threads that is more than the cores: two thirds of verl's output.
        "TQ_LOGGING_LEVEL": os.environ.get("TQ_LOGGING_LEVEL", "ERROR"),
        "TMPDIR": str(temporary),  # verl leaves hundreds of lock files in it
        "OMP_NUM_THREADS": str(threads),  # Ray gives an actor one thread where this is not set
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "DEEPSCALE_LENGTH_REWARD": "0",
    }


@contextmanager
def _ray_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        session = "session_2026-01-01_00-00-00_000000_0000000/sockets/plasma_store"
        if (length := len(os.fsencode(Path(folder, session)))) > 107:
            raise CommandError(
                f"Ray's sockets under {folder} would have paths of {length} bytes, and 107 is the "
                "most there can be: set TMPDIR to a folder with a shorter path"
            )
        yield Path(folder)
