"""Reading verl's log, whichever logger wrote it, whole or cut off."""

import importlib.util
import json
import os

import pytest

from lead_rs._errors import CommandError
from lead_rs.report import load_log

needs_tensorboard = pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="no tensorboard"
)
METRICS = ("lead/w_corr", "lead/D_eff", "val-core/deepscaler/acc/mean@4", "critic/advantages/min")


def steps(numbers, scale=1.0):
    return {
        step: {name: scale * (-step if name.endswith("min") else step / 8) for name in METRICS}
        for step in numbers
    }


def json_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = [
        json.dumps({"step": step, "data": row}, separators=(",", ":")) + "\n"
        for step, row in rows.items()
    ]
    path.write_text("".join(text))
    return path


def console(path, rows, prefix="\x1b[36m(TaskRunner pid=1301)\x1b[0m "):
    lines = ["starting verl - step: none\n", "Training Progress:  10%|#  | 4/40\r\n"]
    for step, row in rows.items():
        pairs = [f"{name}:np.float64({value!r})" for name, value in row.items()]
        lines.append(f"{prefix}step:{step} - " + " - ".join(pairs) + " - actor/lr:1e-06\n")
    path.write_text("".join(lines))
    return path


def test_json_lines(tmp_path):
    log = load_log(json_lines(tmp_path / "run.jsonl", steps(range(4))))
    assert log.steps == steps(range(4))
    assert log.notes == []
    assert log.curve("lead/w_corr") == ([0, 1, 2, 3], [0, 0.125, 0.25, 0.375])


def test_what_is_not_a_finite_number_is_left_out(tmp_path):
    row = '{"step":1,"data":{"a":null,"b":"x","c":NaN,"d":2}}\n'
    (tmp_path / "run.jsonl").write_text(row)
    assert load_log(tmp_path).steps == {1: {"d": 2}}


def test_console_text_is_the_same_log(tmp_path):
    log = load_log(console(tmp_path / "verl.log", steps(range(1, 4))))
    lr = {"actor/lr": 1e-6}
    assert log.steps == {step: row | lr for step, row in steps(range(1, 4)).items()}
    plain = load_log(console(tmp_path / "plain.txt", steps(range(1, 4)), prefix=""))
    assert plain.steps == log.steps


@pytest.mark.parametrize("write", [json_lines, console])
def test_a_log_cut_in_the_middle_of_a_line_keeps_every_whole_line(tmp_path, write):
    file = write(tmp_path / ("run.jsonl" if write is json_lines else "run.log"), steps(range(4)))
    whole = load_log(file).steps
    text = file.read_text()
    last = text.rstrip("\n").rindex("\n") + 1
    for end in range(last + 1, len(text)):
        file.write_text(text[:end])
        log = load_log(file)
        assert log.steps == {step: row for step, row in whole.items() if step < 3}
        assert "the last one, is cut off" in log.notes[0]
    file.write_text(text[:last])
    assert load_log(file).notes == []


def test_a_broken_line_in_the_middle_is_an_error(tmp_path):
    file = json_lines(tmp_path / "run.jsonl", steps(range(3)))
    first, second, third = file.read_text().splitlines()
    file.write_text("\n".join([first, second[:20], third, ""]))
    with pytest.raises(CommandError, match=r"run\.jsonl:2 is not a line of verl's file logger"):
        load_log(file)


def test_nothing_whole_is_an_error(tmp_path):
    (tmp_path / "run.jsonl").write_text('{"step":1,"data":{"lead/w')
    with pytest.raises(CommandError, match="no whole step"):
        load_log(tmp_path)


def test_a_resumed_run_replaces_what_it_ran_again(tmp_path):
    json_lines(tmp_path / "metrics/000000.jsonl", steps(range(8)))
    json_lines(tmp_path / "metrics/000005.jsonl", steps((6, 7), scale=2))
    expected = steps(range(6)) | steps((6, 7), scale=2)
    assert load_log(tmp_path).steps == expected


