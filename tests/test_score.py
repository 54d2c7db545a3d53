"""Scores of one response and of batches: settings, ground truths, errors, threads."""

from __future__ import annotations

import asyncio
import decimal
import fractions
import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lead_rs
from concurrency import assert_gil_released, assert_true_after_fork

RIGHT, WRONG, NONE = r"So \boxed{42}.", r"So \boxed{41}.", "So 42."
KEYS = ["score", "acc", "correctness_score", "length_score", "format_score"]
LENGTH_MODES = ["classic", "conditioned", "soft", "conditioned_soft"]
FORMAT_MODES = ["boxed", "strict"]


def acc(response, truth):
    (batched,) = lead_rs.score_batch([response], [truth])["acc"]
    assert batched == lead_rs.score(response, truth)["acc"]
    return batched


def test_by_default_correctness_and_length_count():
    assert lead_rs.score(RIGHT, "42") == {
        "score": 2.0, "acc": 1.0, "correctness_score": 1.0, "length_score": 1.0,
        "format_score": 0.0,
    }  # fmt: skip
    assert lead_rs.score(WRONG, "42")["score"] == 1.0
    assert lead_rs.score(NONE, "42")["score"] == 1.0


def test_the_environment_is_not_read(monkeypatch):
    monkeypatch.setenv("DEEPSCALE_LENGTH_REWARD", "0")
    assert lead_rs.score(RIGHT, "42")["score"] == 2.0
    assert lead_rs.score_batch([RIGHT], ["42"])["score"] == [2.0]


