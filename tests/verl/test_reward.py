"""The reward function that verl calls: its parts, its settings, its errors."""

import ast
import inspect
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from omegaconf import OmegaConf
from verl_versions import import_quietly, verl_folder, wheel_folders

import lead_rs
from lead_rs.verl import reward
from lead_rs.verl.reward import compute_score

RIGHT, WRONG, NONE = r"So \boxed{42}.", r"So \boxed{41}.", "So 42."
KEYS = {"score", "acc", "correctness_score", "length_score", "format_score"}


def score(response, truth="42", **settings):
    return compute_score("deepscaler", response, truth, {"index": 1}, **settings)


def of_length(characters, answer=RIGHT):
    return "x" * (characters - len(answer)) + answer


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for variable in reward.VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)


def test_by_default_correctness_and_length_count():
    assert score(RIGHT) == {
        "score": 2.0, "acc": 1.0, "correctness_score": 1.0, "length_score": 1.0,
        "format_score": 0.0,
    }  # fmt: skip
    assert score(WRONG)["score"] == 1.0
    assert score(NONE)["acc"] == 0.0


def test_the_same_keys_and_plain_floats_always():
    length_modes = ["classic", "conditioned", "soft", "conditioned_soft"]
    modes = itertools.product([RIGHT, WRONG, NONE, ""], length_modes, ["boxed", "strict"])
    for response, length_mode, format_mode in modes:
        got = score(response, length_mode=length_mode, format_mode=format_mode, use_format=1)
        assert got.keys() == KEYS
        assert {type(value) for value in got.values()} == {float}
        parts = got["correctness_score"] + got["length_score"] + got["format_score"]
        assert got["score"] == parts


def test_the_last_box_is_graded():
    assert score(r"\boxed{42} no, \boxed{41}")["acc"] == 0.0
    assert score(r"\boxed{41} no, \boxed{42}")["acc"] == 1.0
    assert score(r"\boxed{42} and then \boxed{4")["acc"] == 0.0
    assert score(r"\boxed{}", truth="")["acc"] == 0.0


@pytest.mark.parametrize(
    "truth", [42, "42", r"\boxed{42}", ["41", "42"], ("42",), np.array(["1", "42"], object)]
)
def test_ground_truths(truth):
    assert score(RIGHT, truth)["acc"] == 1.0
    assert score(WRONG, truth)["acc"] == (1.0 if isinstance(truth, list) else 0.0)


@pytest.mark.parametrize(
    ("mode", "answer", "characters", "share"),
    [
        ("classic", RIGHT, 400, 1.0),
        ("classic", RIGHT, 401, 0.0),
        ("classic", WRONG, 400, 1.0),
        ("conditioned", RIGHT, 400, 1.0),
        ("conditioned", RIGHT, 401, 0.0),
        ("conditioned", WRONG, 40, 0.0),
        ("soft", RIGHT, 400, 1.0),
        ("soft", RIGHT, 500, 0.75),
        ("soft", WRONG, 600, 0.5),
        ("soft", RIGHT, 800, 0.0),
        ("soft", RIGHT, 900, 0.0),
        ("conditioned_soft", RIGHT, 700, 0.25),
        ("conditioned_soft", WRONG, 40, 0.0),
    ],
)
def test_length_modes(mode, answer, characters, share):
    got = score(
        of_length(characters, answer),
        length_mode=mode, length_reward=2.0, length_threshold=100, length_max=200,
    )  # fmt: skip
    assert got["length_score"] == 2.0 * share


def test_length_in_tokens_where_it_is_known():
    response = of_length(4000)
    assert score(response, length_threshold=100)["length_score"] == 0.0
    assert score(response, length_threshold=100, response_length=100)["length_score"] == 1.0


