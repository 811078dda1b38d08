"""Run a command as a job: a real process group under a `JobStatus`. For a callable, `with status.run():` is all it takes.

The command has its own process group, so that what it started ends with it, unless it has left the group. It needs a POSIX system:
Windows has no process groups, no stopping and no SIGTERM of this kind.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import IO

from ._history import Move
from ._rows import CANCELED, ERROR, SUCCESS, RunningStatus
from ._status import JobStatus
from .errors import InvalidTransition

__all__ = ["CommandRun"]

#: exit codes that shells and `timeout` have made customary
TIMED_OUT, END_UNSEEN, NOT_EXECUTABLE, NOT_FOUND, SIGNALED, INTERRUPTED = 124, 125, 126, 127, 128, 130

#: how often to look whether a process group whose leader has ended is empty, in seconds
POLL = 0.02

#: how long to wait for processes that were killed to be gone, in seconds; some never go: zombies that nobody reaps
LAST_WAIT = 1.0

#: how long to wait, in seconds, for a command to stop before this process does; one in the midst of a vfork may not stop
STOP_WAIT = 0.5

#: how long to wait for an event in one go, in seconds: the handler of a signal that arrives just before a wait begins is not
#: called before it ends, so this is how late Ctrl-C may take effect
LONGEST_WAIT = 0.2

# Ends the process group if the tool dies without having ended it: then its pipe closes without a second line.
# No `--` before the number: dash takes that for a number.
_GUARD = 'read -r group || exit 0; read -r ended || kill -KILL "-$group"'

Outcome = tuple[RunningStatus, "str | None", int]

_UNSEEN: Outcome = ERROR, "how it ended is not known: this process ignores SIGCHLD or waits for any child elsewhere", END_UNSEEN


class CommandRun:
    """One run of a command under a status, from WAITING to its end.

    Whoever requests a cancel of `status`, in any thread or signal handler, has the process group ended: by SIGTERM, and `grace`
    seconds later by SIGKILL. So does the `timeout`, in seconds. `output` takes what the command writes to stdout and stderr;
    without it both are those of this process, as stdin is.
    """

    def __init__(
        self,
        command: Sequence[str],
        status: JobStatus,
        *,
        timeout: float | None = None,
        grace: float = 5.0,
        output: IO[bytes] | None = None,
    ) -> None:
        self.command = list(command)
        self.status = status
        self.timeout = timeout
        self.grace = grace
        self.output = output
        self._events: SimpleQueue[Callable[[], None]] = SimpleQueue()
        #: how the command itself ended
        self._ended: Outcome | None = None
        #: why it was asked to end, which then counts for more
        self._why: Outcome | None = None
        self._kill_at: float | None = None
        self._killed_at: float | None = None
        self._pause_at: float | None = None
        #: whether the command is stopped
        self._halted = False

    def run(self) -> int:
        """Run the command, wait for its end, and return its exit code, or what a shell returns for such an end.

        128 + n after a signal n, 124 after the timeout, 130 after a cancel, 127 for a command that is not found and 126 for one
        that cannot be executed. Those two end in ERROR without having started.
        """
        guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert guard.stdin is not None
        unsubscribe = self.status.subscribe(self._moved)
        try:
            outcome = self._cancel_outcome() if self._is_unwanted() else self._run(guard.stdin)
        except BaseException as error:  # above all KeyboardInterrupt, where nobody handles Ctrl-C
            self._stop(CANCELED if isinstance(error, KeyboardInterrupt) else ERROR, str(error) or type(error).__name__)
            raise
        finally:
            unsubscribe()
            with suppress(OSError):
                guard.stdin.write(b"\nended\n")
                guard.stdin.close()
            guard.wait()
        cause, mesg, code = outcome
        self._stop(cause, mesg)
        return code

    def interrupt(self, mesg: str) -> None:
        """Request a cancel, as Ctrl-C does; a second time, kill the process group at once. Made for signal handlers."""
        self._events.put(lambda: self._interrupted(mesg))

    def pause(self) -> None:
        """Stop the process group, then this process, as Ctrl-Z does; both go on together. Made for signal handlers."""
        self._events.put(self._pause)

    # -- the run

    def _run(self, guard: IO[bytes]) -> Outcome:
        try:
            self._process = self._spawn()
        except OSError as error:
            return self._unstartable(error)
        try:
            with suppress(OSError):  # someone killed the guard
                guard.write(b"%d\n" % self._process.pid)
                guard.flush()
            self._move("start_run")
            if self._is_unwanted():  # the cancel came first
                self._end(self._cancel_outcome())
            deadline = None if self.timeout is None else monotonic() + self.timeout
            Thread(target=self._watch, name="job_status command", daemon=True).start()
            while self._ended is None or not self._is_gone():
                self._handle_next(deadline)
                if deadline is not None and monotonic() >= deadline:
                    deadline = None
                    self._end((ERROR, f"timed out after {self.timeout:g} s", TIMED_OUT))
                if self._kill_at is not None and monotonic() >= self._kill_at:
                    self._kill()
                if self._pause_at is not None and monotonic() >= self._pause_at:
                    self._pause_together()
        finally:
            self._signal(signal.SIGKILL)  # for the exceptions that nobody expects; else the group is empty by now
        assert self._ended is not None
        return self._why or self._ended

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command, stdout=self.output, stderr=self.output and subprocess.STDOUT, process_group=0)

    def _unstartable(self, error: OSError) -> Outcome:
        command, is_absent = self.command[0], isinstance(error, FileNotFoundError)
        name = shlex.quote(command)
        if os.sep in command:  # noqa: SIM108  # two cases, two lines
            is_found = not is_absent or os.path.exists(command)
        else:  # the error may be about any folder of the path
            is_found = shutil.which(command, os.F_OK) is not None
        if not is_found:
            return ERROR, f"command not found: {name}", NOT_FOUND
        if is_absent:
            return ERROR, f"cannot execute {name}: its interpreter is not found", NOT_FOUND
        return ERROR, f"cannot execute {name}: {error.strerror}", NOT_EXECUTABLE

    def _handle_next(self, deadline: float | None) -> None:
        """Handle the next event, or return when it is time to look at the clock or at the process group again."""
        next_look = monotonic() + (LONGEST_WAIT if self._ended is None else POLL)
        times = [time for time in (deadline, self._kill_at, self._pause_at, next_look) if time is not None]
        with suppress(Empty):
            self._events.get(timeout=max(0.0, min(times) - monotonic()))()

    # -- events

    def _watch(self) -> None:
        """Turn each change of the process into an event; runs in a thread of its own until the process has ended."""
        ended = False
        while not ended:
            try:
                _, state = os.waitpid(self._process.pid, os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:
                self._events.put(lambda: self._over(_UNSEEN))
                return
            ended = os.WIFEXITED(state) or os.WIFSIGNALED(state)
            self._events.put(lambda state=state: self._changed(state))  # type: ignore[misc]

    def _changed(self, state: int) -> None:
        self._halted = os.WIFSTOPPED(state)
        if self._halted:
            self._stopped(signal.Signals(os.WSTOPSIG(state)))
            return
        if not os.WIFSIGNALED(state):  # one that exits was continued before, which may have gone unseen
            self._move("resume")
        if not os.WIFCONTINUED(state):
            self._process.returncode = os.waitstatus_to_exitcode(state)
            self._over(_outcome(self._process.returncode))

    def _over(self, outcome: Outcome) -> None:
        self._ended = outcome
        if self._kill_at is None and self._killed_at is None:
            self._ask_to_go()  # the job is over, and so is what it left behind

    def _stopped(self, by: signal.Signals) -> None:
        if by in (signal.SIGTTIN, signal.SIGTTOU):
            what = "read from the terminal" if by is signal.SIGTTIN else "take over the terminal"
            mesg = f"it tried to {what}, which a job cannot: redirect its input, for example < /dev/null"
            self._end((ERROR, mesg, SIGNALED + by))
        else:
            self._move("suspend", f"stopped by {by.name}")
        if self._pause_at is not None:
            self._pause_at = monotonic()

    def _moved(self, _status: JobStatus, _: Move) -> None:
        if self._is_unwanted():
            self._events.put(lambda: self._end(self._cancel_outcome()))

    def _is_unwanted(self) -> bool:
        """Return whether somebody has requested a cancel of the job, or ended it."""
        return self.status.cancel_requested or self.status.completed

    def _cancel_outcome(self) -> Outcome:
        return CANCELED, self.status.stop_message, INTERRUPTED

    def _end(self, why: Outcome) -> None:
        """Ask the process group to end, for a reason that the first such call sets."""
        if self._why is None and self._ended is None:
            self._why = why
            self._ask_to_go()

    def _interrupted(self, mesg: str) -> None:
        if not self._move("request_cancel", mesg):
            self._kill()

    def _pause(self) -> None:
        self._signal(signal.SIGSTOP)
        is_seen = self._halted or self._ended is not None
        self._pause_at = monotonic() + (0.0 if is_seen else STOP_WAIT)

    def _pause_together(self) -> None:
        self._pause_at = None
        signal.raise_signal(signal.SIGSTOP)
        self._signal(signal.SIGCONT)

    def _move(self, trigger: str, mesg: str | None = None) -> bool:
        """Fire a trigger where the job accepts it now, and return whether it moved."""
        moved = False
        with suppress(InvalidTransition):  # another thread may be faster
            moved = self.status.can(trigger) and self.status.trigger(trigger, mesg)
        return moved

    def _stop(self, cause: RunningStatus, mesg: str | None) -> None:
        with suppress(InvalidTransition):  # someone else ended it before; that stands
            self.status.stop_run(cause, mesg)

    # -- the process group

    def _ask_to_go(self) -> None:
        self._signal(signal.SIGTERM, signal.SIGCONT)  # a stopped process takes no notice before it is continued
        self._kill_at = monotonic() + self.grace

    def _kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._kill_at, self._killed_at = None, monotonic()

    def _signal(self, *signals: signal.Signals) -> None:
        # The leader's number names the group for as long as anything is in it.
        for number in signals:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _is_gone(self) -> bool:
        """Return whether nothing is left in the process group."""
        with suppress(ChildProcessError):  # orphans are ours to reap only where this process is their init
            while os.waitpid(-self._process.pid, os.WNOHANG)[0]:
                pass
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):  # the latter on macOS, of a group of zombies alone
            return True
        return self._killed_at is not None and monotonic() >= self._killed_at + LAST_WAIT


def _outcome(code: int) -> Outcome:
    """Return what the exit code of a process means, negative for a signal: a status, a message and an exit code of our own."""
    if code == 0:
        return SUCCESS, None, 0
    if code > 0:
        return ERROR, f"exited with code {code}", code
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return ERROR, f"killed by {name}", SIGNALED - code
