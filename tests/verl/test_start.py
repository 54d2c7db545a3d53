"""What is wrong with a LEAD run is found before anything of it has been started."""

import json
import pickle
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
import trainers
from verl_versions import import_quietly, verl_folder

import lead_rs
from lead_rs.runs.checkpoints import TRACKER
from lead_rs.verl import checkpoint, preflight, run, run_folder, settings

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

GOOD = {**lead_rs.WeightController().state_dict(), "step": 1}


@pytest.fixture
def compose(tmp_path):
    """verl's own configuration of a run with LEAD that saves into `tmp_path`, and overrides."""
    hydra = import_quietly("hydra")

    def compose(*overrides, resume=False):
        with hydra.initialize_config_dir(
            str(verl_folder() / "trainer" / "config"), version_base=None
        ):
            return hydra.compose(
                "ppo_trainer",
                [
                    "algorithm.adv_estimator=lead", "trainer.save_freq=1", "trainer.logger=[]",
                    f"trainer.default_local_dir={tmp_path}/checkpoints",
                    f"trainer.resume_mode={'auto' if resume else 'disable'}",
                    "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=1",
                    "actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu=1",
                    *overrides,
                ],
            )  # fmt: skip

    return compose


@pytest.fixture
def faulty(compose, tmp_path, monkeypatch):
    """A configuration with something wrong, and what is said of it."""
    folder = tmp_path / "checkpoints"

    def make(fault):
        if fault == "a setting out of range":
            return compose("algorithm.lead_beta=2"), ValueError, r"beta must be in \[0, 1\]"
        if fault == "a boolean for a number":
            return compose("algorithm.lead_beta=true"), TypeError, "beta must be a number"
        if fault == "a folder that cannot be":
            folder.touch()
            return compose(), OSError, "which cannot be written to"
        if fault == "a folder in use":
            monkeypatch.setattr(run_folder, "TRIES", 1)
            folder.mkdir()
            run_folder.hold(folder)
            monkeypatch.setattr(run_folder, "_held", {})  # by somebody else, that is
            return compose(), RuntimeError, "in use by another run"
        (folder / "global_step_1").mkdir(parents=True)
        (folder / TRACKER).write_text("" if fault == "a torn tracker" else "1")
        if fault == "a torn tracker":
            return compose(resume=True), ValueError, "instead of a step"
        (folder / "global_step_1" / checkpoint.FILE_NAME).write_text(json.dumps(GOOD)[:-9])
        return compose(resume=True), ValueError, "is not a usable LEAD state"

    return make


@pytest.mark.parametrize("estimator", ["lead", "grpo", "gae"])
def test_the_algorithm_s_configuration_is_turned_into_verls_dataclass(compose, estimator):
    from verl.trainer.config import AlgoConfig
    from verl.utils.config import omega_conf_to_dataclass

    algorithm = compose(f"algorithm.adv_estimator={estimator}", "algorithm.lead_beta=0.5").algorithm
    for given in ((), (AlgoConfig,)):
        converted = omega_conf_to_dataclass(algorithm, *given)
        assert isinstance(converted, AlgoConfig)
        assert type(converted) is AlgoConfig.__mro__[0]
        assert (converted.adv_estimator, converted.get("lead_beta")) == (estimator, 0.5)
        assert lead_rs.LeadConfig.from_verl(converted) == lead_rs.LeadConfig.from_verl(algorithm)
        assert pickle.loads(pickle.dumps(converted)) == converted
    with pytest.raises(TypeError, match="lead_betta"):
        AlgoConfig(lead_betta=0.5)


@pytest.mark.parametrize(
    ("config", "uses"),
    [
        ({}, False),
        ({"algorithm": None}, False),
        ({"algorithm": {}}, False),
        ({"algorithm": {"adv_estimator": "grpo"}}, False),
        ({"algorithm": {"adv_estimator": "lead"}}, True),
    ],
)
def test_a_run_uses_lead_if_its_estimator_is_lead(config, uses):
    assert settings.uses_lead(config) is uses


@pytest.mark.parametrize(
    ("trainer", "saves"),
    [
        ({}, False),
        ({"save_freq": -1}, False),
        ({"save_freq": 0}, False),
        ({"save_freq": 1}, True),
        ({"save_freq": 5, "val_only": False}, True),
        ({"save_freq": 5, "val_only": True}, False),
        ({"val_only": False}, False),
    ],
)
def test_a_run_saves_checkpoints_if_it_trains_and_is_told_how_often(trainer, saves):
    assert settings.saves_checkpoints(trainer) is saves


FAULTS = [
    "a setting out of range", "a boolean for a number", "a folder that cannot be",
    "a folder in use", "a torn tracker", "a torn state",
]  # fmt: skip
KINDS = trainers.present()


def made(kind, config):
    """A trainer of verl's as its program makes it, up to what LEAD looks at."""
    class_ = type(trainers.bare(kind))
    if kind in ("sync", "colocate_async", "separate_async"):
        return class_(config=config)
    of_program = dict.fromkeys(["role_worker_mapping", "resource_pool_manager"])
    if kind != "main_ppo_sync":
        of_program["tokenizer"] = None
    return class_(config=config, **of_program)


