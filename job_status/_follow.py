"""Following a job that runs elsewhere: asking for its status again and again until it is over.

What is decided is in `_Following`, which asks and waits for nothing itself; `follow` and `follow_async` do, each in its way.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from inspect import isawaitable
from random import uniform
from threading import Event
from time import monotonic
from typing import Any

from ._history import Move
from ._rows import FINALS, WAITING, RunningStatus
from ._status import JobStatus
from ._values import checked_seconds, shown
from .errors import InvalidTransition, JobGone, prefixed
from .vocabularies import Vocabulary

__all__ = ["Answer", "follow", "follow_async"]

logger = logging.getLogger("job_status")

#: by how much each pause is longer than the one before
GROWTH = 1.5

#: a pause is shorter or longer by up to this share, so that jobs that were submitted together do not ask together for ever
JITTER = 0.2

_UNSTATED: Any = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server says of a job: its word for the status and whatever else it knows, times in POSIX seconds.

    `outcome` is what `Vocabulary.read` takes beside a word that says only that the job is over. The rest is for `observe`,
    `update_progress` and `update_times`.
    """

    status: object
    outcome: object = _UNSTATED
    mesg: str | None = None
    at: float | None = None
    attempt: int | None = None
    progress: float | None = None
    phase: str | None = None
    created: float | None = None
    started: float | None = None
    duration: float | None = None


def follow(
    status: JobStatus[Any],
    ask: Callable[[], object],
    vocabulary: Vocabulary | None = None,
    *,
    cancel: Callable[[], object] | None = None,
    gone: Any = None,
    pause: float = 1.0,
    longest_pause: float = 60.0,
    lost_after: float | None = None,
    timeout: float | None = None,
) -> bool:
    """Ask for the status of a job that runs elsewhere, and observe it, until the job is over; return whether it is.

    `ask()` returns the server's word, or an `Answer` with more than that. `vocabulary` reads it; without one it is a status of the
    job's lifecycle. An exception of `ask` is no status: it is logged, and `ask` is called again. After `lost_after` seconds of that
    the job is UNKNOWN. Where `ask` raises `JobGone`, it is UNKNOWN too, or ends as `gone`, a final status or meaning; then nobody
    asks any more. `cancel()` is called when a cancel is requested here, again only if it raises.

    Between two questions there is a pause of `pause` seconds, which grows to `longest_pause` while nothing changes, and ends when a
    cancel is requested. After `timeout` seconds in all it returns False.

    Raises `ValueError` if a time is not positive, or if `gone` is not final.
    """
    following = _Following(status, vocabulary, gone, pause, longest_pause, lost_after, timeout)
    woken = Event()
    unsubscribe = status.subscribe(lambda job, _: woken.set() if following.wakes(job) else None)
    try:
        while not following.is_over():
            woken.clear()
            if cancel is not None and following.is_cancel_due():
                try:
                    cancel()
                except Exception as error:
                    following.cancel_failed(error)
            try:
                following.take(ask())
            except Exception as error:
                following.failed(error)
            if not following.is_over():
                woken.wait(following.next_pause())
    finally:
        unsubscribe()
    return status.completed


async def follow_async(
    status: JobStatus[Any],
    ask: Callable[[], Awaitable[object]],
    vocabulary: Vocabulary | None = None,
    *,
    cancel: Callable[[], Awaitable[object]] | None = None,
    gone: Any = None,
    pause: float = 1.0,
    longest_pause: float = 60.0,
    lost_after: float | None = None,
    timeout: float | None = None,
) -> bool:
    """Follow a job as `follow` does, without blocking the event loop; `ask` and `cancel` are coroutine functions."""
    import asyncio  # only this needs it

    following = _Following(status, vocabulary, gone, pause, longest_pause, lost_after, timeout)
    loop, woken = asyncio.get_running_loop(), asyncio.Event()

    def wake(job: JobStatus[Any], _: Move[Any]) -> None:
        if following.wakes(job):
            with suppress(RuntimeError):  # the loop is closed: nobody follows any more
                loop.call_soon_threadsafe(woken.set)

    unsubscribe = status.subscribe(wake)
    try:
        while not following.is_over():
            woken.clear()
            if cancel is not None and following.is_cancel_due():
                try:
                    await _done(cancel())
                except Exception as error:
                    following.cancel_failed(error)
            try:
                following.take(await _done(ask()))
            except Exception as error:
                following.failed(error)
            if not following.is_over():
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), following.next_pause())
    finally:
        unsubscribe()
    return status.completed


async def _done(result: Any) -> Any:
    """Return the result of a coroutine; a plain function has returned it already."""
    return await result if isawaitable(result) else result


