"""Replaying rollouts: the same weights as the run, other settings beside it, clear errors."""

import csv
import importlib.util
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

import lead_rs
from lead_rs._errors import CommandError
from lead_rs.cli import main
from lead_rs.replay import Step, load_rollouts, replay, settings
from lead_rs.replay.simulation import CLASSES, classify

needs_pyarrow = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="no pyarrow")
needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="no matplotlib"
)
needs_verl = pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="no verl")
PROMPTS, GROUP = 6, 4


def batch(seed):
    """A step's responses, as verl would have them: groups apart, lengths right-skewed."""
    rng = np.random.default_rng(seed)
    size = PROMPTS * GROUP
    return {
        "correctness": (rng.random(size) > np.tile(rng.random(PROMPTS), GROUP)).astype(float),
        "response_length": np.minimum(rng.geometric(1 / 2500, size), 8000),
        "index": [f"{seed}-{prompt}" for prompt in range(PROMPTS)] * GROUP,
    }


BATCHES = {number: batch(number) for number in range(1, 8)}


def keys(batch):
    """verl's row keys, {uid}_{session}_{output}."""
    seen = {}
    for uid in batch["index"]:
        seen[uid] = seen.get(uid, -1) + 1
        yield f"{uid}_{seen[uid]}_0"


def write_generations(inputs, outputs, gts, scores, extra, folder, step):
    """What verl 0.9.1's PPOTrainer._write_generations does."""
    columns = {"input": inputs, "output": outputs, "gts": gts, "score": scores}
    columns |= {"step": [step] * len(inputs), **extra}
    rows = zip(*columns.values(), strict=True)
    Path(folder).mkdir(exist_ok=True)
    with open(f"{folder}/{step}.jsonl", "w") as file:
        file.writelines(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows)


def dump(folder, batches, writer=write_generations, **extra):
    """Dumps as verl writes them, with the length beside each response."""
    for number, each in batches.items():
        size = len(each["index"])
        columns = {
            "uid": list(keys(each)),
            "acc": each["correctness"].tolist(),
            "response_length": each["response_length"].tolist(),
            **extra,
        }
        writer(
            [f"problem {uid}" for uid in each["index"]],
            ["So \\boxed{1}"] * size,
            ["1"] * size,
            (each["correctness"] - 0.25).tolist(),
            columns,
            str(folder),
            number,
        )


def write_table(path, batches, **changed):
    import pyarrow
    import pyarrow.parquet

    columns = {
        "step": np.repeat(list(batches), PROMPTS * GROUP),
        "uid": np.concatenate([each["index"] for each in batches.values()]),
        "correct": np.concatenate([each["correctness"] for each in batches.values()]),
        "length": np.concatenate([each["response_length"] for each in batches.values()]),
    }
    columns = {name: value for name, value in (columns | changed).items() if value is not None}
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


CONFIG = lead_rs.LeadConfig(lstar_mode="max_sym", bmax=4000, beta=0.8)


def trained(batches, config=CONFIG):
    """What `compute_advantage` gave in the run: each step's metrics."""
    controller = lead_rs.WeightController(config)
    return [
        lead_rs.compute_advantage(**each, controller=controller).metrics
        for each in batches.values()
    ]


def test_a_dump_gives_the_weights_of_the_run(tmp_path):
    dump(tmp_path, BATCHES)
    steps = load_rollouts(tmp_path)
    assert [step.number for step in steps] == list(BATCHES)
    assert replay(steps, CONFIG).metrics == trained(BATCHES)


