"""LEAD in SkyRL's own registry and configuration, taken out of its wheel.

What SkyRL imports besides, such as Ray and vLLM, is replaced by the names that it takes from there.
"""

from __future__ import annotations

import ast
import enum
import importlib
import importlib.metadata
import json
import logging
import pickle
import subprocess
import sys
import types
import zipfile

import numpy as np
import pytest

import lead_rs
from batches import tokens
from callers import wheels
from lead_rs.skyrl import installed, settings

PACKAGES = (
    "skyrl.backends",
    "skyrl.backends.skyrl_train",
    "skyrl.backends.skyrl_train.utils",
    "skyrl.train",
)
"""Those whose `__init__` imports more than the modules in them that are needed."""


class Annotation:
    def __class_getitem__(cls, item):
        return cls


NEEDED = {
    "jaxtyping": {"Float": Annotation, "Integer": Annotation},
    "loguru": {"logger": logging.getLogger("skyrl")},
    "ray": {"remote": lambda cls: cls, "is_initialized": lambda: False},
    "skyrl.backends.skyrl_train.inference_servers": {"__path__": []},
    "skyrl.backends.skyrl_train.inference_servers.utils": {
        "_uses_lora_weight_sync": lambda cfg: False
    },
    "skyrl_gym": {"__path__": []},
    "skyrl_gym.envs": {"__path__": []},
    "skyrl_gym.envs.search": {"__path__": []},
    "skyrl_gym.envs.search.env": {"SearchEnvConfig": type("SearchEnvConfig", (), {})},
    "skyrl_gym.envs.sql": {"__path__": []},
    "skyrl_gym.envs.sql.env": {"Text2SQLEnvConfig": type("Text2SQLEnvConfig", (), {})},
}

BATCH = (  # correctness, length, uid
    [1, 0, 1, 1, 0, 1],
    [3, 5, 6, 4, 2, 7],
    ["a", "a", "a", "b", "b", "b"],
)
LEAD = lead_rs.LeadConfig(lstar_min=1, bmax=8, lstar_mode="max_sym")


@pytest.fixture(scope="module", params=wheels("callers", "skyrl"))
def wheel(request):
    return request.param


@pytest.fixture(scope="module")
def skyrl(wheel):
    """Its modules with the registry and with the configuration."""
    if not hasattr(enum, "StrEnum"):
        pytest.skip("SkyRL needs Python 3.11")
    for name in ("omegaconf", "torch"):
        pytest.importorskip(name)
    packages = {name: {"__path__": [f"{wheel}/{name.replace('.', '/')}"]} for name in PACKAGES}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(wheel), *sys.path])
        for name, names in {**packages, **NEEDED}.items():
            patch.setitem(sys.modules, name, types.ModuleType(name))
            vars(sys.modules[name]).update(names)
        yield types.SimpleNamespace(
            core=importlib.import_module(installed.MODULE),
            config=importlib.import_module("skyrl.train.config"),
        )
    for name in [name for name in sys.modules if name.split(".")[0] == "skyrl"]:
        del sys.modules[name]


@pytest.fixture
def configured(skyrl, tmp_path):
    """Makes a configuration of a run in a folder of the test's."""

    def configured(*overrides):
        return skyrl.config.SkyRLTrainConfig.from_cli_overrides(
            [
                "trainer.algorithm.advantage_estimator=lead",
                f"trainer.ckpt_path={tmp_path}",
                *overrides,
            ]
        )

    return configured


@pytest.fixture
def begun(skyrl, configured):
    """Registers as a program does; gives a function that takes a step as SkyRL's trainer does."""
    registry = skyrl.core.AdvantageEstimatorRegistry

    def begun(*overrides, lead_config=LEAD):
        if "lead" in registry.list_available():
            registry.unregister("lead")
        cfg = configured(*overrides)
        lead_rs.skyrl.register(cfg, lead_config)
        # As Ray takes it along.
        registry._functions["lead"] = pickle.loads(pickle.dumps(registry._functions["lead"]))

        def step(correctness=BATCH[0], length=BATCH[1], uid=BATCH[2], width=8):
            import torch

            rewards, mask = map(torch.from_numpy, tokens(correctness, length, width))
            # SkyRL pads on the left.
            rewards, mask = rewards.flip(1), mask.flip(1)
            advantages, returns = skyrl.core.compute_advantages_and_returns(
                token_level_rewards=rewards,
                response_mask=mask,
                index=uid,
                adv_estimator=cfg.trainer.algorithm.advantage_estimator,
                config=cfg.trainer.algorithm,
                values=None,
                gamma=1.0,
                lambd=1.0,
                grpo_norm_by_std=True,
            )
            assert torch.equal(advantages, returns)
            assert not advantages[mask == 0].any()
            return advantages[:, -1].numpy() * mask[:, -1].numpy()

        return step

    yield begun
    if "lead" in registry.list_available():
        registry.unregister("lead")


