"""What becomes of a command that runs: signals to its processes, and moves of the status of its job."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from ._endings import INTERRUPTED, TIMED_OUT, UNSEEN, exited, off_the_terminal
from ._lean import TYPE_CHECKING
from ._processes import gave_up_terminal
from ._record import UNREACHABLE
from ._rows import CANCELED, ERROR

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._endings import Ending
    from ._history import Move
    from ._processes import Group
    from ._record import Record
    from ._status import JobStatus
    from ._terminal import Terminal

__all__ = ["Supervisor"]

#: how often to look whether the processes of a command that has ended are gone, in seconds
POLL = 0.02

#: how long to wait for processes that were killed to be gone, in seconds; some never go: zombies that nobody reaps
LAST_WAIT = 1.0

#: how long to wait, in seconds, for a command to stop before this process does; one in the midst of a vfork may not stop
STOP_WAIT = 0.5

#: how long to wait for an event in one go, in seconds: the handler of a signal that arrives just before a wait begins is not
#: called before it ends, so this is how late Ctrl-C may take effect
LONGEST_WAIT = 0.2


class Supervisor:
    """Sees a command through, from its start to the end of all its processes.

    Threads and signal handlers put events into a queue; all else happens in the thread that supervises.
    """

    def __init__(self, record: Record, timeout: float | None, grace: float) -> None:
        self.record = record
        self.status = record.status
        self._timeout = timeout
        self._grace = grace
        self._events: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._processes: Group
        self._terminal: Terminal | None = None
        #: how the command itself ended
        self.ended: Ending | None = None
        #: why it was asked to end, which then counts for more
        self._why: Ending | None = None
        self._kill_at: float | None = None
        self._killed_at: float | None = None
        self._pause_at: float | None = None
        #: whether the command is stopped; and whether it was sent SIGSTOP because the job was suspended, which is yet to be seen
        self._halted = self._told_to_halt = False
        #: whether the job was SUSPENDED when it was last looked at
        self._suspended = False
        #: the exit code of the command, negative for a signal
        self.code: int | None = None

    def interrupt(self, mesg: str) -> None:
        self._events.put(lambda: self._interrupted(mesg))

    def pause(self) -> None:
        self._events.put(self._pause)

    def moved(self, _status: JobStatus[Any], _: Move[Any]) -> None:
        """Have the command follow the job, whoever has moved it: a listener of its status."""
        self._events.put(self._follow)

    def canceled(self) -> Ending:
        return CANCELED, self.status.stop_message, INTERRUPTED

    def see_through(self, processes: Group, terminal: Terminal | None) -> Ending:
        """Supervise a command that has just been started, until nothing is left of it. `terminal` is what it was lent."""
        self._processes, self._terminal = processes, terminal
        self._follow()  # a cancel may have come first
        deadline = None if self._timeout is None else monotonic() + self._timeout
        Thread(target=self._watch, name="job_status command", daemon=True).start()
        while self.ended is None or not self._is_gone():
            self._handle_next(deadline)
            if deadline is not None and monotonic() >= deadline:
                deadline = None
                self._end((ERROR, f"timed out after {self._timeout:g} s", TIMED_OUT))
            if self._kill_at is not None and monotonic() >= self._kill_at:
                self._kill()
            if self._pause_at is not None and monotonic() >= self._pause_at:
                self._pause_together()
            if self.record.is_due():
                self.record.try_again()
                self._follow()
        return self._why or self.ended

    def _handle_next(self, deadline: float | None) -> None:
        """Handle the next event, or return when it is time to look at the clock or at the processes again."""
        next_look = monotonic() + (LONGEST_WAIT if self.ended is None else POLL)
        times = [time for time in (deadline, self._kill_at, self._pause_at, self.record.try_at, next_look) if time is not None]
        with suppress(Empty):
            self._events.get(timeout=max(0.0, min(times) - monotonic()))()

    # -- events

    def _follow(self) -> None:
        """Bring the command to where somebody has brought the job: ended, stopped or continued."""
        try:
            unwanted = self.record.is_unwanted()
            suspended = self._suspended if self.status.unknown else self.status.suspended
            why = self.canceled() if unwanted else None
        except UNREACHABLE as error:
            self.record.failed(error)
            return
        before, self._suspended = self._suspended, suspended
        if why is not None:
            self._end(why)
        elif suspended and not before and not self._halted:
            self._told_to_halt = True
            self._processes.send(signal.SIGSTOP)
        elif before and not suspended and (self._halted or self._told_to_halt):
            self._processes.send(signal.SIGCONT)

    def _watch(self) -> None:
        """Turn each change of the command into an event; runs in a thread of its own."""
        try:
            for state in self._processes.changes():
                self._events.put(lambda state=state: self._changed(state))  # type: ignore[misc]
        except ChildProcessError:
            self._events.put(lambda: self._over(UNSEEN))

    def _changed(self, state: int) -> None:
        self._halted, told, self._told_to_halt = os.WIFSTOPPED(state), self._told_to_halt, False
        if self._halted:
            if not told:
                self._stopped(signal.Signals(os.WSTOPSIG(state)))
            return
        if not os.WIFSIGNALED(state):  # one that exits was continued before, which may have gone unseen
            self.record.move("resume")
        if not os.WIFCONTINUED(state):
            self.code = os.waitstatus_to_exitcode(state)
            self._over(exited(self.code, self._terminal is not None))

    def _over(self, ending: Ending) -> None:
        self.ended = ending
        if self._terminal is not None:
            self._terminal.take_back(restore=self.code is None or self.code < 0)
        if self._kill_at is None and self._killed_at is None:
            self._ask_to_go()  # the job is over, and so is what it left behind

    def _stopped(self, by: signal.Signals) -> None:
        wants_terminal = by in (signal.SIGTTIN, signal.SIGTTOU)
        if self._why is not None:
            if wants_terminal:  # to tidy up, which it cannot do either
                self._kill()
        elif self._terminal is not None:
            if wants_terminal and self._terminal.lend(self._processes.leader):  # we have come to the foreground meanwhile
                self._processes.send(signal.SIGCONT)
                return
            self.record.move("suspend", f"stopped by {by.name}")
            self._pause_at = monotonic()
        elif wants_terminal:
            self._end(off_the_terminal(by))
        elif self._pause_at is not None:
            self.record.move("suspend", f"stopped by {by.name}")
        elif by is signal.SIGSTOP and gave_up_terminal(self._processes.leader):
            self._end(off_the_terminal(signal.SIGTTOU))
        else:
            self.record.move("suspend", f"stopped by {by.name}; kill -CONT {self._processes.leader} continues it")
        if self._pause_at is not None:
            self._pause_at = monotonic()

    def _end(self, why: Ending) -> None:
        """Ask the processes to end, for a reason that the first such call sets."""
        if self._why is None and self.ended is None:
            self._why = why
            self._ask_to_go()

    def _interrupted(self, mesg: str) -> None:
        if self.record.move("request_cancel", mesg):
            return  # and `moved` ends it
        if self._why is None and self.ended is None and not self._is_asked():  # its lifecycle has no such request
            self._end((CANCELED, mesg, INTERRUPTED))
        else:
            self._kill()

    def _is_asked(self) -> bool:
        with suppress(*UNREACHABLE):
            return self.status.cancel_requested
        return False

    def _pause(self) -> None:
        self._processes.send(signal.SIGSTOP)
        is_seen = self._halted or self.ended is not None
        self._pause_at = monotonic() + (0.0 if is_seen else STOP_WAIT)

    def _pause_together(self) -> None:
        self._pause_at = None
        if self._terminal is None:
            signal.raise_signal(signal.SIGSTOP)
        else:
            self._terminal.stop_until_continued(self._processes.leader)
        self._processes.send(signal.SIGCONT)

    # -- the processes

    def _ask_to_go(self) -> None:
        self._processes.end(signal.SIGTERM, signal.SIGCONT)  # a stopped process takes no notice before it is continued
        self._kill_at = monotonic() + self._grace

    def _kill(self) -> None:
        self._processes.end(signal.SIGKILL)
        self._kill_at, self._killed_at = None, monotonic()

    def _is_gone(self) -> bool:
        return self._processes.is_gone() or (self._killed_at is not None and monotonic() >= self._killed_at + LAST_WAIT)