@needs_verl
@pytest.mark.verl
def test_what_verl_itself_dumps_is_read(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from verl.trainer.ppo.v1.trainer_base import PPOTrainer

    dump(tmp_path, BATCHES, writer=PPOTrainer._write_generations)
    assert replay(load_rollouts(tmp_path), CONFIG).metrics == trained(BATCHES)


@needs_pyarrow
def test_a_table_gives_the_weights_of_the_run(tmp_path):
    write_table(tmp_path / "rollouts.parquet", BATCHES)
    assert replay(load_rollouts(tmp_path / "rollouts.parquet"), CONFIG).metrics == trained(BATCHES)


def test_golden_runs_replayed(golden):
    config = lead_rs.LeadConfig.from_dict(golden["config"])
    steps = [
        Step(
            number,
            np.array(step["correctness"], float),
            np.array(step["response_length"], float),
            [str(uid) for uid in step["uid"]],
        )
        for number, step in enumerate(golden["steps"], 1)
    ]
    replayed = replay(steps, config)
    for row, step in zip(replayed.metrics, golden["steps"], strict=True):
        assert row["lead/w_corr"] == pytest.approx(step["metrics"]["lead/w_corr"], abs=1e-6)


@needs_verl
def test_without_lengths_the_tokenizer_counts(tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"So": 0, "?": 1}, unk_token="?"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="?").save_pretrained(tmp_path / "t")
    dump(tmp_path, {1: BATCHES[1]}, response_length=[None] * PROMPTS * GROUP)
    with pytest.raises(CommandError, match="1.jsonl:1 has no response_length.*--tokenizer"):
        load_rollouts(tmp_path)
    [step] = load_rollouts(tmp_path, tokenizer=str(tmp_path / "t"))
    assert set(step.response_length) == {3}  # two words and the end token
    [step] = load_rollouts(tmp_path, tokenizer=str(tmp_path / "t"), max_response_length=2)
    assert set(step.response_length) == {2}


def rows(*changed):
    """Two prompts, two responses each; and what is changed in them."""
    base = [
        {"uid": f"{uid}_{session}_0", "input": uid, "output": "\\boxed{1/2}", "gts": "0.5"}
        | {"step": 1, "score": 1.0, "response_length": 1500 + session}
        for uid in "ab"
        for session in (0, 1)
    ]
    return [*base, *changed]


def write(folder, rows, name="1.jsonl", end="\n"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(map(json.dumps, rows)) + end)
    return folder


def test_only_final_outputs_count_and_padding_does_not(tmp_path):
    final = {**rows()[0], "uid": "a_0_1", "response_length": 7}
    padding = {**rows()[0], "uid": "pad0123456789abcdef_0_0", "response_length": 0}
    [step] = load_rollouts(write(tmp_path, rows(final, padding)))
    assert step.index == ["a", "a", "b", "b"]
    assert sorted(step.response_length) == [7, 1500, 1501, 1501]


def test_prompts_without_uid_are_told_apart_by_their_text(tmp_path):
    without = [{k: v for k, v in row.items() if k != "uid"} for row in rows()]
    [step] = load_rollouts(write(tmp_path, without))
    assert step.index == ["a", "a", "b", "b"]


def test_correctness_is_acc_then_a_plain_score_then_asked_for(tmp_path):
    with_acc = [{**row, "acc": i == 0, "score": 0.7} for i, row in enumerate(rows())]
    assert load_rollouts(write(tmp_path, with_acc))[0].correctness.tolist() == [1, 0, 0, 0]
    both = [{**row, "acc": i == 0, "score": 1.0} for i, row in enumerate(rows())]
    assert load_rollouts(write(tmp_path, both))[0].correctness.tolist() == [1, 0, 0, 0]
    assert load_rollouts(write(tmp_path, rows()))[0].correctness.tolist() == [1] * 4
    mixed = [{**row, "score": 0.7, "output": f"\\boxed{{{i}}}"} for i, row in enumerate(rows())]
    mixed[2]["output"], mixed[2]["gts"] = "2", "2"  # not in a box
    mixed[3]["gts"] = ["4", "3"]
    with pytest.raises(CommandError, match="step 1: which responses are correct.*--correctness"):
        load_rollouts(write(tmp_path, mixed))
    assert load_rollouts(tmp_path, correctness="score")[0].correctness.tolist() == [0.7] * 4
    assert load_rollouts(tmp_path, correctness="grade")[0].correctness.tolist() == [0, 0, 0, 1]