SETTINGS = {
    "require_simplified": {"require_simplified": False},
    "tolerance": {"tolerance": 0.05},
    "extract": {"extract": "auto"},
    "after_think": {"after_think": True},
    "correct_reward": {"correct_reward": 3.0},
    "length_reward": {"length_reward": -0.5},
    "length_threshold": {"length_threshold": 100.0},
    "length_max": {"length_mode": "soft", "length_threshold": 100.0, "length_max": 200.0},
    "length_mode": {"length_mode": "conditioned"},
    "use_format": {"use_format": True},
    "format_reward": {"use_format": True, "format_reward": 0.25},
    "format_mode": {"use_format": True, "format_mode": "strict"},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_batch_is_its_rows(settings):
    responses = [RIGHT, WRONG, NONE, "", "x" * 600 + RIGHT, r"<think></think> \boxed{84/2}"]
    truths = ["42", 42, ["42"], "", ("1", "42"), np.array([1, 42])]
    batch = lead_rs.score_batch(responses, truths, **settings)
    assert list(batch) == KEYS
    rows = [lead_rs.score(*row, **settings) for row in zip(responses, truths, strict=True)]
    for key, column in batch.items():
        assert column.dtype == np.float64
        assert column.tolist() == [row[key] for row in rows]
    plain = lead_rs.score_batch(responses, truths)
    assert any((batch[key] != plain[key]).any() for key in KEYS)


def test_the_same_keys_and_plain_floats_always():
    modes = itertools.product([RIGHT, WRONG, NONE, ""], LENGTH_MODES, FORMAT_MODES)
    for response, length_mode, format_mode in modes:
        got = lead_rs.score(
            response, "42", length_mode=length_mode, use_format=True, format_mode=format_mode
        )
        assert list(got) == KEYS
        assert {type(value) for value in got.values()} == {float}
        assert got["score"] == got["correctness_score"] + got["length_score"] + got["format_score"]


def test_lengths_in_tokens():
    limits = {"length_threshold": 10}
    long, short = "π" * 80 + RIGHT, RIGHT
    assert lead_rs.score(long, "42", **limits)["length_score"] == 0.0
    for length in (10, 10.0, np.int64(10), True):
        got = lead_rs.score(long, "42", response_length=length, **limits)
        assert got["length_score"] == 1.0
    for lengths in ([10, 11], np.array([10, 11], np.int32), (10.0, 11.0)):
        got = lead_rs.score_batch([long, short], ["42"] * 2, response_lengths=lengths, **limits)
        assert got["length_score"].tolist() == [1.0, 0.0]


def test_lengths_as_tensors(torch):
    lengths = torch.tensor([10, 11])
    got = lead_rs.score_batch([RIGHT] * 2, [42] * 2, response_lengths=lengths, length_threshold=10)
    assert got["length_score"].tolist() == [1.0, 0.0]
    got = lead_rs.score(RIGHT, 42, response_length=lengths[1], length_threshold=10)
    assert got["length_score"] == 0.0


@pytest.mark.parametrize(
    "truth",
    [
        "42", 42, 42.0, np.int64(42), np.float32(42), np.str_("42"), fractions.Fraction(84, 2),
        r"thus $\boxed{42}$", ["42"], ["41", 42], ("a", 42.0), np.array([41, 42]),
        np.array(["42", "x"]), np.array([None, "42"], object)[1:], ["\ud800", "\0", "42"], ["", 42],
    ],
    ids=repr,
)  # fmt: skip
def test_ground_truths(truth):
    assert acc(RIGHT, truth) == 1.0
    assert acc(r"\boxed{43}", truth) == 0.0


def test_numbers_are_the_text_python_shows():
    assert acc(r"\boxed{0.1}", np.float32(0.1)) == 1.0
    assert acc(r"\boxed{0.1}", np.array([0.1], np.float32)) == 1.0
    assert acc(r"\boxed{123456789012345678901234567890}", 123456789012345678901234567890) == 1.0
    assert acc(r"\boxed{1/3}", fractions.Fraction(1, 3)) == 1.0


@pytest.mark.parametrize("truth", ["", " ", [], [""], (), np.array([]), r"\boxed{}"])
def test_what_is_empty_is_never_matched(truth):
    for response in ["", r"\boxed{}", r"\boxed{ }", RIGHT]:
        assert acc(response, truth) == 0.0


def test_no_answer_earns_nothing_for_its_format():
    for response in [NONE, r"\boxed{}", r"\boxed{42} or \boxed{4", ""]:
        for mode in FORMAT_MODES:
            got = lead_rs.score(response, "42", use_format=True, format_mode=mode)
            assert (got["acc"], got["format_score"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("truth", "got"),
    [
        (None, "NoneType"),
        (True, "bool"),
        (np.True_, "bool"),
        (float("nan"), "NaN"),
        (np.float32("nan"), "NaN"),
        (b"42", "bytes"),
        (bytearray(b"42"), "bytearray"),
        ({"42": 1}, "dict"),
        ({"42"}, "set"),
        (np.array("42"), "ndarray"),
        (decimal.Decimal(42), "Decimal"),
        (1j, "complex"),
        (["42", None], "NoneType"),
        (["42", ["42"]], "list"),
        (np.array([["42"]]), "ndarray"),
        (np.array([True]), "bool"),
        ((x for x in ["42"]), "generator"),
    ],
)
def test_what_is_no_ground_truth_is_refused_by_name_and_row(truth, got):
    accepted = "a str, a number or a list of them"
    with pytest.raises(TypeError, match=f"^ground_truth must be {accepted}, got {got}_?$"):
        lead_rs.score(RIGHT, truth)
    with pytest.raises(
        TypeError, match=f"^ground_truths.*{accepted} in each row, got {got}_? in row 1$"
    ):
        lead_rs.score_batch([RIGHT] * 3, ["42", truth, "42"])


@pytest.mark.parametrize("response", [b"42", 42, None, ["42"], 4.2])
def test_what_is_no_response_is_refused_by_name_and_row(response):
    got = type(response).__name__
    with pytest.raises(TypeError, match=f"^response must be a str, got {got}$"):
        lead_rs.score(response, "42")
    with pytest.raises(TypeError, match=f"^responses must hold a str.*, got {got} in row 2$"):
        lead_rs.score_batch([RIGHT, RIGHT, response, None], ["42"] * 4)


BATCHES = {
    "one text": ({"responses": RIGHT}, TypeError, "responses must hold one entry.*single str"),
    "one truth": ({"ground_truths": "42"}, TypeError, "ground_truths.*a single str"),
    "a mapping": ({"ground_truths": {0: "42"}}, TypeError, "ground_truths.*a single dict"),
    "no sequence": ({"responses": 5}, TypeError, "responses must be a sequence.*got int"),
    "0-d": ({"responses": np.array(RIGHT)}, TypeError, "responses must be a sequence.*ndarray"),
    "fewer truths": ({"ground_truths": ["42"]}, ValueError, "ground_truths.*got 1 for 2 resp"),
    "fewer responses": ({"responses": []}, ValueError, "ground_truths.*got 2 for 0 resp"),
    "fewer lengths": ({"response_lengths": [1]}, ValueError, "response_lengths.*got 1 for 2"),
    "negative": ({"response_lengths": [1, -1]}, ValueError, "response_lengths.*-1 in row 1"),
    "fraction": ({"response_lengths": [0.5, 1]}, ValueError, r"response_lengths.*0\.5 in row 0"),
    "no number": ({"response_lengths": ["a", "b"]}, TypeError, "response_lengths must hold num"),
    "no threads": ({"num_threads": 0}, ValueError, "num_threads must be >= 1 or None, got 0"),
    "negative threads": ({"num_threads": -1}, ValueError, "num_threads must be.*got -1"),
    "text threads": ({"num_threads": "2"}, TypeError, "num_threads"),
    "unknown": ({"lenght_reward": 0}, TypeError, "lenght_reward"),
    "by position": ({"positional": 1}, TypeError, "positional"),
}


@pytest.mark.parametrize(("change", "error", "message"), BATCHES.values(), ids=BATCHES)
def test_bad_batches(change, error, message):
    arguments = {"responses": [RIGHT] * 2, "ground_truths": ["42"] * 2, **change}
    with pytest.raises(error, match=message):
        lead_rs.score_batch(**arguments)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"correct_reward": float("nan")}, ValueError, "^correct_reward must be a finite number"),
        ({"length_reward": float("inf")}, ValueError, "^length_reward must be a finite number"),
        ({"format_reward": float("-inf")}, ValueError, "^format_reward must be a finite number"),
        ({"length_threshold": -1}, ValueError, "^length_threshold must be a number of tokens >= 0"),
        ({"length_max": float("nan")}, ValueError, "^length_max must be a number of tokens >= 0"),
        ({"length_mode": "clasic"}, ValueError, '^length_mode must be one of classic.*"clasic"'),
        ({"format_mode": "box"}, ValueError, '^format_mode must be one of boxed, strict.*"box"'),
        ({"length_mode": "soft", "length_max": 1}, ValueError, "^length_max must be at least"),
        ({"use_format": "yes"}, TypeError, "use_format"),
        ({"correct_reward": "1"}, TypeError, "correct_reward"),
        ({"unheard_of": 1}, TypeError, "unheard_of"),
    ],
)
def test_bad_settings(change, error, message):
    with pytest.raises(error, match=message):
        lead_rs.score(RIGHT, "42", **change)
    with pytest.raises(error, match=message):
        lead_rs.score_batch([RIGHT], ["42"], **change)


