"""The command `job-status run`: real processes and real signals, in pipes and on a pseudo-terminal.

Nothing here waits for a fixed time: a command says in a file that it is ready, and a test polls for what it expects. That
nobody outlives the tool is seen at its stdout, which the command and all that it started hold open too: it comes to its end.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from job_status import JobStatus, RunningStatus
from job_status.cli._run import _seconds
from job_status.store import JobStore
from tests.command_line import BEATING, DEADLINE, READY, RUN, UNTIL_GO, Place, Starter, environment, is_alive, sh, until

CANCELED, ERROR, SUCCESS = RunningStatus.CANCELED, RunningStatus.ERROR, RunningStatus.SUCCESS

if os.name != "posix":
    pytest.skip("there are no process groups", allow_module_level=True)

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has it")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path)
    yield starter
    starter.close()


def run(folder: Path, *arguments: str, stdin: bytes = b"", umask: int = -1, **env: str) -> subprocess.CompletedProcess[bytes]:
    """`job-status run` from its start to its end."""
    return subprocess.run(
        [*RUN, *arguments],
        cwd=folder,
        env=environment(**env),
        input=stdin,
        umask=umask,
        timeout=DEADLINE,
        capture_output=True,
        check=False,
    )


# -- exit codes


@pytest.mark.parametrize(
    ("arguments", "code", "walked", "mesg"),
    [
        pytest.param(sh("exit 0"), 0, ["RUNNING", "SUCCESS"], None, id="0"),
        pytest.param(sh("exit 7"), 7, ["RUNNING", "ERROR"], "exited with code 7", id="its-own"),
        pytest.param(("no-such-command",), 127, ["ERROR"], "command not found: no-such-command", id="127-not-found"),
        pytest.param(("./plain",), 126, ["ERROR"], "cannot execute ./plain: Permission denied", id="126-not-executable"),
        pytest.param(("/",), 126, ["ERROR"], "cannot execute /: Permission denied", id="126-a-folder"),
        pytest.param(sh("kill -SEGV $$"), 139, ["RUNNING", "ERROR"], "killed by SIGSEGV", id="139-killed-by-SIGSEGV"),
        pytest.param(sh("kill -KILL $$"), 137, ["RUNNING", "ERROR"], "killed by SIGKILL", id="137-killed-by-SIGKILL"),
        pytest.param(("--timeout", "0.25", "sleep", "60"), 124, ["RUNNING", "ERROR"], "timed out after 0.25 s", id="124-timed-out"),
        pytest.param(
            ("--timeout", "0.5", "--grace", "0", *sh("trap '' TERM; sleep 60")),
            124,
            ["RUNNING", "ERROR"],
            "timed out after 0.5 s",
            id="124-timed-out-and-killed",
        ),
    ],
)
def test_the_exit_code_is_that_of_the_command_or_tells_how_it_ended(
    start: Starter, arguments: Sequence[str], code: int, walked: list[str], mesg: str | None
) -> None:
    (start.folder / "plain").write_text("true\n")
    tool = start.tool(*arguments)
    assert tool.end() == code
    assert tool.walked() == ["WAITING", *walked]
    assert tool.report().stop_message == mesg
    assert (mesg or "SUCCESS") in tool.said()
    assert tool.stdout == b""


@pytest.mark.parametrize(
    ("number", "code", "mesg"),
    [
        pytest.param(signal.SIGINT, 130, "interrupted", id="SIGINT"),
        pytest.param(signal.SIGTERM, 143, "received SIGTERM", id="SIGTERM"),
        pytest.param(signal.SIGHUP, 129, "received SIGHUP", id="SIGHUP"),
    ],
)
def test_a_signal_to_the_tool_cancels_the_job(start: Starter, number: signal.Signals, code: int, mesg: str) -> None:
    tool = start.tool(*sh(f"{READY} sleep 60"))
    tool.runs()
    tool.send(number)
    assert tool.end() == code
    assert tool.walked() == ["WAITING", "RUNNING", "CANCEL_REQUESTED", "CANCELED"]
    assert tool.report().stop_message == mesg


def test_a_command_that_ends_well_when_asked_to_is_canceled_all_the_same(start: Starter) -> None:
    tool = start.tool(*sh(f"trap 'exit 0' TERM; {READY} while :; do sleep 0.01; done"))
    tool.runs()
    tool.send(signal.SIGINT)
    assert tool.end() == 130
    assert tool.report().status is CANCELED


def test_sigterm_comes_first_and_after_the_grace_sigkill(start: Starter) -> None:
    tool = start.tool("--grace", "0.4", *sh(f"trap 'echo TERM' TERM; {READY} while :; do sleep 0.01; done"))
    tool.runs()
    asked = monotonic()
    tool.send(signal.SIGINT)
    assert tool.end() == 130
    assert monotonic() - asked >= 0.4
    assert tool.stdout == b"TERM\n"


def test_a_second_ctrl_c_kills_at_once(start: Starter) -> None:
    tool = start.tool("--grace", "60", *sh(f"trap '' TERM; {READY} sleep 60"))
    tool.runs()
    tool.send(signal.SIGINT)
    tool.saw("RUNNING -> CANCEL_REQUESTED (interrupted)")
    tool.send(signal.SIGINT)
    assert tool.end() == 130
    assert tool.walked() == ["WAITING", "RUNNING", "CANCEL_REQUESTED", "CANCELED"]


#: runs the tool after it, with a thread that catches SIGINT in place of the main thread, which no signal then wakes
CAUGHT_ELSEWHERE = """
import os, runpy, signal, sys, threading, time

