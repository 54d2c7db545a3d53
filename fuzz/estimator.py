"""Random and hostile input for the estimator's public functions: ten million cases, seeded.

    python fuzz/estimator.py --cases 10000000       # or: make fuzz-estimator CASES=10000000

A case is one call of a public function and what must hold of its result. Most batches are made
afresh from the seed and then called with again and again: permuted, doubled, scaled, renamed,
spoilt. Batches are small, since it is their variety that finds faults.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import lead_rs  # noqa: E402  # as installed
import oracle  # noqa: E402  # from tests/

U32, F32 = 2**32 - 1, float(np.finfo(np.float32).max)
TINY, ABOVE_HALF = 5e-324, float(np.nextafter(0.5, 1))

HOSTILE_SCORES = np.array([
    0.0, -0.0, 1.0, 0.5, ABOVE_HALF, TINY, -TINY, 2.2e-308, 1e-200, 1e-160, 1e-45, 1e-8, -1e-8,
    1e4, -1e4, 1e19, 1e38, -1e38, F32, -F32,
])  # fmt: skip
PLAIN_SCORES = np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0, -1.0, 0.1, 0.5, ABOVE_HALF, 2.0, 0.7])
HOSTILE_LENGTHS = np.array([0, 1, 2, 499, 500, 999, 1000, 8000, 8001, 2**24 + 1, 2**31, U32])
WILD = np.array([math.nan, math.inf, -math.inf, 1e38, 7.0])
HOSTILE_FIELDS = (
    0, 1, 2, 2**53, 2**53 + 1, 2**63, 2**64 - 1, 2**64, -1, 0.0, -0.0, 1.0, 0.5, TINY, -TINY,
    float(np.nextafter(1, 2)), 1e308, math.nan, math.inf, None, True, "1", "max_sym", [], {},
    [0.5, 0.5], [1.0, 0.0],
)  # fmt: skip
MASKS = (np.int64, np.bool_, np.uint8, np.int32, np.float32)
BATCHES = 500
"""In a chunk, whose random numbers are drawn at once."""


class Fault(Exception):
    """Something that must hold does not."""


class Batch(NamedTuple):
    """One step's responses, and with what they are counted.

    Attributes:
        score: [B] float64.
        length: [B] int64.
        index: [B] uids.
        settings: of `config`, as keywords.
        config: the settings.
        smooth: whether rounding may only move a result by as much: no scores whose sums cancel to
            anything, no settings that turn 1e-17 beside 0 into 1 beside 0.
    """

    score: Any
    length: Any
    index: list[str]
    settings: dict[str, Any]
    config: lead_rs.LeadConfig
    smooth: bool

    def step(self, **other: Any) -> lead_rs.LeadOutput:
        """A step from fresh weights, with some of it replaced."""
        return lead_rs.compute_advantage(
            other.get("score", self.score),
            other.get("length", self.length),
            other.get("index", self.index),
            config=other.get("config", self.config),
        )


def expect(holds: bool, what: str, *values: Any) -> None:
    """Raise a `Fault` unless it holds; only then are the values put in words."""
    if not holds:
        raise Fault(" ".join([what, *map(repr, values)]))


def same(a: Any, b: Any, what: str) -> None:
    """Bit for bit, but for the sign of zero."""
    expect(np.array_equal(a, b), what, a, "expected", b)


def close(a: Any, b: Any, what: str, within: float = 1e-6) -> None:
    """Within a part of b's size, or of 1."""
    off = np.abs(np.asarray(a, float) - b) > within * np.maximum(1, np.abs(b))
    expect(not off.any(), what, a, "expected", b)


# What must hold of any step. ------------------------------------------------------------------


def step(batch: Batch) -> lead_rs.LeadOutput:
    """A step by itself."""
    out = batch.step()
    check_step(batch, out)
    return out


