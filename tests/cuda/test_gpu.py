"""On a GPU: the same numbers as on the CPU, the same bits on every run, the caller's stream."""

from __future__ import annotations

import numpy as np
import pytest

import lead_rs
from batches import large, tokens
from test_golden import check

pytestmark = pytest.mark.gpu


def batch_of(torch, gpu, seed=3, prompts=128, n=8, width=8000):
    correctness, length, index = large(seed, prompts, n)
    rewards, mask = tokens(correctness, np.minimum(length, width), width)
    return torch.from_numpy(rewards).to(gpu), torch.from_numpy(mask).to(gpu), index.tolist()


def test_golden_vectors(torch, gpu, golden):
    controller = lead_rs.WeightController(lead_rs.LeadConfig.from_dict(golden["config"]))
    for step in golden["steps"]:
        out = lead_rs.compute_advantage(
            torch.tensor(step["correctness"], device=gpu),
            torch.tensor(step["response_length"], device=gpu),
            step["uid"],
            controller=controller,
        )
        assert out.advantages.device == gpu
        check(step, out.advantages.cpu().numpy(), controller)


def test_golden_tokens(torch, gpu, golden):
    controller = lead_rs.WeightController(lead_rs.LeadConfig.from_dict(golden["config"]))
    for step in golden["steps"]:
        rewards, mask = tokens(step["correctness"], step["response_length"], golden["T"])
        advantages, _ = lead_rs.compute_lead_outcome_advantage(
            torch.from_numpy(rewards).to(gpu),
            torch.from_numpy(mask).to(gpu),
            step["uid"],
            controller=controller,
        )
        advantages = advantages.cpu().numpy()
        first = np.where(mask[:, 0] == 1, advantages[:, 0], 0.0)
        assert (np.where(mask == 1, first[:, None], 0.0) == advantages).all()
        check(step, first, controller)


