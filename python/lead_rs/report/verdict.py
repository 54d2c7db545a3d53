"""What a run did, in a sentence."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from lead_rs.report.panels import held_out_label
from lead_rs.report.run import Run
from lead_rs.runs.held_out import accuracy_metrics
from lead_rs.runs.logs import Log

_LENGTHS = {
    "correct responses": ("lead/resp_len_mean_correct",),
    "responses": ("response_length/mean", "lead/resp_len_mean"),
}
_MOST_STEPS = 10


def verdict(run: Run) -> str:
    """How far a run's responses became shorter, and what became of its accuracy.

    Lengths, and the training rollouts' accuracy, are of other prompts every step: they are means
    over the first and over the last steps, a tenth of the run each and at most 10.

    Args:
        run: the run.

    Returns:
        The sentence; empty where neither was logged.
    """
    parts = [part for part in (_lengths(run.log), *_accuracies(run)) if part]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _lengths(log: Log) -> str:
    for name, alternatives in _LENGTHS.items():
        for metric in alternatives:
            if ends := _ends(log.curve(metric)[1]):
                first, last = ends
                change = f", {(last / first - 1) * 100:+.0f}%" if first else ""
                return f"{name} {_tokens(first)} to {_tokens(last)} tokens{change}"
    return ""


def _tokens(count: float) -> str:
    return f"{count:.1f}" if count < 100 else f"{count:,.0f}"


def _accuracies(run: Run) -> list[str]:
    validated = [
        f"held-out accuracy{of} {_held_out(run, metric)}"
        for metric, of in zip(
            accuracy_metrics(run.log), _names(accuracy_metrics(run.log)), strict=True
        )
    ]
    if validated:
        return validated
    ends = _ends(run.log.curve("lead/accuracy_batch")[1])
    return [f"training accuracy {ends[0]:.3f} to {ends[1]:.3f}"] if ends else []


def _names(metrics: Sequence[str]) -> list[str]:
    """Which set each accuracy is of, where there are several."""
    if len(metrics) == 1:
        return [""]
    return [f" ({held_out_label(metric).removeprefix('held out: ')})" for metric in metrics]


def _held_out(run: Run, metric: str) -> str:
    steps, values = run.log.curve(metric)
    if len(steps) == 1:
        return f"{values[0]:.3f}"
    text = f"{values[0]:.3f} to {values[-1]:.3f}"
    first, last = run.held_out.get(steps[0]), run.held_out.get(steps[-1])
    if last is None or math.isnan(last.error):
        return text
    text += f" ± {last.error:.3f}"
    changed = last.change_since(first) if first else None
    if changed is None:
        return text
    change, error = changed
    beyond = "more than" if abs(change) > 2 * error else "within"
    return f"{text}, a change of {change:+.3f} ± {error:.3f}, {beyond} two standard errors"


def _ends(values: Sequence[float]) -> tuple[float, float] | None:
    """The means over the first and over the last values."""
    count = min(_MOST_STEPS, max(1, len(values) // 10))
    if not values:
        return None
    return statistics.fmean(values[:count]), statistics.fmean(values[-count:])
