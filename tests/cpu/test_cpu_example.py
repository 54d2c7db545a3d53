"""The pieces of the demo: its problems, its sampler, its report, its errors."""

import dataclasses
import importlib.util
import json
import logging
import os
import random
import re
import shlex
import shutil
import statistics
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import scripts
from lead_rs import LeadConfig
from lead_rs._errors import CommandError
from lead_rs._progress import Pace
from lead_rs.cli import _parser, main
from lead_rs.cli import demo as command
from lead_rs.demo import report, train, verl_run
from lead_rs.demo.tasks import TASKS, TINY
from lead_rs.demo.tiny import task
from lead_rs.replay import settings as settings_of

needs_verl = pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="no verl")


def boxed(solution):
    [answer] = re.findall(r"\\boxed\{(\d+)\}$", solution)
    return int(answer)


@needs_verl
def test_the_problems_are_the_easiest_of_the_sample_data_set(tmp_path):
    import pyarrow.parquet

    from lead_rs.demo.tiny.model import make_tokenizer
    from lead_rs.demo.tiny.warm_start import write_problems

    warm_start = write_problems(tmp_path)
    problems = {problem.prompt: problem for problem in task.PROBLEMS}
    train, held_out = (
        {
            problems[row["prompt"][0]["content"]]: row["reward_model"]["ground_truth"]
            for row in pyarrow.parquet.read_table(tmp_path / f"{name}.parquet").to_pylist()
        }
        for name in ("train", "held_out")
    )
    assert len(train) > 900
    assert len(held_out) > 120
    assert not train.keys() & held_out.keys()
    assert set(warm_start) == set(task.PROBLEMS) - held_out.keys()
    for problem, truth in (train | held_out).items():
        assert truth == str(sum(problem))
    prompt = task.Problem(12, 34).prompt
    assert make_tokenizer().tokenize(prompt) == [
        *("What is $", "1", "2", " + ", "3", "4", f"$?{task.INSTRUCTION}")
    ]


def test_a_pass_without_slips_is_right():
    for problem in task.PROBLEMS:
        assert task.work_once(problem, random.Random(0), slip=0)[1] == sum(problem)


def test_the_text_of_a_pass():
    text, result = task.work_once(task.Problem(47, 38), random.Random(0), slip=0)
    assert text == "7+8=15, 4+3+1=8"
    assert result == 85


def test_a_column_slips_by_one_and_a_result_has_two_digits():
    rng = random.Random(0)

    def passes(*problem):
        return [task.work_once(task.Problem(*problem), rng, slip=1) for _ in range(200)]

    def units(*problem):
        return {text.split(",")[0] for text, _ in passes(*problem)}

    assert units(12, 13) == {"2+3=04", "2+3=06"}
    assert units(10, 20) == {"0+0=00", "0+0=01"}
    assert {text.split("=")[-1] for text, _ in passes(44, 53)} == {"8", "9"}
    assert {result for _, result in passes(44, 53)} == {86, 88, 96, 98}


def test_checking_pays_and_lengths_are_right_skewed():
    rng = random.Random(0)
    correct = {True: [], False: []}
    passes = []
    for problem in rng.choices(task.PROBLEMS, k=4000):
        solution = task.worked_solution(problem, rng)
        passes.append(report.count_passes(solution))
        correct[passes[-1] >= 3].append(boxed(solution) == sum(problem))
    assert statistics.fmean(correct[True]) > statistics.fmean(correct[False]) + 0.1
    assert statistics.fmean(passes) > statistics.median(passes) + 0.2
    assert max(passes) == task.MAX_PASSES