class _Following:
    """What follows from each answer and from each failure to get one."""

    def __init__(
        self,
        status: JobStatus[Any],
        vocabulary: Vocabulary | None,
        gone: Any,
        pause: float,
        longest_pause: float,
        lost_after: float | None,
        timeout: float | None,
    ) -> None:
        for name, value in (("pause", pause), ("longest_pause", longest_pause), ("lost_after", lost_after), ("timeout", timeout)):
            seconds = checked_seconds(name, value)
            if (seconds is None and name.endswith("pause")) or (seconds is not None and seconds <= 0.0):
                raise ValueError(f"{name} must be more than 0 seconds, not {shown(value)}")
        self.status = status
        self.vocabulary = vocabulary
        self.end = None if gone is None else _final(status, gone)
        self.first_pause = self.pause = min(pause, longest_pause)
        self.longest_pause = longest_pause
        self.lost_after = lost_after
        self.deadline = None if timeout is None else monotonic() + timeout
        #: when the last answer came, or the first question was asked
        self.answered = monotonic()
        self.is_canceled = self.is_gone = self.is_lost = False

    def is_over(self) -> bool:
        late = self.deadline is not None and monotonic() >= self.deadline
        return self.status.completed or self.is_gone or late

    def wakes(self, job: JobStatus[Any]) -> bool:
        """Return whether a move of the job ends the pause: its end, or a cancel request that has to be passed on."""
        return job.completed or (job.cancel_requested and not self.is_canceled)

    def is_cancel_due(self) -> bool:
        """Return whether to pass on a cancel request; from then on it has been, unless that fails."""
        due = self.status.cancel_requested and not self.is_canceled
        self.is_canceled = self.is_canceled or due
        return due

    def cancel_failed(self, error: Exception) -> None:
        self.is_canceled = False
        self._warn("its cancel request could not be passed on, and will be again: %s", _text(error))

    def take(self, answer: object) -> None:
        """Observe what a server says."""
        self.answered, self.is_lost = monotonic(), False
        answer = answer if isinstance(answer, Answer) else Answer(answer)
        position = self.status._position
        read = self._read(answer)
        if read is not None:
            self.status.observe(read, answer.mesg, answer.at, attempt=answer.attempt)
        if answer.progress is not None and self.status.meaning not in (WAITING, *FINALS):
            with suppress(InvalidTransition):  # somebody else has just ended it
                self.status.update_progress(answer.progress, answer.phase)
        self.status.update_times(answer.created, answer.started, answer.duration)
        if self.status._position is not position:
            self.pause = self.first_pause

    def failed(self, error: Exception) -> None:
        """Take note that a question got no answer, or one that cannot be used: it says nothing of the job."""
        if isinstance(error, JobGone):
            self.is_gone = True
            self._warn("it is gone: %s", _text(error))
            self._observe_unasked(self.end, _text(error))
            return
        silent = monotonic() - self.answered
        self._warn("its status could not be had, %.0f s after the last: %s", silent, _text(error))
        if self.lost_after is not None and silent >= self.lost_after and not self.is_lost:
            self.is_lost = True
            self._observe_unasked(None, f"no answer for {silent:.0f} s")

    def next_pause(self) -> float:
        """Return how many seconds to wait before the next question."""
        pause = self.pause * uniform(1.0 - JITTER, 1.0 + JITTER)  # noqa: S311  # not for secrets
        self.pause = min(self.pause * GROWTH, self.longest_pause)
        return pause if self.deadline is None else max(0.0, min(pause, self.deadline - monotonic()))

    def _read(self, answer: Answer) -> Any:
        """Return the status of the job's lifecycle that an answer stands for; None where it has none."""
        lifecycle = self.status.lifecycle
        found = answer.status
        if self.vocabulary is not None:
            outcome = () if answer.outcome is _UNSTATED else (answer.outcome,)
            found = self.vocabulary.read(answer.status, *outcome)
        if type(found) is lifecycle.enum or not isinstance(found, RunningStatus):
            return found
        if self.status.meaning is found:
            return self.status.status
        return lifecycle.final(found) or next(
            (one for one in lifecycle.statuses if lifecycle.meaning(one) is found), lifecycle.unknown
        )

    def _observe_unasked(self, end: Any, mesg: str) -> None:
        """Observe an end, or that nothing is known; the server said neither."""
        to = self.status.lifecycle.unknown if end is None else end
        if to is not None:
            self.status._observe(to, mesg)

    def _warn(self, text: str, *values: object) -> None:
        logger.warning(prefixed(self.status.name, text), *values)


def _final(status: JobStatus[Any], gone: Any) -> Any:
    """Return the final status that `gone` is, or that has this meaning. Raises `ValueError` if there is none."""
    lifecycle = status.lifecycle
    end = gone if any(gone is final for final in lifecycle.finals) else lifecycle.final(gone)
    if end is None:
        finals = ", ".join(final.name for final in lifecycle.finals)
        raise ValueError(f"a job that is gone is UNKNOWN (None) or ends in one of {finals}, not in {shown(gone)}")
    return end


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
