"""LeadConfig: ranges, words, unknown names, verl's keys, pickling."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from lead_rs import LeadConfig

BAD = {
    "alpha": [-1, float("nan"), float("inf")],
    "beta": [-0.1, 1.1, float("nan")],
    "epsilon": [0, -1e-8, float("inf")],
    "bmax": [999, 0, float("inf"), 1e39],
    "lambda_min": [-0.1, 1.1],
    "lstar_mode": ["sym", "", "MAX_SYM"],
    "aggregator": ["mean", "median"],
    "static_lambda_corr": [-0.1, 1.01],
    "lstar_min": [0, -5, 8001],
    "min_length": [-1],
    "unsolved": ["none", "zero"],
    "quantile": [-0.01, 1.01, float("nan")],
    "rewards": [[]],
    "static_weights": [[1.0]],
    "idle": ["", "stay"],
    "instability": ["std"],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BAD.items() for v in vs])
def test_out_of_range(name, value):
    # lstar_min and bmax bound each other, and it is bmax that is named.
    named = "bmax" if (name, value) == ("lstar_min", 8001) else name
    with pytest.raises(ValueError, match=f"^{named} must be"):
        LeadConfig(**{name: value})
    with pytest.raises(ValueError, match=f"^{named} must be"):
        LeadConfig.from_verl({f"lead_{name}": value})


NUMBERS = [name for name, value in LeadConfig(static_lambda_corr=0.5).to_dict().items()
           if isinstance(value, float)]  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [True, False, np.True_])
def test_a_boolean_is_no_number(name, value):
    """To Python True is 1, which for most settings is in range."""
    for make in (lambda: LeadConfig(**{name: value}),
                 lambda: LeadConfig.from_verl({f"lead_{name}": value})):  # fmt: skip
        with pytest.raises(TypeError, match=f"^{name} must be a number.*, got .*(True|False)"):
            make()


def test_every_setting_is_readable_and_in_the_dict():
    config = LeadConfig(alpha=2, lstar_mode="upper_only", static_lambda_corr=0.25, bmax=9000)
    settings = config.to_dict()
    assert set(settings) == set(BAD)
    for name, value in settings.items():
        assert getattr(config, name) == value
    assert f"bmax={settings['bmax']}" in repr(config)


def test_equality_hash_and_copies():
    config = LeadConfig(beta=0.9, unsolved="neutral")
    for copied in (
        pickle.loads(pickle.dumps(config)),
        copy.deepcopy(config),
        LeadConfig.from_dict(config.to_dict()),
    ):
        assert copied == config
        assert hash(copied) == hash(config)
    assert config != LeadConfig()
    assert config != "beta"


def test_frozen():
    with pytest.raises(AttributeError):
        LeadConfig().beta = 0.5


def test_unknown_names_list_the_valid_ones():
    with pytest.raises(ValueError, match='unknown setting "betta".*alpha, beta, .*unsolved'):
        LeadConfig.from_dict({"betta": 0.9})
    with pytest.raises(ValueError, match='unknown setting "lead_betta".*lead_alpha, lead_beta'):
        LeadConfig.from_verl({"lead_betta": 0.9})
    with pytest.raises(TypeError, match="betta"):
        LeadConfig(betta=0.9)


def test_wrong_types_are_named():
    for wrong in (
        lambda: LeadConfig(beta="much"),
        lambda: LeadConfig.from_dict({"beta": "much"}),
        lambda: LeadConfig.from_verl({"lead_beta": "much"}),
    ):
        with pytest.raises(TypeError) as refused:
            wrong()
        # In the message itself: logs leave an exception's notes out.
        assert str(refused.value) == "beta must be a number, got 'much' of type str"
    with pytest.raises(TypeError) as refused:
        LeadConfig(lstar_mode=3)
    assert str(refused.value) == "lstar_mode must be a str, got 3 of type int"
    with pytest.raises(TypeError, match="settings must be a mapping.*list"):
        LeadConfig.from_dict([("beta", 0.9)])
    with pytest.raises(TypeError, match="algorithm must be a mapping.*int"):
        LeadConfig.from_verl(3)


def test_verl_keys():
    algorithm = {"adv_estimator": "lead", "gamma": 1.0, "lead_beta": 0.5, "lead_lstar_min": 4}
    assert LeadConfig.from_verl(algorithm) == LeadConfig(beta=0.5, lstar_min=4)
    assert LeadConfig.from_verl({"lead_static_lambda_corr": None}) == LeadConfig()
