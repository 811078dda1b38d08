"""How commands end: the status, the message and the exit code that stand for each end."""

from __future__ import annotations

import errno
import os
import signal

from ._lean import TYPE_CHECKING
from ._rows import CANCELED, ERROR, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ._rows import RunningStatus

    Ending = tuple[RunningStatus, str | None, int]

__all__ = ["INTERRUPTED", "SIGNALED", "TIMED_OUT", "UNSEEN", "exited", "off_the_terminal", "unexecutable", "unstartable"]

#: exit codes that shells and `timeout` have made customary
TIMED_OUT, END_UNSEEN, NOT_EXECUTABLE, NOT_FOUND, SIGNALED, INTERRUPTED = 124, 125, 126, 127, 128, 130

UNSEEN: Ending = ERROR, "how it ended is not known: this process ignores SIGCHLD or waits for any child elsewhere", END_UNSEEN


def exited(code: int, foreground: bool) -> Ending:
    """Return what the exit code of a process means, negative for a signal; in the foreground SIGINT is the user's Ctrl-C."""
    if code == 0:
        return SUCCESS, None, 0
    if code > 0:
        return ERROR, f"exited with code {code}", code
    if foreground and code == -signal.SIGINT:
        return CANCELED, "interrupted", INTERRUPTED
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return ERROR, f"killed by {name}", SIGNALED - code


def off_the_terminal(by: signal.Signals) -> Ending:
    """Return the end of a command that wants a terminal which it does not have, and was stopped for that."""
    what = "read from the terminal" if by is signal.SIGTTIN else "take over the terminal"
    remedy = "run it in the foreground (--foreground), or redirect its input, for example < /dev/null"
    return ERROR, f"it tried to {what}, which a job in the background cannot: {remedy}", SIGNALED + by


def unstartable(command: Sequence[str], cwd: str | None, env: Mapping[str, str] | None) -> Ending | None:
    """Return the end of a command that cannot be started; None if nothing is seen to be in its way, short of starting it."""
    program = os.fsdecode(command[0])
    if cwd is not None:
        try:
            os.stat(os.path.join(cwd, os.curdir))
        except OSError as error:
            return ERROR, f"cannot run {_quoted(program)} in {_quoted(cwd)}: {error.strerror}", NOT_EXECUTABLE
    is_path = os.sep in program
    paths = [os.path.join(cwd or "", folder, program) for folder in ([""] if is_path else os.get_exec_path(env))]
    if any(os.access(path, os.X_OK) and not os.path.isdir(path) for path in paths):
        return None
    name, reason = _quoted(program), os.strerror(errno.EACCES)
    if is_path:
        is_found, reason = _looked_up(paths[0], reason)
    else:  # what is wrong with a folder of the path is no matter, and nor is a folder in one
        is_found = any(os.path.exists(path) and not os.path.isdir(path) for path in paths)
    if not is_found:
        return ERROR, f"command not found: {name}", NOT_FOUND
    return ERROR, f"cannot execute {name}: {reason}", NOT_EXECUTABLE


def unexecutable(command: Sequence[str], error: OSError) -> Ending:
    """Return the end of a command that was found, but turned out not to be a program."""
    name = _quoted(os.fsdecode(command[0]))
    if isinstance(error, FileNotFoundError):
        return ERROR, f"cannot execute {name}: its interpreter is not found", NOT_FOUND
    return ERROR, f"cannot execute {name}: {error.strerror}", NOT_EXECUTABLE


def _looked_up(path: str, reason: str) -> tuple[bool, str]:
    """Return whether there is something at a path, and why it cannot be executed: for that reason, unless it cannot be seen."""
    try:
        os.stat(path)
    except OSError as error:
        return not isinstance(error, FileNotFoundError), error.strerror or reason
    return True, reason


def _quoted(text: str) -> str:
    import shlex  # most commands can be started

    return shlex.quote(text)