def test_a_cut_off_dump_is_an_error(tmp_path):
    write(tmp_path, rows(), end='\n{"input": "a", "outp')
    with pytest.raises(CommandError, match=r"1\.jsonl:5 is cut off"):
        load_rollouts(tmp_path)
    write(tmp_path, rows(), end="")
    with pytest.raises(CommandError, match=r"1\.jsonl:4 is cut off"):
        load_rollouts(tmp_path)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "1.jsonl is empty"),
        ("{}\n", "1.jsonl:1 has no 'step'"),
        ("[1]\n", "1.jsonl:1 is not a JSON object"),
        ('{"step": 1\n{"step": 1}\n', "1.jsonl:1 is not JSON"),
        (json.dumps({**rows()[0], "acc": "yes"}) + "\n", "1.jsonl:1: acc must be a number"),
        (
            json.dumps({**rows()[0], "response_length": "long"}) + "\n",
            "1.jsonl:1: response_length must be a number, got 'long'",
        ),
        (json.dumps({**rows()[0], "acc": math.nan}) + "\n", "is not correct|step 1: correctness"),
        (json.dumps({**rows()[0], "response_length": -3}) + "\n", "step 1: response_length"),
        ((json.dumps(rows()[0]) + "\n") * 2, "1.jsonl:2 is the same response as .*1.jsonl:1"),
    ],
)
def test_bad_dumps_are_named(tmp_path, lines, message):
    (tmp_path / "1.jsonl").write_text(lines)
    with pytest.raises(CommandError, match=message):
        replay(load_rollouts(tmp_path), lead_rs.LeadConfig())


def test_what_is_lost_is_an_error_unless_allowed(tmp_path):
    dump(tmp_path, {number: BATCHES[number] for number in (1, 2, 5, 7)})
    with pytest.raises(CommandError, match=r"lacks step 3 to 4, 6\. .*--allow-missing"):
        load_rollouts(tmp_path)
    assert len(load_rollouts(tmp_path, allow_missing=True)) == 4
    write(tmp_path / "short", rows()[:-1])
    with pytest.raises(CommandError, match="in step 1 1 of 2 prompts have fewer than 2 responses"):
        load_rollouts(tmp_path / "short")
    assert len(load_rollouts(tmp_path / "short", allow_missing=True)[0]) == 3
    write(tmp_path / "twice", rows())
    write(tmp_path / "twice", rows(), name="2.jsonl")
    with pytest.raises(CommandError, match="step 1 is in .*1.jsonl and in .*2.jsonl"):
        load_rollouts(tmp_path / "twice")


def test_one_lost_step_or_response_is_seen(tmp_path):
    for number in (1, 2, 4):
        write(tmp_path, [row | {"step": number} for row in rows()], name=f"{number}.jsonl")
    with pytest.raises(CommandError, match=r"lacks step 3\. "):
        load_rollouts(tmp_path)
    for number in (5, 6):  # a prompt of each has lost one response
        write(tmp_path, [row | {"step": number} for row in rows()[1:]], name=f"{number}.jsonl")
    (tmp_path / "4.jsonl").unlink()
    write(tmp_path, [row | {"step": 3} for row in rows()], name="3.jsonl")
    write(tmp_path, [row | {"step": 4} for row in rows()], name="4.jsonl")
    with pytest.raises(CommandError, match="in step 5 1 of 2 prompts .* first, 'a', has 1"):
        load_rollouts(tmp_path)


def test_steps_are_in_order_and_other_files_are_no_steps(tmp_path):
    for number in (10, 9, 11):
        write(tmp_path, [row | {"step": number} for row in rows()], name=f"{number}.jsonl")
    write(tmp_path, [{"step": 8, "data": {}}], name="metrics.jsonl")
    assert [step.number for step in load_rollouts(tmp_path)] == [9, 10, 11]
    [step] = load_rollouts(tmp_path / "10.jsonl")
    assert step.number == 10


@pytest.mark.parametrize("number", [-1, 2**63])
def test_a_step_of_no_run_is_named(tmp_path, number):
    write(tmp_path, [row | {"step": number} for row in rows()])
    with pytest.raises(CommandError, match=f"a step must be a number from 0 on, got {number}"):
        load_rollouts(tmp_path)
    write(tmp_path, [row | {"step": 0} for row in rows()])
    assert load_rollouts(tmp_path)[0].number == 0


@pytest.mark.parametrize("number", [1.5, "1", None])
def test_a_step_is_a_whole_number(tmp_path, number):
    write(tmp_path, [row | {"step": number} for row in rows()])
    with pytest.raises(CommandError, match="1.jsonl:1: step must be a whole number, got"):
        load_rollouts(tmp_path)


def test_a_step_of_padding_alone_has_no_response(tmp_path):
    write(tmp_path, [row | {"uid": f"pad01234567_{i}_0"} for i, row in enumerate(rows())])
    with pytest.raises(CommandError, match="step 1 has no response"):
        load_rollouts(tmp_path)