def rolled_back(tmp_path):
    """Starts at 0, 5 and, rolled back, 2: what came after 5 is abandoned."""
    starts = {
        "000000": steps(range(8)),
        "000005": steps((6, 7, 8), scale=2),
        "000002": steps((3, 4), scale=3),
    }
    for time, (name, rows) in enumerate(starts.items()):
        file = json_lines(tmp_path / f"metrics/{name}.jsonl", rows)
        os.utime(file, (1000 + time, 1000 + time))
    return tmp_path / "metrics"


def test_an_abandoned_branch_does_not_come_last(tmp_path):
    rolled_back(tmp_path)
    assert load_log(tmp_path).steps == steps(range(3)) | steps((3, 4), scale=3)


def test_times_that_cannot_be_are_not_trusted(tmp_path):
    """As of a copy: the start at 5 cannot have come first, nor with nothing before it."""
    folder = rolled_back(tmp_path)
    (folder / "000002.jsonl").unlink()
    expected = steps(range(6)) | steps((6, 7, 8), scale=2)
    os.utime(folder / "000005.jsonl", (1, 1))
    assert load_log(tmp_path).steps == expected
    for file in folder.iterdir():
        os.utime(file, (1, 1))
    assert load_log(tmp_path).steps == expected


def test_a_start_that_validates_first_adds_to_the_step_it_goes_on_from(tmp_path):
    json_lines(tmp_path / "metrics/000000.jsonl", steps(range(8)))
    again = {5: {"val-core/math/acc/mean@4": 0.75}, 6: {"lead/w_corr": 9.0}}
    json_lines(tmp_path / "metrics/000005.jsonl", again)
    assert load_log(tmp_path).steps == steps(range(5)) | {5: steps([5])[5] | again[5], 6: again[6]}


def test_without_times_starts_are_in_the_order_of_their_steps(tmp_path):
    """Which is not that of their names."""
    rows = {"0": steps(range(6)), "5": steps(range(6, 11), scale=2), "10": steps((11,), scale=3)}
    for name, each in rows.items():
        os.utime(json_lines(tmp_path / f"{name}.jsonl", each), (1, 1))
    assert load_log(tmp_path).steps == rows["0"] | rows["5"] | rows["10"]


def test_times_by_which_a_single_step_was_skipped_are_not_trusted(tmp_path):
    rows = [steps((1, 2, 3)), steps((5, 6)), steps((4,))]
    for time, each in enumerate(rows):
        os.utime(json_lines(tmp_path / f"{min(each)}.jsonl", each), (1000 + time, 1000 + time))
    assert load_log(tmp_path).steps == steps(range(1, 7))


def test_a_start_that_was_cut_off_in_its_first_line_is_none(tmp_path):
    json_lines(tmp_path / "metrics/000000.jsonl", steps(range(4)))
    (tmp_path / "metrics/000003.jsonl").write_text('{"step":4,"data":{"lead/w')
    log = load_log(tmp_path)
    assert log.steps == steps(range(4))
    assert log.notes == ["000003.jsonl: line 1, the last one, is cut off and left out"]
    assert len(log.files) == 2


def test_a_console_that_goes_on_after_a_resume(tmp_path):
    text = console(tmp_path / "a.log", steps(range(1, 6))).read_text()
    text += console(tmp_path / "a.log", steps((4,), scale=2)).read_text()
    (tmp_path / "a.log").write_text(text)
    log = load_log(tmp_path)
    assert sorted(log.steps) == [1, 2, 3, 4]
    assert log.steps[4]["lead/w_corr"] == 1


def write_events(folder, rows):
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    for step, row in rows.items():
        for name, value in row.items():
            summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
            writer.add_event(Event(step=step, wall_time=step, summary=summary))
    writer.close()
    [file] = folder.glob("events*")
    return file


@needs_tensorboard
def test_tensorboard(tmp_path):
    write_events(tmp_path, steps(range(20)))
    assert load_log(tmp_path).steps == steps(range(20))


