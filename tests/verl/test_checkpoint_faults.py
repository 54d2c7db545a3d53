"""What can go wrong around a checkpoint: nothing of LEAD's is silently wrong afterwards."""

import functools
import itertools
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trainers
from trainers import Workers, controller, resume, train

from lead_rs.runs import checkpoints
from lead_rs.verl import checkpoint, run_folder

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:verl", "ignore::FutureWarning")

STATE, TRACKER = checkpoint.FILE_NAME, checkpoints.TRACKER


@pytest.fixture(params=trainers.present("sync", "legacy"))
def trainer(request, tmp_path, monkeypatch):
    """A trainer of verl's own class, without its workers, that saves into `tmp_path`."""
    return functools.partial(trainers.saving, request.param, tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def locks(monkeypatch):
    """Locks of this test's own; a function that lets go of them, as the end of a process does."""
    held = {}
    monkeypatch.setattr(run_folder, "_held", held)

    def let_go():
        for descriptor in held.values():
            os.close(descriptor)
        held.clear()

    yield let_go
    let_go()


@pytest.fixture
def disk(tmp_path, locks):
    """A disk of its own, of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]
    if os.geteuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here: not root, or not allowed to")
    yield folder
    locks()
    # Lazily: the traceback of a test that failed can still hold a file of it open.
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder, leave=0):
    """Fill a disk up but for so many bytes; what to delete to free it again."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            pass
    os.truncate(ballast, ballast.stat().st_size // 4096 * 4096 - leave)
    return ballast


def straight(trainer, folder, steps):
    """The state after so many steps without any fault."""
    run = trainer(resume_mode="disable")
    run.config.trainer.default_local_dir = str(folder / "straight")
    train(run, steps)
    return controller(run).state_dict()


def on(folder, run):
    run.config.trainer.default_local_dir = str(folder)
    return run


@pytest.mark.parametrize("room", [0, 4096], ids=["for nothing", "for LEAD's state alone"])
def test_a_full_disk_is_said_and_what_was_whole_is_resumed(trainer, disk, tmp_path, room):
    run = on(disk, trainer())
    train(run, 2)
    ballast = fill(disk, leave=room)
    # In the second case it is torch that fails, on verl's data.pt.
    message = None if room else "LEAD's state cannot be saved: No space left"
    with pytest.raises((OSError, RuntimeError), match=message):
        train(run, 1)
    assert (disk / "global_step_3" / STATE).exists() == bool(room)
    assert (disk / TRACKER).read_text() == "2"
    ballast.unlink()

    resumed = on(disk, trainer())
    assert resume(resumed).step == resumed.global_steps == 2
    train(resumed, 2)
    assert controller(resumed).state_dict() == straight(trainer, tmp_path, 4)


@pytest.mark.parametrize("left", ["", "\0", "global_step_2"])
def test_a_tracker_cut_short_says_what_to_write_into_it(trainer, tmp_path, left):
    train(trainer(), 2)
    (tmp_path / "global_step_3" / "actor").mkdir(parents=True)  # begun and not finished
    (tmp_path / TRACKER).write_text(left)
    with pytest.raises(ValueError, match=rf"{TRACKER} has .* instead of a step.*write 2 into it"):
        trainer()._load_checkpoint()
    (tmp_path / TRACKER).write_text("2")
    assert resume(trainer()).step == 2


def test_a_tracker_cut_short_before_any_checkpoint(trainer, tmp_path):
    (tmp_path / TRACKER).touch()
    with pytest.raises(ValueError, match="delete it to begin anew"):
        trainer()._load_checkpoint()


def test_a_tracker_that_names_what_is_gone_is_warned_about(trainer, tmp_path, caplog):
    train(trainer(), 2)
    shutil.rmtree(tmp_path / "global_step_2")
    assert resume(trainer()).step == 0
    assert "names" in caplog.text
    assert "global_step_2, which isn't there: verl begins anew" in caplog.text


def test_a_folder_that_cannot_be_written_stops_the_run_before_the_model_is_loaded(
    trainer, tmp_path, monkeypatch
):
    monkeypatch.setattr(Workers, "load_checkpoint", lambda *_, **__: pytest.fail("model loaded"))
    (tmp_path / "file").touch()
    run = on(tmp_path / "file" / "checkpoints", trainer())
    with pytest.raises(OSError, match="trainer.default_local_dir, which cannot be written to"):
        run._load_checkpoint()


def test_a_read_only_folder_is_said_at_once_and_can_be_resumed_from(trainer, disk, locks):
    train(on(disk, trainer()), 2)
    locks()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(OSError, match="Read-only file system: this run saves") as error:
        on(disk, trainer())._load_checkpoint()
    assert str(disk) in str(error.value)
    for settings in ({"save_freq": -1}, {"resume_mode": "resume_path"}):
        run = on(disk, trainer(**settings, resume_from_path=str(disk / "global_step_2")))
        if "resume_mode" in settings:
            run.config.trainer.default_local_dir = str(disk.parent / "elsewhere")
        assert resume(run).step == 2
    with pytest.raises(OSError, match="LEAD's state cannot be saved: Read-only file system"):
        checkpoint.save(controller(run), disk / "global_step_3")


OTHER_RUN = """
import os, sys, time
from pathlib import Path
from lead_rs.verl import run_folder
run_folder.hold(Path(sys.argv[1]))
if sys.argv[2] == "forks" and os.fork() == 0:
    time.sleep(float(sys.argv[3]))
    os._exit(0)
print(os.getpid(), flush=True)
time.sleep(float(sys.argv[3]))
"""


@pytest.fixture
def other_run():
    """Starts another process with a run in a folder; killed at last."""
    begun = []

    def start(folder, kind="plain", seconds=60):
        command = [sys.executable, "-c", OTHER_RUN, folder, kind, str(seconds)]
        begun.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        assert int(begun[-1].stdout.readline()) == begun[-1].pid
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()


def test_two_runs_in_one_folder(trainer, tmp_path, locks, other_run, monkeypatch):
    train(trainer(), 2)
    locks()
    monkeypatch.setattr(run_folder, "TRIES", 1)
    other = other_run(tmp_path, "forks", 20)
    message = rf"in use by another run \(process {other.pid} on .*default_local_dir"
    with monkeypatch.context() as patch:
        patch.setattr(Workers, "load_checkpoint", lambda *_, **__: pytest.fail("model loaded"))
        with pytest.raises(RuntimeError, match=message):
            trainer()._load_checkpoint()
    before = sorted(tmp_path.iterdir())
    late = trainer(save_freq=-1)
    assert resume(late).step == 2, "who only reads may"
    with pytest.raises(RuntimeError, match=message):
        train(late, 1)
    assert sorted(tmp_path.iterdir()) == before
    # Killed, it has let go, whatever it has forked.
    other.kill()
    other.wait()
    assert resume(trainer()).step == 2


def is_held(folder):
    """Whether another process finds the folder taken."""
    program = (
        "import sys; from pathlib import Path; from lead_rs.verl import run_folder\n"
        "run_folder.TRIES = 1; run_folder.hold(Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True)
    assert done.returncode == 0 or "in use by another run" in done.stderr, done.stderr
    return done.returncode != 0


def test_who_reads_the_folder_does_not_lose_the_lock(tmp_path):
    """As POSIX has it, to close a file lets go of the process's locks of it."""
    run_folder.hold(tmp_path)
    shutil.copytree(tmp_path, tmp_path.with_name("copy"))
    (tmp_path / run_folder.LOCK).read_bytes()
    assert is_held(tmp_path)


def test_a_check_claims_nothing(tmp_path, other_run, monkeypatch):
    folder = tmp_path / "to" / "come"
    run_folder.check(folder)
    assert list(tmp_path.iterdir()) == []
    other = other_run(folder)
    monkeypatch.setattr(run_folder, "TRIES", 1)
    with pytest.raises(RuntimeError, match=rf"in use by another run \(process {other.pid} on"):
        run_folder.check(folder)
    other.kill()
    other.wait()
    run_folder.check(folder)
    assert not is_held(folder)
    run_folder.hold(folder)
    run_folder.check(folder)


def test_a_check_finds_what_cannot_be_written(tmp_path, disk):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory: this run saves its checkpoints in"):
        run_folder.check(tmp_path / "file" / "checkpoints")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(OSError, match="Read-only file system: this run saves"):
        run_folder.check(disk / "checkpoints")


def test_a_check_finds_a_folder_that_is_somebody_elses(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda _, mode: mode == os.F_OK)
    with pytest.raises(PermissionError, match="Permission denied: this run saves") as error:
        run_folder.check(tmp_path / "checkpoints")
    assert str(tmp_path / "checkpoints") in str(error.value)


def test_the_lock_names_the_run_that_holds_it_and_no_former_one(tmp_path):
    (tmp_path / run_folder.LOCK).write_text("process 1234567890 on a host " + "x" * 200)
    run_folder.hold(tmp_path)
    holder = (tmp_path / run_folder.LOCK).read_text()
    assert holder == f"process {os.getpid()} on {socket.gethostname()}"


def test_a_run_on_its_way_out_is_waited_for(tmp_path, other_run):
    other_run(tmp_path, seconds=1.5)
    began = time.monotonic()
    run_folder.hold(tmp_path)
    assert time.monotonic() - began > 0.4


def test_a_file_system_without_locks_is_warned_about(tmp_path, monkeypatch, caplog):
    def unsupported(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(run_folder.fcntl, "flock", unsupported)
    run_folder.hold(tmp_path)
    assert "a second run here would go unnoticed (" in caplog.text


def test_a_state_of_a_later_step_is_warned_about(trainer, tmp_path, caplog):
    train(trainer(), 3)
    shutil.copy(tmp_path / "global_step_3" / STATE, tmp_path / "global_step_2" / STATE)
    path = tmp_path / "global_step_2"
    run = trainer(resume_mode="resume_path", resume_from_path=str(path))
    with caplog.at_level(logging.WARNING):
        resume(run)
    assert f"{path} has a LEAD state of step 3, which is another checkpoint's" in caplog.text


def test_a_state_of_the_checkpoints_own_step_is_no_cause_for_a_warning(trainer, caplog):
    train(trainer(), 3)
    assert resume(trainer()).step == 3
    assert "another checkpoint's" not in caplog.text


def test_a_state_of_an_earlier_step_is_that_of_a_run_that_began_without_lead(trainer, caplog):
    begun = trainer(adv_estimator="grpo")
    begun.global_steps = 7
    begun._save_checkpoint()
    run = trainer()
    resume(run)
    train(run, 1)
    caplog.clear()
    again = trainer()
    assert (resume(again).step, again.global_steps) == (1, 8)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_clock_that_jumps_changes_nothing(trainer, tmp_path, monkeypatch):
    want = straight(trainer, tmp_path, 4)
    clock = itertools.cycle([2e9, 0.0, 4e9, 1.0])
    monkeypatch.setattr(time, "time", clock.__next__)
    train(trainer(), 3)
    for age, step in ((4e9, 1), (0, 3)):
        for file in (tmp_path / f"global_step_{step}").rglob("*"):
            os.utime(file, (age, age))
    run = trainer()
    assert resume(run).step == 3
    train(run, 1)
    assert controller(run).state_dict() == want


def test_nothing_of_the_estimator_reads_a_clock():
    package, core = Path(checkpoint.__file__).parents[1], Path(__file__).parents[2] / "src"
    clock = re.compile(r"\btime\.(?!sleep)\w+\(|datetime|st_[amc]time|SystemTime|Instant")
    files = {*package.glob("_*.py"), *package.glob("verl/*.py"), *core.rglob("*.rs")}
    files.remove(package / "_progress.py")  # of commands, which say how long they still take
    assert len(files) > 60
    assert [file for file in files if clock.search(file.read_text())] == []


class RankDied(Exception):
    """As Ray's ActorDiedError, which reaches the trainer from a worker group."""


def test_a_rank_that_dies_leaves_the_last_whole_checkpoint(trainer, tmp_path, monkeypatch):
    def die(self, *_, **__):
        raise RankDied

    run = trainer()
    train(run, 2)
    with monkeypatch.context() as patch:
        patch.setattr(Workers, "save_checkpoint", die)
        with pytest.raises(RankDied):
            train(run, 1)
    assert (tmp_path / TRACKER).read_text() == "2"
    with monkeypatch.context() as patch:
        patch.setattr(Workers, "load_checkpoint", die)
        fresh = trainer()
        with pytest.raises(RankDied):
            fresh._load_checkpoint()
        assert controller(fresh).step == 0
    resumed = trainer()
    assert resume(resumed).step == 2
    train(resumed, 2)
    assert controller(resumed).state_dict() == straight(trainer, tmp_path, 4)


class TaskRunner:
    """The process that trains, as an actor that Ray may start again."""

    def __init__(self, kind, folder):
        self.trainer = trainers.saving(kind, Path(folder), pytest.MonkeyPatch())
        resume(self.trainer)

    def train(self, steps):
        train(self.trainer, steps)

    def state(self):
        return os.getpid(), self.trainer.global_steps, controller(self.trainer).state_dict()

    def die(self):
        os.kill(os.getpid(), 9)


@pytest.mark.ray
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_task_runner_that_ray_starts_again_goes_on_from_the_checkpoint(v1, tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    run = functools.partial(trainers.saving, "sync", tmp_path, monkeypatch)
    want = straight(run, tmp_path, 4)
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    ray.init(
        "local",
        num_cpus=1,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": path}},
    )
    try:
        remote = ray.remote(max_restarts=1, max_task_retries=0)(TaskRunner)
        runner = remote.remote("sync", str(tmp_path))
        ray.get(runner.train.remote(3))
        first, *_ = ray.get(runner.state.remote())
        with pytest.raises(ray.exceptions.RayActorError):
            ray.get(runner.die.remote())
        second = None
        for _ in range(300):
            try:
                second, step, state = ray.get(runner.state.remote())
                break
            except ray.exceptions.RayActorError:  # what is asked of it before it is back
                time.sleep(1)
        assert second not in (None, first)
        assert step == state["step"] == 3
        ray.get(runner.train.remote(1))
        assert ray.get(runner.state.remote())[2] == want
    finally:
        ray.shutdown()
