"""A run's record: one JSON file with every setting, version and number."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import lead_rs
from lead_rs._errors import CommandError
from lead_rs._files import StrPath, whole_file
from lead_rs.evaluation.engines import EngineName, Sampling
from lead_rs.evaluation.sets import ProblemSet
from lead_rs.evaluation.statistics import AesWeights, Change, Problems, Summary, aes, change

PACKAGES = ("numpy", "torch", "transformers", "vllm", "pyarrow")
SETTINGS, RESULTS = "settings.json", "results.json"


def describe(
    model: str,
    engine: EngineName,
    sampling: Sampling,
    sets: Sequence[ProblemSet],
    *,
    prompt: str | None,
    seed: int,
    part_size: int,
) -> dict[str, Any]:
    """What a run's responses depend on, as JSON data."""
    return {
        "model": model,
        "engine": engine,
        **dataclasses.asdict(sampling),
        "prompt": prompt,
        "seed": seed,
        "part_size": part_size,
        "sets": {
            each.name: {
                "file": str(each.path),
                "sha256": each.sha256,
                "problems": len(each.problems),
                "samples": each.samples,
                # Not the first ones, which once were taken.
                **({"spread_over": each.total} if len(each.problems) < each.total else {}),
            }
            for each in sets
        },
    }


def versions() -> dict[str, str]:
    """Of everything that has a part in the numbers."""
    found = {"python": platform.python_version(), "lead_rs": lead_rs.__version__}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def begin(folder: Path, settings: Mapping[str, Any]) -> list[dict[str, str]]:
    """Note what the run in a folder is; one that is there already must be the same.

    Returns:
        The versions it was generated with, those of each start that differs.

    Raises:
        CommandError: the folder has a run with other settings.
    """
    file = folder / SETTINGS
    known: list[dict[str, str]] = []
    if file.exists():
        there = _read(file)
        known = list(there.pop("versions", []))
        differing = _differences(there, settings)
        if differing:
            raise CommandError(
                f"{folder} has a run with other settings: {differing}. Use another --out"
            )
    now = versions()
    known += [now] if now not in known else []
    _write(file, {**settings, "versions": known})
    return known


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        name: what it is called in tables: its folder.
        settings: see `describe`.
        sets: the summary of each set.
        average: over the sets.
        problems: of each set; none in a record from before they were kept.
    """

    name: str
    settings: dict[str, Any]
    sets: dict[str, Summary]
    average: Summary
    problems: dict[str, Problems]


def load(folder: StrPath) -> Run:
    """Read a finished run.

    Raises:
        CommandError: the folder has none.
    """
    folder = Path(folder)
    file = folder / RESULTS
    if not file.exists():
        raise CommandError(f"{folder} has no {RESULTS}: is it an evaluation, and is it finished?")
    data = _read(file)
    try:
        sets = {name: Summary.from_dict(each) for name, each in data["sets"].items()}
        average = Summary.from_dict(data["average"])
        _answered(data["settings"])
        problems = {name: _problems(each) for name, each in data.get("problems", {}).items()}
        return Run(folder.resolve().name, data["settings"], sets, average, problems)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CommandError(f"{file} is not an evaluation's: {error!r}") from None


def _problems(data: Mapping[str, Any]) -> Problems:
    correct, tokens = (np.asarray(data[name], np.float64) for name in Problems._fields)
    if correct.ndim != 1 or correct.shape != tokens.shape or not correct.size:
        raise ValueError("problems must have a list of correct and one of tokens, equally long")
    return Problems(correct, tokens)


def check_comparable(name: str, settings: Mapping[str, Any], base: Run) -> None:
    """See that a run answers the same problems as a base run, in the same way.

    Raises:
        CommandError: naming what differs.
    """
    differing = _differences(_answered(base.settings), _answered(settings))
    if differing:
        raise CommandError(f"{base.name} cannot be compared with {name}: {differing}")


def _answered(settings: Mapping[str, Any]) -> dict[str, Any]:
    sets = {
        name: {key: value for key, value in each.items() if key != "file"}
        for name, each in settings["sets"].items()
    }
    sampling = {key: settings[key] for key in ("temperature", "top_p", "max_tokens")}
    return {**sampling, "prompt": settings.get("prompt"), **sets}


def changes(run: Run, base: Run, weights: AesWeights) -> dict[str, Change]:
    """What became of a base run's numbers: on the average over sets, and on each set.

    Returns:
        By set, the average as ``average``; nothing where a record has no problems.
    """
    if not (run.problems.keys() == run.sets.keys() == base.problems.keys()):
        return {}
    of_sets = {
        name: change({name: run.problems[name]}, {name: base.problems[name]}, weights)
        for name in run.sets
    }
    return {"average": change(run.problems, base.problems, weights), **of_sets}


def score(run: Summary, base: Summary, weights: AesWeights) -> float:
    """The accuracy-efficiency score of one summary against another."""
    return aes(run.accuracy, run.tokens, base.accuracy, base.tokens, weights)


def finish(
    folder: Path,
    settings: Mapping[str, Any],
    known_versions: Sequence[Mapping[str, str]],
    run: Run,
    base: Run | None,
    weights: AesWeights,
) -> dict[str, Any]:
    """Write the run's JSON file; what is in it."""
    data: dict[str, Any] = {
        "settings": dict(settings),
        "versions": list(known_versions),
        "sets": {name: each.to_dict() for name, each in run.sets.items()},
        "average": run.average.to_dict(),
        "problems": {
            name: {key: values.tolist() for key, values in each._asdict().items()}
            for name, each in run.problems.items()
        },
    }
    if base is not None:
        scores = {name: score(each, base.sets[name], weights) for name, each in run.sets.items()}
        data["aes"] = {
            "base": base.settings["model"],
            "weights": weights._asdict(),
            "sets": {name: _or_null(value) for name, value in scores.items()},
            "average": _or_null(score(run.average, base.average, weights)),
        }
        data["change"] = {
            name: {key: list(map(_or_null, values)) for key, values in each._asdict().items()}
            for name, each in changes(run, base, weights).items()
        }
    _write(folder / RESULTS, data)
    return data


def _or_null(value: float) -> float | None:
    return None if math.isnan(value) else value


def _differences(there: Mapping[str, Any], here: Mapping[str, Any], prefix: str = "") -> str:
    found = []
    for key in dict.fromkeys([*there, *here]):
        name = f"{prefix}{key}"
        if key not in there or key not in here:
            found.append(f"{name} is in {'one' if key in there else 'this one'} only")
        elif isinstance(there[key], Mapping) and isinstance(here[key], Mapping):
            found += filter(None, [_differences(there[key], here[key], f"{name}.")])
        elif there[key] != here[key]:
            found.append(f"{name} is {there[key]!r} there and {here[key]!r} here")
    return "; ".join(found)


def _read(file: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file} is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise CommandError(f"{file} is not a JSON object")
    return data


def _write(file: Path, data: Mapping[str, Any]) -> None:
    with whole_file(file) as unfinished:
        unfinished.write_text(json.dumps(data, indent=2, allow_nan=False) + "\n", encoding="utf-8")
