"""Runs of verl on the CPU whose steps take seconds."""

import json

from lead_rs.demo.verl_run import verl

# A batch small enough for seconds a step, large enough for right and wrong answers in every one.
PROMPTS, GROUP = 16, 4
SMALL = {
    "data.train_batch_size": PROMPTS,
    "actor_rollout_ref.actor.ppo_mini_batch_size": PROMPTS,
    "actor_rollout_ref.rollout.n": GROUP,
    "trainer.val_before_train": False,
    "trainer.test_freq": -1,
}


def start(folder, settings, *, first_step=0):
    """A running verl, as a context; its metrics go to the file that `rows` reads."""
    return verl(settings, folder, folder / f"metrics-{first_step}.jsonl")


def rows(folder, first_step=0):
    """The metrics of the steps that one start of verl has logged, by step."""
    file = folder / f"metrics-{first_step}.jsonl"
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    parsed = [json.loads(line) for line in lines if line.endswith("\n")]
    return {row["step"]: row["data"] for row in parsed}


def finish(process, folder):
    assert process.wait(600) == 0, (folder / "verl.log").read_text(errors="replace")[-3000:]
