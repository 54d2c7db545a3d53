"""A run's state is its trainer's, whatever else is in the process."""

import json
import threading

import numpy as np
import pytest
import queued
import torch
import trainers
from omegaconf import OmegaConf
from verl_versions import ALGORITHM

import lead_rs
from batches import without_lint
from lead_rs.verl import checkpoint
from lead_rs.verl import run as lead_run

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:verl"),
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
]

STATE = checkpoint.FILE_NAME
SMALL = {"lead_lstar_min": 2, "lead_bmax": 16, "lead_min_length": 0, "lead_beta": 0.75}
QUEUED = trainers.present("sync", "main_ppo_sync")


def rows_of(step, other=0):
    """A batch's responses: correctness, lengths, uids."""
    lengths = [3 + (5 * step + 3 * row + 7 * other) % 13 for row in range(6)]
    return [float((step + row + other) % 3 > 0) for row in range(6)], lengths, list("ppqqqp")


def output_of(step, other=0, **kwargs):
    return lead_rs.compute_advantage(*rows_of(step, other), **kwargs)


def lead_metrics(metrics):
    """What the estimator itself says."""
    lead = {key: value for key, value in metrics.items() if key.startswith("lead/")}
    return without_lint(lead)


@pytest.fixture
def batch(data_proto):
    """A DataProto that verl's metrics can be computed of."""

    def make(step, other=0, **non_tensors):
        data = data_proto(*rows_of(step, other), **non_tensors)
        rows, width = data.batch["response_mask"].shape
        prompt = torch.ones(rows, 2, dtype=torch.long)
        data.batch["prompts"] = prompt
        data.batch["responses"] = torch.zeros(rows, width, dtype=torch.long)
        data.batch["attention_mask"] = torch.cat([prompt, data.batch["response_mask"]], dim=1)
        return data

    return make


def put(queue, step, other=0):
    rows = zip(*rows_of(step, other), strict=True)
    outputs = {
        f"s{step}o{other}{uid}_{row}_0": queued.output(f"s{step}o{other}{uid}", correct, length)
        for row, (correct, length, uid) in enumerate(rows)
    }
    return queued.put(queue, outputs)


@pytest.mark.parametrize("kind", QUEUED)
def test_two_trainers_keep_their_own_metrics_and_weights(monkeypatch, kind):
    queue = queued.queue(monkeypatch)
    two = [queued.trainer(kind, **SMALL) for _ in range(2)]
    plain = [lead_rs.WeightController(trainers.controller(each).config) for each in two]
    for step in (1, 2, 3):
        for other in (0, 1):
            two[other].global_steps, metrics = step, {}
            two[other]._compute_advantage(put(queue, step, other), metrics=metrics)
            want = output_of(step, other, controller=plain[other]).metrics
            assert lead_metrics(metrics) == pytest.approx(want)
    assert trainers.controller(two[0]).weights != trainers.controller(two[1]).weights


@pytest.mark.parametrize("kind", QUEUED)
def test_a_configuration_that_is_new_at_each_step_is_no_new_run(monkeypatch, kind):
    queue, trainer = queued.queue(monkeypatch), queued.trainer(kind, **SMALL)
    for step in (1, 2, 3):
        trainer.config = OmegaConf.create(OmegaConf.to_container(trainer.config))
        trainer.global_steps, metrics = step, {}
        trainer._compute_advantage(put(queue, step), metrics=metrics)
        assert metrics["lead/step"] == step


def test_two_loops_without_a_trainer_keep_their_own_metrics(ray_trainer, batch, algorithm):
    configs = [algorithm(**SMALL, lead_alpha=alpha) for alpha in (1.0, 2.0)]
    plain = [lead_rs.WeightController(lead_rs.LeadConfig.from_verl(each)) for each in configs]
    for step in (1, 2):
        batches = [batch(step, other) for other in (0, 1)]
        for data, config in zip(batches, configs, strict=True):
            ray_trainer.compute_advantage(data, "lead", config=config)
        for other in (1, 0):
            metrics = ray_trainer.compute_data_metrics(batches[other], use_critic=False)
            want = output_of(step, other, controller=plain[other]).metrics
            assert lead_metrics(metrics) == pytest.approx(want)


def test_a_loop_without_a_trainer_is_told_of_a_new_node(ray_trainer, batch, algorithm, caplog):
    for step in (1, 2):
        ray_trainer.compute_advantage(batch(step), "lead", config=algorithm(**SMALL))
    said = [record.getMessage() for record in caplog.records]
    assert sum("config is another object than at an earlier call" in text for text in said) == 1