def scored_by_verl(manager, response, *, rows=1, extra_info=None, **settings):
    """What verl's reward loop gives for a response of 100 characters a token."""
    import asyncio

    import torch

    RewardLoopWorker = import_quietly("verl.experimental.reward_loop.reward_loop").RewardLoopWorker

    from verl import DataProto

    tokens = len(response) // 100
    worker = object.__new__(RewardLoopWorker)
    worker.config = OmegaConf.create(
        {
            "reward": {
                "custom_reward_function": {"path": "here"},
                "reward_model": {"enable": False},
            },
            "data": {"max_response_length": 4 * tokens},
        }
    )
    tokenizer = SimpleNamespace(decode=lambda ids, **_: response[: 100 * len(ids)])
    worker.reward_manager = object.__new__(manager)
    worker.reward_manager.__dict__.update(
        config=worker.config, tokenizer=tokenizer, is_async_reward_score=False,
        loop=asyncio.new_event_loop(), reward_router_address=None, reward_model_tokenizer=None,
        compute_score=lambda *given, **named: compute_score(*given, **named, **settings),
        overlong_buffer_cfg=None, max_resp_len=4 * tokens,
    )  # fmt: skip
    mask = torch.ones(rows, 3 + 2 * tokens, dtype=torch.long)
    mask[-1, 3 + tokens :] = 0
    non_tensors = {
        "data_source": np.array(["mine"] * rows, dtype=object),
        "reward_model": np.array([{"ground_truth": "42"}] * rows, dtype=object),
    }
    if extra_info is not None:
        non_tensors["extra_info"] = np.array([extra_info] * rows, dtype=object)
    data = DataProto.from_dict(
        tensors={"responses": torch.ones(rows, 2 * tokens), "attention_mask": mask},
        non_tensors=non_tensors,
    )
    loop = worker.reward_manager.loop
    try:
        return loop.run_until_complete(worker.compute_score(data))["reward_extra_info"]
    finally:
        loop.close()


@pytest.mark.verl
@pytest.mark.parametrize("name", ["naive", "dapo"])
@pytest.mark.parametrize("extra_info", [None, {"index": 3, "response_length": 1}])
def test_in_verl_length_is_in_tokens_or_as_the_setting_has_it(name, extra_info, monkeypatch):
    managers = import_quietly("verl.experimental.reward_loop.reward_manager")
    manager, response = managers.get_reward_manager_cls(name), of_length(2000)
    given = extra_info and dict(extra_info)

    def length_score(**settings):
        got = scored_by_verl(manager, response, extra_info=extra_info, **settings)
        assert got["acc"] == 1.0
        return got["length_score"]

    # 20 tokens, or 500 by the characters.
    assert length_score(length_threshold=20) == 1.0
    assert length_score(length_threshold=19) == 0.0
    assert length_score(length_threshold=499, length_unit="characters") == 0.0
    assert length_score(length_threshold=500, length_unit="characters") == 1.0
    monkeypatch.setenv("DEEPSCALE_LENGTH_UNIT", "characters")
    assert length_score(length_threshold=499) == 0.0
    assert length_score(length_threshold=20, length_unit="tokens") == 1.0
    assert extra_info == given
    monkeypatch.setenv("DEEPSCALE_LENGTH_UNIT", "words")
    with pytest.raises(ValueError, match="DEEPSCALE_LENGTH_UNIT must be one of tokens, charact"):
        length_score()


@pytest.mark.verl
def test_of_several_outputs_the_last_one_s_tokens_count():
    managers = import_quietly("verl.experimental.reward_loop.reward_manager")
    naive, settings = managers.get_reward_manager_cls("naive"), {"rows": 2, "length_threshold": 20}
    assert scored_by_verl(naive, of_length(2000), **settings)["length_score"] == 1.0
    assert scored_by_verl(naive, of_length(2100), **settings)["length_score"] == 0.0


def handed_on(**non_tensors):
    """The `extra_info` that verl's reward managers get of 3 outputs with 4, 6 and 5 tokens."""
    import asyncio

    import torch

    RewardLoopWorker = import_quietly("verl.experimental.reward_loop.reward_loop").RewardLoopWorker

    from verl import DataProto

    async def run_single(data):
        return data.non_tensor_batch["extra_info"].tolist()

    worker = object.__new__(RewardLoopWorker)
    worker.config = OmegaConf.create({"reward": {"custom_reward_function": {"path": "here"}}})
    worker.reward_manager = SimpleNamespace(run_single=run_single)
    response = torch.arange(7) < torch.tensor([[4], [6], [5]])
    mask = torch.cat([torch.ones(3, 2, dtype=torch.long), response.long()], dim=1)
    data = DataProto.from_dict(
        tensors={"responses": torch.ones(3, 7), "attention_mask": mask},
        non_tensors={name: np.array(values) for name, values in non_tensors.items()},
    )
    return asyncio.run(worker.compute_score(data))


@pytest.mark.verl
def test_the_token_count_is_added_to_what_is_known_of_an_output():
    given = [{"index": 3, reward.LENGTH_KEY: 1}, None, {"index": 5}]
    assert handed_on(extra_info=given) == [
        {"index": 3, reward.LENGTH_KEY: 5},
        {reward.LENGTH_KEY: 5},
        {"index": 5, reward.LENGTH_KEY: 5},
    ]
    assert given[0] == {"index": 3, reward.LENGTH_KEY: 1}
    assert handed_on() == [{reward.LENGTH_KEY: 5}] * 3