@needs_verl
def test_tokenizer_survives_a_round_trip_and_any_text(tmp_path):
    from transformers import AutoTokenizer

    from lead_rs.demo.tiny.model import make_tokenizer

    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "qwen2"}')
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    solution = "7+8=15, 4+3+1=8\nCheck: 7+8=15, 4+3+1=8\nAnswer: \\boxed{85}"
    for text in solution, "Let $x \\in \\mathbb{R}$, é, 数":
        ids = loaded.encode(text, add_special_tokens=False)
        assert ids == tokenizer.encode(text, add_special_tokens=False)
        assert loaded.decode(ids) == text
    more_checks = "Check: 7+8=15, 4+3+1=8\n" * (task.MAX_PASSES - 2)
    longest = solution.replace("Answer", more_checks + "Answer")
    assert report.count_passes(longest) == task.MAX_PASSES
    assert len(tokenizer.encode(longest)) + 1 < task.RESPONSE_TOKENS


@needs_verl
def test_a_response_does_not_depend_on_its_batch():
    import torch

    from lead_rs.demo.tiny.model import make_model, make_tokenizer
    from lead_rs.demo.verl_cpu.sampling import sample

    model = make_model(make_tokenizer(), seed=0).eval()
    prompts, seeds = [[5, 6, 7], [8], [5, 6, 7], [30, 31]], [1, 2, 3, 4]
    together = sample(model, prompts, seeds, max_tokens=24, temperature=1.0)
    for prompt, seed, response in zip(prompts, seeds, together, strict=True):
        [alone] = sample(model, [prompt], [seed], max_tokens=24, temperature=1.0)
        assert alone.token_ids == response.token_ids
        ids = torch.tensor(response.token_ids)
        logits = model(torch.tensor([prompt + response.token_ids])).logits[0, len(prompt) - 1 : -1]
        expected = logits.log_softmax(-1).gather(-1, ids[:, None])[:, 0].tolist()
        assert response.log_probs == pytest.approx(expected, abs=1e-4)
        assert alone.log_probs == pytest.approx(expected, abs=1e-4)
    assert together[0].token_ids != together[2].token_ids


@needs_verl
def test_a_response_stops_at_its_end_token():
    from lead_rs.demo.tiny.model import make_model, make_tokenizer
    from lead_rs.demo.verl_cpu.sampling import sample

    model = make_model(make_tokenizer(), seed=0).eval()
    prompts, seeds = [[5, 6, 7], [8]], [1, 2]
    model.generation_config.eos_token_id = -1
    endless = sample(model, prompts, seeds, max_tokens=24, temperature=1.0)
    end = endless[0].token_ids[5]
    model.generation_config.eos_token_id = end
    stopped = sample(model, prompts, seeds, max_tokens=24, temperature=1.0)
    for before, after in zip(endless, stopped, strict=True):
        length = before.token_ids.index(end) + 1 if end in before.token_ids else 24
        assert after.token_ids == before.token_ids[:length]
        assert after.log_probs == pytest.approx(before.log_probs[:length])
    assert len(stopped[0].token_ids) <= 6


@needs_verl
def test_temperature_zero_takes_the_likeliest_token():
    import torch

    from lead_rs.demo.tiny.model import make_model, make_tokenizer
    from lead_rs.demo.verl_cpu.sampling import sample

    model = make_model(make_tokenizer(), seed=0).eval()
    [greedy] = sample(model, [[5, 6, 7]], [1], max_tokens=8, temperature=0)
    logits = model(torch.tensor([[5, 6, 7, *greedy.token_ids]])).logits[0, 2:-1]
    assert greedy.token_ids == logits.argmax(-1).tolist()


def write_log(run_folder, first_step, steps, **metrics):
    file = run_folder / "metrics" / f"{first_step:06}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {"step": step, "data": {name: value + step for name, value in metrics.items()}}
        for step in steps
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def seed_folder(tmp_path):
    """A seed with a run of LEAD and one of GRPO, two steps each."""
    from lead_rs.demo.tiny.model import make_tokenizer

    folder = tmp_path / "seed7"
    make_tokenizer().save_pretrained(folder / "model")
    one, three = "7+8=15, 4+3+1=8\nAnswer: \\boxed{85}", "7+8=15, 4+3+1=8\nCheck: a\nCheck: b"
    for estimator in "lead", "grpo":
        run = folder / estimator
        metrics = {"critic/score/mean": 0.1, "response_length/mean": 30, "timing_s/step": 1}
        if estimator == "lead":
            metrics |= {"lead/w_corr": 0.5, "lead/w_eff": 0.5, "lead/lstar_mean_solvable": 20.0}
        write_log(run, 0, (1, 2), **metrics)
        (run / "held_out").mkdir()
        for step, correct in (0, (0, 1, 0, 0)), (2, (1, 1, 1, 0)):
            responses = [
                {"input": f"problem {i // 2}", "output": three if i % 2 else one, "acc": float(acc)}
                for i, acc in enumerate(correct)
            ]
            text = "".join(json.dumps(response) + "\n" for response in responses)
            (run / "held_out" / f"{step}.jsonl").write_text(text)
    return folder


