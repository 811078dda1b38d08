"""What `job-status run` does with orphans on Linux: nothing of the command outlives it, and no zombies pile up.

That a process is gone is seen at the tool's stdout, which all that it started hold open too: it comes to its end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from job_status import RunningStatus
from tests.command_line import DEADLINE, READY, UNTIL_GO, Starter, is_alive, sh, until

if sys.platform != "linux":
    pytest.skip("elsewhere orphans are adopted by init", allow_module_level=True)

CANCELED, ERROR, SUCCESS = RunningStatus.CANCELED, RunningStatus.ERROR, RunningStatus.SUCCESS

#: a session of its own, whose leader is an orphan as soon as it is there
DAEMON = f"""'{sys.executable}' -c '
import os, sys
if not os.fork():
    os.setsid()
    if not os.fork():
        os.execvp("sh", ["sh", "-c", sys.argv[1]])
    os._exit(0)
os.wait()
'"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path)
    yield starter
    starter.close()


def children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (thread / "children").read_text().split())
    return found


def zombies_of(pid: int) -> int:
    states = []
    for child in children(pid):
        with suppress(FileNotFoundError):
            states.append(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0])
    return states.count("Z")


@pytest.mark.parametrize(
    ("script", "code", "end"),
    [
        pytest.param(f"{DAEMON} 'sleep 60'", 0, SUCCESS, id="a-daemon"),
        pytest.param(f"{DAEMON} 'sleep 60'; exit 7", 7, ERROR, id="a-daemon-of-a-command-that-fails"),
        pytest.param(f"{DAEMON} 'kill -STOP $$; sleep 60'", 0, SUCCESS, id="that-is-stopped"),
        pytest.param(f"{DAEMON} 'sleep 60 & sleep 61 & wait'", 0, SUCCESS, id="with-children"),
        pytest.param(f"{DAEMON} \"{DAEMON.replace('$', chr(92) + '$')} 'sleep 60'; sleep 60\"", 0, SUCCESS, id="with-a-daemon"),
    ],
)
def test_a_daemon_does_not_outlive_the_command(start: Starter, script: str, code: int, end: RunningStatus) -> None:
    tool = start.tool(*sh(script))
    assert tool.end() == code
    assert tool.report().status is end


@pytest.mark.parametrize("ignoring", [pytest.param("", id="that-obeys"), pytest.param("trap '' TERM;", id="that-ignores-SIGTERM")])
def test_who_left_the_group_ends_with_the_timeout(start: Starter, ignoring: str) -> None:
    tool = start.tool("--timeout", "0.5", "--grace", "0.3", *sh(f"{ignoring} setsid sleep 60 & sleep 60"))
    assert tool.end() == 124


def test_who_left_the_group_ends_with_a_cancel(start: Starter) -> None:
    tool = start.tool(*sh(f"setsid sleep 60 & {READY} sleep 60"))
    tool.runs()
    tool.send(signal.SIGINT)
    assert tool.end() == 130


def test_a_daemon_is_asked_before_it_is_killed(start: Starter) -> None:
    script = f"trap 'echo asked > answer; exit' TERM; {READY} while :; do sleep 0.01; done"
    tool = start.tool(
        "--grace", "60", *sh(f'{DAEMON} "{script.replace("$", chr(92) + "$")}"; until [ -e pid ]; do sleep 0.01; done')
    )
    assert tool.end() == 0
    assert (start.folder / "answer").read_text() == "asked\n"


def test_children_from_before_the_run_are_none_of_its_business(start: Starter) -> None:
    tool = start.tool("true", before=sh('sleep 60 > /dev/null 2>&1 & echo $! > stranger; exec "$0" "$@"'))
    assert tool.end() == 0
    stranger = int((start.folder / "stranger").read_text())
    assert is_alive(stranger)
    os.kill(stranger, signal.SIGKILL)


ORPHANS = "i=0; while [ $i -lt 500 ]; do (true &); i=$((i + 1)); done;"


def test_orphans_are_reaped_while_the_job_runs(start: Starter) -> None:
    tool = start.tool(*sh(f"{ORPHANS} {READY} {UNTIL_GO}"))
    tool.runs()
    until(lambda: zombies_of(tool.process.pid) == 0)
    tool.go()
    assert tool.end() == 0


@pytest.mark.parametrize("mount", [pytest.param(("--mount-proc",), id="its-own-proc"), pytest.param((), id="the-proc-of-others")])
def test_it_may_be_the_first_process_of_a_container(start: Starter, mount: tuple[str, ...]) -> None:
    unshare = ("unshare", "--pid", "--fork", "--kill-child", *mount)
    try:
        subprocess.run([*unshare, "true"], check=True, capture_output=True, timeout=DEADLINE)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("we may not make a namespace")
    tool = start.tool(*sh(f"{ORPHANS} {DAEMON} 'sleep 60'; {READY} {UNTIL_GO} exit 3"), before=unshare)
    tool.runs()
    (first,) = children(tool.process.pid)
    until(lambda: zombies_of(first) == 0)
    tool.go()
    assert tool.end() == 3
