"""What is checked before a run starts, so that it doesn't fail after an hour of loading models."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lead_rs.installed_verl import TESTED
from lead_rs.recipes.verl_config import CannotRun, total_steps, verl_version
from lead_rs.runs.checkpoints import last_checkpoint

COLUMNS = ("data_source", "prompt", "reward_model")
"""Columns that verl and the reward function read."""


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes:
        ok: whether it is as it must be; None for what is only worth knowing.
        text: what was found, and what to do about it.
    """

    ok: bool | None
    text: str


def require(
    config: Any,
    *,
    gpu_memory: int,
    checkpoint_size: int,
    show: Callable[[bool | None, str], None],
) -> None:
    """Show what is found, and refuse to go on if anything is not as it must be.

    Args:
        config: the composed configuration.
        gpu_memory: GiB that each GPU must have.
        checkpoint_size: GB that a checkpoint takes.
        show: gets each finding, whether it is as it must be and its text.

    Raises:
        CannotRun: something is missing.
    """
    wrong = 0
    for finding in findings(config, gpu_memory=gpu_memory, checkpoint_size=checkpoint_size):
        show(finding.ok, finding.text)
        wrong += finding.ok is False
    if wrong:
        raise CannotRun(f"{wrong} of the checks failed; PREFLIGHT=0 starts the run all the same")


def require_usable(config: Any) -> None:
    """Refuse settings that a run would fail on, and a checkpoint folder that it cannot write to.

    Nothing is written, and nothing but lead-rs need be there: it is checked in a dry run too.

    Raises:
        CannotRun: naming the setting or the folder.
    """
    wrong = [finding.text for finding in (*settings(config), *checkpoint_folder(config))
             if finding.ok is False]  # fmt: skip
    if wrong:
        raise CannotRun("; ".join(wrong))


def settings(config: Any) -> Iterator[Finding]:
    """LEAD's settings and those of its reward function, as the run itself will read them."""
    from lead_rs.verl import preflight
    from lead_rs.verl.reward import compute_score

    if config.algorithm.adv_estimator == "lead":
        yield _accepted("LEAD's settings", lambda: preflight.check(config))
    reward = config.reward.custom_reward_function
    if reward.path == "pkg://lead_rs.verl.reward":
        keywords = reward.get("reward_kwargs") or {}
        yield _accepted(
            "the reward's settings", lambda: compute_score("deepscaler", "", "0", **keywords)
        )


def _accepted(what: str, use: Callable[[], object]) -> Finding:
    try:
        use()
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        return Finding(False, f"{what}: {error}")
    return Finding(True, what)


def checkpoint_folder(config: Any) -> Iterator[Finding]:
    """Whether checkpoints can be written, and which one the run goes on from."""
    folder = Path(config.trainer.default_local_dir)
    place = next(parent for parent in [folder, *folder.parents] if parent.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        yield Finding(False, f"checkpoints cannot be written to {folder}: set CKPT_DIR")
    elif step := last_checkpoint(folder):
        yield Finding(None, f"goes on from step {step} of {folder}")


def findings(config: Any, *, gpu_memory: int, checkpoint_size: int) -> Iterator[Finding]:
    """Look at everything the run will need."""
    yield from packages(config)
    yield from settings(config)
    yield from checkpoint_folder(config)
    yield from gpus(int(config.trainer.n_gpus_per_node), gpu_memory)
    yield from data_files(config)
    yield from disk(config, checkpoint_size)
    yield from model(str(config.actor_rollout_ref.model.path))
    yield from ray_cluster(int(config.trainer.nnodes))


def packages(config: Any) -> Iterator[Finding]:
    """The packages, and whether their versions go together."""
    version = verl_version()
    tested = version in TESTED
    also = "" if tested else f"; tested are {', '.join(TESTED)}"
    yield Finding(True if tested else None, f"verl {version}{also}")
    yield _installed("lead-rs", "lead_rs", "pip install lead-rs")
    if config.actor_rollout_ref.rollout.name == "vllm":
        yield _installed("vllm", "vllm", f"pip install 'verl[vllm]=={version}'")
    attention = config.actor_rollout_ref.model.override_config.get("attn_implementation")
    if attention in (None, "flash_attention_2"):
        yield _installed(
            "flash-attn", "flash_attn",
            "pip install flash-attn; or do without: "
            "actor_rollout_ref.model.use_remove_padding=False "
            "+actor_rollout_ref.model.override_config.attn_implementation=sdpa",
        )  # fmt: skip
    if "wandb" in config.trainer.logger:
        yield _installed("wandb", "wandb", "pip install wandb, or unset WANDB_API_KEY")


def _installed(package: str, module: str, remedy: str) -> Finding:
    if importlib.util.find_spec(module) is None:
        return Finding(False, f"{package} is not installed: {remedy}")
    try:
        return Finding(True, f"{package} {importlib.metadata.version(package)}")
    except importlib.metadata.PackageNotFoundError:
        return Finding(True, package)


def gpus(count: int, memory: int) -> Iterator[Finding]:
    """This node's GPUs, as far as CUDA_VISIBLE_DEVICES shows them."""
    query = ["nvidia-smi", "--query-gpu=index,uuid,name,memory.total,memory.used",
             "--format=csv,noheader,nounits"]  # fmt: skip
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=60, check=True)
    except FileNotFoundError:
        yield Finding(False, "no NVIDIA GPU can be seen: there is no nvidia-smi on this machine")
        return
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding(False, f"no NVIDIA GPU can be seen: nvidia-smi: {error}")
        return
    found = [line.split(", ") for line in answer.stdout.splitlines() if line.strip()]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        wanted = [name.strip() for name in visible.split(",")]
        found = [gpu for gpu in found if gpu[0] in wanted or gpu[1] in wanted]
    shown = f" (CUDA_VISIBLE_DEVICES={visible})" if visible is not None else ""
    yield Finding(
        len(found) >= count,
        f"{len(found)} GPUs{shown}, {count} wanted"
        + ("" if len(found) >= count else ": set N_GPUS, or show more of them"),
    )
    for index, _, name, total, used in found[:count]:
        size = int(total) / 1024
        if size < memory:
            yield Finding(
                False,
                f"GPU {index} ({name}) has {size:.0f} GiB, the recipe is sized for {memory}: lower "
                "actor_rollout_ref.rollout.gpu_memory_utilization, or set "
                "actor_rollout_ref.actor.fsdp_config.optimizer_offload=True",
            )
        if int(used) > 0.1 * int(total):
            yield Finding(
                None, f"GPU {index} is in use: {int(used) / 1024:.0f} GiB of it are taken"
            )