@pytest.mark.parametrize("kind", KINDS)
def test_a_trainer_is_refused_when_it_is_made(faulty, kind):
    for fault in ("a setting out of range", "a folder that cannot be"):
        config, error, said = faulty(fault)
        if kind == "separate_async":
            config.trainer.v1.separate_async.parameter_sync_step = 4
            config.actor_rollout_ref.rollout.nnodes = 1
            config.actor_rollout_ref.rollout.n_gpus_per_node = 1
            config.actor_rollout_ref.rollout.checkpoint_engine.backend = "nccl"
        with pytest.raises(error, match=said):
            made(kind, config)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_is_there_for_others_to_call(faulty, tmp_path, fault):
    config, error, said = faulty(fault)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(error, match=said):
        preflight.check(config)
    assert sorted(tmp_path.rglob("*")) == before
    config.algorithm.adv_estimator = "grpo"
    preflight.check(config)


@pytest.mark.parametrize("settings", [{"save_freq": -1}, {"val_only": True}])
def test_a_run_that_saves_nothing_needs_no_folder(faulty, monkeypatch, settings):
    config, *_ = faulty("a folder that cannot be")
    monkeypatch.setattr(run_folder, "_held", {})
    config.trainer.update(settings)
    preflight.check(config)
    preflight.claim(config)
    assert run_folder._held == {}


def test_the_claim_is_there_for_others_to_make(compose, tmp_path, monkeypatch):
    monkeypatch.setattr(run_folder, "TRIES", 1)
    config, folder = compose(), tmp_path / "checkpoints"
    preflight.claim(config)
    assert folder.is_dir()
    monkeypatch.setattr(run_folder, "_held", {})  # as if it were somebody else's
    for refused in (preflight.claim, preflight.check):
        with pytest.raises(RuntimeError, match="in use by another run"):
            refused(config)


def test_what_is_no_trainer_s_configuration_has_no_folder(compose):
    config = compose("~trainer")
    preflight.check(config)
    preflight.claim(config)
    config.algorithm.lead_beta = 2
    with pytest.raises(ValueError, match="beta"):
        preflight.check(config)


def test_a_run_that_begins_anew_does_not_look_at_the_states_that_are_there(faulty):
    config, *_ = faulty("a torn state")
    config.trainer.resume_mode = "disable"
    preflight.check(config)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_driver_refuses_before_ray_is_started(faulty, monkeypatch, fault):
    import ray

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", "/nowhere")
    monkeypatch.setattr(ray, "init", lambda **_: pytest.fail("Ray was started"))
    main_ppo = import_quietly("verl.trainer.main_ppo")
    config, error, said = faulty(fault)
    with pytest.raises(error, match=said):
        main_ppo.main.__wrapped__(config)


def test_folders_are_not_looked_for_where_the_run_will_not_be(faulty, monkeypatch):
    device = import_quietly("verl.utils.device")
    config, *_ = faulty("a folder that cannot be")
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    device.auto_set_device(config)
    config.algorithm.lead_beta = 2
    with pytest.raises(ValueError, match="beta"):
        device.auto_set_device(config)


@pytest.fixture
def sync(monkeypatch):
    """verl's V1 trainer, with its own `_setup` and nothing behind it; what it has started."""
    if "sync" not in KINDS:
        pytest.skip("this verl has no V1 trainer")
    base = import_quietly("verl.trainer.ppo.v1.trainer_base")
    class_ = type(trainers.bare("sync"))
    started = []

    def starting(name):
        def start(*_, **__):
            started.append(name)
            return MagicMock()

        start.create = start
        return start

    def worker_group(**_):
        started.append("workers")
        return SimpleNamespace(spawn=lambda prefix_set: {name: MagicMock() for name in prefix_set})

    def pools(self):
        started.append("pools")
        self.role_worker_mapping = {base.Role.ActorRollout: object}
        pool = MagicMock()
        self.resource_pool_manager = MagicMock(resource_pool_dict={"pool": pool})
        self.resource_pool_manager.get_resource_pool.return_value = pool

    for name in ("RewardLoopManager", "LLMServerManager", "CheckpointEngineManager"):
        monkeypatch.setattr(base, name, starting(name))
    monkeypatch.setattr(base, "RayWorkerGroup", worker_group)
    monkeypatch.setattr(base, "RayClassWithInitArgs", MagicMock())
    monkeypatch.setattr(base, "create_colocated_worker_cls", MagicMock())
    monkeypatch.setattr(class_, "_init_resource_pool_mgr", pools)
    for name in ("_init_tokenizer", "_init_dataloader"):
        monkeypatch.setattr(class_, name, lambda self, name=name: started.append(name))
    return class_, started


@pytest.mark.parametrize("fault", FAULTS)
def test_of_v1s_setup_nothing_is_started(sync, faulty, fault):
    """`_load_checkpoint`, where all this would be found otherwise, is the last line of it."""
    class_, started = sync
    config, error, said = faulty(fault)
    with pytest.raises(error, match=said):
        class_(config).init()
    bare = object.__new__(class_)
    bare.config = config
    with pytest.raises(error, match=said):
        bare._setup()
    assert started == []


def test_v1s_setup_for_another_estimator_is_verls_alone(sync, compose, monkeypatch):
    class_, started = sync
    monkeypatch.setattr(run, "of_trainer", lambda *_: pytest.fail("LEAD acted"))
    class_(compose("algorithm.adv_estimator=grpo"))._setup()
    assert "workers" in started


def test_v1s_setup_ends_with_the_state_of_the_checkpoint(sync, compose, tmp_path):
    class_, started = sync
    folder = tmp_path / "checkpoints"
    checkpoint.save(lead_rs.WeightController.from_state_dict(GOOD), folder / "global_step_1")
    (folder / TRACKER).write_text("1")
    trainer = class_(compose(resume=True))
    assert started == []
    trainer._setup()
    assert {"workers", "LLMServerManager", "CheckpointEngineManager"} <= set(started)
    assert trainers.controller(trainer).step == 1
