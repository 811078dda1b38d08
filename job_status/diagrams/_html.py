"""A source as a fragment of HTML: the picture, the progress and the times of a job, and the tables. It fetches nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from . import _table
from ._drawing import Drawing
from ._svg import MissingExtra, svg
from ._text import shown
from ._trace import Trace


def html(drawing: Drawing, tables: Iterable[_table.Table]) -> str:
    """The fragment; without pygraphviz it has no picture."""
    return "\n".join(('<div class="job-status">', *_parts(drawing, tables), "</div>")) + "\n"


def _parts(drawing: Drawing, tables: Iterable[_table.Table]) -> Iterator[str]:
    if drawing.trace:
        yield from _state(drawing.trace)
    try:
        yield f'<figure style="margin:0;overflow-x:auto">\n{svg(drawing).strip()}\n</figure>'
        shut = True
    except MissingExtra:
        shut = False
    for table in tables:
        # The picture tells most of it; without one the tables are all there is.
        yield f"<details{'' if shut else ' open'}><summary>{escape(shown(table.caption))}</summary>\n{_table.html(table)}</details>"


def _state(told: Trace) -> Iterator[str]:
    """Where the job is, in a line, and how far, as a bar."""
    details = " · ".join(escape(shown(part)) for part in (told.phase, told.message) if part)
    yield (
        f"<p><strong>{escape(shown(told.current))}</strong> "
        f'<progress max="1" value="{told.progress:g}" aria-label="progress">{told.progress:.0%}</progress> '
        f"{told.progress:.0%}{' · ' if details else ''}{details}</p>"
    )
