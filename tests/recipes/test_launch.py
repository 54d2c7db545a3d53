"""From a recipe to verl: the .env file, the checks, the hand-over."""

import sys
from pathlib import Path

import pytest

from lead_rs.cli import main, train
from lead_rs.recipes import launch, preflight, verl_config
from lead_rs.recipes.recipe import GRPO, LEAD
from lead_rs.recipes.verl_config import CannotRun

OmegaConf = pytest.importorskip("omegaconf").OmegaConf
OverridesParser = pytest.importorskip("hydra.core.override_parser.overrides_parser").OverridesParser

RECIPE = ["train", "math_lead_deepseek-r1-1.5b", "data.max_response_length=8"]


@pytest.fixture
def started(monkeypatch, tmp_path):
    """What the command would become, in a folder of the test's."""
    became = []

    def become(*arguments):
        became.append(arguments)
        raise SystemExit

    monkeypatch.setattr(launch.os, "execv", become)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "prepare_missing", lambda config, folder: None)
    return became


def start():
    with pytest.raises(SystemExit):
        main(RECIPE)


def test_hands_over_to_verl(monkeypatch, started, tmp_path):
    checked = []
    monkeypatch.setattr(preflight, "require", lambda config, **sizes: checked.append(sizes))
    start()
    [(program, [also_program, option, module, *overrides])] = started
    assert (program, also_program, option) == (sys.executable, sys.executable, "-m")
    assert module == "verl.trainer.main_ppo"
    assert overrides[-len(LEAD.overrides) - 1 :] == [*LEAD.overrides, "data.max_response_length=8"]
    [sizes] = checked
    assert (sizes["gpu_memory"], sizes["checkpoint_size"]) == (44, 22)
    assert (tmp_path / "results" / LEAD.name / "metrics").is_dir()
    start()  # again, in the same folder


def test_data_are_prepared_before_the_checks_and_not_in_a_dry_run(monkeypatch, started, tmp_path):
    done = []
    monkeypatch.setattr(train, "prepare_missing", lambda config, folder: done.append(folder))
    monkeypatch.setattr(preflight, "require", lambda config, **sizes: done.append("checks"))
    monkeypatch.setenv("DRY_RUN", "1")
    assert main(RECIPE) == 0
    assert done == []
    monkeypatch.setenv("DRY_RUN", "0")
    start()
    assert done == [tmp_path / "data" / "math", "checks"]


def test_a_failed_check_stops_the_run(monkeypatch, started, capsys):
    monkeypatch.setattr(preflight, "findings",
                        lambda *_, **__: [preflight.Finding(False, "no GPU")])  # fmt: skip
    assert main(RECIPE) == 2
    output = capsys.readouterr()
    assert "FAIL  no GPU" in output.out
    assert (
        output.err == "lead-rs: 1 of the checks failed; PREFLIGHT=0 starts the run all the same\n"
    )
    assert not started
    monkeypatch.setenv("PREFLIGHT", "0")
    start()
    assert started


def test_without_verl_it_says_so(monkeypatch, started, capsys):
    monkeypatch.setattr(verl_config.importlib.util, "find_spec", lambda name: None)
    assert main(RECIPE) == 2
    assert capsys.readouterr().err == (
        "lead-rs: verl is not installed in this Python: pip install 'verl[vllm]==0.9.1'\n"
    )
    assert not started


def test_the_env_file_is_read(monkeypatch, started, tmp_path):
    monkeypatch.setattr(preflight, "require", lambda config, **sizes: None)
    monkeypatch.setattr(launch.os, "environ", dict(launch.os.environ))
    (tmp_path / ".env").write_text("WANDB_API_KEY=key\n")
    start()
    [(_, command)] = started
    assert "trainer.logger=[console,file,wandb]" in command


@pytest.mark.parametrize(
    "text", ["a b", "a'b", "a\\b", "a\\", "a\\'b", "a\\\\'", "a=b,{c}[d]", "é#x", ""]
)
def test_any_text_reaches_verl_as_it_is(text):
    parsed = OverridesParser.create().parse_override(launch.override("key", text))
    assert parsed.value() == text


def test_env_files(tmp_path):
    file = tmp_path / ".env"
    file.write_text("# keys\n\nA=1\n  export B='two words' # really\nC=\nD=kept\nE=${A} a#b\n")
    environment = {"D": "already"}
    launch.read_env_file(file, environment)
    assert environment == {"A": "1", "B": "two words", "C": "", "D": "already", "E": "${A} a#b"}
    launch.read_env_file(tmp_path / "none", environment)


@pytest.mark.parametrize(
    "line", ["secret", "A B=secret", "A='secret", 'A="secret" word', "=", "A=a\0"]
)
def test_a_line_of_an_env_file_that_cannot_be_read(tmp_path, line):
    (tmp_path / ".env").write_text(f"X=1\n\n# two\n\n {line}\nY=2\n")
    environment = {}
    with pytest.raises(CannotRun, match=r"line 5: not NAME=VALUE") as caught:
        launch.read_env_file(tmp_path / ".env", environment)
    assert "secret" not in str(caught.value)
    assert not environment


def test_an_env_file_that_is_no_text(tmp_path):
    (tmp_path / ".env").write_bytes(b"A=1\nB=\xff\n")
    with pytest.raises(CannotRun, match=r"\.env: not UTF-8"):
        launch.read_env_file(tmp_path / ".env", {})


def test_the_example_env_file_sets_nothing_by_itself():
    environment = {}
    example = Path(__file__).parents[2] / ".env.example"
    launch.read_env_file(example, environment)
    assert environment == {}
    for name in ("WANDB_API_KEY", "HF_TOKEN", "HF_HOME"):
        assert f"#{name}=" in example.read_text()


