"""The whole CUDA path but for the GPU itself: torch tensors in, the PTX on the host, tensors out.

Run by test_without_gpu.py with the mock driver; every CPU tensor counts as one on the device
"cuda:0" here.
"""

from __future__ import annotations

import contextlib
import os
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lead_rs
from batches import batches, configs, large, tokens
from lead_rs import _cuda
from test_bad_input import NAN, TOKENS, VECTORS, M, R, token_batch
from test_golden import check

REWARDS = (torch.float32, torch.bfloat16)
MASKS = (torch.int64, torch.int32, torch.uint8, torch.bool, torch.float32)


@pytest.fixture(autouse=True, scope="session")
def tensors_on_device():
    """Torch's side of the mock."""
    patch = pytest.MonkeyPatch()
    patch.setattr(_cuda, "_is_on_gpu", lambda value: isinstance(value, torch.Tensor))
    patch.setattr(_cuda, "_current", lambda device: contextlib.nullcontext())
    patch.setattr(_cuda, "_place", lambda device: (0, 0x57))
    patch.setattr(_cuda, "_empty", poisoned)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def order_of_warps(request, monkeypatch):
    """Another in every test, and in every run, but the same again of the same seed."""
    seed = int(os.environ.get("MOCK_CUDA_SEED", "0")) + zlib.crc32(request.node.name.encode())
    monkeypatch.setenv("MOCK_CUDA_SEED", str(seed % 2**31))


def poisoned(shape, dtype, device):
    """Fresh memory holds anything."""
    size = int(np.prod(shape)) * torch.empty(0, dtype=getattr(torch, dtype)).element_size()
    # 256 bytes is the boundary of torch's own allocator.
    room = torch.full((size + 256,), 0xFF, dtype=torch.uint8)
    start = -room.data_ptr() % 256
    return room[start : start + size].view(getattr(torch, dtype)).reshape(tuple(shape))


def device_step(correctness, length, index, controller):
    return lead_rs.compute_advantage(
        torch.as_tensor(np.asarray(correctness, float)),
        torch.as_tensor(np.asarray(length)),
        index,
        controller=controller,
    )


def test_vectors_are_the_cpu_s(batch):
    on_cpu, on_gpu = lead_rs.WeightController(), lead_rs.WeightController()
    wanted = lead_rs.compute_advantage(**batch, controller=on_cpu)
    got = device_step(batch["correctness"], batch["response_length"], batch["index"], on_gpu)
    for name in ("advantages", "efficiency_reward", "target_length"):
        assert isinstance(getattr(got, name), torch.Tensor)
        assert (getattr(got, name).numpy() == getattr(wanted, name)).all()
    assert got.metrics == wanted.metrics
    assert on_gpu.weights == on_cpu.weights


def test_any_number_of_rewards_is_the_cpu_s(batch):
    names = ("correctness", "efficiency", "format", "style")
    listed = [{"name": name, "min": -1, "max": 1} for name in names]
    config = lead_rs.LeadConfig(rewards=listed)
    rewards = {"format": [1.0, 0.0, 1.0, 0.5, 0.0], "style": [0.5, None, 0.1, -0.5, 0.75]}
    wanted = lead_rs.compute_advantage(**batch, rewards=rewards, config=config)
    arrays = {key: torch.as_tensor(batch[key]) for key in ("correctness", "response_length")}
    rewards["format"] = torch.as_tensor(rewards["format"])
    got = lead_rs.compute_advantage(**arrays, index=batch["index"], rewards=rewards, config=config)
    for name in ("advantages", "efficiency_reward", "target_length"):
        assert (getattr(got, name).numpy() == getattr(wanted, name)).all()
    assert got.metrics == wanted.metrics
    rewards["format"] = rewards["format"].numpy()
    with pytest.raises(
        TypeError, match=r"rewards\['format'\] must be on cpu, where correctness is"
    ):
        lead_rs.compute_advantage(**arrays, index=batch["index"], rewards=rewards, config=config)
    unjudged = lead_rs.LeadConfig(rewards=listed[3:])
    got = lead_rs.compute_advantage(
        None, arrays["response_length"], batch["index"], rewards={"style": rewards["style"]},
        config=unjudged,
    )  # fmt: skip
    assert isinstance(got.advantages, torch.Tensor)
    assert got.target_length is None


def test_golden_tokens(golden):
    controller = lead_rs.WeightController(lead_rs.LeadConfig.from_dict(golden["config"]))
    for step in golden["steps"][:1]:
        rewards, mask = tokens(step["correctness"], step["response_length"], golden["T"])
        advantages, returns = lead_rs.compute_lead_outcome_advantage(
            torch.from_numpy(rewards), torch.from_numpy(mask), step["uid"], controller=controller
        )
        assert returns is advantages
        first = np.where(mask[:, 0] == 1, advantages[:, 0], 0.0)
        assert (np.where(mask == 1, first[:, None], 0.0) == advantages.numpy()).all()
        check(step, first, controller)


