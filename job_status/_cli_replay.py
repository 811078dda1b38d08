"""The command `job-status replay`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


@click.command()
@click.option(
    "--lifecycle",
    "name",
    metavar="MODULE:OBJECT",
    default="job_status:JOB_LIFECYCLE",
    show_default=True,
    help="The Lifecycle, or flat transitions.Machine, that has the table. The current folder can be imported from.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def replay(ctx: click.Context, name: str, file: Path) -> None:
    """Hold a log of statuses against the table of legal moves.

    FILE is CSV, or JSON lines if its suffix is .jsonl, .ndjson or .json, with a job, a status and a timestamp in each record.
    It prints the moves that the table does not know, with the jobs concerned, those never seen, and how long jobs stayed in each
    status. The exit code is 1 if there is a move that the table does not know.
    """
    from .testing._names import resolve_source
    from .testing._replay import replay as held_against

    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = held_against(resolve_source(name), file)
    except (OSError, TypeError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(str(found))
    ctx.exit(0 if found.ok else 1)
