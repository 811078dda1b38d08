"""A drawing in the language of Mermaid, which GitHub, GitLab and MkDocs draw by themselves.

It is a flowchart: Mermaid's state diagrams have no arrows that could be bold, light or dotted. The page behind it is not ours, and
may be light or dark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import _look
from ._choices import Direction
from ._drawing import Arrow, Box, Drawing, Node
from ._text import shown, wrapped
from ._words import folded

#: What does not stand for itself in a label is written as a character code, which Mermaid decodes after it has parsed. That
#: includes what Markdown would take for a list or for emphasis.
_CODED = re.compile(r"[^\w ,.:()→↻✓✗⊘■▶-]|[.)-](?= |$)(?<!\w\))|(?<![^\W_])_|_(?![^\W_])")


#: what tells the kinds of statuses and arrows apart: tones that can be seen on a white page and on a dark one alike. The texts have
#: the colour that the page gives them, so statuses are filled with no more than a touch of their tone.
_TONES = {
    "status": "#7d8590",
    "aside": "#7d8590",
    "success": "#2a9d5c",
    "error": "#d9622b",
    "canceled": "#8b78d9",
    "final": "#7d8590",
    "main": "#2f81f7",
    "alarm": "#e5484d",
}
_TOUCH = "26"

_DIRECTIONS = {"right": "LR", "down": "TB"}


def mermaid(drawing: Drawing, direction: Direction | None = None) -> str:
    """Return the text of a flowchart."""
    return "\n".join(_lines(drawing, direction or "down")) + "\n"


def _lines(drawing: Drawing, direction: Direction) -> Iterator[str]:
    yield '%%{init: {"flowchart": {"wrappingWidth": 500}}}%%'
    yield f"flowchart {_DIRECTIONS[direction]}"
    yield f"  accTitle: {_said(drawing.title)}"
    yield f"  accDescr: {_said(drawing.description)}"
    yield from _inside(drawing, None, "  ")
    joined = dict.fromkeys(arrow.source for arrow in drawing.arrows if isinstance(arrow.source, Box))
    for box in joined:
        yield f"  {box.id}(( )):::join"
    links = [*_start(drawing), *_arrows(drawing), *(link for box in joined for link in _joins(drawing, box))]
    if drawing.declared.initial in drawing.nodes:
        yield "  start(( )):::join"
    yield from (f"  {link.text}" for link in links)
    if drawing.legend:
        yield f'  legend["{_joined(wrapped(shown(drawing.legend), 80))}"]:::note'
    if drawing.refused:
        yield f'  refused["{_joined(drawing.refused)}"]:::note'
    yield from (f'  click {node.id} href "{_address(node.link)}"' for node in drawing.nodes.values() if node.link)
    yield from _styles(drawing)
    yield from _link_styles(links)


@dataclass(frozen=True, slots=True)
class _Link:
    """A line of the flowchart, and the style that it has beside what its text says; "" for none."""

    text: str
    style: str = ""


def _inside(drawing: Drawing, box: Box | None, indent: str) -> Iterator[str]:
    """Yield the statuses in a box; of the boxes in it, those of a nested machine are drawn as such."""
    boxes, nodes = drawing.children(box)
    for inner in boxes:
        if inner.title:
            yield f'{indent}subgraph {inner.id}_frame ["{_text(shown(inner.title))}"]'
            yield from _inside(drawing, inner, indent + "  ")
            yield f"{indent}end"
        else:
            yield from _inside(drawing, inner, indent)
    for node in nodes:
        opening, closing = ("([", "])") if node.outcome else ("(", ")")
        yield f'{indent}{node.id}{opening}"{_joined(_face(drawing, node))}"{closing}:::{_style(drawing, node)}'


def _start(drawing: Drawing) -> Iterator[_Link]:
    initial = drawing.declared.initial
    if initial in drawing.nodes:
        yield _Link(f"start --> {drawing.nodes[initial].id}")


def _joins(drawing: Drawing, box: Box) -> Iterator[_Link]:
    """Yield the lines by which the statuses of a box come together, for the arrows that leave it.

    An arrow from a subgraph would do without, but Mermaid puts its label wherever there is another one.
    """
    faded = drawing.trace is not None or drawing.numbers is not None
    style = f"stroke:{_TONES['aside']}" if faded else ""
    yield from (_Link(f"{node.id} --- {box.id}", style) for name, node in drawing.nodes.items() if name in box.members)


def _arrows(drawing: Drawing) -> Iterator[_Link]:
    for arrow in drawing.arrows:
        source = arrow.source.id if isinstance(arrow.source, Box) else drawing.nodes[arrow.source].id
        label = _joined(part for line in arrow.lines for part in folded(line, 26)) if drawing.labels else ""
        shaft = _shaft(drawing, arrow) + (f'|"{label}"|' if label else "")
        yield _Link(f"{source} {shaft} {drawing.nodes[arrow.dest].id}", _arrow_style(drawing, arrow))


def _face(drawing: Drawing, node: Node) -> Iterator[str]:
    name = " ".join(filter(None, ("▶" if node.current else "", _look.look(node).sign, shown(node.name))))
    yield from wrapped(name, 32)
    yield from [node.time] if node.time else node.numbers
    for line in node.lines if drawing.labels else ():
        yield from folded(line, 44)


def _style(drawing: Drawing, node: Node) -> str:
    if (drawing.trace and not node.visited) or node.count == 0:
        return "faded"
    return node.outcome or ("aside" if node.aside else "status")


def _shaft(drawing: Drawing, arrow: Arrow) -> str:
    if arrow.inferred or arrow.alarming or (arrow.light and not arrow.taken):
        return "-.->"
    return "==>" if arrow.taken or (arrow.main and not drawing.trace and arrow.count is None) else "-->"


def _arrow_style(drawing: Drawing, arrow: Arrow) -> str:
    traced = drawing.trace is not None
    strong = arrow.taken or (arrow.main and not traced)
    tone = "alarm" if arrow.alarming else "main" if strong else "aside" if traced or arrow.light or arrow.count == 0 else ""
    width = f"{1.2 + 5 * arrow.weight:.2f}" if arrow.count is not None else "3" if strong else ""
    return ",".join(filter(None, (tone and f"stroke:{_TONES[tone]}", width and f"stroke-width:{width}px")))


def _styles(drawing: Drawing) -> Iterator[str]:
    """Yield the classes of statuses, and of a job the frames of those that it was in."""
    base = "stroke-width:1.5px"
    yield f"  classDef status fill:{_TONES['status']}{_TOUCH},stroke:{_TONES['status']},{base}"
    yield f"  classDef aside fill:transparent,stroke:{_TONES['aside']},{base},stroke-dasharray:5 4"
    yield f"  classDef faded fill:transparent,stroke:{_TONES['aside']},{base}"
    yield f"  classDef join fill:{_TONES['status']},stroke:{_TONES['status']}"
    yield f"  classDef note fill:transparent,stroke:{_TONES['aside']},{base}"
    for outcome in dict.fromkeys(node.outcome for node in drawing.nodes.values() if node.outcome):
        yield f"  classDef {outcome} fill:{_TONES[outcome]}{_TOUCH},stroke:{_TONES[outcome]},stroke-width:4px"
    for node in drawing.nodes.values():
        if node.visited:
            yield f"  style {node.id} stroke:{_TONES['main']},stroke-width:{4 if node.current else 2}px"
    for box in drawing.boxes:
        if box.title:
            yield f"  style {box.id}_frame fill:{_TONES['status']}{_TOUCH},stroke:{_TONES['status']}"


def _link_styles(links: Iterable[_Link]) -> Iterator[str]:
    """Yield the styles of lines, each with the numbers of the lines that have it, which Mermaid counts from 0."""
    yield f"  linkStyle default stroke:{_TONES['status']}"
    styled: dict[str, list[str]] = {}
    for number, link in enumerate(links):
        styled.setdefault(link.style, []).append(str(number))
    yield from (f"  linkStyle {','.join(numbers)} {style}" for style, numbers in styled.items() if style)


def _joined(lines: Iterable[str]) -> str:
    return "<br/>".join(map(_text, lines))


def _text(text: str) -> str:
    return _CODED.sub(lambda match: f"#{ord(match.group())};", text)


def _address(url: str) -> str:
    """Return a URL without what Mermaid would take for the end of it."""
    return url.replace('"', "%22").replace(";", "%3B")


def _said(text: str) -> str:
    """Return a text for screen readers without what Mermaid, which decodes no character codes there, takes for syntax."""
    return re.sub(r"[^\w .,:()'-]", " ", shown(text).replace(";", ","))
