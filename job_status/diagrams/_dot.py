"""A drawing in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from . import _look
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


def dot(drawing: Drawing) -> str:
    """Return the text of a directed graph."""
    return "\n".join(_lines(drawing)) + "\n"


def engine(drawing: Drawing) -> str:
    """Return the name of the Graphviz engine that lays it out."""
    return "sfdp" if len(drawing.arrows) > _HUGE else "dot"


def _lines(drawing: Drawing) -> Iterator[str]:
    yield "digraph lifecycle {"
    hurry = _SPRINGS if engine(drawing) == "sfdp" else _HURRY if len(drawing.arrows) > MANY else ""
    # Without newrank, Graphviz aborts the whole process on some arrows with labels in boxes (its fixLabelOrder).
    caption = _label(_caption(drawing), left=True)
    yield f'  graph [rankdir=LR, compound=true, newrank=true, nodesep=0.3, ranksep=0.25, pad=0.2, bgcolor="{_look.PAPER}"{hurry},'
    yield f'    {_FONT}, fontsize=10, fontcolor="{_look.FAINT}", labelloc=b, labeljust=l, label={caption}];'
    yield f'  node [shape=box, height=0.4, margin="0.16,0.08", {_FONT}, fontsize=13, fontcolor="{_look.INK}"];'
    yield f'  edge [arrowsize=0.7, {_FONT}, fontsize=11, fontcolor="{_look.INK}"];'
    yield from _inside(drawing, None, "  ", 0)
    yield f'  start [shape=circle, width=0.16, height=0.16, fixedsize=true, label="", style=filled, fillcolor="{_look.INK}"];'
    yield f'  start -> {drawing.nodes[drawing.declared.initial].id} [weight=10, color="{_look.INK}"];'
    yield from (f"  {_arrow(drawing, arrow)};" for arrow in drawing.arrows)
    yield "}"


def _inside(drawing: Drawing, box: Box | None, indent: str, depth: int) -> Iterator[str]:
    """Yield what stands in a box, other boxes first."""
    boxes, nodes = drawing.children(box)
    for inner in boxes:
        yield f"{indent}subgraph cluster_{inner.id} {{"
        ground = _look.GROUNDS[depth]
        yield f'{indent}  graph [style="rounded,filled", color="{_look.FRAME}", fillcolor="{ground}", margin=10, label=""];'
        yield from _inside(drawing, inner, indent + "  ", depth + 1)
        yield f"{indent}}}"
    # Graphviz reverses arrows that lead back to a status it has already met, so the detours come first.
    for node in sorted(nodes, key=lambda node: not node.detour):
        yield f"{indent}{_node(drawing, node)};"


def _node(drawing: Drawing, node: Node) -> str:
    look = _look.look(node)
    style = ["rounded", "filled", *(["dashed"] if node.aside else [])]
    faded = drawing.trace is not None and not node.visited
    attributes = {
        "label": _label(_face(node, look.sign), left=node.aside),
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
    return f"{node.id} [{_listed(attributes)}]"


def _face(node: Node, sign: str) -> list[str]:
    """Return the lines of a status' label, as markup."""
    names = wrapped(shown(node.name), 32)
    first = " ".join(filter(None, ("▶" if node.current else "", sign, names[0])))
    bold = [f"<B>{_text(part)}</B>" for part in (first, *names[1:])]
    times = [_small(f"<I>{_text(node.time)}</I>")] if node.time else []
    return [*bold, *times, *(_small(_red(_text(part), line)) for line in node.lines for part in folded(line, 44))]


def _small(markup: str) -> str:
    return f'<FONT POINT-SIZE="10">{markup}</FONT>'


def _arrow(drawing: Drawing, arrow: Arrow) -> str:
    traced = drawing.trace is not None
    strong = arrow.taken or (arrow.main and not traced)
    attributes = {"label": _table(arrow.lines), "color": f'"{_look.color(arrow, traced)}"'}
    if strong:
        attributes["penwidth"] = "2.4"
    if arrow.main:
        attributes["weight"] = "100"
    if arrow.inferred:
        attributes["style"] = "dotted"
    elif arrow.untested or (arrow.light and not arrow.taken):
        attributes["style"] = "dashed"
    if arrow.back:
        attributes["constraint"] = "false"
    if isinstance(arrow.source, Box):
        attributes["ltail"] = f"cluster_{arrow.source.id}"
    if traced and not arrow.taken:
        attributes["fontcolor"] = f'"{_look.FAINT}"'
    return f"{drawing.nodes[arrow.tail].id} -> {drawing.nodes[arrow.dest].id} [{_listed(attributes)}]"


def _table(lines: Iterable[Line]) -> str:
    """Return the label of an arrow: a table, since only that has a ground of its own and keeps its distance from the arrow."""
    text = "<BR/>".join(_red(_bold(_text(part), line), line) for line in lines for part in folded(line, 40))
    cell = f'<TD BALIGN="LEFT" BGCOLOR="{_look.CHIP}">{text}</TD>'
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="1"><TR>{cell}</TR></TABLE>>'


def _bold(markup: str, line: Line) -> str:
    return f"<B>{markup}</B>" if line.steps else markup


def _red(markup: str, line: Line) -> str:
    return f'<FONT COLOR="{_look.UNTESTED}">{markup}</FONT>' if line.untested else markup


def _caption(drawing: Drawing) -> list[str]:
    legend = f"{drawing.legend}." if drawing.legend else ""
    lines = filter(None, (" ".join(drawing.notes), legend, *drawing.refused))
    return [_text(part) for line in lines for part in wrapped(shown(line), 140)]


def _label(lines: list[str], left: bool = False) -> str:
    """Return lines of markup as one label, centered or from the left."""
    end = '<BR ALIGN="LEFT"/>'
    return f"<{''.join(line + end for line in lines) if left else '<BR/>'.join(lines)}>" if lines else '""'


def _text(text: str) -> str:
    return escape(text).replace("&#x27;", "&#39;")


def _listed(attributes: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in attributes.items())