@settings(max_examples=100, deadline=None)
@given(configs(), st.lists(batches(), min_size=1, max_size=2), st.integers(0, 3))
def test_the_bits_are_the_cpu_s(config, inputs, offset):
    """Advantages, weights and every metric, where a row's rewards add up exactly."""
    on_cpu, on_gpu = (lead_rs.WeightController(lead_rs.LeadConfig(**config)) for _ in range(2))
    for correctness, length, index in inputs:
        length = length % 700 + 1
        rewards, mask = tokens(correctness, length, 701 + offset)
        wanted, _ = lead_rs.compute_lead_outcome_advantage(rewards, mask, index, controller=on_cpu)
        got, _ = lead_rs.compute_lead_outcome_advantage(
            torch.from_numpy(rewards), torch.from_numpy(mask), index, controller=on_gpu
        )
        assert (got.numpy() == wanted).all()
        assert on_gpu.metrics == on_cpu.metrics
        assert on_gpu.weights == on_cpu.weights


@pytest.mark.parametrize("rewards_dtype", REWARDS, ids=str)
@pytest.mark.parametrize("mask_dtype", MASKS, ids=str)
@pytest.mark.parametrize("width", [1, 3, 64, 301, 1024, 2050])
@pytest.mark.parametrize("holes", [False, True])
def test_every_kind_of_array(rewards_dtype, mask_dtype, width, holes):
    rng = np.random.default_rng(width)
    length = rng.integers(0, width + 1, 24)
    length[:2] = width
    mask = (np.arange(width) < length[:, None]).astype(np.int64)
    if holes:
        mask[:, 1::5] = 0
    rewards = torch.from_numpy(rng.standard_normal(mask.shape).astype(np.float32))
    rewards = rewards.to(rewards_dtype)
    index = [f"p{i % 5}" for i in range(24)]
    config = lead_rs.LeadConfig(lstar_min=1, lstar_mode="max_sym")
    wanted, _ = lead_rs.compute_lead_outcome_advantage(
        rewards.float().numpy(), mask, index, config=config
    )
    spoilt = torch.where(torch.from_numpy(mask) == 1, rewards, torch.tensor(NAN).to(rewards_dtype))
    wide = torch.full((24, width + 5), 77, dtype=torch.int64)
    wide[:, 5:] = torch.from_numpy(mask)
    views = [
        (rewards, torch.from_numpy(mask).to(mask_dtype)),
        (spoilt, torch.from_numpy(mask).to(mask_dtype)),
        (rewards, (wide == 1).to(mask_dtype)[:, 5:]),
        (rewards.T.contiguous().T, torch.from_numpy(mask).to(mask_dtype).T.contiguous().T),
    ]
    for r, m in views:
        got, _ = lead_rs.compute_lead_outcome_advantage(r, m, index, config=config)
        assert got.dtype == torch.float32
        # The rewards of a row are added in another order.
        np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-5, atol=1e-5)
        assert (got.numpy()[mask == 0] == 0).all()


def test_given_correctness():
    rewards, mask = tokens(*large(4, 4, 6)[:2], 8000)
    scores = torch.arange(24) % 2
    index = [f"p{i % 4}" for i in range(24)]
    wanted, _ = lead_rs.compute_lead_outcome_advantage(
        rewards, mask, index, correctness=scores.tolist()
    )
    got, _ = lead_rs.compute_lead_outcome_advantage(
        torch.from_numpy(rewards), torch.from_numpy(mask), index, correctness=scores
    )
    assert (got.numpy() == wanted).all()


class Foreign:
    """Another library's array, made on a stream of its own."""

    def __init__(self, values):
        self.values = values


class OfInterface(Foreign):
    """Known by `__cuda_array_interface__`."""

    def __init__(self, values, stream):
        super().__init__(values)
        self.__cuda_array_interface__ = {
            "data": (values.ctypes.data, False),
            "shape": values.shape,
            "typestr": values.dtype.str,
            "version": 3,
            "stream": stream,
        }


class OfDlpack(Foreign):
    """Known by DLPack: it has the stream that asks wait for its own."""

    def __init__(self, values, events):
        super().__init__(values)
        self.events = events

    def __dlpack_device__(self):
        return (_cuda.DLPACK_CUDA, 0)

    def __dlpack__(self, *, stream, **others):
        self.events.append(("waits for theirs", stream))
        return self.values.__dlpack__()


@pytest.fixture
def events(monkeypatch):
    """What torch's stream 0x57 waits for, has run and is waited for."""
    events = []

    class Current:
        cuda_stream = 0x57

        def wait_stream(self, other):
            events.append(("waits for", other))

        def synchronize(self):
            events.append("done")

    def begin(*arguments):
        events.append("kernels")
        return compute(*arguments)

    compute = lead_rs._lead_rs.cuda_outcome_advantage
    monkeypatch.setattr(_cuda, "_is_on_gpu", lambda value: value is not None)
    monkeypatch.setattr(lead_rs._lead_rs, "cuda_outcome_advantage", begin)
    monkeypatch.setattr(torch.cuda, "ExternalStream", lambda handle, device: handle)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: Current())
    monkeypatch.setattr(torch, "as_tensor", lambda value, device: torch.from_numpy(value.values))
    return events


