"""Which formats there are, and what makes each."""

from __future__ import annotations

from typing import Literal, get_args

from . import _dot, _html, _json, _mermaid, _svg, _table
from ._drafting import drawing
from ._drawing import Drawable
from ._svg import MissingExtra
from ._tabulated import tables

__all__ = ["FORMATS", "SUFFIXES", "Drawable", "Format", "MissingExtra", "render"]

Format = Literal["mermaid", "dot", "svg", "markdown", "html", "json"]

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

#: how many statuses make a box in Mermaid, which lists them instead of enclosing them: that pays only for more of them
_MERMAID_BOX = 4


def render(
    source: Drawable,
    format: Format,  # noqa: A002  # what it is
    *,
    title: str | None = None,
    full: bool = False,
) -> str:
    """Return a picture or a table of a lifecycle, of a flat `transitions.Machine`, or of a job and its path.

    A job is a `JobStatus` or anything that can be read like one. Colours and signs go by what statuses mean, and where their names
    do not say so, a legend does. `full` draws each move out of a status that means UNKNOWN as an arrow, where the compact picture
    lists them in the status itself, and adds to the tables what each move means. The same source gives the same text.

    Raises `ValueError` if there is no such format, `TypeError` if the source cannot be drawn, and `MissingExtra` if `svg` is
    asked for without pygraphviz; `html` then has no picture.
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
            heading = f"# {_table.markdown_text(drawn.title)}"
            return "\n\n".join([heading, *map(_table.markdown, tables(source, drawn, full))]) + "\n"
        case "html":
            return _html.html(drawn, tables(source, drawn, full))
        case "json":  # pragma: no branch  # there is no other format
            return _json.as_json(drawn)
