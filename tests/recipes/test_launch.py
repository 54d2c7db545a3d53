"""From a recipe to verl: the .env file, the checks, the hand-over."""

import sys
from pathlib import Path

import pytest

from lead_rs.cli import main, train
from lead_rs.recipes import launch, preflight, verl_config
from lead_rs.recipes.recipe import LEAD
from lead_rs.recipes.verl_config import CannotRun

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
    file.write_text("# keys\n\nA=1\n  export B='two words' # really\nC=\nD=kept\n")
    environment = {"D": "already"}
    launch.read_env_file(file, environment)
    assert environment == {"A": "1", "B": "two words", "C": "", "D": "already"}
    launch.read_env_file(tmp_path / "none", environment)


@pytest.mark.parametrize("line", ["KEY", "A B=secret", "A=secret word", "A='secret", "1A=secret"])
def test_a_line_of_an_env_file_that_cannot_be_read(tmp_path, line):
    (tmp_path / ".env").write_text(f"X=1\n{line}\n")
    with pytest.raises(CannotRun, match=r"line 2: not NAME=VALUE") as caught:
        launch.read_env_file(tmp_path / ".env", {})
    assert "secret" not in str(caught.value)


def test_the_example_env_file_sets_nothing_by_itself():
    environment = {}
    example = Path(__file__).parents[2] / ".env.example"
    launch.read_env_file(example, environment)
    assert environment == {}
    for name in ("WANDB_API_KEY", "HF_TOKEN", "HF_HOME"):
        assert f"#{name}=" in example.read_text()
