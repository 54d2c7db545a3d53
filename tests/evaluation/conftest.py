"""A tiny model that guesses: its only words are two answers, filler, and the end."""

import importlib.util

import pytest
from verl_rows import rows


@pytest.fixture(scope="session")
def guesser(tmp_path_factory):
    """The folder of a random model; a response is right now and then."""
    for name in ("torch", "transformers", "pyarrow"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, PreTrainedTokenizerFast

    words = ["<end>", "?", "hm", "\\boxed{1}", "\\boxed{2}", "What", "is"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "?"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")
    fast.chat_template = "{% for m in messages %}{{ m['role'] }} {{ m['content'] }} {% endfor %}"
    torch.manual_seed(0)
    model = GPTNeoXForCausalLM(
        GPTNeoXConfig(
            vocab_size=len(words),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=64,
            eos_token_id=0,
            bos_token_id=0,
        )
    )
    folder = tmp_path_factory.mktemp("models") / "guesser"
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture
def write_set(tmp_path):
    """Writes rows, or problems of these truths, as DATA/NAME/test.parquet; returns DATA."""

    def write(name, given):
        import pyarrow
        import pyarrow.parquet

        table = pyarrow.Table.from_pylist(rows(given) if isinstance(given, str) else given)
        (tmp_path / "data" / name).mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(table, tmp_path / "data" / name / "test.parquet")
        return tmp_path / "data"

    return write
