"""verl 0.9.1 on a machine without a GPU: the platform `cpu` and the rollout engine `hf_cpu`.

`VERL_USE_EXTERNAL_MODULES` names the modules `platform` and `rollout` here, which loads them into
every process of a run, with `VERL_PLATFORM=cpu`, and `VERL_ENGINE_DEVICE=cuda` (verl registers its
FSDP engine for no other device but npu).
"""
