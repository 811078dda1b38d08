"""The command `job-status wait`."""

from __future__ import annotations

import click

from .._endings import TIMED_OUT
from .._group import JobGroup
from ._options import complain, found, identified, live, on_store, store_of, time
from ._shown import line


@click.command()
@identified(required=False)
@click.option("--all", "is_all", is_flag=True, help="All that are not over now.")
@click.option("--timeout", type=time, metavar="TIME", help="At most so long: seconds, or such as 10m.")
@on_store
def wait(ids: tuple[str, ...], is_all: bool, timeout: float | None, named: str | None) -> None:
    """Wait until jobs are over, and print a line for each.

    The exit code is 0 if all have succeeded, 1 if one has not, 124 after the timeout, and 130 after Ctrl-C, which leaves the jobs
    alone. An ID may be shortened to four digits or more.
    """
    if bool(ids) == is_all:
        raise click.UsageError("say which jobs: their IDs, or --all")
    with store_of(named) as store:
        group = JobGroup(live(store) if is_all else found(store, ids))
        try:
            for job in group.as_completed(timeout):
                click.echo(line(job))
        except TimeoutError as error:
            complain(error)
            raise SystemExit(TIMED_OUT) from None
        raise SystemExit(0 if all(job.success for job in group) else 1)
