"""``lead-rs eval MODEL``: accuracy, length and AES of a model."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lead_rs import _figures
from lead_rs._errors import CommandError
from lead_rs._extras import require
from lead_rs._progress import Progress
from lead_rs.cli.command import Command, Result
from lead_rs.data.choice import Choice
from lead_rs.data.preparation import files_by_split, prepare
from lead_rs.evaluation import loggers, picture, results, workers
from lead_rs.evaluation import parts as parts_of
from lead_rs.evaluation.engines import ENGINES, EngineName, Sampling
from lead_rs.evaluation.models import check_model
from lead_rs.evaluation.parts import Part
from lead_rs.evaluation.presets import PAPER_SETS, PRESETS
from lead_rs.evaluation.sets import SAMPLES, ProblemSet, load_set
from lead_rs.evaluation.statistics import AesWeights, Problems, summarise

_logger = logging.getLogger(__name__)

# The options that a preset has values for, beside its sets and its prompt.
_OF_A_PRESET = {"temperature": float, "top_p": float, "max_tokens": int, "seed": int}

_NO_PROBLEMS = (
    "\n\nThe base has no numbers by problem, so there are no intervals against it: the command "
    "that made it counts them."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is its own to the command's parser."""
    parser.add_argument("model", metavar="MODEL", help="a folder, or the hub's name")
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        default="paper",
        help="whose sets, prompt and sampling: the paper's as far as it says, or the authors' own "
        "with lighteval; what other options say wins; default: %(default)s",
    )
    parser.add_argument(
        "--sets",
        metavar="SET",
        nargs="+",
        help=f"of {', '.join(SAMPLES)}, or NAME=FILE.parquet; default: the preset's",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=Path("data"),
        help="has SET/test.parquet of each set, or gets it: a set that is not there is prepared; "
        "default: %(default)s",
    )
    parser.add_argument(
        "--from",
        dest="files",
        metavar="[SET=]PATH",
        action="append",
        default=[],
        help="a file or folder to prepare a set from, instead of the hub",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="the run's folder, also its name; default: eval/ and the end of MODEL",
    )
    sampling = parser.add_argument_group("sampling")
    for option, kind in _OF_A_PRESET.items():
        values = {getattr(preset, option) for preset in PRESETS.values()}
        name = "--" + option.replace("_", "-")
        default = ", ".join(map(str, values))
        sampling.add_argument(name, type=kind, help=f"default: the preset's, {default}")
    sampling.add_argument(
        "--samples",
        type=int,
        metavar="N",
        help="responses to each problem; default: 10 for AIME and AMC, else 3",
    )
    sampling.add_argument(
        "--limit", type=int, metavar="P", help="only P problems, spread over each set"
    )
    work = parser.add_argument_group("work")
    work.add_argument("--engine", choices=ENGINES, help="default: vllm if it and a GPU are there")
    work.add_argument(
        "--gpus", type=int, metavar="N", help="vLLMs, one on a GPU each; default: every GPU"
    )
    work.add_argument(
        "--batch-size", type=int, default=16, help="of transformers; default: %(default)s"
    )
    work.add_argument(
        "--part-size",
        type=int,
        default=256,
        help="responses that are saved together; default: %(default)s",
    )
    work.add_argument(
        "--log",
        nargs="+",
        choices=list(loggers.LOGGERS),
        default=[],
        help="log the numbers there too: OUT/results.csv, OUT/tensorboard, or W&B's project "
        f"{loggers.PROJECT}",
    )
    comparison = parser.add_argument_group("comparison")
    comparison.add_argument(
        "--base", metavar="DIR", type=Path, help="the base model's run, for AES"
    )
    comparison.add_argument(
        "--compare", metavar="DIR", type=Path, nargs="+", default=[], help="runs to show beside it"
    )
    comparison.add_argument(
        "--paper", action="store_true", help=f"show the row {picture.PAPER.name!r} beside it"
    )
    comparison.add_argument(
        "--aes-weights",
        type=float,
        nargs=3,
        metavar=("LENGTH", "BETTER", "WORSE"),
        default=list(AesWeights()),
        help="default: 1 3 5",
    )


