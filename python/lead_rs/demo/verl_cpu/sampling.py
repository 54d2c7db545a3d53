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
    responses = [Sampled([], []) for _ in prompts]
    rows = torch.arange(len(prompts))  # those that the model is run on
    running = torch.ones(len(prompts), dtype=torch.bool)
    cache = None
    for step in range(max_tokens):
        out = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        log_probs = (out.logits[:, -1].float() / (temperature or 1.0)).log_softmax(-1)
        if temperature:
            cumulative = log_probs.exp().cumsum(-1)
            ids = torch.searchsorted(cumulative, uniforms[rows, step, None] * cumulative[:, -1:])
        else:
            ids = log_probs.argmax(-1, keepdim=True)
        columns = (rows, running, ids[:, 0], log_probs.gather(-1, ids)[:, 0])
        for row, runs, token, log_prob in zip(*(c.tolist() for c in columns), strict=True):
            if runs:
                responses[row].token_ids.append(token)
                responses[row].log_probs.append(log_prob)
        running &= ids[:, 0] != end
        if not running.any():
            break
        cache = out.past_key_values
        mask = torch.cat([mask, torch.ones_like(ids)], dim=-1)
        positions = positions[:, -1:] + 1
        # Few responses are long: the rows that have ended go, a quarter of them at a time.
        if 4 * running.sum() <= 3 * len(rows):
            going = running.nonzero()[:, 0]
            cache.batch_select_indices(going)
            ids, mask, positions, rows = ids[going], mask[going], positions[going], rows[going]
            running = running[going]
    return responses
