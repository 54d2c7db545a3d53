"""Small models that learn sums by LEAD in unmodified verl, without a GPU: ``lead-rs demo``.

`tasks` lists the models, `tiny` and `smollm2` have what each begins with: its problems and its warm
start. `verl_run` starts verl on a CPU with `verl_cpu` as its plug-in, `train` is a run, `report`
says what runs did, and `seeds` what several of them say together.
"""
