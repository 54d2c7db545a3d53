"""A Python that has imported what verl imports: its programs take a second, not ten."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

# Other people's packages. verl and lead_rs are imported by each program for itself, so that how
# they find each other, and which verl it is, is as in a process of its own.
MODULES = (
    "torch", "torch.distributed", "transformers", "peft", "accelerate", "ray", "tensordict",
    "datasets", "pandas",
)  # fmt: skip


class WarmPython:
    """Starts at the first program; see `warm_server`."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None

    def run(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        input: str = "",
        timeout: float,
    ) -> subprocess.CompletedProcess[str]:
        """As `subprocess.run` of `python`, its output captured as text.

        Python's own options are none but `-W ignore`. What the modules already imported read from
        the environment or the path at import, they have read.
        """
        self._server = self._server or start()
        with tempfile.TemporaryDirectory() as folder:
            files = {name: Path(folder, name) for name in ("input", "output", "errors")}
            for file in files.values():
                file.write_text(input if file.name == "input" else "")
            request = {
                "arguments": list(arguments),
                "environment": dict(env),
                "folder": str(cwd),
                **{name: str(file) for name, file in files.items()},
            }
            self._server.stdin.write(json.dumps(request).encode() + b"\n")
            process = int(self._server.stdout.readline())
            ended = False
            try:
                ended, _, _ = select.select([self._server.stdout], [], [], timeout)
            finally:
                if not ended:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                code = int(self._server.stdout.readline())
            output, errors = files["output"].read_text(), files["errors"].read_text()
        if not ended:
            raise subprocess.TimeoutExpired(arguments, timeout, output, errors)
        return subprocess.CompletedProcess(arguments, code, output, errors)

    def close(self) -> None:
        """End the process that the programs are forked from."""
        if self._server:
            self._server.communicate()


def start() -> subprocess.Popen[bytes]:
    code = "import sys, warm_server; del sys.path[0]; warm_server.serve(sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, *MODULES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,  # nothing is read that `select` is then to wait for
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        cwd=Path(__file__).parent,
        start_new_session=True,
    )
