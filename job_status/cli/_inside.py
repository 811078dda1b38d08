"""The command `job-status progress`, for a command that runs as a job."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import click

from ._options import found, on_store, store_of
from ._place import ID
from ._texts import short

if TYPE_CHECKING:
    from ..store import StoredJob

#: for how long a job may take to be recorded as started, in seconds, and how often to look
START, LOOK = 10.0, 0.02


def _share(text: str) -> float:
    """Return the number from 0 to 1 that a number or a percentage stands for."""
    try:
        share = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:  # nor is NaN
        raise click.BadParameter(f"{text!r} is not a progress: say 0.4 or 40%")
    return share


@click.command()
@click.option("--phase", help="What it is doing.")
@click.option("--job", "job_id", metavar="ID", envvar=ID, help=f"Of which job.  [default: ${ID}, which job-status run sets]")
@on_store
@click.argument("value", type=_share)
def progress(value: float, phase: str | None, job_id: str | None, named: str | None) -> None:
    """Report the progress of the job that one runs in.

    VALUE is such as 0.4 or 40%. It is the job of the command that job-status run has started, or that of --job.
    """
    if not job_id:
        raise click.UsageError(f"there is no job to report on: ${ID} is not set, as it is by job-status run; or say --job ID")
    with store_of(named, progress_interval=0.0) as store:
        (job,) = found(store, [job_id])
        _wait_for_start(job)
        job.update_progress(value, phase)


def _wait_for_start(job: StoredJob[Any]) -> None:
    """Wait while a job is WAITING: a report would start it for this process, which ends at once, and it would count as lost."""
    deadline = monotonic() + START
    while job.waiting:
        if monotonic() >= deadline:
            raise click.ClickException(f"the job {short(job.id)} is still {job.status.name}: who runs it has to start it first")
        sleep(LOOK)
