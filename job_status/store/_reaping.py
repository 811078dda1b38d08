"""Jobs whose worker was lost: what `JobStore.reap` does to each. By nothing else does time move a job."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .._rows import CANCEL_REQUESTED, CANCELED, ERROR
from .._run import _cause as ending
from ..errors import InvalidTransition
from ._bulk import move_each
from ._statements import FORGET, LOST, UNANSWERED

if TYPE_CHECKING:
    from .._status import JobStatus
    from ._job import StoredJob
    from ._record import Row
    from ._store import JobStore

__all__ = ["reap"]

logger = logging.getLogger("job_status")

MESSAGE = "worker lost"

#: a process that ran no job for so long is no worker any more; sooner, it might just be about to start one
FORGOTTEN_AFTER = 86400.0


def reap(store: JobStore[Any], stale_after: float, lost_after: float, trigger: str | None) -> list[StoredJob[Any]]:
    """Move the jobs whose worker was lost, and return those that were moved; see `JobStore.reap`.

    Those that somebody else has moved since they were found are left alone: somebody cares for them.
    """
    lifecycle, database = store.lifecycle, store._database
    now = database.now()
    # A job goes by way of UNKNOWN where there is such a status, and where the trigger leads on from it.
    doubted = lifecycle.unknown if trigger is None or trigger in lifecycle.triggers(lifecycle.unknown) else None
    lost = {number: rest for number, *rest in database.read(LOST, (now - stale_after,))}

    def give_up(row: Row, copy: JobStatus[Any]) -> None:
        version, beat, since = lost[row.number]
        if row.version == version:
            if doubted is not None and not copy.unknown:
                copy._observe(doubted, MESSAGE, heard=now)
            elif (beat or 0.0 if doubted is None else since) < now - lost_after:
                _end(copy, trigger)

    moved, _ = move_each(store, list(lost), give_up)
    asked = [status.name for status in lifecycle.statuses if lifecycle.meaning(status) is CANCEL_REQUESTED]
    unanswered = dict(pair for name in asked for pair in database.read(UNANSWERED, (name, now - lost_after)))
    ended, _ = move_each(
        store, list(unanswered), lambda row, copy: _end(copy, None) if row.version == unanswered[row.number] else None
    )
    database.write(FORGET, (now - max(stale_after, FORGOTTEN_AFTER),))
    return moved + ended


def _end(copy: JobStatus[Any], trigger: str | None) -> None:
    """End a lost job, or fire the trigger; where no row leads there, it stays as it is."""
    is_asked = copy.cancel_requested
    try:
        if trigger is not None and not is_asked:
            copy.trigger(trigger, MESSAGE)
        else:
            meaning = CANCELED if is_asked and copy.lifecycle.final(CANCELED) is not None else ERROR
            copy.stop_run(ending(copy, meaning), MESSAGE)
    except InvalidTransition as refusal:
        logger.warning("a job whose worker was lost stays as it is: %s", refusal)
