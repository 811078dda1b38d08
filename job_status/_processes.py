"""The processes that a command consists of, and who ends them. POSIX; what is said of orphans holds on Linux alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

from ._lean import TYPE_CHECKING
from ._search import breadth_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Family", "Group", "Guard", "gave_up_terminal"]

# Ends the process group, which it is given the number of, if this process dies without having ended it: then its pipe closes
# without that word. No `--` before the number: dash takes that for a number.
_GUARD = 'group=; while read -r line; do [ "$line" != ended ] || exit 0; group=$line; done; [ -z "$group" ] || kill -KILL "-$group"'

#: PR_SET_CHILD_SUBREAPER, see prctl(2)
SET_CHILD_SUBREAPER = 36


class Guard:
    """Kills the process group of a command if this process dies before it has ended that."""

    def __init__(self) -> None:
        nothing = subprocess.DEVNULL
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD], stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, start_new_session=True
        )

    def watch(self, leader: int) -> None:
        self._tell(b"%d\n" % leader)

    def announce(self) -> None:  # pragma: no cover  # the child becomes another program before it could be counted
        """Have the group of this process watched: for a child that becomes the command, since its parent may die meanwhile."""
        assert self._process.stdin is not None
        os.write(self._process.stdin.fileno(), b"%d\n" % os.getpid())

    def dismiss(self) -> None:
        self._tell(b"ended\n")
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: bytes) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # someone killed the guard
            self._process.stdin.write(line)
            self._process.stdin.flush()


class Group:
    """The process group that a command leads."""

    def __init__(self) -> None:
        #: the number of the leader, which names the group for as long as anything is in it
        self.leader = 0

    def changes(self) -> Iterator[int]:
        """Wait for each change of the leader, until it has ended, and yield its state as `os.waitpid` returns it.

        Raises `ChildProcessError` if its end is not for this process to see.
        """
        ended = False
        while not ended:
            _, state = os.waitpid(self.leader, os.WUNTRACED | os.WCONTINUED)
            ended = _is_end(state)
            yield state

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.leader, number)

    def end(self, *signals: signal.Signals) -> None:
        """Send signals to all that has to end with the command."""
        for number in signals:
            self.send(number)

    def is_gone(self) -> bool:
        """Return whether nothing is left of what has to end with the command, which itself has ended."""
        with suppress(ChildProcessError):  # orphans are ours to reap only where this process is their init
            while os.waitpid(-self.leader, os.WNOHANG)[0]:
                pass
        try:
            os.killpg(self.leader, 0)
        except (ProcessLookupError, PermissionError):  # the latter on macOS, of a group of zombies alone
            return True
        return False


class Family(Group):
    """The group, and on Linux whoever else descends from this process, such as daemons; not the children that it had before.

    This is for a process that does nothing but run one command. Orphans become its children, and it reaps them as they end.
    """

    def __init__(self) -> None:
        super().__init__()
        _adopt_orphans()
        self._strangers = frozenset(_children(os.getpid()))
        self._signals: tuple[signal.Signals, ...] = ()
        self._signaled: set[int] = set()

    def changes(self) -> Iterator[int]:
        """Wait as a group does; then go on to reap orphans until there are no children."""
        ended = False
        while True:
            try:
                pid, state = os.waitpid(-1, os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:
                return
            if pid == self.leader and not ended:
                ended = _is_end(state)
                yield state

    def end(self, *signals: signal.Signals) -> None:
        super().end(*signals)
        self._signals, self._signaled = signals, set()
        self._end_descendants()

    def is_gone(self) -> bool:
        # Who was forked, or left the group, as the signals were sent gets them now.
        return not self._end_descendants() and super().is_gone()

    def _end_descendants(self) -> bool:
        """Send the latest signals to each descendant that did not get them. Return whether there are any descendants."""
        found = self._descendants()
        for pid in found:
            if pid in self._signaled:
                continue
            with suppress(ProcessLookupError, PermissionError):
                if os.getpgid(pid) != self.leader:
                    for number in self._signals:
                        os.kill(pid, number)
            self._signaled.add(pid)
        return bool(found)

    def _descendants(self) -> list[int]:
        def leaving(pid: int) -> Iterable[tuple[None, int]]:
            return ((None, child) for child in _children(pid) if child not in self._strangers)

        return [pid for _, pid in breadth_first(os.getpid(), leaving)]


def gave_up_terminal(pid: int) -> bool:
    """Return whether a process that is stopped by SIGSTOP did that itself because it cannot have the terminal, as `top` does.

    The system does not say who sent a signal; but such a program handles the signals that come to those who want the terminal.
    Outside Linux this is not seen.
    """
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR))  # an error where there is no terminal to be had
        with open(f"/proc/{pid}/status") as lines:
            caught = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:"))
        return any(caught >> (number - 1) & 1 for number in (signal.SIGTTIN, signal.SIGTTOU))
    return False


def _adopt_orphans() -> None:
    """Have the orphans among our descendants reparented to this process instead of to the system's init."""
    if sys.platform == "linux":  # pragma: no branch  # macOS has no such call
        import ctypes  # a tenth of what the command takes to start

        ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children(pid: int) -> list[int]:
    """Return the children of a process; none where the system does not say."""
    found: list[int] = []
    with suppress(OSError):
        if os.readlink("/proc/self") != str(os.getpid()):  # else /proc numbers the processes of another namespace
            return found
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children") as numbers:
                found += map(int, numbers.read().split())
    return found


def _is_end(state: int) -> bool:
    return os.WIFEXITED(state) or os.WIFSIGNALED(state)
