"""Which way each target length pushes: the correlation of advantage and length after one step.

Lengths of three shapes, correctness independent of them, so that only LEAD's efficiency reward can
push. Negative: shorter answers are preferred, as is wanted; positive: longer ones.

    python examples/targets/skew.py --out outputs/targets
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

import lead_rs
from lead_rs.tables import markdown_table

PROMPTS, GROUP, ACCURACY, BATCHES = 256, 8, 0.66, 20
MEAN, LEAST, MOST = 3000, 100, 6000
SKEWS = ("right-skewed", "symmetric", "left-skewed")
TARGETS = {
    "mean_correct (the paper)": {"aggregator": "mean_correct"},
    "mean_all": {"aggregator": "mean_all"},
    "median_correct": {"aggregator": "median_correct"},
    "quantile_correct, 0.75": {"aggregator": "quantile_correct", "quantile": 0.75},
    "quantile_correct, 0.5": {"aggregator": "quantile_correct", "quantile": 0.5},
    "quantile_correct, 0.25": {"aggregator": "quantile_correct", "quantile": 0.25},
    "quantile_correct, 0.1": {"aggregator": "quantile_correct", "quantile": 0.1},
    "min_correct": {"aggregator": "min_correct"},
    "mean_correct in upper_only": {"aggregator": "mean_correct", "lstar_mode": "upper_only"},
    "mean_correct in max_asym": {"aggregator": "mean_correct", "lstar_mode": "max_asym"},
}


def lengths(skew, size, rng):
    """[size] lengths in tokens, 100 to 5,900: with a tail of long ones, none, or of short ones."""
    if skew == "symmetric":
        drawn = rng.normal(MEAN, 800, size)
    else:
        drawn = LEAST + rng.gamma(2.0, 800, size)
    drawn = np.clip(np.round(drawn), LEAST, MOST - LEAST)
    return MOST - drawn if skew == "left-skewed" else drawn


def pushes(skew, setting):
    """The correlation of advantage and length in each of the batches."""
    config = lead_rs.LeadConfig(**{"lstar_mode": "max_sym", "lstar_min": 1} | setting)
    index = np.repeat(np.arange(PROMPTS), GROUP)
    found = []
    for seed in range(BATCHES):
        rng = np.random.default_rng(seed)
        correct = (rng.random(len(index)) < ACCURACY).astype(float)
        out = lead_rs.compute_advantage(
            correct, lengths(skew, len(index), rng), index, config=config
        )
        found.append(out.metrics["lead/adv_len_corr"])
    return found


def measure():
    """{target: {skew: mean correlation}}, and the largest deviation between batches."""
    every = {
        name: {skew: pushes(skew, setting) for skew in SKEWS} for name, setting in TARGETS.items()
    }
    spread = max(np.std(values) for row in every.values() for values in row.values())
    return {
        name: {skew: float(np.mean(values)) for skew, values in row.items()}
        for name, row in every.items()
    }, float(spread)


def table(means):
    """A Markdown table, a row per target."""
    rows = [[name, *(f"{row[skew]:+.2f}" for skew in SKEWS)] for name, row in means.items()]
    return markdown_table(["target", *SKEWS], rows)


def draw(means, path):
    """The shapes of the lengths above, the pushes below them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6), layout="constrained")
    axes = figure.subplots(2, 3, sharey="row", height_ratios=[1, 2])
    names = list(reversed(means))
    for column, skew in enumerate(SKEWS):
        shape, push = axes[:, column]
        drawn = lengths(skew, 100_000, np.random.default_rng(0))
        shape.hist(drawn, bins=60, color="#999999")
        shape.axvline(drawn.mean(), color="black", linewidth=0.8)
        shape.set_title(f"{skew}; line: the mean", fontsize=10)
        shape.set_xlabel("length, tokens", fontsize=9)
        shape.set_yticks([])
        values = [means[name][skew] for name in names]
        colours = ["#D55E00" if value > 0.02 else "#0072B2" for value in values]
        push.barh(names, values, color=colours)
        push.axvline(0, color="black", linewidth=0.6)
        push.set_xlim(-0.7, 0.7)
        push.set_xlabel("correlation of advantage and length", fontsize=9)
    figure.savefig(path, dpi=110)


def main():
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("outputs/targets"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    means, spread = measure()
    print(table(means))
    print(f"\nThe deviation between batches is at most {spread:.3f}.")
    (arguments.out / "skew.json").write_text(json.dumps(means, indent=1))
    draw(means, arguments.out / "skew.png")
    print(f"saved {arguments.out}/skew.json and skew.png")


if __name__ == "__main__":
    main()