class Dapo:
    """A recipe's trainer in the shape of DAPO's: it generates until enough prompts are left, and
    hands `compute_advantage` no config."""  # fmt: skip

    PROMPTS = 2

    def _create_dataloader(self, *_):
        self.train_dataloader = trainers.DataLoader()

    def fit(self):
        from verl.trainer.ppo.metric_utils import compute_data_metrics
        from verl.trainer.ppo.ray_trainer import compute_advantage

        self.global_steps = 0
        self._load_checkpoint()
        self.global_steps += 1
        batch, generated = None, 0
        while self.global_steps <= self.stop_at:
            generated += 1
            if generated % 3 == 0:
                continue  # too few prompts: keep generating
            batch = self.generate(self.global_steps)
            batch.batch["token_level_rewards"] = batch.batch["token_level_scores"]
            batch = compute_advantage(
                batch, adv_estimator=self.config.algorithm.adv_estimator, gamma=1.0, lam=1.0,
                num_repeat=2, norm_adv_by_std_in_grpo=True,
            )  # fmt: skip
            self._save_checkpoint()
            self.log[self.global_steps] = compute_data_metrics(batch=batch, use_critic=False)
            self.global_steps += 1


class Atropos(Dapo):
    """A recipe's trainer that saves and loads by itself."""

    def _save_checkpoint(self):
        folder = self.config.trainer.default_local_dir
        trainers.Workers().save_checkpoint(f"{folder}/global_step_{self.global_steps}/actor")
        with open(f"{folder}/latest_checkpointed_iteration.txt", "w") as file:
            file.write(str(self.global_steps))

    def _load_checkpoint(self):
        folder = self.config.trainer.default_local_dir
        try:
            with open(f"{folder}/latest_checkpointed_iteration.txt") as file:
                self.global_steps = int(file.read())
        except FileNotFoundError:
            pass


class Callback(Dapo):
    """A recipe's trainer that does something besides."""

    def _save_checkpoint(self):
        self.saved = [*getattr(self, "saved", ()), self.global_steps]
        return super()._save_checkpoint()

    def _load_checkpoint(self):
        return super()._load_checkpoint()


@pytest.fixture
def recipe(ray_trainer, batch, tmp_path):
    """A recipe's trainer, made by verl's own `__init__`."""
    from verl.trainer.ppo.utils import Role

    def make(shape, stop_at, folder="checkpoints", other=0):
        config = OmegaConf.create(
            {
                "algorithm": {**ALGORITHM, **SMALL},
                "actor_rollout_ref": {
                    "hybrid_engine": True,
                    "model": {"lora_rank": 0},
                    "actor": {"use_kl_loss": False, "checkpoint": {"async_save": False}},
                    "rollout": {"n": 2},
                },
                "critic": {"enable": False},
                "distillation": None,
                "reward": {"reward_model": {"enable": False}},
                "reward_model": {"enable": False},
                "trainer": {
                    "project_name": "p", "experiment_name": "e", "device": "cpu",
                    "default_local_dir": str(tmp_path / folder), "default_hdfs_dir": None,
                    "resume_mode": "auto", "save_freq": 1, "val_only": False,
                    "del_local_ckpt_after_load": False,
                },
            }
        )  # fmt: skip
        class_ = type(shape.__name__, (shape, ray_trainer.RayPPOTrainer), {})
        trainer = class_(
            config=config, tokenizer=None, resource_pool_manager=None,
            role_worker_mapping={Role.ActorRollout: None},
        )  # fmt: skip
        trainer.actor_rollout_wg, trainer.stop_at, trainer.log = trainers.Workers(), stop_at, {}
        trainer.generate = lambda step: batch(step, other)
        return trainer

    return make