def check_step(batch: Batch, out: lead_rs.LeadOutput) -> None:
    """Finite, in range, and white over tokens."""
    metrics = out.metrics
    if not all(map(math.isfinite, metrics.values())):
        wrong = {key: value for key, value in metrics.items() if not math.isfinite(value)}
        raise Fault(f"metrics {wrong}")
    advantages, length = out.advantages.astype(float), batch.length
    expect(np.isfinite(advantages).all(), "advantages", advantages)
    expect(not advantages[length == 0].any(), "an empty response has an advantage")
    expect(0 <= out.lambda_corr <= 1, "lambda_corr", out.lambda_corr)
    expect(out.lambda_eff == 1 - out.lambda_corr, "lambda_eff")
    reward, target = out.efficiency_reward, out.target_length
    expect((np.abs(reward) <= 1).all(), "efficiency rewards", reward)
    low, high = batch.settings["lstar_min"], batch.settings["bmax"]
    expect(((low <= target) & (target <= high)).all(), "target lengths", target)

    tokens = length.sum()
    mean = length @ advantages / tokens
    expect(abs(mean) < 1e-6, "mean over tokens", mean)
    variance = length @ np.square(advantages - mean) / (tokens - 1)
    # Below 1 where responses are nearly alike: then the guard under the root shows.
    expect(variance < 1 + 1e-5, "variance over tokens", variance)


# One case each: a call and what must hold, given the plain step. --------------------------------

Check = Callable[[Batch, lead_rs.LeadOutput, np.random.Generator], None]
"""Raises a `Fault`; `NotApplicable` where the batch is none to try this with."""


class NotApplicable(Exception):
    """This batch says nothing about that."""


def only_if(condition: bool) -> None:
    """Leave a case out, uncounted, unless it applies."""
    if not condition:
        raise NotApplicable


