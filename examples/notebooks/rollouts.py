"""Makes the notebooks' data of a CPU run's held-out responses.

python examples/notebooks/rollouts.py outputs/cpu/seed1 python/lead_rs/data/cpu_run.parquet
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet

from lead_rs.replay import load_rollouts

seed_folder, target = map(Path, sys.argv[1:])
steps = load_rollouts(
    seed_folder / "lead" / "held_out", tokenizer=str(seed_folder / "model"), allow_missing=True
)
table = pyarrow.table(
    {
        "step": np.concatenate([np.full(len(step), step.number, np.int16) for step in steps]),
        "uid": np.concatenate([np.unique(step.index, return_inverse=True)[1] for step in steps]),
        "correct": np.concatenate([step.correctness > 0.5 for step in steps]),
        "length": np.concatenate([step.response_length.astype(np.int16) for step in steps]),
    }
)
pyarrow.parquet.write_table(table, target, compression="zstd")
