"""Run a command as a job: a real process group under a `JobStatus`. For a callable, `with status.run():` is all it takes.

The command has its own process group, so that what it started ends with it, unless it has left the group. It needs a POSIX system:
Windows has no process groups, no stopping and no SIGTERM of this kind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading

from ._endings import unexecutable, unstartable
from ._lean import TYPE_CHECKING
from ._processes import Group, Guard
from ._record import Record
from ._rows import CANCELED, ERROR
from ._supervisor import Supervisor
from ._values import checked_attempt, checked_seconds, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import IO, Any

    from ._endings import Ending
    from ._status import JobStatus
    from ._terminal import Terminal

    Stream = IO[Any] | int | None

__all__ = ["CommandRun"]


class CommandRun:
    """One run of a command under a status, from WAITING to its end.

    The job is started, and that is recorded, before the command is: of any number of processes that run one job, one does, and the
    others are refused. Where the caller has started the job, `attempt` is what it has started, `status.attempt`.

    Whoever requests a cancel of `status`, in any thread or signal handler, has the process group ended: by SIGTERM, and `grace`
    seconds later by SIGKILL. So does the `timeout`, in seconds. Whoever suspends it or resumes it has the group stopped or
    continued. If it is a job of a store, any process may do so; where the store fails, the command goes on, and the moves of the
    job are recorded later.

    The command runs in the folder `cwd` with the variables `env`, and reads from `stdin`; `output` takes what it writes to stdout
    and stderr. These two are files with a descriptor, descriptors, or `subprocess.DEVNULL`. What is left out is as this process has
    it.

    With `foreground` the command has the terminal of this process, and Ctrl-C and Ctrl-Z are for the command: if it dies of the
    one, the job is CANCELED; by the other this process stops too, until a shell continues both.

    Raises `ValueError` if an argument is not of that kind, and `TypeError` if the command is one string.
    """

    def __init__(
        self,
        command: Sequence[str],
        status: JobStatus[Any],
        *,
        timeout: float | None = None,
        grace: float = 5.0,
        output: Stream = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        stdin: Stream = None,
        foreground: bool = False,
        attempt: int | None = None,
    ) -> None:
        self.command = _checked_command(command)
        self.status = status
        self.timeout, self.grace = _checked_times(timeout, grace)
        self.output = _checked_stream("output", output)
        self.cwd = None if cwd is None else os.fsdecode(cwd)
        self.env = None if env is None else dict(env)
        self.stdin = _checked_stream("stdin", stdin)
        self.foreground = foreground
        #: what `run` returns, once the command has ended
        self.exit_code: int | None = None
        self._supervisor = Supervisor(Record(status, _checked_attempt(attempt)), self.timeout, self.grace)
        self._is_used = False

    def run(self) -> int:
        """Run the command, wait for its end, and return its exit code, or what a shell returns for such an end.

        128 + n after a signal n, 124 after the timeout, 130 after a cancel, 127 for a command that is not found and 126 for one
        that cannot be executed. These two end in ERROR, without having started unless that is only seen by trying.

        Raises `InvalidTransition`, and neither runs the command nor touches the job, if that cannot start: another has started or
        ended it, for example. Raises `RuntimeError` if it was called before, and in the foreground if this is not the main thread
        or there is no terminal; and `StoreError` if the job is of a store which cannot record its start, when the command is not
        run, or which, after that has ended, has failed for ten seconds.
        """
        if self._is_used:
            raise RuntimeError("a CommandRun runs once: make another one to run the command again")
        terminal = _opened_terminal() if self.foreground else None
        self._is_used = True
        supervisor, record, guard = self._supervisor, self._supervisor.record, Guard()
        unsubscribe = self.status.subscribe(supervisor.moved)
        try:
            problem = unstartable(self.command, self.cwd, self.env)
            if not record.start(None if problem is None else problem[1]):
                problem = supervisor.canceled()
            cause, mesg, code = self._run(guard, terminal) if problem is None else problem
        except BaseException as error:  # above all KeyboardInterrupt, where nobody handles Ctrl-C
            record.stop(CANCELED if isinstance(error, KeyboardInterrupt) else ERROR, str(error) or type(error).__name__)
            raise
        finally:
            unsubscribe()
            guard.dismiss()
            if terminal is not None:
                terminal.close()
        self.exit_code = code
        record.stop(cause, mesg)
        return code

    async def run_async(self) -> int:
        """Do what `run` does, in a thread, while the event loop goes on.

        A cancel of the task requests the cancel of the job, and is raised once the command has ended; a second one meanwhile kills
        the process group.
        """
        import asyncio  # it takes longer to import than all of this package, and who calls this has it
        from concurrent.futures import ThreadPoolExecutor

        thread = ThreadPoolExecutor(1, "job_status run_async")
        running = asyncio.get_running_loop().run_in_executor(thread, self.run)
        thread.shutdown(wait=False)
        canceled: asyncio.CancelledError | None = None
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError as error:
                mesg = "the task was canceled"
                is_first, canceled = canceled is None, error
                if not (is_first and (self.status.cancel_requested or self.status.request_cancel(mesg, quiet=True))):
                    self.interrupt(mesg)
        if canceled is not None:
            raise canceled
        return running.result()

    def interrupt(self, mesg: str) -> None:
        """Request a cancel, as Ctrl-C does; a second time, kill the process group at once. Made for signal handlers."""
        self._supervisor.interrupt(mesg)

    def pause(self) -> None:
        """Stop the process group, then this process, as Ctrl-Z does; both go on together. Made for signal handlers."""
        self._supervisor.pause()

    def _run(self, guard: Guard, terminal: Terminal | None) -> Ending:
        processes = self._new_processes()
        try:
            process = self._spawn(self._entrance(guard, terminal))
        except OSError as error:
            return unexecutable(self.command, error)
        guard.watch(process.pid)
        processes.leader = process.pid
        try:
            return self._supervisor.see_through(processes, terminal)
        except BaseException:
            processes.end(signal.SIGKILL)
            raise
        finally:
            process.returncode = self._supervisor.code

    def _new_processes(self) -> Group:
        return Group()

    def _entrance(self, _guard: Guard, terminal: Terminal | None) -> Callable[[], None] | None:
        """Return what the child does before it becomes the command. Without, it starts sooner, and safely among any threads."""
        return None if terminal is None else terminal.entrance()

    def _spawn(self, entrance: Callable[[], None] | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            stdin=self.stdin,
            stdout=self.output,
            stderr=None if self.output is None else subprocess.STDOUT,
            cwd=self.cwd,
            env=self.env,
            process_group=0,
            preexec_fn=entrance,
        )


def _checked_command(command: Sequence[str]) -> list[str]:
    if isinstance(command, str | bytes):
        raise TypeError(f"command must be a list, the program and its arguments, not {shown(command)}: see shlex.split")
    parts = list(command)
    if not parts:
        raise ValueError("command must have at least one item, the program: it is empty")
    if spoilt := next((part for part in parts if "\0" in os.fsdecode(part)), None):
        raise ValueError(f"command must have no null byte, which no argument of a program can have, as in {shown(spoilt)}")
    return parts


def _checked_attempt(attempt: int | None) -> int | None:
    if attempt is not None and checked_attempt(attempt) == 0:
        raise ValueError("attempt must be the number of the attempt that was started, from 1, or None, not 0")
    return attempt


def _checked_times(timeout: float | None, grace: float) -> tuple[float | None, float]:
    checked_timeout, checked_grace = checked_seconds("timeout", timeout), checked_seconds("grace", grace)
    if checked_timeout is not None and checked_timeout <= 0:
        raise ValueError(f"timeout must be more than 0 seconds, or None for none, not {shown(timeout)}")
    if checked_grace is None or checked_grace < 0:
        raise ValueError(f"grace must be 0 seconds or more, not {shown(grace)}")
    return checked_timeout, checked_grace


def _checked_stream(name: str, stream: Stream) -> Stream:
    if not _can_be_inherited(stream):
        raise ValueError(f"{name} must be a file with a descriptor, a descriptor, subprocess.DEVNULL or None, not {shown(stream)}")
    return stream


def _can_be_inherited(stream: Any) -> bool:
    """Return whether a process can be started with that stream; a new pipe, which nobody would empty, does not count."""
    if stream is None or isinstance(stream, int):
        return stream in (None, subprocess.DEVNULL) or stream >= 0
    try:
        return bool(stream.fileno() >= 0)
    except (AttributeError, OSError, ValueError):  # it is no file, has no descriptor, or is closed
        return False


def _opened_terminal() -> Terminal:
    from ._terminal import Terminal  # few want it, and not every system has what it imports

    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a command is run in the foreground from the main thread alone")
    try:
        return Terminal()
    except OSError as error:
        raise RuntimeError(f"there is no terminal to run the command in the foreground of: {error.strerror}") from None
