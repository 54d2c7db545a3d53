"""Runs Python programs in forks of one process that has imported what they all import.

`serve` reads requests from standard input, a JSON object a line: the `arguments` that `python`
would get, the `environment`, the `folder` to be in, and the files for standard `input`, `output`
and `errors`. It answers each with two lines, the fork's process id and its exit status.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import site
import sys
import warnings


def serve(modules: list[str]) -> None:
    """Import the modules and answer requests; returns in a fork, once its program has ended."""
    for name in modules:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            become(**json.loads(line))
            return
        print(process, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


def become(arguments: list[str], environment: dict[str, str], folder: str, **files: str) -> None:
    """Be what `python` is with these arguments, as far as it matters to a program."""
    for descriptor, name in enumerate(("input", "output", "errors")):
        opened = os.open(files[name], os.O_RDWR)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if arguments[:2] == ["-W", "ignore"]:
        warnings.simplefilter("ignore")
        arguments = arguments[2:]
    run(arguments, [path for path in environment.get("PYTHONPATH", "").split(":") if path])


def run(arguments: list[str], paths: list[str]) -> None:
    """Run `-c CODE`, `-m MODULE` or a file with its arguments, these paths before the installed."""
    first, *rest = arguments
    program = rest.pop(0) if first in ("-c", "-m") else first
    own = {"-c": "", "-m": os.getcwd()}.get(first, os.path.dirname(program))
    sys.path[:] = [own, *paths, *sys.path]
    sys.modules.pop("sitecustomize", None)
    site.execsitecustomize()
    sys.argv = [first if first == "-c" else program, *rest]
    if first == "-c":
        exec(compile(program, "<string>", "exec"), vars(sys.modules["__main__"]))
    elif first == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(program, run_name="__main__")