def catch():
    while not os.path.exists("go"):
        time.sleep(0.01)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

threading.Thread(target=catch, daemon=True).start()
sys.argv = sys.argv[3:]
runpy.run_module("job_status", run_name="__main__", alter_sys=True)
"""


def test_a_ctrl_c_that_does_not_wake_the_tool_is_not_lost(start: Starter) -> None:
    # The same happens when the signal arrives just before the tool begins to wait.
    tool = start.tool(*sh(f"{READY} sleep 60"), before=(sys.executable, "-c", CAUGHT_ELSEWHERE))
    tool.runs()
    tool.go()
    assert tool.end() == 130


# -- what was ignored, or closed, when the tool was started


def test_sighup_remains_ignored_as_nohup_wants_it(start: Starter) -> None:
    tool = start.tool(*sh(f"{READY} {UNTIL_GO} kill -HUP $$; exit 5"), before=sh('trap "" HUP; exec "$0" "$@"'))
    tool.runs()
    tool.send(signal.SIGHUP)
    tool.go()
    assert tool.end() == 5
    assert tool.walked() == ["WAITING", "RUNNING", "ERROR"]


def test_an_ignored_sigchld_does_not_hide_how_the_command_ended(start: Starter) -> None:
    ignore = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    tool = start.tool(*sh("exit 5"), before=(sys.executable, "-c", ignore))
    assert tool.end() == 5


def test_a_command_whose_reader_went_away_dies_of_sigpipe_as_usual(start: Starter) -> None:
    tool = start.tool(*sh(f"{READY} {UNTIL_GO} while echo line; do :; done"))
    tool.runs()
    assert tool.process.stdout is not None
    tool.process.stdout.close()
    tool.go()
    assert tool.process.wait(DEADLINE) == 141
    assert tool.report().stop_message == "killed by SIGPIPE"
    tool.process.stdout = None


@pytest.mark.parametrize(
    "stderr",
    [
        pytest.param("2>&-", id="closed"),
        pytest.param("2>/dev/full", id="full", marks=on_linux),
        pytest.param("2>fifo", id="without-a-reader"),
    ],
)
def test_a_job_does_not_fail_because_nobody_hears_of_it(tmp_path: Path, stderr: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    script = f'exec "$0" "$@" {stderr}'
    with subprocess.Popen(
        [*sh(script), *RUN, "--report", "report", *sh(f"{READY} {UNTIL_GO} echo done; exit 5")],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
    ) as process:
        place = Place(tmp_path)
        place.ready()
        os.close(reader)
        place.go()
        assert process.communicate(timeout=DEADLINE)[0] == b"done\n"
    assert process.returncode == 5
    assert place.walked() == ["WAITING", "RUNNING", "ERROR"]


# -- stopped and continued


@pytest.mark.parametrize("number", [pytest.param(signal.SIGSTOP, id="SIGSTOP"), pytest.param(signal.SIGTSTP, id="SIGTSTP")])
def test_a_stopped_command_is_suspended_and_a_continued_one_runs(start: Starter, number: signal.Signals) -> None:
    tool = start.tool(*sh(f"{READY} {UNTIL_GO}"))
    command = tool.runs()
    os.kill(command, number)
    tool.saw(f"RUNNING -> SUSPENDED (stopped by {number.name}; kill -CONT {command} continues it)")
    os.kill(command, signal.SIGCONT)
    tool.saw("SUSPENDED -> RUNNING")
    tool.go()
    assert tool.end() == 0
    assert tool.walked() == ["WAITING", "RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]


def test_a_suspended_job_can_be_canceled(start: Starter) -> None:
    tool = start.tool(*sh(f"{READY} kill -STOP $$; sleep 60"))
    tool.saw("RUNNING -> SUSPENDED")
    tool.send(signal.SIGINT)
    assert tool.end() == 130
    assert tool.walked() == ["WAITING", "RUNNING", "SUSPENDED", "CANCEL_REQUESTED", "CANCELED"]


@pytest.mark.parametrize("suspended", [pytest.param(False, id="RUNNING"), pytest.param(True, id="SUSPENDED")])
def test_ctrl_z_stops_the_command_and_the_tool_and_both_go_on_together(start: Starter, suspended: bool) -> None:
    tool = start.tool("--output", "output", *sh(f"{READY} {BEATING}"))
    command, output = tool.runs(), start.folder / "output"
    until(lambda: output.stat().st_size)
    if suspended:
        os.kill(command, signal.SIGSTOP)
        tool.saw("RUNNING -> SUSPENDED (stopped by SIGSTOP")
    tool.send(signal.SIGTSTP)
    assert tool.stopped()
    assert tool.said().count("RUNNING -> SUSPENDED") == 1
    size = output.stat().st_size
    sleep(0.1)  # no beat may come; there is nothing to wait for
    assert output.stat().st_size == size
    tool.send(signal.SIGCONT)
    tool.saw("SUSPENDED -> RUNNING")
    until(lambda: output.stat().st_size > size)
    tool.go()
    assert tool.end() == 0
    assert tool.walked() == ["WAITING", "RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]


def test_ctrl_z_works_while_the_tool_waits_for_what_the_command_left_behind(start: Starter) -> None:
    tool = start.tool("--grace", "60", *sh(f"(trap '' TERM; {UNTIL_GO}) & {READY} exit 0"))
    command = tool.runs()
    until(lambda: not is_alive(command))
    tool.send(signal.SIGTSTP)
    assert tool.stopped()
    tool.send(signal.SIGCONT)
    tool.go()
    assert tool.end() == 0
    assert tool.report().success


#: a command whose child waits to open its stdin before it becomes a program of its own; until then vfork suspends the parent
SPAWNING = """
import os
stdin = os.POSIX_SPAWN_OPEN, 0, "fifo", os.O_RDONLY, 0
os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", ":"], {}, file_actions=[stdin]), 0)
"""


@on_linux
def test_ctrl_z_works_though_the_command_cannot_stop_just_now(start: Starter) -> None:
    os.mkfifo(start.folder / "fifo")
    tool = start.tool(*sh(f"{READY} exec '{sys.executable}' -c '{SPAWNING}'"))
    state = Path(f"/proc/{tool.runs()}/stat")
    until(lambda: state.read_text().rpartition(")")[2].split()[0] == "D")
    tool.send(signal.SIGTSTP)
    assert tool.stopped()
    tool.send(signal.SIGCONT)
    writer = os.open(start.folder / "fifo", os.O_RDWR)
    assert tool.end() == 0
    os.close(writer)


# -- nobody outlives the tool


@pytest.mark.parametrize(
    "grandchild",
    [
        pytest.param("sleep 60", id="that-waits"),
        pytest.param("(trap '' TERM; exec sleep 60)", id="that-ignores-SIGTERM"),
        pytest.param("sh -c 'kill -STOP $$; sleep 60'", id="that-is-stopped"),
    ],
)
def test_a_grandchild_does_not_outlive_the_command(start: Starter, grandchild: str) -> None:
    tool = start.tool("--grace", "0.2", *sh(f"{grandchild} & exit 3"))
    assert tool.end() == 3
    assert tool.report().stop_message == "exited with code 3"


def test_a_grandchild_does_not_outlive_a_cancel(start: Starter) -> None:
    tool = start.tool("--grace", "0.2", *sh(f"(trap '' TERM; exec sleep 60) & {READY} sleep 60"))
    tool.runs()
    tool.send(signal.SIGINT)
    assert tool.end() == 130


@pytest.mark.parametrize("number", [pytest.param(signal.SIGKILL, id="SIGKILL"), pytest.param(signal.SIGQUIT, id="SIGQUIT")])
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(f"{READY} sleep 60", id="RUNNING"),
        pytest.param(f"trap '' TERM HUP; sleep 60 & {READY} sleep 60", id="ignoring-signals"),
        pytest.param(f"{READY} kill -STOP $$; sleep 60", id="SUSPENDED"),
    ],
)
def test_nobody_outlives_a_tool_that_dies_at_once(start: Starter, script: str, number: signal.Signals) -> None:
    tool = start.tool(*sh(script))
    tool.runs()
    tool.send(number)
    assert tool.end() == -number
    assert not (start.folder / "report").exists()


# -- the streams


def test_the_streams_of_the_command_are_left_alone(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    result = run(tmp_path, "--quiet", "--", *sh("cat; echo problem >&2"), stdin=content)
    assert (result.stdout, result.stderr, result.returncode) == (content, b"problem\n", 0)


def test_what_is_said_of_the_job_goes_to_stderr(tmp_path: Path) -> None:
    result = run(tmp_path, "--name", "demo", *sh("echo result"))
    assert result.stdout == b"result\n"
    clock = r"\d\d:\d\d:\d\d\.\d\d\d"
    lines = [
        rf"{clock} demo: WAITING -> RUNNING",
        rf"{clock} demo: RUNNING -> SUCCESS",
        r"demo: SUCCESS after \d+\.\d\d s",
        rf"  {clock}  start_run       WAITING -> RUNNING",
        rf"  {clock}  stop_run        RUNNING -> SUCCESS",
        "",
    ]
    assert re.fullmatch("\n".join(lines), result.stderr.decode())


@pytest.mark.parametrize(
    ("command", "name"),
    [
        pytest.param(("/bin/sh", "-c", ""), "sh", id="without-its-folder"),
        pytest.param(("/",), "/", id="as-it-is-if-nothing-is-left"),
    ],
)
def test_a_job_is_called_like_its_command(tmp_path: Path, command: Sequence[str], name: str) -> None:
    assert f" {name}: WAITING -> " in run(tmp_path, *command).stderr.decode()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param(sh("exit 0"), "", id="SUCCESS"),
        pytest.param(sh("exit 7"), "sh: ERROR: exited with code 7\n", id="ERROR"),
        pytest.param(("no-such-command",), "no-such-command: ERROR: command not found: no-such-command\n", id="not-found"),
        pytest.param(sh("kill -INT $PPID; sleep 60"), "", id="CANCELED"),
    ],
)
def test_quiet_says_errors_only(tmp_path: Path, command: Sequence[str], said: str) -> None:
    assert run(tmp_path, "--quiet", *command).stderr.decode() == said


def test_the_output_takes_both_streams(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("something old that is longer than what comes")
    result = run(tmp_path, "--quiet", "--output", "output", *sh("echo one; echo two >&2; echo three"))
    assert (result.stdout, result.stderr) == (b"", b"")
    assert (tmp_path / "output").read_text() == "one\ntwo\nthree\n"


def test_there_are_no_control_codes_where_there_is_no_terminal(tmp_path: Path) -> None:
    result = run(tmp_path, "--output", "output", *sh("exit 7"), FORCE_COLOR="1", TTY_COMPATIBLE="1", TTY_INTERACTIVE="1")
    assert b"exited with code 7" in result.stderr
    assert re.findall(rb"[^ -~\n]", result.stderr) == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("0.25", "0.25", id="seconds"),
        pytest.param("0.25s", "0.25", id="seconds-with-a-unit"),
        pytest.param("0h0.005m", "0.3", id="hours-and-minutes"),
    ],
)
def test_a_timeout_may_have_units(tmp_path: Path, text: str, seconds: str) -> None:
    result = run(tmp_path, "--timeout", text, "sleep", "60")
    assert result.returncode == 124
    assert f"timed out after {seconds} s" in result.stderr.decode()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("90", 90, id="90"),
        pytest.param("1e3", 1e3, id="1e3"),
        pytest.param("10m", 600, id="10m"),
        pytest.param("1h30m", 5400, id="1h30m"),
        pytest.param("1d1h1m1.5s", 90061.5, id="1d1h1m1.5s"),
        pytest.param("1.5h", 5400, id="1.5h"),
    ],
)
def test_the_units_of_a_time(text: str, seconds: float) -> None:
    assert _seconds(text) == seconds


# -- the report


def test_the_report_is_what_to_dict_says(tmp_path: Path) -> None:
    run(tmp_path, "--report", "report", *sh("exit 7"))
    data = json.loads((tmp_path / "report").read_text())
    status = JobStatus.from_dict(data)
    assert (status.status, status.stop_message, status.progress) == (ERROR, "exited with code 7", 0.0)
    assert status.to_dict() == data


@pytest.mark.parametrize(("umask", "mode"), [pytest.param(0, 0o666, id="000"), pytest.param(0o027, 0o640, id="027")])
def test_the_report_honours_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    run(tmp_path, "--report", "report", "true", umask=umask)
    assert (tmp_path / "report").stat().st_mode & 0o777 == mode


def test_the_report_replaces_an_old_one_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "report").symlink_to("old")
    with (tmp_path / "old").open() as reader:
        run(tmp_path, "--report", "report", "true")
        assert reader.read() == "old"  # that file was not written to
    assert Place(tmp_path).report().success
    assert (tmp_path / "report").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old", "report"]


def test_a_device_or_pipe_takes_the_report_and_remains_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "report"
    os.mkfifo(path)
    texts: list[str] = []
    reader = Thread(target=lambda: texts.append(path.read_text()), daemon=True)
    reader.start()
    assert run(tmp_path, "--report", "report", "true").returncode == 0
    reader.join(DEADLINE)
    assert JobStatus.from_dict(json.loads(texts[0])).success
    assert path.is_fifo()


@pytest.mark.parametrize(
    ("script", "code", "problem"),
    [
        pytest.param("rm -r place", 1, "No such file or directory", id="folder-removed"),
        pytest.param("mkdir place/report", 1, "Is a directory", id="folder-in-its-place"),
        pytest.param("rm -r place; exit 7", 7, "No such file or directory", id="folder-removed-by-a-command-that-fails"),
    ],
)
def test_a_report_that_cannot_be_written_in_the_end_is_an_error(tmp_path: Path, script: str, code: int, problem: str) -> None:
    (tmp_path / "place").mkdir()
    result = run(tmp_path, "--quiet", "--name", "demo", "--report", "place/report", *sh(script))
    assert result.returncode == code
    path = os.path.realpath(tmp_path / "place" / "report")
    assert result.stderr.decode().splitlines()[-1] == f"demo: cannot write {path}: {problem}"
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] in ([], ["place", "place/report"])


# -- what is refused before anything runs

BAD_OPTIONS = [
    pytest.param("--report", "no/report", "argument --report: cannot write into {}/no", id="report-nowhere"),
    pytest.param("--report", ".", "argument --report: {} is a directory", id="report-a-folder"),
    pytest.param("--output", "no/output", "argument --output: cannot write no/output: No such file", id="output-nowhere"),
    pytest.param("--output", ".", "argument --output: cannot write .: Is a directory", id="output-a-folder"),
    *(pytest.param(option, value, f"argument {option}: '{value}' is not a time: say 90 or 90s, 10m, 1h30m", id=f"{option}-{value}")
      for option in ("--timeout", "--grace")
      for value in ("nan", "-1", "inf", "1e400", "abc", "", "10x", "1m1h", "1h-30m", "1.s")),
    pytest.param("--timeout", "0", "argument --timeout: '0' would end every job at once: leave it out for no timeout", id="0"),
    pytest.param("--timeout", "0m", "argument --timeout: '0m' would end every job at once", id="0m"),
    pytest.param("--nonsense", "0", "unrecognized arguments: --nonsense", id="unknown-option"),
    pytest.param("--time", "1", "unrecognized arguments: --time", id="abbreviated-option"),
]  # fmt: skip


@pytest.mark.parametrize(("option", "value", "problem"), BAD_OPTIONS)
def test_a_bad_option_is_a_clear_error_before_the_command_runs(tmp_path: Path, option: str, value: str, problem: str) -> None:
    result = run(tmp_path, option, value, "--", "touch", "ran")
    assert result.returncode == 2
    said = result.stderr.decode()
    assert problem.format(os.path.realpath(tmp_path)) in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [pytest.param((), id="nothing"), pytest.param(("--quiet", "--"), id="nothing-after-the-dashes")]
)
def test_a_command_is_needed(tmp_path: Path, arguments: Sequence[str]) -> None:
    result = run(tmp_path, *arguments)
    assert result.returncode == 2
    assert "job-status run: error: there is no COMMAND to run" in result.stderr.decode()


@pytest.mark.parametrize("dashes", [pytest.param((), id="plain"), pytest.param(("--",), id="after-the-dashes")])
def test_options_after_the_command_belong_to_it(tmp_path: Path, dashes: Sequence[str]) -> None:
    result = run(tmp_path, "--quiet", *dashes, "echo", "--timeout", "0", "--help", "--", "-x")
    assert result.stdout == b"--timeout 0 --help -- -x\n"


# -- on a terminal


IS_TERMINAL = "import os; print('TERMINALS', [number for number in (0, 1, 2) if os.isatty(number)], '\\033[31mred\\033[0m')"


def test_the_command_has_the_terminal_and_keeps_its_colours(start: Starter) -> None:
    terminal = start.on_terminal(sys.executable, "-c", IS_TERMINAL)
    assert terminal.end() == 0
    assert "TERMINALS [0, 1, 2] \x1b[31mred\x1b[0m" in terminal.screen
    assert "RUNNING -> SUCCESS" in terminal.screen


def test_a_live_line_shows_status_and_times_while_the_command_writes_to_a_file(start: Starter) -> None:
    script = f"{READY} {UNTIL_GO} while [ ! -e enough ]; do echo line; sleep 0.01; done"
    terminal = start.on_terminal("--name", "demo", "--output", "output", *sh(script))
    command = terminal.ready()
    terminal.saw(r"demo: RUNNING for [1-9]\d* s, last wrote [1-9]\d* s ago")
    terminal.go()
    terminal.saw(r"demo: RUNNING for [1-9]\d* s, last wrote 0 s ago")
    os.kill(command, signal.SIGSTOP)
    terminal.saw(r"demo: SUSPENDED for [1-9]\d* s")
    os.kill(command, signal.SIGCONT)
    (terminal.folder / "enough").touch()
    assert terminal.end() == 0
    assert "demo: SUCCESS after" in terminal.screen
    hidden, shown = terminal.screen.rfind("\x1b[?25l"), terminal.screen.rfind("\x1b[?25h")
    assert -1 < hidden < shown, "the cursor is hidden in the end"


def test_the_cursor_is_not_hidden_while_the_tool_is_stopped(start: Starter) -> None:
    terminal = start.on_terminal("--output", "output", *sh(f"{READY} {BEATING}"))
    terminal.ready()
    terminal.process.send_signal(signal.SIGTSTP)
    until(lambda: os.waitpid(terminal.process.pid, os.WNOHANG | os.WUNTRACED)[0])
    terminal.saw("RUNNING -> SUSPENDED")
    assert terminal.screen.rfind("\x1b[?25l") < terminal.screen.rfind("\x1b[?25h")
    terminal.process.send_signal(signal.SIGCONT)
    terminal.go()
    assert terminal.end() == 0


@pytest.mark.parametrize(
    "options", [pytest.param(("--quiet", "--output", "output"), id="quiet"), pytest.param(("--quiet",), id="quiet-without-output")]
)
def test_quiet_shows_nothing_on_a_terminal(start: Starter, options: Sequence[str]) -> None:
    terminal = start.on_terminal(*options, "true")
    assert terminal.end() == 0
    assert terminal.screen == ""


def test_ctrl_c_on_the_terminal_cancels_the_job_and_a_second_one_kills_it(start: Starter) -> None:
    terminal = start.on_terminal("--grace", "60", *sh(f"trap '' TERM; {READY} sleep 60"))
    terminal.ready()
    terminal.type("\x03")
    terminal.saw(r"RUNNING -> CANCEL_REQUESTED \(interrupted\)")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert terminal.walked() == ["WAITING", "RUNNING", "CANCEL_REQUESTED", "CANCELED"]


@pytest.mark.parametrize(
    ("script", "code", "attempt"),
    [
        pytest.param("exec cat", 128 + signal.SIGTTIN, "read from the terminal", id="reads"),
        pytest.param("cat; sleep 60", 128 + signal.SIGTTIN, "read from the terminal", id="a-grandchild-reads"),
        pytest.param("trap '' TERM; exec cat", 128 + signal.SIGTTIN, "read from the terminal", id="reads-and-ignores-SIGTERM"),
        pytest.param("exec stty -echo", 128 + signal.SIGTTOU, "take over the terminal", id="takes-over"),
    ],
)
def test_a_command_that_wants_the_terminal_is_told_so_instead_of_hanging(
    start: Starter, script: str, code: int, attempt: str
) -> None:
    terminal = start.on_terminal("--grace", "0.3", *sh(script))
    assert terminal.end() == code
    remedy = "run it in the foreground (--foreground), or redirect its input, for example < /dev/null"
    mesg = f"it tried to {attempt}, which a job in the background cannot: {remedy}"
    assert terminal.report().stop_message == mesg
    assert terminal.walked() == ["WAITING", "RUNNING", "ERROR"]
    assert f"RUNNING -> ERROR ({mesg})" in terminal.screen


def test_in_a_shell_ctrl_z_and_fg_work_as_ever(start: Starter) -> None:
    shell = start.terminal("/bin/sh", "-i", PS1="$ ", ENV="")
    shell.saw(r"\$ ")
    command = " ".join([f"'{sys.executable}'", *RUN[1:], "--report", "report", "sleep", "60"])
    shell.type(f"{command}\n")
    shell.saw("WAITING -> RUNNING")
    shell.type("\x1a")
    shell.saw("Stopped")
    shell.saw(r"RUNNING -> SUSPENDED \(stopped by SIGSTOP\)")
    shell.type("fg\n")
    shell.saw("SUSPENDED -> RUNNING")
    shell.type("\x03")
    shell.saw("sleep: CANCELED after")
    shell.type("echo code $?; exit\n")
    shell.end()
    assert "code 130" in shell.screen
    assert shell.walked() == ["WAITING", "RUNNING", "SUSPENDED", "RUNNING", "CANCEL_REQUESTED", "CANCELED"]


@pytest.mark.parametrize("options", [pytest.param((), id="plain"), pytest.param(("--output", "output"), id="with-a-live-line")])
def test_a_job_whose_terminal_goes_away_is_canceled_and_reported(start: Starter, options: Sequence[str]) -> None:
    terminal = start.on_terminal(*options, *sh(f"{READY} sleep 60"))
    terminal.ready()
    terminal.saw("RUNNING")
    terminal.hang_up()
    assert terminal.process.wait(DEADLINE) == 129
    assert terminal.walked() == ["WAITING", "RUNNING", "CANCEL_REQUESTED", "CANCELED"]
    assert terminal.report().stop_message == "received SIGHUP"


# -- the command itself


def test_the_version_and_the_help_are_told(tmp_path: Path) -> None:
    tell = [sys.executable, "-m", "job_status"]
    version = subprocess.run([*tell, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert re.fullmatch(r"job-status, version \d+\.\d+\.\d+\n", version)
    commands = subprocess.run([*tell, "--help"], capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert "  run       Run COMMAND as a job, in a process group of its own.\n" in commands
    text = subprocess.run([*tell, "run", "--help"], capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert "usage: job-status run [OPTIONS] COMMAND ..." in text
    assert "a job cannot read from a terminal" in " ".join(text.split())


def test_as_a_command_of_click_it_is_the_same(tmp_path: Path) -> None:
    arguments = ["run", "--no-store", "--quiet", "--", "echo", "--help", "--", "-x"]
    command = [sys.executable, "-c", f"from job_status.cli._commands import cli; cli({arguments})"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout == "--help -- -x\n"


def test_a_job_starts_without_modules_that_take_longer_to_import_than_it_takes_to_run(tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "job_status", "run", "--no-store", "--quiet", "true"]
    plain = {name: value for name, value in environment().items() if not name.startswith("COV")}  # coverage imports more
    said = subprocess.run(command, env=plain, cwd=tmp_path, capture_output=True, text=True, check=True).stderr
    imported = {line.rpartition("|")[2].strip() for line in said.splitlines()}
    assert "job_status.runner" in imported
    needless = {"asyncio", "click", "json", "pathlib", "rich", "shutil", "sqlite3", "tempfile", "typing"}
    assert imported & needless == set()


#: the command where a module is not installed
WITHOUT = """
import sys
class Missing:
    def find_spec(name, path, target=None):
        if name == sys.argv[1]:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing)
