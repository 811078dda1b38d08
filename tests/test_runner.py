"""`CommandRun` as a library, with real processes and real signals.

Nothing here waits for a fixed time: a command says in a file that it is ready, and a test polls for what it expects.
That a process is gone is seen at a pipe that it would hold open: it has come to its end.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import IO, Any

import pytest

from job_status import JobStatus, RunningStatus
from job_status.runner import CommandRun
from tests.command_line import DEADLINE, READY, until

CANCELED, ERROR, SUCCESS = RunningStatus.CANCELED, RunningStatus.ERROR, RunningStatus.SUCCESS

if os.name != "posix":
    pytest.skip("there are no process groups", allow_module_level=True)


def sh(folder: Path, script: str) -> list[str]:
    """The command that runs a shell script in a folder."""
    return ["/bin/sh", "-c", f'cd "$0" || exit\n{script}', str(folder)]


def ready(folder: Path) -> int:
    """Wait until the script is ready; its process id."""
    return int(until(lambda: (folder / "pid").exists() and (folder / "pid").read_text()))


def walked(status: JobStatus) -> list[str]:
    """The statuses that a job went through."""
    return ["WAITING", *(move.dest.name for move in status.history if not move.refused)]


class Job:
    """A command that runs in a thread of its own."""

    def __init__(self, folder: Path, script: str, timeout: float | None, grace: float, output: IO[bytes] | None) -> None:
        self.folder = folder
        self.status = JobStatus()
        self.command = CommandRun(sh(folder, script), self.status, timeout=timeout, grace=grace, output=output)
        self.code: int | None = None
        self.thread = Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        self.code = self.command.run()

    def runs(self) -> int:
        """Wait until the job is known to run and the script is ready; the process id of that."""
        until(lambda: not self.status.waiting)
        return ready(self.folder)

    def end(self) -> int:
        """Wait for the end of the command; its exit code."""
        self.thread.join(DEADLINE)
        assert self.code is not None, f"it is still {self.status}"
        return self.code

    def kill(self) -> None:
        for _ in range(2):
            self.command.interrupt("the test is over")
        self.thread.join(DEADLINE)


class Jobs:
    """Starts scripts as jobs in the folder of a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Job] = []

    def start(
        self, script: str, *, timeout: float | None = None, grace: float = 60.0, output: IO[bytes] | None = None, folder: str = "."
    ) -> Job:
        self.started.append(Job(self.folder / folder, script, timeout, grace, output))
        return self.started[-1]


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    starter = Jobs(tmp_path)
    yield starter
    for job in starter.started:
        job.kill()


class Witness:
    """A pipe for the output of a command: it has come to its end when nobody holds it open any more."""

    def __init__(self) -> None:
        self.reading, writing = os.pipe()
        self.sink: IO[bytes] = os.fdopen(writing, "wb")

    def saw_all_end(self) -> bool:
        self.sink.close()
        while select.select([self.reading], [], [], DEADLINE)[0]:
            if not os.read(self.reading, 4096):
                return True
        return False


@pytest.fixture
def witness() -> Iterator[Witness]:
    pipe = Witness()
    yield pipe
    pipe.sink.close()
    os.close(pipe.reading)


# -- how a command ends


@pytest.mark.parametrize(
    ("script", "code", "end", "mesg"),
    [
        pytest.param("exit 0", 0, SUCCESS, None, id="exit-0"),
        pytest.param("exit 1", 1, ERROR, "exited with code 1", id="exit-1"),
        pytest.param("exit 255", 255, ERROR, "exited with code 255", id="exit-255"),
        pytest.param("kill -SEGV $$", 139, ERROR, "killed by SIGSEGV", id="SIGSEGV"),
        pytest.param("kill -KILL $$", 137, ERROR, "killed by SIGKILL", id="SIGKILL"),
        pytest.param("kill -TERM $$", 143, ERROR, "killed by SIGTERM", id="SIGTERM"),
        pytest.param(
            "kill -35 $$",
            163,
            ERROR,
            "killed by signal 35",
            id="signal-without-a-name",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="every signal has a name"),
        ),
    ],
)
def test_the_way_a_command_ends_is_its_code_status_and_message(
    tmp_path: Path, script: str, code: int, end: RunningStatus, mesg: str | None
) -> None:
    status = JobStatus()
    assert CommandRun(sh(tmp_path, script), status).run() == code
    assert status.status is end
    assert status.stop_message == mesg
    assert walked(status) == ["WAITING", "RUNNING", end.name]
    assert status.duration is not None
    assert status.duration > 0.0


