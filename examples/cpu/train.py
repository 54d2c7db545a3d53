"""``lead-rs demo``, told by the environment: what `make train-cpu` starts.

    python examples/cpu/train.py                # LEAD
    ADV=grpo python examples/cpu/train.py       # the same with GRPO, drawn beside it
    ADV=rewards python examples/cpu/train.py    # LEAD on three rewards: correct, short, format
    MODEL=smollm2 python examples/cpu/train.py  # a pretrained model
    RESUME=1 python examples/cpu/train.py       # go on from the last checkpoint

MODEL, ADV, SEED, STEPS, OUT and RESUME; arguments are verl's overrides. The code is `lead_rs.demo`.
"""

import os
import sys

from lead_rs.cli import main

given = [
    f"--{name.lower()}={os.environ[name]}"
    for name in ("MODEL", "ADV", "SEED", "STEPS", "OUT")
    if os.environ.get(name)
]
if os.environ.get("RESUME", "0") not in ("", "0"):
    given.append("--resume")

if __name__ == "__main__":
    sys.exit(main(["demo", *given, *sys.argv[1:]]))
