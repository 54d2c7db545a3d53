"""A tiny Llama, a byte tokenizer and a trainer of it; imported only where TRL is installed."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def tokenizer():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<end>", "<pad>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    base = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    base.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    base.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=base, eos_token="<end>", pad_token="<pad>", padding_side="left"
    )


@pytest.fixture
def model(tokenizer):
    import torch
    from given import END, PAD
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=1,
            eos_token_id=END,
            pad_token_id=PAD,
            bos_token_id=None,
        )
    )


@pytest.fixture
def make(tmp_path, tokenizer, model):
    """Makes a trainer; what has no argument here and is not `lead_*` is a setting."""

    from datasets import Dataset
    from given import parity, settings

    from lead_rs.trl import LeadGRPOTrainer

    def make(cls=LeadGRPOTrainer, reward_funcs=parity, folder=tmp_path, rows=None, **changed):
        lead = {name: changed.pop(name) for name in list(changed) if name.startswith("lead_")}
        peft = changed.pop("peft_config", None)
        data = Dataset.from_list(rows or [{"prompt": f"{n}?"} for n in range(8)])
        trainer = cls(
            model=model,
            reward_funcs=reward_funcs,
            args=settings(folder, **changed),
            processing_class=tokenizer,
            train_dataset=data,
            eval_dataset=data,
            peft_config=peft,
            **lead,
        )
        trainer.model.train()
        return trainer

    return make
