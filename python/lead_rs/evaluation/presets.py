"""The settings of others' evaluations, by name."""

from __future__ import annotations

import dataclasses

INSTRUCTION = " Let's think step by step and output the final answer within \\boxed{}."
"""What follows the question in the prompts of the data sets, in training and evaluation."""

# lighteval's, after simple-evals: to compare numbers the prompt must be the same to the letter.
_LIGHTEVAL_PROMPT = (
    "Solve the following math problem efficiently and clearly.  The last line of your response "
    "should be of the following format: 'Therefore, the final answer is: $\\boxed{{ANSWER}}$. I "
    "hope it is correct' (without quotes) where ANSWER is just the final number or expression that "
    "solves the problem. Think step by step before answering.\n\n{question}"
)


@dataclasses.dataclass(frozen=True)
class Preset:
    """How a model is evaluated, unless options say otherwise.

    Attributes:
        sets: the sets of problems, by name.
        prompt: asks for the answer to a ``{question}``; None: the prompts of the sets' files.
        temperature: of sampling.
        top_p: the share of the probability that is sampled from.
        max_tokens: the limit of a response.
        seed: the run's.
    """

    sets: tuple[str, ...]
    prompt: str | None = None
    temperature: float = 0.8
    top_p: float = 0.9
    max_tokens: int = 32_768
    seed: int = 0


PAPER_SETS = ("math500", "olympiadbench", "aime2024", "aime2025", "amc2023")

PRESETS = {
    "paper": Preset(PAPER_SETS),
    "lighteval": Preset((*PAPER_SETS, "minerva"), _LIGHTEVAL_PROMPT),
}
"""``paper``: Table 1, as far as it says; ``lighteval``: what the authors themselves ran."""
