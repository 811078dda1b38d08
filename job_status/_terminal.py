"""The controlling terminal, lent to a job in the foreground and taken back, as a shell does it."""

from __future__ import annotations

import os
import signal
import termios
from contextlib import contextmanager, suppress

from ._lean import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Terminal"]


class Terminal:
    """The controlling terminal of this process. Raises `OSError` if there is none.

    Its foreground group alone reads from it and gets the signals of its keys. Where this process does not belong to that, it lends
    nothing: the shell that started it has the terminal then.
    """

    def __init__(self) -> None:
        self._device = os.open("/dev/tty", os.O_RDWR)
        self._modes = termios.tcgetattr(self._device)
        #: the modes that the job had set when it was stopped
        self._job_modes = self._modes
        self._is_lent = False

    def entrance(self) -> Callable[[], None] | None:
        """Return what the child calls to enter the foreground before it becomes the command; None where we are not in it."""
        self._is_lent = self._is_ours()
        return self._enter if self._is_lent else None

    def lend(self, group: int) -> bool:
        """Make a group that was stopped the foreground group, with the modes that it had set. Return whether we could."""
        self._is_lent = False
        with suppress(OSError, termios.error):  # it may have been hung up
            if self._is_ours():
                termios.tcsetattr(self._device, termios.TCSADRAIN, self._job_modes)
                os.tcsetpgrp(self._device, group)
                self._is_lent = True
        return self._is_lent

    def take_back(self, *, restore: bool) -> None:
        """Make our own group the foreground group if another has the terminal from us; restore its modes, if need be."""
        with suppress(OSError, termios.error), _sigttou_blocked():
            if self._is_lent:
                self._is_lent = False
                self._job_modes = termios.tcgetattr(self._device)
                os.tcsetpgrp(self._device, os.getpgrp())
                if restore:
                    termios.tcsetattr(self._device, termios.TCSADRAIN, self._modes)

    def stop_until_continued(self, group: int) -> None:
        """Give the terminal back to the shell and stop with all of our own group, as Ctrl-Z has it; lend it again afterwards."""
        self.take_back(restore=True)
        _stop_like_ctrl_z()
        self.lend(group)

    def close(self) -> None:
        self.take_back(restore=True)
        os.close(self._device)

    def _is_ours(self) -> bool:
        return os.tcgetpgrp(self._device) == os.getpgrp()

    def _enter(self) -> None:  # pragma: no cover  # the child becomes another program before it could be counted
        with _sigttou_blocked():
            os.tcsetpgrp(self._device, os.getpgrp())


def _stop_like_ctrl_z() -> None:
    """Stop this process's group until a shell continues it; nothing happens where no shell could. For the main thread alone."""
    handler = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.killpg(os.getpgrp(), signal.SIGTSTP)  # the others: a script that waits for us, for example
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTSTP)  # to this very thread, so that it does not go on before it is continued
    signal.signal(signal.SIGTSTP, handler)


@contextmanager
def _sigttou_blocked() -> Iterator[None]:
    """Let a process of the background change the terminal, which would stop it otherwise."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
