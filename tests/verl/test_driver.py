"""What verl's driver hands to the processes of a run, for verl 0.7 and 0.8."""

import importlib.machinery
import json
import sys
import types

import pytest
from omegaconf import OmegaConf

from lead_rs.verl import driver, hooks

GIVEN = {"env_vars": {"NCCL_DEBUG": "WARN"}, "working_dir": None}


@pytest.fixture
def runtime_env(monkeypatch):
    """verl's runtime_env, extended, where VERL_USE_EXTERNAL_MODULES has this value."""

    def make(modules, of_job=None, given=GIVEN):
        monkeypatch.setenv("VERL_USE_EXTERNAL_MODULES", modules)
        if of_job is not None:
            job = {"runtime_env": {"env_vars": {"VERL_USE_EXTERNAL_MODULES": of_job}}}
            monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", json.dumps(job))
        constants = types.ModuleType("verl.trainer.constants_ppo")
        constants.get_ppo_ray_runtime_env = lambda: given
        driver.adapt_runtime_env(constants)
        return constants.get_ppo_ray_runtime_env()

    return make


def test_the_modules_to_load_are_passed_on(runtime_env):
    assert runtime_env("mine,lead_rs.verl") == {
        "env_vars": {"NCCL_DEBUG": "WARN", "VERL_USE_EXTERNAL_MODULES": "mine,lead_rs.verl"},
        "working_dir": None,
    }
    assert "VERL_USE_EXTERNAL_MODULES" not in GIVEN["env_vars"]


def test_what_verl_itself_hands_on_wins(runtime_env):
    """A verl that has the variable in its own runtime_env knows what its workers are to load."""
    theirs = {"env_vars": {"VERL_USE_EXTERNAL_MODULES": "theirs"}}
    assert runtime_env("lead_rs.verl", given=theirs) == theirs


@pytest.mark.parametrize("modules", ["", "mine"])
def test_where_verl_finds_lead_by_itself_nothing_is(runtime_env, modules):
    assert runtime_env(modules) is GIVEN


def test_a_ray_job_that_has_them_passes_them_on_itself(runtime_env, caplog):
    """Ray raises where a driver sets what its job has set, to the same value too."""
    assert runtime_env("lead_rs.verl", of_job="lead_rs.verl") is GIVEN
    assert not caplog.records


def test_a_ray_job_that_keeps_lead_out_is_named(runtime_env, caplog):
    assert runtime_env("mine,lead_rs.verl", of_job="mine") is GIVEN
    (record,) = caplog.records
    assert "runtime_env has VERL_USE_EXTERNAL_MODULES=mine" in record.getMessage()
    assert "names lead_rs.verl too" in record.getMessage()


@pytest.mark.parametrize("job", [{}, {"runtime_env": None}, {"runtime_env": {"env_vars": None}}])
def test_a_ray_job_without_variables_is_as_none(runtime_env, monkeypatch, job):
    monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", json.dumps(job))
    passed = runtime_env("lead_rs.verl")["env_vars"]
    assert passed["VERL_USE_EXTERNAL_MODULES"] == "lead_rs.verl"


@pytest.fixture
def program(monkeypatch):
    """The program that runs, by the name that `python -m` was given; verl's launcher in it."""

    def run(name):
        main = types.ModuleType("__main__")
        main.__spec__ = importlib.machinery.ModuleSpec(name, None) if name else None
        monkeypatch.setitem(sys.modules, "__main__", main)
        main_ppo = types.ModuleType("verl.trainer.main_ppo")
        main_ppo.run_ppo = lambda config, task_runner_class=None: (config, task_runner_class)
        return main, main_ppo

    return run


@pytest.mark.parametrize("name", [None, "verl.trainer.main_ppo", "pytest"])
def test_programs_that_need_no_help_are_left_alone(program, name):
    _, main_ppo = program(name)
    original = main_ppo.run_ppo
    assert driver.adapt_launcher(main_ppo) == []
    assert main_ppo.run_ppo is original


def test_the_trainer_of_main_ppo_sync_is_extended_before_it_is_pickled(program, monkeypatch):
    main, main_ppo = program("verl.trainer.main_ppo_sync")
    acted = []
    monkeypatch.setattr(hooks, "act_on", lambda *given: acted.append(given))
    assert driver.adapt_launcher(main_ppo) == ["verl.trainer.main_ppo.run_ppo"]
    assert acted == []
    assert main_ppo.run_ppo("config", task_runner_class="theirs") == ("config", "theirs")
    ((module, adapter),) = acted
    assert module is main
    assert adapter.trainer == "verl.trainer.main_ppo_sync"


@pytest.mark.parametrize(
    ("address", "variable", "is_running", "looked_at"),
    [
        (None, None, False, True),
        (None, None, True, False),
        (None, "10.0.0.1:6379", False, False),
        (None, "local", True, True),
        ("local", "10.0.0.1:6379", True, True),
        ("auto", None, False, False),
        ("auto", "local", False, False),
    ],
)
def test_folders_are_looked_at_where_ray_will_start_here(
    monkeypatch, tmp_path, address, variable, is_running, looked_at
):
    """As `ray.init` has it: its own address, RAY_ADDRESS, and last a cluster that is running."""
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    if variable is not None:
        monkeypatch.setenv("RAY_ADDRESS", variable)
    if is_running:
        (tmp_path / "ray").mkdir()
        (tmp_path / "ray" / "ray_current_cluster").touch()
    checked = []
    monkeypatch.setattr(driver.preflight, "check", lambda *_, folders: checked.append(folders))
    device = types.ModuleType("verl.utils.device")
    device.auto_set_device = lambda config: "theirs"
    assert driver.adapt_start(device) == ["verl.utils.device.auto_set_device"]
    init = {} if address is None else {"ray_init": {"address": address}}
    assert device.auto_set_device(OmegaConf.create({"ray_kwargs": init})) == "theirs"
    assert checked == [looked_at]