def test_a_uid_of_another_form_is_the_prompts(tmp_path):
    write(tmp_path, [row | {"uid": f"prompt {i}"} for i, row in enumerate(rows())])
    assert load_rollouts(tmp_path)[0].index == [f"prompt {i}" for i in range(4)]


def test_what_is_known_of_some_responses_is_not_known_of_the_step(tmp_path):
    cut = [row | {"truncated": i == 0} for i, row in enumerate(rows())]
    [step] = load_rollouts(write(tmp_path, cut), extract="boxed")
    assert step.truncated.tolist() == [True, False, False, False]
    assert step.unread.tolist() == [False] * 4
    assert step.lead_step is None
    without = {name: value for name, value in rows()[3].items() if name not in ("gts", "truncated")}
    [step] = load_rollouts(write(tmp_path, [*cut[:3], without]), extract="boxed")
    assert step.truncated is None
    assert step.unread is None


def test_only_wrong_responses_are_unread(tmp_path):
    said = [row | {"score": i % 2, "output": "half"} for i, row in enumerate(rows())]
    [step] = load_rollouts(write(tmp_path, said), extract="boxed")
    assert step.unread.tolist() == [True, False, True, False]
    [step] = load_rollouts(tmp_path)
    assert step.unread is None


def test_the_final_output_counts_wherever_it_stands(tmp_path):
    outputs = [rows()[0] | {"uid": f"a_0_{n}", "response_length": n} for n in (2, 10, 1)]
    [step] = load_rollouts(write(tmp_path, [*outputs, *rows()[1:]]))
    assert sorted(step.response_length) == [10, 1500, 1501, 1501]


def test_no_rollouts_there(tmp_path):
    with pytest.raises(CommandError, match="is not there"):
        load_rollouts(tmp_path / "nothing")
    with pytest.raises(CommandError, match="has no rollouts.*rollout_data_dir"):
        load_rollouts(tmp_path)


@needs_pyarrow
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"uid": None, "length": None}, "has no column uid, length"),
        ({"correct": ["right"] * len(BATCHES) * PROMPTS * GROUP}, "must be numbers"),
        ({"uid": [None] * len(BATCHES) * PROMPTS * GROUP}, "168 empty values in its column uid"),
    ],
)
def test_bad_tables_are_named(tmp_path, changed, message):
    write_table(tmp_path / "r.parquet", BATCHES, **changed)
    with pytest.raises(CommandError, match=message):
        load_rollouts(tmp_path / "r.parquet")


@needs_pyarrow
def test_the_rows_of_a_table_may_be_in_any_order(tmp_path):
    import pyarrow
    import pyarrow.parquet

    columns = {"step": [2, 1, 2, 1], "uid": [7, 5, 6, 5], "correct": [1, 0, 0, 1]}
    columns |= {"length": [20, 10, 21, 11], "style": [0.5, 1.0, None, 0.25]}
    columns["truncated"] = [True, False, False, True]
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "r.parquet")
    path = tmp_path / "r.parquet"
    first, second = load_rollouts(path, rewards=["style"], allow_missing=True)
    assert (first.number, second.number) == (1, 2)
    assert (first.index, second.index) == (["5", "5"], ["7", "6"])
    assert (first.response_length.tolist(), second.correctness.tolist()) == ([10, 11], [1, 0])
    assert first.truncated.tolist() == [False, True]
    assert first.unread is None
    np.testing.assert_array_equal(second.rewards["style"], [0.5, np.nan])
    pyarrow.parquet.write_table(pyarrow.table(columns).slice(0, 0), path)
    with pytest.raises(CommandError, match="has no rows"):
        load_rollouts(path)


@needs_pyarrow
def test_a_file_that_is_no_parquet_is_named(tmp_path):
    (tmp_path / "r.parquet").write_text("step,uid")
    with pytest.raises(CommandError, match=r"r\.parquet cannot be read as parquet"):
        load_rollouts(tmp_path / "r.parquet")


