"""Installs the wheels into clean environments and uses them there: `check_installed.py FOLDER`.

Without Rust, CUDA and this repository: each environment's programs are the only ones on the path.
Tried are every supported CPython found here, the oldest one also with the lowest versions that the
metadata allow, one with the torch of this environment; one linked against musl, which MUSL_PYTHON
names; the types; the time that an import takes; the source distribution; and all commands in an
empty folder, with the verl of this environment.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.14t")
LONGEST_IMPORT_MS = 50.0
IMPORTS = 20


class Failed(Exception):
    """A check that failed, in words."""


@dataclasses.dataclass(frozen=True)
class Environment:
    """A virtual environment, and how programs run in it."""

    folder: Path

    def python(self, *arguments: str) -> str:
        """What a program printed there; its errors follow."""
        return run(
            str(self.folder / "bin/python"),
            *arguments,
            folder=self.folder,
            env={"PATH": str(self.folder / "bin"), "HOME": str(self.folder)},
        )

    def install(self, *requirements: str) -> None:
        """Install from wheels only: what is being tried must not be compiled here."""
        # pip as this process would run it: it may need its proxies and certificates.
        python = str(self.folder / "bin/python")
        run(python, "-m", "pip", "install", "--quiet", "--only-binary=:all:", *requirements)


def main(folder: Path) -> int:
    """Make the checks one after the other; print a line each, and what is wrong."""
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, check in checks(folder.resolve(), Path(scratch)):
            try:
                print(f"ok    {name:<26}{check()}", flush=True)
            except Failed as failure:
                print(f"FAIL  {name:<26}{failure}", flush=True)
                wrong += 1
    return 1 if wrong else 0


def checks(folder: Path, scratch: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    """Each check by name."""
    found = interpreters()
    for version in SUPPORTED:
        if version not in found:
            print(f"skip  {'python ' + version:<26}no such interpreter on the path")
    wheel = native_wheel(folder, "abi3")
    lowest = [requirement.replace(">=", "==") for requirement in requirements(wheel)]
    for version, python in found.items():
        fitting = native_wheel(folder, "cp314t") if version.endswith("t") else wheel

        def newest(python: str = python, wheel: Path = fitting, version: str = version) -> str:
            return smoke(make(python, scratch / version, str(wheel)))

        yield f"python {version}", newest
    if musl := os.environ.get("MUSL_PYTHON"):
        yield "musl", lambda: smoke(with_musl(musl, scratch / "musl", folder))
    else:
        print(f"skip  {'musl':<26}MUSL_PYTHON names no CPython that is linked against musl")
    oldest = next(iter(found))

    def with_lowest() -> str:
        return smoke(make(found[oldest], scratch / "lowest", str(wheel), *lowest))

    yield f"python {oldest}, lowest", with_lowest
    if importlib.util.find_spec("torch") is None:
        print(f"skip  {'with torch':<26}it is not installed beside {sys.executable}")
    else:
        yield "with torch", lambda: smoke(with_torch(scratch / "torch", wheel))
    yield "import", lambda: import_time(make(sys.executable, scratch / "import", str(wheel)))
    yield "types", lambda: types(make(sys.executable, scratch / "types", str(wheel), "mypy"))
    if importlib.util.find_spec("verl") is None:
        print(f"skip  {'walkthrough':<26}verl is not installed beside {sys.executable}")
    else:
        yield "walkthrough", lambda: walkthrough(scratch / "walkthrough", wheel)
    yield "sdist", lambda: sdist(folder, scratch / "sdist", wheel)


def interpreters() -> dict[str, str]:
    """The supported interpreters on the path, by version."""
    found = {}
    for version in SUPPORTED:
        command = shutil.which(f"python{version}")
        # A launcher (pyenv's, say) may be there for a version that it then does not have.
        if command is not None:
            where = [command, "-c", "import sys; print(sys.executable)"]
            done = subprocess.run(where, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                found[version] = done.stdout.strip()
    return found


def native_wheel(folder: Path, python: str) -> Path:
    """The wheel for this machine, glibc and a Python."""
    (wheel,) = folder.glob(f"*{python}-manylinux*{os.uname().machine}.whl")
    return wheel


def requirements(wheel: Path) -> list[str]:
    """What a wheel requires whatever extras are chosen."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        text = archive.read(name).decode()
    return re.findall(r"^Requires-Dist: ([^;\n]+)$", text, re.MULTILINE)


