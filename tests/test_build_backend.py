"""What `pip install .` says where a compiler is missing: one sentence, before anything is built."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
(RUST,) = re.findall(r'^rust-version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("maturin") is None, reason="maturin is not installed"
)


@pytest.fixture
def build(tmp_path):
    """Ask the backend as pip does, where these are the only programs."""

    def ask(cc=True, **programs):
        for name, text in (programs | ({"cc": ""} if cc else {})).items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
        code = "import build_backend as b; print(b.get_requires_for_build_wheel())"
        others = {name: value for name, value in os.environ.items() if name != "CC"}
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT,
            env={**others, "PATH": str(tmp_path), "PYTHONPATH": str(ROOT / "packaging")},
        )  # fmt: skip

    return ask


def test_with_compilers_it_is_maturins(build):
    done = build(cargo=f"echo cargo {RUST}.0")
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


@pytest.mark.parametrize(
    ("programs", "message"),
    [
        ({}, "there is no cargo here"),
        ({"cargo": "echo cargo 1.75.0"}, "this one is cargo 1.75.0"),
        ({"cargo": "echo no default toolchain >&2; exit 1"}, "cargo fails: no default toolchain"),
    ],
)
def test_without_rust_it_says_so(build, programs, message):
    done = build(**programs)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"lead-rs is built from Rust, and {message}. It needs Rust {RUST} or newer: "
        "https://rustup.rs installs it\n"
    )


def test_without_a_c_compiler_it_says_so(build):
    done = build(cc=False, cargo="echo cargo 9.0.0")
    assert done.returncode == 1
    assert "there is no cc here. On Debian and Ubuntu: apt install build-essential" in done.stderr


def test_it_has_every_hook_of_maturin():
    code = (
        "import build_backend, maturin\n"
        "hooks = {name for name in dir(maturin) if 'build_' in name and name[0] != '_'}\n"
        "print(len(hooks), hooks - set(dir(build_backend)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT / "packaging"
    )
    assert done.stdout == "8 set()\n", done.stderr