def data_files(config: Any) -> Iterator[Finding]:
    """The data, and whether it has verl's columns."""
    import pyarrow
    import pyarrow.parquet

    for file in (config.data.train_files, config.data.val_files):
        for path in [file] if isinstance(file, str) else file:
            if not Path(path).is_file():
                remedy = "lead-rs data math, or set DATA_DIR"
                yield Finding(False, f"{path} is not there: {remedy}")
                continue
            try:
                opened = pyarrow.parquet.ParquetFile(path)
            except (pyarrow.ArrowException, OSError) as error:
                yield Finding(False, f"{path} is not a parquet file: {error}")
                continue
            missing = [name for name in COLUMNS if name not in opened.schema_arrow.names]
            rows = opened.metadata.num_rows
            if missing:
                yield Finding(False, f"{path} has no column {', '.join(missing)}")
            else:
                yield Finding(rows > 0, f"{path}: {rows:,} problems")


def row_count(config: Any) -> int:
    """Problems in the training files; 0 where one cannot be read."""
    import pyarrow
    import pyarrow.parquet

    files = config.data.train_files
    try:
        return sum(
            pyarrow.parquet.ParquetFile(path).metadata.num_rows
            for path in ([files] if isinstance(files, str) else files)
        )
    except (pyarrow.ArrowException, OSError):
        return 0


def disk(config: Any, checkpoint_size: int) -> Iterator[Finding]:
    """Room for the checkpoints that are still to be written."""
    folder = Path(config.trainer.default_local_dir)
    count = checkpoints_to_come(config, row_count(config), last_checkpoint(folder))
    needed = count * checkpoint_size
    place = next(parent for parent in [folder, *folder.parents] if parent.exists())
    free = shutil.disk_usage(place).free / 1e9
    text = f"{free:,.0f} GB free in {place}, {count} checkpoints of {checkpoint_size} GB to come"
    if free >= needed:
        yield Finding(True, text)
    else:
        yield Finding(False, f"{text}: set CKPT_DIR, or trainer.max_actor_ckpt_to_keep=2")


def checkpoints_to_come(config: Any, rows: int, step: int) -> int:
    """How many more checkpoints there will be on the disk once the run has ended."""
    every, last = int(config.trainer.save_freq), total_steps(config, rows)
    if every <= 0 or step >= last:
        return 0
    count = last // every - step // every + (last % every > 0)
    keep = config.trainer.max_actor_ckpt_to_keep
    return min(count, int(keep) + 1) if keep else count  # the oldest goes after the newest has come


def model(name: str) -> Iterator[Finding]:
    """The base model: a folder, or one of the hub's that may be loaded."""
    if Path(name).is_dir():
        there = (Path(name) / "config.json").is_file()
        yield Finding(there, f"model {name}" + ("" if there else " has no config.json"))
        return
    if name.startswith(("/", "~", ".")):
        yield Finding(False, f"model {name}: no such folder: set BASE_MODEL")
        return
    import huggingface_hub

    if isinstance(huggingface_hub.try_to_load_from_cache(name, "config.json"), str):
        yield Finding(True, f"model {name}, in the Hugging Face cache")
        return
    try:
        gated = huggingface_hub.model_info(name, timeout=20).gated
    except Exception as error:  # the hub's errors have no common type
        yield Finding(
            False,
            f"model {name} is neither in the Hugging Face cache nor to be had from the hub "
            f"({type(error).__name__}): set BASE_MODEL to a folder, or HF_TOKEN if it is private",
        )
        return
    if gated and huggingface_hub.get_token() is None:
        yield Finding(
            False,
            f"model {name} is gated: accept its terms on https://huggingface.co/{name}, and set "
            "HF_TOKEN",
        )
        return
    yield Finding(True, f"model {name}, to be downloaded from the hub")


def ray_cluster(nodes: int) -> Iterator[Finding]:
    """The Ray cluster the run will join, if there is one; several nodes need one."""
    # Where Ray itself looks: a cluster that `ray start` has started here is joined unasked.
    started_here = Path(os.environ.get("RAY_TMPDIR", "/tmp"), "ray", "ray_current_cluster")
    address = os.environ.get("RAY_ADDRESS") or (
        started_here.read_text().strip() if started_here.is_file() else ""
    )
    if not address:
        if nodes > 1:
            yield Finding(
                False,
                f"{nodes} nodes need a Ray cluster: ray start --head on the first, "
                "ray start --address=HEAD:6379 on the others, then this script on the first",
            )
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError):
        if os.environ.get("RAY_ADDRESS"):
            yield Finding(
                False, f"no Ray answers at RAY_ADDRESS={address}: is the port open? Or unset it"
            )
        elif nodes > 1:
            yield Finding(False, f"no Ray answers at {address}: start the cluster again")
    else:
        yield Finding(None, f"the run will join the Ray cluster at {address}")
