"""A run of two steps whose middle group spans both processes; test_processes.py starts it."""

import json
import os
import sys
from pathlib import Path

from datasets import Dataset
from given import parity, settings
from transformers import AutoModelForCausalLM, AutoTokenizer

import lead_rs
from lead_rs.trl import LeadGRPOTrainer

LOCAL = 6
REWARDS = [
    {"name": "right", "key": "correctness", "min": 0, "max": 1, "floor": 0.3},
    {"name": "short", "key": "efficiency", "min": -1, "max": 1, "over": "correct"},
    {"name": "early", "min": 0, "max": 1},
]
given = []


def early(completions, **kwargs):
    """The share of letters in the first half of the alphabet; none of a text without letters."""
    letters = [[c for c in text.lower() if "a" <= c <= "z"] for text in completions]
    return [sum(c < "n" for c in found) / len(found) if found else None for found in letters]


class Recorded(LeadGRPOTrainer):
    def _generate_and_score_completions(self, inputs):
        batch = super()._generate_and_score_completions(inputs)
        logged = self._logs["rewards"]
        lengths = self.accelerator.gather(batch["completion_mask"].sum(dim=1))
        given.append(
            {
                "correctness": list(logged["parity"]),
                "response_length": lengths.tolist(),
                "rewards": {"early": [None if x != x else x for x in logged["early"]]},
            }
        )
        start = self.accelerator.process_index * LOCAL
        whole = list(self._logs["advantages"])
        assert whole[start : start + LOCAL] == batch["advantages"].tolist()
        return batch


folder, out = sys.argv[1], Path(sys.argv[2])
trainer = Recorded(
    model=AutoModelForCausalLM.from_pretrained(folder),
    processing_class=AutoTokenizer.from_pretrained(folder, padding_side="left"),
    reward_funcs=[early, parity],
    train_dataset=Dataset.from_list([{"prompt": f"{n}?"} for n in range(8)]),
    args=settings(
        out,
        per_device_train_batch_size=LOCAL,
        max_steps=2,
        save_strategy="no",
        log_completions=True,
    ),
    lead_config=lead_rs.LeadConfig(rewards=REWARDS, bmax=9, lstar_min=1, min_length=0),
    lead_correctness="parity",
)
trainer.train()
result = {
    "given": given,
    "advantages": list(trainer._logs["advantages"]),
    "state": trainer.lead_controller.state_dict(),
}
(out / f"{os.environ['RANK']}.json").write_text(json.dumps(result))