@pytest.mark.parametrize(
    ("name", "content", "mode", "code", "mesg"),
    [
        pytest.param("nothing", None, 0, 127, "command not found: {}", id="not-found"),
        pytest.param("a name", None, 0, 127, "command not found: '{}'", id="not-found-and-quoted"),
        pytest.param("plain", "true\n", 0o600, 126, "cannot execute {}: Permission denied", id="not-executable"),
        pytest.param("", None, 0, 126, "cannot execute {}: Permission denied", id="a-folder"),
    ],
)
def test_a_command_that_cannot_start_goes_from_waiting_to_error(
    tmp_path: Path, name: str, content: str | None, mode: int, code: int, mesg: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    status = JobStatus()
    assert CommandRun([str(path), "argument"], status).run() == code
    assert status.stop_message == mesg.format(path)
    assert walked(status) == ["WAITING", "ERROR"]
    assert (status.start_timestamp, status.duration) == (None, 0.0)


def test_what_is_below_a_file_cannot_be_executed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status = JobStatus()
    assert CommandRun([str(tmp_path / "file" / "program")], status).run() == 126
    assert status.stop_message == f"cannot execute {tmp_path}/file/program: Not a directory"
    assert walked(status) == ["WAITING", "ERROR"]


@pytest.mark.parametrize(
    ("content", "code", "mesg"),
    [
        pytest.param("\x00 no program", 126, "cannot execute {}: Exec format error", id="no-program"),
        pytest.param("#!/no/shell\n", 127, "cannot execute {}: its interpreter is not found", id="no-interpreter"),
    ],
)
def test_a_command_that_turns_out_not_to_be_a_program_has_been_started(tmp_path: Path, content: str, code: int, mesg: str) -> None:
    path = tmp_path / "bad"
    path.write_text(content)
    path.chmod(0o700)
    status = JobStatus()
    assert CommandRun([str(path), "argument"], status).run() == code
    assert status.stop_message == mesg.format(path)
    assert walked(status) == ["WAITING", "RUNNING", "ERROR"]


def test_a_file_in_the_path_that_is_not_executable_does_not_hide_one_that_is(tmp_path: Path) -> None:
    for folder, mode in (("first", 0o600), ("second", 0o700)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "program").write_text("#!/bin/sh\nexit 3\n")
        (tmp_path / folder / "program").chmod(mode)
    status = JobStatus()
    path = os.pathsep.join([str(tmp_path / "nothing"), str(tmp_path / "first"), str(tmp_path / "second")])
    assert CommandRun(["program"], status, env={"PATH": path}).run() == 3
    (tmp_path / "second" / "program").unlink()
    status = JobStatus()
    assert CommandRun(["program"], status, env={"PATH": path}).run() == 126
    assert status.stop_message == "cannot execute program: Permission denied"


@pytest.mark.parametrize("program", [pytest.param(Path("/bin/sh"), id="Path"), pytest.param(b"sh", id="bytes")])
def test_a_program_may_be_named_as_the_system_allows(program: Any) -> None:
    assert CommandRun([program, "-c", "exit 3"], JobStatus()).run() == 3


@pytest.mark.parametrize("name", [pytest.param("no-such-command", id="a-name"), pytest.param("", id="no-name")])
def test_a_name_that_is_no_file_in_the_path_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "no-such-command").mkdir()  # for the system that is one which may not be executed
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    status = JobStatus()
    assert CommandRun([name], status).run() == 127
    assert status.stop_message == f"command not found: {name or repr(name)}"