@needs_verl
def test_a_run_that_has_logged_nothing_yet_is_left_out(seed_folder):
    (seed_folder / "grpo/metrics/000000.jsonl").write_text('{"step": 1, "da')
    assert [run.estimator for run in report.load_runs([seed_folder])] == ["lead"]


@needs_verl
def test_report_counts_tokens_passes_and_errors(seed_folder):
    [lead, grpo] = report.load_runs([seed_folder])
    assert (lead.estimator, grpo.estimator, lead.seed) == ("lead", "grpo", "7")
    [problem, _] = lead.held_out[2].values()
    assert [response.passes for response in problem] == [1, 3]
    assert problem[0].tokens == 12 + 1 + 1 + 2 + 1 + 1
    accuracy = report.mean(report.per_problem(lead.held_out[2], "correct"))
    assert accuracy == (0.75, pytest.approx(0.25))
    _, first, second = report.table([lead, grpo]).splitlines()
    assert first.startswith("LEAD seed 7  2     0.250 ± 0.250 -> 0.750 ± 0.250  ")
    assert first.endswith("  1.500 -> 2.500  21.0 -> 22.0")
    assert second.startswith("GRPO seed 7")
    assert "1: 0.00 (n=2), 3: 0.50 (n=2)" in report.summary([lead])
    assert "nats" not in report.summary([lead])


@needs_verl
def test_what_else_is_in_the_log_is_said(seed_folder):
    (seed_folder / "lead/metrics/000000.jsonl").unlink()
    counts = {"lead/num_solvable_prompts": 8, "lead/num_unsolved_prompts": 1.0}
    memory = {"actor/perf/cpu_memory_used_gb": 11.0}
    write_log(seed_folder / "lead", 0, (1, 2), **counts, **memory, **{"actor/entropy_loss": 0.5})
    lines = report.summary(report.load_runs([seed_folder])).splitlines()
    [logged] = [line for line in lines if "nats" in line]
    # To each value `write_log` adds the step: 2 and 3 of 11 and 13 prompts.
    assert logged == (
        "LEAD seed 7: entropy 1.500 -> 2.500 nats a token, 21% of the prompts unsolved, "
        "13.0 GiB of memory in use at most"
    )


@needs_verl
def test_picture(seed_folder, tmp_path):
    report.draw(report.load_runs([seed_folder]), tmp_path / "result.png")
    assert (tmp_path / "result.png").read_bytes().startswith(b"\x89PNG")


@needs_verl
def test_progress_line():
    metrics = {"critic/score/mean": 0.5, "response_length/mean": 41.25, "timing_s/step": 2.5}
    lead = {"lead/w_corr": 0.61, "lead/lstar_mean_solvable": 38.0}
    pace = Pace()
    pace.passed(2.5)
    line = report.progress(12, metrics | lead, 40, pace)
    expected = "step 12/40 accuracy 0.500 length 41.2 lambda 0.610 L* 38.0 2.5 s left 1:10"
    assert line.split() == expected.split()
    line = report.progress(0, {"val-core/deepscaler/acc/mean@4": 0.625}, 40, Pace())
    assert line.endswith("held out 0.625")


def asked(folder, adv="lead", steps=40, **overrides):
    return train.Demo(TINY, folder, adv, 1, steps, overrides)


