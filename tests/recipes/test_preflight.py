"""The checks before a run, each on what it must find and say."""

import importlib.util
import os
import socket
import types

import pytest

from lead_rs.cli import terminal
from lead_rs.installed_verl import TESTED
from lead_rs.recipes import preflight
from lead_rs.recipes.preflight import Finding

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("pyarrow.parquet")
OmegaConf = pytest.importorskip("omegaconf").OmegaConf

ROW = {"data_source": "deepscaler", "prompt": [], "reward_model": {"ground_truth": "1"}}


@pytest.fixture
def config(tmp_path):
    """As much of a configuration as the checks look at; both data files hold 660 rows."""
    for name in ("train", "test"):
        table = pyarrow.Table.from_pylist([ROW] * 660)
        pyarrow.parquet.write_table(table, tmp_path / f"{name}.parquet")
    return OmegaConf.create(
        {
            "data": {
                "train_files": str(tmp_path / "train.parquet"),
                "val_files": str(tmp_path / "test.parquet"),
                "train_batch_size": 66,
            },
            "trainer": {
                "default_local_dir": str(tmp_path / "run" / "checkpoints"),
                "logger": ["console"],
                "max_actor_ckpt_to_keep": None,
                "n_gpus_per_node": 2,
                "nnodes": 1,
                "save_freq": 4,
                "total_epochs": 1,
                "total_training_steps": None,
            },
            "actor_rollout_ref": {
                "model": {"path": str(tmp_path), "override_config": {}},
                "rollout": {"name": "vllm"},
            },
            "algorithm": {"adv_estimator": "lead", "lead_beta": 0.9},
            "reward": {"custom_reward_function": {"path": "pkg://lead_rs.verl.reward"}},
        }
    )


@pytest.fixture
def nvidia_smi(monkeypatch, tmp_path):
    """Put a program in nvidia-smi's place, which answers with one line a GPU."""

    def answer(*lines):
        program = tmp_path / "bin" / "nvidia-smi"
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\ncat <<'END'\n" + "\n".join(lines) + "\nEND\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    return answer


def verdicts(found):
    return [finding.ok for finding in found]


A6000 = "NVIDIA RTX A6000, 49140, 3"


def test_gpus(nvidia_smi):
    nvidia_smi(f"0, GPU-a, {A6000}", f"1, GPU-b, {A6000}")
    assert list(preflight.gpus(2, 44)) == [Finding(True, "2 GPUs, 2 wanted")]
    [few] = preflight.gpus(4, 44)
    assert few == Finding(False, "2 GPUs, 4 wanted: set N_GPUS, or show more of them")
    # Only those that the run takes are looked at; one of just the size is large enough.
    nvidia_smi("0, GPU-a, NVIDIA L40S, 45056, 0", "1, GPU-b, NVIDIA A10, 23028, 20480")
    assert list(preflight.gpus(1, 44)) == [Finding(True, "2 GPUs, 1 wanted")]


