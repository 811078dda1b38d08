"""What goes over the line between a worker process and its parent, for both ends.

A worker has two connections: on one it asks and is answered, and reports what the job does; on the other the parent passes on what
others do to the job, above all that they request a cancel.
"""

from __future__ import annotations

import os
import pickle
import socket
from contextlib import suppress
from threading import local
from typing import TYPE_CHECKING, Any

from .._rows import RunningStatus
from ..errors import InvalidTransition

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from .._history import Move
    from .._status import JobStatus

__all__ = [
    *("ASK", "DONE", "FOLLOW", "MOVED", "ORDERS", "START"),
    *("Packed", "apply", "from_elsewhere", "hang_up", "packed", "receive", "send"),
]

#: what a worker says: first what a connection is for, and then, of a job, that it wants to start it, to have its status, that it
#: has moved, and that it is done with it
ASK, ORDERS, START, FOLLOW, MOVED, DONE = "ask", "orders", "start", "follow", "moved", "done"

Packed = tuple[str, RunningStatus, str | None, float, str | None]

_here = local()


def send(connection: Connection, message: object) -> None:
    """Send a message: by plain pickle, as `Connection.send` is made for more than values, and takes several times as long."""
    connection.send_bytes(pickle.dumps(message))


def receive(connection: Connection) -> Any:
    """Receive a message. Whoever sends has shown that they have the executor's key."""
    return pickle.loads(connection.recv_bytes())  # noqa: S301


def packed(job: JobStatus[Any], move: Move[Any]) -> Packed:
    """Return a move, or a progress report, as it goes over the line."""
    return move.trigger, move.dest, move.mesg, job.progress, job.phase


def apply(job: JobStatus[Any], move: Packed) -> None:
    """Do to a job what was done to its twin at the other end. What comes too late is dropped."""
    trigger, dest, mesg, progress, phase = move
    _here.applying = True
    try:
        with suppress(InvalidTransition):
            if trigger == "update_progress":
                job.update_progress(progress, phase)
            elif trigger == "stop_run":
                job.stop_run(dest, mesg)
            elif trigger == "observe":
                job.observe(dest, mesg)
            else:
                job.trigger(trigger, mesg)
    finally:
        _here.applying = False


def from_elsewhere() -> bool:
    """Return whether this thread just does what came over the line, which need not go back."""
    return getattr(_here, "applying", False)


def hang_up(connection: Connection) -> None:
    """End a connection, so that the thread that reads from it wakes up, and closes it."""
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)
