"""The command `job-status replay`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, Any

import click

from ._diagrams import format_of, load_here, write


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
    "--vocabulary", metavar="NAME", help="The system whose words and exports FILE has: slurm, github-actions, airflow, ..."
)
@click.option(
    "--job", multiple=True, metavar="COLUMN", help="The column with the job; more than once, those that are its id together."
)
@click.option("--status", default="", metavar="COLUMN", help="The column with its status.")
@click.option(
    "--time",
    "times",
    multiple=True,
    metavar="COLUMN[=STATUS]",
    help="The column with the time; more than once, when the job was in which STATUS, the last being that of the status column.",
)
@click.option(
    "--unit",
    type=click.Choice(["s", "ms", "us", "ns"]),
    default="s",
    show_default=True,
    help="The unit of timestamps that are numbers.",
)
@click.option("--skip-bad", is_flag=True, help="Skip records that cannot be read, and count them.")
@click.option(
    "--diagram",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the log on the state diagram: a file for SVG, HTML, PNG, Mermaid, ..., by its name.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.pass_context
def replay(
    ctx: click.Context, /, name: str, times: tuple[str, ...], diagram: Path | None, as_json: bool, file: Path, **choices: Any
) -> None:
    """Check a log of statuses against the table of legal moves.

    FILE is CSV or JSON with a job, a status and a timestamp in each record, or what another system exports, such as sacct -P with
    --vocabulary slurm; - is the standard input. The report has how often each move was made that is not in the table, with one of
    the jobs that made it, the moves of the table that were never seen, and how long jobs stayed in each status. The exit code is 1
    if there is a move that is not in the table.
    """
    from ..testing._replay import replay as held_against

    form = format_of(None, diagram)
    try:
        log = _stdin() if file == Path("-") else file
        found = held_against(load_here(name), log, times=dict(map(_time, times)), **choices)
        if diagram:
            from ..diagrams import render

            picture = render(found.source, form, numbers=found.numbers)  # type: ignore[call-overload]  # of any format
            write(diagram, picture.encode() if isinstance(picture, str) else picture, "--diagram")
    except (ImportError, OSError, TypeError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(found.to_dict(), indent=2) if as_json else str(found))
    ctx.exit(0 if found.ok else 1)


def _time(option: str) -> tuple[str, str | None]:
    column, equals, status = option.partition("=")
    return column, status if equals else None


def _stdin() -> IO[Any]:
    """Return standard input, read as the files are. Raises `ValueError` if it is closed."""
    if sys.stdin is None:
        raise ValueError("the standard input is closed")
    return click.open_file("-", encoding="utf-8-sig", errors="backslashreplace")
