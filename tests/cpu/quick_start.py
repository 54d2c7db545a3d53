"""What the runs begin with, sooner than by `lead_rs.demo.warm_start`: small batches.

python quick_start.py FOLDER
"""

import sys
from pathlib import Path

from lead_rs.demo.saving import save_model
from lead_rs.demo.tiny.warm_start import first_model, train, write_problems

folder = Path(sys.argv[1])
problems = write_problems(folder)
model, tokenizer = first_model(folder, seed=1)
for _ in train(model, tokenizer, problems, steps=400, seed=1, batch_size=8):
    pass
save_model(model, tokenizer, folder / "model")
