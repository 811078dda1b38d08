"""What all pictures in SVG are made of: the document with its title and stylesheet, and texts, which are escaped here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from html import escape

from . import _metrics
from ._face import Face, Text
from ._style import paint, stylesheet
from ._text import shown
from .layout import Rect


def document(title: str, description: str, body: Iterable[str], width: float, height: float, *, links: bool = False) -> str:
    """Return a whole SVG document around what is drawn in it; its ids follow from that, so that no two pictures share any.

    `links` says whether there are some in it, which a screen reader is to find.
    """
    size = f'width="{number(width)}" height="{number(height)}"'
    drawn = "\n".join((f'<rect {paint((), "paper")} {size} rx="8"/>', *body))
    name = f"js-{sha256(repr((title, description, drawn)).encode()).hexdigest()[:10]}"
    role = "graphics-document" if links else "img"
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" class="job-status" role="{role}" '
        f'aria-labelledby="{name}-title {name}-desc" {size} viewBox="0 0 {number(width)} {number(height)}" '
        f'style="max-width:100%;height:auto" font-family="{_metrics.FONTS}">',
        f'<title id="{name}-title">{escape(shown(title))}</title>',
        f'<desc id="{name}-desc">{escape(shown(description))}</desc>',
        f"<style>\n{stylesheet(name, drawn)}\n</style>",
        drawn,
        "</svg>\n",
    )
    return "\n".join(lines)


def text(line: Text, part: str, x: float, y: float, anchor: str = "start", groups: Collection[str] = ()) -> str:
    """Return a line of text with its base line at `y`; `part` and `groups` are its class and those of the group that it is in."""
    weight = ' font-weight="700"' if line.bold else ""
    # A font with other widths than the layout reckoned with is squeezed or stretched to them.
    length = (
        f' textLength="{number(line.width - line.indent)}" lengthAdjust="spacingAndGlyphs"' if _metrics.known(line.text) else ""
    )
    where = f'x="{number(x)}" y="{number(y)}" text-anchor="{anchor}" font-size="{number(line.size)}"{weight}{length}'
    return f"<text {paint(groups, part)} {where}>{escape(line.text)}</text>"


def lines(face: Face, top: float) -> Iterator[tuple[Text, float]]:
    """Yield the lines of text that begin at that height, each with its base line."""
    for line in face.lines:
        yield line, top + line.leading / 2 + 0.36 * line.size
        top += line.leading


def rect(place: Rect, radius: float) -> str:
    """Return the attributes of a rectangle with round corners."""
    numbers = {"x": place.x, "y": place.y, "width": place.width, "height": place.height, "rx": radius}
    return " ".join(f'{name}="{number(value)}"' for name, value in numbers.items())


def opened(groups: Iterable[str], data: Mapping[str, Iterable[str]], title: str) -> str:
    """Return the beginning of a group of those classes, with its data, and its title, which is shown to who points at it."""
    values = "".join(f' data-{name}="{value}"' for name, values in data.items() if (value := listed(values)))
    return f'<g class="{" ".join(groups)}"{values}>\n<title>{listed(title.splitlines())}</title>'


def listed(names: Iterable[str]) -> str:
    """Return names as the value of an attribute, each on a line of its own."""
    return "&#10;".join(escape(shown(name)) for name in names)


def number(length: float) -> str:
    """Return a length with at most two decimals, which is the same text on every machine."""
    return f"{round(length, 2):g}"