@pytest.mark.parametrize("visible", ["1", "GPU-b", " 1 ,7"])
def test_only_visible_gpus_count(nvidia_smi, monkeypatch, visible):
    nvidia_smi(f"0, GPU-a, {A6000}", f"1, GPU-b, {A6000}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    [one] = preflight.gpus(1, 44)
    assert one == Finding(True, f"1 GPUs (CUDA_VISIBLE_DEVICES={visible}), 1 wanted")


def test_gpus_that_are_all_hidden(nvidia_smi, monkeypatch):
    nvidia_smi(f"0, GPU-a, {A6000}", "")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    [none] = preflight.gpus(1, 44)
    assert none.ok is False
    assert none.text.startswith("0 GPUs (CUDA_VISIBLE_DEVICES=), 1 wanted: set N_GPUS")


def test_small_and_busy_gpus(nvidia_smi):
    nvidia_smi("0, GPU-a, NVIDIA A10, 23028, 0", "1, GPU-b, NVIDIA RTX A6000, 49140, 20480")
    count, small, busy = preflight.gpus(2, 44)
    assert count.ok
    assert not small.ok
    assert small.text.startswith("GPU 0 (NVIDIA A10) has 22 GiB, the recipe is sized for 44: lower")
    assert busy == Finding(None, "GPU 1 is in use: 20 GiB of it are taken")


def test_no_gpus(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    [none] = preflight.gpus(1, 44)
    assert none.text == "no NVIDIA GPU can be seen: there is no nvidia-smi on this machine"
    assert none.ok is False


def test_a_driver_that_does_not_answer(nvidia_smi, tmp_path):
    nvidia_smi()
    (tmp_path / "bin" / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    [none] = preflight.gpus(1, 44)
    assert none.ok is False
    assert "returned non-zero exit status 9" in none.text


def test_settings(config):
    assert verdicts(preflight.settings(config)) == [True, True]
    config.algorithm.lead_beta = 2
    config.reward.custom_reward_function.reward_kwargs = {"length_mode": "clasic"}
    lead, reward = preflight.settings(config)
    assert (lead.ok, reward.ok) == (False, False)
    assert lead.text == "LEAD's settings: beta must be in [0, 1], got 2"
    assert "length_mode" in reward.text
    assert "clasic" in reward.text
    with pytest.raises(preflight.CannotRun, match="beta must be.*; the reward's settings: "):
        preflight.require_usable(config)
    config.algorithm.adv_estimator = "grpo"  # LEAD's are not read then
    config.reward.custom_reward_function.path = "mine.py"
    assert list(preflight.settings(config)) == []


def test_the_checkpoint_folder(config, tmp_path, monkeypatch):
    assert list(preflight.checkpoint_folder(config)) == []
    folder = tmp_path / "run" / "checkpoints"
    (folder / "global_step_50").mkdir(parents=True)
    (folder / "latest_checkpointed_iteration.txt").write_text("50")
    assert list(preflight.checkpoint_folder(config)) == [
        Finding(None, f"goes on from step 50 of {folder}")
    ]
    refused = Finding(False, f"checkpoints cannot be written to {folder}: set CKPT_DIR")
    preflight.require_usable(config)
    asked = folder, os.W_OK | os.X_OK
    monkeypatch.setattr(preflight.os, "access", lambda *of: of != asked)
    assert list(preflight.checkpoint_folder(config)) == [refused]
    monkeypatch.undo()
    config.trainer.default_local_dir = str(folder / "latest_checkpointed_iteration.txt" / "run")
    [refused] = preflight.checkpoint_folder(config)
    assert refused.ok is False


def test_data(config, tmp_path):
    assert list(preflight.data_files(config)) == [
        Finding(True, f"{tmp_path}/train.parquet: 660 problems"),
        Finding(True, f"{tmp_path}/test.parquet: 660 problems"),
    ]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.unlink(), "is not there: lead-rs data math, or set DATA_DIR"),
        (lambda file: file.write_bytes(b"PAR1"), "is not a parquet file"),
        (lambda file: pyarrow.parquet.write_table(pyarrow.table({"prompt": ["Q"]}), file),
         "has no column data_source, reward_model"),
        (lambda file: pyarrow.parquet.write_table(pyarrow.Table.from_pylist([ROW])[:0], file),
         "train.parquet: 0 problems"),
    ],
)  # fmt: skip
def test_data_that_cannot_be_used(config, tmp_path, damage, message):
    damage(tmp_path / "train.parquet")
    wrong, right = preflight.data_files(config)
    assert wrong.ok is False
    assert message in wrong.text
    assert right.ok


def test_data_in_several_files(config, tmp_path):
    one = tmp_path / "one.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([ROW]), one)
    config.data.train_files = [str(one), config.data.train_files]
    assert [found.text for found in preflight.data_files(config)] == [
        f"{one}: 1 problems",
        f"{tmp_path}/train.parquet: 660 problems",
        f"{tmp_path}/test.parquet: 660 problems",
    ]
    assert verdicts(preflight.data_files(config)) == [True] * 3
    assert preflight.row_count(config) == 661
    one.unlink()
    assert preflight.row_count(config) == 0


@pytest.mark.parametrize(
    ("step", "every", "keep", "count"),
    [(0, 4, None, 3), (4, 4, None, 2), (10, 4, None, 0), (0, 5, None, 2), (0, -1, None, 0),
     (0, 1, None, 10), (0, 1, 2, 3), (9, 1, 2, 1)],
)  # fmt: skip
def test_checkpoints_to_come(config, step, every, keep, count):
    config.trainer.save_freq, config.trainer.max_actor_ckpt_to_keep = every, keep
    assert preflight.checkpoints_to_come(config, 660, step) == count


def test_disk(config, monkeypatch, tmp_path):
    monkeypatch.setattr(
        preflight.shutil, "disk_usage", lambda place: types.SimpleNamespace(free=60e9)
    )
    expected = f"60 GB free in {tmp_path}, 3 checkpoints of 20 GB to come"
    assert list(preflight.disk(config, 20)) == [Finding(True, expected)]
    [full] = preflight.disk(config, 21)
    assert full.ok is False
    assert full.text.endswith("set CKPT_DIR, or trainer.max_actor_ckpt_to_keep=2")


def test_the_last_checkpoint_is_a_whole_one(tmp_path):
    assert preflight.last_checkpoint(tmp_path) == 0
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("50")
    assert preflight.last_checkpoint(tmp_path) == 0
    (tmp_path / "global_step_50").mkdir()
    assert preflight.last_checkpoint(tmp_path) == 50
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("5x")
    assert preflight.last_checkpoint(tmp_path) == 0


def test_a_model_in_a_folder(tmp_path):
    assert list(preflight.model(str(tmp_path))) == [
        Finding(False, f"model {tmp_path} has no config.json")
    ]
    (tmp_path / "config.json").write_text("{}")
    assert list(preflight.model(str(tmp_path))) == [Finding(True, f"model {tmp_path}")]
    [missing] = preflight.model("/no/such/model")
    assert missing == Finding(False, "model /no/such/model: no such folder: set BASE_MODEL")


