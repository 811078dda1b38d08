"""The event loop in which the coroutine methods of objects under test run."""

from __future__ import annotations

import asyncio
import atexit
from functools import cache
from inspect import iscoroutine
from threading import Lock
from typing import Any

__all__ = ["awaited"]

_DRIVING = Lock()


def awaited(result: Any) -> Any:
    """Return a result, or what it comes to if it is a coroutine. Raises `TypeError` if no coroutine can be run from here.

    All of them run in one event loop, so that what a job has bound to its loop stays of use from one call to the next.
    """
    if not iscoroutine(result):
        return result
    if problem := _problem():
        result.close()
        raise TypeError(problem)
    try:
        return _runner().run(result)
    finally:
        _DRIVING.release()


def _problem() -> str:
    """Return why no coroutine can be run now; "" if one can, which then has the loop for itself."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return "" if _DRIVING.acquire(blocking=False) else "coroutine methods run one at a time: threads cannot race on them"
    return "coroutine methods are run in an event loop of their own: call this where none is running, in a test that is not async"


@cache
def _runner() -> asyncio.Runner:
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner
