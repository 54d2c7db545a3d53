"""A tiny Qwen2 and its tokenizer, made from nothing."""

from __future__ import annotations

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import AddedToken, GenerationConfig, Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

from lead_rs.evaluation.presets import INSTRUCTION

END, START, STOP = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

WORDS = [
    *("user", "assistant", "What is $", " + ", f"$?{INSTRUCTION}"),
    *("Check: ", "Answer: \\boxed{", "+0=", "+1=", ", "),
]
"""What the task says in one token; everything else is spelled byte by byte."""

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def make_tokenizer() -> Qwen2Tokenizer:
    """Single bytes and the task's words, in Qwen's chat format.

    transformers loads the tokenizer of any qwen2 model as this class, so no other would do.
    """
    base = [END, START, STOP, *sorted(ByteLevel.alphabet())]
    tokenizer = Qwen2Tokenizer(
        vocab={token: i for i, token in enumerate(base)},
        merges=[],
        unk_token=END,
        pad_token=END,
        eos_token=STOP,
        additional_special_tokens=[START],
        clean_up_tokenization_spaces=False,
    )
    tokenizer.add_tokens([AddedToken(word, normalized=False, special=False) for word in WORDS])
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def make_model(tokenizer: Qwen2Tokenizer, seed: int) -> Qwen2ForCausalLM:
    """A freshly initialised Qwen2 of 0.4 million parameters."""
    torch.manual_seed(seed)
    tokens = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    model = Qwen2ForCausalLM(  # type: ignore[no-untyped-call]
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=96,
            intermediate_size=288,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=1024,
            tie_word_embeddings=False,
            bos_token_id=None,
            **tokens,
        )
    )
    model.generation_config = GenerationConfig(**tokens)  # type: ignore[no-untyped-call]
    return model