@pytest.mark.parametrize("shape", [Dapo, Atropos, Callback])
def test_a_recipes_loop_takes_one_step_per_global_step_and_resumes_exactly(
    recipe, shape, tmp_path, monkeypatch
):
    straight = recipe(shape, 5)
    straight.fit()
    plain = lead_rs.WeightController(trainers.controller(straight).config)
    for step in range(1, 6):
        want = output_of(step, controller=plain).metrics
        assert lead_metrics(straight.log[step]) == pytest.approx(want)
        path = tmp_path / "checkpoints" / f"global_step_{step}" / checkpoint.FILE_NAME
        assert json.loads(path.read_text())["step"] == step

    recipe(shape, 2, "resumed").fit()
    saved = []
    save = checkpoint.save
    monkeypatch.setattr(checkpoint, "save", lambda *given: saved.append(given) or save(*given))
    resumed = recipe(shape, 5, "resumed")
    resumed.fit()
    assert sorted(resumed.log) == [3, 4, 5]
    assert lead_metrics(resumed.log[5]) == lead_metrics(straight.log[5])
    assert len(saved) == 3, "once for each checkpoint"
    states = [trainers.controller(each).state_dict() for each in (straight, resumed)]
    assert states[0] == states[1]


def test_two_recipes_in_two_threads_keep_their_own(recipe):
    two = [recipe(Dapo, 4, f"run{other}", other) for other in (0, 1)]
    turns = [threading.Event(), threading.Event()]

    def in_turns(other, generate):
        def generated(step):
            turns[other].wait(20)
            turns[other].clear()
            turns[1 - other].set()
            return generate(step)

        return generated

    for other, each in enumerate(two):
        each.generate = in_turns(other, each.generate)
    threads = [threading.Thread(target=each.fit) for each in two]
    turns[0].set()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for other, each in enumerate(two):
        plain = lead_rs.WeightController(trainers.controller(each).config)
        for step in range(1, 5):
            want = output_of(step, other, controller=plain).metrics
            assert lead_metrics(each.log[step]) == pytest.approx(want)


def test_without_config_the_only_trainer_s_run_is_meant(recipe, ray_trainer, batch):
    """As in a thread of a trainer's own."""
    trainer = recipe(Dapo, 0)
    ray_trainer.compute_advantage(batch(1), "lead")
    assert trainers.controller(trainer).step == 1
    other = recipe(Dapo, 0, "other")
    with pytest.raises(TypeError, match="needs config=, the trainer's config.algorithm"):
        ray_trainer.compute_advantage(batch(2), "lead")
    assert other is not trainer


def test_with_a_trainer_s_config_its_run_is_meant(recipe, ray_trainer, batch, caplog):
    trainer = recipe(Dapo, 0)
    ray_trainer.compute_advantage(batch(1), "lead", config=trainer.config.algorithm)
    assert trainers.controller(trainer).step == 1
    assert not caplog.records, "its weights will be in the checkpoints"


def test_without_config_and_trainer_it_says_what_to_pass(ray_trainer, batch):
    with pytest.raises(TypeError, match="needs config=, the trainer's config.algorithm"):
        ray_trainer.compute_advantage(batch(1), "lead")


def test_without_uids_it_says_what_to_pass(ray_trainer, batch, algorithm):
    data, config = batch(1), algorithm(**SMALL)
    del data.non_tensor_batch["uid"]
    with pytest.raises(ValueError, match=r"data.non_tensor_batch\['uid'\] must hold"):
        ray_trainer.compute_advantage(data, "lead", config=config)
    assert lead_run.of_algorithm(config).controller.step == 0


def test_past_the_extended_function_the_estimator_refuses(recipe, ray_trainer, batch, algorithm):
    """A function that was kept where it could not be found would silently ignore acc."""
    original = ray_trainer.compute_advantage.__wrapped__
    with pytest.raises(RuntimeError, match="import lead_rs.verl before"):
        original(batch(1), "lead", config=algorithm(**SMALL))
    trainer = recipe(Dapo, 1)
    trainer.generate = lambda step: original(batch(step), "lead", config=trainer.config.algorithm)
    with pytest.raises(RuntimeError, match="import lead_rs.verl before"):
        trainer.fit()
    assert trainers.controller(trainer).step == 0


def test_weights_of_another_process_are_not_saved(recipe, batch, tmp_path, caplog):
    """Where the estimator runs elsewhere, its first weights would be "resumed" from here."""
    trainer = recipe(Dapo, 2)
    trainer.global_steps = 0
    trainer._load_checkpoint()
    trainer.global_steps = 1
    trainer._save_checkpoint()
    assert "LEAD's state is not in the checkpoint of step 1" in caplog.text
    assert not (tmp_path / "checkpoints" / "global_step_1" / checkpoint.FILE_NAME).exists()
    assert (tmp_path / "checkpoints" / "latest_checkpointed_iteration.txt").read_text() == "1"


