"""`lead-rs check`: it says what is wrong, and only then fails."""

import pytest
from verl_versions import wheel_folders

import lead_rs
from lead_rs import IncompatibleVerlError, installed_verl
from lead_rs.cli import check, main

CHECK = ("-m", "lead_rs", "check")


def test_for_an_older_verl_it_says_what_to_export(python, unpacked):
    wheel = next((each for each in wheel_folders() if each.id == "0.8.0"), None)
    if wheel is None or wheel.values[0] is None:
        pytest.skip("no verl-0.8.0 wheel")
    report = python(*CHECK, path=unpacked(wheel.values[0])).stdout
    assert "verl has loaded lead_rs.verl (VERL_USE_EXTERNAL_MODULES); a program that" in report
    assert "needs: export VERL_USE_EXTERNAL_MODULES=lead_rs.verl" in report
    assert report.endswith("LEAD is ready: algorithm.adv_estimator=lead\n")


def test_it_reports_a_working_installation(python):
    report = python(*CHECK).stdout
    assert report.endswith("LEAD is ready: algorithm.adv_estimator=lead\n")
    assert "FAIL" not in report
    for expected in (
        f"lead_rs         {lead_rs.__version__}",
        "algorithm.lead_beta=0.9 composes without a '+'",
        "verl has loaded lead_rs.verl (entry point verl.plugins)",
        "verl.trainer.ppo.v1.trainer_base.PPOTrainer._save_checkpoint",
        "pkg://lead_rs.verl.reward",
    ):
        assert expected in report


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        (
            {"VERL_USE_EXTERNAL_PLUGINS": "none"},
            "VERL_USE_EXTERNAL_PLUGINS=none keeps verl from it: unset it, or add lead_rs",
        ),
        ({"VERL_USE_EXTERNAL_MODULES": "no_such_module"}, "no_such_module"),
        ({"DEEPSCALE_LENGTH_MODE": "clasic"}, "DEEPSCALE_LENGTH_MODE must be one of"),
    ],
)
def test_it_says_why_not(python, environment, reason):
    report = python(*CHECK, expect=1, **environment).stdout
    assert report.endswith("LEAD cannot run in verl here.\n")
    (failure,) = [line for line in report.splitlines() if line.startswith("FAIL")]
    assert reason in failure


def test_a_module_that_verl_cannot_import_is_named(python, tmp_path):
    (tmp_path / "transfer_queue.py").write_text("raise ImportError('TransferQueue is too old')")
    report = python(*CHECK, expect=1, path=tmp_path).stdout
    (line,) = [line for line in report.splitlines() if "v1.trainer_base" in line]
    assert line.startswith("FAIL")
    assert "TransferQueue is too old" in line


def test_a_missing_symbol_is_named(python, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import wrapt\n"
        "def without(module): del module.PPOTrainer._compute_advantage\n"
        "wrapt.register_post_import_hook(without, 'verl.trainer.ppo.v1.trainer_base')\n"
    )
    report = python(*CHECK, expect=1, path=tmp_path).stdout
    assert "has no verl.trainer.ppo.v1.trainer_base.PPOTrainer._compute_advantage" in report


def test_only_the_default_trainer_s_break_is_a_failure(monkeypatch, v1, ray_trainer):
    from lead_rs.verl import adapters, hooks

    reason = IncompatibleVerlError("verl has no x.y")
    of_this_verl = [each for each in adapters.ADAPTERS if each.trainer != adapters.MAIN_PPO_SYNC]
    for adapter in of_this_verl:
        with monkeypatch.context() as patch:
            patch.setitem(hooks.failures, adapter, reason)
            found = [
                each for each in check._extensions(installed_verl.folder()) if "no x.y" in each.text
            ]
        (finding,) = found
        assert finding.subject == adapter.module
        if adapter.without is not None:
            assert (finding.ok, finding.text) == (
                None, f"verl has no x.y; without it there is no {adapter.without}"
            )  # fmt: skip
        elif adapter.trainer in (None, adapters.V1):
            assert (finding.ok, finding.text) == (False, "verl has no x.y")
        else:
            assert finding.ok is None
            assert finding.text.endswith(f"LEAD refuses to run in {adapter.trainer}")


def test_without_verl_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(installed_verl, "folder", lambda: None)
    last = list(check.findings())[-1]
    assert last == check.Finding(False, "verl", "not installed: pip install verl==0.9.1")


def test_version(capsys):
    with pytest.raises(SystemExit) as status:
        main(["--version"])
    assert status.value.code == 0
    assert capsys.readouterr().out == f"lead-rs {lead_rs.__version__}\n"