from job_status.__main__ import main
main()
"""


def test_what_the_command_needs_is_said_in_one_sentence(tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-c", WITHOUT, "click"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr == "job-status needs click: pip install 'job_status[cli]'\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param((), "job-status needs rich: pip install 'job_status[cli]'\n", id="list"),
        pytest.param(("--watch",), "Error: watch draws with rich: pip install 'job_status[cli]'\n", id="list-watch"),
    ],
)
def test_a_command_that_needs_rich_says_so(tmp_path: Path, options: Sequence[str], said: str) -> None:
    JobStore(f"sqlite:///{tmp_path}/jobs.db").close()
    script = f"import sys\nmissing = sys.argv.pop(1)\n{WITHOUT.replace('sys.argv[1]', 'missing')}"
    command = [sys.executable, "-c", script, "rich", "list", "--store", "jobs.db", *options]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (1, said)


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_a_job_runs_without_what_the_other_commands_need(start: Starter, missing: str) -> None:
    script = f"import sys\nmissing = sys.argv.pop(1)\n{WITHOUT.replace('sys.argv[1]', 'missing')}"
    terminal = start.terminal(
        sys.executable, "-c", script, missing, "run", "--store", "jobs.db", "--output", "output", "echo", "done"
    )
    assert terminal.end() == 0
    assert "RUNNING -> SUCCESS" in terminal.screen


def test_any_other_module_that_is_missing_is_not_blamed_on_the_extra(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT, "job_status.cli._diagrams"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.stderr.endswith("ModuleNotFoundError: No module named 'job_status.cli._diagrams'\n")
    assert "pip install" not in result.stderr
