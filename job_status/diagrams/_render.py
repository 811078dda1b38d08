"""Which formats there are, and what makes each."""

from __future__ import annotations

from typing import Literal, get_args

from transitions import Machine

from .._lifecycle import Lifecycle
from . import _dot, _html, _json, _mermaid, _svg, _table
from ._drawing import Drawing, drawing
from ._svg import MissingExtra
from ._trace import Job

__all__ = ["FORMATS", "SUFFIXES", "Format", "MissingExtra", "Source", "render"]

Format = Literal["mermaid", "dot", "svg", "markdown", "html", "json"]
Source = Lifecycle | Machine | Job

FORMATS: tuple[str, ...] = get_args(Format)

#: the format that the end of a file's name asks for
SUFFIXES: dict[str, Format] = {
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".md": "markdown",
    ".html": "html",
    ".json": "json",
}

#: Mermaid lists the statuses of a box instead of drawing it around them, which is worth its while for more of them
_MERMAID_BOX = 4


def render(
    source: Source,
    format: Format,  # noqa: A002  # what else would one call it
    *,
    title: str | None = None,
    full: bool = False,
) -> str:
    """A picture or a table of a lifecycle, of a flat `transitions.Machine`, or of a job and the way that it took.

    A job is a `JobStatus` or anything that can be read like one. `full` draws each way out of UNKNOWN as an arrow, where the
    compact picture lists them in the status itself, and adds to the tables what each move means. The same source gives the same
    text. `svg` needs pygraphviz (`MissingExtra` without it); `html` goes without the picture if there is none.
    """
    if format not in FORMATS:
        raise ValueError(f"there is no format {format!r}; the formats are: {', '.join(FORMATS)}")
    drawn = drawing(source, title=title, full=full, box_size=_MERMAID_BOX if format == "mermaid" else 3)
    match format:
        case "mermaid":
            return _mermaid.mermaid(drawn)
        case "dot":
            return _dot.dot(drawn)
        case "svg":
            return _svg.svg(drawn)
        case "markdown":
            return _table.markdown(_tables(drawn, full), drawn.title)
        case "html":
            return _html.html(drawn, _tables(drawn, full))
        case _:
            return _json.as_json(drawn.declared, drawn.trace, drawn.title)


def _tables(drawn: Drawing, full: bool) -> tuple[_table.Table, ...]:
    return tuple(_table.tables(drawn.declared, drawn.trace, full))
