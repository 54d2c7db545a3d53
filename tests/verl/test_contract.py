"""How LEAD gets into the real verl, and what it says where it can't."""

import inspect
import logging
import sys
import types

import pytest
import trainers
from verl_versions import import_quietly

from lead_rs import IncompatibleVerlError
from lead_rs.verl import adapters, hooks, run

RAY_TRAINER = "verl.trainer.ppo.ray_trainer"


def test_every_module_that_took_a_function_by_name_has_ours(v1, ray_trainer):
    from verl.trainer.ppo import metric_utils, rollout_corr_helper
    from verl.trainer.ppo.v1 import utils

    assert utils.compute_advantage is ray_trainer.compute_advantage
    assert v1.compute_data_metrics is metric_utils.compute_data_metrics
    assert ray_trainer.compute_data_metrics is metric_utils.compute_data_metrics
    helper = rollout_corr_helper.compute_rollout_correction_and_add_to_batch
    assert v1.compute_rollout_correction_and_add_to_batch is helper


def test_the_trainers_that_verl_names_are_the_ones_extended(v1):
    from verl.trainer.ppo.v1 import get_trainer_cls

    for mode in ("sync", "colocate_async", "separate_async"):
        trainer = get_trainer_cls(mode)
        for name in ("_compute_advantage", "_save_checkpoint", "_load_checkpoint"):
            assert getattr(trainer, name) is getattr(v1.PPOTrainer, name)


def test_the_estimator_gets_what_it_takes(v1):
    from verl.trainer.ppo.core_algos import get_adv_estimator_fn

    from lead_rs.verl.estimator import compute_lead_advantage

    assert get_adv_estimator_fn("lead") is compute_lead_advantage
    parameters = ["token_level_rewards", "response_mask", "index", "config", "_"]
    assert list(inspect.signature(compute_lead_advantage).parameters) == parameters


def test_importing_the_plugin_is_light(python):
    program = """
import sys
import lead_rs.verl
heavy = {"torch", "verl", "ray", "transformers", "hydra", "omegaconf", "transfer_queue"}
print(sorted(heavy & set(sys.modules)))
"""
    assert python("-c", program, fresh=True).stdout.strip() == "[]"


def test_functions_taken_before_the_plugin_came_are_replaced_too(python, tmp_path):
    """By verl's own modules, by a recipe's under another name, and by the program itself."""
    (tmp_path / "my_recipe.py").write_text(
        "from verl.trainer.ppo.ray_trainer import compute_advantage as advantages_of\n"
        "kept = {'here': advantages_of}\n"
    )
    program = """
import warnings; warnings.simplefilter("ignore")
import verl.trainer.ppo.v1.trainer_base as trainer_base, verl.trainer.ppo.v1.utils as utils
import sys, my_recipe
from verl.trainer.ppo.ray_trainer import compute_advantage
assert "lead_rs.verl" not in sys.modules
import lead_rs.verl
from lead_rs.verl import hooks
import verl.trainer.ppo.ray_trainer as ray_trainer, verl.trainer.ppo.metric_utils as metric_utils
assert utils.compute_advantage is ray_trainer.compute_advantage
assert "lead_rs" in utils.compute_advantage.__code__.co_filename
assert trainer_base.compute_data_metrics is metric_utils.compute_data_metrics
assert my_recipe.advantages_of is compute_advantage is ray_trainer.compute_advantage
assert not hooks.failures
# What cannot be found refuses; and a trainer's class that was there is extended as well.
import torch
from omegaconf import OmegaConf
from verl import DataProto
assert "lead_rs" in trainer_base.PPOTrainer._compute_advantage.__code__.co_filename
config = OmegaConf.create({"adv_estimator": "lead", "lead_lstar_min": 1})
tensors = {"token_level_rewards": torch.tensor([[1.0], [0]]), "response_mask": torch.ones(2, 1)}
import numpy as np
data = DataProto.from_dict(tensors=tensors, non_tensors={"uid": np.array(["a", "a"], object)})
assert my_recipe.advantages_of(data, "lead", config=config).batch["advantages"].any()
try:
    my_recipe.kept["here"](data, "lead", config=config)
except RuntimeError as error:
    assert "import lead_rs.verl before" in str(error)
else:
    raise AssertionError("not refused")
"""
    python("-c", program, path=tmp_path, VERL_USE_EXTERNAL_PLUGINS="none")


