"""Whether what was given as a model is one, as far as that can be said at once."""

from __future__ import annotations

import os
from pathlib import Path

from lead_rs._errors import CommandError

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_SHARDS = "model_world_size_*_rank_*.pt"


def check_model(model: str) -> None:
    """See that a model that is a path is there and has weights; a hub's name is left to the hub.

    Args:
        model: a folder, or the hub's name.

    Raises:
        CommandError: nothing is there; a folder without a model in it; one of verl's checkpoints,
            whose weights are in shards that have to be merged, with the command that does so.
    """
    folder = Path(model).expanduser()
    if not folder.exists():
        if _is_path(model):
            raise CommandError(f"the model {model} is not there: {_nearest(folder)}")
        return
    if not folder.is_dir():
        raise CommandError(f"the model {model} is a file: the folder that it is in is expected")
    if (actor := _sharded(folder)) is not None:
        target = actor.parent / "merged"
        raise CommandError(
            f"{model} is a checkpoint of verl's, whose weights are in shards: python -m "
            f"verl.model_merger merge --backend fsdp --local_dir {actor} --target_dir {target} "
            f"makes a model of it; then evaluate {target}"
        )
    if not (folder / "config.json").is_file():
        raise CommandError(f"the model {model} has no config.json: is it a model's folder?")
    if not any(any(folder.glob(pattern)) for pattern in _WEIGHTS):
        raise CommandError(
            f"the model {model} has no weights: {' or '.join(_WEIGHTS)} is expected beside its "
            f"config.json"
        )


def _is_path(model: str) -> bool:
    """Whether it can only be a path: a name on the hub is NAME or OWNER/NAME."""
    if model.startswith((".", "~", os.sep)) or model.endswith(os.sep) or model.count("/") > 1:
        return True
    return "/" in model and Path(model).parent.is_dir()


def _nearest(folder: Path) -> str:
    there = next((place for place in folder.absolute().parents if place.is_dir()), Path("/"))
    names = sorted(each.name for each in there.iterdir() if each.is_dir())
    has = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "") if names else "no folder"
    return f"{there} has {has}"


def _sharded(folder: Path) -> Path | None:
    """The folder of a checkpoint's shards, where it, what is above, or its configuration is given.

    verl writes ``global_step_N/actor/model_world_size_W_rank_R.pt``, and beside them the folder
    ``huggingface`` with configuration and tokenizer only, unless it was told to save more.
    """
    if any(any(folder.glob(pattern)) for pattern in _WEIGHTS):
        return None
    for place in (folder, folder / "actor", folder.absolute().parent):
        if (place == folder or place.name == "actor") and any(place.glob(_SHARDS)):
            return place
    return None
