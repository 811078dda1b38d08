"""`job-status run` with a record in a store: two terminals, real processes and signals, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from job_status import InvalidTransition, RunningStatus
from job_status.store import JobStore, StoredJob
from tests.command_line import BEATING, DEADLINE, JOB_STATUS, READY, UNTIL_GO, Starter, Tool, environment, is_alive, sh, until
from tests.lifecycles.rq_jobs import RQ

CANCELED, ERROR, SUCCESS = RunningStatus.CANCELED, RunningStatus.ERROR, RunningStatus.SUCCESS

if os.name != "posix":
    pytest.skip("there are no process groups", allow_module_level=True)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path)
    yield starter
    starter.close()


@pytest.fixture
def store(url: str) -> Iterator[JobStore[RunningStatus]]:
    with JobStore(url) as store:
        yield store


@pytest.fixture
def local(tmp_path: Path) -> Iterator[JobStore[RunningStatus]]:
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        yield store


def order(store: JobStore[Any], command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What is typed in the other terminal."""
    return subprocess.run(
        [*JOB_STATUS, command, "--store", store.url, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE,
    )


def job_of(store: JobStore[Any]) -> StoredJob[Any]:
    (job,) = store.list()
    return job


def walked(job: StoredJob[Any]) -> list[str]:
    return [job.history[0].source.name, *(move.dest.name for move in job.history if not move.refused)]


# -- the record


@pytest.mark.parametrize(
    ("command", "code", "path", "message"),
    [
        pytest.param(sh("exit 0"), 0, ["WAITING", "RUNNING", "SUCCESS"], None, id="SUCCESS"),
        pytest.param(sh("exit 7"), 7, ["WAITING", "RUNNING", "ERROR"], "exited with code 7", id="ERROR"),
        pytest.param(("no-such-command",), 127, ["WAITING", "ERROR"], "command not found: no-such-command", id="not-found"),
    ],
)
def test_a_job_is_recorded_from_its_start_to_its_end(
    store: JobStore[RunningStatus], start: Starter, command: tuple[str, ...], code: int, path: list[str], message: str | None
) -> None:
    tool = start.recorded(store.url, "--name", "demo", "--label", "user=ada", "--label", "gpu=2=3", "--report", "report", *command)
    assert tool.end() == code
    job = job_of(store)
    assert (job.name, job.labels) == ("demo", {"user": "ada", "gpu": "2=3"})
    assert (walked(job), job.stop_message) == (path, message)
    assert tool.report().to_dict() == job.to_dict()


def test_the_report_begins_with_the_id(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, "--name", "demo", "true")
    assert tool.end() == 0
    assert tool.said().startswith(f"demo: job {job_of(local).id[:8]}\n")
    assert tool.said().count(": job ") == 1


def test_quiet_says_no_id(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, "--quiet", *sh("exit 1"))
    assert tool.end() == 1
    assert tool.said() == "sh: ERROR: exited with code 1\n"


def test_the_command_finds_itself_and_reports_progress(store: JobStore[RunningStatus], start: Starter) -> None:
    progress = f"cd / && '{sys.executable}' -m job_status progress"
    tool = start.recorded(store.url, *sh(f"{READY} {progress} 40% --phase läuft && {UNTIL_GO}".replace("cd /", "(cd /", 1) + ")"))
    assert tool.ready()
    job = job_of(store)
    until(lambda: job.progress)
    assert (job.progress, job.phase, job.attempt) == (0.4, "läuft", 1)
    tool.process.kill()


def test_a_python_program_finds_its_job(local: JobStore[RunningStatus], start: Starter) -> None:
    code = "from job_status import current_status; current_status().update_progress(0.5, 'sampling'); raise SystemExit(3)"
    tool = start.recorded(local.url, sys.executable, "-c", code)
    assert tool.end() == 3
    assert (job_of(local).progress, job_of(local).phase, job_of(local).attempt) == (0.5, "sampling", 1)


def test_what_is_named_by_a_path_is_found_from_another_folder(start: Starter) -> None:
    script = 'cd / && echo "$JOB_STATUS_STORE $JOB_STATUS_ID"'
    tool = start.recorded("some jobs.db", *sh(script))
    assert tool.end() == 0
    with JobStore(f"sqlite:///{start.folder}/some jobs.db") as store:
        assert tool.stdout.decode() == f"sqlite:///{start.folder}/some jobs.db {job_of(store).id}\n"


def test_without_a_store_nothing_is_written(start: Starter) -> None:
    env = environment(XDG_STATE_HOME=str(start.folder / "state"), HOME=str(start.folder))
    command = [*JOB_STATUS, "run", "--no-store", "--", *sh('echo "$JOB_STATUS_ID$JOB_STATUS_STORE"')]
    done = subprocess.run(command, cwd=start.folder, env=env, capture_output=True, text=True, check=True, timeout=DEADLINE)
    assert done.stdout == "\n"
    assert list(start.folder.iterdir()) == []


def test_by_default_it_is_recorded_in_a_file_of_the_user(start: Starter) -> None:
    env = environment(XDG_STATE_HOME=str(start.folder / "state"), HOME=str(start.folder))
    command = [*JOB_STATUS, "run", "--quiet", "true"]
    subprocess.run(command, cwd=start.folder, env=env, check=True, timeout=DEADLINE)
    (file,) = start.folder.rglob("jobs.db")
    with JobStore(f"sqlite:///{file}") as store:
        assert job_of(store).success
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_where_the_home_cannot_be_written_the_command_runs_all_the_same(start: Starter) -> None:
    (start.folder / "home").touch()  # nobody, not even root, makes a folder in a file
    home = str(start.folder / "home")
    tool = start.recorded("", *sh("echo done"), XDG_STATE_HOME=home, HOME=home)
    assert tool.end() == 0
    assert tool.stdout == b"done\n"
    said = tool.said().splitlines()
    assert re.fullmatch("sh: the job is not recorded: .* cannot be made: .*; name another store by --store or .*", said[0])
    assert tool.said().count("recorded") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(("--store", "no/jobs.db"), "its folder must exist", id="no-folder"),
        pytest.param(("--store", "postgresql://ada:secret@127.0.0.1:1/jobs"), "cannot be reached", id="no-server"),
        pytest.param(("--store", "mysql://ada:secret@host/jobs"), "begins with sqlite:/// or postgresql://", id="another-kind"),
        pytest.param(
            ("--store", "jobs.db", "--label", "user"), "argument --label: 'user' is not a label: say KEY=VALUE", id="label"
        ),
        pytest.param(("--store", "jobs.db", "--output", "no/output"), "cannot write no/output", id="output"),
    ],
)
def test_what_was_asked_for_and_cannot_be_done_is_an_error_before_the_command_runs(
    start: Starter, arguments: tuple[str, ...], sentence: str
) -> None:
    tool = Tool(start.folder, [*JOB_STATUS, "run", *arguments, "--", "touch", "ran"], environment())
    start.started.append(tool)
    assert tool.end() == 2
    assert sentence in tool.said()
    assert "secret" not in tool.said()
    assert {path.name for path in start.folder.iterdir()} == {"stderr"}