def test_classes_of_responses():
    step = Step(
        1,
        np.array([1.0, 1, 0, 0, 0, 1, 0, 0]),
        np.array([1000.0, 3000, 1000, 3000, 0, 0, 10, 90]),
        ["p"] * 5 + ["q"] * 3,
    )
    kinds = [None if kind < 0 else CLASSES[kind] for kind in classify(step)]
    assert kinds == [*CLASSES[:4], None, None, *CLASSES[4:]]
    # As long as the mean is short, half a point is wrong.
    even = Step(1, np.array([1.0, 0.5, 0.6]), np.array([9.0, 9, 9]), ["p"] * 3)
    assert [CLASSES[kind] for kind in classify(even)] == [CLASSES[0], CLASSES[2], CLASSES[0]]
    # One token is a response; a prompt that ends in a NUL is another prompt.
    short = Step(1, np.array([1.0, 0, 0]), np.array([1.0, 1, 1]), ["p", "p", "p\0"])
    assert [CLASSES[kind] for kind in classify(short)] == [CLASSES[0], CLASSES[2], CLASSES[4]]


def test_advantages_and_pull_are_means_over_a_class():
    first = Step(1, np.array([1.0, 1, 0]), np.array([900.0, 2600, 4000]), ["p"] * 3)
    second = Step(2, np.array([1.0, 1, 1]), np.array([900.0, 1000, 4000]), ["q"] * 3)
    controller = lead_rs.WeightController(CONFIG)
    a, b = (
        lead_rs.compute_advantage(
            step.correctness, step.response_length, step.index, controller=controller
        ).advantages
        for step in (first, second)
    )
    nan = math.nan
    # The mean lengths are 2500 and 1966.7.
    np.testing.assert_allclose(
        replay([first, second], CONFIG).advantages,
        [[a[0], a[1], nan, a[2], nan, nan], [(b[0] + b[1]) / 2, b[2], nan, nan, nan, nan]],
    )
    np.testing.assert_allclose(
        replay([first, second], CONFIG).pull,
        [(a[0] + b[0] + b[1]) / 3, (a[1] + b[2]) / 2, nan, a[2], nan, nan],
    )
    assert replay([], CONFIG).pull == []


def test_curves_and_the_weights_they_are_of():
    step = Step(1, np.array([1.0, 0]), np.array([9.0, 8]), ["p"] * 2)
    two = replay([step, step], CONFIG)
    assert two.steps == [1, 1]
    assert two.weights() == {"correctness": "lead/w_corr", "efficiency": "lead/w_eff"}
    rewards = [{"name": name, "key": "correctness", "min": 0, "max": 1} for name in ("a", "b")]
    listed = replay([step], lead_rs.LeadConfig(rewards=rewards))
    assert listed.weights() == {"a": "lead/reward_a/w", "b": "lead/reward_b/w"}
    assert len(listed.curve("lead/reward_a/w")) == 1
    assert math.isnan(*listed.curve("lead/w_corr"))


def test_a_reward_that_is_missing_is_named():
    rewards = [{"name": name, "min": 0, "max": 1} for name in ("a", "b", "c")]
    given = {"b": np.ones(2)}
    step = Step(4, np.array([1.0, 0]), np.array([9.0, 8]), ["p"] * 2, given)
    with pytest.raises(CommandError, match="^step 4 has no a, c$"):
        replay([step], lead_rs.LeadConfig(rewards=rewards))
    config = lead_rs.LeadConfig(rewards=rewards[1:2])
    [weight] = replay([step], config).curve("lead/reward_b/w")
    assert weight == 1


def test_settings_do_what_they_say():
    steps = [Step(n, *map(np.asarray, (b["correctness"], b["response_length"])), b["index"])
             for n, b in BATCHES.items()]  # fmt: skip
    base = replay(steps, CONFIG)
    floored = replay(steps, lead_rs.LeadConfig(lstar_mode="max_sym", lambda_min=0.99))
    assert set(floored.curve("lead/w_corr")) == {0.99}
    instant = replay(steps, lead_rs.LeadConfig(lstar_mode="max_sym", beta=0, lambda_min=0))
    assert instant.curve("lead/w_corr") == instant.curve("lead/target_w_corr")
    assert instant.curve("lead/w_corr") != base.curve("lead/w_corr")


