"""What verl's driver hands to the processes of a run, for verl 0.7 and 0.8."""

import json
import types

import pytest

from lead_rs.verl import driver

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


def test_programs_that_need_no_help_are_left_alone():
    main_ppo = types.ModuleType("verl.trainer.main_ppo")
    main_ppo.run_ppo = original = lambda config: config
    assert driver.adapt_launcher(main_ppo) == []
    assert main_ppo.run_ppo is original