def test_a_name_is_not_looked_for_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "no-such-command").write_text("true\n")
    monkeypatch.chdir(tmp_path)
    assert CommandRun(["no-such-command"], JobStatus()).run() == 127


def test_a_script_in_the_path_without_its_interpreter_is_found_but_not_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "script-of-nobody").write_text("#!/no/shell\n")
    (tmp_path / "script-of-nobody").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    status = JobStatus()
    assert CommandRun(["script-of-nobody"], status).run() == 127
    assert status.stop_message == "cannot execute script-of-nobody: its interpreter is not found"


def test_an_environment_that_no_program_can_have_is_an_error_of_the_caller_and_of_the_job() -> None:
    status = JobStatus()
    with pytest.raises(ValueError, match="null byte"):
        CommandRun(["/bin/sh"], status, env={"NAME": "\0"}).run()
    assert (status.status, status.stop_message) == (ERROR, "embedded null byte")


def test_a_folder_that_cannot_be_looked_up_leaves_the_job_to_others(tmp_path: Path) -> None:
    status = JobStatus()
    with pytest.raises(ValueError, match="null"):
        CommandRun(["/bin/sh"], status, cwd="\0").run()
    assert status.waiting


def test_the_output_takes_both_streams_in_the_order_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "output"
    with path.open("wb") as sink:
        sink.write(b"before\n")
        sink.flush()
        CommandRun(sh(tmp_path, "echo one; echo two >&2; echo three"), JobStatus(), output=sink).run()
    assert path.read_bytes() == b"before\none\ntwo\nthree\n"


def test_jobs_in_several_threads_do_not_disturb_each_other(jobs: Jobs, tmp_path: Path) -> None:
    for code in range(8):
        (tmp_path / str(code)).mkdir()
    running = [jobs.start(f"{READY} exec sleep 6{code}", folder=str(code)) for code in range(8)]
    groups = [job.runs() for job in running]
    for group in groups[::2]:
        os.killpg(group, signal.SIGINT)
    assert [job.end() for job in running[::2]] == [130] * 4
    assert [str(job.status) for job in running] == ["ERROR", "RUNNING"] * 4


# -- cancel and timeout


def test_another_thread_cancels_the_command(jobs: Jobs, witness: Witness) -> None:
    job = jobs.start(f"{READY} exec sleep 60", output=witness.sink)
    job.runs()
    assert job.status.request_cancel("enough of it")
    assert job.end() == 130
    assert walked(job.status) == ["WAITING", "RUNNING", "CANCEL_REQUESTED", "CANCELED"]
    assert job.status.stop_message == "enough of it"
    assert witness.saw_all_end()


def test_a_command_that_exits_well_when_it_is_canceled_is_canceled(jobs: Jobs) -> None:
    job = jobs.start(f"trap 'exit 0' TERM; {READY} while :; do sleep 0.01; done")
    job.runs()
    job.status.request_cancel()
    assert (job.end(), job.status.status) == (130, CANCELED)


def test_a_cancel_from_before_the_run_is_obeyed_without_a_start(tmp_path: Path) -> None:
    status = JobStatus()
    status.request_cancel("never mind")
    assert CommandRun(sh(tmp_path, READY), status).run() == 130
    assert walked(status) == ["WAITING", "CANCEL_REQUESTED", "CANCELED"]
    assert (status.stop_message, status.start_timestamp, status.duration) == ("never mind", None, 0.0)
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_ended_before_the_run_is_not_started(tmp_path: Path) -> None:
    status = JobStatus()
    status.stop_run(CANCELED, "withdrawn")
    assert CommandRun(sh(tmp_path, READY), status).run() == 130
    assert walked(status) == ["WAITING", "CANCELED"]
    assert list(tmp_path.iterdir()) == []