def test_a_bad_length():
    for length in (-1, 0.5, float("nan"), 1e10):
        with pytest.raises(ValueError, match="response_length must be a whole number of tokens"):
            lead_rs.score(RIGHT, "42", response_length=length)
    with pytest.raises(TypeError, match="response_length"):
        lead_rs.score(RIGHT, "42", response_length="4")


def test_sequences_of_any_kind():
    for responses in ([RIGHT, WRONG], (RIGHT, WRONG), np.array([RIGHT, WRONG], object)):
        assert lead_rs.score_batch(responses, iter(["42", "42"]))["acc"].tolist() == [1.0, 0.0]
    empty = lead_rs.score_batch([], [])
    assert list(empty) == KEYS
    assert {(column.shape, column.dtype.name) for column in empty.values()} == {((0,), "float64")}


ODD = [
    "", "\0", "\ud800", "\udfff" * 100, "x" * 1_000_000, r"\boxed{" * 100_000, "{" * 100_000,
    r"\boxed{" + "(" * 100_000 + "}", r"\boxed{9**9**9**9}", r"\boxed{" + "7" * 100_000 + "!}",
    r"\boxed{\frac" + r"{\frac" * 10_000 + "}" * 10_000 + "}", "\\boxed{\ud83d}",
]  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("num_threads", [None, 1, 3])
def test_an_odd_row_does_not_spoil_the_others(num_threads):
    responses = [RIGHT, *itertools.chain.from_iterable((odd, RIGHT) for odd in ODD * 10)]
    truths = ["42"] * len(responses)
    got = lead_rs.score_batch(responses, truths, num_threads=num_threads)["acc"]
    assert got[0::2].all()
    assert not got[1::2].any()
    assert not lead_rs.score_batch([RIGHT] * len(ODD), ODD)["acc"].any()


