"""The commands `job-status list` and `job-status show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._diagrams import FORMAT_HELP, deliver, drawn, format_of
from ._options import filtering, filters, found, on_store, store_of
from ._shown import HEADINGS, all_as_json_of, as_json_of, cells, copied, echo, echo_columns, page, seen

if TYPE_CHECKING:
    from ..store import StoredJob

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command("list")
@filtering
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many, the newest.")
@click.option("--watch", "is_watched", is_flag=True, help="Show them live until all are over.")
@_AS_JSON
@on_store
def listing(named: str | None, limit: int, is_watched: bool, as_json: bool, **chosen: Any) -> None:
    """List jobs, the newest first."""
    if is_watched and as_json:
        raise click.UsageError("--watch is for people: leave out --json")
    with store_of(named) as store:
        more = store.list(**filters(store, **chosen), limit=limit + 1)
        jobs = more[:limit]
        if is_watched:
            _watch(jobs)
        elif as_json:
            click.echo(json.dumps([as_json_of(*job) for job in seen(store, jobs)], indent=2))
        else:
            echo_columns([HEADINGS, *(cells(*job) for job in seen(store, jobs))])
            if len(more) > limit:
                click.echo(f"These are the newest {limit}; --limit shows more.", err=True)


@click.command()
@_AS_JSON
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Draw its path, and write that to this file.")
@click.option("--format", "wanted", help=f"Draw its path: {FORMAT_HELP}")
@on_store
@click.argument("job_id", metavar="ID")
def show(job_id: str, named: str | None, as_json: bool, output: Path | None, wanted: str | None) -> None:
    """Show all that is known of a job.

    That is its times, its moves and the attempts that were refused; or, with -o or --format, a picture of its path through the
    lifecycle. The ID may be shortened to four digits or more.
    """
    if as_json and (output or wanted):
        raise click.UsageError("--json shows the job, --output and --format draw it: choose one")
    form = format_of(wanted, output)
    with store_of(named) as store:
        (job,) = found(store, [job_id])
        if as_json:
            click.echo(json.dumps(all_as_json_of(job), indent=2))
        elif form is not None:
            deliver(drawn(copied(job), form), output, None)
        else:
            echo(page(job))


def _watch(jobs: list[StoredJob[Any]]) -> None:
    from .._watch import watch
    from ..diagrams import MissingExtra

    try:
        watch(jobs).wait()
    except MissingExtra as error:
        raise click.ClickException(str(error)) from None
