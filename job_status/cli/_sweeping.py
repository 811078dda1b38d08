"""The commands `job-status reap` and `job-status prune`, which one has called every now and then."""

from __future__ import annotations

import click

from ._options import on_store, store_of, time
from ._shown import line


@click.command()
@click.option(
    "--stale-after",
    type=time,
    metavar="TIME",
    default="1m",
    show_default=True,
    help="Without a sign of life for so long it is UNKNOWN.",
)
@click.option("--lost-after", type=time, metavar="TIME", default="10m", show_default=True, help="From then on it is ended.")
@click.option("--trigger", metavar="NAME", help="Fire this instead of ending it: requeue, say.")
@on_store
def reap(stale_after: float, lost_after: float, trigger: str | None, named: str | None) -> None:
    """Move the jobs whose process was lost.

    Each is printed. It becomes UNKNOWN, and its process may still go on with it; later it ends with ERROR, or CANCELED if that was
    requested. A queued job whose cancel nobody has carried out ends CANCELED. Any number of processes may do this at once.
    """
    with store_of(named) as store:
        try:
            moved = store.reap(stale_after, lost_after, trigger)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--trigger") from None
        for job in moved:
            click.echo(line(job))


@click.command()
@click.option("--older-than", type=time, metavar="TIME", required=True, help="Over for longer than this: 30d, say.")
@on_store
def prune(older_than: float, named: str | None) -> None:
    """Delete jobs that have been over for a while."""
    with store_of(named) as store:
        number = store.prune(older_than)
    click.echo(f"{number} {'job' if number == 1 else 'jobs'} deleted")
