"""Processes of their own that use one store at once, released together: what they do is in `store_worker`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Any, Self

from tests.store_worker import Answer

__all__ = ["Crew", "Member", "answers_in", "busy_process", "spawned", "until"]

#: how long to wait for what must happen, in seconds
DEADLINE = 120.0

ROOT = Path(__file__).parent.parent

#: the clock of a machine can be wrong: a process's own is set before anything of the package is imported
CODE = """
import sys, time
ahead, true = float(sys.argv[1]), time.time
time.time = lambda: true() + ahead
from tests import store_worker
getattr(store_worker, sys.argv[2])(*sys.argv[3:])
"""


def until(condition: Callable[[], object]) -> None:
    """Wait for what another process is about to do."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def spawned(what: str, url: str, name: str, *, ahead: float = 0.0, stdout: Any = subprocess.PIPE, **options: Any) -> Any:
    """Start a process that is what `store_worker` has by that name; its clock is `ahead` by some seconds."""
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    command = [sys.executable, "-c", CODE, str(ahead), what, url, name, json.dumps(options)]
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.PIPE, stdout=stdout, text=True, cwd=ROOT
    )


class Member:
    """A process that waits for orders."""

    def __init__(self, url: str, name: str, **options: Any) -> None:
        self.process = spawned("main", url, name, **options)

    def order(self, do: str, **arguments: Any) -> None:
        """Have it prepare what it is to do."""
        self.write(json.dumps({"do": do, **arguments}))

    def write(self, line: str = "go") -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read(self) -> Any:
        """Return what it replies, as long as it is alive and in time."""
        assert select([self.process.stdout], [], [], DEADLINE)[0], "a process has got stuck"
        line = self.process.stdout.readline()
        assert line, "a process has failed, and said on its standard error why"
        return json.loads(line)

    def result(self) -> tuple[list[Answer], Any]:
        answers, result = self.read()
        return [tuple(answer) for answer in answers], result

    def do(self, do: str, **arguments: Any) -> tuple[list[Answer], Any]:
        """Have it do something, and return what it was answered, and what it found out."""
        self.order(do, **arguments)
        assert self.read() == "ready"
        self.write()
        return self.result()

    def end(self, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        self.process.communicate()


class Crew:
    """So many processes, which are ended with the `with` block."""

    def __init__(self, url: str, number: int, *, ahead: Sequence[float] = (0.0,), **options: Any) -> None:
        self.members = [Member(url, f"process {one}", ahead=ahead[one % len(ahead)], **options) for one in range(1, number + 1)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for member in self.members:
            member.end(kill=kind is not None)

    def together(self, orders: Sequence[dict[str, Any]]) -> list[list[Answer]]:
        """Have all do something at once, each as ordered; return what each was answered."""
        for member, order in zip(self.members, orders, strict=True):
            member.order(**order)
        for member in self.members:
            assert member.read() == "ready"
        for member in self.members:
            member.write()
        return [member.result()[0] for member in self.members]


@contextmanager
def busy_process(url: str, name: str, file: Path, **options: Any) -> Iterator[Any]:
    """A process that makes and moves jobs and writes down in a file what it was answered, until it is killed."""
    with file.open("wb") as stdout:
        process = spawned("work_until_killed", url, name, stdout=stdout, **options)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answers_in(file: Path) -> list[Answer]:
    """Return what a busy process has written down. Of a call there are two lines, if it was answered."""
    lines = file.read_text(encoding="utf-8").split("\n")[:-1]  # the last one may have been cut off
    answers: list[Answer] = []
    for answer in map(tuple, map(json.loads, lines)):
        if answers and answers[-1] == (*answer[:3], "?"):
            answers.pop()
        answers.append(answer)
    return answers
