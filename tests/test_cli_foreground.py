"""`job-status run` and programs that want the terminal: with `--foreground` they have it, without it they are refused at once.

All of it on a pseudo-terminal, most of it under an interactive shell.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from job_status import RunningStatus
from tests.command_line import DEADLINE, READY, RUN, UNTIL_GO, Starter, Terminal, sh, until

CANCELED, ERROR, SUCCESS = RunningStatus.CANCELED, RunningStatus.ERROR, RunningStatus.SUCCESS

if os.name != "posix":
    pytest.skip("there are no process groups", allow_module_level=True)

FOREGROUND = shlex.join([*RUN, "--report", "report", "--foreground"])

#: longer than a test lasts: what ends before was not waited for
LONG_GRACE = ("--grace", "60")

CTRL_C, CTRL_D, CTRL_Z = "\x03", "\x04", "\x1a"

#: says what it reads, and is ready as soon as it has the terminal
READER = f"{READY} while read -r line; do echo got $line; done"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path)
    yield starter
    starter.close()


@pytest.fixture
def shell(start: Starter) -> Terminal:
    """An interactive shell on a terminal."""
    shell = start.terminal("/bin/sh", "-i", PS1="$ ", ENV="")
    shell.saw(r"\$ ")
    return shell


def echoes(terminal: Terminal) -> bool:
    """Whether the terminal shows what is typed."""
    return bool(termios.tcgetattr(terminal.keyboard)[3] & termios.ECHO)


def stopped(shell: Terminal) -> None:
    """Wait until the shell lists its job as stopped."""

    def listed() -> bool:
        shell.type("jobs\n")
        return shell.shows("Stopped")

    shell.screen = ""
    until(listed)


def leave(shell: Terminal) -> None:
    """Leave the shell, after its jobs have ended."""
    shell.type("exit\n")
    shell.end()


def in_foreground(script: str) -> str:
    return f"{FOREGROUND} -- {shlex.join(sh(script))}\n"


# -- in the foreground


def test_a_program_in_the_foreground_reads_from_the_terminal(start: Starter) -> None:
    terminal = start.on_terminal("--foreground", *sh(READER))
    terminal.ready()
    terminal.type("hello\n")
    terminal.saw("got hello")
    terminal.type(CTRL_D)
    assert terminal.end() == 0
    assert terminal.walked() == ["WAITING", "RUNNING", "SUCCESS"]


def test_nothing_is_said_before_the_end_while_a_program_has_the_screen(start: Starter) -> None:
    terminal = start.on_terminal("--foreground", "--name", "demo", *sh("echo the screen"))
    assert terminal.end() == 0
    assert terminal.screen.startswith("the screen\r\ndemo: SUCCESS after ")


def test_ctrl_c_in_the_foreground_is_for_the_program_and_cancels_a_job_that_dies_of_it(start: Starter) -> None:
    terminal = start.on_terminal("--foreground", *LONG_GRACE, *sh(f"{READY} exec cat"))
    terminal.ready()
    terminal.type(CTRL_C)
    assert terminal.end() == 130
    assert terminal.walked() == ["WAITING", "RUNNING", "CANCELED"]
    assert terminal.report().stop_message == "interrupted"


def test_a_program_in_the_foreground_may_take_ctrl_c_for_what_it_likes(start: Starter) -> None:
    terminal = start.on_terminal("--foreground", *sh(f"trap 'echo caught; exit 5' INT; {READER}"))
    terminal.ready()
    terminal.type(CTRL_C)
    assert terminal.end() == 5
    assert "caught" in terminal.screen
    assert terminal.report().status is ERROR


def test_ctrl_z_and_fg_in_a_shell(shell: Terminal) -> None:
    shell.type(in_foreground(READER))
    shell.ready()
    shell.type(CTRL_Z)
    shell.saw("Stopped")
    shell.type("echo the shell has $((1 + 1))\n")
    shell.saw("the shell has 2")
    shell.type("fg\n")
    shell.type("hello\n")
    shell.saw("got hello")
    shell.type(CTRL_D)
    shell.saw("SUCCESS after")
    shell.type("echo code $?; exit\n")
    shell.end()
    assert "code 0" in shell.screen
    assert shell.walked() == ["WAITING", "RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]


def test_a_program_that_stops_itself_is_continued_by_fg(shell: Terminal) -> None:
    shell.type(in_foreground("kill -STOP $$; echo went on"))
    shell.saw("Stopped")
    shell.type("fg\n")
    shell.saw("\r\nwent on")
    shell.saw("SUCCESS after")


def test_a_job_that_reads_in_the_background_stops_until_fg(shell: Terminal) -> None:
    shell.type(in_foreground(READER)[:-1] + " &\n")
    shell.ready()
    stopped(shell)
    shell.type("fg\n")
    shell.type("hello\n")
    shell.saw("got hello")
    shell.type(CTRL_C)
    shell.saw("CANCELED after")
    leave(shell)
    assert shell.report().status is CANCELED


def test_a_job_that_was_sent_to_the_background_reads_again_after_fg(shell: Terminal) -> None:
    shell.type(in_foreground("read first; echo one $first; read second; echo two $second"))
    shell.type("hello\n")
    shell.saw("one hello")
    shell.type(CTRL_Z)
    shell.saw("Stopped")
    shell.type("bg\n")
    stopped(shell)
    shell.type("fg\n")
    shell.type("world\n")
    shell.saw("two world")
    shell.saw("SUCCESS after")
    leave(shell)
    assert shell.report().status is SUCCESS


def test_a_job_that_fg_brings_to_the_foreground_while_it_works_may_read(shell: Terminal) -> None:
    shell.type(in_foreground(f"{READY} {UNTIL_GO} {READER}")[:-1] + " &\n")
    shell.ready()
    shell.screen = ""
    shell.type("fg\n")
    shell.saw(r"fg\r\n.*--foreground")
    shell.go()
    shell.type("hello\n")
    shell.saw("got hello")
    shell.type(CTRL_D)
    shell.saw("SUCCESS after")
    leave(shell)
    assert shell.walked() == ["WAITING", "RUNNING", "SUCCESS"]


def test_ctrl_z_stops_a_script_that_waits_for_the_tool_too(shell: Terminal) -> None:
    (shell.folder / "script").write_text(f"{in_foreground(READER)}echo after all\n")
    shell.type("sh script\n")
    shell.ready()
    shell.type(CTRL_Z)
    shell.saw("Stopped")
    shell.type("fg\n")
    shell.type(CTRL_D)
    shell.saw("\nafter all")


def test_ctrl_z_where_nobody_could_continue_the_tool_goes_on_at_once(start: Starter) -> None:
    terminal = start.on_terminal("--foreground", *sh(READER))
    terminal.ready()
    terminal.type(CTRL_Z)
    terminal.type("hello\n")
    terminal.saw("got hello")
    terminal.type(CTRL_D)
    assert terminal.end() == 0
    assert terminal.walked() == ["WAITING", "RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]


def test_the_terminal_has_its_modes_again_while_a_program_that_changed_them_is_stopped(shell: Terminal) -> None:
    shell.type(in_foreground(f"stty -echo; {READER}"))
    shell.ready()
    assert not echoes(shell)
    shell.type(CTRL_Z)
    shell.saw("Stopped")
    assert echoes(shell)
    shell.type("fg\n")
    until(lambda: not echoes(shell))
    shell.type("hello\n")
    shell.saw("got hello")


def test_the_terminal_has_its_modes_again_after_a_program_that_was_killed(start: Starter) -> None:
    terminal = start.terminal("/bin/sh", "-c", in_foreground(f"stty -echo; {READY} kill -KILL $$") + "sleep 60")
    terminal.ready()
    terminal.saw("killed by SIGKILL")
    assert echoes(terminal)


def test_modes_that_a_program_leaves_behind_on_purpose_stay(start: Starter) -> None:
    terminal = start.terminal("/bin/sh", "-c", in_foreground("stty -echo") + "sleep 60")
    terminal.saw("SUCCESS after")
    assert not echoes(terminal)


def test_a_command_that_is_not_found_gives_the_terminal_back(shell: Terminal) -> None:
    shell.type(f"{FOREGROUND} no-such-command; read line; echo line is $line\n")
    shell.saw("command not found")
    shell.type("hello\n")
    shell.saw("\nline is hello")


def test_a_job_in_the_foreground_whose_terminal_goes_away_ends_and_is_reported(start: Starter) -> None:
    terminal = start.on_terminal("--foreground", *sh(f"{READY} exec sleep 60"))
    terminal.ready()
    terminal.hang_up()
    assert terminal.process.wait(DEADLINE) == 128 + signal.SIGHUP
    assert terminal.report().completed


def test_the_foreground_needs_a_terminal(start: Starter) -> None:
    without = (sys.executable, "-c", "import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])")
    tool = start.tool("--foreground", "touch", "ran", before=without)
    assert tool.end() == 2
    assert "there is no terminal to run the command in the foreground of" in tool.said()
    assert not (start.folder / "ran").exists()


@pytest.mark.skipif(shutil.which("top") is None, reason="there is no top")
def test_top_in_the_foreground(start: Starter) -> None:
    terminal = start.on_terminal("--foreground", "top", "-d", "60")
    terminal.saw("(?i)load average|cpu")
    terminal.type("q")
    assert terminal.end() == 0


# -- without it

MESG = "it tried to take over the terminal, which a job in the background cannot: "

#: does what top does
LIKE_TOP = """
import os, signal, sys, termios
signal.signal(signal.SIGTTOU, lambda *_: os.kill(os.getpid(), signal.SIGSTOP))
termios.tcsetattr(0, termios.TCSADRAIN, termios.tcgetattr(0))
"""

#: does what vim does
LIKE_VIM = """
import signal, termios
def tidy_up(*_):
    termios.tcsetattr(0, termios.TCSADRAIN, termios.tcgetattr(0))
