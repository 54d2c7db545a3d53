"""A grader in a process of its own, which is killed where it does not answer in time."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import resource
import time
from multiprocessing.connection import Connection
from typing import NamedTuple

import lead_rs
import peers

_MEMORY = 4 << 30
_WARM_UP = (
    ("12", "13"),
    (r"\frac{x+1}{2}", r"x+\frac{1}{2}"),
    (r"2\sqrt{3}+\pi", r"\pi + 2\sqrt{3}"),
    ("(1, 2)", "[1, 2)"),
    ("x^2 - 3x", "3 - x^2"),
    (r"\{1, 2\}", r"\text{none}"),
    (r"x \le 3", r"(-\infty, 3]"),
    (r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}", r"\begin{pmatrix} 1 \\ 3 \end{pmatrix}"),
)


def ours(response: str, truth: str) -> bool:
    """lead_rs's verdict on a response."""
    answer = lead_rs.extract_answer(response)
    return answer is not None and bool(lead_rs.grade(answer, truth))


GRADERS = {"lead_rs": ours, **peers.GRADERS}


class Outcome(NamedTuple):
    """What a grader said, and the seconds it took."""

    accepted: bool | None
    """None where it raised, ran out of memory or was killed."""
    seconds: float


class Guarded:
    r"""One of `GRADERS`, with `timeout` seconds for each pair.

    Example:
        >>> with Guarded("string_match", timeout=5) as grader:
        ...     grader.grade(r"\boxed{1,000}", "1000").accepted
        True
    """

    def __init__(self, name: str, timeout: float) -> None:
        """Start the process."""
        self._name, self._timeout = name, timeout
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._name, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe.recv()

    def grade(self, response: str, truth: str) -> Outcome:
        """Grade one response; the time is the grader's own, without the way to its process."""
        self._pipe.send((response, truth))
        try:
            if self._pipe.poll(self._timeout):
                return Outcome(*self._pipe.recv())
        except EOFError:
            pass
        self._stop()
        self._start()
        return Outcome(None, self._timeout)

    def _stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def __enter__(self) -> Guarded:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the process."""
        self._stop()


def _serve(name: str, pipe: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    logging.disable(logging.CRITICAL)
    grader = GRADERS[name]
    # Imports and the parsers' caches are paid for before the first pair is timed.
    for answer, truth in _WARM_UP:
        grader(rf"So $x$ is 3, or \boxed{{{answer}}}.", truth)
    pipe.send(None)
    with contextlib.suppress(EOFError):
        while True:
            response, truth = pipe.recv()
            start = time.perf_counter()
            try:
                accepted: bool | None = grader(response, truth)
            except Exception:
                accepted = None
            pipe.send((accepted, time.perf_counter() - start))