@pytest.fixture
def shared(monkeypatch, tmp_path):
    """The options that all recipes have, by key, on a verl of a version, with an environment."""
    monkeypatch.chdir(tmp_path)

    def options(recipe=LEAD, version="0.9.1", **environment):
        monkeypatch.setattr(launch, "verl_version", lambda: version)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        parsed = OverridesParser.create().parse_overrides(list(launch.shared_overrides(recipe)))
        for name in environment:
            monkeypatch.delenv(name)
        return {each.key_or_group: each.value() for each in parsed}

    return options


def test_what_the_environment_sets_and_what_it_is_otherwise(shared, tmp_path):
    kept = shared()
    folder = tmp_path / "results" / LEAD.name
    assert kept["trainer.default_local_dir"] == str(folder)
    assert kept["hydra.run.dir"] == str(folder / "hydra")
    assert kept["data.train_files"] == str(tmp_path / "data" / "math" / "train.parquet")
    assert kept["data.val_files"] == str(tmp_path / "data" / "math" / "test.parquet")
    assert kept["trainer.experiment_name"] == LEAD.experiment
    assert kept["actor_rollout_ref.model.path"] == LEAD.model
    assert kept["actor_rollout_ref.rollout.tensor_model_parallel_size"] == LEAD.tensor_parallel
    assert kept["trainer.n_gpus_per_node"] == LEAD.gpus
    assert kept["trainer.logger"] == ["console", "file"]

    (tmp_path / "model").mkdir()
    given = shared(
        OUTPUT_ROOT="out", DATA_DIR="mine", EXPERIMENT_NAME="try", BASE_MODEL="model",
        ROLLOUT_TP_SIZE="2", N_GPUS="10", WANDB_API_KEY="key",
    )  # fmt: skip
    changed = {key: value for key, value in given.items() if value != kept[key]}
    folder = tmp_path / "out" / LEAD.name
    log = "ray_kwargs.ray_init.runtime_env.env_vars.VERL_FILE_LOGGER_PATH"
    assert changed == {
        "trainer.default_local_dir": str(folder),
        "hydra.run.dir": str(folder / "hydra"),
        log: str(folder / "metrics" / "000000.jsonl"),
        "data.train_files": str(tmp_path / "mine" / "train.parquet"),
        "data.val_files": str(tmp_path / "mine" / "test.parquet"),
        "trainer.experiment_name": "try",
        "actor_rollout_ref.model.path": str(tmp_path / "model"),
        "actor_rollout_ref.rollout.tensor_model_parallel_size": 2,
        "trainer.n_gpus_per_node": 10,
        "trainer.logger": ["console", "file", "wandb"],
    }
    assert shared(CKPT_DIR="run", OUTPUT_ROOT="out")["trainer.default_local_dir"] == str(
        tmp_path / "run"
    )


@pytest.mark.parametrize("count", ["0", "-1", "1.5", "four", "04"])
def test_a_number_of_gpus_that_is_none(shared, count):
    with pytest.raises(CannotRun, match=f"N_GPUS must be a number of GPUs, got '{count}'"):
        shared(N_GPUS=count)


def test_lengths_follow_the_recipes_last_word(shared):
    longest = "actor_rollout_ref.rollout.max_model_len"
    a_gpu = "actor_rollout_ref.actor.ppo_max_token_len_per_gpu"
    short = shared(LEAD.with_overrides("data.max_response_length=100"))
    assert (short[longest], short[a_gpu]) == (1124, launch.MICRO_BATCH_TOKENS)
    long = shared(LEAD.with_overrides("data.max_prompt_length=2000", "data.max_response_length=1"))
    assert long[longest] == 2001
    long = shared(LEAD.with_overrides("data.max_response_length=16000"))
    assert (long[longest], long[a_gpu]) == (17024, 17024)


def test_the_last_value_of_an_option():
    given = ["a.b=1", "a.bc=5", "+a.b=2", "x=a.b"]
    assert launch.last_value(given, "a.b") == 2
    for wrong, value in ([], "None"), (["a.b=true"], "True"), (["a.b=1.5"], "1.5"):
        with pytest.raises(CannotRun, match=f"a.b must be a whole number, got {value}"):
            launch.last_value(wrong, "a.b")


@pytest.mark.parametrize(
    ("version", "metric", "needs_plugin"),
    [("0.7.1", None, True), ("0.8.0", None, True), ("0.9.0", "score", False),
     ("0.9.1", "reward", False)],
)  # fmt: skip
def test_each_verl_is_asked_for_what_it_has(shared, version, metric, needs_plugin):
    options = shared(GRPO, version)
    assert launch.filters_no_groups(GRPO) == (metric is None)
    assert options.get("algorithm.filter_groups.metric") == metric
    assert options.get("algorithm.filter_groups.enable") == (True if metric else None)
    plugin = "ray_kwargs.ray_init.runtime_env.env_vars.VERL_USE_EXTERNAL_MODULES"
    assert options.get(plugin) == ("lead_rs.verl" if needs_plugin else None)
    assert "algorithm.filter_groups.enable" not in shared(LEAD, version)
    assert not launch.filters_no_groups(LEAD)


def test_differences_are_what_is_set_otherwise():
    defaults = {"a": {"same": 1, "other": 2, "follows": "${a.other}", "empty": {}}, "gone": 1}
    config = {"a": {**defaults["a"], "other": 3, "new": None, "empty": {"b": 1}}}
    assert list(launch.differences(*map(OmegaConf.create, (config, defaults)))) == [
        "a.other: 3  (verl: 2)",
        "a.empty.b: 1  (verl has none)",
        "a.new: null  (verl has none)",
    ]
