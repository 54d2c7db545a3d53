"""A function in a process of its own, which is killed where it does not answer in time."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import lead_rs
import peers

_MEMORY = 4 << 30


class Outcome(NamedTuple):
    """What a function returned, and the seconds it took."""

    value: Any
    """None where it raised, ran out of memory or was killed."""
    seconds: float


class Guarded:
    """A function of a module, with `timeout` seconds for each call.

    `warm_up` holds the arguments of calls made before any is timed: imports and caches.

    Example:
        >>> with Guarded(peers.fallback_match, timeout=5) as match:
        ...     match("1,000", "1000").value
        True
    """

    def __init__(
        self, function: Callable[..., Any], timeout: float, warm_up: Iterable[tuple[Any, ...]] = ()
    ) -> None:
        """Start the process."""
        self._function, self._timeout, self._warm_up = function, timeout, tuple(warm_up)
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(self._function, self._warm_up, theirs), daemon=True
        )
        self._process.start()
        theirs.close()
        self._pipe.recv()

    def __call__(self, *arguments: Any) -> Outcome:
        """Call it; the time is the function's own, without the way to its process."""
        self._pipe.send(arguments)
        with contextlib.suppress(EOFError):
            if self._pipe.poll(self._timeout):
                return Outcome(*self._pipe.recv())
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


def _serve(
    function: Callable[..., Any], warm_up: Iterable[tuple[Any, ...]], pipe: Connection
) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    logging.disable(logging.CRITICAL)
    for arguments in warm_up:
        function(*arguments)
    pipe.send(None)
    with contextlib.suppress(EOFError):
        while True:
            arguments = pipe.recv()
            start = time.perf_counter()
            try:
                value = function(*arguments)
            except Exception:
                value = None
            pipe.send((value, time.perf_counter() - start))


def ours(response: str, truth: str) -> bool:
    """lead_rs's verdict on a response."""
    return lead_rs.score(response, truth, length_reward=0.0)["acc"] == 1.0


GRADERS: dict[str, peers.Grader] = {"lead_rs": ours, **peers.GRADERS}

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


def grader(name: str, timeout: float) -> Guarded:
    """One of `GRADERS`, taking a response and a ground truth."""
    warm_up = [(rf"So $x$ is 3, or \boxed{{{answer}}}.", truth) for answer, truth in _WARM_UP]
    return Guarded(GRADERS[name], timeout, warm_up)
