"""What is in the wheels to publish, and where they run: `check_files.py FOLDER`.

auditwheel and abi3audit read what the compiled module wants of the system and of Python.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import tomllib
from elftools.elf.elffile import ELFFile

ROOT = Path(__file__).parents[2]
LICENCES = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license-files"]
ARCHITECTURES = ("x86_64", "aarch64")
PYTHONS = ("cp310-abi3", "cp314-cp314t")
LARGEST = 3_000_000
# The C library's own, which every Linux of the tag has.
SYSTEM_LIBRARIES = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"}
SYSTEM_LIBRARIES |= {"ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
MUSL = {"libc.so"}


def main(folder: Path) -> int:
    """Check each wheel there; print a line each, and what is wrong."""
    wrong = 0
    wheels = {path.name: path for path in folder.glob("*.whl")}
    for name in sorted(wheels.keys() | set(expected_names())):
        faults = check(wheels[name]) if name in wheels else ["is missing"]
        if name not in expected_names():
            faults.append("is not among the wheels to publish")
        size = f"{wheels[name].stat().st_size / 1e6:.2f} MB" if name in wheels else "-"
        print(f"{'FAIL' if faults else 'ok':<6}{size:<9}{name}")
        for fault in faults:
            print(f"      {fault}")
        wrong += bool(faults)
    return 1 if wrong else 0


def version() -> str:
    """The version, where it is written: in Cargo.toml."""
    found = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert found
    return found[1]


def expected_names() -> list[str]:
    """A wheel for each Python, architecture and C library: glibc 2.17 or above, or musl 1.2."""
    return [
        f"lead_rs-{version()}-{python}-{tag}.whl"
        for python in PYTHONS
        for arch in ARCHITECTURES
        for tag in (f"manylinux2014_{arch}.manylinux_2_17_{arch}", f"musllinux_1_2_{arch}")
    ]


def check(wheel: Path) -> list[str]:
    """All that is wrong with a wheel, in words."""
    faults = []
    if wheel.stat().st_size > LARGEST:
        faults.append(f"is larger than {LARGEST / 1e6:.0f} MB")
    with zipfile.ZipFile(wheel) as archive:
        faults += check_contents(archive)
        (module,) = [name for name in archive.namelist() if name.endswith(".so")]
        libraries = MUSL if "musllinux" in wheel.name else SYSTEM_LIBRARIES
        faults += check_module(archive.read(module), libraries)
    # auditwheel takes the libraries of the system it runs on, which are glibc's.
    if "musllinux" not in wheel.name:
        faults += check_platform(wheel, wheel.stem.split(".")[-1])
    if "abi3" in wheel.name:
        faults += check_stable_abi(wheel)
    return faults


def check_contents(archive: zipfile.ZipFile) -> list[str]:
    """The package as in the sources, the compiled module, and metadata; nothing else."""
    info = f"lead_rs-{version()}.dist-info"
    sources = [path for path in (ROOT / "python").rglob("*") if path.is_file()]
    wanted = {
        path.relative_to(ROOT / "python").as_posix()
        for path in sources
        if path.suffix not in (".so", ".pyc")
    }
    wanted |= {f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}
    wanted |= {f"{info}/licenses/{name}" for name in LICENCES}
    found = set(archive.namelist())
    faults = [f"lacks {name}" for name in sorted(wanted - found)]
    for name in sorted(found - wanted):
        if not re.fullmatch(r"lead_rs/_lead_rs\.[\w-]+\.so", name) and "/sboms/" not in name:
            faults.append(f"has {name}, which is not among the sources")
    for name in sorted(found):
        data = archive.read(name)
        named = [str(path) for path in (ROOT, Path.home()) if str(path).encode() + b"/" in data]
        faults += [f"{name} names {path}, where it was built" for path in named]
    if f"\nVersion: {version()}\n" not in archive.read(f"{info}/METADATA").decode():
        faults.append(f"its metadata do not say version {version()}")
    return faults


def check_module(data: bytes, libraries: set[str]) -> list[str]:
    """It needs the C library alone, looks nowhere else, and shows Python one function."""
    elf = ELFFile(io.BytesIO(data))
    faults = []
    for tag in elf.get_section_by_name(".dynamic").iter_tags():
        if tag.entry.d_tag == "DT_NEEDED" and tag.needed not in libraries:
            faults.append(f"needs {tag.needed}")
        if tag.entry.d_tag in ("DT_RPATH", "DT_RUNPATH"):
            faults.append(f"has a {tag.entry.d_tag}")
    shown = {
        symbol.name
        for symbol in elf.get_section_by_name(".dynsym").iter_symbols()
        if symbol["st_shndx"] != "SHN_UNDEF" and symbol["st_info"]["bind"] == "STB_GLOBAL"
    }
    if shown != {"PyInit__lead_rs"}:
        faults.append(f"exports {', '.join(sorted(shown)) or 'nothing'}")
    return faults


def check_platform(wheel: Path, tag: str) -> list[str]:
    """auditwheel, on the C library's symbols that it uses."""
    done = tool("auditwheel", "show", str(wheel))
    said = " ".join(done.stdout.split())
    if done.returncode == 0 and f'consistent with the following platform tag: "{tag}"' in said:
        return []
    return [f"auditwheel: {said} {done.stderr}".strip()]


def check_stable_abi(wheel: Path) -> list[str]:
    """abi3audit, on the functions of CPython that it calls."""
    done = tool("abi3audit", "--strict", "--assume-minimum-abi3", "3.10", str(wheel))
    return [] if done.returncode == 0 else [f"abi3audit: {done.stdout}{done.stderr}".strip()]


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a tool that is installed beside this Python."""
    command = [str(Path(sys.executable).parent / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
