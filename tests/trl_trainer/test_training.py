"""Runs of the trainer with a tiny model: its log, its checkpoints, and going on from them."""

from __future__ import annotations

import json
import logging

import pytest

pytest.importorskip("trl", reason="TRL is not installed: make test-trl")

import torch
from given import parity
from trl import GRPOTrainer

from lead_rs.runs.trl import LEAD_STATE

RUN = {"max_steps": 4, "save_steps": 2, "save_strategy": "steps"}


def state_file(folder, step):
    return folder / f"checkpoint-{step}" / "trainer_state.json"


def saved(folder, step):
    return json.loads(state_file(folder, step).read_text())["stateful_callbacks"].get(LEAD_STATE)


def weights(trainer):
    return torch.cat([p.detach().flatten() for p in trainer.model.parameters()])


@pytest.fixture
def run(make, tmp_path):
    trainer = make(folder=tmp_path / "run", **RUN)
    trainer.train()
    return trainer


def test_metrics_are_in_trls_log(run):
    logged = [row for row in run.state.log_history if "lead/w_corr" in row]
    assert [row["lead/step"] for row in logged] == [1, 2, 3, 4]


def test_resuming_is_as_if_it_had_not_stopped(run, make, tmp_path):
    assert saved(tmp_path / "run", 4) == run.lead_controller.state_dict()
    resumed = make(folder=tmp_path / "resumed", **RUN)
    resumed.train(resume_from_checkpoint=str(tmp_path / "run" / "checkpoint-2"))
    assert resumed.lead_controller.state_dict() == run.lead_controller.state_dict()
    assert torch.equal(weights(resumed), weights(run))


def test_another_estimators_checkpoint(make, tmp_path, caplog):
    make(cls=GRPOTrainer, folder=tmp_path / "grpo", **RUN).train()
    trainer = make(folder=tmp_path / "lead", **RUN)
    with caplog.at_level(logging.WARNING, "lead_rs"):
        trainer.train(resume_from_checkpoint=str(tmp_path / "grpo" / "checkpoint-2"))
    assert "step 2 has no state of LEAD's" in caplog.text
    assert trainer.lead_controller.step == 2


def test_a_damaged_state(run, make, tmp_path):
    file = state_file(tmp_path / "run", 2)
    content = json.loads(file.read_text())
    content["stateful_callbacks"][LEAD_STATE] = {"step": "two"}
    file.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"trainer_state.json: .* Resume from another checkpoint"):
        make(folder=tmp_path / "resumed", **RUN).train(resume_from_checkpoint=str(file.parent))


@pytest.mark.parametrize(("generation", "accumulation", "steps"), [(2, 2, 2), (1, 4, 2), (2, 1, 1)])
def test_accumulation(make, generation, accumulation, steps):
    """Each optimizer step that generates is one step of LEAD's, whatever it accumulates."""
    trainer = make(
        per_device_train_batch_size=4,
        steps_per_generation=generation,
        gradient_accumulation_steps=accumulation,
        max_steps=2,
        save_strategy="no",
    )
    trainer.train()
    assert trainer.lead_controller.step == steps


def test_peft(make):
    from peft import LoraConfig

    trainer = make(
        peft_config=LoraConfig(r=2, target_modules=["q_proj"]), max_steps=1, save_strategy="no"
    )
    trainer.train()
    assert trainer.lead_controller.step == 1
    assert trainer.reward_func_names == [parity.__name__]
