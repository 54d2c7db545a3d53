"""A model's folder as transformers reads it, written whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from safetensors import SafetensorError


def save_model(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a model and its tokenizer into a new folder, which has its name once all is there.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    try:
        model.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)
        unfinished.rename(folder)
    except SafetensorError as error:  # its word for what the system said
        raise OSError(str(error)) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
