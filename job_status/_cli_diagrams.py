"""The commands `job-status diagram` and `job-status table`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

if TYPE_CHECKING:
    from .diagrams import Format

_DEFAULT = "job_status:JOB_LIFECYCLE"
_FILE = click.Path(dir_okay=False, path_type=Path)
_CHECK_HELP = "Write nothing; exit with 1 and a diff if this file is not what would be written."


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    """Add the arguments that both commands take."""
    for option in (
        click.option("--check", type=_FILE, help=_CHECK_HELP),
        click.option("-o", "--output", type=_FILE, help="Write to this file.  [default: stdout]"),
        click.option("--title", help="What to write above it."),
        click.argument("source", default=_DEFAULT),
    ):
        command = option(command)
    return command


@click.command()
@click.option("--format", "wanted", help="mermaid, dot, svg, markdown, html or json.  [default: by the file's name, else mermaid]")
@click.option("--full", is_flag=True, help="Draw each move out of UNKNOWN as an arrow; explain each move in tables.")
@_shared
def diagram(source: str, wanted: str | None, full: bool, title: str | None, output: Path | None, check: Path | None) -> None:
    """Draw the state diagram of SOURCE, a package.module:object.

    It is a Lifecycle, a flat transitions.Machine, an Adapter or a JobStatus; by default the lifecycle of a job. The current folder
    can be imported from.
    """
    from .diagrams import FORMATS, SUFFIXES, MissingExtra, render

    target = check or output
    form = wanted or SUFFIXES.get(target.suffix if target else "", "mermaid")
    if form not in FORMATS:
        raise click.BadParameter(f"there is no format {form!r}; the formats are: {', '.join(FORMATS)}", param_hint="--format")
    try:
        text = render(_loaded(source), cast("Format", form), title=title, full=full)
    except MissingExtra as error:
        raise click.ClickException(str(error)) from None
    _deliver(text, form, output, check)


@click.command()
@click.option("--full", is_flag=True, help="Explain each move too.")
@_shared
def table(source: str, full: bool, title: str | None, output: Path | None, check: Path | None) -> None:
    """Write the transition table of SOURCE, a package.module:object, in Markdown.

    It is a Lifecycle, a flat transitions.Machine, an Adapter or a JobStatus; by default the lifecycle of a job. The current folder
    can be imported from. The table of what is not a job is a test if its file is named *.transitions.md and pytest collects it.
    """
    from .diagrams import render

    found = _loaded(source)
    text = render(found, "markdown", title=title, full=full)
    _deliver(text if full else _heading(source, found) + text, "markdown", output, check)


def load_here(name: str, *, jobs: bool = False) -> Any:
    """Return what `load` does, but import from the current folder too."""
    from ._source import load  # it imports asyncio, by way of the kinds of Machine that there are

    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    return load(name, jobs=jobs)


def _loaded(source: str) -> Any:
    try:
        return load_here(source, jobs=True)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="SOURCE") from None


def _heading(name: str, source: Any) -> str:
    """Return the line that makes a table a test, see `job_status.testing`; nothing if it cannot be one."""
    from ._source import definition, is_job
    from .diagrams._tabulated import has_matrix

    if not is_job(source) and has_matrix(definition(source)):
        return f"<!-- job-status: lifecycle={name} -->\n\n"
    return ""


def _deliver(text: str, form: str, output: Path | None, check: Path | None) -> None:
    """Write a text to the file or to stdout, or compare it with the file to be checked."""
    if output is not None and check is not None:
        raise click.UsageError("--check writes nothing: leave out --output")
    if check is not None:
        _check(check, text, form)
    elif output is not None:
        _write(output, text)
    else:
        click.echo(text.encode(), nl=False)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.BadParameter(f"cannot write {file}: {error.strerror}", param_hint="--output") from None


def _check(file: Path, text: str, form: str) -> None:
    """Exit with 1 and a diff if the file differs: an SVG in what it shows, anything else in a line of its text."""
    from .diagrams._svg import content

    try:
        old = file.read_text(encoding="utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"cannot read {file}: {error}", param_hint="--check") from None
    lines: Any = content if form == "svg" else str.splitlines
    if lines(old) != lines(text):
        from difflib import unified_diff

        diff = unified_diff(lines(old), lines(text), str(file), "as it would be written", lineterm="")
        click.echo("\n".join(diff))
        raise SystemExit(1)