@pytest.mark.parametrize(
    ("gated", "token", "verdict", "message"),
    [
        (False, None, True, "to be downloaded"),
        ("manual", None, False, "is gated: accept its terms on https://huggingface.co/org/model"),
        ("auto", "token", True, "to be downloaded"),
        (ConnectionError("no route"), None, False, "nor to be had from the hub (ConnectionError)"),
    ],
)
def test_a_model_of_the_hub(monkeypatch, tmp_path, gated, token, verdict, message):
    import huggingface_hub

    def model_info(name, timeout):
        if isinstance(gated, Exception):
            raise gated
        return types.SimpleNamespace(gated=gated)

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: None)
    monkeypatch.setattr(huggingface_hub, "model_info", model_info)
    monkeypatch.setattr(huggingface_hub, "get_token", lambda: token)
    [found] = preflight.model("org/model")
    assert found.ok is verdict
    assert message in found.text


def test_a_model_in_the_cache_needs_no_network(monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: "/cache/config.json")
    monkeypatch.setattr(huggingface_hub, "model_info", None)
    assert verdicts(preflight.model("org/model")) == [True]


def test_packages(config, monkeypatch):
    there = importlib.util.find_spec("json")
    monkeypatch.setattr(preflight.importlib.util, "find_spec", lambda name: there)
    monkeypatch.setattr(preflight, "verl_version", lambda: "0.9.1")
    monkeypatch.setattr(preflight.importlib.metadata, "version", lambda name: "1.0")
    found = list(preflight.packages(config))
    assert [finding.text for finding in found] == [
        "verl 0.9.1", "lead-rs 1.0", "vllm 1.0", "flash-attn 1.0",
    ]  # fmt: skip
    assert all(verdicts(found))


def test_packages_that_are_missing(config, monkeypatch):
    monkeypatch.setattr(preflight.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(preflight, "verl_version", lambda: "0.10.0")
    config.trainer.logger = ["console", "wandb"]
    version, lead_rs, vllm, attention, wandb = preflight.packages(config)
    assert version == Finding(None, f"verl 0.10.0; tested are {', '.join(TESTED)}")
    assert lead_rs == Finding(False, "lead-rs is not installed: pip install lead-rs")
    assert vllm == Finding(False, "vllm is not installed: pip install 'verl[vllm]==0.10.0'")
    assert "attn_implementation=sdpa" in attention.text
    assert "unset WANDB_API_KEY" in wandb.text
    config.actor_rollout_ref.model.override_config.attn_implementation = "flash_attention_2"
    assert list(preflight.packages(config)) == [version, lead_rs, vllm, attention, wandb]
    config.actor_rollout_ref.model.override_config.attn_implementation = "sdpa"
    config.actor_rollout_ref.rollout.name = "sglang"
    assert list(preflight.packages(config)) == [version, lead_rs, wandb]


def test_a_package_without_a_version_is_there(config, monkeypatch):
    there = importlib.util.find_spec("json")
    monkeypatch.setattr(preflight.importlib.util, "find_spec", lambda name: there)
    monkeypatch.setattr(preflight, "verl_version", lambda: "0.9.1")

    def version(name):
        raise preflight.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(preflight.importlib.metadata, "version", version)
    assert list(preflight.packages(config))[1:] == [
        Finding(True, name) for name in ("lead-rs", "vllm", "flash-attn")
    ]


def test_ray(monkeypatch, tmp_path):
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    assert list(preflight.ray_cluster(1)) == []
    [missing] = preflight.ray_cluster(2)
    assert missing.ok is False
    assert "2 nodes need a Ray cluster: ray start --head on the first" in missing.text

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("RAY_ADDRESS", address)
        joined = Finding(None, f"the run will join the Ray cluster at {address}")
        assert list(preflight.ray_cluster(2)) == [joined]
        monkeypatch.setenv("RAY_ADDRESS", f"ray://{address}")
        assert verdicts(preflight.ray_cluster(2)) == [None]
    assert verdicts(preflight.ray_cluster(1)) == [False]
    monkeypatch.setenv("RAY_ADDRESS", "nowhere")
    [wrong] = preflight.ray_cluster(1)
    assert wrong.text == "no Ray answers at RAY_ADDRESS=nowhere: is the port open? Or unset it"


def test_a_cluster_that_is_gone_only_matters_to_several_nodes(monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    (tmp_path / "ray").mkdir()
    (tmp_path / "ray" / "ray_current_cluster").write_text(address)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    assert list(preflight.ray_cluster(1)) == []
    assert verdicts(preflight.ray_cluster(2)) == [False]


def test_all_of_it(config, nvidia_smi, monkeypatch, capsys, tmp_path):
    """A machine where everything is as it should be, and one where two things are not."""
    nvidia_smi(f"0, GPU-a, {A6000}", f"1, GPU-b, {A6000}")
    monkeypatch.setattr(preflight, "packages", lambda config: [])
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    preflight.require(config, gpu_memory=44, checkpoint_size=0, show=terminal.finding)
    (tmp_path / "config.json").unlink()
    (tmp_path / "test.parquet").unlink()
    with pytest.raises(preflight.CannotRun, match="2 of the checks failed"):
        preflight.require(config, gpu_memory=44, checkpoint_size=0, show=terminal.finding)
    assert capsys.readouterr().out.count("FAIL ") == 2
