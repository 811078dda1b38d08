"""A picture as PNG or PDF, drawn from its SVG by vl-convert, whose wheels carry a renderer. The one module that needs it."""

from __future__ import annotations

import re
from html import unescape

from ._graphviz import MissingExtra
from ._metrics import width
from ._words import STAYS

#: how many pixels a PNG has for each px of the SVG, so that it is sharp on the screens of today
SCALE = 2

#: a line of text of ours with a sign in it, and of its attributes those that place it: how far left of its x it begins, in widths
_SIGNED = re.compile(f"<text ([^>]*)>([^<]*{STAYS}[^<]*)</text>")
_PLACED = ("x", "text-anchor", "textLength", "lengthAdjust")
_ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}


def png(svg: str) -> bytes:
    """Return the picture as PNG. Raises `MissingExtra` without vl-convert."""
    try:
        import vl_convert
    except ImportError:
        raise _missing("PNG") from None
    return vl_convert.svg_to_png(_plain(svg), scale=SCALE)


def pdf(svg: str) -> bytes:
    """Return the picture as PDF. Raises `MissingExtra` without vl-convert."""
    try:
        import vl_convert
    except ImportError:
        raise _missing("PDF") from None
    return vl_convert.svg_to_pdf(_plain(svg))


def _missing(kind: str) -> MissingExtra:
    return MissingExtra(f"a {kind} is drawn by vl-convert: pip install 'job_status[diagrams]'", name="vl_convert")


def _plain(svg: str) -> str:
    """Return a picture of ours as the renderer needs it.

    The stylesheet is left out: it restates the colours in a way that not all renderers understand. The sign that few fonts have is
    set apart, since for its sake the renderer would take the whole line from whichever font has it.
    """
    return _SIGNED.sub(_set_apart, re.sub(r"<style>.*?</style>", "", svg, flags=re.S))


def _set_apart(text: re.Match[str]) -> str:
    """Return a line of text in parts, each with a place of its own: the signs, and what stands between them."""
    attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', text[1]))
    size, bold = float(attributes["font-size"]), "font-weight" in attributes
    parts = re.split(f"({STAYS})", text[2])
    widths = [width(unescape(part), size, bold=bold) for part in parts]
    x = float(attributes["x"]) - _ANCHORS[attributes["text-anchor"]] * sum(widths)
    spans = []
    for part, length in zip(parts, widths, strict=True):
        if part.strip():
            indent = width(" ", size, bold=bold) * (len(part) - len(part.lstrip()))
            spans.append(f'<tspan x="{x + indent:.2f}">{part.strip()}</tspan>')
        x += length
    kept = " ".join(f'{name}="{value}"' for name, value in attributes.items() if name not in _PLACED)
    return f"<text {kept}>{''.join(spans)}</text>"
