"""A tiny model that learns sums by LEAD in unmodified verl, without a GPU: ``lead-rs demo``.

`task` has its problems, `model` and `warm_start` what it begins with, `verl_run` how verl is
started on a CPU with `verl_cpu` as its plug-in, `train` a run, and `report` what runs did.
"""