@pytest.mark.verl
def test_the_token_count_is_verls_own_where_it_counts():
    assert handed_on(response_len=[9, 8, 3]) == [{reward.LENGTH_KEY: 3}] * 3


THINKING = "<think> hm </think> "


@pytest.mark.parametrize(
    ("mode", "response", "share"),
    [
        ("boxed", RIGHT, 1.0),
        ("boxed", WRONG, 1.0),
        ("boxed", NONE, 0.0),
        ("boxed", r"\boxed{}", 0.0),
        ("strict", THINKING + WRONG, 1.0),
        ("strict", RIGHT, 0.5),
        ("strict", "<think> hm " + RIGHT, 0.5),
        ("strict", RIGHT + THINKING, 0.75),
        ("strict", "</think> hm <think>" + RIGHT, 0.75),
        ("strict", THINKING + NONE, 0.0),
    ],
)
def test_format_modes(mode, response, share):
    assert score(response, format_mode=mode)["format_score"] == 0.0
    got = score(response, use_format=True, format_mode=mode, format_reward=0.5)
    assert got["format_score"] == 0.5 * share


SOFT = {"length_mode": "soft", "length_threshold": 100, "length_max": 300}


@pytest.mark.parametrize(
    ("name", "text", "value", "others", "response"),
    [
        ("require_simplified", "0", False, {}, r"\boxed{84/2}"),
        ("correct_reward", "3", 3.0, {}, RIGHT),
        ("length_reward", " -0.5 ", -0.5, {}, RIGHT),
        ("length_threshold", "2e2", 200.0, {}, of_length(8000)),
        ("length_max", "1e4", 10000.0, SOFT, of_length(8000)),
        ("length_mode", "conditioned_soft", "conditioned_soft", SOFT, of_length(800, WRONG)),
        ("use_format", "1", True, {}, RIGHT),
        ("format_reward", "0.25", 0.25, {"use_format": True}, RIGHT),
        ("format_mode", "strict", "strict", {"use_format": True}, RIGHT),
    ],
)
def test_each_setting_by_environment_and_by_keyword(
    monkeypatch, name, text, value, others, response
):
    default = lead_rs.score(response, "42", **others)
    wanted = lead_rs.score(response, "42", **{**others, name: value})
    assert wanted != default
    others = {other: setting for other, setting in others.items() if other != name}
    assert score(response, **others, **{name: text}) == wanted
    assert score(response, **others, **{name: value}) == wanted
    monkeypatch.setenv(f"DEEPSCALE_{name.upper()}", text)
    assert score(response, **others) == wanted
    monkeypatch.setenv(f"DEEPSCALE_{name.upper()}", "not this")
    assert score(response, **others, **{name: value}) == wanted


def test_a_keyword_that_is_null_is_none_at_all(monkeypatch):
    """As in a YAML: `reward_kwargs: {length_reward: null}`."""
    assert score(RIGHT, length_reward=None, length_unit=None) == score(RIGHT)
    monkeypatch.setenv("DEEPSCALE_LENGTH_REWARD", "0.25")
    assert score(RIGHT, length_reward=None)["score"] == 1.25


def test_every_setting_has_its_variable():
    keywords = inspect.signature(lead_rs.score).parameters
    *shared, only_in_verl = reward.VARIABLES
    assert shared == [name for name in keywords if name in reward.VARIABLES]
    assert len(shared) == len(keywords) - len(["response", "truth", "response_length"])
    assert only_in_verl == "length_unit"


def test_the_environment_is_read_at_each_call(monkeypatch):
    assert score(RIGHT)["score"] == 2.0
    monkeypatch.setenv("DEEPSCALE_LENGTH_REWARD", "0")
    assert score(RIGHT)["score"] == 1.0
    monkeypatch.setenv("DEEPSCALE_CORRECT_REWARD", "5")
    assert score(RIGHT)["correctness_score"] == 5.0