def test_a_cancel_in_the_moment_of_the_start_ends_the_command(tmp_path: Path, witness: Witness) -> None:
    status = JobStatus()
    status.subscribe(lambda status, move: status.request_cancel("at once") if move.dest is RunningStatus.RUNNING else None)
    assert CommandRun(sh(tmp_path, "exec sleep 60"), status, output=witness.sink).run() == 130
    assert (status.status, status.stop_message) == (CANCELED, "at once")
    assert witness.saw_all_end()


@pytest.mark.parametrize("end", [SUCCESS, ERROR, CANCELED])
def test_an_end_that_another_thread_declares_ends_the_command_and_stands(jobs: Jobs, witness: Witness, end: RunningStatus) -> None:
    job = jobs.start(f"{READY} exec sleep 60", output=witness.sink)
    job.runs()
    job.status.stop_run(end, "declared")
    assert job.end() == 130
    assert walked(job.status) == ["WAITING", "RUNNING", end.name]
    assert witness.saw_all_end()


def test_the_timeout_ends_the_command_with_an_error(tmp_path: Path, witness: Witness) -> None:
    status = JobStatus()
    assert CommandRun(sh(tmp_path, "exec sleep 60"), status, timeout=0.25, output=witness.sink).run() == 124
    assert (status.status, status.stop_message) == (ERROR, "timed out after 0.25 s")
    assert status.duration is not None
    assert status.duration >= 0.25
    assert witness.saw_all_end()


@pytest.mark.parametrize("seconds", [pytest.param(1e6, id="1e6"), pytest.param(1e10, id="1e10"), pytest.param(1e100, id="1e100")])
def test_a_timeout_or_grace_may_be_longer_than_any_clock_lasts(tmp_path: Path, seconds: float) -> None:
    status = JobStatus()
    assert CommandRun(sh(tmp_path, "exit 0"), status, timeout=seconds, grace=seconds).run() == 0


def test_sigterm_comes_first_and_after_the_grace_sigkill(jobs: Jobs, tmp_path: Path, witness: Witness) -> None:
    script = f"trap 'echo TERM >> log' TERM; {READY} while :; do sleep 0.01; done"
    job = jobs.start(script, grace=0.4, output=witness.sink)
    job.runs()
    asked = monotonic()
    job.status.request_cancel()
    assert job.end() == 130
    assert monotonic() - asked >= 0.4
    assert (tmp_path / "log").read_text() == "TERM\n"
    assert witness.saw_all_end()


def test_a_grace_of_zero_leaves_no_time(jobs: Jobs) -> None:
    job = jobs.start(f"trap '' TERM; {READY} exec sleep 60", grace=0.0)
    job.runs()
    job.status.request_cancel()
    assert job.end() == 130


def test_a_second_interrupt_does_not_wait_for_the_grace(jobs: Jobs, witness: Witness) -> None:
    job = jobs.start(f"trap '' TERM; {READY} exec sleep 60", output=witness.sink)
    job.runs()
    job.command.interrupt("first")
    until(lambda: job.status.cancel_requested)
    job.command.interrupt("second")
    assert job.end() == 130
    assert (job.status.status, job.status.stop_message) == (CANCELED, "first")
    assert witness.saw_all_end()


def test_the_first_reason_to_end_a_command_is_the_one_that_counts(jobs: Jobs, tmp_path: Path) -> None:
    job = jobs.start(f"trap 'touch asked' TERM; {READY} while :; do sleep 0.01; done", timeout=0.25)
    until((tmp_path / "asked").exists)
    for _ in range(2):
        job.command.interrupt("too late")
    assert job.end() == 124
    assert walked(job.status) == ["WAITING", "RUNNING", "CANCEL_REQUESTED", "ERROR"]
    assert job.status.stop_message == "timed out after 0.25 s"


# -- stopped and continued


