"""A plug-in for verl: writes what each step's advantages are computed from, a JSON line a step.

Loaded by VERL_USE_EXTERNAL_MODULES; the file is $RECORD_BATCHES. It reads verl's own batch, so that
what lead_rs takes out of that batch is tested too.
"""

import json
import os

import wrapt


@wrapt.when_imported("verl.trainer.ppo.ray_trainer")
def record(ray_trainer):
    original = ray_trainer.compute_advantage

    def compute_advantage(data, *args, **kwargs):
        batch = {
            "index": data.non_tensor_batch["uid"].tolist(),
            "correctness": data.batch["token_level_scores"].sum(-1).tolist(),
            "response_length": data.batch["response_mask"].sum(-1).tolist(),
        }
        with open(os.environ["RECORD_BATCHES"], "a") as file:
            file.write(json.dumps(batch) + "\n")
        return original(data, *args, **kwargs)

    ray_trainer.compute_advantage = compute_advantage