def save(demo, step):
    (demo.checkpoints / f"global_step_{step}").mkdir(parents=True)
    (demo.checkpoints / "latest_checkpointed_iteration.txt").write_text(str(step))


def test_a_fresh_start_empties_the_run_and_a_resume_goes_on(tmp_path):
    demo = asked(tmp_path)
    assert train.prepare(demo, resume=False) == 0
    save(demo, 20)
    assert train.prepare(demo, resume=True) == 20
    assert train.prepare(demo, resume=False) == 0
    assert not list(demo.run_folder.iterdir())


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_lengths_of_its_own_size(name):
    """The defaults are thousands of tokens: with them no response would be long or short."""
    demo = dataclasses.replace(asked(Path("out")), task=TASKS[name])
    settings = train.overrides(TASKS[name], train.LEAD, demo.start_folder, demo.run_folder, 1)
    config = LeadConfig.from_verl(
        {key: settings[f"algorithm.{key}"] for key in TASKS[name].lengths}
    )
    assert config.bmax == settings["data.max_response_length"]
    assert config.lstar_min < 8  # tokens of an answer alone
    assert config.min_length == 0
    settings = train.overrides(TASKS[name], train.GRPO, demo.start_folder, demo.run_folder, 1)
    assert not [key for key in settings if "lead" in key]


def test_a_resume_goes_on_from_the_checkpoint_and_overrides_come_last(tmp_path, monkeypatch):
    given = []

    @contextmanager
    def verl(overrides, folder, metrics):
        given.append(overrides)
        yield subprocess.Popen(["true"])

    monkeypatch.setattr(verl_run, "verl", verl)
    demo = asked(tmp_path, **{"data.seed": "7"})
    train.train(demo, 0)
    train.train(demo, 20)
    fresh, resumed = given
    changed = {name for name in fresh if fresh[name] != resumed[name]}
    assert changed == {"trainer.resume_mode", "trainer.val_before_train"}
    assert (fresh["trainer.resume_mode"], resumed["trainer.resume_mode"]) == ("disable", "auto")
    assert fresh["trainer.val_before_train"]
    assert fresh["trainer.total_training_steps"] == 40
    assert fresh["data.seed"] == "7"


def test_a_row_of_the_log_is_read_once_it_is_whole(tmp_path, monkeypatch):
    metrics = tmp_path / "metrics.jsonl"
    pieces = iter(["", '{"step": 1}\n{"st', 'ep": 2}\n', "", '{"step": 3}\n{"step'])

    class Process:
        def poll(self):
            piece = next(pieces, None)
            if piece:
                with metrics.open("a") as file:
                    file.write(piece)
            return 0 if piece is None else None

    monkeypatch.setattr(train.time, "sleep", lambda seconds: None)
    assert [row["step"] for row in train.follow(metrics, Process())] == [1, 2, 3]


def test_what_a_run_begins_with(monkeypatch):
    """The tiny model is made anew for each seed; SmolLM2's warm start is one for all."""
    programs = []
    monkeypatch.setattr(
        train.subprocess,
        "run",
        lambda program, **_: programs.append(program) or subprocess.CompletedProcess(program, 0),
    )
    for name in TASKS:
        train.warm_start(train.Demo(TASKS[name], Path("no/such"), "lead", 3, 1))
    tiny, smollm2 = ([Path(word).name for word in program[2:]] for program in programs)
    assert tiny == ["lead_rs.demo.warm_start", "--model=tiny", "seed3", "--seed=3"]
    assert smollm2 == ["lead_rs.demo.warm_start", "--model=smollm2", "start"]


def test_a_warm_start_that_fails_is_said_and_one_that_is_there_is_taken(
    monkeypatch, tmp_path, caplog
):
    shown = []

    def run(program, stdout):
        shown.append(stdout)
        return subprocess.CompletedProcess(program, -15)

    monkeypatch.setattr(train.subprocess, "run", run)
    demo = asked(tmp_path)
    for level in logging.INFO, logging.WARNING:
        caplog.set_level(level, logger="lead_rs.demo.train")
        with pytest.raises(CommandError, match="the warm start was killed by SIGTERM$"):
            train.warm_start(demo)
    assert shown == [sys.stderr, subprocess.DEVNULL]
    (demo.start_folder / "model").mkdir(parents=True)
    train.warm_start(demo)
    assert len(shown) == 2