@pytest.mark.parametrize("number", [pytest.param(signal.SIGSTOP, id="SIGSTOP"), pytest.param(signal.SIGTSTP, id="SIGTSTP")])
def test_a_stopped_command_is_suspended_and_a_continued_one_runs(jobs: Jobs, tmp_path: Path, number: signal.Signals) -> None:
    job = jobs.start(f"{READY} until [ -e go ]; do sleep 0.01; done")
    leader = job.runs()
    os.kill(leader, number)
    until(lambda: job.status.suspended)
    os.kill(leader, signal.SIGCONT)
    until(lambda: job.status.running)
    (tmp_path / "go").touch()
    assert job.end() == 0
    assert walked(job.status) == ["WAITING", "RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]
    assert [move.mesg for move in job.status.history if move.trigger == "suspend"] == [
        f"stopped by {number.name}; kill -CONT {leader} continues it"
    ]


def test_a_command_that_exits_as_soon_as_it_is_continued_is_no_longer_suspended(jobs: Jobs, tmp_path: Path) -> None:
    for _ in range(10):  # whether anybody gets to see that it was continued is left to chance
        job = jobs.start(f"{READY} kill -STOP $$; exit 0")
        leader = job.runs()
        until(lambda: job.status.suspended)  # noqa: B023
        os.kill(leader, signal.SIGCONT)
        assert job.end() == 0
        assert walked(job.status) == ["WAITING", "RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]
        (tmp_path / "pid").unlink()


def test_a_command_that_is_killed_while_it_is_stopped_never_ran_again(jobs: Jobs) -> None:
    job = jobs.start(f"{READY} kill -STOP $$")
    leader = job.runs()
    until(lambda: job.status.suspended)
    os.kill(leader, signal.SIGKILL)
    assert job.end() == 137
    assert walked(job.status) == ["WAITING", "RUNNING", "SUSPENDED", "ERROR"]


def test_a_suspended_command_can_be_canceled(jobs: Jobs, witness: Witness) -> None:
    job = jobs.start(f"{READY} kill -STOP $$; sleep 60", output=witness.sink)
    job.runs()
    until(lambda: job.status.suspended)
    job.status.request_cancel("it hangs")
    assert job.end() == 130
    assert walked(job.status) == ["WAITING", "RUNNING", "SUSPENDED", "CANCEL_REQUESTED", "CANCELED"]
    assert witness.saw_all_end()


def test_the_timeout_ends_a_suspended_command_too(jobs: Jobs, witness: Witness) -> None:
    job = jobs.start("kill -STOP $$; sleep 60", timeout=0.25, output=witness.sink)
    assert job.end() == 124
    assert (job.status.status, job.status.stop_message) == (ERROR, "timed out after 0.25 s")
    assert "SUSPENDED" in walked(job.status)
    assert witness.saw_all_end()


def test_a_command_that_stops_itself_instead_of_ending_is_killed_after_the_grace(jobs: Jobs) -> None:
    job = jobs.start("trap 'kill -STOP $$' TERM; while :; do sleep 0.01; done", timeout=0.25, grace=0.3)
    assert job.end() == 124
    assert walked(job.status) == ["WAITING", "RUNNING", "ERROR"]


# -- what a command leaves behind


@pytest.mark.parametrize(
    "grandchild",
    [
        pytest.param("sleep 60", id="that-waits"),
        pytest.param("(trap '' TERM; exec sleep 60)", id="that-ignores-SIGTERM"),
        pytest.param("sh -c 'kill -STOP $$; sleep 60'", id="that-is-stopped"),
    ],
)
def test_a_grandchild_ends_with_the_command(tmp_path: Path, witness: Witness, grandchild: str) -> None:
    status = JobStatus()
    assert CommandRun(sh(tmp_path, f"{grandchild} & exit 3"), status, grace=0.2, output=witness.sink).run() == 3
    assert (status.status, status.stop_message) == (ERROR, "exited with code 3")
    assert witness.saw_all_end()


def test_a_cancel_that_comes_after_the_command_has_ended_comes_too_late(jobs: Jobs, witness: Witness) -> None:
    job = jobs.start(f"trap '' TERM; sleep 60 & {READY} exit 0", output=witness.sink)
    job.runs()
    until(lambda: job.command._supervisor.ended)  # but not what it left behind
    job.command.interrupt("first")
    until(lambda: job.status.cancel_requested)
    job.command.interrupt("second")
    assert job.end() == 0
    assert walked(job.status) == ["WAITING", "RUNNING", "CANCEL_REQUESTED", "SUCCESS"]
    assert witness.saw_all_end()


# -- the process that runs the command


#: a program that runs a script as a job, and then says what became of it
HOST = """
import sys
from job_status import JobStatus
from job_status.runner import CommandRun
status = JobStatus()
status.subscribe(lambda status, move: open("running", "w").close())
try:
    code = CommandRun(sys.argv[1:], status).run()
except BaseException as error:
    code = type(error).__name__
print(code, status, status.stop_message, file=sys.stderr)
"""


class Host:
    """That program as a process. It and the script have the pipe `stdout`, which ends when the last of them has ended."""

    def __init__(self, folder: Path, script: str, setup: str = "") -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", setup + HOST, *sh(folder, script)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def runs(self) -> int:
        """Wait until the job is known to run and the script is ready; the process id of that."""
        until((self.folder / "running").exists)
        return ready(self.folder)

    def said(self) -> str:
        """Wait for the end of all; what the program said."""
        return self.process.communicate(timeout=DEADLINE)[1].decode().strip()


class Hosts:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Host] = []

    def start(self, script: str, setup: str = "") -> Host:
        self.started.append(Host(self.folder, script, setup))
        return self.started[-1]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    starter = Hosts(tmp_path)
    yield starter
    for host in starter.started:
        host.process.kill()
        host.said()


def test_a_keyboard_interrupt_that_nobody_handles_cancels_the_job_and_goes_on(hosts: Hosts) -> None:
    host = hosts.start(f"trap '' TERM; {READY} exec sleep 60")
    host.runs()
    host.process.send_signal(signal.SIGINT)
    assert host.said() == "KeyboardInterrupt CANCELED KeyboardInterrupt"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(READY, id="RUNNING"),
        pytest.param(f"trap '' TERM; sleep 60 & {READY}", id="with-a-grandchild-that-ignores-SIGTERM"),
        pytest.param(f"{READY} kill -STOP $$;", id="SUSPENDED"),
    ],
)
def test_the_process_group_dies_with_a_host_that_is_killed(hosts: Hosts, before: str) -> None:
    host = hosts.start(f"{before} sleep 60")
    host.runs()
    host.process.kill()
    assert host.said() == ""
    assert host.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for the guard in /proc")
