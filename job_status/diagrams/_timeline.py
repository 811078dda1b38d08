"""Jobs on a time axis, as SVG: of one job a row for each status that it was in, of several jobs a row for each job.

A stay is a `<g class="stay running" data-status="RUNNING" data-job="thumbnail 17">` with a `<rect class="bar">`. Where nobody knows
when it began or ended, it is a `<g class="stay gap">` over all the time in which that may have been, with a question mark; stays
that follow each other so share one. The end of a job is a `<g class="stay success">` with its sign, and a refused attempt a
`<g class="refusal">` with a cross.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise

from .._rows import CANCEL_REQUESTED, CANCELED, ERROR, RUNNING, SUCCESS, SUSPENDED, UNKNOWN, WAITING, RunningStatus
from . import _face, _ink, _timeline_words
from ._axis import Axis, lasting
from ._face import Face, Text
from ._ink import number, opened
from ._stays import Life, Refusal, Stay
from ._strokes import SIGNS
from ._style import paint
from ._text import shown
from .layout import Rect

#: the width of the picture, what is kept free around its contents, and beside the axis for what lasts beyond it, in px
_WIDTH, _MARGIN, _BEYOND = 1000.0, 14.0, 36.0

#: the most that the names of rows take, the least height of a row, and what is kept free in rows and bars, in px
_NAMES, _ROW, _SPACE = 240.0, 30.0, 8.0

#: by what its status means, how a stay is painted and how high its bar is, in px: one sees without colours when the job ran
_LOOKS: dict[RunningStatus | None, tuple[str, float]] = {
    WAITING: ("waiting", 5.0),
    RUNNING: ("running", 18.0),
    SUSPENDED: ("halted", 10.0),
    CANCEL_REQUESTED: ("asked", 18.0),
    UNKNOWN: ("unknown", 14.0),
    None: ("other", 18.0),
    SUCCESS: ("success", 0.0),
    ERROR: ("error", 0.0),
    CANCELED: ("canceled", 0.0),
}
#: the height of a bar that a text fits into, and the least width of one, in px
_HIGH, _LEAST = 18.0, 1.5


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the picture: the stays in one status, or all of one job."""

    name: str
    stays: tuple[Stay, ...]
    refused: tuple[Refusal, ...]
    job: str | None
    #: whether its name is that of a status
    of_status: bool = False


def of_job(life: Life, now: float, title: str | None = None) -> str:
    """Return the stays of one job as an SVG document, a row for each status."""
    rows = []
    for name in dict.fromkeys([*(stay.status for stay in life.stays), *(refusal.status for refusal in life.refused)]):
        stays = tuple(stay for stay in life.stays if stay.status == name)
        refused = tuple(refusal for refusal in life.refused if refusal.status == name)
        rows.append(Row(name, stays, refused, life.name, of_status=True))
    return _document(title or f"{life.name or 'A job'} over time", [life], rows, now)


def of_jobs(lives: Sequence[Life], now: float, title: str, left_out: int = 0) -> str:
    """Return the stays of several jobs as an SVG document, a row for each; so many others are `left_out`."""
    rows = [Row(life.name or f"job {count}", life.stays, life.refused, life.name) for count, life in enumerate(lives, 1)]
    return _document(title, lives, rows, now, left_out)


