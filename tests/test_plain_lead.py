"""What the benchmark compares with computes the same thing."""

from __future__ import annotations

import numpy as np
import pytest

import lead_rs
import scripts
from batches import large, tokens


@pytest.fixture
def plain():
    return scripts.load("benches/speed/plain_lead.py")


def test_plain_lead_agrees(torch, plain):
    correctness, length, index = large(5, 24, 8)
    rewards, mask = tokens(correctness, np.maximum(length, 1), 8000)
    config = lead_rs.LeadConfig(lstar_mode="max_sym")
    wanted, _ = lead_rs.compute_lead_outcome_advantage(rewards, mask, index, config=config)
    r, m = torch.from_numpy(rewards), torch.from_numpy(mask)
    numbers = {uid: number for number, uid in enumerate(dict.fromkeys(index))}
    group = torch.tensor([numbers[uid] for uid in index])
    for got in (plain.plain_lead(r, m, index), plain.vectorised_lead(r, m, group, len(numbers))):
        np.testing.assert_allclose(got.numpy(), wanted, rtol=0, atol=1e-4)