def test_a_job_does_without_a_guard_that_was_killed(hosts: Hosts, tmp_path: Path) -> None:
    host = hosts.start(f"{READY} until [ -e go ]; do sleep 0.01; done; exit 3")
    leader = host.runs()
    children = Path(f"/proc/{host.process.pid}/task/{host.process.pid}/children")
    (guard,) = {int(child) for child in children.read_text().split()} - {leader}
    os.kill(guard, signal.SIGKILL)
    until(lambda: Path(f"/proc/{guard}/stat").read_text().split()[2] == "Z")
    (tmp_path / "go").touch()
    assert host.said() == "3 ERROR exited with code 3"


def test_where_sigchld_is_ignored_the_end_of_a_command_is_seen_but_not_how(hosts: Hosts) -> None:
    host = hosts.start("exit 0", setup="import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)")
    mesg = "how it ended is not known: this process ignores SIGCHLD or waits for any child elsewhere"
    assert host.said() == f"125 ERROR {mesg}"


#: what a host does to adopt orphans: it then has to reap those of the process group, which is not empty before
ADOPTING = "import atexit, ctypes, os; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); "


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has it")
def test_a_host_that_adopts_orphans_has_none_of_the_group_left(hosts: Hosts) -> None:
    last = "atexit.register(lambda: os.write(2, str(os.waitpid(-1, os.WNOHANG)).encode()))\n"
    host = hosts.start("sleep 60 & exit 3", setup=ADOPTING + last)
    said = host.said()
    assert said.startswith("3 ERROR exited with code 3")
    assert "ChildProcessError" in said
