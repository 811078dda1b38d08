"""What keeps a display of jobs up to date, and yields the jobs that have completed."""

from __future__ import annotations

import atexit
import io
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from threading import Condition, Event, Thread, current_thread
from time import monotonic
from typing import Any, Generic, Protocol, TextIO, overload

from .._any_job import AnyJob
from .._group import JobGroup
from .._run import LOOK_AGAIN
from .._together import J
from .._values import INF, checked_seconds
from ..diagrams import MissingExtra
from ._board import Board

__all__ = ["Watch", "watch"]

#: seconds from one look at the jobs to the next; and at least so many times as long as a look takes
PAUSE, SHARE = 0.1, 9.0


class Display(Protocol):
    """Shows a board in one way."""

    def show(self, board: Board, changed: Sequence[int], /) -> None: ...
    def close(self, board: Board, /) -> None: ...


class Watch(Generic[J]):
    """A live display of jobs, until all are over or it is closed: what `watch` returns."""

    def __init__(self, jobs: JobGroup[J], open_display: Callable[[], Display]) -> None:
        self._group = jobs
        self._open_display = open_display
        self._board = Board(jobs.jobs)
        #: the jobs that are over, in the order in which that was noticed
        self._over: list[J] = [job for number, job in enumerate(jobs) if self._board.is_over(number)]
        self._noticed = Condition()
        self._stop = Event()
        self._thread: Thread | None = None
        #: how many loops there are over this, for which the display lasts longer than the last job
        self._loops = 0
        self._has_ended = False
        self._error: Exception | None = None
        self._pid = os.getpid()

    def __iter__(self) -> Iterator[J]:
        """Yield each job once it has completed. The display ends when the loop is left, whatever the reason."""
        self._loops += 1
        try:
            self._start()
            for number in range(len(self._group)):
                if not self._wait(number):
                    break
                yield self._over[number]
        finally:
            self._loops -= 1
            self.close()
        self._raise()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all jobs are over, for at most `timeout` seconds; return whether they are. An exception ends the display."""
        seconds = checked_seconds("timeout", timeout)
        end = INF if seconds is None else monotonic() + seconds
        try:
            self._start()
            are_over = self._wait(len(self._group) - 1, end)
        except BaseException:
            self.close()
            raise
        if are_over and not self._loops:
            self.close()
        self._raise()
        return are_over

    def close(self) -> None:
        """End the display, if it has not ended, and leave the terminal as it was. The jobs go on."""
        self._stop.set()
        atexit.unregister(self._at_exit)
        if self._thread is not None and self._thread is not current_thread():
            self._thread.join()

    def __enter__(self) -> Watch[J]:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        hint = "" if self._thread or self._stop.is_set() else "; wait() or a loop over it shows them live"
        return f"<Watch of {self._group!r}{hint}>"

    def _ipython_display_(self) -> None:
        if self._thread is None:  # else it is on display
            print(repr(self))

    def _start(self) -> None:
        if self._thread is None and self._group.jobs and not self._stop.is_set():
            self._thread = Thread(target=self._run, args=(self._open_display(),), name="job_status watch", daemon=True)
            atexit.register(self._at_exit)
            self._thread.start()

    def _run(self, display: Display) -> None:
        try:
            try:
                self._keep_up(display)
            finally:
                with suppress(OSError):
                    display.close(self._board)
            atexit.unregister(self._at_exit)
        except Exception as error:
            self._error = error
        finally:
            self._notice([], has_ended=True)

    def _keep_up(self, display: Display) -> None:
        began, changed = monotonic(), list[int]()
        while True:
            with suppress(OSError):  # the terminal has hung up, or nobody reads the pipe: the jobs are watched all the same
                display.show(self._board, changed)
            if not (self._board.live or self._loops) or self._stop.wait(max(PAUSE, SHARE * (monotonic() - began))):
                return
            began = monotonic()
            changed = self._board.look()
            self._notice([self._group.jobs[number] for number in changed if self._board.is_over(number)])

    def _notice(self, over: Sequence[J], *, has_ended: bool = False) -> None:
        with self._noticed:
            self._over += over
            self._has_ended = has_ended
            self._noticed.notify_all()

    def _wait(self, number: int, end: float = INF) -> bool:
        """Wait until more than a number of jobs are over, but not longer than there is a display; return whether they are."""
        with self._noticed:
            while len(self._over) <= number:
                left = end - monotonic()
                if left <= 0.0 or self._has_ended or self._thread is None or not self._thread.is_alive():
                    return False
                self._noticed.wait(min(LOOK_AGAIN, left))
        return True

    def _raise(self) -> None:
        """Raise what ended the display, if something did: a database that failed, for example."""
        if self._error is not None:
            raise self._error

    def _at_exit(self) -> None:
        """Show the jobs until they are over, as the program has no more to do; not if it ended by an exception."""
        if self._pid != os.getpid() or hasattr(sys, "last_value"):
            self.close()
            return
        try:
            self.wait()
        except KeyboardInterrupt:  # pragma: no cover  # it ends before that could be counted
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)  # to end as programs do that nobody interrupts politely


@overload
def watch(jobs: Iterable[J | JobGroup[J]], *, file: TextIO | None = ...) -> Watch[J]: ...
@overload
def watch(jobs: Iterable[AnyJob | JobGroup[Any]], *, file: TextIO | None = ...) -> Watch[Any]: ...
def watch(jobs: Iterable[Any], *, file: TextIO | None = None) -> Watch[Any]:
    """Show jobs live until all are over.

    `for job in watch(jobs)` yields each as it completes, and `watch(jobs).wait()` waits for all. The display starts with the call:
    `with watch(jobs):` has it while the block works on them, and `watch(jobs)` alone while the program goes on, which then exits
    once all are over. At the prompt of an interactive Python only a loop and `wait()` show anything.

    Jobs may be of any class with the interface of `JobStatus`, in memory or in a store; of a `JobGroup`, its jobs. On a terminal
    there is a bar for each as far as the screen holds them, and a line that sums up the others; what the program prints comes
    above. In a notebook it is one output, elsewhere plain lines: one for each change of a job, of at most ten jobs a second, and
    one that sums up the others. They are written to `file`, by default to stderr, at most ten times a second, by a thread.

    The time left is that which the work will take if it goes on at the same pace, suspensions not counted. Ctrl-C, `break` and
    exceptions end the display and nothing else. A job that was deleted counts as over.

    Raises `TypeError` if one of them is no job, `ImportError` without the extra `cli`, and in the loop and in `wait()` what
    reading a job raises, such as `StoreError`.
    """
    group = JobGroup(jobs)
    try:
        from rich.console import Console
    except ImportError:
        raise MissingExtra("watch draws with rich: pip install 'job_status[cli]'", name="rich") from None
    in_notebook = file is None and Console().is_jupyter
    watching = Watch(group, _page if in_notebook else partial(_terminal_or_lines, file or sys.stderr or io.StringIO()))
    if in_notebook or not hasattr(sys, "ps1"):
        watching._start()
    return watching


def _page() -> Display:
    from ._page import Page

    return Page()


def _terminal_or_lines(file: TextIO) -> Display:
    from rich.console import Console

    from ._lines import Lines
    from ._screen import Above, Screen

    console = Console(file=file, force_jupyter=False, force_terminal=file.isatty())
    # Where another watch has the screen, lines come above its bars.
    draws = console.is_terminal and not (console.is_dumb_terminal or console.legacy_windows or isinstance(file, Above))
    return Screen(file, console) if draws else Lines(file)
