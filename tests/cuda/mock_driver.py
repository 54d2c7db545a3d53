"""Builds the driver of mock_driver.cpp, with every sanitizer that the compiler has."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import ptx

HERE = Path(__file__).parent
PTX = HERE.parents[1] / "src" / "cuda" / "kernels.ptx"
FLAGS = (
    *("-std=c++17", "-O1", "-g1", "-ffp-contract=off", "-shared", "-fPIC"),
    *("-Wall", "-Wextra", "-Wconversion", "-Werror", "-fmax-errors=5"),
)
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def compiler() -> str | None:
    return shutil.which("g++") or shutil.which("clang++")


def build(folder: Path, code: str) -> dict[str, str]:
    """The environment in which a process finds the driver. It takes the kernels that we ship for
    what they are, and runs those of `code`."""
    shipped = PTX.read_text()
    (folder / "kernels.h").write_text(
        f'{ptx.to_cpp(code)}\n\nconst char *const PTX = R"ptx({shipped})ptx";\n'
    )
    # A library that is sanitized wants to be the second that its process loads.
    first = subprocess.run(
        [compiler(), "-print-file-name=libasan.so"], capture_output=True, text=True
    ).stdout.strip()
    sanitizers = SANITIZERS if Path(first).is_absolute() else ()
    source, library = HERE / "mock_driver.cpp", folder / "libcuda.so"
    built = subprocess.run(
        [compiler(), *FLAGS, *sanitizers, f"-I{folder}", "-o", library, source],
        capture_output=True,
        text=True,
    )
    if built.returncode:
        raise RuntimeError(built.stderr)
    environment = {"LD_LIBRARY_PATH": str(folder)}
    if sanitizers:
        environment["LD_PRELOAD"] = first
        environment["ASAN_OPTIONS"] = "detect_leaks=0:print_legend=0"
        environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
    return environment
