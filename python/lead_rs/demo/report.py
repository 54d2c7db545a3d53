"""What runs did, from verl's own files: a line per step, a table, a picture."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lead_rs._errors import CommandError
from lead_rs._progress import Pace
from lead_rs.demo.tasks import TINY, Task
from lead_rs.runs.logs import Log, load_log
from lead_rs.tables import plain_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from tokenizers import Tokenizer

TITLES = {
    "lead": "LEAD",
    "grpo": "GRPO",
    "neutral": "LEAD, unsolved=neutral",
    "rewards": "three rewards",
}
COLOURS = {"lead": "#1f5fa8", "grpo": "#d9822b", "neutral": "#7a4fa3", "rewards": "#2e7d4f"}

ACCURACY = "critic/score/mean"
ACCURACY_APART = "lead/accuracy_batch"
"""Where scores have more in them, as format."""
LENGTH = "response_length/mean"
LENGTH_CORRECT = "lead/resp_len_mean_correct"
TARGET_LENGTH = "lead/lstar_mean_solvable"
LAMBDA_CORR, LAMBDA_EFF = "lead/w_corr", "lead/w_eff"
REWARDS = {"correct": {}, "short": {"linestyle": "--"}, "format": {"linestyle": ":"}}
"""Of a run that lists its rewards, and how each one's weight is drawn."""
PUSH, PUSH_CORRECT = "lead/adv_len_corr", "lead/adv_len_corr_correct"
ENTROPY = "actor/entropy_loss"
SOLVED, UNSOLVED = "lead/num_solvable_prompts", "lead/num_unsolved_prompts"
MEMORY = "actor/perf/cpu_memory_used_gb"
"""What the whole machine uses, in GiB."""

Metrics = dict[str, float]


class Response(NamedTuple):
    """A response to a held-out problem."""

    correct: float
    tokens: int
    passes: int


HeldOut = dict[str, list[Response]]
"""The responses to the held-out problems at one step, by prompt."""


class Mean(NamedTuple):
    """A mean over problems and its standard error."""

    value: float
    error: float

    def __str__(self) -> str:
        """Both, with three significant digits."""
        digits = 3 if abs(self.value) < 1 else 1
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}"


class Run(NamedTuple):
    """One run: the metrics of its steps, and its held-out responses where it took any."""

    estimator: str
    seed: str
    log: Log
    held_out: dict[int, HeldOut]

    @property
    def title(self) -> str:
        """What it is called in tables."""
        return f"{TITLES[self.estimator]} seed {self.seed}"


def metrics_file(run_folder: Path, first_step: int) -> Path:
    """Where verl logs to, of a start after `first_step`: it overwrites the file it is given."""
    return run_folder / "metrics" / f"{first_step:06}.jsonl"


def load_held_out(run_folder: Path, tokenizer: Tokenizer, most: int) -> dict[int, HeldOut]:
    """The validation responses that verl dumped, by step; of at most `most` tokens."""
    held_out: dict[int, HeldOut] = {}
    for file in sorted(run_folder.glob("held_out/*.jsonl"), key=lambda file: int(file.stem)):
        problems = held_out[int(file.stem)] = defaultdict(list)
        for line in file.read_text().splitlines():
            row = json.loads(line)
            text = row["output"]
            # The end token is not in the text, and a response that was cut off has none.
            tokens = min(len(tokenizer.encode(text).ids) + 1, most)
            problems[row["input"]].append(Response(row["acc"], tokens, count_passes(text)))
    return held_out


def count_passes(response: str) -> int:
    """How many times a response worked its problem: 0 where it is the answer alone."""
    return ("=" in response) + response.count("Check: ")


def load_runs(seed_folders: Sequence[Path], task: Task = TINY) -> list[Run]:
    """Every run under the folders of the seeds that has been measured at least once."""
    from tokenizers import Tokenizer

    runs = []
    for folder in seed_folders:
        tokenizer = Tokenizer.from_file(str(task.start_folder(folder) / "model" / "tokenizer.json"))
        for estimator in TITLES:
            held_out = load_held_out(folder / estimator, tokenizer, task.response_tokens)
            try:
                log = load_log(folder / estimator / "metrics")
            except CommandError:  # it has logged nothing yet
                continue
            if held_out:
                runs.append(Run(estimator, folder.name.removeprefix("seed"), log, held_out))
    return runs


