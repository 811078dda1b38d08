"""A source as a fragment of HTML: the picture, the progress and the times of a job, and the tables. It fetches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from . import _table
from ._drawing import Drawing
from ._text import shown

#: a picture that would be scaled down to less than this, on a narrow screen, is scrolled instead
_LEAST_SCALE = 0.6


def html(drawing: Drawing, picture: str, tables: Iterable[_table.TextTable], timeline: str = "") -> str:
    """Return the fragment; `picture` is the drawing as SVG, `timeline` that of the job, if it is of one."""
    trace = drawing.trace
    line = state(trace.name, trace.current, trace.progress, trace.phase, trace.message) if trace else ""
    return fragment(line, [picture, timeline], tables)


def fragment(state: str, pictures: Iterable[str], tables: Iterable[_table.TextTable]) -> str:
    """Return a state in a line, pictures, and tables that are shut, those of them that there are."""
    figures = (
        f'<figure style="margin:0;overflow-x:auto">\n{_legible(picture).strip()}\n</figure>' for picture in pictures if picture
    )
    details = (f"<details><summary>{escape(shown(table.caption))}</summary>\n{_table.html(table)}</details>" for table in tables)
    return "\n".join(('<div class="job-status">', *filter(None, [state]), *figures, *details, "</div>")) + "\n"


def state(name: str | None, status: str, progress: float, *details: str | None) -> str:
    """Return where a job is, in a line, and how far, as a bar."""
    named = f"{escape(shown(name))}: " if name else ""
    more = " · ".join(escape(shown(part)) for part in details if part)
    return (
        f"<p>{named}<strong>{escape(shown(status))}</strong> "
        f'<progress max="1" value="{progress:g}" aria-label="progress">{progress:.0%}</progress> '
        f"{progress:.0%}{' · ' if more else ''}{more}</p>"
    )


def _legible(picture: str) -> str:
    """Return the picture with the least width at which it can be read."""
    width = re.search(r'<svg [^>]*?width="([\d.]+)"', picture)
    least = f"min-width:{float(width[1]) * _LEAST_SCALE:.0f}px;" if width else ""
    return picture.replace('style="', f'style="{least}', 1)
