"""What each picture shows, and the PNGs that are drawn of it."""

import importlib.util

import pytest

from lead_rs.report import panels
from lead_rs.report.run import Run
from lead_rs.runs.held_out import Accuracy
from lead_rs.runs.logs import Log

PANELS = {panel.name: panel for panel in panels.PANELS}
MEAN, LOW, HIGH = (f"critic/advantages/{each}" for each in ("mean", "min", "max"))
SETS = [f"val-core/{name}/acc/mean@4" for name in "abcd"]
needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="no matplotlib"
)


def run(held_out=None, **curves):
    return run_of({name: dict(enumerate(each, 1)) for name, each in curves.items()}, held_out)


def run_of(curves, held_out=None):
    steps = {}
    for name, points in curves.items():
        for step, value in points.items():
            steps.setdefault(step, {})[name] = value
    return Run(Log([], steps, []), held_out or {}, None)


def advantages(mean=(0, 0, 0), low=(-1, -2, -3), high=(1, 2, 3)):
    return run(**{MEAN: mean, LOW: low, HIGH: high})


def validated():
    """A run with held-out accuracies at steps 5 and 10, known problem by problem."""
    problems = Accuracy({"a": 0.0, "b": 1.0})
    curves = {"lead/accuracy_batch": dict.fromkeys(range(1, 11), 0.5), SETS[0]: {5: 0.5, 10: 0.5}}
    return run_of(curves, {5: problems, 10: problems})


def test_what_is_inside_the_estimator_comes_last():
    internal = [panel.name for panel in panels.PANELS if panel.internal]
    assert internal == ["instability", "potential", "advantages", "push"]
    assert internal == list(PANELS)[-4:]


def test_a_panel_of_which_nothing_was_logged_is_not_drawn():
    assert panels.drawing(PANELS["lambda"], {"a": advantages()}) is None
    assert panels.drawing(PANELS["lambda"], {"a": advantages(), "b": run(**{"lead/w_eff": [1]})})


def test_a_name_s_first_metric_that_was_logged_is_drawn():
    both = run(**{"lead/resp_len_mean": [1, 1], "response_length/mean": [2, 2]})
    assert panels.metrics(PANELS["length"], both.log) == {"all": "response_length/mean"}
    leads = run(**{"lead/resp_len_mean": [1, 1]})
    assert panels.metrics(PANELS["length"], leads.log) == {"all": "lead/resp_len_mean"}


def test_a_band_is_between_the_edges_of_its_own_run():
    shown = panels.drawing(PANELS["advantages"], {"a": advantages(), "b": advantages()})
    assert shown.bands == [(1, 2), (4, 5)]
    assert [curve.label for curve in shown.curves] == [
        *("a: mean", "a: smallest", "a: largest", "b: mean", "b: smallest", "b: largest")
    ]
    assert [curve.run for curve in shown.curves] == [0, 0, 0, 1, 1, 1]
    assert [curve.edge for curve in shown.curves] == [False, True, True] * 2
    assert shown.curves[1].points == {1: -1, 2: -2, 3: -3}


def test_an_accuracy_of_one_problem_has_no_band():
    one, two = Accuracy({"a": 1.0}), Accuracy({"a": 0.0, "b": 1.0})
    curves = {"lead/accuracy_batch": {5: 0.5, 10: 0.5}, SETS[0]: {5: 1.0, 10: 0.5}}
    alone = panels.drawing(PANELS["accuracy"], {"a": run_of(curves, {5: one})})
    assert alone.bands == []
    assert not any(curve.edge for curve in alone.curves)
    both = panels.drawing(PANELS["accuracy"], {"a": run_of(curves, {5: one, 10: two})})
    assert [curve.points for curve in both.curves if curve.edge] == [{10: 0.0}, {10: 1.0}]


@pytest.mark.parametrize(("low", "high"), [((), ()), ((-1, -1), ()), ((-1, -1, -1), (1, 1))])
def test_edges_that_are_not_of_the_same_steps_make_no_band(low, high):
    shown = panels.drawing(PANELS["advantages"], {"a": advantages(low=low, high=high)})
    assert shown.bands == []
    assert [curve.label for curve in shown.curves] == ["mean"]


