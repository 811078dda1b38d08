"""A drawing in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from . import _look
from ._choices import Direction
from ._drafting import MANY
from ._drawing import Arrow, Box, Drawing, Line, Node
from ._text import shown, wrapped
from ._words import folded

_FONT = 'fontname="Helvetica,Arial,sans-serif"'

#: for pictures of more than MANY arrows, which nobody can read anyway: Graphviz would take minutes to lay them out with care
_HURRY = ", splines=false, nslimit=1, nslimit1=1, mclimit=0.05"

#: beyond so many arrows even that takes long: use a layout in which moves pull their statuses together like springs
_HUGE = 300
_SPRINGS = ", layout=sfdp, K=2, overlap=true, splines=line"


_DIRECTIONS = {"right": "LR", "down": "TB"}


def dot(drawing: Drawing, direction: Direction | None = None) -> str:
    """Return the text of a directed graph."""
    return "\n".join(_lines(drawing, direction or "right")) + "\n"


def engine(drawing: Drawing) -> str:
    """Return the name of the Graphviz engine that lays it out."""
    return "sfdp" if len(drawing.arrows) > _HUGE else "dot"


def _lines(drawing: Drawing, direction: Direction) -> Iterator[str]:
    yield "digraph lifecycle {"
    hurry = _SPRINGS if engine(drawing) == "sfdp" else _HURRY if len(drawing.arrows) > MANY else ""
    # Without newrank, Graphviz aborts the whole process on some arrows with labels in boxes (its fixLabelOrder).
    caption = _label(_caption(drawing), left=True)
    yield f"  graph [rankdir={_DIRECTIONS[direction]}, compound=true, newrank=true, nodesep=0.3, ranksep=0.25, pad=0.2{hurry},"
    yield f'    bgcolor="{_look.PAPER}",'
    yield f'    {_FONT}, fontsize=10, fontcolor="{_look.FAINT}", labelloc=b, labeljust=l, label={caption}];'
    yield f'  node [shape=box, height=0.4, margin="0.16,0.08", {_FONT}, fontsize=13, fontcolor="{_look.INK}"];'
    yield f'  edge [arrowsize=0.7, {_FONT}, fontsize=11, fontcolor="{_look.INK}"];'
    yield from _inside(drawing, None, "  ", 0)
    initial = drawing.declared.initial
    if initial in drawing.nodes:
        yield from _start(drawing.nodes[initial])
    yield from (f"  {_arrow(drawing, arrow)};" for arrow in drawing.arrows)
    yield "}"


def _start(initial: Node) -> Iterator[str]:
    yield f'  start [shape=circle, width=0.16, height=0.16, fixedsize=true, label="", style=filled, fillcolor="{_look.INK}"];'
    yield f'  start -> {initial.id} [weight=10, color="{_look.INK}"];'


def _inside(drawing: Drawing, box: Box | None, indent: str, depth: int) -> Iterator[str]:
    """Yield what stands in a box, other boxes first."""
    boxes, nodes = drawing.children(box)
    for inner in boxes:
        yield f"{indent}subgraph cluster_{inner.id} {{"
        ground = _look.GROUNDS[min(depth, len(_look.GROUNDS) - 1)]
        title = f", labelloc=t, fontsize=11, label={_label([_text(shown(inner.title))])}" if inner.title else ', label=""'
        yield f'{indent}  graph [style="rounded,filled", color="{_look.FRAME}", fillcolor="{ground}", margin=10{title}];'
        yield from _inside(drawing, inner, indent + "  ", depth + 1)
        yield f"{indent}}}"
    for node in nodes:
        yield f"{indent}{_node(drawing, node)};"


def _node(drawing: Drawing, node: Node) -> str:
    look = _look.look(node)
    style = ["rounded", "filled", *(["dashed"] if node.aside else [])]
    faded = (drawing.trace is not None and not node.visited) or node.count == 0
    attributes = {
        "label": _label(_face(drawing, node, look.sign), left=node.aside),
        "style": f'"{",".join(style)}"',
        "color": f'"{_look.FRAME if faded else _look.MAIN if node.visited and not node.outcome else look.line}"',
        "fillcolor": f'"{_look.PAPER if faded else "#ddf4ff" if node.current and not node.outcome else look.fill}"',
        "penwidth": "3" if node.current else "1.2",
    }
    if faded:
        attributes["fontcolor"] = f'"{_look.FAINT}"'
    if node.outcome:
        attributes["peripheries"] = "2"
    if node.aside:
        attributes["class"] = "aside"
    if node.link:
        attributes["URL"] = _quoted(node.link)
    return f"{node.id} [{_listed(attributes)}]"


def _face(drawing: Drawing, node: Node, sign: str) -> list[str]:
    """Return the lines of a status' label, as markup."""
    names = wrapped(shown(node.name), 32)
    first = " ".join(filter(None, ("▶" if node.current else "", sign, names[0])))
    bold = [f"<B>{_text(part)}</B>" for part in (first, *names[1:])]
    times = [_small(f"<I>{_text(line)}</I>") for line in ([node.time] if node.time else node.numbers)]
    lines = node.lines if drawing.labels else ()
    return [*bold, *times, *(_small(_red(_text(part), line)) for line in lines for part in folded(line, 44))]


def _small(markup: str) -> str:
    return f'<FONT POINT-SIZE="10">{markup}</FONT>'


def _arrow(drawing: Drawing, arrow: Arrow) -> str:
    traced = drawing.trace is not None
    strong = arrow.taken or (arrow.main and not traced)
    attributes = {"label": _lines_of(arrow) if drawing.labels else '""', "color": f'"{_look.color(arrow, traced)}"'}
    if arrow.count is not None:
        attributes["penwidth"] = f"{1.2 + 5 * arrow.weight:.2f}"
    elif strong:
        attributes["penwidth"] = "2.4"
    if arrow.main:
        attributes["weight"] = "100"
    if arrow.inferred:
        attributes["style"] = "dotted"
    elif arrow.alarming or (arrow.light and not arrow.taken):
        attributes["style"] = "dashed"
    if isinstance(arrow.source, Box):
        attributes["ltail"] = f"cluster_{arrow.source.id}"
    if (traced and not arrow.taken) or arrow.count == 0:
        attributes["fontcolor"] = f'"{_look.FAINT}"'
    return f"{drawing.nodes[arrow.tail].id} -> {drawing.nodes[arrow.dest].id} [{_listed(attributes)}]"


def _lines_of(arrow: Arrow) -> str:
    """Return the label of an arrow."""
    return _label([_red(_bold(_text(part), line), line) for line in arrow.lines for part in folded(line, 40)])


def _bold(markup: str, line: Line) -> str:
    return f"<B>{markup}</B>" if line.steps or line.tally else markup


def _red(markup: str, line: Line) -> str:
    return f'<FONT COLOR="{_look.UNTESTED}">{markup}</FONT>' if line.alarming else markup


def _caption(drawing: Drawing) -> list[str]:
    legend = f"{drawing.legend}." if drawing.legend else ""
    lines = filter(None, (" ".join(drawing.notes), legend, *drawing.refused))
    return [_text(part) for line in lines for part in wrapped(shown(line), 140)]


def _label(lines: list[str], left: bool = False) -> str:
    """Return lines of markup as one label, centered or from the left."""
    end = '<BR ALIGN="LEFT"/>'
    return f"<{''.join(line + end for line in lines) if left else '<BR/>'.join(lines)}>" if lines else '""'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(text: str) -> str:
    return escape(text).replace("&#x27;", "&#39;")


def _listed(attributes: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in attributes.items())
