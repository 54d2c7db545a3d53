"""What may be passed: kinds of arrays, views, masks, uids; what comes back; threads and forks."""

from __future__ import annotations

import re

import numpy as np
import pytest

import lead_rs
from batches import large, tokens
from concurrency import assert_gil_released, assert_true_after_fork
from lead_rs._arrays import HUGE_PAGE

MASKS = [np.int64, np.bool_, np.uint8, np.int32, np.float32]


def expected(batch):
    return lead_rs.compute_advantage(**batch).advantages


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8", "i1", "u2", "i8", "?"])
def test_any_numeric_dtype(batch, dtype):
    out = lead_rs.compute_advantage(
        **{**batch, "correctness": np.array(batch["correctness"], dtype)}
    )
    np.testing.assert_array_equal(out.advantages, expected(batch))


def test_torch_in_torch_out(torch, batch):
    for dtype in (torch.float32, torch.bfloat16, torch.bool, torch.int64):
        out = lead_rs.compute_advantage(
            torch.tensor(batch["correctness"]).to(dtype),
            torch.tensor(batch["response_length"]),
            batch["index"],
        )
        for array in (out.advantages, out.efficiency_reward, out.target_length):
            assert isinstance(array, torch.Tensor)
        assert out.advantages.dtype == torch.float32
        np.testing.assert_array_equal(out.advantages.numpy(), expected(batch))
    assert "LeadOutput of 5 responses" in repr(out)


@pytest.mark.parametrize("name", ["correctness", "response_length"])
def test_one_tensor_is_enough_for_tensors(torch, batch, name):
    out = lead_rs.compute_advantage(**{**batch, name: torch.tensor(batch[name])})
    for array in (out.advantages, out.efficiency_reward, out.target_length):
        assert isinstance(array, torch.Tensor)
    np.testing.assert_array_equal(out.advantages.numpy(), expected(batch))


def test_complex_tensors_are_refused(torch, batch):
    scores = torch.ones(5, dtype=torch.complex64)
    with pytest.raises(TypeError, match="correctness must hold numbers, got dtype complex64"):
        lead_rs.compute_advantage(**{**batch, "correctness": scores})


def test_gradients_are_not_followed(torch, batch):
    correctness = torch.tensor(batch["correctness"], requires_grad=True)
    out = lead_rs.compute_advantage(correctness, batch["response_length"], batch["index"])
    assert not out.advantages.requires_grad


@pytest.mark.parametrize(
    "index",
    [
        np.array(["a", "a", "a", "b", "b"]),
        np.array(["a", "a", "a", "b", "b"], object),
        [1, 1, 1, 0, 0],
        np.array([1, 1, 1, 0, 0]),
        np.array([True, True, True, False, False]),
        (1, 1, 1, 0, 0),
        [(1, "x"), (1, "x"), (1, "x"), b"b", b"b"],
        ["\ud800", "\ud800", "\ud800", "", ""],
        [1, 1.0, True, "1", "1"],
    ],
    ids=[
        "U",
        "object",
        "ints",
        "int array",
        "bool array",
        "tuple",
        "tuples and bytes",
        "surrogates",
        "1 is 1.0",
    ],
)
def test_any_hashable_uid(batch, index):
    out = lead_rs.compute_advantage(**{**batch, "index": index})
    np.testing.assert_array_equal(out.advantages, expected(batch))


def test_uids_in_a_tensor(torch, batch):
    out = lead_rs.compute_advantage(**{**batch, "index": torch.tensor([1, 1, 1, 0, 0])})
    np.testing.assert_array_equal(out.advantages, expected(batch))


def test_equal_uids_need_not_be_one_object(batch):
    index = ["".join(["pro", "mpt", uid]) for uid in batch["index"]]
    out = lead_rs.compute_advantage(**{**batch, "index": index})
    np.testing.assert_array_equal(out.advantages, expected(batch))


@pytest.fixture
def arrays():
    correctness, length, index = large(3, 16, 8)
    length = np.minimum(length, 300)
    rewards, mask = tokens(correctness, length, 300)
    return rewards, mask, index


@pytest.mark.parametrize("dtype", MASKS)
@pytest.mark.parametrize("holes", [False, True])
def test_masks_and_views(arrays, dtype, holes):
    rewards, mask, index = arrays
    if holes:
        mask = mask.copy()
        mask[::3, 2:7] = 0
    wanted, _ = lead_rs.compute_lead_outcome_advantage(rewards, mask, index)
    assert wanted.dtype == np.float32
    mask = mask.astype(dtype)
    padded = np.zeros((len(mask), 350), dtype)
    padded[:, 50:] = mask
    for r, m in [
        (rewards, mask),
        (rewards, padded[:, 50:]),
        (np.asfortranarray(rewards), np.asfortranarray(mask)),
        (rewards[::-1][::-1], mask),
        (rewards.astype(">f4"), mask),
    ]:
        got, _ = lead_rs.compute_lead_outcome_advantage(r, m, index)
        np.testing.assert_array_equal(got, wanted)