def test_a_job_that_cannot_have_the_terminal_is_over(local: JobStore[RunningStatus], start: Starter) -> None:
    without = (sys.executable, "-c", "import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])")
    tool = Tool(start.folder, [*without, *JOB_STATUS, "run", "--store", local.url, "--foreground", "true"], environment())
    start.started.append(tool)
    assert tool.end() == 2
    assert "there is no terminal" in (job_of(local).stop_message or "")


def test_a_name_of_any_bytes_can_be_recorded(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, "--name", "\udc80\x1b[2J", "--label", "a=\udcff", "true")
    assert tool.end() == 0
    assert (job_of(local).name, job_of(local).labels) == ("\\udc80\x1b[2J", {"a": "\\udcff"})
    assert "\x1b" not in tool.said()


def test_a_store_whose_jobs_cannot_start_at_once_takes_none(tmp_path: Path, start: Starter) -> None:
    with JobStore(f"sqlite:///{tmp_path}/rq.db", RQ) as store:
        tool = start.recorded(store.url, "touch", "ran")
        assert tool.end() == 2
        assert (
            "rq.db: its jobs cannot start while CREATED, as a job of this command does; name another store by --store"
            in tool.said()
        )
        assert store.count() == {}
    assert not (start.folder / "ran").exists()


def test_a_job_is_recorded_with_its_start_or_not_at_all(local: JobStore[RunningStatus], start: Starter) -> None:
    with sqlite3.connect(start.folder / "jobs.db") as connection:  # what could be killed here fails here
        connection.execute("CREATE TRIGGER no_move BEFORE INSERT ON job_status_move BEGIN SELECT RAISE(FAIL, 'no room'); END")
    connection.close()
    tool = start.recorded(local.url, "touch", "ran")
    assert tool.end() == 2
    assert "no room" in tool.said()
    assert local.count() == {}
    assert not (start.folder / "ran").exists()


