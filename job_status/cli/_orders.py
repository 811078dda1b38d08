"""The commands `job-status cancel`, `suspend` and `resume`: orders to jobs, whatever process or machine runs them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from .._rows import CANCELED, WAITING
from ..errors import InvalidTransition, JobGone
from ._options import complain, filtering, filters, found, identified, live, on_store, store_of
from ._texts import plain, short

if TYPE_CHECKING:
    from ..store import StoredJob

_MESSAGE = click.option("--message", help="Why; it is recorded with the job.")


@click.command()
@identified(required=False)
@filtering
@click.option("--all", "is_all", is_flag=True, help="All that are not over.")
@_MESSAGE
@on_store
def cancel(ids: tuple[str, ...], is_all: bool, message: str | None, named: str | None, **chosen: Any) -> None:
    """Cancel jobs, whether queued or running.

    Either those of these IDs, or all that the options choose and that can still be canceled. Whatever runs a job ends it; a queued
    one ends as it is taken up. An ID may be shortened to four digits or more.
    """
    is_filtered = any(chosen.values())
    if bool(ids) + is_filtered + is_all != 1:
        raise click.UsageError("say which jobs: their IDs, or options such as --label user=ada, or --all")
    with store_of(named) as store:
        if ids:
            _order(found(store, ids), lambda job: _cancel(job, message, quiet=False))
            return
        wanted = filters(store, **chosen)
        for job in store.request_cancel(message, **wanted):
            _report(job)
        if wanted["meaning"] in (None, WAITING):  # what is still queued can be withdrawn, if anything
            for job in live(store, **wanted | {"meaning": WAITING}):
                with suppress(JobGone):
                    if _cancel(job, message, quiet=True):
                        _report(job)


@click.command()
@identified(required=True)
@_MESSAGE
@on_store
def suspend(ids: tuple[str, ...], message: str | None, named: str | None) -> None:
    """Halt jobs, which resume lets go on.

    The command of job-status run is stopped with all of its process group. An ID may be shortened to four digits or more.
    """
    with store_of(named) as store:
        _order(found(store, ids), lambda job: job.suspend(message))


@click.command()
@identified(required=True)
@on_store
def resume(ids: tuple[str, ...], named: str | None) -> None:
    """Let suspended jobs go on.

    An ID may be shortened to four digits or more.
    """
    with store_of(named) as store:
        _order(found(store, ids), lambda job: job.resume())


def _cancel(job: StoredJob[Any], message: str | None, *, quiet: bool) -> bool:
    """Request a cancel; where the lifecycle has no such request, withdraw a queued job. Return whether it has moved."""
    has_final = job.lifecycle.final(CANCELED) is not None
    if job.waiting and has_final and not job.can("request_cancel") and job.can("stop_run", CANCELED):
        with suppress(InvalidTransition):  # it starts at this moment
            return job.stop_run(CANCELED, message, attempt=job.attempt)
    return job.request_cancel(message, quiet=quiet)


def _order(jobs: list[StoredJob[Any]], order: Callable[[StoredJob[Any]], object]) -> None:
    """Give each job an order. Exits with 1, in the end, if one of them was refused."""
    refused = False
    for job in jobs:
        try:
            order(job)
        except (InvalidTransition, JobGone) as error:
            refused = True
            complain(f"{short(job.id)} {error}")
        else:
            _report(job)
    if refused:
        raise SystemExit(1)


def _report(job: StoredJob[Any]) -> None:
    click.echo(plain(f"{short(job.id)} {job.name or '-'}: {job._seen().status.name}"))
