"""The diffs of `verl_patch` on each real verl: settings, numbers, and what is refused."""

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_hydra import COMPOSE, CONFIG
from verl_versions import verl_folder, wheel_folders

import scripts

TESTS = Path(__file__).parents[1]
APPLY = TESTS.parent / "verl_patch" / "apply.py"


@pytest.fixture(scope="session")
def apply():
    """The script as a module."""
    return scripts.load("verl_patch/apply.py")


@pytest.fixture(scope="session")
def tree(tmp_path_factory, unpacked):
    """A copy of a real verl, to be changed."""

    def copy(wheel):
        folder = unpacked(wheel)
        source = verl_folder() if folder is None else folder / "verl"
        target = tmp_path_factory.mktemp("tree")
        shutil.copytree(source, target / "verl", ignore=shutil.ignore_patterns("__pycache__"))
        return target

    return copy


@pytest.fixture(scope="session")
def patched(tree):
    """A real verl with LEAD in it, not to be changed."""

    @functools.cache
    def patch(wheel):
        folder = tree(wheel)
        subprocess.run([sys.executable, str(APPLY), str(folder)], check=True)
        return folder

    return patch


@pytest.mark.parametrize("name", ["ppo_trainer", "ppo_megatron_trainer"])
@pytest.mark.parametrize("wheel", wheel_folders())
def test_the_settings_are_those_of_the_overlay(python, unpacked, patched, wheel, name):
    def composed(path):
        """What the overlay makes of a configuration, and what it is without."""
        arguments = json.dumps([CONFIG, name, []])
        done = python("-W", "ignore", "-c", COMPOSE, arguments, path=path)
        both = json.loads(done.stdout.splitlines()[-1])[:2]
        # As text: 8000 is not 8000.0 there.
        return [json.dumps(config, sort_keys=True) for config in both]

    overlay, vanilla = composed(unpacked(wheel))
    overlay_and_patch, patch = composed(patched(wheel))
    assert patch == overlay != vanilla
    assert overlay_and_patch == overlay


# One with a beta of 0.9, one with what the YAML says, one with a value where the YAML has null.
CASES = ["hyper/a0.5-b0.9-m0.0-x4000", "max_asym/mean_correct", "static/0.2"]

STEPS = """
import json, sys, warnings
warnings.simplefilter("ignore")
tests, names, alone = json.loads(sys.argv[1])
if alone:
    sys.modules["hydra_plugins"] = None
from pathlib import Path
import verl
import torch
from hydra import compose, initialize_config_dir
from verl import DataProto
from verl.trainer.ppo import core_algos, ray_trainer
sys.path.insert(0, tests)
from batches import tokens
from lead_rs.verl import hooks, run
import numpy as np

def layers(function):
    count = 0
    while hasattr(function, "__wrapped__"):
        function, count = function.__wrapped__, count + 1
    return count

steps = []
folder = Path(verl.__file__).parent / "trainer" / "config"
lines = Path(tests, "golden", "lead_steps.jsonl").read_text().splitlines()
golden = {case["name"]: case for case in map(json.loads, lines)}
for case in map(golden.get, names):
    with initialize_config_dir(str(folder), version_base=None):
        algorithm = compose(
            "ppo_trainer",
            ["algorithm.adv_estimator=lead"]
            + [f"algorithm.lead_{key}={value}" for key, value in case["config"].items()],
        ).algorithm
    for step in case["steps"]:
        rewards, mask = map(
            torch.from_numpy, tokens(step["correctness"], step["response_length"], case["T"])
        )
        data = DataProto.from_dict(
            tensors={
                "response_mask": mask,
                "token_level_scores": rewards,
                "token_level_rewards": rewards.clone(),
            },
            non_tensors={"uid": np.array(step["uid"], dtype=object)},
        )
        data = ray_trainer.compute_advantage(
            data, adv_estimator=algorithm.adv_estimator, config=algorithm
        )
        advantages = data.batch["advantages"]
        assert torch.equal(advantages, advantages[:, :1] * mask)
        steps.append([advantages[:, 0].tolist(), run.of_algorithm(algorithm).take_metrics()])
print(json.dumps({
    "where": verl.__file__,
    "estimator": core_algos.get_adv_estimator_fn("lead").__module__,
    "layers": [
        layers(ray_trainer.compute_advantage), layers(ray_trainer.RayPPOTrainer._save_checkpoint)
    ],
    "failures": list(map(str, hooks.failures.values())),
    "steps": steps,
}))
"""


def alone_and_not():
    """Each verl with the patch alone; one that loads plug-ins and one that doesn't, with both."""
    for wheel in wheel_folders():
        for alone in (True, False) if wheel.id in ("installed", "0.7.1") else (True,):
            name = f"{wheel.id}-{'patch' if alone else 'patch and plug-in'}"
            yield pytest.param(*wheel.values, alone, id=name, marks=wheel.marks)


@pytest.mark.parametrize(("wheel", "alone"), list(alone_and_not()))
def test_golden_cases_through_the_patched_verl(python, patched, wheel, alone):
    folder = patched(wheel)
    plugin = {
        "VERL_USE_EXTERNAL_PLUGINS": "none" if alone else "auto",
        "VERL_USE_EXTERNAL_MODULES": "" if alone else "lead_rs.verl",
    }
    done = python("-c", STEPS, json.dumps([str(TESTS), CASES, alone]), path=folder, **plugin)
    found = json.loads(done.stdout.splitlines()[-1])
    assert Path(found["where"]).parents[1] == folder
    assert found["estimator"] == "lead_rs.verl.estimator"
    assert found["layers"] == [1, 1]
    assert found["failures"] == []

    lines = (TESTS / "golden" / "lead_steps.jsonl").read_text().splitlines()
    golden = {case["name"]: case["steps"] for case in map(json.loads, lines)}
    expected = [step for name in CASES for step in golden[name]]
    for step, (advantages, metrics) in zip(expected, found["steps"], strict=True):
        assert advantages == pytest.approx(step["advantage"], rel=0, abs=1e-5)
        for key, value in step["metrics"].items():
            assert metrics[key] == pytest.approx(value, rel=1e-6, abs=1e-6), key


