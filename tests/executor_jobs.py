"""Functions that the tests of executors run as jobs, in a module that worker processes can import."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from job_status import JobCanceled, Lifecycle, RunningStatus, Transition, current_status

__all__ = ["FORMS", "QUEUE", "S", "until"]

PATIENCE = 60.0


class S(Enum):
    """Somebody else's statuses, of which none is called as one of ours, and none means CANCELED."""

    QUEUED = "queued"
    BUSY = "busy"
    FINE = "fine"
    BROKEN = "broken"


QUEUE = Lifecycle(
    (
        Transition("start_run", S.QUEUED, S.BUSY),
        Transition("stop_run", S.QUEUED, S.BROKEN),
        Transition("update_progress", S.BUSY, S.BUSY),
        Transition("back_to_the_queue", S.BUSY, S.QUEUED),
        Transition("stop_run", S.BUSY, S.FINE),
        Transition("stop_run", S.BUSY, S.BROKEN),
    ),
    means={
        S.QUEUED: RunningStatus.WAITING,
        S.BUSY: RunningStatus.RUNNING,
        S.FINE: RunningStatus.SUCCESS,
        S.BROKEN: RunningStatus.ERROR,
    },
)


class Form(Enum):
    """Statuses of which the first is left by another trigger than start_run."""

    DRAFT = 1
    FILED = 2
    HANDLED = 3
    DONE = 4


FORMS = Lifecycle(
    (
        Transition("file", Form.DRAFT, Form.FILED),
        Transition("start_run", Form.FILED, Form.HANDLED),
        Transition("stop_run", Form.HANDLED, Form.DONE),
    ),
    means=dict(
        zip(Form, (RunningStatus.WAITING, RunningStatus.WAITING, RunningStatus.RUNNING, RunningStatus.SUCCESS), strict=True)
    ),
)


def until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread or process does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.001)


def nothing() -> Any:
    return None


def double(number: int) -> int:
    return 2 * number


def add(first: int, /, second: int, *, name: str = "", labels: int = 0, fn: int = 0) -> tuple[int, str, int, int]:
    return first + second, name, labels, fn


def half_way(number: int) -> int:
    """Report progress, and end at once."""
    current_status().update_progress(0.5, f"half of {number}")
    return number


def reports(number: int) -> None:
    """Report so often, and then fail, so that the last report is what remains."""
    for one in range(1, number + 1):
        current_status().update_progress(one / (2 * number), f"{one}")
    raise RuntimeError("that was all")


def reports_at_once(path: str) -> None:
    """Report twice in a moment, and then nothing until a file is there."""
    status = current_status()
    for progress, phase in ((0.25, "the first"), (0.5, "the last")):
        status.update_progress(progress, phase)
    until(Path(path).exists)


def halts_between_reports() -> None:
    """Report and move in turns, each as soon as the other is done."""
    status = current_status()
    for phase in ("a", "b"):
        status.update_progress(0.25, phase)
        status.update_progress(0.5, phase * 2)
        status.suspend()
        status.resume()


def stays_suspended() -> None:
    """Return without having been resumed."""
    current_status().suspend()


def waits(path: str) -> Any:
    """Say which process this is, and run until a file is there."""
    status = current_status()
    status.update_progress(0.25, str(os.getpid()))
    until(Path(path).exists)
    return status.status.name


def obeys() -> None:
    """Run until a cancel is requested, or the job is ended by others."""
    status = current_status()
    status.update_progress(0.25, str(os.getpid()))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        status.raise_if_cancel_requested()
        status.update_progress(0.5, str(os.getpid()))
        time.sleep(0.001)


def finishes_nevertheless() -> str:
    """Wait for the request of a cancel, and do not heed it."""
    status = current_status()
    status.update_progress(0.25, "deaf")
    until(lambda: status.cancel_requested)
    return "done"


def ends_itself() -> None:
    """Move the own job, as a function may."""
    status = current_status()
    status.request_cancel("by itself")
    status.stop_run(RunningStatus.ERROR, "half of it")


def listens() -> list[str]:
    """Hear of a cancel as it comes, by a listener and by another thread."""
    status, heard = current_status(), threading.Event()
    moves: list[str] = []

    def listener(_: object, move: object) -> None:
        moves.append(str(getattr(move, "trigger", "")))
        heard.set()

    status.subscribe(listener)
    status.update_progress(0.25, "listening")
    assert heard.wait(PATIENCE)
    return moves


def fails(text: str) -> None:
    raise ValueError(text)


def cancels_itself() -> None:
    raise JobCanceled("there is nothing to do")


def exits() -> None:
    raise SystemExit(3)


def interrupts() -> None:
    raise KeyboardInterrupt


def unpicklable() -> object:
    return threading.Lock()


def dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dies_once(path: str) -> int:
    """Kill the process that runs this, the first time."""
    if not os.path.exists(path):
        Path(path).touch()
        dies()
    return current_status().attempt


def dies_when_asked() -> None:
    """Kill the process that runs this when a cancel is requested."""
    finishes_nevertheless()
    dies()


def outside() -> str:
    """What `current_status` says once no job runs."""
    try:
        current_status()
    except RuntimeError as error:
        return str(error)
    return ""
