"""The commands `job-status diagram` and `job-status table`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import click

#: the format of SVG files that has to be asked for
_TIMELINE = "timeline"

_DEFAULT = "job_status:JOB_LIFECYCLE"
_FILE = click.Path(dir_okay=False, path_type=Path)
_CHECK_HELP = "Write nothing; exit with 1 and a diff unless this file is, byte for byte, what would be written."
FORMAT_HELP = "mermaid, dot, svg, png, pdf, markdown, html, json or timeline.  [default: by the file's name, else mermaid]"
_ONLY_HELP = "Show this status and those one move away; given more than once, these statuses; 'not STATUS': all but this one."


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
@click.option("--format", "wanted", help=FORMAT_HELP)
@click.option("--full", is_flag=True, help="Draw each move out of UNKNOWN as an arrow; explain each move in tables.")
@click.option("--direction", help="right or down.  [default: the one that fits better]")
@click.option("--engine", help="dot: let Graphviz lay it out.")
@click.option("--only", multiple=True, metavar="STATUS", help=_ONLY_HELP)
@click.option("--link", "links", multiple=True, metavar="STATUS=URL", help="Where a status leads to.  [repeatable]")
@click.option("--no-labels", is_flag=True, help="Write nothing on arrows and into statuses.")
@_shared
def diagram(
    source: str,
    wanted: str | None,
    title: str | None,
    output: Path | None,
    check: Path | None,
    only: tuple[str, ...],
    links: tuple[str, ...],
    no_labels: bool,
    **choices: Any,
) -> None:
    """Draw the state diagram of SOURCE, a package.module:object.

    It is a Lifecycle, a transitions.Machine, an Adapter or a JobStatus; by default the lifecycle of a job. A timeline is of a
    JobStatus, a list of them or a JobGroup. The current folder can be imported from.
    """
    form = format_of(wanted, output or check) or "mermaid"
    choices |= {"title": title, "only": only[0] if len(only) == 1 else only or None, "labels": not no_labels}
    picture = drawn(_loaded(source), form, links=dict(map(_link, links)) or None, **choices)
    if check is not None and (isinstance(picture, bytes) or choices["engine"]):
        raise click.UsageError(f"--check compares bytes, and those of this {form} depend on the machine: check the SVG of ours")
    deliver(picture, output, check)


@click.command()
@click.option("--full", is_flag=True, help="Explain each move too.")
@_shared
def table(source: str, full: bool, title: str | None, output: Path | None, check: Path | None) -> None:
    """Write the transition table of SOURCE, a package.module:object, in Markdown.

    It is a Lifecycle, a transitions.Machine, an Adapter or a JobStatus; by default the lifecycle of a job. The current folder can
    be imported from. The table of what is not a job is a test if its file is named *.transitions.md and pytest collects it.
    """
    from ..diagrams import render

    format_of("markdown", output or check)
    found = _loaded(source)
    try:
        text = render(found, "markdown", title=title, full=full)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    deliver(text if full else _heading(source, found) + text, output, check)


def drawn(source: Any, form: str, **choices: Any) -> str | bytes:
    """Return a picture; what it warns of is said on stderr. Exits if it cannot be drawn."""
    from ..diagrams import MissingExtra, render

    try:
        with catch_warnings(record=True) as warned:
            simplefilter("always", UserWarning)
            picture: str | bytes = render(source, form, **choices)  # type: ignore[call-overload]  # any format
    except MissingExtra as error:
        raise click.ClickException(str(error)) from None
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    for warning in warned:
        click.echo(f"Warning: {warning.message}", err=True)
    return picture


def load_here(name: str, *, to_draw: bool = False) -> Any:
    """Return what `load` does, but import from the current folder too."""
    from .._source import load  # it imports asyncio, by way of the kinds of Machine that there are

    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    return load(name, to_draw=to_draw)


def format_of(wanted: str | None, target: Path | None) -> str | None:
    """Return the format to write: the one wanted, or that of the file's name; None if neither says it.

    It is an error if a file's name says another format than the one wanted, or none at all.
    """
    from ..diagrams import FORMATS, IMAGES, SUFFIXES

    formats, suffixes = (*FORMATS, *IMAGES.values(), _TIMELINE), {**SUFFIXES, **IMAGES}
    if wanted is not None and wanted not in formats:
        raise click.BadParameter(f"there is no format {wanted!r}; the formats are: {', '.join(formats)}", param_hint="--format")
    named = suffixes.get(target.suffix.lower()) if target else None
    if named and wanted and named != ("svg" if wanted == _TIMELINE else wanted):
        raise click.UsageError(f"{target} is the name of a file of {named}, not of {wanted}")
    if target and not named and not wanted:
        known = ", ".join(suffixes)
        raise click.UsageError(f"the name {target} says no format: let it end with one of {known}, or give --format")
    return wanted or named


def _link(option: str) -> tuple[str, str]:
    status, equals, url = option.partition("=")
    if not equals:
        raise click.BadParameter(f"a link is STATUS=URL, not {option!r}", param_hint="--link")
    return status, url


def _loaded(source: str) -> Any:
    try:
        return load_here(source, to_draw=True)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="SOURCE") from None


def _heading(name: str, source: Any) -> str:
    """Return the line that makes a table a test, see `job_status.testing`; nothing if it cannot be one."""
    from .._source import definition, is_job
    from ..diagrams._tabulated import has_matrix

    if not is_job(source) and has_matrix(definition(source, nested=True)):
        return f"<!-- job-status: lifecycle={name} -->\n\n"
    return ""


def deliver(picture: str | bytes, output: Path | None, check: Path | None) -> None:
    """Write it to the file or to stdout, or compare it with the file to be checked."""
    if output is not None and check is not None:
        raise click.UsageError("--check writes nothing: leave out --output")
    data = picture.encode() if isinstance(picture, str) else picture
    if check is not None:
        _check(check, data)
    elif output is not None:
        write(output, data)
    else:
        click.echo(data, nl=False)


def write(file: Path, data: bytes, option: str = "--output") -> None:
    """Write a file that an option names."""
    try:
        file.write_bytes(data)
    except OSError as error:
        raise click.BadParameter(f"cannot write {file}: {error.strerror}", param_hint=option) from None


def _check(file: Path, data: bytes) -> None:
    """Exit with 1 and a diff if the file differs."""
    try:
        old = file.read_bytes() if file.exists() else b""
    except OSError as error:
        raise click.BadParameter(f"cannot read {file}: {error.strerror}", param_hint="--check") from None
    if old != data:
        from difflib import unified_diff

        before, after = (text.decode(errors="backslashreplace").splitlines() for text in (old, data))
        diff = list(unified_diff(before, after, str(file), "as it would be written", lineterm=""))
        click.echo("\n".join(diff) or f"{file} has the right lines, but they do not all end with a line feed alone")
        raise SystemExit(1)