def _document(title: str, lives: Sequence[Life], rows: Sequence[Row], now: float, left_out: int = 0) -> str:
    headings = [_heading(row) for row in rows]
    times = [time for life in lives for time in life.times] or [now]
    begins = all(stay.earliest is not None for row in rows for stay in row.stays)
    left = 2 * _MARGIN + max((face.width for face in headings), default=0.0) + (0.0 if begins else _BEYOND)
    axis = Axis(min(times), max(times), left, _WIDTH - _MARGIN - _BEYOND)
    middles: dict[str, float] = {}
    ground, drawn, top = [], [], _MARGIN
    for index, (row, heading) in enumerate(zip(rows, headings, strict=True)):
        place = Rect(_MARGIN / 2, top, _WIDTH - _MARGIN, max(_ROW, heading.height + _SPACE))
        top += place.height
        middle = middles[row.name] = place.y + place.height / 2
        ground += [f"<rect {paint((), 'stripe')} {_ink.rect(place, 4)}/>"] if index % 2 == 0 else []
        drawn += [_ink.text(text, text.kind, _MARGIN, y) for text, y in _ink.lines(heading, middle - heading.height / 2)]
        drawn += _row(row, middle, axis)
    steps = _steps(lives[0], middles, axis) if rows and rows[0].of_status else ()
    body = [*ground, *_marks(axis, top), *steps, *drawn] if rows else []
    key, top = _key(rows, top + (28.0 if rows else 0.0))
    caption = _face.caption(_timeline_words.notes(lives, axis, now, left_out), _WIDTH - 2 * _MARGIN)
    body += [*key, *(_ink.text(text, "note", _MARGIN, y) for text, y in _ink.lines(caption, top))]
    return _ink.document(title, _timeline_words.description(lives, left_out), body, _WIDTH, top + caption.height + _MARGIN)


def _heading(row: Row) -> Face:
    """Return what stands before a row: its name, and of a status how long the job was in it."""
    name = [Text(line.text, "label", bold=row.of_status) for line in _face.caption([row.name], _NAMES).lines]
    total = _timeline_words.total(row.stays) if row.of_status else ""
    lines = (*name, *_face.caption([total] if total else [], _NAMES).lines)
    return Face(lines, max(line.width for line in lines), sum(line.leading for line in lines))


def _marks(axis: Axis, bottom: float) -> Iterator[str]:
    """Yield the marks of the axis, with how long after its start they are."""
    yield '<g class="axis">'
    for x, text in axis.marks():
        yield f'<path {paint((), "grid")} d="M{number(x)} {number(_MARGIN)}V{number(bottom + 4)}"/>'
        yield _ink.text(Text(text, "note"), "note", x, bottom + 18, "middle")
    yield "</g>"


def _steps(life: Life, rows: dict[str, float], axis: Axis) -> Iterator[str]:
    """Yield a line from row to row for each move of which the time is known."""
    for before, after in pairwise(life.stays):
        if before.latest is not None and before.latest == after.earliest:
            way = f"M{number(axis.at(before.latest))} {number(rows[before.status])}V{number(rows[after.status])}"
            yield f'<path {paint((), "step")} d="{way}"/>'


# -- rows


def _row(row: Row, middle: float, axis: Axis) -> Iterator[str]:
    taken = 0.0  # how far the row is: a gap is never so short that its question mark has no room
    for certain, group in groupby(row.stays, lambda stay: stay.certain):
        if certain:
            for stay in group:
                yield from _stay(row, stay, middle, axis, taken)
        else:
            for _, stays in groupby(group, lambda stay: (stay.earliest, stay.latest)):
                first, *others = stays
                start, taken = _between(first, axis)
                yield from _gap(row, [first, *others], start, taken, middle)
    for refusal in row.refused:
        if refusal.at is not None:
            data = {"status": [refusal.status], "trigger": [refusal.trigger], "job": [row.job] if row.job else []}
            yield opened(["refusal"], data, _timeline_words.of_refusal(refusal))
            yield from (_cross(axis.at(refusal.at), middle), "</g>")


def _stay(row: Row, stay: Stay, middle: float, axis: Axis, taken: float) -> Iterator[str]:
    """Yield a stay of which the times are known; the row is `taken` up to there."""
    group, height = _LOOKS[stay.meaning]
    start, end = axis.at(stay.earliest or 0.0), axis.at(stay.latest or 0.0)
    yield opened(["stay", group], {"status": [stay.status], "job": [row.job] if row.job else []}, _timeline_words.of_stays([stay]))
    if stay.final:
        yield _sign(group, max(end, taken) + 3, middle)
    else:
        yield _bar(group, start, end, middle, height)
        if height == _HIGH:
            text = lasting(stay.seconds or 0.0) if row.of_status else shown(stay.status)
            yield from _inside([Text(text, "note")], max(start, taken), end, middle)
        if stay.lasts:
            yield _onward(group, end, middle)
    yield "</g>"


