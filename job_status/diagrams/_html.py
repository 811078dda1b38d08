"""A source as a fragment of HTML: the picture, the progress and the times of a job, and the tables. It fetches nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from . import _table
from ._drawing import Drawing
from ._svg import MissingExtra, svg
from ._text import shown
from ._trace import Trace


def html(drawing: Drawing, tables: Iterable[_table.TextTable]) -> str:
    """Return the fragment; without pygraphviz it has no picture."""
    return "\n".join(('<div class="job-status">', *_parts(drawing, tables), "</div>")) + "\n"


def _parts(drawing: Drawing, tables: Iterable[_table.TextTable]) -> Iterator[str]:
    if drawing.trace:
        yield from _state(drawing.trace)
    try:
        yield f'<figure style="margin:0;overflow-x:auto">\n{svg(drawing).strip()}\n</figure>'
        shut = True
    except MissingExtra:
        shut = False
    for table in tables:
        # The picture shows most of it; without one the tables are all there is.
        yield f"<details{'' if shut else ' open'}><summary>{escape(shown(table.caption))}</summary>\n{_table.html(table)}</details>"


def _state(trace: Trace) -> Iterator[str]:
    """Yield where the job is, in a line, and how far, as a bar."""
    name = f"{escape(shown(trace.name))}: " if trace.name else ""
    details = " · ".join(escape(shown(part)) for part in (trace.phase, trace.message) if part)
    yield (
        f"<p>{name}<strong>{escape(shown(trace.current))}</strong> "
        f'<progress max="1" value="{trace.progress:g}" aria-label="progress">{trace.progress:.0%}</progress> '
        f"{trace.progress:.0%}{' · ' if details else ''}{details}</p>"
    )