@pytest.fixture
def saves(tmp_path):
    """Saves a checkpoint as SkyRL's trainer does, as far as anybody can tell from outside."""

    def saves(step):
        (tmp_path / f"global_step_{step}").mkdir()
        (tmp_path / settings.NEWEST).write_text(str(step))

    return saves


def expected(*steps, config=LEAD):
    """The advantages of the last of some steps."""
    controller = lead_rs.WeightController(config)
    for step in steps:
        out = lead_rs.compute_advantage(*step, controller=controller)
    return out.advantages


def test_golden(golden, begun, tmp_path):
    config = lead_rs.LeadConfig.from_dict(golden["config"])
    step = begun(lead_config=config)
    controller = lead_rs.WeightController(config)
    for number, given in enumerate(golden["steps"], 1):
        batch = (given["correctness"], given["response_length"], given["uid"])
        advantages = step(*batch, width=golden["T"])
        out = lead_rs.compute_advantage(*batch, controller=controller)
        assert (advantages == out.advantages).all()
        np.testing.assert_allclose(advantages, given["advantage"], rtol=0, atol=1e-5)
        state = json.loads(
            (tmp_path / settings.STATES / f"global_step_{number}/lead_state.json").read_text()
        )
        assert state == controller.state_dict()
        assert controller.weights == pytest.approx(given["weights"], abs=1e-6)


OTHER = ([0, 1, 1, 0, 1, 1], *BATCH[1:])


def test_resumed_from_the_newest_checkpoint(begun, saves, tmp_path):
    step = begun()
    step()
    saves(1)
    step(*OTHER)  # lost: the run is stopped before its next checkpoint
    assert {path.name for path in (tmp_path / settings.STATES).iterdir()} == {
        "global_step_1",
        "global_step_2",
    }
    resumed = begun()
    assert (resumed() == expected(BATCH, BATCH)).all()
    assert (resumed(*OTHER) == expected(BATCH, BATCH, OTHER)).all()
    # A state for each checkpoint, and the newest.
    assert {path.name for path in (tmp_path / settings.STATES).iterdir()} == {
        "global_step_1",
        "global_step_3",
    }


def test_resumed_from_a_path(begun, saves, tmp_path):
    step = begun()
    for number in (1, 2, 3):
        step()
        saves(number)
    path = tmp_path / "global_step_2"
    other = tmp_path / "another_run"
    resumed = begun(
        "trainer.resume_mode=from_path",
        f"trainer.resume_path={path}",
        f"trainer.ckpt_path={other}",
    )
    assert (resumed(*OTHER) == expected(BATCH, BATCH, OTHER)).all()
    assert (other / settings.STATES / "global_step_3" / "lead_state.json").exists()


def test_begun_anew_in_the_folder_of_another_run(begun, saves):
    step = begun()
    step()
    saves(1)
    assert (begun("trainer.resume_mode=none")(*OTHER) == expected(OTHER)).all()


def test_a_checkpoint_of_another_estimator(begun, saves, caplog):
    saves(7)
    step = begun()
    assert not caplog.records
    assert (step() == expected(BATCH)).all()
    assert "no state of LEAD's for" in caplog.text
    assert "global_step_7" in caplog.text
    caplog.clear()
    step()
    assert not caplog.records


def test_a_state_that_is_damaged_or_has_other_rewards(begun, saves, tmp_path):
    begun()()
    saves(1)
    weighed = [{"name": "correctness", "min": 0, "max": 1}, {"name": "short", "key": "efficiency"}]
    weighed[1] |= {"min": -1, "max": 1}
    with pytest.raises(lead_rs.LeadError, match="lead_state.json: .*Resume with the same rewards"):
        begun(lead_config=lead_rs.LeadConfig(rewards=weighed))
    (tmp_path / settings.STATES / "global_step_1" / "lead_state.json").write_text("{}")
    with pytest.raises(lead_rs.LeadError, match="is not a usable LEAD state"):
        begun()
    (tmp_path / settings.NEWEST).write_text("")
    with pytest.raises(lead_rs.LeadError, match="must have a step in it, got ''"):
        begun()


