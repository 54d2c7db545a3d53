"""The pieces of the CPU example: its problems, its sampler, its report, its errors."""

import importlib.util
import json
import random
import re
import statistics

import pytest
import task

needs_verl = pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="no verl")


def boxed(solution):
    [answer] = re.findall(r"\\boxed\{(\d+)\}$", solution)
    return int(answer)


@needs_verl
def test_the_problems_are_the_easiest_of_the_sample_data_set(tmp_path):
    import pyarrow.parquet
    from model import make_tokenizer
    from warm_start import write_problems

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


def test_checking_pays_and_lengths_are_right_skewed():
    rng = random.Random(0)
    correct = {True: [], False: []}
    passes = []
    for problem in rng.choices(task.PROBLEMS, k=4000):
        solution = task.worked_solution(problem, rng)
        passes.append(task.count_passes(solution))
        correct[passes[-1] >= 3].append(boxed(solution) == sum(problem))
    assert statistics.fmean(correct[True]) > statistics.fmean(correct[False]) + 0.1
    assert statistics.fmean(passes) > statistics.median(passes) + 0.2
    assert max(passes) == task.MAX_PASSES


@needs_verl
def test_tokenizer_survives_a_round_trip_and_any_text(tmp_path):
    from model import make_tokenizer
    from transformers import AutoTokenizer

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
    assert task.count_passes(longest) == task.MAX_PASSES
    assert len(tokenizer.encode(longest)) + 1 < task.RESPONSE_TOKENS


@needs_verl
def test_a_response_does_not_depend_on_its_batch():
    import torch
    from model import make_model, make_tokenizer
    from verl_cpu.sampling import sample

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
    from model import make_model, make_tokenizer
    from verl_cpu.sampling import sample

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
    from model import make_model, make_tokenizer
    from verl_cpu.sampling import sample

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
    from model import make_tokenizer

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
    import report

    (seed_folder / "grpo/metrics/000000.jsonl").write_text('{"step": 1, "da')
    assert [run.estimator for run in report.load_runs([seed_folder])] == ["lead"]


@needs_verl
def test_report_counts_tokens_passes_and_errors(seed_folder):
    import report

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


@needs_verl
def test_picture(seed_folder, tmp_path):
    import report

    report.draw(report.load_runs([seed_folder]), tmp_path / "result.png")
    assert (tmp_path / "result.png").read_bytes().startswith(b"\x89PNG")


@needs_verl
def test_progress_line():
    import report

    metrics = {"critic/score/mean": 0.5, "response_length/mean": 41.25, "timing_s/step": 2.5}
    lead = {"lead/w_corr": 0.61, "lead/lstar_mean_solvable": 38.0}
    line = report.progress(12, metrics | lead, 40)
    expected = "step 12/40 accuracy 0.500 length 41.2 lambda 0.610 L* 38.0 2.5 s left 1:10"
    assert line.split() == expected.split()
    line = report.progress(0, {"val-core/deepscaler/acc/mean@4": 0.625}, 40)
    assert line.endswith("held out 0.625")


@needs_verl
def test_a_fresh_start_empties_the_run_and_a_resume_goes_on(tmp_path):
    import train

    run = tmp_path / "lead"
    assert train.prepare(run, resume=False, steps=40) == 0
    (run / "checkpoints").mkdir()
    (run / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("20")
    assert train.prepare(run, resume=True, steps=40) == 20
    assert train.prepare(run, resume=False, steps=40) == 0
    assert not list(run.iterdir())


@needs_verl
def test_resume_errors_say_what_to_do(tmp_path):
    import train

    with pytest.raises(train.CannotRun, match="no checkpoint to resume .* without RESUME=1"):
        train.prepare(tmp_path, resume=True, steps=40)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("40")
    with pytest.raises(train.CannotRun, match="at step 40 already: resume with STEPS above 40"):
        train.prepare(tmp_path, resume=True, steps=40)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ADV", "ppo", "ADV=ppo: one of lead, grpo, rewards"),
        ("SEED", "one", "invalid int value: 'one'"),
        ("STEPS", "0", "STEPS=0"),
        ("RESUME", "yes", "invalid int value: 'yes'"),
    ],
)
@needs_verl
def test_bad_options_are_named(monkeypatch, capsys, name, value, message):
    import train

    monkeypatch.setattr("sys.argv", ["train.py"])
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        train.parse_options()
    assert message in capsys.readouterr().err


@needs_verl
def test_an_override_without_a_value_is_named(monkeypatch, capsys):
    import train

    monkeypatch.setattr("sys.argv", ["train.py", "algorithm.lead_beta"])
    with pytest.raises(SystemExit):
        train.parse_options()
    assert "algorithm.lead_beta: a Hydra override is KEY=VALUE" in capsys.readouterr().err


def test_missing_packages_and_other_versions_are_named(monkeypatch):
    import verl_run

    monkeypatch.setattr(verl_run.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(verl_run.CannotRun, match="verl, torch, .*make train-cpu"):
        verl_run.check_installed()
    monkeypatch.setattr(verl_run.importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(verl_run.importlib.metadata, "version", lambda name: "0.8.0")
    with pytest.raises(verl_run.CannotRun, match=r"verl 0\.9\.1, found 0\.8\.0"):
        verl_run.check_installed()


def test_a_temporary_folder_too_deep_for_sockets_is_refused(monkeypatch, tmp_path):
    import verl_run

    deep = tmp_path / ("d" * 60)
    deep.mkdir()
    monkeypatch.setattr(verl_run.tempfile, "tempdir", str(deep))
    with pytest.raises(verl_run.CannotRun, match="set TMPDIR"), verl_run._ray_folder():
        pass


def test_paths_reach_hydra_quoted(tmp_path):
    import verl_run

    assert verl_run._hydra(("key", tmp_path / "a=b, c")) == f"key='{tmp_path}/a=b, c'"
    assert verl_run._hydra(("key", False)) == "key=False"
