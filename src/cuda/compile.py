"""Make kernels.ptx from kernels.cu, or check that it is up to date and fits every GPU.

Usage: python src/cuda/compile.py WHEELS [--check]

WHEELS is the folder into which pip has installed nvidia-cuda-nvrtc-cu12 (the compiler) and
nvidia-cuda-nvcc-cu12 (for ptxas). No CUDA, driver or GPU is needed; the compiler is deterministic.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SOURCE, PTX = HERE / "kernels.cu", HERE / "kernels.ptx"
# A100's instruction set, from which the driver makes that of any later GPU. Multiplications are not
# fused with additions: the CPU doesn't either.
OPTIONS = ("--gpu-architecture=compute_80", "--std=c++17", "--fmad=false", "-default-device")
TARGETS = ("sm_80", "sm_86", "sm_89", "sm_90")


def compile_ptx(wheels: Path) -> bytes:
    """Compile the kernels with the NVRTC of the wheel."""
    folder = wheels / "nvidia" / "cuda_nvrtc" / "lib"
    for builtins in folder.glob("libnvrtc-builtins.so*"):
        ctypes.CDLL(str(builtins), mode=ctypes.RTLD_GLOBAL)
    nvrtc = ctypes.CDLL(str(folder / "libnvrtc.so.12"))
    program, size = ctypes.c_void_p(), ctypes.c_size_t()
    nvrtc.nvrtcCreateProgram(
        ctypes.byref(program), SOURCE.read_bytes(), SOURCE.name.encode(), 0, None, None
    )
    options = (ctypes.c_char_p * len(OPTIONS))(*(option.encode() for option in OPTIONS))
    failed = nvrtc.nvrtcCompileProgram(program, len(options), options)
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    if failed:
        raise SystemExit(log.value.decode())
    nvrtc.nvrtcGetPTXSize(program, ctypes.byref(size))
    ptx = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetPTX(program, ptx)
    return ptx.value


def assemble(wheels: Path, target: str) -> str:
    """Assemble kernels.ptx for one GPU; a spill is an error. Returns ptxas's report."""
    ptxas = wheels / "nvidia" / "cuda_nvcc" / "bin" / "ptxas"
    ptxas.chmod(0o755)
    with tempfile.NamedTemporaryFile() as cubin:
        done = subprocess.run(
            [ptxas, f"-arch={target}", "-v", "--warn-on-spills", "-Werror", PTX, "-o", cubin.name],
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stderr


def main() -> int:
    """Write the PTX, or compare; then assemble it for every target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", type=Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    ptx = compile_ptx(arguments.wheels)
    if not arguments.check:
        PTX.write_bytes(ptx)
    elif PTX.read_bytes() != ptx:
        print(f"{PTX} is not what {SOURCE.name} compiles to: run make ptx")
        return 1
    for target in TARGETS:
        words = assemble(arguments.wheels, target).replace(",", "").split()
        registers = [int(words[i - 1]) for i, word in enumerate(words) if word == "registers"]
        print(f"{target}: {len(registers)} kernels, up to {max(registers)} registers, no spills")
    return 0


if __name__ == "__main__":
    sys.exit(main())
