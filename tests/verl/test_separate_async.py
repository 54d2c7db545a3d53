"""0.9's V1 trainer `separate_async`, which takes a global step in several batches."""

import json
from types import SimpleNamespace

import pytest
import queued
from queued import output, put

import lead_rs
from lead_rs.verl import run as lead_run

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:verl")

BATCHES = 3
GROUPS = 2


def prompts_of(step, batch):
    """A batch of two prompts, of which no two batches have the same."""
    correct, length = [(1, 1, 0, 1), (0, 1, 0, 0), (1, 1, 1, 0)][batch], 2 + step + batch
    uids = [f"s{step}b{batch}p{prompt}" for prompt in (0, 0, 1, 1)]
    return {
        f"{uid}_{row}_0": (uid, float(correct[row]), length + 3 * row)
        for row, uid in enumerate(uids)
    }


class Buffer:
    """verl's replay buffer on a list: the batches of each global step, in order."""

    def __init__(self, queue):
        self.queue, self.taken = queue, []

    def sample(self, global_steps, partition_id, batch_size):
        assert (partition_id, batch_size) == ("train", GROUPS)
        batch = len(self.taken) % BATCHES
        self.taken.append(global_steps)
        outputs = {key: output(*row) for key, row in prompts_of(global_steps, batch).items()}
        return put(self.queue, outputs), {}


@pytest.fixture
def separate_async(v1, monkeypatch):
    """A trainer that takes a global step in three batches, with all but its workers real."""

    def make(**algorithm):
        run = queued.trainer("separate_async", **algorithm)
        run.config.merge_with(
            {
                "actor_rollout_ref": {"rollout": {"temperature": 1.0}},
                "data": {"train_batch_size": GROUPS * BATCHES},
                "trainer": {"critic_warmup": 0},
            }
        )
        run.parameter_sync_step, run.local_trigger_step = BATCHES, 0
        run.use_critic = run.use_reference_policy = False
        run.replay_buffer = Buffer(queued.queue(monkeypatch))
        run.reward_loop_manager = SimpleNamespace(reward_loop_worker_handles=[])
        run.prepare_step = run.on_sample_begin = run.on_sample_end = dict
        run._add_batch_to_generate = dict  # 0.9.0's name for it
        for name in ("_balance_batch", "_compute_old_log_prob", "_update_actor"):
            setattr(run, name, lambda batch, metrics: batch)
        return run

    return make


def take_step(run, step):
    """verl's own step: samples, computes advantages and combines the metrics of the batches."""
    run.global_steps, metrics = step, {}
    run.step(metrics, {})
    return metrics


def targets_of(step, batch, config):
    uids, correctness, lengths = zip(*prompts_of(step, batch).values(), strict=True)
    metrics = lead_rs.compute_advantage(correctness, lengths, uids, config=config).metrics
    return metrics["lead/target_w_corr"], metrics["lead/target_w_eff"]


def test_several_batches_move_the_weights_once_per_global_step(separate_async):
    """beta * before + (1 - beta) * the mean of the batches' targets: the paper's EMA."""
    run = separate_async(lead_beta=0.75)
    controller = lead_run.of_trainer(run).controller
    before = (0.5, 0.5)
    for step in (1, 2, 3, 4):
        metrics = take_step(run, step)
        targets = [targets_of(step, batch, controller.config) for batch in range(BATCHES)]
        assert len(set(targets)) > 1
        means = [sum(values) / BATCHES for values in zip(*targets, strict=True)]
        want = [0.75 * w + 0.25 * mean for w, mean in zip(before, means, strict=True)]
        assert controller.weights == pytest.approx(want, abs=1e-14)
        assert controller.step == metrics["lead/step"] == step
        assert controller.state_dict()["last_step"]["number"] == step
        assert metrics["lead/target_w_corr"] == pytest.approx(means[0], abs=1e-14)
        # What is logged of the step: the weights that it ended with, and all of its prompts.
        assert metrics["lead/w_corr"] == max(controller.weights[0], controller.config.lambda_min)
        assert metrics["lead/w_eff"] == 1 - metrics["lead/w_corr"]
        counts = metrics["lead/num_solvable_prompts"], metrics["lead/num_unsolved_prompts"]
        assert sum(counts) == GROUPS * BATCHES
        before = controller.weights
    assert run.replay_buffer.taken == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]


def test_a_resumed_run_of_several_batches_goes_on_exactly(separate_async):
    straight = separate_async()
    for step in (1, 2, 3, 4):
        take_step(straight, step)
        if step == 2:
            state = json.loads(json.dumps(controller_of(straight).state_dict()))
    resumed = separate_async()
    controller_of(resumed).load_state_dict(state)
    for step in (3, 4):
        take_step(resumed, step)
    assert controller_of(resumed).state_dict() == controller_of(straight).state_dict()


def controller_of(run):
    return lead_run.of_trainer(run).controller


def test_one_batch_per_global_step_is_the_paper_s_step(separate_async):
    """Bit for bit what a controller gives that knows nothing of global steps."""
    run = separate_async()
    run.parameter_sync_step, plain = 1, lead_rs.WeightController(controller_of(run).config)
    run.config.data.train_batch_size = GROUPS
    for step in (1, 2, 3):
        metrics = take_step(run, step)
        uids, correct, length = zip(*prompts_of(step, step - 1).values(), strict=True)
        output = lead_rs.compute_advantage(correct, length, uids, controller=plain)
        assert {key: metrics[key] for key in output.metrics} == output.metrics
    assert controller_of(run).weights == plain.weights


def test_the_dump_of_a_global_step_has_all_its_batches(separate_async, tmp_path):
    run = separate_async()
    for step in (1, 2):
        run._init_dump_executor()
        take_step(run, step)
        rows = {k: v for batch in range(BATCHES) for k, v in prompts_of(step, batch).items()}
        text = ["-"] * len(rows)
        run._dump_generations(text, text, text, text, {"uid": list(rows)}, str(tmp_path))
        run._shutdown_dump_executor()
        lines = (tmp_path / f"{step}.jsonl").read_text().splitlines()
        dumped = [json.loads(line) for line in lines]
        got = [(row["uid"], row["acc"], row["response_length"]) for row in dumped]
        assert got == [(key, correct, length) for key, (_, correct, length) in rows.items()]
