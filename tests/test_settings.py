"""A setting is written down once, in Rust: what repeats it elsewhere says the same."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import lead_rs
import oracle
from lead_rs import _lead_rs, _score

LEAD, REWARD = _lead_rs.LeadConfig, _lead_rs.RewardConfig
# What is taken, and what is shown.
LISTS = {
    "rewards": ("Sequence[Mapping[str, Any]] | None", "list[dict[str, Any]] | None"),
    "static_weights": ("Sequence[float] | None", "list[float] | None"),
}
BOTH = pytest.mark.parametrize("kind", [LEAD, REWARD], ids=lambda kind: kind.__name__)
STUB = ast.parse(Path(_lead_rs.__file__).with_name("_lead_rs.pyi").read_text())


ALIASES = {
    n.target.id: ast.unparse(n.value) for n in STUB.body if isinstance(n, ast.AnnAssign) and n.value
}


def parameters(function):
    """{name: default} of what is passed by name only."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def words(kind, name):
    """What a word may be, as a refusal lists them; None if it is no word."""
    try:
        kind(**{name: "no such word"})
    except ValueError as error:
        known = re.search("must be one of (.*), got", str(error))
        return known[1].split(", ") if known else None
    except TypeError:
        return None


def in_stub(kind):
    """The class in the stub: its constructor, and {name: annotation} of its properties."""
    (found,) = (n for n in STUB.body if isinstance(n, ast.ClassDef) and n.name == kind.__name__)
    functions = [node for node in found.body if isinstance(node, ast.FunctionDef)]
    (new,) = (f for f in functions if f.name == "__new__")
    properties = {
        f.name: ast.unparse(f.returns)
        for f in functions
        if any(ast.unparse(decorator) == "property" for decorator in f.decorator_list)
    }
    return new.args, properties


@BOTH
def test_the_stub_has_every_setting(kind):
    arguments, properties = in_stub(kind)
    names = [argument.arg for argument in arguments.kwonlyargs]
    defaults = [ast.literal_eval(default) for default in arguments.kw_defaults]
    assert dict(zip(names, defaults, strict=True)) == parameters(kind)
    annotations = {a.arg: ast.unparse(a.annotation) for a in arguments.kwonlyargs}
    if kind is LEAD:
        for name, types in LISTS.items():
            assert (annotations.pop(name), properties.pop(name)) == types
    assert annotations == {name: properties[name] for name in annotations}
    for name, annotation in annotations.items():
        if (known := words(kind, name)) is not None:
            assert ALIASES[annotation] == f"Literal[{', '.join(map(repr, known))}]"
        elif name == "tolerance":
            assert ALIASES[annotation] == "float | Literal['rounding'] | None"
        else:
            types = {bool: "bool", float: "float", type(None): "float | None"}
            assert annotation == types[type(parameters(kind)[name])]


@BOTH
def test_defaults_are_those_of_the_signature(kind):
    config = kind()
    for name, default in parameters(kind).items():
        assert getattr(config, name) == default
        assert type(getattr(config, name)) is type(default)


@BOTH
def test_every_setting_is_documented(kind):
    arguments = re.search(r"Args:\n((?:    .*\n?)+)", kind.__doc__)[1]
    assert re.findall(r"^    (\w+): ", arguments, re.MULTILINE) == list(parameters(kind))
    for name in parameters(kind):
        assert getattr(kind, name).__doc__
        for word in words(LEAD, name) or [] if kind is LEAD else []:
            assert re.search(rf"^    {name}: .*\b{word}\b", arguments, re.MULTILINE)


def test_names_are_in_the_order_of_the_signature():
    assert list(LEAD().to_dict()) == list(parameters(LEAD))
    assert list(parameters(REWARD)) == REWARD.NAMES


@pytest.mark.parametrize("function", [lead_rs.score, lead_rs.score_batch])
def test_scores_take_the_reward_s_settings(function):
    taken = parameters(function)
    assert {name: taken[name] for name in REWARD.NAMES} == parameters(REWARD)
    for name in REWARD.NAMES:
        assert re.search(rf"^ +(\w+, )*{name}(, \w+)*: ", function.__doc__, re.MULTILINE), name


def test_their_types_are_the_settings():
    _, properties = in_stub(REWARD)
    annotations = _score.RewardSettings.__annotations__
    assert properties == {
        name: annotation.__forward_arg__ for name, annotation in annotations.items()
    }


@pytest.mark.parametrize("call", [lead_rs.score, lead_rs.score_batch])
def test_a_setting_that_there_is_not_is_refused(call):
    with pytest.raises(TypeError, match="unexpected keyword argument 'lenght_reward'"):
        call("", "", lenght_reward=1)


def test_the_oracle_has_the_same_settings():
    assert parameters(LEAD) == oracle.DEFAULTS
    assert list(oracle.LSTAR_MODES) == words(LEAD, "lstar_mode")
    assert list(oracle.AGGREGATORS) == words(LEAD, "aggregator")


def test_hydra_s_overlay_has_every_setting():
    pytest.importorskip("hydra")
    from hydra_plugins import lead_rs_verl

    overlay = lead_rs_verl._lead_settings()
    assert overlay == {f"lead_{name}": default for name, default in parameters(LEAD).items()}