STREAMED, STREAMED_MASK = tokens([1.0, 0.0], [3, 4], 4)


def streamed(rewards):
    lead_rs.compute_lead_outcome_advantage(rewards, torch.from_numpy(STREAMED_MASK), ["a", "b"])


@pytest.mark.parametrize("stream", [None, 1, 77])
def test_the_stream_of_a_cuda_array_is_waited_for(events, stream):
    """Theirs before the kernels read, torch's before their memory may be given away."""
    streamed(OfInterface(STREAMED, stream))
    before = [] if stream is None else [("waits for", stream)]
    assert events == [*before, "kernels", "done"]


def test_the_stream_of_a_dlpack_array_is_waited_for(events):
    streamed(OfDlpack(STREAMED, events))
    assert events == [("waits for theirs", 0x57), "kernels", "done"]


def test_torch_s_own_stream_is_not_waited_for(events):
    streamed(torch.from_numpy(STREAMED))
    assert events == ["kernels"]


def on_device(value):
    return torch.as_tensor(value) if isinstance(value, np.ndarray) else value


# The CPU's cases and words, but for those that torch cannot hold or that are about dtypes.
TOKEN_CASES = [
    name
    for name in TOKENS
    if not name.startswith(("mask dtype", "reward", "1-d")) and name != "correctness size"
]


@pytest.mark.parametrize("name", TOKEN_CASES)
def test_bad_tokens(name):
    change, error, message = TOKENS[name]
    arguments = {**token_batch(), **change}
    if "correctness" in change:
        arguments["correctness"] = torch.tensor(change["correctness"])
    controller = lead_rs.WeightController()
    with pytest.raises(error, match=message):
        lead_rs.compute_lead_outcome_advantage(
            **{key: on_device(value) for key, value in arguments.items()}, controller=controller
        )
    assert controller.step == 0
    assert controller.metrics is None


@pytest.mark.parametrize("dtype", REWARDS)
def test_a_fault_deep_in_a_row(dtype):
    rewards, mask = torch.zeros(9, 2000, dtype=dtype), torch.ones(9, 2000, dtype=torch.int32)
    rewards[7, 1234] = -np.inf
    with pytest.raises(ValueError, match=R + ".*-inf in row 7, token 1234"):
        lead_rs.compute_lead_outcome_advantage(rewards, mask, ["a"] * 9)
    mask[5, 1999] = -1
    with pytest.raises(ValueError, match=M + ".*got -1 in row 5, token 1999"):
        lead_rs.compute_lead_outcome_advantage(rewards, mask, ["a"] * 9)


VECTOR_CASES = [
    name
    for name, (change, _, _) in VECTORS.items()
    if set(change) <= {"correctness", "response_length", "index"}
    and name not in ("text", "text length", "objects", "ragged", "complex", "scalar", "2-d")
]


@pytest.mark.parametrize("name", VECTOR_CASES)
def test_bad_vectors(name, batch):
    change, error, message = VECTORS[name]
    arguments = {**batch, **change}
    for key in ("correctness", "response_length"):
        arguments[key] = torch.tensor(arguments[key], dtype=torch.float64)
    controller = lead_rs.WeightController()
    with pytest.raises(error, match=message):
        lead_rs.compute_advantage(**arguments, controller=controller)
    assert controller.step == 0


def test_other_bad_arrays(batch):
    good = torch.ones(5)
    for bad, error, message in (
        (torch.ones(5, dtype=torch.complex64), TypeError, "correctness.*complex64"),
        (torch.ones(5, 1), ValueError, r"correctness.*\[B\], got \[5, 1\]"),
    ):
        with pytest.raises(error, match=message):
            lead_rs.compute_advantage(bad, good, batch["index"])
    for rewards, mask, error, message in (
        (torch.ones(3, 4).double(), torch.ones(3, 4), TypeError, R + ".*bfloat16, got float64"),
        (torch.ones(3, 4), torch.ones(3, 4).short(), TypeError, M + ".*got int16"),
        (torch.ones(3), torch.ones(3, 4), ValueError, R + r".*\[B, T\], got \[3\]"),
    ):
        with pytest.raises(error, match=message):
            lead_rs.compute_lead_outcome_advantage(rewards, mask, list("aab"))


def test_mixed_devices_are_refused(batch):
    scores = torch.tensor(batch["correctness"])
    for elsewhere in (batch["response_length"], np.array(batch["response_length"])):
        with pytest.raises(TypeError, match="response_length must be on cpu, where correctness is"):
            lead_rs.compute_advantage(scores, elsewhere, batch["index"])
    with pytest.raises(TypeError, match="response_length must be on cpu.*got Tensor on meta"):
        lead_rs.compute_advantage(scores, torch.ones(5, device="meta"), batch["index"])


def test_output_prints_readably(batch):
    out = device_step(batch["correctness"], batch["response_length"], batch["index"], None)
    assert "LeadOutput of 5 responses" in repr(out)
