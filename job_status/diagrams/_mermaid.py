"""A drawing in the language of Mermaid, which GitHub, GitLab and MkDocs draw by themselves.

It is a flowchart: Mermaid's state diagrams have no arrows that could be bold, light or dotted. Its colours suit light and dark
pages alike, since the page behind it is not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from . import _look
from ._drawing import Arrow, Box, Drawing, Node
from ._text import shown, wrapped
from ._words import folded

#: What does not stand for itself in a label is written as a character code, which Mermaid decodes after it has parsed. That
#: includes what Markdown would take for a list or for emphasis.
_CODED = re.compile(r"[^\w ,.:()→↻✓✗⊘■▶-]|[.)-](?= |$)(?<!\w\))|(?<![^\W_])_|_(?![^\W_])")


def mermaid(drawing: Drawing) -> str:
    """Return the text of a flowchart."""
    return "\n".join(_lines(drawing)) + "\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    yield '%%{init: {"flowchart": {"wrappingWidth": 500}}}%%'
    yield "flowchart TB"
    yield f"  accTitle: {_said(drawing.title)}"
    yield f"  accDescr: {_said(drawing.description)}"
    # Mermaid reverses arrows that lead back to a status it has already met, so the detours come first.
    for node in sorted(drawing.nodes.values(), key=lambda node: not node.detour):
        opening, closing = ("([", "])") if node.outcome else ("(", ")")
        yield f'  {node.id}{opening}"{_joined(_face(node))}"{closing}:::{_style(drawing, node)}'
    yield "  start(( )):::start"
    yield f"  start --> {drawing.nodes[drawing.declared.initial].id}"
    # Mermaid lays arrows from a box across whatever is in it, so a box is a list of its statuses here.
    for box in drawing.boxes:
        yield f'  {box.id}["from any of<br/>{_joined(_members(drawing, box))}"]:::box'
    yield from (f"  {_arrow(drawing, arrow)}" for arrow in drawing.arrows)
    if drawing.legend:
        yield f'  legend["{_joined(wrapped(shown(drawing.legend), 80))}"]:::box'
    if drawing.refused:
        yield f'  refused["{_joined(drawing.refused)}"]:::box'
    yield from _styles(drawing)


def _members(drawing: Drawing, box: Box) -> Iterable[str]:
    names = [shown(name) for name in drawing.nodes if name in box.members]
    few = 8
    return [part for name in names for part in wrapped(name, 32)] if len(names) <= few else wrapped(", ".join(names), 80)


def _face(node: Node) -> Iterator[str]:
    name = " ".join(filter(None, ("▶" if node.current else "", _look.look(node).sign, shown(node.name))))
    yield from wrapped(name, 32)
    if node.time:
        yield node.time
    for line in node.lines:
        yield from folded(line, 44)


def _style(drawing: Drawing, node: Node) -> str:
    if drawing.trace and not node.visited:
        return "faded"
    return node.outcome or ("aside" if node.aside else "status")


def _arrow(drawing: Drawing, arrow: Arrow) -> str:
    source = arrow.source.id if isinstance(arrow.source, Box) else drawing.nodes[arrow.source].id
    label = _joined(part for line in arrow.lines for part in folded(line, 26))
    return f'{source} {_shaft(drawing, arrow)}|"{label}"| {drawing.nodes[arrow.dest].id}'


def _shaft(drawing: Drawing, arrow: Arrow) -> str:
    if arrow.inferred or (arrow.light and not arrow.taken):
        return "-.->"
    return "==>" if arrow.taken or (arrow.main and not drawing.trace) else "-->"


def _styles(drawing: Drawing) -> Iterator[str]:
    """Yield the classes of statuses and the colours of the arrows that matter. Mermaid counts from 0, the start arrow."""
    base = "stroke-width:1.5px"
    yield f"  classDef status fill:{_look.PAPER},stroke:#57606a,color:{_look.INK},{base}"
    yield f"  classDef aside fill:{_look.PAPER},stroke:{_look.FRAME},color:{_look.INK},{base},stroke-dasharray:5 4"
    yield f"  classDef faded fill:{_look.PAPER},stroke:{_look.FRAME},color:{_look.FAINT},{base}"
    yield f"  classDef start fill:{_look.FRAME},stroke:{_look.FRAME}"
    yield f"  classDef box fill:{_look.FRAME}20,stroke:{_look.FRAME},{base}"
    for outcome in dict.fromkeys(node.outcome for node in drawing.nodes.values() if node.outcome):
        look = _look.OUTCOMES[outcome]
        yield f"  classDef {outcome} fill:{look.fill},stroke:{look.line},color:{_look.INK},stroke-width:4px"
    for node in drawing.nodes.values():
        if node.visited:
            width = 4 if node.current else 2
            yield f"  style {node.id} stroke:{_look.MAIN},stroke-width:{width}px"
    for color in (_look.MAIN, _look.FRAME):
        numbers = [
            str(number) for number, arrow in enumerate(drawing.arrows, 1) if _look.color(arrow, drawing.trace is not None) == color
        ]
        if numbers:
            yield f"  linkStyle {','.join(numbers)} stroke:{color}" + (",stroke-width:3px" if color == _look.MAIN else "")


def _joined(lines: Iterable[str]) -> str:
    return "<br/>".join(map(_text, lines))


def _text(text: str) -> str:
    return _CODED.sub(lambda match: f"#{ord(match.group())};", text)


def _said(text: str) -> str:
    """Return a text for screen readers without what Mermaid, which decodes no character codes there, takes for syntax."""
    return re.sub(r"[^\w .,:()'-]", " ", shown(text).replace(";", ","))
