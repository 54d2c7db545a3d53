"""A run of two steps whose middle group spans both processes; test_processes.py starts it."""

import json
import os
import sys
from pathlib import Path

from datasets import Dataset
from given import parity, settings
from transformers import AutoModelForCausalLM, AutoTokenizer

from lead_rs.trl import LeadGRPOTrainer

LOCAL = 6


class Recorded(LeadGRPOTrainer):
    def _generate_and_score_completions(self, inputs):
        batch = super()._generate_and_score_completions(inputs)
        start = self.accelerator.process_index * LOCAL
        whole = list(self._logs["advantages"])
        assert whole[start : start + LOCAL] == batch["advantages"].tolist()
        return batch


folder, out = sys.argv[1], Path(sys.argv[2])
trainer = Recorded(
    model=AutoModelForCausalLM.from_pretrained(folder),
    processing_class=AutoTokenizer.from_pretrained(folder, padding_side="left"),
    reward_funcs=parity,
    train_dataset=Dataset.from_list([{"prompt": f"{n}?"} for n in range(8)]),
    args=settings(out, per_device_train_batch_size=LOCAL, max_steps=2, save_strategy="no"),
)
trainer.train()
result = {
    "advantages": list(trainer._logs["advantages"]),
    "state": trainer.lead_controller.state_dict(),
}
(out / f"{os.environ['RANK']}.json").write_text(json.dumps(result))