@pytest.mark.parametrize("rewards_dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("mask_dtype", ["int64", "int32", "uint8", "bool", "float32"])
@pytest.mark.parametrize("width", [1, 3, 301, 4096])
@pytest.mark.parametrize("holes", [False, True])
def test_every_kind_of_array(torch, gpu, rewards_dtype, mask_dtype, width, holes):
    generator = torch.Generator().manual_seed(width)
    length = torch.randint(0, width + 1, (40,), generator=generator)
    length[:2] = width
    mask = torch.arange(width) < length[:, None]
    if holes:
        mask[:, 1::5] = False
    rewards = torch.randn(mask.shape, generator=generator).to(getattr(torch, rewards_dtype))
    index, config = [f"p{i % 7}" for i in range(40)], lead_rs.LeadConfig(lstar_min=1)
    wanted, _ = lead_rs.compute_lead_outcome_advantage(rewards.float(), mask, index, config=config)
    wide = torch.zeros(40, width + 5, dtype=getattr(torch, mask_dtype), device=gpu)
    wide[:, 5:] = mask.to(gpu)
    for m in (mask.to(gpu).to(wide.dtype), wide[:, 5:]):
        got, _ = lead_rs.compute_lead_outcome_advantage(rewards.to(gpu), m, index, config=config)
        np.testing.assert_allclose(got.cpu().numpy(), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("prompts", "n"), [(16384, 8), (1, 131072), (131072, 1)])
@pytest.mark.parametrize("aggregator", ["mean_correct", "median_correct", "quantile_correct"])
def test_131072_responses(torch, gpu, prompts, n, aggregator):
    correctness, length, index = large(5, prompts, n)
    config = lead_rs.LeadConfig(lstar_mode="max_sym", aggregator=aggregator)
    wanted = lead_rs.compute_advantage(correctness, length, index, config=config)
    got = lead_rs.compute_advantage(
        torch.from_numpy(correctness).to(gpu),
        torch.from_numpy(length).to(gpu),
        index,
        config=config,
    )
    assert got.lambda_corr == pytest.approx(wanted.lambda_corr, rel=0, abs=1e-6)
    np.testing.assert_allclose(got.advantages.cpu().numpy(), wanted.advantages, rtol=0, atol=1e-5)
    for key, value in wanted.metrics.items():
        assert got.metrics[key] == pytest.approx(value, rel=1e-6, abs=1e-6), key


def test_the_same_bits_on_every_run(torch, gpu):
    rewards, mask, index = batch_of(torch, gpu)
    rewards = rewards + torch.randn(rewards.shape, device=gpu)
    runs = {
        lead_rs.compute_lead_outcome_advantage(rewards, mask, index)[0].cpu().numpy().tobytes()
        for _ in range(20)
    }
    assert len(runs) == 1


def test_on_the_current_stream(torch, gpu):
    """Inputs that the caller's stream is still making are waited for, results are in its order."""
    rewards, mask, index = batch_of(torch, gpu)
    wanted, _ = lead_rs.compute_lead_outcome_advantage(rewards, mask, index)
    torch.cuda.synchronize(gpu)
    with torch.cuda.stream(torch.cuda.Stream(gpu)):
        late = torch.zeros_like(rewards)
        torch.cuda._sleep(100_000_000)
        late.copy_(rewards)
        got, _ = lead_rs.compute_lead_outcome_advantage(late, mask, index)
        late.fill_(7.0)
        same = torch.equal(got, wanted)
    assert same


def test_on_another_device(torch, gpu):
    if torch.cuda.device_count() < 2:
        pytest.skip("there is one GPU only")
    other = torch.device("cuda", 1 - gpu.index)
    rewards, mask, index = batch_of(torch, other, prompts=8)
    got, _ = lead_rs.compute_lead_outcome_advantage(rewards, mask, index)
    assert got.device == other
    assert torch.cuda.current_device() == gpu.index
    with pytest.raises(TypeError, match="response_mask must be on"):
        lead_rs.compute_lead_outcome_advantage(rewards, mask.to(gpu), index)


def test_mixed_devices_are_refused(torch, gpu, batch):
    scores = torch.tensor(batch["correctness"], device=gpu)
    with pytest.raises(TypeError, match=f"response_length must be on {gpu}.*on cpu"):
        lead_rs.compute_advantage(scores, torch.tensor(batch["response_length"]), batch["index"])
    with pytest.raises(TypeError, match=f"response_length must be on {gpu}.*got list on the CPU"):
        lead_rs.compute_advantage(scores, batch["response_length"], batch["index"])


@pytest.mark.parametrize("interface", ["__dlpack__", "__cuda_array_interface__"])
def test_other_libraries_arrays(torch, gpu, batch, interface):
    """Arrays known by one of the two protocols only, as CuPy's and JAX's are."""

    class Array:
        def __init__(self, values):
            self.tensor = torch.tensor(values, device=gpu, dtype=torch.float32)

    if interface == "__dlpack__":
        Array.__dlpack__ = lambda self, **keywords: self.tensor.__dlpack__(**keywords)
        Array.__dlpack_device__ = lambda self: self.tensor.__dlpack_device__()
    else:
        Array.__cuda_array_interface__ = property(lambda self: self.tensor.__cuda_array_interface__)
    wanted = lead_rs.compute_advantage(**batch)
    out = lead_rs.compute_advantage(
        Array(batch["correctness"]), Array(batch["response_length"]), batch["index"]
    )
    assert isinstance(out.advantages, torch.Tensor)
    np.testing.assert_allclose(out.advantages.cpu().numpy(), wanted.advantages, atol=1e-5)


def test_faults_are_named_as_on_the_cpu(torch, gpu):
    rewards, mask, index = batch_of(torch, gpu, prompts=8)
    rewards[5], mask[5] = 0, 1
    rewards[5, 4321] = float("nan")
    with pytest.raises(ValueError, match="token_level_rewards.*NaN in row 5, token 4321"):
        lead_rs.compute_lead_outcome_advantage(rewards, mask, index)
    mask[3, 17] = 2
    with pytest.raises(ValueError, match="response_mask.*got 2 in row 3, token 17"):
        lead_rs.compute_lead_outcome_advantage(rewards, mask, index)
    rewards[5, 4321], mask[3, 17] = 0, 1
    lead_rs.compute_lead_outcome_advantage(rewards, mask, index)  # the device is still usable