WITHOUT = """
import json, sys, warnings
warnings.simplefilter("ignore")
sys.modules["hydra_plugins"] = None
from pathlib import Path
import verl
from hydra import compose, initialize_config_dir
from verl.trainer.ppo import core_algos
said = []
with initialize_config_dir(str(Path(verl.__file__).parent / "trainer/config"), version_base=None):
    for attempt in (
        lambda: compose("ppo_trainer", ["algorithm.lead_beta=0.9"]),
        lambda: core_algos.get_adv_estimator_fn("lead"),
    ):
        try:
            attempt()
        except Exception as error:
            said.append(str(error))
print(json.dumps([verl.__file__, said]))
"""


# 0.8 loads plug-ins as 0.7 does.
@pytest.mark.parametrize("wheel", wheel_folders()[:2])
def test_it_was_the_patch(python, unpacked, wheel):
    """The same way without the patch: neither the settings nor the estimator are there."""
    folder = unpacked(wheel)
    done = python("-c", WITHOUT, path=folder, VERL_USE_EXTERNAL_PLUGINS="none")
    where, said = json.loads(done.stdout.splitlines()[-1])
    assert Path(where).parents[1] == (folder or verl_folder().parent)
    assert "Could not override 'algorithm.lead_beta'" in said[0]
    assert "Unknown advantage estimator simply: lead" in said[1]


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("wheel", wheel_folders())
def test_there_and_back(tree, wheel, apply, capsys):
    folder = tree(wheel)
    pristine = contents(folder)
    assert apply.main([str(folder), "--check"]) == 0
    assert contents(folder) == pristine
    assert "would change" in capsys.readouterr().out

    assert apply.main([str(folder)]) == 0
    patched = contents(folder)
    changed = {path for path in patched if patched[path] != pristine.get(path)}
    assert sorted(capsys.readouterr().out.split()[1::2]) == sorted(map(str, changed))
    assert apply.main([str(folder)]) == 0
    assert capsys.readouterr().out.startswith("nothing to do: LEAD is already in")

    assert apply.main([str(folder), "--reverse"]) == 0
    assert contents(folder) == pristine
    assert apply.main([str(folder), "--reverse"]) == 0
    assert "nothing to do: LEAD is not in" in capsys.readouterr().out


INIT = "verl/__init__.py"
YAML = "verl/trainer/config/ppo_trainer.yaml"


@pytest.fixture
def small_tree(tmp_path):
    """What the diff touches of the installed verl."""
    for name in (INIT, YAML, "verl/version/version"):
        path = tmp_path / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(verl_folder().parent / name, path)
    return tmp_path / "small"


def edit(path, place):
    """Change a line that the diff shows."""
    text = path.read_text()
    assert place in text
    path.write_text(text.replace(place, f"{place}  # mine"))


def of_version(version):
    return lambda tree: (tree / "verl/version/version").write_text(f"{version}\n")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda tree: edit(tree / INIT, 'modules = os.getenv("VERL'), INIT),
        (lambda tree: edit(tree / YAML, "weight_pow: 2.0"), YAML),
        (lambda tree: (tree / YAML).unlink(), YAML),
        (of_version("0.9.2"), "holds verl 0.9.2; there are diffs for 0.7.1, 0.8.0, 0.9.0, 0.9.1"),
        (of_version("0.7.1"), "is not as verl 0.7.1 was"),
        (lambda tree: shutil.rmtree(tree), "is not the folder that contains the package verl"),
    ],
    ids=["init", "yaml", "missing", "unknown version", "wrong version", "no verl"],
)
@pytest.mark.parametrize("flag", [[], ["--check"], ["--reverse"]])
def test_a_dirty_or_foreign_tree_is_refused_as_it_is(
    small_tree, apply, capsys, spoil, reason, flag
):
    spoil(small_tree)
    before = contents(small_tree)
    assert apply.main([str(small_tree), *flag]) == 1
    assert contents(small_tree) == before
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("refused: ")
    assert reason in said.err


def test_a_tree_within_a_repository_is_patched(small_tree, apply, capsys):
    """As site-packages in a project's folder: git by itself would skip what is not at its top."""
    subprocess.run(["git", "init", "--quiet", small_tree.parent], check=True)
    assert apply.main([str(small_tree)]) == 0
    assert "import lead_rs.verl" in (small_tree / INIT).read_text()
    assert capsys.readouterr().out.count("changed ") == 2


def test_without_git_it_says_so(small_tree, apply, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert apply.main([str(small_tree)]) == 1
    assert capsys.readouterr().err == "refused: git is not installed\n"


def test_a_hard_link_keeps_its_content(small_tree, apply, tmp_path):
    """Installers link site-packages to a cache: what is there must stay verl's."""
    (tmp_path / "cache").hardlink_to(small_tree / YAML)
    pristine = (small_tree / YAML).read_bytes()
    apply.main([str(small_tree)])
    assert (tmp_path / "cache").read_bytes() == pristine != (small_tree / YAML).read_bytes()
