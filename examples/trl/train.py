"""Train a model with LEAD in TRL for a few steps, on a CPU.

python examples/trl/train.py MODEL_FOLDER OUTPUT_FOLDER [STEPS]; an output folder with a
checkpoint is gone on from. At the end it says how to look at the run.
"""

import sys
from pathlib import Path

from datasets import Dataset
from trl import GRPOConfig

from lead_rs import LeadConfig
from lead_rs.trl import LeadGRPOTrainer, get_accuracy_reward

model, out, steps = sys.argv[1], Path(sys.argv[2]), int((sys.argv[3:] or ["4"])[0])
sums = [(a, b) for a in range(1, 10) for b in range(1, 10)]
trainer = LeadGRPOTrainer(
    model=model,
    reward_funcs=get_accuracy_reward(extract="last_number"),
    lead_config=LeadConfig(lstar_mode="max_sym", bmax=32, lstar_min=4, min_length=0),
    train_dataset=Dataset.from_list(
        [
            {"prompt": [{"role": "user", "content": f"What is {a} + {b}?"}], "solution": f"{a + b}"}
            for a, b in sums
        ]
    ),
    args=GRPOConfig(
        output_dir=str(out),
        max_steps=steps,
        save_steps=2,
        logging_steps=1,
        log_completions=True,  # for replay and lint
        num_completions_to_print=1,
        num_generations=4,
        per_device_train_batch_size=16,
        max_completion_length=32,
        learning_rate=1e-5,
        report_to="none",
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
    ),
)
trainer.train(resume_from_checkpoint=any(out.glob("checkpoint-*")))
trainer.save_model(str(out / "final"))
print(f"lead-rs report {out}\nlead-rs replay {out} --set beta=0.9\nlead-rs lint {out}")