def make(python: str, folder: Path, *requirements: str) -> Environment:
    """A clean environment with these installed."""
    run(python, "-m", "venv", str(folder))
    environment = Environment(folder)
    environment.install(*requirements)
    for program in ("cargo", "rustc", "nvcc", "nvidia-smi"):
        if shutil.which(program, path=str(folder / "bin")):
            raise Failed(f"{program} is in a clean environment")
    return environment


def with_torch(folder: Path, wheel: Path) -> Environment:
    """An environment that sees what the one that runs this has, which is 3 GB to install."""
    where = "import pathlib, torch; print(pathlib.Path(torch.__file__).parents[1])"
    site_packages = run(sys.executable, "-c", where).strip()
    environment = make(sys.executable, folder, str(wheel))
    place = environment.python("-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    (Path(place.strip()) / "torch.pth").write_text(site_packages + "\n")
    return environment


def with_musl(python: str, folder: Path, wheels: Path) -> Environment:
    """An environment of a Python with musl, which needs neither pip nor what it downloads with.

    With numpy 1: on musl 1.2.3 the import of numpy 2.4.6 crashes, before lead_rs is asked.
    """
    run(python, "-m", "venv", "--without-pip", str(folder))
    environment = Environment(folder)
    version = environment.python("-c", "import sysconfig; print(sysconfig.get_python_version())")
    pip = [sys.executable, "-m", "pip"]
    found = ["--quiet", "--only-binary=:all:", "--find-links", str(wheels)]
    platforms = [f"--platform=musllinux_1_{minor}_{os.uname().machine}" for minor in (1, 2)]
    tags = [f"--python-version={version.strip()}", *platforms]
    run(*pip, "download", *found, *tags, "--dest", str(folder), "lead-rs", "numpy<2")
    into = ["--python", str(folder / "bin/python"), "install", "--no-index"]
    run(*pip, *into, "--quiet", "--find-links", str(folder), "lead-rs")
    return environment


def smoke(environment: Environment) -> str:
    """Use the package as its README does."""
    return environment.python("-W", "error", str(HERE / "smoke.py")).strip()


def walkthrough(folder: Path, wheel: Path) -> str:
    """The commands of the wheel alone, the demo's run among them."""
    environment = with_torch(folder / "environment", wheel)
    (folder / "empty").mkdir()
    return environment.python(str(HERE / "walkthrough.py"), str(folder / "empty")).strip()


def import_time(environment: Environment) -> str:
    """The time of an import of lead_rs, and of numpy, which it leaves for later."""
    took = {}
    for module in ("lead_rs", "numpy"):
        # The first import compiles; the fastest is the one least disturbed by other work.
        took[module] = min(milliseconds(environment, module) for _ in range(IMPORTS))
    text = f"{took['lead_rs']:.1f} ms, without numpy; numpy takes {took['numpy']:.1f} ms"
    if took["lead_rs"] > LONGEST_IMPORT_MS:
        raise Failed(f"{text}; at most {LONGEST_IMPORT_MS:.0f} ms")
    return text


def milliseconds(environment: Environment, module: str) -> float:
    """The processor's time for one import in a new process, whatever else the machine does."""
    code = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
    return float(environment.python("-c", code)) * 1e3


def types(environment: Environment) -> str:
    """The stubs, as a user's mypy sees them and as stubtest compares them with the module."""
    environment.python("-m", "mypy", "--strict", "--no-incremental", str(HERE / "user.py"))
    environment.python("-m", "mypy.stubtest", "lead_rs._lead_rs")
    return "mypy --strict on a user's program; stubtest"


def sdist(folder: Path, scratch: Path, wheel: Path) -> str:
    """The source distribution makes the same wheel, away from this repository."""
    (archive,) = folder.glob("*.tar.gz")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-cache-dir"]
    outside = {k: v for k, v in os.environ.items() if k not in ("PYO3_PYTHON", "CARGO_TARGET_DIR")}
    run(*pip, "--wheel-dir", str(scratch), str(archive), env=outside)
    (built,) = scratch.glob("*.whl")
    if difference := contents(built) ^ contents(wheel):
        raise Failed(f"its wheel differs in {', '.join(sorted(difference))}")
    return smoke(make(sys.executable, scratch / "environment", str(built)))


def contents(wheel: Path) -> set[str]:
    """The names of a wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def run(*command: str, folder: Path | None = None, env: dict[str, str] | None = None) -> str:
    """What a program printed, or `Failed` with all that it said."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=env, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
