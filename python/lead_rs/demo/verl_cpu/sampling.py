"""Sampling from a Hugging Face causal language model on a CPU."""

from __future__ import annotations

from typing import NamedTuple

import torch
from transformers import PreTrainedModel


class Sampled(NamedTuple):
    """One response: its token ids, the end token included where it came, and their log-probs."""

    token_ids: list[int]
    log_probs: list[float]


@torch.no_grad()
def sample(
    model: PreTrainedModel,
    prompts: list[list[int]],
    seeds: list[int],
    *,
    max_tokens: int,
    temperature: float,
) -> list[Sampled]:
    """Draw one response to each prompt from the whole distribution (temperature 0: the mode).

    Each response has its own random numbers, from its own entry of `seeds` (64-bit), so it does
    not depend on which others share its batch, nor on their order, but for floating point.
    """
    end, pad = model.generation_config.eos_token_id, model.generation_config.pad_token_id
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    uniforms = torch.stack([torch.rand(max_tokens, generator=g) for g in generators])
    width = max(map(len, prompts))
    ids = torch.tensor([[pad] * (width - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    running = torch.ones(len(prompts), dtype=torch.bool)
    cache, steps = None, []
    for step in range(max_tokens):
        out = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        log_probs = (out.logits[:, -1] / (temperature or 1.0)).log_softmax(-1)
        if temperature:
            cumulative = log_probs.exp().cumsum(-1)
            ids = torch.searchsorted(cumulative, uniforms[:, step, None] * cumulative[:, -1:])
        else:
            ids = log_probs.argmax(-1, keepdim=True)
        steps.append((ids, log_probs.gather(-1, ids)))
        running &= ids[:, 0] != end
        if not running.any():
            break
        cache = out.past_key_values
        mask = torch.cat([mask, torch.ones_like(ids)], dim=-1)
        positions = positions[:, -1:] + 1
    tokens, chosen = (torch.cat(columns, dim=-1).tolist() for columns in zip(*steps, strict=True))
    lengths = [row.index(end) + 1 if end in row else len(row) for row in tokens]
    return [
        Sampled(row[:length], log_probs[:length])
        for row, log_probs, length in zip(tokens, chosen, lengths, strict=True)
    ]
