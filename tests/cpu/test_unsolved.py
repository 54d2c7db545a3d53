"""A real run of verl on the CPU: LEAD on problems nobody solves."""

import importlib.util

import pytest
from small_run import PROMPTS, SMALL, finish, rows, start

from lead_rs.data import prepare
from lead_rs.demo.tasks import TINY
from lead_rs.demo.train import LEAD, overrides
from needs_data import needs, real_data

pytestmark = [
    pytest.mark.cpu_run,
    pytest.mark.verl,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="verl is not installed"),
]

MATH = "math/train.parquet"


@pytest.fixture(params=[pytest.param("math", marks=needs(MATH)), "sample"])
def problems(request, tmp_path):
    """A parquet file of problems far beyond the tiny model."""
    if request.param == "math":
        return real_data(MATH)
    prepare("sample", tmp_path / "sample")
    return tmp_path / "sample/train.parquet"


def test_lead_survives_problems_that_nobody_solves(problems, tmp_path):
    from lead_rs.demo.tiny.model import make_model, make_tokenizer

    # Untrained: one that had learnt to answer would be right by chance now and then.
    tokenizer = make_tokenizer()
    make_model(tokenizer, seed=1).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    settings = {
        **overrides(TINY, LEAD, tmp_path, tmp_path, seed=1),
        **SMALL,
        "data.train_files": problems,
        "data.val_files": problems,
        "data.max_prompt_length": 256,
        "data.filter_overlong_prompts": True,
        # The data's own source, deepscaler, leads to LEAD's reward function.
        "reward.custom_reward_function.path": "null",
        "trainer.save_freq": -1,
        "trainer.total_training_steps": 2,
        "trainer.resume_mode": "disable",
    }
    with start(tmp_path, settings) as process:
        finish(process, tmp_path)
    logged = rows(tmp_path)
    assert sorted(logged) == [1, 2]
    for step, metrics in logged.items():
        assert metrics["lead/step"] == step
        assert metrics["lead/accuracy_batch"] == 0
        assert metrics["lead/num_unsolved_prompts"] == PROMPTS
        assert metrics["lead/lstar_mean"] == 128
        assert metrics["lead/w_corr"] + metrics["lead/w_eff"] == pytest.approx(1)
        assert 0 < metrics["actor/grad_norm"] < 1000
