"""How `pip install .` builds: with maturin, and a sentence first where what it needs is missing.

Left to itself maturin fetches a Rust of its own, or fails in the middle of a long report.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from os import environ
from pathlib import Path

import maturin
from maturin import (  # noqa: F401  (pip calls them)
    build_editable,
    build_sdist,
    build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

CARGO_TOML = Path(__file__).parents[1] / "Cargo.toml"


def get_requires_for_build_wheel(config_settings: dict[str, object] | None = None) -> list[str]:
    """What pip installs to build; the first thing that it asks for."""
    require_compilers()
    return maturin.get_requires_for_build_wheel(config_settings)


get_requires_for_build_editable = get_requires_for_build_wheel


def get_requires_for_build_sdist(config_settings: dict[str, object] | None = None) -> list[str]:
    """The same for a source distribution."""
    require_compilers()
    return maturin.get_requires_for_build_sdist(config_settings)


def require_compilers() -> None:
    """End this process with a sentence where a compiler is missing, or Rust is too old."""
    wanted = _version(CARGO_TOML.read_text(encoding="utf-8"), r'^rust-version = "')
    assert wanted is not None
    least = ".".join(map(str, wanted))
    rust = f"Rust {least} or newer: https://rustup.rs installs it"
    try:
        said = subprocess.run(["cargo", "--version"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        sys.exit(f"lead-rs is built from Rust, and there is no cargo here. It needs {rust}")
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"lead-rs is built from Rust, and cargo fails: {error.stderr.strip()}. It needs {rust}"
        )
    found = _version(said.stdout, "^cargo ")
    if found is not None and found < wanted:
        sys.exit(
            f"lead-rs is built from Rust, and this one is {said.stdout.strip()}. It needs {rust}"
        )
    compiler = shlex.split(environ.get("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        sys.exit(
            f"lead-rs is built with a C compiler too, and there is no {compiler} here. On Debian "
            "and Ubuntu: apt install build-essential"
        )


def _version(text: str, before: str) -> tuple[int, int] | None:
    """The version's first two numbers that follow a pattern in a text."""
    found = re.search(before + r"(\d+)\.(\d+)", text, re.MULTILINE)
    return None if found is None else (int(found[1]), int(found[2]))
