"""Checks of what else may go on around a call: other threads, a fork."""

from __future__ import annotations

import os
import threading
import time
import warnings


def assert_true_after_fork(check):
    """`check()` is true in a forked child, and the child doesn't hang."""
    # Other tests' threads are of no concern to the child, which only computes and exits.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if check() else 1
        finally:
            os._exit(status)
    for _ in range(600):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        time.sleep(0.05)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise AssertionError("the forked child hangs")


def assert_gil_released(call):
    """Other Python threads run on in the middle of `call()`; a busy machine gets several tries."""
    assert any(runs_beside(call) for _ in range(10)), "no other thread ran in the middle of it"


def runs_beside(call):
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0)

    ticker = threading.Thread(target=tick)
    ticker.start()
    while not ticks:
        time.sleep(0.001)
    start = time.perf_counter()
    call()
    end = time.perf_counter()
    done.set()
    ticker.join()
    return any(start + 0.3 * (end - start) < t < start + 0.6 * (end - start) for t in ticks)