def test_a_disk_without_room_is_found_before_anything_is_done(dying, monkeypatch, capsys, tmp_path):
    usage = shutil.disk_usage(tmp_path)._replace(free=5 * 2**20)
    monkeypatch.setattr(train.shutil, "disk_usage", lambda path: usage)
    said = dying("raise SystemExit(1)", capsys, "--model", "smollm2", "--seed", "3")
    assert f"{tmp_path} has 5 MiB free, and a run of smollm2 takes up to 7168 MiB" in said
    assert not list(tmp_path.iterdir())


def test_resume_errors_say_what_to_do(tmp_path):
    demo = asked(tmp_path)
    with pytest.raises(CommandError, match="no checkpoint to resume .* without --resume"):
        train.prepare(demo, resume=True)
    save(demo, 40)
    with pytest.raises(CommandError, match="at step 40 already: resume with --steps above 40"):
        train.prepare(demo, resume=True)


@pytest.fixture
def example(monkeypatch, capsys):
    """`examples/cpu/train.py` with an environment: what it says where it stops."""

    def run(*arguments, **environment):
        for name in ("MODEL", "ADV", "SEED", "STEPS", "OUT", "RESUME"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        given = scripts.load("examples/cpu/train.py").given
        with pytest.raises(SystemExit):
            main(["demo", *given, *arguments])
        return capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MODEL", "gpt", "argument --model: invalid choice: 'gpt'"),
        ("ADV", "ppo", "argument --adv: invalid choice: 'ppo'"),
        ("SEED", "one", "invalid int value: 'one'"),
        ("SEED", "-1", "no seed below 0"),
        ("STEPS", "0", "--steps 0"),
    ],
)
def test_bad_options_are_named(example, name, value, message):
    assert message in example(**{name: value})


def test_an_override_without_a_value_is_named(example):
    error = example("algorithm.lead_beta", RESUME="1")
    assert "algorithm.lead_beta: a Hydra override is KEY=VALUE" in error


@pytest.fixture
def dying(monkeypatch, tmp_path):
    """A demo whose verl is a program that says and logs something, and ends; what is said then."""

    def run(program, capsys, *options, saved=0):
        @contextmanager
        def verl(overrides, folder, metrics):
            if saved:
                save(asked(tmp_path), saved)
            metrics.parent.mkdir(parents=True)
            code = f"import os, signal; metrics = {str(metrics)!r}; {program}"
            with (folder / "verl.log").open("ab") as log:
                yield subprocess.Popen([sys.executable, "-c", code], stdout=log)

        monkeypatch.setattr(verl_run, "check_installed", lambda: None)
        monkeypatch.setattr(verl_run, "verl", verl)
        monkeypatch.setattr(train, "warm_start", lambda demo: None)
        assert main(["demo", "--out", str(tmp_path), *options]) == 2
        return capsys.readouterr().err

    return run


STEP = """open(metrics, "w").write('{"step": 23, "data": {"timing_s/step": 2}}\\n')"""


def test_a_verl_that_is_killed(dying, capsys, tmp_path):
    program = f"{STEP}; os.kill(os.getpid(), signal.SIGKILL)"
    said = dying(program, capsys, "--steps", "60", "a.b=c d", saved=20)
    assert "step  23/60    2.0 s   left 1:14" in said
    [error] = [line for line in said.splitlines() if line.startswith("lead-rs: ")]
    log = tmp_path / "seed1/lead/verl.log"
    assert error.startswith(
        f"lead-rs: verl was killed by SIGKILL (out of memory?). It was after step 23; all that it "
        f"said is in {log}. The checkpoint of step 20 is saved, and this goes on from it: "
    )
    folder = os.path.relpath(tmp_path)
    assert error.endswith(
        f"demo --resume --model tiny --adv lead --seed 1 --steps 60 --out {folder} 'a.b=c d'"
    )


