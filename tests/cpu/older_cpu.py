"""A plug-in for verl 0.8 on a machine without a GPU, where verl has no platforms to register.

With lead_rs.demo.verl_cpu.rollout in VERL_USE_EXTERNAL_MODULES; Ray must pretend the resources GPU
and cpu.
"""

from __future__ import annotations

import sys
from types import ModuleType

import torch
import wrapt

from lead_rs.demo.verl_cpu.device import DEVICE

FUNCTIONS = {
    "get_resource_name": lambda: "GPU",
    "get_torch_device": lambda: DEVICE,
    "get_device_id": lambda: torch.device("cpu"),
    "get_nccl_backend": lambda: "gloo",
    "get_visible_devices_keyword": lambda: "CUDA_VISIBLE_DEVICES",
    "set_expandable_segments": lambda enable: None,
}


@wrapt.when_imported("verl.utils.device")
def describe_cpu(device: ModuleType) -> None:
    originals = {name: getattr(device, name) for name in FUNCTIONS}
    modules = [m for name, m in list(sys.modules.items()) if name.split(".")[0] == "verl"]
    for module in modules:
        for name, original in originals.items():
            if vars(module).get(name) is original:
                setattr(module, name, FUNCTIONS[name])


@wrapt.when_imported("verl.utils.attention_utils")
def pad_without_flash_attention(attention: ModuleType) -> None:
    from transformers import modeling_flash_attention_utils as padding

    # In the order of verl's own; nothing here asks for the third, einops.rearrange.
    functions = padding._index_first_axis, padding._pad_input, None, padding._unpad_input
    attention._get_attention_functions = lambda: functions


@wrapt.when_imported("verl.workers.engine.fsdp.transformer_impl")
def offer_fsdp(_: ModuleType) -> None:
    from verl.workers.engine.base import EngineRegistry

    for backends in EngineRegistry._engines.values():
        for engines in backends.values():
            if "cuda" in engines:
                engines["cpu"] = engines["cuda"]


@wrapt.when_imported("verl.workers.config.rollout")
def give_rollouts_a_seed(rollout: ModuleType) -> None:
    rollout.RolloutConfig.seed = 1
