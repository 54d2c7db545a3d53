"""Teach a tiny model to work and check sums, by supervised training on worked solutions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute
import pyarrow.parquet
import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from transformers import Qwen2ForCausalLM, Qwen2Tokenizer

from lead_rs.data import prepare
from lead_rs.demo.tiny.model import make_model, make_tokenizer
from lead_rs.demo.tiny.task import PROBLEMS, Problem, worked_solution

STEPS = 400


def first_model(folder: Path, seed: int) -> tuple[Qwen2ForCausalLM, Qwen2Tokenizer]:
    """The model to train, made of nothing, and its tokenizer."""
    tokenizer = make_tokenizer()
    return make_model(tokenizer, seed), tokenizer


def prompt_tokens(tokenizer: Qwen2Tokenizer, problem: Problem) -> list[int]:
    """The problem as a chat, up to where the assistant begins."""
    messages = [{"role": "user", "content": problem.prompt}]
    tokens: Any = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_dict=False
    )
    return list(tokens)


def train(
    model: Qwen2ForCausalLM,
    tokenizer: Qwen2Tokenizer,
    problems: list[Problem],
    *,
    steps: int,
    seed: int,
    batch_size: int = 64,
    learning_rate: float = 2e-3,
) -> Iterator[float]:
    """Train `model` in place on fresh worked solutions, a batch per step; yields the losses."""
    rng = random.Random(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, weight_decay=0.01)
    warm_up_then_decay = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 50) * (1 - 0.9 * step / steps)
    )
    for _ in range(steps):
        ids, labels = [], []
        for problem in rng.choices(problems, k=batch_size):
            prompt = prompt_tokens(tokenizer, problem)
            solution = tokenizer.encode(worked_solution(problem, rng), add_special_tokens=False)
            solution.append(tokenizer.eos_token_id)
            ids.append(torch.tensor(prompt + solution))
            labels.append(torch.tensor([-100] * len(prompt) + solution))
        # Padding comes last, where causal attention keeps it out of every other token.
        logits = model(pad_sequence(ids, batch_first=True)).logits
        targets = pad_sequence(labels, batch_first=True, padding_value=-100)
        loss = cross_entropy(logits[:, :-1].flatten(0, 1), targets[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        warm_up_then_decay.step()
        yield loss.item()


def write_problems(folder: Path) -> list[Problem]:
    """Write level 1 of the sample data set; returns the problems that are not held out.

    The files are train.parquet and held_out.parquet.
    """
    prepare("sample", folder / "sample")
    level_1 = pyarrow.compute.field("extra_info", "level") == "1"
    for split, name in ("train", "train"), ("test", "held_out"):
        rows = pyarrow.parquet.read_table(folder / f"sample/{split}.parquet", filters=level_1)
        pyarrow.parquet.write_table(rows, folder / f"{name}.parquet")
    held_out = {turn["content"] for [turn] in rows["prompt"].to_pylist()}
    return [problem for problem in PROBLEMS if problem.prompt not in held_out]