def mean(values: Sequence[float]) -> Mean:
    """Mean and standard error of independent values."""
    return Mean(statistics.fmean(values), statistics.stdev(values) / len(values) ** 0.5)


def per_problem(held_out: HeldOut, quantity: str) -> list[float]:
    """A field of `Response`, averaged over each problem's responses."""
    return [
        statistics.fmean(getattr(response, quantity) for response in held_out[prompt])
        for prompt in sorted(held_out)
    ]


def _weight(reward: str) -> str:
    return f"lead/reward_{reward}/w"


def progress(step: int, metrics: Metrics, last_step: int, pace: Pace) -> str:
    """A step in one line, with the time that is left."""
    parts = [f"step {step:3}/{last_step}"]
    if ACCURACY in metrics:
        accuracy = metrics.get(ACCURACY_APART, metrics[ACCURACY])
        parts += [f"accuracy {accuracy:.3f}", f"length {metrics[LENGTH]:5.1f}"]
    if LAMBDA_CORR in metrics:
        parts += [f"lambda {metrics[LAMBDA_CORR]:.3f}", f"L* {metrics[TARGET_LENGTH]:5.1f}"]
    parts += [
        f"{name} {metrics[_weight(name)]:.3f}" for name in REWARDS if _weight(name) in metrics
    ]
    if "timing_s/step" in metrics:
        parts += [f"{metrics['timing_s/step']:4.1f} s", f"left {pace.left(last_step - step)}"]
    parts += [f"held out {v:.3f}" for k, v in metrics.items() if "/acc/mean@" in k]
    return "   ".join(parts)


def data(run: Run) -> dict[str, Any]:
    """Start and end of a run, as JSON data: accuracy and length held out, by step."""
    ends = {step: run.held_out[step] for step in (min(run.held_out), max(run.held_out))}
    return {
        "adv": run.estimator,
        "seed": run.seed,
        **{
            name: {step: mean(per_problem(held, quantity))._asdict() for step, held in ends.items()}
            for name, quantity in (("accuracy", "correct"), ("tokens", "tokens"))
        },
    }


def table(runs: Sequence[Run]) -> str:
    """Start and end of each run; accuracy and length held out, with their standard errors."""
    lines = [["run", "step", "accuracy", "length in tokens", "", "lambda_corr", "L*"]]
    for run in runs:
        first, last = (run.held_out[step] for step in (min(run.held_out), max(run.held_out)))
        accuracy, length = (
            [mean(per_problem(held_out, quantity)) for held_out in (first, last)]
            for quantity in ("correct", "tokens")
        )
        cells = [run.title, str(max(run.held_out))]
        cells += [f"{start} -> {end}" for start, end in (accuracy, length)]
        cells.append(f"{length[1].value / length[0].value - 1:+.0%}")
        for metric, digits in ((LAMBDA_CORR, 3), (TARGET_LENGTH, 1)):
            _, values = run.log.curve(metric)
            ends = [f"{values[i]:.{digits}f}" for i in (0, -1)] if values else ["-"]
            cells.append(" -> ".join(ends))
        lines.append(cells)
    return plain_table(lines)


def accuracy_by_passes(held_out: HeldOut) -> str:
    """What checking buys: the accuracy of responses that worked their problem 1, 2, ... times."""
    correct = defaultdict(list)
    for responses in held_out.values():
        for response in responses:
            correct[min(response.passes, 5)].append(response.correct)
    return ", ".join(
        f"{passes}{'+' if passes == 5 else ''}: {statistics.fmean(values):.2f} (n={len(values)})"
        for passes, values in sorted(correct.items())
    )