def run(arguments: argparse.Namespace) -> Result:
    """Generate what isn't there yet, and count; the table."""
    require("the evaluation", "eval", "pyarrow", "matplotlib", "torch", "transformers")
    preset = PRESETS[arguments.preset]
    for option in ("sets", *_OF_A_PRESET):
        if getattr(arguments, option) is None:
            setattr(arguments, option, getattr(preset, option))
    _check_options(arguments)
    check_model(arguments.model)
    if arguments.out is None:
        arguments.out = Path("eval", Path(arguments.model).resolve().name)
    loggers.check(arguments.log)
    base = None if arguments.base is None else results.load(arguments.base)
    others = [results.load(folder) for folder in arguments.compare]
    engine, devices = _engine(arguments.engine, arguments.gpus)
    _prepare_missing(arguments.sets, arguments.data, arguments.files)
    sets = [
        load_set(
            name,
            arguments.data,
            samples=arguments.samples,
            limit=arguments.limit,
            prompt=preset.prompt,
        )
        for name in arguments.sets
    ]
    twice = [name for name, count in Counter(each.name for each in sets).items() if count > 1]
    if twice:
        raise CommandError(f"--sets has {', '.join(twice)} twice")
    sampling = Sampling(arguments.temperature, arguments.top_p, arguments.max_tokens)
    settings = results.describe(
        arguments.model,
        engine,
        sampling,
        sets,
        prompt=preset.prompt,
        seed=arguments.seed,
        part_size=arguments.part_size,
    )
    if base is not None:
        # Before hours of generation, not after them.
        results.check_comparable(arguments.out.resolve().name, settings, base)
        for other in others:
            results.check_comparable(other.name, other.settings, base)
    versions = results.begin(arguments.out, settings)
    parts = parts_of.parts(
        sets, arguments.out / "generations", seed=arguments.seed, size=arguments.part_size
    )
    job = workers.Job(engine, arguments.model, sampling, arguments.batch_size)
    _generate(job, parts, devices)

    finished = _count(arguments.out, settings, sets, parts)
    weights = AesWeights(*arguments.aes_weights)
    data = results.finish(arguments.out, settings, versions, finished, base, weights)
    shown = [finished, *([base] if base else []), *others]
    text = picture.table(shown, base, weights, paper=arguments.paper)
    if arguments.paper and set(finished.sets) != set(PAPER_SETS):
        text += f"\n\nThe paper's row is the average over {', '.join(PAPER_SETS)}."
    if base is not None:
        against = picture.table_of_changes(shown, base, weights)
        text += f"\n\n{against}" if against else _NO_PROBLEMS
    arguments.out.joinpath("results.md").write_text(text + "\n", encoding="utf-8")
    figure = picture.draw(shown, base, weights, paper=arguments.paper)
    _figures.save(figure, arguments.out / "results.png")
    for name in arguments.log:
        loggers.log(name, finished, arguments.out)
    text += f"\n\n{arguments.out / results.RESULTS}, results.md, results.png, generations/"
    return Result(data, text, markdown=True)


def _check_options(arguments: argparse.Namespace) -> None:
    for name, smallest in (
        ("max_tokens", 1),
        ("samples", 1),
        ("limit", 1),
        ("gpus", 1),
        ("batch_size", 1),
        ("part_size", 1),
        ("seed", 0),
        ("temperature", 0),
    ):
        value = getattr(arguments, name)
        if value is not None and not value >= smallest:
            option = name.replace("_", "-")
            raise CommandError(f"--{option} must be at least {smallest}, got {value}")
    if not 0 < arguments.top_p <= 1:
        raise CommandError(f"--top-p must be above 0 and at most 1, got {arguments.top_p}")


def _prepare_missing(names: Sequence[str], data: Path, given: Sequence[str]) -> None:
    """Prepare the sets that have a name of ours and are not there, from files or the hub."""
    named = [name for name in names if name in SAMPLES]
    files: dict[str, list[str]] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals and len(named) == 1:
            name, path = named[0], text
        if name not in named or not path:
            raise CommandError(f"--from {text}: SET=PATH is expected, SET of {', '.join(named)}")
        files[name] = [path]
    for name in named:
        if not (data / name / "test.parquet").is_file():
            source = files_by_split(name, Choice(), files[name]) if name in files else None
            for note in prepare(name, data / name, files=source).notes:
                _logger.info(note)


def _engine(asked: EngineName | None, count: int | None) -> tuple[EngineName, list[str | None]]:
    gpus = _gpus()
    has_vllm = importlib.util.find_spec("vllm") is not None
    if (asked or "vllm") == "vllm" and has_vllm and gpus:
        if count is not None and count > len(gpus):
            raise CommandError(f"--gpus {count}: there are {len(gpus)} ({', '.join(gpus)})")
        return "vllm", list(gpus[:count])
    if asked == "vllm":
        raise CommandError(
            "--engine vllm needs a GPU, and there is none"
            if has_vllm
            else "--engine vllm needs vllm: pip install vllm"
        )
    return "transformers", [None]


def _gpus() -> list[str]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip() not in ("", "-1")]
    if shutil.which("nvidia-smi") is None:
        return []
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True)
    count = sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
    return [str(number) for number in range(count)]


def _generate(job: workers.Job, parts: Sequence[Part], devices: Sequence[str | None]) -> None:
    missing = [part for part in parts if not part.path.exists()]
    if not missing:
        return
    kept = sum(len(part.requests) for part in parts if part not in missing)
    total = sum(len(part.requests) for part in parts)
    with Progress("responses", total, done=kept) as progress:
        try:
            for came in workers.generate(job, missing, devices):
                if came.written:
                    kept += len(came.part.requests)
                else:
                    progress.part(came.part.problem_set.name, came.count)
        except (CommandError, KeyboardInterrupt) as error:
            raise CommandError(
                f"{str(error) or 'stopped'}. {kept} of {total} responses are done and "
                f"kept: the same command goes on"
            ) from None


def _count(
    folder: Path, settings: dict[str, Any], sets: Sequence[ProblemSet], parts: Sequence[Part]
) -> results.Run:
    responses = {each.name: parts_of.read(each, parts) for each in sets}
    return results.Run(
        folder.resolve().name,
        settings,
        {name: summarise([each]) for name, each in responses.items()},
        summarise(list(responses.values())),
        {name: Problems.of(each) for name, each in responses.items()},
    )


COMMAND = Command(
    "eval",
    "measure a model's accuracy and length on sets of problems",
    "lead-rs eval MODEL --out eval/mine --base eval/base",
    run,
    add_arguments,
    more="What has been generated is kept: the same command again goes on where it stopped, and "
    "when all is there it only counts.",
)