def test_a_run_is_trained_here_once_it_has_had_a_batch_or_its_weights_have_moved(algorithm):
    run = lead_run.Run(algorithm(**SMALL))
    assert (run.began_at, run.is_trained_here()) == (0, False)
    run.sees()
    assert run.is_trained_here()
    run.goes_on_from(7)
    assert (run.began_at, run.is_trained_here()) == (7, False)
    output_of(8, controller=run.controller)
    assert run.is_trained_here()


def test_a_recipe_s_method_around_verls_loads_once(recipe, caplog):
    recipe(Callback, 2).fit()
    resumed = recipe(Callback, 2)
    with caplog.at_level("INFO", logger="lead_rs"):
        resumed._load_checkpoint()
    assert caplog.text.count("LEAD goes on from step 2 in") == 1


def test_a_checkpoint_saved_again_at_once_has_its_state(recipe, tmp_path):
    recipe(Dapo, 2).fit()
    path = tmp_path / "checkpoints" / "global_step_2" / checkpoint.FILE_NAME
    want = path.read_text()
    again = recipe(Dapo, 2)
    again._load_checkpoint()
    path.unlink()
    again._save_checkpoint()
    assert path.read_text() == want


def test_where_all_was_empty_the_state_is_saved_all_the_same(recipe, batch, tmp_path):
    recipe(Dapo, 2).fit()
    trainer = recipe(Dapo, 3)

    def empty(step):
        data = batch(step)
        data.batch["response_mask"].zero_()
        return data

    trainer.generate = empty
    monitored = trainer._save_checkpoint

    def save():
        monitored()
        raise StopIteration  # verl 0.7 has no metrics of such a batch

    trainer._save_checkpoint = save
    with pytest.raises(StopIteration):
        trainer.fit()
    states = [
        json.loads((tmp_path / "checkpoints" / f"global_step_{step}" / STATE).read_text())
        for step in (2, 3)
    ]
    assert states[0] == states[1]


def test_verls_dataclass_is_a_run_as_well(ray_trainer, batch):
    from verl.trainer.config import AlgoConfig

    config = AlgoConfig(adv_estimator="lead", **SMALL)
    for _ in range(2):
        ray_trainer.compute_advantage(batch(1), "lead", config=config)
    controller = lead_run.of_algorithm(config).controller
    assert (controller.step, controller.config.beta) == (2, 0.75)


def test_an_empty_batch_is_trained_on_nothing(ray_trainer, batch, algorithm, caplog):
    config = algorithm(**SMALL)
    ray_trainer.compute_advantage(batch(1), "lead", config=config)
    before = lead_run.of_algorithm(config).controller.state_dict()
    for _ in range(2):
        data = batch(2)
        data.batch["response_mask"].zero_()
        ray_trainer.compute_advantage(data, "lead", config=config)
        assert not data.batch["advantages"].any()
        assert data.batch["advantages"].shape == data.batch["response_mask"].shape
        assert lead_run.of_algorithm(config).take_metrics() == {}
    assert lead_run.of_algorithm(config).controller.state_dict() == before
    assert caplog.text.count("is trained on nothing, and LEAD's weights stay as they are") == 1
    ray_trainer.compute_advantage(batch(2), "lead", config=config)
    assert lead_run.of_algorithm(config).controller.step == 2


def test_a_nan_acc_names_its_row_and_uid(ray_trainer, batch, algorithm):
    data = batch(1, acc=np.array([1.0, 0.0, 1.0, float("nan"), 0.0, 1.0]))
    with pytest.raises(ValueError, match=r"got nan \(row 3, uid 'q'\)"):
        ray_trainer.compute_advantage(data, "lead", config=algorithm(**SMALL))


def test_a_setting_without_effect_is_warned_about_once(monkeypatch, caplog):
    trainer = queued.trainer(QUEUED[0], norm_adv_by_std_in_grpo=False) if QUEUED else None
    if trainer is None:
        pytest.skip("this verl has no trainer on TransferQueue")
    for _ in range(2):
        lead_run.of_trainer(trainer)
    assert caplog.text.count("norm_adv_by_std_in_grpo=False has no effect on LEAD") == 1


@pytest.mark.parametrize("settings", [{}, {"norm_adv_by_std_in_grpo": True}])
@pytest.mark.parametrize("kind", QUEUED)
def test_settings_that_have_their_effect_are_not_warned_about(kind, settings, caplog):
    lead_run.of_trainer(queued.trainer(kind, **settings))
    assert not caplog.records
