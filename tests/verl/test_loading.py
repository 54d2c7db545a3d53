"""verl's own programs, up to where they would need a GPU: LEAD is where the trainer is."""

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from verl_versions import loads_plugins, wheel_folders

HERE = Path(__file__).parent
NO_TOKEN = {"RAY_AUTH_MODE": "disabled"}
"""Another test that starts Ray in this process leaves another mode in its environment."""

pytestmark = [
    pytest.mark.ray,
    pytest.mark.cpu_run,
    pytest.mark.timeout(300),
    pytest.mark.long,
]

CLUSTER = """
import ray, sys
ray.init("local", num_cpus=4, include_dashboard=False, _temp_dir=sys.argv[1])
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def running_cluster():
    """The address of a Ray cluster that was there before verl, and knows nothing of LEAD."""
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        cluster = subprocess.Popen(
            [sys.executable, "-c", CLUSTER, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **NO_TOKEN},
        )
        lines = iter(cluster.stdout.readline, "")
        yield next(line.strip() for line in lines if line.strip()[:1].isdigit())
        cluster.communicate("")


MAIN = "verl.trainer.main_ppo"
MAIN_SYNC = "verl.trainer.main_ppo_sync"
FULLY_ASYNC = "verl.experimental.fully_async_policy.fully_async_main"
PROGRAMS = {
    "installed": {MAIN: "PPOTrainerSync", FULLY_ASYNC: "FullyAsyncTrainer"},
    "0.9.0": {MAIN: "PPOTrainerSync", FULLY_ASYNC: "FullyAsyncTrainer"},
    "0.7.1": {MAIN: "RayPPOTrainer"},
    "0.8.0": {
        MAIN: "RayPPOTrainer",
        MAIN_SYNC: "PPOTrainer",
        FULLY_ASYNC: "FullyAsyncTrainer",
    },
}
CHECKPOINTS = ["_load_checkpoint", "_save_checkpoint"]
ON_TRANSFER_QUEUE = ["_compute_advantage", "_dump_generations", *CHECKPOINTS]
EXTENDED = {
    "PPOTrainerSync": ON_TRANSFER_QUEUE,
    "PPOTrainer": ON_TRANSFER_QUEUE,
    "RayPPOTrainer": CHECKPOINTS,
    "FullyAsyncTrainer": ["_fit_compute_advantage", "_save_checkpoint", "load_checkpoint"],
}
CASES = [
    pytest.param(
        *wheel.values, program, id=f"{wheel.id}-{program.split('.')[-1]}", marks=wheel.marks
    )
    for wheel in wheel_folders()
    for program in PROGRAMS[wheel.id]
]


@pytest.fixture
def run(python, unpacked, tmp_path):
    """Run a program of verl's on a Ray cluster; what it has of LEAD where its trainer is."""

    def run(wheel, program, address):
        folder, report = unpacked(wheel), tmp_path / "report.json"
        variables = {
            "PYTHONPATH": ":".join(str(each) for each in (HERE, folder) if each),
            "LEAD_PROBE": str(report),
        }
        if loads_plugins(wheel):
            # 0.9 finds LEAD by itself, so that nobody passes the variable on.
            variables["VERL_USE_EXTERNAL_MODULES"] = "probe"
        if program == MAIN_SYNC:
            # Where there are variables, verl fails to add this one.
            variables["TRANSFER_QUEUE_ENABLE"] = "1"
        overrides = [
            f"+ray_kwargs.ray_init.runtime_env.env_vars.{name}='{value}'"
            for name, value in variables.items()
        ]
        done = python(
            "-W", "ignore", "-m", program, *overrides, f"+ray_kwargs.ray_init.address={address}",
            "+ray_kwargs.ray_init.include_dashboard=False", "ray_kwargs.ray_init.num_cpus=null",
            "algorithm.adv_estimator=lead", "trainer.resume_mode=disable", "trainer.logger=[]",
            f"actor_rollout_ref.hybrid_engine={program != FULLY_ASYNC}",
            "actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=1",
            "actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu=1",
            path=variables["PYTHONPATH"], expect=1, timeout=250, VERL_USE_EXTERNAL_MODULES="probe",
            **NO_TOKEN,
        )  # fmt: skip
        assert "RuntimeError: probed" in done.stderr, done.stdout + done.stderr
        return json.loads(report.read_text())

    return run


@pytest.mark.parametrize(("wheel", "program"), CASES)
def test_lead_is_in_a_cluster_that_was_running(run, running_cluster, wheel, program):
    version = wheel if wheel == "installed" else wheel.name.split("-")[1]
    trainer = PROGRAMS[version][program]
    assert run(wheel, program, running_cluster) == {
        "verl": importlib.metadata.version("verl") if wheel == "installed" else version,
        "estimator": True,
        "failures": [],
        "trainer": trainer,
        "extended": EXTENDED[trainer],
        "restored": True,
    }


@pytest.mark.parametrize("wheel", wheel_folders()[1:])
def test_lead_is_in_a_cluster_of_verls_own(run, wheel):
    assert run(wheel, MAIN, "local")["restored"]
