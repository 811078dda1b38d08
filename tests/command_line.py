"""`job-status run` as a process, in pipes or on a pseudo-terminal, for the tests of it.

Nothing here waits for a fixed time: a command says in a file that it is ready, and a test polls for what it expects.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

from job_status import JobStatus

#: how long to wait for what must happen, in seconds
DEADLINE = 20.0

JOB_STATUS = (sys.executable, "-m", "job_status")

#: without a record: most of what the command does has nothing to do with a store
RUN = (*JOB_STATUS, "run", "--no-store")

#: how a script says who it is and that it got that far
READY = "echo $$ > new && mv new pid\n"

#: and how it waits for a word from the test
UNTIL_GO = "until [ -e go ]; do sleep 0.01; done\n"

#: and writes meanwhile; it has no children, since who waits for a vfork to be done can't be stopped
BEATING = f"""exec '{sys.executable}' -c '
import os, time
while not os.path.exists("go"):
    print("beat", flush=True)
    time.sleep(0.01)
'
"""

T = TypeVar("T")


def until(condition: Callable[[], T]) -> T:
    """Poll until the condition holds, and return what it says then."""
    end = monotonic() + DEADLINE
    while not (value := condition()):
        assert monotonic() < end, "it did not happen"
        sleep(0.005)
    return value


def sh(script: str) -> tuple[str, ...]:
    return "/bin/sh", "-c", script


def environment(**changes: str) -> dict[str, str]:
    """Our environment without what changes the looks of a terminal program, or names a store."""
    looks = (
        "COLUMNS",
        "LINES",
        "FORCE_COLOR",
        "NO_COLOR",
        "TTY_COMPATIBLE",
        "TTY_INTERACTIVE",
        "JOB_STATUS_STORE",
        "JOB_STATUS_ID",
    )
    return {name: value for name, value in os.environ.items() if name not in looks} | {"TERM": "xterm"} | changes


def is_alive(pid: int) -> bool:
    """Whether there is such a process that nobody has waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Place:
    """The folder that a tool and its command run in, and what they leave there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def go(self) -> None:
        (self.folder / "go").touch()

    def ready(self) -> int:
        """Wait until the command is ready; its process id."""
        path = self.folder / "pid"
        return int(until(lambda: path.exists() and path.read_text()))

    def report(self) -> JobStatus:
        return JobStatus.from_dict(json.loads((self.folder / "report").read_text()))

    def walked(self) -> list[str]:
        """The statuses that the job went through, as the report has them."""
        return ["WAITING", *(move.dest.name for move in self.report().history)]


class Tool(Place):
    """`job-status run` with its stdout in a pipe and its stderr in a file."""

    def __init__(self, folder: Path, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        with (folder / "stderr").open("wb") as sink:
            self.process = subprocess.Popen(
                command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=sink
            )
        self.stdout = b""

    def runs(self) -> int:
        """Wait until the job is known to run and its command is ready; the process id of that."""
        self.saw("WAITING -> RUNNING")
        return self.ready()

    def said(self) -> str:
        return (self.folder / "stderr").read_text()

    def saw(self, move: str) -> None:
        """Wait until the tool tells of a move."""
        until(lambda: f": {move}" in self.said())

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for the end of the tool and of all that has its stdout; the exit code."""
        self.stdout = self.process.communicate(timeout=DEADLINE)[0]
        return self.process.returncode

    def stopped(self) -> bool:
        """Wait until the tool is stopped."""
        state = until(lambda: os.waitpid(self.process.pid, os.WNOHANG | os.WUNTRACED)[1])
        return os.WIFSTOPPED(state)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=DEADLINE)


class Terminal(Place):
    """A pseudo-terminal and a program in it, with its stdin, stdout and stderr there."""

    def __init__(self, folder: Path, command: Sequence[str], env: Mapping[str, str]) -> None:
        super().__init__(folder)
        self.keyboard, device = os.openpty()
        os.set_blocking(self.keyboard, False)
        # Who leads a session and opens a terminal has it for the controlling one.
        opener = ["/bin/sh", "-c", 'exec "$@" <> "$0"', os.ttyname(device), *command]
        self.process = subprocess.Popen(
            opener, cwd=folder, env=env, stdin=device, stdout=device, stderr=device, start_new_session=True
        )
        os.close(device)
        self.screen = ""

    def shows(self, pattern: str) -> bool:
        self._look()
        return re.search(pattern, self.screen) is not None

    def saw(self, pattern: str) -> None:
        """Wait until the screen has shown what a regular expression describes."""
        until(lambda: self.shows(pattern))

    def type(self, keys: str) -> None:
        os.write(self.keyboard, keys.encode())

    def end(self) -> int:
        """Wait for the end of the program, and of all that has the terminal open; the exit code."""
        until(self._is_left)
        return self.process.wait(DEADLINE)

    def hang_up(self) -> None:
        os.close(self.keyboard)
        self.keyboard = -1

    def close(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)
        if self.keyboard >= 0:
            self.hang_up()

    def _look(self) -> bool:
        """Take in what is on the screen; whether somebody may still write there."""
        try:
            while piece := os.read(self.keyboard, 4096):
                self.screen += piece.decode(errors="replace")
        except BlockingIOError:
            return True
        except OSError:  # on Linux the end is an error
            return False
        return False

    def _is_left(self) -> bool:
        return not self._look()


class Starter:
    """Starts what is ended with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Tool | Terminal] = []

    def tool(self, *arguments: str, before: Sequence[str] = (), **env: str) -> Tool:
        """`job-status run` with a report; `before` is a command that runs it."""
        tool = Tool(self.folder, [*before, *RUN, "--report", "report", *arguments], environment(**env))
        self.started.append(tool)
        return tool

    def recorded(self, url: str, *arguments: str, **env: str) -> Tool:
        """`job-status run` with a record of the job in that store."""
        tool = Tool(self.folder, [*JOB_STATUS, "run", "--store", url, *arguments], environment(**env))
        self.started.append(tool)
        return tool

    def terminal(self, *command: str, **env: str) -> Terminal:
        terminal = Terminal(self.folder, command, environment(**env))
        self.started.append(terminal)
        return terminal

    def on_terminal(self, *arguments: str) -> Terminal:
        """`job-status run` on a terminal, with a report."""
        return self.terminal(*RUN, "--report", "report", *arguments)

    def close(self) -> None:
        for started in self.started:
            started.close()
