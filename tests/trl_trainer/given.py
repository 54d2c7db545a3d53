"""What the tests train with: settings, a reward, and a trainer whose generation is given."""

from __future__ import annotations

import inspect
import re

import torch
from trl import GRPOConfig, GRPOTrainer

from lead_rs.trl import LeadGRPOTrainer

END, PAD = 0, 1


def parity(completions, **kwargs):
    """Right where the text has an even number of characters."""
    return [float(len(text) % 2 == 0) for text in completions]


def settings(folder, **changed):
    return GRPOConfig(
        output_dir=str(folder),
        **{
            "per_device_train_batch_size": 8,
            "num_generations": 4,
            "max_completion_length": 9,
            "report_to": "none",
            "use_cpu": True,
            "bf16": False,
            "gradient_checkpointing": False,
            "disable_tqdm": True,
            "logging_steps": 1,
            "seed": 3,
            **changed,
        },
    )


def _outputs():
    """The names that TRL gives the outputs of `_generate`, which vary with its version."""
    source = inspect.getsource(GRPOTrainer._generate_and_score_completions)
    head = source[: source.index("self._generate(prompts)")]
    return re.findall(r"\w+", head[head[: head.rindex("= ")].rindex("(") : head.rindex(")")])


class Given(LeadGRPOTrainer):
    """Generates `ids`; `said_by_tools` is 0 on the tokens of tools, if there are any."""

    ids, said_by_tools = None, None

    def _generate(self, prompts):
        values = {
            "prompt_ids_list": [[5, 6]] * len(self.ids),
            "completion_ids_list": self.ids,
            "tool_mask_list": self.said_by_tools,
            "completions": ["x"] * len(self.ids),
            "num_items_in_batch": torch.tensor(sum(map(len, self.ids))),
            "sampling_per_token_logps_list": None,
            "extra_fields": {},
            "images": None,
            "tool_images": [],
        }
        return tuple(values[name] for name in _outputs())

    def step(self, rows):
        """The advantages of one generation batch."""
        return self._generate_and_score_completions(rows)["advantages"]