def test_only_few_points_are_marked_and_training_is_faint_where_the_run_validated():
    training, held_out, *edges = panels.drawing(PANELS["accuracy"], {"a": validated()}).curves
    assert (training.marked, training.faint, training.kind) == (True, True, 0)
    assert (held_out.marked, held_out.faint, held_out.kind) == (True, False, 1)
    assert [edge.points[10] for edge in edges] == [0, 1]
    long = run(**{"critic/score/mean": [0.5] * 40})
    [training] = panels.drawing(PANELS["accuracy"], {"a": long}).curves
    assert (training.marked, training.faint) == (False, False)


def test_each_line_of_a_panel_and_each_held_out_set_has_its_style():
    weights = run(**{"lead/w_corr": [1], "lead/target_w_corr": [1]})
    curves = panels.drawing(PANELS["lambda"], {"a": weights}).curves
    assert {curve.label: curve.kind for curve in curves} == {
        "correctness": 0, "target of correctness": 2
    }  # fmt: skip
    sets = run(**{name: [0.5] for name in ("critic/score/mean", *SETS)})
    curves = panels.drawing(PANELS["accuracy"], {"a": sets}).curves
    assert [curve.kind for curve in curves] == [0, 1, 2, 3, 1]
    assert all(0 <= curve.kind < len(panels.STYLES) for curve in curves)


def test_the_first_and_the_last_step_of_each_quantity():
    first = advantages(low=(-1, -2, -3.25), high=(1, 2, 3.5))
    second = run(**{MEAN: (0.5, 0.25), "lead/w_corr": (0.6,), SETS[0]: (0.1, 0.2, 0.3)})
    head, rows = panels.summary({"x": first, "y": second})
    assert head == ["first → last step", "x", "y"]
    assert rows == [
        ["weights lambda: correctness", "-", "0.6 → 0.6"],
        ["advantages: mean", "0 → 0", "0.5 → 0.25"],
        ["advantages: smallest", "-1 → -3.25", "-"],
        ["advantages: largest", "1 → 3.5", "-"],
        [SETS[0], "-", "0.1 → 0.3"],
    ]


@needs_matplotlib
def test_a_picture_has_the_lines_their_names_and_the_bands():
    panel = PANELS["advantages"]
    figure = panels.draw(panel, panels.drawing(panel, {"a": advantages(), "b": advantages()}))
    [axes] = figure.axes
    assert axes.get_title("left") == "advantages"
    assert [line.get_label() for line in axes.lines] == ["a: mean", "b: mean"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a: mean", "b: mean"]
    assert axes.lines[0].get_color() != axes.lines[1].get_color()
    assert len(axes.collections) == 2
    box = axes.collections[0].get_paths()[0].get_extents()
    assert (box.x0, box.x1, box.y0, box.y1) == (1, 3, -3, 3)
    # There is no half a step.
    assert all(tick == int(tick) for tick in axes.get_xticks())


@needs_matplotlib
def test_a_picture_tells_the_background_from_what_it_is_about():
    panel = PANELS["accuracy"]
    [axes] = panels.draw(panel, panels.drawing(panel, {"a": validated()})).axes
    training, held_out = axes.lines
    assert training.get_alpha() < held_out.get_alpha() == 1
    assert (training.get_linestyle(), held_out.get_linestyle()) == ("-", "--")
    assert held_out.get_marker() == "."
    long = run(**{"critic/score/mean": [0.5] * 40})
    [axes] = panels.draw(panel, panels.drawing(panel, {"a": long})).axes
    assert axes.lines[0].get_marker() == ""


@needs_matplotlib
@pytest.mark.parametrize(("name", "marked"), [("push", True), ("potential", False)])
def test_zero_is_marked_where_the_sign_says_something(name, marked):
    panel = PANELS[name]
    logged = run(**{metrics[0]: [0.5, 0.5] for metrics in panel.lines.values()})
    [axes] = panels.draw(panel, panels.drawing(panel, {"a": logged})).axes
    assert any(set(line.get_ydata()) == {0} for line in axes.lines) == marked
