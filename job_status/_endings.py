"""How commands end: the status, the message and the exit code that stand for each end."""

from __future__ import annotations

import os
import signal

from ._lean import TYPE_CHECKING
from ._rows import CANCELED, ERROR, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._rows import RunningStatus

    Ending = tuple[RunningStatus, str | None, int]

__all__ = ["INTERRUPTED", "SIGNALED", "TIMED_OUT", "UNSEEN", "exited", "off_the_terminal", "unstartable"]

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


def unstartable(command: list[str], cwd: str | None, env: Mapping[str, str] | None, error: OSError) -> Ending:
    """Return the end of a command that could not be started."""
    import shlex
    import shutil  # with modules for five kinds of archives; and most commands can be started

    program, is_absent = command[0], isinstance(error, FileNotFoundError)
    name = shlex.quote(program)
    if cwd is not None and not os.access(cwd, os.X_OK):
        return ERROR, f"cannot run {name} in {shlex.quote(cwd)}: {error.strerror}", NOT_EXECUTABLE
    if os.sep in program:
        is_found = not is_absent or os.path.exists(os.path.join(cwd or "", program))
    else:  # the error may be about any folder of the path
        is_found = shutil.which(program, os.F_OK, os.pathsep.join(os.get_exec_path(env))) is not None
    if not is_found:
        return ERROR, f"command not found: {name}", NOT_FOUND
    if is_absent:
        return ERROR, f"cannot execute {name}: its interpreter is not found", NOT_FOUND
    return ERROR, f"cannot execute {name}: {error.strerror}", NOT_EXECUTABLE