@pytest.mark.parametrize(
    ("variable", "text", "accepts"),
    [
        ("DEEPSCALE_CORRECT_REWARD", "one", "a finite number"),
        ("DEEPSCALE_LENGTH_REWARD", "nan", "a finite number"),
        ("DEEPSCALE_LENGTH_THRESHOLD", "-1", "a number of tokens >= 0"),
        ("DEEPSCALE_LENGTH_MAX", "", "a number of tokens >= 0"),
        ("DEEPSCALE_LENGTH_MODE", "clasic", "classic, conditioned, soft, conditioned_soft"),
        ("DEEPSCALE_USE_FORMAT", "2", "0 or 1"),
        ("DEEPSCALE_FORMAT_REWARD", "inf", "a finite number"),
        ("DEEPSCALE_FORMAT_MODE", "box", "boxed, strict"),
    ],
)
def test_a_setting_that_does_not_parse_is_an_error_by_name(monkeypatch, variable, text, accepts):
    monkeypatch.setenv(variable, text)
    with pytest.raises(ValueError, match=f'{variable} must be .*{accepts}, got "{text}"'):
        score(RIGHT)
    monkeypatch.delenv(variable)
    name = variable.removeprefix("DEEPSCALE_").lower()
    with pytest.raises(ValueError, match=f"^{name} must be"):
        score(RIGHT, **{name: text})


def test_a_maximum_below_the_threshold_is_an_error_where_it_counts():
    limits = {"length_threshold": 100, "length_max": 50}
    assert score(RIGHT, **limits)["length_score"] == 1.0
    with pytest.raises(ValueError, match="length_max must be at least length_threshold"):
        score(RIGHT, length_mode="soft", **limits)


def test_a_response_that_is_no_text_is_an_error():
    with pytest.raises(TypeError, match="solution_str must be a str, got bytes"):
        score(b"42")


def test_what_verl_passes_is_ignored_and_a_misspelt_setting_is_named(caplog):
    reward._warn_of.cache_clear()
    score(RIGHT, reward_router_address="x", reward_model_tokenizer=None, sandbox_fusion_url=None)
    assert not caplog.records
    for _ in range(2):
        assert score(RIGHT, lenght_reward=0)["score"] == 2.0
    (record,) = caplog.records
    assert "no setting 'lenght_reward'" in record.message
    assert "length_reward" in record.message


def passed_by(verl):
    """The keywords that a verl's reward managers and its sandbox hand to a reward function."""
    default = verl / "utils" / "reward_score" / "__init__.py"
    for node in ast.walk(ast.parse(default.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name == "default_compute_score":
            own = {"data_source", "solution_str", "ground_truth", "extra_info"}
            yield from {argument.arg for argument in node.args.args} - own
    for file in (verl / "experimental" / "reward_loop" / "reward_manager").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets) == "extra_reward_kwargs":
                yield from (key.value for key in node.value.body.keys)


@pytest.mark.verl
@pytest.mark.parametrize("wheel", wheel_folders())
def test_every_keyword_that_verl_passes_is_known(unpacked, wheel):
    folder = verl_folder() if wheel == "installed" else unpacked(wheel) / "verl"
    assert set(passed_by(folder)) == reward._PASSED_BY_VERL


@pytest.fixture
def reward_score(v1):
    from verl.utils import reward_score

    return reward_score


def test_verl_loads_it_by_its_package_path(v1):
    from verl.trainer.ppo.reward import get_custom_reward_fn

    custom = {
        "path": "pkg://lead_rs.verl.reward", "name": "compute_score",
        "reward_kwargs": {"length_reward": 0.25},
    }  # fmt: skip
    config = OmegaConf.create({"reward": {"custom_reward_function": custom}})
    got = get_custom_reward_fn(config)(
        data_source="deepscaler", solution_str=RIGHT, ground_truth="42", extra_info={}
    )
    assert got["score"] == 1.25


def test_deepscaler_rows_are_routed_to_it_by_verls_default(reward_score):
    got = reward_score.default_compute_score(
        data_source="deepscaler", solution_str=RIGHT, ground_truth="42", extra_info={}
    )
    assert got == score(RIGHT)
    assert reward_score.get_default_compute_score("naive")("deepscaler", WRONG, "42")["acc"] == 0.0


def test_other_rows_go_where_they_went(reward_score):
    assert reward_score.default_compute_score("openai/gsm8k", "#### 42", "42") == 1.0
    with pytest.raises(NotImplementedError, match="data_source='elsewhere'"):
        reward_score.default_compute_score("elsewhere", RIGHT, "42")


def test_verls_reward_managers_use_the_routed_function(v1):
    import verl.experimental.reward_loop.reward_manager.naive as naive
    from verl.utils import reward_score

    assert naive.default_compute_score is reward_score.default_compute_score
    assert not inspect.iscoroutinefunction(compute_score)