def test_a_plugin_that_fails_says_so_and_leaves_verl_alone(python, tmp_path):
    (tmp_path / "wrapt.py").write_text("raise ImportError('no wrapt for this Python')")
    program = """
import warnings; warnings.simplefilter("ignore")
import verl
from verl.trainer.ppo import core_algos
assert "lead" not in core_algos.ADV_ESTIMATOR_REGISTRY
"""
    done = python("-c", program, path=tmp_path)
    assert "lead_rs could not hook into verl: algorithm.adv_estimator=lead won't" in done.stderr
    assert "no wrapt for this Python" in done.stderr


@pytest.fixture
def fresh_hooks(monkeypatch):
    monkeypatch.setattr(hooks, "applied", {})
    monkeypatch.setattr(hooks, "failures", {})


NEEDED = [adapter for adapter in adapters.ADAPTERS if adapter.without is None]


@pytest.mark.parametrize("adapter", NEEDED, ids=lambda adapter: str(adapter.trainer))
def test_a_verl_without_a_symbol_is_refused_by_name(fresh_hooks, monkeypatch, caplog, adapter):
    """As after a new verl release: the module is there, what LEAD extends in it is not."""
    version = import_quietly("verl").__version__
    monkeypatch.setitem(sys.modules, adapter.module, types.ModuleType(adapter.module))
    hooks.after_import(adapter)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert f"has no {adapter.module}." in record.message
    assert version in record.message
    with pytest.raises(IncompatibleVerlError, match="cannot run on verl .* has no"):
        hooks.check_compatible(None)


KINDS = trainers.present()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("adapter", adapters.ADAPTERS, ids=lambda each: each.trainer or each.module)
def test_only_the_trainers_that_need_it_are_refused(fresh_hooks, monkeypatch, adapter, kind):
    monkeypatch.setitem(hooks.failures, adapter, IncompatibleVerlError("no verl.x.y"))
    module, name = (adapter.trainer or ".").rsplit(".", 1)
    class_ = type(trainers.bare(kind))
    needs_it = adapter.without is None and (
        adapter.trainer is None
        or any((each.__module__, each.__name__) == (module, name) for each in class_.__mro__)
    )
    if needs_it:
        with pytest.raises(IncompatibleVerlError, match=r"no verl\.x\.y"):
            hooks.check_compatible(class_)
    else:
        hooks.check_compatible(class_)


def test_v1_needs_nothing_of_the_legacy_trainer(fresh_hooks, monkeypatch, v1):
    """It is announced to go."""
    for adapter in adapters.ADAPTERS:
        if adapter.trainer == adapters.LEGACY:
            monkeypatch.setitem(hooks.failures, adapter, IncompatibleVerlError("gone"))
    hooks.check_compatible(v1.PPOTrainer)


def test_nothing_is_replaced_unless_all_is_there(fresh_hooks):
    module = types.ModuleType("verl_to_come")
    module.first = original = lambda: 1
    with pytest.raises(IncompatibleVerlError, match=r"has no verl_to_come\.second"):
        hooks.replace(module, first=lambda f: f, second=lambda f: f)
    assert module.first is original


@pytest.mark.parametrize("kind", KINDS)
def test_lead_refuses_to_train_on_such_a_verl(fresh_hooks, monkeypatch, tmp_path, kind):
    adapter = hooks.Adapter("verl.x", lambda module: [])
    monkeypatch.setitem(hooks.failures, adapter, IncompatibleVerlError("no verl.x.y"))
    with pytest.raises(IncompatibleVerlError, match=r"no verl\.x\.y"):
        run.of_trainer(trainers.saving(kind, tmp_path, monkeypatch))


def test_wrapped_functions_keep_their_names_and_signatures(ray_trainer):
    function = ray_trainer.compute_advantage
    assert function.__name__ == "compute_advantage"
    assert function.__module__ == RAY_TRAINER
    assert "norm_adv_by_std_in_grpo" in inspect.signature(function).parameters
