"""A run over two nodes, up to where it needs GPUs: a real Ray cluster, verl's own start on it."""

import json
import os
import tempfile

import pytest

LEAD = "train_math_lead_deepseek-r1-1.5b.sh"

# verl's `run_ppo` on two nodes of one machine. In its task runner's place is one that has verl's
# trainer reserve the GPUs (pretended ones), and looks where it is itself.
RUN = """
import json, os, signal, sys, warnings
warnings.simplefilter("ignore")
import ray
from omegaconf import OmegaConf
from ray.cluster_utils import Cluster
from verl.trainer.main_ppo import run_ppo

result = sys.argv[2]

@ray.remote(num_cpus=1)
class Probe:
    def run(self, config):
        from verl.trainer.ppo import core_algos
        from verl.trainer.ppo.v1 import get_trainer_cls

        trainer_class = get_trainer_cls("sync")
        trainer = object.__new__(trainer_class)
        trainer.config = config
        trainer.use_critic = trainer.use_teacher_policy = False
        trainer.use_reference_policy = True
        trainer._init_resource_pool_mgr()
        manager = trainer.resource_pool_manager
        manager.create_resource_pool()
        [pool] = manager.resource_pool_dict.values()
        groups = pool.get_placement_groups(device_name="GPU")
        ray.get([group.ready() for group in groups], timeout=60)
        placed = ray.util.placement_group_table()
        nodes = [placed[group.id.hex()]["bundles_to_node_id"].values() for group in groups]
        estimator = core_algos.get_adv_estimator_fn(config.algorithm.adv_estimator)
        with open(result, "w") as file:
            json.dump({
                "gpus": [group.bundle_count for group in groups],
                "nodes": [len(set(of)) for of in nodes],
                "all nodes": len({node for of in nodes for node in of}),
                "estimator": estimator.__module__,
                "log": os.environ.get("VERL_FILE_LOGGER_PATH"),
            }, file)

node = {"num_cpus": 16, "num_gpus": 4, "object_store_memory": 10**8}
cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
# Slow beside other tests.
cluster.add_node(wait=False, **node)
cluster.wait_for_nodes(timeout=120)
os.environ["RAY_ADDRESS"] = cluster.address
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.alarm(200)  # an error that still takes the cluster down
try:
    run_ppo(OmegaConf.load(sys.argv[1]), Probe)
finally:
    ray.shutdown()
    cluster.shutdown()
"""


@pytest.mark.ray
@pytest.mark.timeout(300)
def test_two_nodes(script, warm_python, tmp_path):
    """Each node's GPUs are one group, and LEAD is in the task runner, which has the log's path."""
    config, result = tmp_path / "config.yaml", tmp_path / "result.json"
    config.write_text(script(LEAD, "trainer.nnodes=2", DRY_RUN="full", OUTPUT_ROOT="out").stdout)
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as ray_folder:
        done = warm_python.run(
            ["-c", RUN, str(config), str(result)],
            env={**os.environ, "RAY_TMPDIR": ray_folder}, cwd=tmp_path, timeout=280,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert json.loads(result.read_text()) == {
        "gpus": [4, 4],
        "nodes": [1, 1],
        "all nodes": 2,
        "estimator": "lead_rs.verl.estimator",
        "log": str(tmp_path / "out/math_lead_4k_deepseek-r1-1.5b/metrics/000000.jsonl"),
    }
