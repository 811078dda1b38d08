"""The command `job-status replay`."""

from __future__ import annotations

from pathlib import Path

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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def replay(ctx: click.Context, name: str, file: Path) -> None:
    """Check a log of statuses against the table of legal moves.

    FILE is CSV, or JSON lines if its suffix is .jsonl, .ndjson or .json, with a job, a status and a timestamp in each record.
    It prints the moves that are not in the table, with the jobs concerned, those never seen, and how long jobs stayed in each
    status. The exit code is 1 if there is a move that is not in the table.
    """
    from .testing._replay import replay as held_against

    try:
        found = held_against(load_here(name), file)
    except (OSError, TypeError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(str(found))
    ctx.exit(0 if found.ok else 1)