def test_nothing_but_states_is_removed(begun, tmp_path):
    kept = tmp_path / settings.STATES / "global_step_9" / "notes.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("mine")
    copied = tmp_path / settings.STATES / "of the best run" / "lead_state.json"
    copied.parent.mkdir()
    copied.write_text("mine too")
    step = begun()
    step()
    step()
    assert kept.read_text() == "mine"
    assert copied.read_text() == "mine too"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trainer.algorithm.use_kl_in_reward=true", "use_kl_in_reward must be false, got true"),
        ("generator.step_wise_trajectories=true", "step_wise_trajectories must be false, got true"),
        ("trainer.ckpt_path=s3://bucket/run", "ckpt_path must be a folder, got 's3://bucket/run'"),
        ("trainer.resume_mode=from_path", "must be a global_step_N folder, got 'None'"),
    ],
)
def test_what_lead_cannot_do(configured, override, message):
    with pytest.raises(lead_rs.LeadError, match=message):
        lead_rs.skyrl.register(configured(override))


def test_a_run_of_another_estimator(begun, skyrl):
    """The same program serves both."""
    begun("trainer.algorithm.advantage_estimator=grpo", "trainer.algorithm.use_kl_in_reward=true")()
    assert "lead" in skyrl.core.AdvantageEstimatorRegistry.list_available()


def test_arguments(configured, begun):
    with pytest.raises(TypeError, match=r"has trainer.ckpt_path, got dict without it"):
        lead_rs.skyrl.register({"trainer": {}})
    with pytest.raises(TypeError, match="must be a LeadConfig or None"):
        lead_rs.skyrl.register(configured(), {"beta": 0.9})
    needs = lead_rs.LeadConfig(rewards=[{"name": "format", "min": 0, "max": 1}])
    with pytest.raises(lead_rs.LeadError, match="must be correctness and efficiency, got format"):
        lead_rs.skyrl.register(configured(), needs)
    begun()
    with pytest.raises(ValueError, match="'lead' already registered"):
        lead_rs.skyrl.register(configured())


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("AdvantageEstimatorRegistry", None),
        ("AdvantageEstimatorRegistry", types.SimpleNamespace(register=lambda func: None)),
        ("compute_advantages_and_returns", lambda batch: None),
    ],
)
def test_another_version(skyrl, configured, monkeypatch, name, other):
    monkeypatch.setattr(skyrl.core, name, other)
    version = importlib.metadata.version("skyrl")
    with pytest.raises(ImportError, match=rf"^SkyRL {version} is not one .*{name}.* should take"):
        lead_rs.skyrl.register(configured())


def test_a_version_without_the_module(skyrl, configured, monkeypatch):
    monkeypatch.setitem(sys.modules, installed.MODULE, None)
    with pytest.raises(ImportError, match=r"^SkyRL .* is not one .*ppo_utils cannot be imported"):
        lead_rs.skyrl.register(configured())


def test_not_installed():
    code = "import lead_rs; print('skyrl' in vars(lead_rs)); lead_rs.skyrl.register(None)"
    code = f"import sys; sys.modules['skyrl'] = None\n{code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "False\n"
    assert done.stderr.splitlines()[-1] == (
        "ImportError: lead_rs.skyrl.register needs SkyRL, which is not installed: "
        "pip install 'skyrl[fsdp]'"
    )


@pytest.mark.parametrize(
    ("file", "method"),
    [
        ("skyrl/train/trainer.py", "RayPPOTrainer.train"),
        ("skyrl/train/fully_async_trainer.py", "FullyAsyncRayPPOTrainer._run_training"),
    ],
)
def test_a_call_is_a_global_step(wheel, file, method):
    calls = [ast.unparse(call.func) for call in calls_in(wheel, file, method)]
    assert calls.count("self.compute_advantages_and_returns") == 1


def test_where_checkpoints_are(wheel):
    """The names that SkyRL saves under."""
    calls = calls_in(wheel, "skyrl/train/trainer.py", "RayPPOTrainer.save_checkpoints")
    joined = [ast.unparse(call) for call in calls if ast.unparse(call.func) == "os.path.join"]
    path = "os.path.join(self.cfg.trainer.ckpt_path, "
    assert f"{path}f'global_step_{{self.global_step}}')" in joined
    assert f"{path}'{settings.NEWEST}')" in joined


def calls_in(wheel, file, method):
    with zipfile.ZipFile(wheel) as archive:
        tree = ast.parse(archive.read(file))
    owner, name = method.split(".")
    [found] = [
        part
        for cls in tree.body
        if isinstance(cls, ast.ClassDef) and cls.name == owner
        for part in cls.body
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name == name
    ]
    return [node for node in ast.walk(found) if isinstance(node, ast.Call)]
