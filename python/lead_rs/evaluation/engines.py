"""What answers: vLLM on a GPU, or transformers anywhere, slowly."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from lead_rs._errors import CommandError
from lead_rs.evaluation.parts import Generation, Request

EngineName: TypeAlias = Literal["vllm", "transformers"]
ENGINES: tuple[EngineName, ...] = ("vllm", "transformers")

# vLLM keeps room for the context: the limit of the response and a prompt of at most so many tokens.
PROMPT_ROOM = 4096


@dataclasses.dataclass(frozen=True)
class Sampling:
    """How responses are sampled, each with a seed of its own.

    Attributes:
        temperature: 0 takes the likeliest token.
        top_p: the share of the probability that is sampled from.
        max_tokens: the limit of a response.
    """

    temperature: float
    top_p: float
    max_tokens: int


Answered: TypeAlias = Callable[[int], object]
"""Told how many more responses there are, as they come."""


def unheard(count: int) -> None:
    """Nobody wants to know."""


class Engine(Protocol):
    """A loaded model."""

    def generate(
        self, requests: Sequence[Request], answered: Answered = unheard
    ) -> list[Generation]:
        """Answer the requests, in their order."""
        ...


def load(name: EngineName, model: str, sampling: Sampling, batch_size: int) -> Engine:
    """Load a model.

    Args:
        name: the engine.
        model: a folder or the hub's name.
        sampling: for all that it will be asked.
        batch_size: responses that transformers generates at once; vLLM finds its own.

    Raises:
        CommandError: a model that cannot be loaded, or has no chat template.
    """
    engine = VllmEngine if name == "vllm" else TransformersEngine
    return engine(model, sampling, batch_size)


class TransformersEngine:
    """transformers' generate, on a GPU if there is one: for trying things out."""

    def __init__(self, model: str, sampling: Sampling, batch_size: int) -> None:
        """Load the model, see `load`."""
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging

        if not sys.stderr.isatty():
            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.tokenizer = _tokenizer(model)
        self.sampling = sampling
        self.batch_size = batch_size
        on_gpu = torch.cuda.is_available()
        try:
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                model, dtype=torch.bfloat16 if on_gpu else torch.float32
            )
        except (OSError, ValueError) as error:
            raise CommandError(f"the model {model} cannot be loaded: {error}") from None
        self.model = loaded.to("cuda" if on_gpu else "cpu").eval()

    def generate(
        self, requests: Sequence[Request], answered: Answered = unheard
    ) -> list[Generation]:
        """Answer the requests; a response depends on its own prompt and seed alone."""
        prompts = [_prompt(self.tokenizer, request) for request in requests]
        _check_context(self.model.config, prompts, self.sampling)
        # Prompts of like length together: less padding.
        order = sorted(range(len(requests)), key=lambda i: len(prompts[i]))
        done: dict[int, Generation] = {}
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size]
            seeds = [requests[i].seed for i in chosen]
            for i, generation in zip(
                chosen, self._batch([prompts[i] for i in chosen], seeds), strict=True
            ):
                done[i] = generation
            answered(len(chosen))
        return [done[i] for i in range(len(requests))]

    def _batch(self, prompts: Sequence[list[int]], seeds: Sequence[int]) -> list[Generation]:
        import torch
        from transformers import GenerationConfig, LogitsProcessorList

        own: Any = self.model.generation_config
        ends = own.eos_token_id if own.eos_token_id is not None else self.tokenizer.eos_token_id
        ends = list(ends) if isinstance(ends, list | tuple) else [ends]
        padding = self.tokenizer.pad_token_id
        padding = ends[0] if padding is None else padding
        width = max(map(len, prompts))
        ids = torch.tensor([[padding] * (width - len(p)) + p for p in prompts])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
        processors = LogitsProcessorList()
        if self.sampling.temperature > 0:
            processors.append(_SeededSampling(self.sampling, seeds))
        # Not the model's own, which may have penalties and another temperature in it.
        config = GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=self.sampling.max_tokens,
            do_sample=False,
            eos_token_id=ends,
            pad_token_id=padding,
        )
        with torch.inference_mode():
            output = self.model.generate(
                input_ids=ids.to(self.model.device),
                attention_mask=mask.to(self.model.device),
                logits_processor=processors,
                generation_config=config,
            )
        return [self._generation(row, set(ends)) for row in output[:, width:].tolist()]

    def _generation(self, row: list[int], ends: set[int]) -> Generation:
        length = next((i + 1 for i, token in enumerate(row) if token in ends), None)
        tokens = row[:length]
        text = self.tokenizer.decode(tokens, skip_special_tokens=True)
        return Generation(text, len(tokens), truncated=length is None)