def test_neutral_takes_the_phantom_advantages_away():
    # Nobody solves b, and with max_sym its longer answer is rewarded.
    step = Step(1, np.array([1.0, 0, 0, 0]), np.array([2000.0, 3000, 1000, 3000]), list("aabb"))
    short, long = CLASSES.index("unsolved, short"), CLASSES.index("unsolved, long")
    phantom = replay([step], lead_rs.LeadConfig(lstar_mode="max_sym")).pull
    assert phantom[long] > phantom[short] + 0.5
    neutral = replay([step], lead_rs.LeadConfig(lstar_mode="max_sym", unsolved="neutral")).pull
    assert neutral[long] == neutral[short]


def test_settings_as_verl_names_them_and_without_a_value():
    text = "algorithm.lead_beta = 0.5, lead_alpha=2,static_lambda_corr=None,static_weights=NULL"
    assert settings.parse(text) == {
        "beta": 0.5, "alpha": 2.0, "static_lambda_corr": None, "static_weights": None,
    }  # fmt: skip
    assert settings.config(settings.parse(text)) == lead_rs.LeadConfig(beta=0.5, alpha=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("beta", "'beta' is not KEY=VALUE"),
        ("=0.9", "'=0.9' is not KEY=VALUE"),
        ("lead_=0.9", "'lead_=0.9' is not KEY=VALUE"),
        ("beta=", "'beta=' is not KEY=VALUE"),
        ("beta=0.9,,alpha=1", "'' is not KEY=VALUE"),
        ("beta=0.9,lead_beta=0.8", "has beta twice"),
        ("betta=0.9", "betta"),
        ("beta=1.5", "beta"),
        ("beta=high", "beta must be a number, got 'high'"),
        ("static_lambda_corr=half", "static_lambda_corr must be a number, got 'half'"),
        ("aggregator=0.5", "aggregator"),
        ("aggregator=mode", "aggregator"),
    ],
)
def test_bad_settings_are_named(text, message):
    with pytest.raises(CommandError, match=message):
        settings.config(settings.parse(text))


@needs_matplotlib
def test_the_command_shows_settings_side_by_side(tmp_path, capsys):
    dump(tmp_path / "rollouts", BATCHES)
    base = "lstar_mode=max_sym,bmax=4000,beta=0.8"
    command = ["replay", str(tmp_path / "rollouts"), "--base", base, "--set", "beta=0.5"]
    command += ["--set", "aggregator=median_correct,static_lambda_corr=0.6"]
    capsys.readouterr()
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "7 steps (1 to 7), 168 responses" in out
    start = "| lambda_corr, the weight of correctness, last step"
    [last] = [line for line in out.splitlines() if line.startswith(start)]
    values = [cell.strip() for cell in last.split("|")[2:-1]]
    faster = lead_rs.LeadConfig(lstar_mode="max_sym", bmax=4000, beta=0.5)
    expected = [trained(BATCHES)[-1], trained(BATCHES, faster)[-1]]
    assert values == [*(f"{row['lead/w_corr']:.4f}" for row in expected), "0.6000"]
    assert (tmp_path / "out/replay.md").read_text() in out
    assert (tmp_path / "out/replay.png").read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "out/steps.csv").open() as file:
        written = list(csv.DictReader(file))
    assert len(written) == 3 * 7
    assert [float(row["lead/w_corr"]) for row in written[:7]] == [
        row["lead/w_corr"] for row in trained(BATCHES)
    ]


@needs_matplotlib
def test_the_command_fails_with_one_line(tmp_path, capsys):
    assert main(["replay", str(tmp_path / "none"), "--set", "beta=0.5"]) == 2
    assert capsys.readouterr().err.startswith("lead-rs: ")
    assert main(["replay", str(tmp_path), "--set", "betta=0.5"]) == 2
    assert "betta" in capsys.readouterr().err


@needs_matplotlib
def test_rollouts_that_begin_later_are_pointed_out(tmp_path, capsys):
    dump(tmp_path / "rollouts", {number: BATCHES[number] for number in (5, 6)})
    assert main(["replay", str(tmp_path / "rollouts"), "--out", str(tmp_path / "out")]) == 0
    assert "begin at step 5, and the weights at their start there" in capsys.readouterr().err


def test_a_missing_extra_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("lead_rs._extras.importlib.util.find_spec", lambda name: None)
    assert main(["replay", str(tmp_path)]) == 2
    assert "the picture needs matplotlib: pip install 'lead-rs[report]'" in capsys.readouterr().err
