"""Which formats there are, and what makes each."""

from __future__ import annotations

from typing import Literal, TypedDict, Unpack, cast, get_args, overload

from .._source import are_several, is_job
from . import _dot, _graphviz, _html, _jobs, _json, _mermaid, _raster, _svg, _table
from ._choices import DIRECTIONS, ENGINES, Direction, Engine, Links, Only, checked_choice
from ._drafting import drawings
from ._drawing import Drawable
from ._graphviz import MissingExtra
from ._jobs import Jobs
from ._numbers import Numbers
from ._tabulated import tables

__all__ = ["FORMATS", "IMAGES", "SUFFIXES", "Drawable", "Format", "Image", "MissingExtra", "Text", "render"]

Text = Literal["mermaid", "dot", "svg", "markdown", "html", "json"]
Image = Literal["png", "pdf"]
Timeline = Literal["timeline"]
Format = Text | Image | Timeline

#: the formats that are text
FORMATS: tuple[Text, ...] = get_args(Text)

#: the format that the end of a file's name asks for; `IMAGES` has those that are not text
SUFFIXES: dict[str, Text] = {
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".md": "markdown",
    ".html": "html",
    ".json": "json",
}
IMAGES: dict[str, Image] = {".png": "png", ".pdf": "pdf"}

#: the formats in which a choice makes a difference; in the others it is refused, so that nobody waits for its effect
_DRAWN = ("svg", "html", "png", "pdf")
_TAKEN_BY: dict[str, tuple[str, ...]] = {
    "direction": ("mermaid", "dot", *_DRAWN),
    "engine": _DRAWN,
    "only": ("mermaid", "dot", "json", *_DRAWN),
    "links": ("mermaid", "dot", "json", "svg", "html"),
    "labels": ("mermaid", "dot", *_DRAWN),
}


class Choices(TypedDict, total=False):
    """What `render` takes beside the source and the format, for type checkers."""

    title: str | None
    full: bool
    direction: Direction | None
    engine: Engine | None
    only: Only | None
    links: Links | None
    labels: bool
    numbers: Numbers | None


@overload
def render(source: Drawable, format: Text, **choices: Unpack[Choices]) -> str: ...
@overload
def render(source: Jobs, format: Timeline | Literal["html"], *, title: str | None = None) -> str: ...
@overload
def render(source: Drawable, format: Image, **choices: Unpack[Choices]) -> bytes: ...
def render(
    source: Drawable | Jobs,
    format: Format,  # noqa: A002  # what it is
    *,
    title: str | None = None,
    full: bool = False,
    direction: Direction | None = None,
    engine: Engine | None = None,
    only: Only | None = None,
    links: Links | None = None,
    labels: bool = True,
    numbers: Numbers | None = None,
) -> str | bytes:
    """Return a picture or a table of a lifecycle, of a `transitions.Machine`, or of a job and its path; "png" and "pdf" as bytes.

    A job is a `JobStatus` or anything that can be read like one. Colours and signs go by what statuses mean, and where their names
    do not say so, a legend does. The same source gives the same text. Of one job, or of several as a list or a `JobGroup`, there is
    a "timeline" too, an SVG of when it was in which status; of several there are this and "html". What goes on is drawn up to now.

    * `full` draws each move out of a status that means UNKNOWN as an arrow, where the compact picture lists them in the status
      itself, and adds to the tables what each move means.
    * `direction` is "right" or "down"; by default the one that fits better. `engine="dot"` lets Graphviz lay the picture out.
    * `only` is the status that the picture is about, shown with those one move away; or several statuses, shown by themselves; or
      "not UNKNOWN", for all others.
    * `links` are URLs that statuses lead to; `labels=False` leaves out what is written on arrows and into statuses.
    * With `numbers`, say of a log that was replayed, an arrow is the thicker the more often its moves were made; those that the
      source does not have are red and dashed.

    Raises `ValueError` if there is no such format, or if it does not take a choice that was made or the choice is wrong;
    `TypeError` if the source cannot be drawn; and `MissingExtra` if a png, a pdf or Graphviz is asked for without the extra.
    """
    if format not in (every := (*FORMATS, *IMAGES.values(), *get_args(Timeline))):
        raise ValueError(f"there is no format {format!r}; the formats are: {', '.join(every)}")
    made = {"direction": direction, "engine": engine, "only": only, "links": links, "labels": None if labels else False}
    for choice, formats in _TAKEN_BY.items():
        if made[choice] is not None and format not in formats:
            raise ValueError(f"{choice} is for {', '.join(formats)}, not for {format}")
    checked_choice("direction", direction, DIRECTIONS)
    checked_choice("engine", engine, ENGINES)
    if format == "timeline":
        return _jobs.timeline(source, title)
    if are_several(source):
        if format != "html":
            raise ValueError(f"several jobs are drawn as timeline or html, not as {format}")
        return _jobs.html(source, title)
    source = cast("Drawable", source)  # which several jobs are not
    drawn = drawings(source, title=title, full=full, only=only, links=links, labels=labels, numbers=numbers)
    match format:
        case "mermaid":
            return _mermaid.mermaid(drawn[0], direction)
        case "dot":
            return _dot.dot(drawn[0], direction)
        case "markdown":
            heading = f"# {_table.markdown_text(drawn[0].title)}"
            return "\n\n".join([heading, *map(_table.markdown, tables(source, drawn[0], full))]) + "\n"
        case "json":
            return _json.as_json(drawn[0])
        case "png" | "pdf" if engine == "dot":
            return _graphviz.laid_out(drawn[0], format, direction)
        case "png":
            return _raster.png(_svg.svg(*drawn, direction=direction))
        case "pdf":
            return _raster.pdf(_svg.svg(*drawn, direction=direction))
    picture = _graphviz.svg(drawn[0], direction) if engine == "dot" else _svg.svg(*drawn, direction=direction)
    if format == "svg":
        return picture
    return _html.html(drawn[0], picture, tables(source, drawn[0], full), _jobs.timeline(source) if is_job(source) else "")