def _between(stay: Stay, axis: Axis) -> tuple[float, float]:
    """Return from where to where the times lie between which a stay began and ended: beyond the axis where there are none."""
    start = axis.left - _BEYOND if stay.earliest is None else axis.at(stay.earliest)
    return start, axis.right + _BEYOND / 2 if stay.latest is None else max(axis.at(stay.latest), start + _HIGH)


def _gap(row: Row, stays: Sequence[Stay], start: float, end: float, middle: float) -> Iterator[str]:
    """Yield stays of which nobody knows when one gave way to the other, or when they began or ended."""
    last = stays[-1]
    group = _LOOKS[last.meaning][0]
    data = {"status": [stay.status for stay in stays], "job": [row.job] if row.job else []}
    yield opened(["stay", "gap", *([group] if last.final else [])], data, _timeline_words.of_stays(stays))
    yield _bar("gap", start, end, middle, _HIGH)
    names = " → ".join(shown(stay.status) for stay in stays if not stay.final)
    texts = [f"? {names}"] if names and not row.of_status else []
    yield from _inside([Text(text, "note") for text in (*texts, "?")], start, end, middle)
    if last.final:
        yield _sign(group, end + 3, middle)
    elif last.lasts:
        yield _onward("gap", end, middle)
    yield "</g>"


def _bar(group: str, start: float, end: float, middle: float, height: float) -> str:
    return f"<rect {paint([group], 'bar')} {_ink.rect(Rect(start, middle - height / 2, max(_LEAST, end - start), height), 3)}/>"


def _inside(texts: Sequence[Text], start: float, end: float, middle: float) -> Iterator[str]:
    """Yield the first of some texts that fits into a bar; the question mark always does."""
    for text in texts:
        if text.width + _SPACE <= end - start:
            yield _ink.text(text, "inside", (start + end) / 2, middle + 0.36 * text.size, "middle")
            return


def _onward(group: str, end: float, middle: float) -> str:
    return f'<path {paint([group], "onward")} d="M{number(end + 4)} {number(middle - 6)}l8 6l-8 6z"/>'


def _sign(outcome: str, x: float, middle: float) -> str:
    return f'<path {paint([outcome], "sign")} transform="translate({number(x)} {number(middle - 7)})" d="{SIGNS[outcome]}"/>'


def _cross(x: float, middle: float) -> str:
    return f'<path {paint((), "cross")} d="M{number(x - 4.5)} {number(middle - 4.5)}l9 9m0 -9l-9 9"/>'


# -- how to read it


def _key(rows: Sequence[Row], top: float) -> tuple[list[str], float]:
    """Return what stands for what in the rows of jobs, as far as it is in them, and where it ends."""
    drawn, x, height = [], _MARGIN, 22.0
    for sign, words in _entries(rows):
        text = Text(words, "note")
        if x + 32 + text.width > _WIDTH - _MARGIN and x > _MARGIN:
            x, top = _MARGIN, top + height
        drawn += [*sign(x, top + height / 2), _ink.text(text, "note", x + 32, top + height / 2 + 0.36 * text.size)]
        x += 32 + text.width + 22
    return drawn, top + (height if drawn else 0.0)


def _entries(rows: Sequence[Row]) -> Iterator[tuple[Callable[[float, float], list[str]], str]]:
    """Yield what draws a sign at a place, and what it stands for."""
    stays = [stay for row in rows for stay in row.stays]
    for meaning, (group, height) in _LOOKS.items():
        names = dict.fromkeys(shown(stay.status) for stay in stays if stay.meaning is meaning and (stay.certain or stay.final))
        if names and not rows[0].of_status:
            yield partial(_sample, group, height), ", ".join(names)
    if any(not stay.certain for stay in stays):
        yield partial(_sample, "gap", _HIGH), "nobody knows when"
    if any(refusal.at is not None for row in rows for refusal in row.refused):
        yield lambda x, middle: ['<g class="refusal key">', _cross(x + 12, middle), "</g>"], "a refused attempt"


def _sample(group: str, height: float, x: float, middle: float) -> list[str]:
    drawn = _bar(group, x, x + 24, middle, height) if height else _sign(group, x + 5, middle)
    return [f'<g class="key {group}">', drawn, "</g>"]