def summary(runs: Sequence[Run]) -> str:
    """The table, and what it rests on: checks that pay, and lengths that are right-skewed."""
    lines = [table(runs), ""]
    for seed, run in {run.seed: run for run in reversed(runs)}.items():
        first = run.held_out[min(run.held_out)]
        tokens = sorted(r.tokens for responses in first.values() for r in responses)
        lines += [
            f"seed {seed} at the start: accuracy by passes {accuracy_by_passes(first)};",
            f"  length mean {statistics.fmean(tokens):.1f}, median {statistics.median(tokens):.0f},"
            f" 90th percentile {tokens[len(tokens) * 9 // 10]}",
        ]
    for run in runs:
        last = run.held_out[max(run.held_out)]
        lines.append(f"{run.title} at the end: accuracy by passes {accuracy_by_passes(last)}")
        push, push_correct = (run.log.curve(metric)[1][:10] for metric in (PUSH, PUSH_CORRECT))
        if push:
            lines.append(
                f"{run.title}: correlation of advantage and length, first {len(push)} steps: "
                f"{statistics.fmean(push):+.2f}, among correct responses "
                f"{statistics.fmean(push_correct):+.2f}"
            )
        if logged := _logged(run.log):
            lines.append(f"{run.title}: {logged}")
    return "\n".join(lines)


def _logged(log: Log) -> str:
    """What else verl's log says of a run, where it has it."""
    found = []
    entropy, solved, unsolved, memory = (
        log.curve(metric)[1] for metric in (ENTROPY, SOLVED, UNSOLVED, MEMORY)
    )
    if entropy:
        found.append(f"entropy {entropy[0]:.3f} -> {entropy[-1]:.3f} nats a token")
    if prompts := sum(solved) + sum(unsolved):
        found.append(f"{sum(unsolved) / prompts:.0%} of the prompts unsolved")
    if memory:
        found.append(f"{max(memory):.1f} GiB of memory in use at most")
    return ", ".join(found)


def draw(runs: Sequence[Run], picture: Path) -> None:
    """Accuracy, lengths and weights over the steps, LEAD's in blue and GRPO's in orange."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (accuracy, length, weights) = pyplot.subplots(
        1, 3, figsize=(13, 4), layout="constrained"
    )
    for run in runs:
        colour, title = COLOURS[run.estimator], TITLES[run.estimator]
        curves: list[tuple[Axes, str, str, dict[str, Any]]] = [
            (
                accuracy,
                ACCURACY_APART if run.estimator == "rewards" else ACCURACY,
                f"{title}, training batch",
                {"alpha": 0.3, "linewidth": 1},
            ),
            (length, LENGTH, f"{title}, all responses", {}),
            (length, LENGTH_CORRECT, f"{title}, correct", {"linestyle": "--"}),
            (length, TARGET_LENGTH, "L*", {"linestyle": ":", "color": "black"}),
            (weights, LAMBDA_CORR, r"$\lambda_{corr}$, correctness", {}),
            (weights, LAMBDA_EFF, r"$\lambda_{eff}$, efficiency", {"linestyle": "--"}),
            *((weights, _weight(name), name, style) for name, style in REWARDS.items()),
        ]
        for axes, metric, label, style in curves:
            steps, values = run.log.curve(metric)
            if steps:
                axes.plot(steps, values, label=label, **{"color": colour, **style})
        for axes, quantity, line in (accuracy, "correct", "o-"), (length, "tokens", "o"):
            means = [mean(per_problem(held_out, quantity)) for held_out in run.held_out.values()]
            axes.errorbar(
                list(run.held_out),
                [m.value for m in means],
                [m.error for m in means],
                fmt=line,
                markersize=4,
                capsize=3,
                color=colour,
                label=f"{title}, held out (± SE)",
            )
    accuracy.set(title="accuracy", ylim=(0, 1))
    length.set(title="response length (tokens)", ylim=(0, None))
    weights.set(title="LEAD's weights", ylim=(0, 1))
    for axes in (accuracy, length, weights):
        axes.set_xlabel("step")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        handles, labels = axes.get_legend_handles_labels()
        unique = dict(zip(labels, handles, strict=True))
        if unique:
            axes.legend(unique.values(), unique, fontsize=8, frameon=False)
    figure.savefig(picture, dpi=100)
    pyplot.close(figure)