def large(rows=2000):
    """Enough rows for threads, in no simple order."""
    rng = np.random.default_rng(0)
    answers = rng.integers(0, 5, rows)
    responses = ["x" * (i % 97) * 10 + rf"\boxed{{{a}}}" for i, a in enumerate(answers)]
    truths = [[int(t), "4"] for t in rng.integers(0, 5, rows)]
    settings = {"length_mode": "soft", "length_threshold": 100, "length_max": 300}
    return {"responses": responses, "ground_truths": truths, **settings}


def scored(**changes):
    scores = lead_rs.score_batch(**{**large(), **changes})
    return b"".join(column.tobytes() for column in scores.values())


@pytest.fixture
def threads():
    yield lead_rs.set_num_threads
    lead_rs.set_num_threads(0)


def test_bit_identical_for_any_number_of_threads(threads):
    rows = large()
    settings = {name: rows.pop(name) for name in ("length_mode", "length_threshold", "length_max")}
    pairs = zip(rows["responses"], rows["ground_truths"], strict=True)
    one_by_one = [lead_rs.score(*pair, **settings) for pair in pairs]
    wanted = b"".join(np.array([row[key] for row in one_by_one]).tobytes() for key in KEYS)
    assert {scored(num_threads=n) for n in (1, 2, 7, 1000)} == {wanted}
    for n in (1, 2, 8):
        threads(n)
        assert scored() == wanted


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
def test_small_batches_start_no_threads():
    code = """if True:
        import os, numpy, lead_rs  # numpy starts threads of its own
        def count(): return len(os.listdir("/proc/self/task"))
        before = count()
        for n in (None, 1, 4):
            lead_rs.score_batch(["1"] * 20, ["1"] * 20, num_threads=n)
        lead_rs.score_batch(["1"] * 5000, ["1"] * 5000, num_threads=1)
        lead_rs.score("1", "1"), lead_rs.grade("1", "1")
        print(count() - before)
        lead_rs.set_num_threads(3)
        lead_rs.score_batch(["1"] * 5000, ["1"] * 5000)
        print(count() - before)
    """
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["0", "3"]


def test_the_gil_is_released():
    text = "x" * 1_000_000
    assert_gil_released(lambda: lead_rs.score_batch([text] * 2000, ["42"] * 2000))


def test_from_any_thread():
    wanted = scored()
    with ThreadPoolExecutor(8) as pool:
        got = pool.map(lambda i: scored(num_threads=i % 4 or None), range(40))
        assert set(got) == {wanted}


def test_inside_asyncio():
    async def main():
        in_threads = await asyncio.gather(*(asyncio.to_thread(scored) for _ in range(8)))
        return {scored(), *in_threads}

    assert asyncio.run(main()) == {scored()}


@pytest.mark.parametrize("num_threads", [None, 2])
def test_after_fork(threads, num_threads):
    threads(2)
    wanted = scored()  # the pool is in use before the fork
    assert_true_after_fork(lambda: scored(num_threads=num_threads) == wanted)