# -- the other terminal


def test_a_cancel_of_another_terminal_ends_the_command(store: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(store.url, *sh(f"{READY} sleep 60"))
    command = tool.runs()
    job = job_of(store)
    said = order(store, "cancel", job.id[:6], "--message", "\x1b[2Jenough").stdout
    assert said == f"{job.id[:8]} sh: CANCEL_REQUESTED\n"
    assert tool.end() == 130
    assert not is_alive(command)
    assert walked(job) == ["WAITING", "RUNNING", "CANCEL_REQUESTED", "CANCELED"]
    assert job.stop_message == "\x1b[2Jenough"
    assert r"RUNNING -> CANCEL_REQUESTED (\x1b[2Jenough)" in tool.said()


def test_a_command_that_ignores_the_cancel_is_killed_after_the_grace(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, "--grace", "0.2", *sh(f"trap '' TERM; {READY} sleep 60"))
    tool.runs()
    order(local, "cancel", "--all")
    assert tool.end() == 130
    assert job_of(local).canceled


def test_suspend_and_resume_of_another_terminal_halt_the_command(store: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(store.url, "--output", "output", *sh(f"{READY} {BEATING}"))
    command, output = tool.runs(), start.folder / "output"
    job = job_of(store)
    until(lambda: output.stat().st_size)
    order(store, "suspend", job.id, "--message", "lunch")
    state = Path(f"/proc/{command}/stat")
    if state.exists():
        until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T")
    until(lambda: "RUNNING -> SUSPENDED (lunch)" in tool.said())
    order(store, "resume", job.id)
    size = output.stat().st_size
    until(lambda: output.stat().st_size > size)
    tool.go()
    assert tool.end() == 0
    assert walked(job) == ["WAITING", "RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]


def test_a_program_in_the_foreground_is_halted_too_and_the_tool_goes_on(local: JobStore[RunningStatus], start: Starter) -> None:
    reader = f"{READY} while read -r line; do echo got $line; done"
    terminal = start.terminal(*JOB_STATUS, "run", "--store", local.url, "--foreground", *sh(reader))
    command = terminal.ready()
    job = job_of(local)
    until(lambda: job.running)
    order(local, "suspend", job.id)
    state = Path(f"/proc/{command}/stat")
    if state.exists():
        until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T")
    order(local, "resume", job.id)
    terminal.type("hello\n")
    terminal.saw("got hello")
    terminal.type("\x04")
    assert terminal.end() == 0
    assert walked(job) == ["WAITING", "RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]
    assert f"job {job.id[:8]}" in terminal.screen


def test_a_command_that_was_stopped_by_a_signal_is_resumed_too(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, *sh(f"{READY} {UNTIL_GO}"))
    os.kill(tool.runs(), signal.SIGSTOP)
    tool.saw("RUNNING -> SUSPENDED (stopped by SIGSTOP")
    order(local, "resume", job_of(local).id)
    tool.go()
    assert tool.end() == 0


def test_a_suspended_command_is_canceled(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, *sh(f"{READY} sleep 60"))
    tool.runs()
    job = job_of(local)
    order(local, "suspend", job.id)
    order(local, "cancel", job.id)
    assert tool.end() == 130
    assert walked(job) == ["WAITING", "RUNNING", "SUSPENDED", "CANCEL_REQUESTED", "CANCELED"]


def test_who_waits_in_the_other_terminal_is_told_the_end(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, "--name", "train", *sh(f"{READY} {UNTIL_GO} exit 3"))
    tool.runs()
    train, over = job_of(local), local.create("over")
    over.stop_run(CANCELED)
    waiting = start.terminal(*JOB_STATUS, "wait", "--store", local.url, over.id, train.id)
    waiting.saw("over: CANCELED")
    tool.go()
    assert tool.end() == 3
    assert waiting.end() == 1
    assert re.search(r"train: ERROR after .* s: exited with code 3", waiting.screen)


def test_the_report_has_the_moves_and_not_what_was_refused_to_others(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, *sh(f"{READY} {UNTIL_GO}"))
    tool.runs()
    job = job_of(local)
    with pytest.raises(InvalidTransition):
        job.resume()
    tool.go()
    assert tool.end() == 0
    assert [move.trigger for move in job.history] == ["start_run", "resume", "stop_run"]
    assert "resume" not in tool.said()


# -- what goes wrong


def test_a_tool_that_was_killed_is_found_by_reap(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, *sh(f"{READY} sleep 60"))
    tool.runs()
    tool.send(signal.SIGKILL)
    assert tool.end() == -signal.SIGKILL
    job = job_of(local)
    assert job.running
    order(local, "reap", "--stale-after", "0", "--lost-after", "0")
    order(local, "reap", "--stale-after", "0", "--lost-after", "0")
    assert (job.status, job.stop_message) == (ERROR, "worker lost")


#: the tool, which is killed as soon as its command has been started: before it could say so to anybody
KILLED_AT_THE_START = """
import os, signal, sys
from job_status._processes import Guard
from job_status.cli._run import main
Guard.watch = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""


def test_a_command_does_not_outlive_a_tool_that_is_killed_as_it_starts_it(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = Tool(start.folder, [sys.executable, "-c", KILLED_AT_THE_START, "--store", local.url, *sh("sleep 60")], environment())
    start.started.append(tool)
    assert tool.end() == -signal.SIGKILL  # once nobody has its stdout open any more
    assert job_of(local).running


def test_tools_that_are_killed_at_any_moment_leave_a_sound_store(local: JobStore[RunningStatus], start: Starter) -> None:
    for number in range(8):
        folder = start.folder / str(number)
        folder.mkdir()
        tool = Tool(folder, [*JOB_STATUS, "run", "--store", local.url, *sh("sleep 60")], environment())
        start.started.append(tool)
        Timer(0.05 * number, tool.process.kill).start()
    for started in start.started:
        assert started.end() == -signal.SIGKILL
    local.reap(0.0, 0.0)
    local.reap(0.0, 0.0)
    assert {job.status for job in local.list()} <= {ERROR}
    with sqlite3.connect(start.folder / "jobs.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


def test_a_store_that_fails_meanwhile_does_not_disturb_the_command(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, "--name", "demo", *sh(f"{READY} {UNTIL_GO} exit 3"))
    tool.runs()
    with sqlite3.connect(start.folder / "jobs.db") as connection:
        connection.execute("DELETE FROM job_status_job")
    connection.close()
    tool.go()
    assert tool.end() == 3
    assert re.search(r"demo: how the job ended is not recorded: .*was deleted", tool.said())


def test_ctrl_c_ends_the_command_though_the_store_has_lost_the_job(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, *sh(f"{READY} sleep 60"))
    tool.runs()
    with sqlite3.connect(start.folder / "jobs.db") as connection:
        connection.execute("DELETE FROM job_status_job")
    connection.close()
    tool.send(signal.SIGINT)
    assert tool.end() == 130


def test_the_listing_of_a_running_job_is_json_from_the_first_day(local: JobStore[RunningStatus], start: Starter) -> None:
    tool = start.recorded(local.url, *sh(f"{READY} {UNTIL_GO}"))
    tool.runs()
    (found,) = json.loads(order(local, "list", "--json", "--meaning", "running").stdout)
    assert (found["status"], found["duration"]) == ("RUNNING", None)
    assert found["running_time"] >= 0.0
    tool.go()
    assert tool.end() == 0
