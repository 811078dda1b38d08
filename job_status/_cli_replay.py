"""The command `job-status replay`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Any

import click

from ._cli_diagrams import load_here


@click.command()
@click.option(
    "--lifecycle",
    "name",
    metavar="MODULE:OBJECT",
    default="job_status:JOB_LIFECYCLE",
    show_default=True,
    help="The Lifecycle, or flat transitions.Machine, that has the table. The current folder can be imported from.",
)
@click.option(
    "--unit",
    type=click.Choice(["s", "ms", "us", "ns"]),
    default="s",
    show_default=True,
    help="The unit of timestamps that are numbers.",
)
@click.option("--skip-bad", is_flag=True, help="Skip records that cannot be read, and count them.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.pass_context
def replay(ctx: click.Context, name: str, unit: str, skip_bad: bool, file: Path) -> None:
    """Check a log of statuses against the table of legal moves.

    FILE is CSV, or JSON lines if its suffix is .jsonl, .ndjson or .json, with a job, a status and a timestamp in each record; - is
    the standard input, of which the first line decides. The report has how often each move was made that is not in the table, with
    one of the jobs that made it, the moves of the table that were never seen, and how long jobs stayed in each status. The exit
    code is 1 if there is a move that is not in the table.
    """
    from .testing._replay import replay as held_against

    try:
        log = _stdin() if file == Path("-") else file
        found = held_against(load_here(name), log, unit=unit, skip_bad=skip_bad)
    except (OSError, TypeError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(str(found))
    ctx.exit(0 if found.ok else 1)


def _stdin() -> IO[Any]:
    """Return standard input, read as the files are. Raises `ValueError` if it is closed."""
    if sys.stdin is None:
        raise ValueError("the standard input is closed")
    return click.open_file("-", encoding="utf-8-sig", errors="backslashreplace")
