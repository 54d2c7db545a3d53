"""verl's data sources of mathematics, graded by lead_rs in verl's shapes."""

from __future__ import annotations

import ast
import logging

import pytest
from verl_versions import verl_folder

from lead_rs.verl import math_sources
from lead_rs.verl.math_sources import compute_score

KEYS = ["score", "acc", "pred", "unscored"]
ANSWERS = {
    "openai/gsm8k": "so 5\n#### {}",
    "math_dapo": "Answer: ${}$",
    "aime24": "Answer: {}",
}


@pytest.mark.parametrize("source", [*math_sources.RULES, "aime24", "aime_2025"])
def test_right_wrong_and_no_answer(source):
    response = ANSWERS.get(source, r"So \boxed{{{}}}.")
    wrong = -1.0 if source.startswith(("math_dapo", "aime")) or source == "math" else 0.0
    right = 0.9 if source == "hiyouga/geometry3k" else 1.0
    for answer, acc, score in (("42", 1.0, right), ("42.0", 1.0, right), ("41", 0.0, wrong)):
        got = compute_score(source, response.format(answer), "42", {"index": 1})
        assert list(got) == KEYS
        assert got["score"] == pytest.approx(score)
        assert (got["acc"], got["unscored"]) == (acc, 0.0)
        assert answer in got["pred"]
    got = compute_score(source, "I do not know", "42")
    assert (got["score"], got["acc"], got["pred"]) == (wrong, 0.0, "")


def test_a_box_is_asked_for_where_verl_asks_for_it():
    assert compute_score("lighteval/MATH", "Answer: 42", "42")["acc"] == 0.0
    assert compute_score("math_dapo", "Answer: 42", "42")["acc"] == 1.0


@pytest.mark.parametrize(
    ("response", "score"),
    [
        (r"<think>hm</think> \boxed{42}", 1.0),
        (r"<think>hm</think> \boxed{41}", 0.1),
        (r"hm</think> \boxed{42}", 0.9),
        (r"<think>hm \boxed{42}", 0.9),
        (r"<think>hm</think> 42", 0.1 * 0),
        ("", 0.0),
    ],
)
def test_the_format_of_geometry3k(response, score):
    got = compute_score("hiyouga/geometry3k", response, "42")["score"]
    assert got == pytest.approx(score)


@pytest.mark.parametrize("truth", [None, "", [], "5 (("])
def test_a_truth_that_cannot_be_graded_is_counted(truth):
    got = compute_score("math_dapo", r"\boxed{5}", truth)
    assert (got["score"], got["acc"], got["unscored"]) == (-1.0, 0.0, 1.0)
    assert compute_score("math_dapo", r"\boxed{5}", ["", "6"])["unscored"] == 0.0


@pytest.mark.parametrize(
    ("returned", "wanted"),
    [
        (0.25, [0.25, 0.25, "", 0.0]),
        ({"score": 1, "acc": True}, [1.0, 1.0, "", 0.0]),
        ({"score": -1.0, "acc": False, "pred": "x"}, [-1.0, 0.0, "x", 0.0]),
    ],
)
def test_other_sources_are_verls(returned, wanted, monkeypatch):
    from verl.utils import reward_score

    given = []

    def theirs(*args, **kwargs):
        given.append((args, kwargs))
        return returned

    monkeypatch.setattr(reward_score, "default_compute_score", theirs)
    got = compute_score("apps", "def f(): ...", "tests", {"index": 1}, sandbox_fusion_url="url")
    assert list(got.items()) == list(zip(KEYS, wanted, strict=True))
    (called,) = given
    assert called == (
        ("apps", "def f(): ...", "tests", {"index": 1}),
        {"sandbox_fusion_url": "url"},
    )


def test_a_source_that_nobody_knows():
    with pytest.raises(NotImplementedError, match="poetry"):
        compute_score("poetry", "roses", "red")


def test_which_sources_are_graded_is_said_once(caplog):
    math_sources._say.cache_clear()
    with caplog.at_level(logging.INFO, logger="lead_rs.verl.math_sources"):
        for _ in range(3):
            compute_score("numina_cn_k12", r"\boxed{1}", "1")
    assert [r.message for r in caplog.records] == [
        "data source 'numina_cn_k12' is graded by lead_rs"
    ]


def test_what_is_graded_is_what_is_shown():
    got = compute_score("lighteval/MATH", r"\boxed{\boxed{5}+1} or \boxed{7}", "6, 7")
    assert got["pred"] == r"\boxed{\boxed{5}+1} or \boxed{7}"


def test_another_type_of_response():
    with pytest.raises(TypeError, match="^solution_str must be a str, got int"):
        compute_score("math", 5, "5")


# verl's, but for those that are no mathematics.
OTHERS = ("codecontests", "searchR1_")


def test_every_source_that_verl_grades_as_mathematics_is_known():
    text = (verl_folder() / "utils/reward_score/__init__.py").read_text()
    (function,) = (
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name == "default_compute_score"
    )
    lists = [
        [item.value for item in node.elts]
        for node in ast.walk(function)
        if isinstance(node, ast.List) and node.elts
    ]
    named = [names for names in lists if not names[0].startswith(OTHERS)]
    assert named
    for source in sum(named, ["openai/gsm8k"]):
        assert math_sources.rule_of(source), source