signal.signal(signal.SIGTERM, tidy_up)
tidy_up()
"""


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            LIKE_TOP, id="that-stops-itself", marks=pytest.mark.skipif(sys.platform != "linux", reason="it is not seen there")
        ),
        pytest.param(LIKE_VIM, id="that-tidies-up"),
    ],
)
def test_a_program_that_wants_the_terminal_is_refused_at_once(start: Starter, script: str) -> None:
    terminal = start.on_terminal(*LONG_GRACE, sys.executable, "-c", script)
    assert terminal.end() == 128 + signal.SIGTTOU
    assert terminal.report().status is ERROR
    assert (terminal.report().stop_message or "").startswith(MESG)


@pytest.mark.skipif(sys.platform != "linux", reason="it is not seen there")
@pytest.mark.skipif(shutil.which("top") is None, reason="there is no top")
def test_top_is_refused_at_once(start: Starter) -> None:
    terminal = start.on_terminal(*LONG_GRACE, "top")
    assert terminal.end() == 128 + signal.SIGTTOU
    terminal.saw("run it in the foreground")


def test_a_program_of_another_kind_that_is_stopped_is_suspended_and_it_is_said_how_to_go_on(start: Starter) -> None:
    terminal = start.on_terminal(*sh(f"{READY} kill -STOP $$; exit 3"))
    pid = terminal.ready()
    terminal.saw(rf"RUNNING -> SUSPENDED \(stopped by SIGSTOP; kill -CONT {pid} continues it\)")
    subprocess.run(["kill", "-CONT", str(pid)], check=True, timeout=DEADLINE)
    assert terminal.end() == 3
