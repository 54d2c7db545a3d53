"""Real runs of verl 0.8.0 and 0.7.1 on the CPU, stopped and resumed."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lead_rs.demo import verl_run
from lead_rs.demo.tasks import TINY
from lead_rs.demo.train import LEAD, overrides

WHEELS = Path(os.environ.get("LEAD_RS_VERL_WHEELS") or ".")

# The programs that train there, by version.
PROGRAMS = [("0.7.1", "main_ppo"), ("0.8.0", "main_ppo"), ("0.8.0", "main_ppo_sync")]

pytestmark = [
    pytest.mark.cpu_run,
    pytest.mark.long,
    pytest.mark.verl,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(importlib.util.find_spec("verl") is None, reason="verl is not installed"),
]

# Settings that the older versions do not have, or only so.
NEWER = ("trainer.v1.", "trainer.use_v1", "actor_rollout_ref.rollout.seed")
OF_VERSION = {
    "0.8.0": {},
    "0.7.1": {
        "trainer.use_legacy_worker_impl": "disable",
        "actor_rollout_ref.actor.fsdp_config.strategy": "fsdp2",
        # It would take the first of what is a set in newer transformers.
        "+actor_rollout_ref.actor.fsdp_config.wrap_policy.transformer_layer_cls_to_wrap": (
            "[Qwen2DecoderLayer]"
        ),
    },
}
NEWER_THAN = {"0.8.0": NEWER, "0.7.1": (*NEWER, "transfer_queue.backend.")}
PROMPTS, GROUP = 8, 4
SMALL = {
    "+ray_kwargs.ray_init.resources": "{cpu:1}",
    "ray_kwargs.ray_init.num_cpus": 16,
    "data.train_batch_size": PROMPTS,
    "data.max_response_length": 32,
    "actor_rollout_ref.actor.ppo_mini_batch_size": PROMPTS,
    "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu": PROMPTS * GROUP,
    "actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu": PROMPTS * GROUP,
    "actor_rollout_ref.rollout.n": GROUP,
    "trainer.val_before_train": False,
    "trainer.test_freq": -1,
    "trainer.save_freq": 2,
    "trainer.resume_mode": "auto",
}


def run(folder, settings, verl, program, steps):
    """Train to this step; the metrics that verl logged on the way, by step."""
    metrics = folder / f"metrics-{steps}.jsonl"
    paths = [Path(__file__).parent, verl]
    with verl_run._ray_folder() as ray_folder:
        given = {
            **settings,
            "+ray_kwargs.ray_init._temp_dir": ray_folder,
            "trainer.total_training_steps": steps,
        }
        environment = {
            **verl_run._environment(metrics, ray_folder),
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "VERL_USE_EXTERNAL_MODULES": "older_cpu,lead_rs.demo.verl_cpu.rollout",
        }
        for name in ("VERL_PLATFORM", "VERL_ENGINE_DEVICE"):
            del environment[name]
        overrides = map(verl_run._hydra, given.items())
        command = [sys.executable, "-m", f"verl.trainer.{program}", *overrides]
        done = subprocess.run(
            command, env=environment, cwd=folder, timeout=800, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    rows = map(json.loads, metrics.read_text().splitlines())
    return {row["step"]: row["data"] for row in rows}


@pytest.mark.parametrize(("version", "program"), PROGRAMS)
def test_trains_and_resumes(version, program, seed_folder, tmp_path):
    wheel = next(WHEELS.glob(f"verl-{version}-*.whl"), None)
    if wheel is None:
        pytest.skip(f"no verl-{version} wheel in LEAD_RS_VERL_WHEELS {WHEELS}")
    verl = tmp_path / f"verl-{version}"
    zipfile.ZipFile(wheel).extractall(verl)
    settings = {
        **verl_run.ON_A_CPU,
        **overrides(TINY, LEAD, seed_folder, tmp_path, seed=1),
        **SMALL,
        **OF_VERSION[version],
    }
    newer = NEWER_THAN[version]
    settings = {key: value for key, value in settings.items() if not key.startswith(newer)}

    first, second = (run(tmp_path, settings, verl, program, steps) for steps in (2, 4))
    assert (sorted(first), sorted(second)) == ([1, 2], [3, 4])
    weight = 0.5
    for step, metrics in sorted({**first, **second}.items()):
        assert metrics["lead/step"] == step
        weight = 0.95 * weight + 0.05 * metrics["lead/target_w_corr"]
        assert metrics["lead/w_corr"] == pytest.approx(max(weight, 0.3), abs=1e-12)
    state = tmp_path / "checkpoints" / "global_step_4" / "lead_state.json"
    assert json.loads(state.read_text())["weights"][0] == pytest.approx(weight, abs=1e-12)