def test_torch_tokens(torch, arrays):
    rewards, mask, index = arrays
    wanted, _ = lead_rs.compute_lead_outcome_advantage(rewards, mask, index)
    full = torch.zeros(len(mask), 400, dtype=torch.int64)
    full[:, -300:] = torch.from_numpy(mask)
    for kind in (torch.int64, torch.bool, torch.uint8, torch.int32, torch.float32):
        got, returns = lead_rs.compute_lead_outcome_advantage(
            torch.from_numpy(rewards), full.to(kind)[:, -300:], index
        )
        assert isinstance(got, torch.Tensor)
        assert returns is got
        np.testing.assert_array_equal(got.numpy(), wanted)


def test_masked_rewards_are_ignored_whatever_they_are(arrays):
    rewards, mask, index = arrays
    wanted, _ = lead_rs.compute_lead_outcome_advantage(rewards, mask, index)
    spoilt = np.where(mask == 1, rewards, np.float32(np.nan))
    got, _ = lead_rs.compute_lead_outcome_advantage(spoilt, mask, index)
    np.testing.assert_array_equal(got, wanted)


def test_correctness_overrides_the_row_sums(arrays):
    rewards, mask, index = arrays
    correctness = rewards.sum(1)
    wanted, _ = lead_rs.compute_lead_outcome_advantage(rewards, mask, index)
    got, _ = lead_rs.compute_lead_outcome_advantage(
        rewards - 0.125, mask, index, correctness=correctness
    )
    np.testing.assert_array_equal(got, wanted)


def test_inputs_are_not_written_to(arrays):
    rewards, mask, index = arrays
    before = rewards.copy(), mask.copy()
    rewards.flags.writeable = mask.flags.writeable = False
    lead_rs.compute_lead_outcome_advantage(rewards, mask, index)
    np.testing.assert_array_equal(rewards, before[0])
    np.testing.assert_array_equal(mask, before[1])


@pytest.fixture
def big():
    """Enough tokens to be spread over threads."""
    correctness, length, index = large(4, 32, 8)
    rewards, mask = tokens(correctness, np.minimum(length, 4000), 4000)
    return rewards, mask, index


def test_a_large_output_begins_with_a_huge_page(big):
    advantages, _ = lead_rs.compute_lead_outcome_advantage(*big)
    assert advantages.nbytes > HUGE_PAGE
    assert advantages.ctypes.data % HUGE_PAGE == 0


@pytest.fixture
def threads():
    yield lead_rs.set_num_threads
    lead_rs.set_num_threads(0)


def test_bit_identical_for_any_number_of_threads(big, threads):
    rng = np.random.default_rng(0)
    rewards, mask, index = big
    rewards = rewards + rng.standard_normal(rewards.shape, np.float32)
    results = []
    for n in (1, 2, 8, 1):
        threads(n)
        assert lead_rs.get_num_threads() == n
        results.append(lead_rs.compute_lead_outcome_advantage(rewards, mask, index)[0].tobytes())
    assert len(set(results)) == 1


def test_works_after_fork(big, threads):
    threads(2)
    wanted, _ = lead_rs.compute_lead_outcome_advantage(*big)

    def same():
        return (
            np.array_equal(lead_rs.compute_lead_outcome_advantage(*big)[0], wanted)
            and lead_rs.get_num_threads() == 2
        )

    assert_true_after_fork(same)


def test_the_gil_is_released(big):
    rewards, mask, index = big
    rewards, mask = np.tile(rewards, (24, 1)), np.tile(mask, (24, 1))
    index = np.concatenate([np.char.add(index, f"-{i}") for i in range(24)]).tolist()
    assert_gil_released(lambda: lead_rs.compute_lead_outcome_advantage(rewards, mask, index))


def test_logs_go_through_logging(batch, caplog, capfd):
    with caplog.at_level("DEBUG", logger="lead_rs"):
        lead_rs.compute_advantage(**batch)
    assert "L* = 1850.0 tokens, 2 of 3 correct" in caplog.text
    assert {record.levelname for record in caplog.records} == {"DEBUG"}
    assert capfd.readouterr().out == ""


def test_output_prints_readably(batch):
    out = lead_rs.compute_advantage(**{**batch, "correctness": [1, 0, 1, 0, 0]})
    head, *rows = repr(out).splitlines()
    assert head == "LeadOutput of 5 responses"
    shown = dict(re.split(r"\s{2,}", row.strip()) for row in rows)
    assert shown == {
        "step": "1",
        "prompts": "2",
        "accuracy": "0.400",
        "length, all / correct": "2920.0 / 1850.0",
        "target length L*": "4925.0",
        "lambda_corr / _eff": f"{out.lambda_corr:.4f} / {out.lambda_eff:.4f}",
        "advantages": f"{min(out.advantages):.3f} to {max(out.advantages):.3f}",
        "advantage~length r": " / ".join(
            f"{out.metrics[key]:+.3f}" for key in ("lead/adv_len_corr", "lead/adv_len_corr_correct")
        ),
    }
    html = out._repr_html_()
    assert html.startswith("<table><caption>LEAD, 5 responses</caption>")
    assert dict(re.findall("<tr><td>(.*?)</td><td>(.*?)</td></tr>", html)) == shown