@needs_tensorboard
def test_what_is_not_a_finite_number_is_left_out_of_event_files_too(tmp_path):
    not_finite = {"a": float("nan"), "b": float("inf"), "c": -float("inf"), "d": 2.0}
    write_events(tmp_path, {1: not_finite, 2: {"a": 0.5}})
    assert load_log(tmp_path).steps == {1: {"d": 2.0}, 2: {"a": 0.5}}


@needs_tensorboard
def test_a_cut_off_event_file_keeps_what_is_whole(tmp_path):
    file = write_events(tmp_path, steps(range(20)))
    file.write_bytes(file.read_bytes()[:-30])
    log = load_log(tmp_path)
    assert sorted(log.steps) == list(range(20))
    assert len(log.steps[19]) < len(METRICS)
    assert {step: log.steps[step] for step in range(19)} == steps(range(19))


def test_dumps_of_rollouts_are_no_logs(tmp_path):
    json_lines(tmp_path / "metrics/000000.jsonl", steps(range(3)))
    (tmp_path / "rollouts").mkdir()
    (tmp_path / "rollouts/1.jsonl").write_text('{"input": "a", "step": 1, "uid": "u_0_0"}\n')
    (tmp_path / "rollouts/2.jsonl").write_text('{"step": 2, "input": "a", "uid": "u_0_0"}\n')
    (tmp_path / "problems.jsonl").write_text('{"id": 1, "data": {"step": 3}}\n')
    (tmp_path / "metrics.json").write_text('{"step": 4, "data": {"a": 1}}\n')
    assert load_log(tmp_path).steps == steps(range(3))


def test_several_runs_are_to_be_told_apart(tmp_path):
    json_lines(tmp_path / "project/lead.jsonl", steps(range(3)))
    json_lines(tmp_path / "project/grpo.jsonl", steps(range(3)))
    with pytest.raises(CommandError, match="several runs, name one: .*grpo.jsonl, .*lead.jsonl"):
        load_log(tmp_path)
    for name in ("lead", "grpo"):
        json_lines(tmp_path / "seeds" / name / "0.jsonl", steps(range(3)))
    folders = ", ".join(str(tmp_path / "seeds" / name) for name in ("grpo", "lead"))
    with pytest.raises(CommandError, match=f"several runs, name one: {folders}$"):
        load_log(tmp_path / "seeds")
    json_lines(tmp_path / "seeds/lead/again.jsonl", steps(range(3)))
    with pytest.raises(CommandError, match=r"several runs, name one: .*0\.jsonl, .*again\.jsonl$"):
        load_log(tmp_path / "seeds/lead")


def test_the_log_of_verls_logger_comes_before_what_was_printed(tmp_path):
    console(tmp_path / "verl.log", steps(range(3)))
    file = json_lines(tmp_path / "metrics/run.jsonl", steps(range(2)))
    log = load_log(tmp_path)
    assert (log.files, log.steps, log.means) == ([file], steps(range(2)), False)


@pytest.mark.parametrize("suffix", [".log", ".txt", ".out"])
def test_values_are_printed_in_several_ways(tmp_path, suffix):
    pairs = ["a:1", "b:-.5", "c:1e-08", "d:np.float64(2.5)", "e:nan", "f:np.int64(3)", "g:inf"]
    pairs += ["val-core/x:y/acc:2.", "text", "h:True", "i:[1.0]"]
    file = tmp_path / f"run{suffix}"
    file.write_text(f"Progress 1/4\nstep:7 - {' - '.join(pairs)}\nglobal_step:8 - a:1\n")
    expected = {"a": 1, "b": -0.5, "c": 1e-8, "d": 2.5, "f": 3, "val-core/x:y/acc": 2}
    assert load_log(tmp_path).steps == {7: expected}
    file.rename(tmp_path / "run.md")
    with pytest.raises(CommandError, match="no log of verl's"):
        load_log(tmp_path)


def test_no_log_there(tmp_path):
    with pytest.raises(CommandError, match="is not there"):
        load_log(tmp_path / "nothing")
    (tmp_path / "notes.txt").write_text("step:1, and so on\n")
    with pytest.raises(CommandError, match="no log of verl's"):
        load_log(tmp_path)