class _SeededSampling:
    """Makes the likeliest token a sampled one, each row by a generator of its own (Gumbel-max)."""

    def __init__(self, sampling: Sampling, seeds: Sequence[int]) -> None:
        import torch
        from transformers import TopPLogitsWarper

        self.temperature = sampling.temperature
        self.top_p = TopPLogitsWarper(sampling.top_p) if sampling.top_p < 1 else None
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        scores = scores.float() / self.temperature
        if self.top_p is not None:
            scores = self.top_p(input_ids, scores)
        noise = torch.stack(
            [
                torch.empty(scores.shape[1]).exponential_(generator=generator)
                for generator in self.generators
            ]
        )
        return scores - noise.log().to(scores.device)


class VllmEngine:
    """vLLM on the GPU that this process sees."""

    def __init__(self, model: str, sampling: Sampling, batch_size: int) -> None:
        """Load the model, see `load`."""
        from transformers import AutoConfig
        from vllm import LLM

        self.tokenizer = _tokenizer(model)
        self.sampling = sampling
        self.config = AutoConfig.from_pretrained(model)
        room = sampling.max_tokens + PROMPT_ROOM
        self.llm = LLM(
            model=model,
            # verl's checkpoints are float32, for which vLLM may choose float16.
            dtype="bfloat16",
            max_model_len=min(room, _context(self.config) or room),
        )

    def generate(
        self, requests: Sequence[Request], answered: Answered = unheard
    ) -> list[Generation]:
        """Answer the requests, all at once."""
        from vllm import SamplingParams

        prompts = [_prompt(self.tokenizer, request) for request in requests]
        _check_context(self.config, prompts, self.sampling)
        parameters = [
            SamplingParams(
                temperature=self.sampling.temperature,
                top_p=self.sampling.top_p,
                max_tokens=self.sampling.max_tokens,
                seed=request.seed,
            )
            for request in requests
        ]
        inputs = [{"prompt_token_ids": prompt} for prompt in prompts]
        outputs = [
            each.outputs[0] for each in self.llm.generate(inputs, parameters, use_tqdm=False)
        ]
        answered(len(outputs))
        return [
            Generation(each.text, len(each.token_ids), each.finish_reason == "length")
            for each in outputs
        ]


def _tokenizer(model: str) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(model)
    except (OSError, ValueError) as error:
        raise CommandError(f"the model {model} cannot be loaded: {error}") from None
    if tokenizer.chat_template is None:
        raise CommandError(f"the model {model} has no chat template, which the prompts need")
    return tokenizer


def _prompt(tokenizer: Any, request: Request) -> list[int]:
    ids: list[int] = tokenizer.apply_chat_template(
        request.messages, add_generation_prompt=True, return_dict=False
    )
    return ids


def _context(config: Any) -> int | None:
    value = getattr(config, "max_position_embeddings", None)
    return None if value is None else int(value)


def _check_context(config: Any, prompts: Sequence[list[int]], sampling: Sampling) -> None:
    context, longest = _context(config), max(map(len, prompts))
    if context is not None and longest + sampling.max_tokens > context:
        raise CommandError(
            f"the model's context is {context} tokens, too few for a prompt of {longest} and "
            f"--max-tokens {sampling.max_tokens}: at most {context - longest} fit"
        )
