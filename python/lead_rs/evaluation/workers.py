"""Generation in processes of their own, one per GPU: one that dies takes nothing with it."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import cast

from lead_rs._errors import CommandError
from lead_rs.evaluation import engines
from lead_rs.evaluation import parts as parts_of
from lead_rs.evaluation.parts import Part


@dataclasses.dataclass(frozen=True)
class Job:
    """What every worker is told at its start."""

    engine: engines.EngineName
    model: str
    sampling: engines.Sampling
    batch_size: int


@dataclasses.dataclass(frozen=True)
class Came:
    """Responses that a worker has, or a part of them that is graded and written.

    Attributes:
        part: what they belong to.
        count: how many more; 0 where the part is written.
    """

    part: Part
    count: int

    @property
    def written(self) -> bool:
        """Whether the part is finished."""
        return self.count == 0


@dataclasses.dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    name: str


def generate(job: Job, parts: Sequence[Part], devices: Sequence[str | None]) -> Iterator[Came]:
    """Generate, grade and write parts.

    Args:
        job: the engine, the model and how to sample.
        parts: what to do.
        devices: a worker each: the GPU's name in CUDA_VISIBLE_DEVICES; None: whatever is there.

    Yields:
        What came, in the order of time.

    Raises:
        CommandError: a worker failed or was killed. What was finished stays.
    """
    waiting = list(reversed(parts))
    with contextlib.ExitStack() as stack:
        workers = {}
        for device in devices[: len(waiting)]:
            worker = stack.enter_context(_started(job, device))
            workers[worker.pipe] = worker
        busy: dict[Connection, Part] = {}
        for pipe in workers:
            busy[pipe] = waiting.pop()
            _send(workers[pipe], busy[pipe])
        while busy:
            for pipe in cast("list[Connection]", wait(list(busy))):
                came = Came(busy[pipe], _receive(workers[pipe]))
                yield came
                if came.written:
                    del busy[pipe]
                if came.written and waiting:
                    busy[pipe] = waiting.pop()
                    _send(workers[pipe], busy[pipe])


@contextlib.contextmanager
def _started(job: Job, device: str | None) -> Iterator[_Worker]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(job, device, theirs))
    process.start()
    theirs.close()  # so that ours ends when the process does
    try:
        yield _Worker(process, ours, "CPU" if device is None else f"GPU {device}")
    except BaseException:
        process.terminate()
        raise
    finally:
        ours.close()  # which tells the process to end
        process.join(30)
        if process.is_alive():
            process.kill()
            process.join()


def _work(job: Job, device: str | None, pipe: Connection) -> None:
    """The worker: parts in, counts (0 at the end of a part) or what went wrong out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    if device is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = device
    engine = None
    # The pipe ends when the parent does.
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            part: Part = pipe.recv()
            try:
                engine = engine or engines.load(job.engine, job.model, job.sampling, job.batch_size)
                parts_of.write(part, engine.generate(part.requests, pipe.send))
            except CommandError as error:
                pipe.send(str(error))
            except Exception as error:
                pipe.send(_in_words(error))
            else:
                pipe.send(0)


def _in_words(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    if "out of memory" in text.lower():
        text += " (a smaller --batch-size or --max-tokens needs less)"
    return text


def _send(worker: _Worker, part: Part) -> None:
    try:
        worker.pipe.send(part)
    except BrokenPipeError:
        raise _death(worker) from None


def _receive(worker: _Worker) -> int:
    try:
        count: int | str = worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        raise _death(worker) from None
    if isinstance(count, str):
        raise CommandError(f"the worker on {worker.name} failed: {count}")
    return count


def _death(worker: _Worker) -> CommandError:
    worker.process.join(30)
    code = worker.process.exitcode
    if code is not None and code < 0:
        why = f"was killed by {signal.Signals(-code).name}"
        why += " (out of memory?)" if -code == signal.SIGKILL else ""
    else:
        why = f"ended with exit code {code}"
    return CommandError(f"the worker on {worker.name} {why}")
