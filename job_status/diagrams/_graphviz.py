"""A drawing laid out and drawn by Graphviz, where that is asked for. The one module that needs pygraphviz."""

from __future__ import annotations

import re
from html import escape
from threading import Lock

from ._choices import Direction
from ._dot import dot, engine
from ._drawing import Drawing
from ._text import shown

#: Graphviz keeps its state in global variables
_graphviz = Lock()


class MissingExtra(ImportError):
    """What was asked for needs an optional package that is not installed."""


def svg(drawing: Drawing, direction: Direction | None = None) -> str:
    """Return the text of an SVG document, with its title and a description for those who cannot see it.

    Its bytes depend on the version of Graphviz and on the fonts of the machine. Raises `MissingExtra` without pygraphviz.
    """
    text = laid_out(drawing, "svg", direction).decode()
    text = re.sub(
        r'<g id="[^"]*" class="node">.*?</g>', lambda match: _centered(match.group()), text[text.index("<svg") :], flags=re.S
    )
    return re.sub(r"<svg[^>]*>", lambda match: _head(drawing, match.group()), text, count=1)


def laid_out(drawing: Drawing, kind: str, direction: Direction | None = None) -> bytes:
    """Return the drawing in any format that Graphviz draws: svg, pdf, png. Raises `MissingExtra` without pygraphviz."""
    try:
        import pygraphviz  # type: ignore[import-untyped]  # it has no types
    except ImportError:
        raise MissingExtra("this picture is drawn by Graphviz: pip install 'job_status[diagrams]'", name="pygraphviz") from None
    with _graphviz:
        graph = pygraphviz.AGraph(dot(drawing, direction))
        try:
            drawn: bytes = graph.draw(format=kind, prog=engine(drawing))
        finally:
            graph.close()
    return drawn


def _centered(status: str) -> str:
    """Return a status with its lines centered, since the reader's font need not be the one that Graphviz measured."""
    across = [float(x) for x in re.findall(r"(-?[\d.]+),-?[\d.]+", status)]
    middle = (min(across) + max(across)) / 2 if across else 0.0
    return re.sub(r'text-anchor="start" x="[^"]*"', f'text-anchor="middle" x="{middle:.2f}"', status)


def _head(drawing: Drawing, tag: str) -> str:
    """Return the opening tag, sized in pixels and described, in place of Graphviz' own."""
    found = re.search(r'viewBox="([^"]*)"', tag)
    box = found.group(1) if found else "0 0 0 0"
    width, height = (round(float(points) * 4 / 3) for points in box.split()[2:])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" viewBox="{box}" '
        f'style="max-width:100%;height:auto">\n'
        f"<title>{escape(shown(drawing.title))}</title>\n<desc>{escape(drawing.description)}</desc>"
    )