def test_a_verl_that_fails(dying, capsys):
    lines = [
        "\x1b[36m(TaskRunner pid=12)\x1b[0m KeyError: 'an earlier one'",
        "ray.exceptions.RayTaskError(ValueError): ray::TaskRunner.run() (pid=12)",
        "  File x, in y",
        "(WorkerDict pid=13, ip=10.0.0.1) ValueError: bmax must be positive",
        "(TaskRunner pid=12) goodbye",
    ]
    said = dying(f"print({chr(10).join(lines)!r}); raise SystemExit(1)", capsys)
    assert "verl stopped: ValueError: bmax must be positive. It was before the first step" in said
    assert "No checkpoint is there yet (one comes every 10 steps): start again" in said
    said = dying("raise SystemExit(3)", capsys)
    assert "verl stopped with exit code 3." in said
    said = dying("print('ValueError: alone'); raise SystemExit(1)", capsys)
    assert "verl stopped: ValueError: alone. It was" in said
    program = "print('ValueError: first', flush=True); os.kill(os.getpid(), signal.SIGTERM)"
    assert "verl was killed by SIGTERM. It was" in dying(program, capsys)


def test_an_error_of_the_run_before_is_not_this_ones(dying, capsys, tmp_path):
    demo = asked(tmp_path)
    save(demo, 20)
    (demo.run_folder / "verl.log").write_text("ValueError: of before\n")
    said = dying("raise SystemExit(3)", capsys, "--resume")
    assert "verl stopped with exit code 3. It was after step 20" in said


@pytest.mark.parametrize("adv", train.ESTIMATORS)
def test_the_next_commands_can_be_given(tmp_path, monkeypatch, adv):
    """As they are printed: the files that they name are where the run puts them."""
    monkeypatch.chdir(tmp_path)
    demo = asked(Path("out"), adv)
    save(demo, 40)
    settings = train.overrides(TINY, train.LEAD, demo.start_folder, demo.run_folder, 1)
    parsed = []
    for line in command.next_commands(demo):
        words = shlex.split(line)
        parsed.append(_parser().parse_args(words[words.index("lead_rs") + 1 :]))
    report, replay, evaluation = parsed
    assert report.runs[0].resolve() == demo.run_folder
    assert replay.rollouts.resolve() == settings["trainer.rollout_data_dir"]
    assert evaluation.sets == ["sums=out/seed1/held_out.parquet"]
    assert Path(evaluation.model) == Path(
        f"out/seed1/{adv}/checkpoints/global_step_40/actor/huggingface"
    )
    base = settings_of.parse(replay.base) if adv == "grpo" else {}
    given = {f"algorithm.lead_{name}": value for name, value in base.items()}
    assert given.items() <= settings.items()


def test_missing_packages_and_other_versions_are_named(monkeypatch):
    monkeypatch.setattr(verl_run.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CommandError, match="the demo needs verl, torch, .*requirements.txt"):
        verl_run.check_installed()
    monkeypatch.setattr(verl_run.importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(verl_run.importlib.metadata, "version", lambda name: "0.8.0")
    with pytest.raises(CommandError, match=r"verl 0\.9\.1, found 0\.8\.0"):
        verl_run.check_installed()


def test_a_temporary_folder_too_deep_for_sockets_is_refused(monkeypatch, tmp_path):
    deep = tmp_path / ("d" * 60)
    deep.mkdir()
    monkeypatch.setattr(verl_run.tempfile, "tempdir", str(deep))
    with pytest.raises(CommandError, match="set TMPDIR"), verl_run._ray_folder():
        pass


def test_paths_reach_hydra_quoted(tmp_path):
    assert verl_run._hydra(("key", tmp_path / "a=b, c")) == f"key='{tmp_path}/a=b, c'"
    assert verl_run._hydra(("key", False)) == "key=False"