def permuted(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """The order of the rows does not matter, to the last bit."""
    order = rng.permutation(len(batch.score))
    index = [batch.index[row] for row in order]
    other = batch.step(score=batch.score[order], length=batch.length[order], index=index)
    for name in ("advantages", "efficiency_reward", "target_length"):
        same(getattr(other, name), getattr(out, name)[order], name)
    expect(other.metrics == out.metrics, "metrics", other.metrics, "expected", out.metrics)


def renamed(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """A uid is a name, whatever it is."""
    other = batch.step(index=[(3, uid) for uid in batch.index])
    same(other.advantages, out.advantages, "advantages")
    expect(other.metrics == out.metrics, "metrics")


def twice_as_many_tokens(batch: Batch, got: Any, out: lead_rs.LeadOutput) -> None:
    """The same but for Bessel's correction: between 1 and `bessel` times the advantages."""
    tokens = float(batch.length.sum())
    bessel = math.sqrt((2 * tokens - 1) / (2 * tokens - 2))
    advantages = out.advantages.astype(float)
    close(got, np.clip(got, *sorted_pair(advantages, bessel * advantages)), "advantages")


def sorted_pair(a: Any, b: Any) -> tuple[Any, Any]:
    """The smaller and the larger of each pair."""
    return np.minimum(a, b), np.maximum(a, b)


def doubled(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """Every prompt there twice, under two names: the same statistics."""
    only_if(batch.smooth)
    other = batch.step(
        score=np.tile(batch.score, 2),
        length=np.tile(batch.length, 2),
        index=[*batch.index, *(f"{uid} again" for uid in batch.index)],
    )
    half = len(batch.score)
    twice_as_many_tokens(batch, other.advantages[:half], out)
    close(other.advantages[half:], other.advantages[:half], "the two halves")
    close(other.lambda_corr, out.lambda_corr, "lambda_corr", 1e-8)


def longer(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """Lengths, and the settings that are lengths, in another unit: the same rewards."""
    settings = batch.settings
    only_if(batch.smooth and settings["bmax"] < F32 / 4 and batch.length.max() <= U32 // 2)
    scaled = {name: 2 * settings[name] for name in ("bmax", "lstar_min", "min_length")}
    config = lead_rs.LeadConfig(**{**settings, **scaled})
    other = batch.step(length=2 * batch.length, config=config)
    same(other.efficiency_reward, out.efficiency_reward, "efficiency rewards")
    same(other.target_length, 2 * out.target_length, "target lengths")
    twice_as_many_tokens(batch, other.advantages, out)


def better_paid(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """Groups are normalised: what a right answer is paid is nothing to a fixed weight."""
    plain = ((batch.score == 0) | (batch.score == 1)).all()
    fixed = batch.settings["static_lambda_corr"]
    only_if(plain and fixed is not None and min(Counter(batch.index).values()) > 1)
    other = batch.step(score=4 * batch.score)
    # z-scores differ by the guard of 1e-6 in their denominator, up to 5e-6; whitening scales them.
    within = 5e-5 * max(1.0, float(np.abs(out.advantages).max()))
    apart = np.abs(other.advantages - out.advantages)
    expect((apart <= within).all(), "advantages", other.advantages, "expected", out.advantages)


def empty_rows_scored(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """An empty response's score is 0, whatever came."""
    empty = batch.length == 0
    only_if(empty.any())
    wild = WILD[rng.integers(len(WILD), size=len(batch.score))]
    other = batch.step(score=np.where(empty, wild, batch.score))
    same(other.advantages, out.advantages, "advantages")
    expect(other.metrics == out.metrics, "metrics")


def padded(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """Prompts of nothing but empty responses: no effect beside fixed weights."""
    only_if(batch.settings["static_lambda_corr"] is not None)
    more = int(rng.integers(1, 4))
    other = batch.step(
        score=np.append(batch.score, np.ones(more)),
        length=np.append(batch.length, np.zeros(more, np.int64)),
        index=[*batch.index, *("padding",) * more],
    )
    close(other.advantages[:-more], out.advantages, "advantages")
    expect(not other.advantages[-more:].any(), "padding has an advantage")


def on_tokens(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """[B, T] arrays of any dtype, with holes and garbage where the mask is 0: the same."""
    longest = int(batch.length.max())
    only_if(longest <= 80)
    width = longest + int(rng.integers(0, 70))
    mask = np.arange(width) < batch.length[:, None]
    if rng.random() < 0.5:
        mask = rng.permuted(mask, axis=1)
    last = np.where(mask.any(1), width - 1 - mask[:, ::-1].argmax(1), 0)
    dtype = np.float32 if (batch.score == batch.score.astype(np.float32)).all() else np.float64
    rewards = np.where(mask, 0, WILD[rng.integers(len(WILD))]).astype(dtype)
    rows = np.flatnonzero(batch.length)
    rewards[rows, last[rows]] = batch.score[rows]
    mask = mask.astype(MASKS[rng.integers(len(MASKS))])
    advantages, returns = lead_rs.compute_lead_outcome_advantage(
        rewards, mask, batch.index, config=batch.config
    )
    expect(returns is advantages, "returns")
    same(advantages, np.where(mask == 1, out.advantages[:, None], np.float32(0)), "advantages")


def by_stages(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """The stages by themselves are those of the step."""
    target = lead_rs.target_length(batch.score, batch.length, batch.index, config=batch.config)
    same(target, out.target_length, "target lengths")
    reward = lead_rs.efficiency_reward(batch.score, batch.length, target, config=batch.config)
    same(reward, out.efficiency_reward, "efficiency rewards")


def by_oracle(batch: Batch, out: lead_rs.LeadOutput, rng: np.random.Generator) -> None:
    """The formulas written again, for one batch in fifty: numpy is slow on few numbers."""
    only_if(batch.smooth and rng.random() < 0.02)
    state = {"step": 0, "weights": (0.5, 0.5)}
    index = np.array(batch.index)
    advantages, metrics, _ = oracle.step(batch.settings, state, batch.score, batch.length, index)
    close(out.advantages, advantages, "advantages", 2e-6)
    close(out.metrics["lead/w_corr"], metrics["lead/w_corr"], "w_corr", 1e-8)


CASES: tuple[Check, ...] = (
    permuted, renamed, doubled, longer, better_paid, empty_rows_scored, padded, on_tokens,
    by_stages, by_oracle,
)  # fmt: skip


# A controller through steps and refusals. -------------------------------------------------------


def spoilt(batch: Batch, rng: np.random.Generator) -> dict[str, Any]:
    """The batch with one thing wrong that must be refused."""
    score, length, index = batch.score.copy(), batch.length.astype(float), list(batch.index)
    row = int(rng.integers(len(score)))
    kind = int(rng.integers(8))
    if kind == 0:
        score[row], length[row] = rng.choice([math.nan, math.inf, -math.inf, 1e39, -1e300]), 5
    elif kind == 1:
        length[row] = rng.choice([-1.0, -5e-324, 0.5, math.nan, math.inf, 2.0**32, 1e300])
    elif kind == 2:
        index[row] = rng.choice([None, math.nan])
    elif kind == 3:
        index[row] = ["a list"]
    elif kind == 4:
        index = index[:-1]
    elif kind == 5:
        length = np.append(length, 3)
    elif kind == 6:
        length = np.zeros(len(length))
    else:
        score = score.astype(complex)
    return {"correctness": score, "response_length": length, "index": index}


def refused(batch: Batch, controller: lead_rs.WeightController, rng: np.random.Generator) -> None:
    """One of the errors that are documented, and a controller that has not moved."""
    before = controller.step, controller.weights
    bad = spoilt(batch, rng)
    try:
        lead_rs.compute_advantage(**bad, controller=controller)
    except (ValueError, TypeError):
        pass
    else:
        raise Fault(f"accepted {bad}")
    expect((controller.step, controller.weights) == before, "the controller has moved")


def continued(batch: Batch, controller: lead_rs.WeightController) -> None:
    """One step on, with weights that are shares."""
    before = controller.step
    out = lead_rs.compute_advantage(batch.score, batch.length, batch.index, controller=controller)
    check_step(batch, out)
    expect(controller.step == before + 1, "steps")
    expect(all(0 <= weight <= 1 for weight in controller.weights), "weights", controller.weights)


def restored(batch: Batch, controller: lead_rs.WeightController, rng: np.random.Generator) -> None:
    """Through its state, as JSON, and back; once in twenty, for it is slow."""
    only_if(rng.random() < 0.05)
    state = json.loads(json.dumps(controller.state_dict()))
    other = lead_rs.WeightController(batch.config)
    other.load_state_dict(state)
    expect(other.state_dict() == controller.state_dict(), "state")


def damaged(batch: Batch, rng: np.random.Generator) -> None:
    """A state with one field replaced is refused, or good for more steps and states; as rarely."""
    only_if(rng.random() < 0.05)
    controller = lead_rs.WeightController(batch.config)
    controller.enter_step(1)
    inputs = batch.score, batch.length, batch.index
    lead_rs.compute_advantage(*inputs, controller=controller)
    state = controller.state_dict()
    fields = [(part, key) for part in (state, state["weights"]) for key in keys(part)]
    for part in (state["config"], state["last_step"], *state["last_step"].values()):
        fields += [(part, key) for key in keys(part)]
    part, key = fields[rng.integers(len(fields))]
    part[key] = HOSTILE_FIELDS[rng.integers(len(HOSTILE_FIELDS))]

    resumed = lead_rs.WeightController(batch.config)
    before = resumed.state_dict()
    try:
        resumed.load_state_dict(state)
    except ValueError:
        expect(resumed.state_dict() == before, "a refused state has changed the controller")
        return
    for number in (1, 1, 2):
        resumed.enter_step(number)
        check_step(batch, lead_rs.compute_advantage(*inputs, controller=resumed))
        expect(all(0 <= weight <= 1 for weight in resumed.weights), "weights", resumed.weights)
        again = lead_rs.WeightController.from_state_dict(resumed.state_dict())
        expect(again.state_dict() == resumed.state_dict(), "state")


def keys(part: Any) -> list[Any]:
    """Of a dict or a list; none of anything else."""
    if isinstance(part, dict):
        return list(part)
    return list(range(len(part))) if isinstance(part, list) else []


# Random batches. --------------------------------------------------------------------------------


def settings(rng: np.random.Generator) -> tuple[dict[str, Any], bool]:
    """Settings up to the ends of their ranges, and whether they are smooth."""

    def one_of(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    lstar_min = one_of(1.0, 4.0, 500.0, 1000.0, 1000.0, 1000.0, 1e-300, TINY, F32)
    room = one_of(1.0, 1.0 + 1e-12, 8.0, 8.0, 8.0, 1e12)
    alpha = one_of(0.0, 0.5, 1.0, 1.0, 2.0, 50.0, 1e-300, 1e308)
    epsilon = one_of(1e-8, 1e-8, 1e-8, 1e-3, 1.0, TINY, 1e308)
    chosen = {
        "alpha": alpha,
        "beta": one_of(0.0, 0.5, 0.95, 1.0),
        "epsilon": epsilon,
        "bmax": max(lstar_min, min(F32, lstar_min * room)),
        "lambda_min": one_of(0.0, 0.3, 1.0),
        "lstar_mode": one_of(*oracle.LSTAR_MODES),
        "aggregator": one_of(*oracle.AGGREGATORS),
        "static_lambda_corr": one_of(None, None, None, 0.0, 0.4, 1.0),
        "lstar_min": lstar_min,
        "min_length": one_of(0.0, 500.0, 1e307),
        "unsolved": one_of("bmax", "neutral"),
        "quantile": one_of(0.0, 0.25, 0.5, 0.9, 1.0),
    }
    return chosen, 1 <= alpha <= 50 and 1e-9 < epsilon <= 1


def batches(seed: int, chunk: int) -> Iterator[tuple[Batch, np.random.Generator]]:
    """A chunk's batches, each with the generator of its cases."""
    rng = np.random.default_rng([seed, chunk])
    configs = []
    for _ in range(BATCHES // 10):
        chosen, smooth = settings(rng)
        configs.append((chosen, lead_rs.LeadConfig(**chosen), smooth))
    sizes = rng.integers(1, 25, BATCHES)
    sizes[0] = 2000
    ends = np.cumsum(sizes)
    total = int(ends[-1])
    plain = rng.choice(PLAIN_SCORES, total)
    binary = rng.integers(0, 2, total).astype(float)
    normal = rng.normal(0.5, 1, total)
    hostile = rng.choice(HOSTILE_SCORES, total)
    long = np.minimum(rng.geometric(1 / 2500, total), 9000) - 1
    short = rng.integers(0, 60, total)
    wild = rng.choice(HOSTILE_LENGTHS, total)
    uids = np.array([f"prompt {i}" for i in range(12)], dtype=object)
    prompt = rng.integers(0, 12, total)
    for begin, end in zip(ends - sizes, ends, strict=True):
        chosen, config, smooth = configs[rng.integers(len(configs))]
        rows = slice(int(begin), int(end))
        kind = int(rng.integers(6))
        score = (plain, binary, binary, normal, hostile, plain)[kind][rows]
        length = (long, short, wild)[rng.integers(3)][rows].copy()
        index = uids[prompt[rows] % int(rng.integers(1, 13))].tolist()
        if rng.random() < 0.05:
            length[:] = length[0]
        if length.sum() < 2:
            length[0] += 2
        huge = kind == 4 and float(np.abs(score).max()) > 1e5
        yield Batch(score, length, index, chosen, config, smooth and not huge), rng


def run(cases: int, seed: int, *, chunk: int = 0, most: int = 20) -> dict[str, Any]:
    """Try so many cases.

    Args:
        cases: how many, at least.
        seed: of all random numbers.
        chunk: the first one, such as that of a fault that was found.
        most: the number of faults after which to stop.

    Returns:
        The record: JSON data.
    """
    began = time.monotonic()
    tried: Counter[str] = Counter()
    faults: list[dict[str, Any]] = []

    def attempt(case: Callable[..., Any], chunk: int, batch: Batch, *rest: Any) -> Any:
        name = case.__name__
        try:
            result = case(batch, *rest)
        except NotApplicable:
            return None
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # pyo3's panics are no Exception
            tried[name] += 1
            what = str(error) if isinstance(error, Fault) else repr(error)
            faults.append({"case": name, "chunk": chunk, "fault": what[:600], **shown(batch)})
            return None
        tried[name] += 1
        return result

    def all_of(chunk: int) -> None:
        controllers: dict[int, lead_rs.WeightController] = {}
        for batch, rng in batches(seed, chunk):
            out = attempt(step, chunk, batch)
            if out is not None:
                for case in CASES:
                    attempt(case, chunk, batch, out, rng)
            controller = controllers.setdefault(
                id(batch.config), lead_rs.WeightController(batch.config)
            )
            attempt(refused, chunk, batch, controller, rng)
            attempt(continued, chunk, batch, controller)
            attempt(restored, chunk, batch, controller, rng)
            attempt(damaged, chunk, batch, rng)

    while tried.total() < cases and len(faults) < most:
        with np.errstate(all="ignore"):  # the oracle's
            all_of(chunk)
        chunk += 1
        if sys.stderr.isatty():
            print(f"\r{tried.total():,} cases, {len(faults)} faults", end="", file=sys.stderr)
    return {
        "seed": seed,
        "cases": tried.total(),
        "seconds": round(time.monotonic() - began, 1),
        "versions": {"lead_rs": lead_rs.__version__, "numpy": np.__version__},
        "faults": faults,
        "cases_by_kind": dict(sorted(tried.items())),
    }


def shown(batch: Batch) -> dict[str, Any]:
    """A batch for a person to look at: its first rows."""
    return {
        "score": batch.score[:24].tolist(),
        "length": batch.length[:24].tolist(),
        "index": batch.index[:24],
        "settings": batch.settings,
    }


def main() -> int:
    """The command; 1 if there are faults."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chunk", type=int, default=0, help="begin there, as at a fault's")
    parser.add_argument("--record", type=Path, help="write the record there, as JSON")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # of states with other settings
    record = run(options.cases, options.seed, chunk=options.chunk)
    text = json.dumps(record, indent=2) + "\n"
    if options.record:
        options.record.parent.mkdir(parents=True, exist_ok=True)
        options.record.write_text(text)
    print(text if record["faults"] else f"{record['cases']:,} cases, no fault")
    return 1 if record["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
