"""Jobs whose worker was lost: what `JobStore.reap` does to each. By nothing else does time move a job."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .._rows import CANCEL_REQUESTED, CANCELED, ERROR, UNKNOWN
from .._run import _cause as ending
from ..errors import InvalidTransition
from ._job import StoredJob
from ._statements import FORGET, LOST, UNANSWERED

if TYPE_CHECKING:
    from ._store import JobStore

__all__ = ["reap"]

logger = logging.getLogger("job_status")

MESSAGE = "worker lost"

#: a process that ran no job for so long is no worker any more; sooner, it might just be about to start one
FORGOTTEN_AFTER = 86400.0


def reap(store: JobStore[Any], stale_after: float, lost_after: float, trigger: str | None) -> list[StoredJob[Any]]:
    """Move the jobs whose worker was lost, and return those that were moved; see `JobStore.reap`."""
    lifecycle, now = store.lifecycle, store._database.now()
    # A job goes by way of UNKNOWN where there is such a status, and where the trigger leads on from it.
    doubted = lifecycle.unknown if trigger is None or trigger in lifecycle.triggers(lifecycle.unknown) else None
    moved = []
    for *values, beat, since in store._database.read(LOST, (now - stale_after,)):
        job: StoredJob[Any] = StoredJob._of(store, store._row(values))
        doubtful = job._row.facts.position.meaning is UNKNOWN
        gone = (since if doubtful and doubted is not None else beat or 0.0) < now - lost_after
        if (gone or (doubted is not None and not doubtful)) and _moved(job, doubted, trigger, doubtful or doubted is None):
            moved.append(job)
    for status in lifecycle.statuses:
        if lifecycle.meaning(status) is CANCEL_REQUESTED:
            for values in store._database.read(UNANSWERED, (status.name, now - lost_after)):
                job = StoredJob._of(store, store._row(values))
                if _moved(job, None, None, True):
                    moved.append(job)
    store._database.write(FORGET, (now - max(stale_after, FORGOTTEN_AFTER),))
    return moved


def _moved(job: StoredJob[Any], doubted: Any, trigger: str | None, over: bool) -> bool:
    """Move a lost job, unless somebody else has moved it since it was found; return whether it was moved."""
    row = job._row
    position, lifecycle = row.facts.position, row.facts.position.lifecycle
    try:
        if not over:
            return job._once(row, lambda copy: copy.observe(doubted, MESSAGE))
        if trigger is not None and not position.cancel_requested:
            return job._once(row, lambda copy: copy.trigger(trigger, MESSAGE))
        meaning = CANCELED if position.cancel_requested and lifecycle.final(CANCELED) is not None else ERROR
        return job._once(row, lambda copy: copy.stop_run(ending(copy, meaning), MESSAGE))
    except InvalidTransition as refusal:  # no row leads there
        logger.warning("a job whose worker was lost stays as it is: %s", refusal)
        return False
