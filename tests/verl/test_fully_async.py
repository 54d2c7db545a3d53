"""LEAD in verl's fully_async trainer: all of its step is real but generation and models."""

import asyncio
import json
from types import SimpleNamespace

import pytest
import trainers
from experimental import controller_of, output_of, ready, scored
from verl_versions import import_quietly

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:verl")

BATCHES = 4


class Bar:
    def update(self, steps):
        pass


@pytest.fixture
def fully_async(data_proto, tmp_path, monkeypatch):
    detach_utils = import_quietly("verl.experimental.fully_async_policy.detach_utils")

    def make(save_freq=1, **settings):
        run = ready(trainers.saving("fully_async", tmp_path, monkeypatch, **settings))
        run.config.merge_with(
            {
                "global_profiler": {"steps": None},
                "trainer": {
                    "critic_warmup": 0, "esi_redundant_time": 0, "rollout_data_dir": None,
                    "save_freq": save_freq, "test_freq": -1,
                },
            }
        )  # fmt: skip
        run.epoch = run.max_steps_duration = 0
        run.trigger_parameter_sync_step, run.required_samples = BATCHES, 2
        run.local_trigger_step = 1
        run.dynamic_schedule_enabled, run.dynamic_resource_controller = False, None
        run.curr_step_profile = run.prev_step_profile = False
        run.metrics_aggregator = detach_utils.MetricsAggregator(total_gpus=2)
        run.message_queue_client = SimpleNamespace(get_queue_size_sync=lambda: 0)
        run.progress_bar = Bar()

        async def generate(_):
            return scored(data_proto, run.global_steps)

        async def update_weights():
            return None

        run._fit_generate, run._fit_update_weights = generate, update_weights
        run._fit_compute_log_prob = run._fit_update_actor = lambda data: data
        run._fit_collect_metrics = lambda data: None
        return run

    return make


def start(run):
    """As `fit` does: load, then the first batch."""
    asyncio.run(run.load_checkpoint())
    if run.global_steps == 0:
        run.global_steps = 1
    return run


def take_batches(run, count):
    for _ in range(count):
        asyncio.run(run.fit_step())


def test_several_batches_move_the_weights_once_per_global_step(fully_async):
    """beta * before + (1 - beta) * the mean of the batches' targets: the paper's EMA."""
    run = start(fully_async(save_freq=-1))
    controller, before = controller_of(run), (0.5, 0.5)
    for step in (1, 2, 3):
        take_batches(run, BATCHES)
        numbers = range(BATCHES * (step - 1) + 1, BATCHES * step + 1)
        outputs = [output_of(number, config=controller.config).metrics for number in numbers]
        for i, key in enumerate(("lead/target_w_corr", "lead/target_w_eff")):
            targets = [metrics[key] for metrics in outputs]
            assert len(set(targets)) > 1
            want = 0.75 * before[i] + 0.25 * sum(targets) / BATCHES
            assert controller.weights[i] == pytest.approx(want, abs=1e-14)
        assert run.current_param_version == controller.step == run.metrics["lead/step"] == step
        before = controller.weights
    assert run.global_steps == 3 * BATCHES + 1


def test_verls_aggregation_keeps_the_number_of_the_step(fully_async):
    """verl logs a global step before its last batch is added, which then comes with the next."""
    run = start(fully_async(save_freq=-1))
    take_batches(run, BATCHES - 1)
    assert run.metrics_aggregator.get_aggregated_metrics()["lead/step"] == 1
    run.metrics_aggregator.reset()
    take_batches(run, BATCHES)
    metrics = run.metrics_aggregator.get_aggregated_metrics()
    assert metrics["lead/step"] == 2
    assert metrics["training/global_step"] == 2 * BATCHES - 1
    assert metrics["lead/w_corr"] == controller_of(run).weights[0], "the weights in force"
    counts = metrics["lead/num_solvable_prompts"], metrics["lead/num_unsolved_prompts"]
    assert sum(counts) == 2 * BATCHES


def test_a_resumed_run_goes_on_exactly(fully_async, tmp_path):
    straight = start(fully_async(resume_mode="disable"))
    take_batches(straight, 5 * BATCHES)
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("3")
    resumed = start(fully_async())
    assert (resumed.current_param_version, resumed.global_steps) == (3, 3 * BATCHES + 1)
    assert controller_of(resumed).step == 3
    take_batches(resumed, 2 * BATCHES)
    assert controller_of(resumed).state_dict() == controller_of(straight).state_dict()


def test_the_state_is_that_of_the_global_step_that_verl_saves(fully_async, tmp_path):
    run = start(fully_async(save_freq=2))
    take_batches(run, 5 * BATCHES)
    folders = sorted(path.name for path in tmp_path.glob("global_step_*"))
    assert folders == ["global_step_2", "global_step_4"]
    for folder, step in zip(folders, (2, 4), strict=True):
        state = json.loads((tmp_path / folder / "lead_state.json").read_text())
        assert state["step"] == state["last_step"]["number"] == step
        assert state["last_step"]["batches"] == BATCHES


def test_saved_in_the_middle_of_a_global_step_it_still_moves_once(fully_async):
    """At the end of its data verl saves between two syncs, and begins that global step anew."""
    run = start(fully_async(save_freq=100))
    take_batches(run, BATCHES + 1)
    run._fit_save_checkpoint(force=True)
    before = json.loads(json.dumps(controller_of(run).state_dict()))
    assert before["step"] == 2

    resumed = start(fully_async())
    assert (resumed.current_param_version, resumed.global_steps) == (1, BATCHES + 1)
    take_batches(resumed, BATCHES)
    state = controller_of(resumed).state_dict()
    assert state["step"] == resumed.current_param_version == 2
    assert state["last_step"]["weights_before"] == before["last_step"]["weights_before"]
    assert state["last_step"]["batches"] == BATCHES + 1