@pytest.mark.ray
@pytest.mark.timeout(300)
def test_in_a_ray_actor():
    pytest.importorskip("ray", reason="ray is not installed")
    code = """if True:
        import ray, lead_rs
        ray.init("local", num_cpus=1, include_dashboard=False, log_to_driver=False)

        @ray.remote
        class Scorer:
            def __init__(self): self.wanted = None
            def verdict(self, answer, truth): return lead_rs.grade(answer, truth)
            def score(self, *args): return lead_rs.score_batch(*args, num_threads=2)["acc"]

        scorer = Scorer.remote()
        assert ray.get(scorer.verdict.remote("0.5", "1/2")) == lead_rs.grade("0.5", "1/2")
        right, wrong = r"\\boxed{42}", r"\\boxed{41}"
        got = ray.get(scorer.score.remote([right, wrong] * 500, ["42"] * 1000))
        assert got.tolist() == [1.0, 0.0] * 500
        print("scored")
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=280)
    assert done.stdout.strip().endswith("scored"), done.stdout + done.stderr


UNDECIDED = r"\boxed{42 \text{ if it rains, else } 0}"


def test_a_fallback_decides_what_the_grader_does_not():
    responses = [RIGHT, UNDECIDED, WRONG, NONE, UNDECIDED, UNDECIDED]
    truths = ["42", "42", "42", "42", ["7", "42"], "42"]
    plain = lead_rs.score_batch(responses, truths, length_mode="conditioned")
    assert plain["acc"].tolist() == [1, 0, 0, 0, 0, 0]
    assert "fallback" not in plain
    asked = []

    def judge(rows):
        asked.append(rows)
        return (row.row != 4 for row in rows)

    got = lead_rs.score_batch(responses, truths, length_mode="conditioned", fallback=judge)
    (rows,) = asked
    answer = r"42 \text{ if it rains, else } 0"
    assert rows == [(1, answer, "42"), (4, answer, ["7", "42"]), (5, answer, "42")]
    assert rows[0] == lead_rs.Undecided(row=1, answer=answer, ground_truth="42")
    assert got["acc"].tolist() == [1, 1, 0, 0, 0, 1]
    assert got["fallback"].tolist() == [0, 1, 0, 0, 1, 1]
    assert got["length_score"].tolist() == [1, 1, 0, 0, 0, 1]
    assert (got["score"] == got["acc"] + got["length_score"]).all()


def test_a_fallback_is_not_asked_about_nothing():
    def judge(rows):
        raise AssertionError(rows)

    got = lead_rs.score_batch([RIGHT, WRONG], ["42", "42"], fallback=judge)
    assert got["fallback"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("verdicts", "error", "match"),
    [
        ([], ValueError, "^fallback must return one verdict per undecided row: got 0 for 1 rows"),
        ([True, True], ValueError, "got 2 for 1 rows"),
        ([0.5], TypeError, "^fallback must return bools, got 0.5 for the answer of row 0"),
        (["yes"], TypeError, "got 'yes'"),
        ([None], TypeError, "got None"),
    ],
)
def test_a_fallback_that_does_not_decide(verdicts, error, match):
    with pytest.raises(error, match=match):
        lead_rs.score_batch([UNDECIDED], ["42"], fallback=lambda rows: verdicts)


def test_what_a_fallback_raises_is_raised():
    def judge(rows):
        raise RuntimeError("no model")

    with pytest.raises(RuntimeError, match="no model"):
        lead_rs.score_batch([UNDECIDED] * 300, ["42"] * 300, fallback=judge)


def test_truths_that_no_answer_can_be():
    good = ["42", r"\boxed{\frac12}", ["", "7"], 3.5, "B", "Yes", "Paris", "x+1", np.array([1])]
    assert lead_rs.check_truths(good) == []
    bad = [None, "", [], r"\boxed{}", "$$", r"\frac{1}{", "5 ((", "1" * 9000, ["", r"\frac"]]
    found = lead_rs.check_truths([*good, *bad])
    assert [row for row, _, _ in found] == list(range(len(good), len(good) + len(bad)))
    assert [truth for _, truth, _ in found] == bad
    assert all(found.reason for found in found)
    with pytest.raises(TypeError, match="ground_truths .* row 1"):
        lead_rs.check_truths(["1", True])


def test_an_answer_that_is_in_no_box_earns_nothing_for_its_format():
    got = lead_rs.score("Answer: 42", "42", extract="auto", use_format=True)
    assert (got["acc"], got["format_score"]) == (1.0, 0.0)
    assert lead_rs.score(RIGHT, "42", extract="auto", use_format=True)["format_score"] == 1.0
