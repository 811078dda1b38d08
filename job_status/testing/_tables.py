"""Transition tables in Markdown: read one, and write other cells into it. What the cells mean is decided elsewhere.

A table is preceded by a line that says what it is about, in a comment so that the document still reads well:

    <!-- job-status: lifecycle=package.module:OBJECT factory=package.module:callable kind=transitions -->

The factory and the kind (transitions, or observations) may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

KINDS = ("transitions", "observations")

_EXAMPLE = "<!-- job-status: lifecycle=package.module:OBJECT -->"

_COMMENT = re.compile(r"^\s*<!--\s*job-status:(?P<options>.*)-->\s*$")
_DELIMITER = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_MARK = re.compile(r"\(([^()\s]+)\)")
_FOOTNOTE = re.compile(r"^\((?P<mark>[^()\s]+)\)\s+`?(?P<value>[^\s`]+)`? when a cancel was ")
_ROW = re.compile(r"^`?(?P<status>[^\s`]+)`?(?P<asked>\s+\(cancel requested\))?$")


class TableError(ValueError):
    """A table that cannot be read, or that does not fit its lifecycle; `line` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: where it stands and what it says."""

    line: int
    #: where its text, blanks included, begins and ends in the line
    span: tuple[int, int]
    #: the status of its row, and whether the row is that of a job of which a cancel was requested
    status: str
    asked: bool
    #: the heading of its column
    column: str
    #: what it says, without its marks
    value: str
    #: the marks of its footnotes, without the parentheses: `*`, `t`
    marks: tuple[str, ...]

    @property
    def row(self) -> str:
        """The heading of its row."""
        return self.status + (" (cancel requested)" if self.asked else "")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what the line before it names, its headings and its cells."""

    #: the line of its headings
    line: int
    kind: str
    lifecycle: str
    factory: str | None
    columns: tuple[str, ...]
    #: the headings of the rows, with their lines
    rows: Mapping[str, int]
    cells: tuple[Cell, ...]
    #: what the marked cells say instead where a cancel was requested: the line of the footnote and the value, by its mark
    footnotes: Mapping[str, tuple[int, str]]


def parse(text: str) -> tuple[Table, ...]:
    """The tables of a document. `TableError` for one that cannot be read, and for a document that has none."""
    lines = text.splitlines()
    tables: list[Table] = []
    options: tuple[int, Mapping[str, str]] | None = None
    for block in _blocks(lines):
        first = block[0]
        if comment := _COMMENT.match(lines[first]):
            if options is not None:
                raise TableError(options[0], "no table follows")
            options = first + 1, _options(first + 1, comment["options"])
        elif options is None:
            raise TableError(first + 1, f"no line before this table names its lifecycle: {_EXAMPLE}")
        else:
            tables.append(_table(lines, block, options[1]))
            options = None
    if options is not None:
        raise TableError(options[0], "no table follows")
    if not tables:
        raise TableError(1, "this document has no transition table")
    return tuple(tables)


def rewrite(text: str, changes: Iterable[tuple[Cell, str]]) -> str:
    """The text with other values in some cells. Their marks and all the rest stay; a cell keeps its width where it can."""
    lines = text.splitlines(keepends=True)
    for cell, value in sorted(changes, key=lambda change: change[0].span, reverse=True):
        line, (start, end) = lines[cell.line - 1], cell.span
        old = line[start:end]
        said = " ".join((value, *(f"({mark})" for mark in cell.marks)))
        new = f" {said} ".ljust(len(old))
        lines[cell.line - 1] = line[:start] + new + line[end:]
    return "".join(lines)


def _blocks(lines: list[str]) -> Iterator[range]:
    """The line numbers, from 0, of each table and of each line that names a lifecycle. What is fenced as code is neither."""
    fenced, number = False, 0
    while number < len(lines):
        fenced ^= bool(_FENCE.match(lines[number]))
        end = number + 1
        if not fenced and _COMMENT.match(lines[number]):
            yield range(number, end)
        elif not fenced and "|" in lines[number] and end < len(lines) and _DELIMITER.match(lines[end]):
            while end < len(lines) and "|" in lines[end]:
                end += 1
            yield range(number, end)
        number = end


def _options(line: int, text: str) -> dict[str, str]:
    options: dict[str, str] = {"kind": KINDS[0]}
    for word in text.split():
        name, equals, value = word.partition("=")
        if name not in ("lifecycle", "factory", "kind") or not equals:
            raise TableError(line, f"{word!r} is not understood; known are lifecycle=, factory= and kind=, as in {_EXAMPLE}")
        options[name] = value
    if "lifecycle" not in options:
        raise TableError(line, "no lifecycle is named: lifecycle=module:OBJECT")
    if options["kind"] not in KINDS:
        raise TableError(line, f"the kind of a table is {' or '.join(KINDS)}, not {options['kind']!r}")
    return options


def _table(lines: list[str], block: range, options: Mapping[str, str]) -> Table:
    columns = tuple(_said(text) for _, text in _split(lines[block[0]]))[1:]
    rows: dict[str, int] = {}
    cells: list[Cell] = []
    for number in block[2:]:
        texts = _split(lines[number])
        if len(texts) != len(columns) + 1:
            raise TableError(number + 1, f"this row has {len(texts)} cells, but the heading has {len(columns) + 1}")
        heading = _ROW.match(texts[0][1].strip())
        if heading is None:
            raise TableError(number + 1, f"the row's heading {texts[0][1].strip()!r} is no status")
        row = [_cell(number + 1, heading, column, *text) for column, text in zip(columns, texts[1:], strict=True)]
        name = heading["status"] + (" (cancel requested)" if heading["asked"] else "")
        if name in rows:
            raise TableError(number + 1, f"there is a row {name} already, in line {rows[name]}")
        rows[name] = number + 1
        cells += row
    factory = options.get("factory")
    footnotes = _footnotes(lines, block[-1] + 1)
    return Table(block[0] + 1, options["kind"], options["lifecycle"], factory, columns, rows, tuple(cells), footnotes)


def _cell(line: int, heading: re.Match[str], column: str, start: int, text: str) -> Cell:
    marks = tuple(_MARK.findall(text))
    span = (start, start + len(text))
    return Cell(line, span, heading["status"], heading["asked"] is not None, column, _said(_MARK.sub("", text)), marks)


def _split(line: str) -> list[tuple[int, str]]:
    """The cells of a line: where each begins, and its text with the blanks around it."""
    body = line.rstrip()
    start = len(body) - len(body.lstrip())
    start += body[start : start + 1] == "|"
    cells = []
    for text in body[start:].removesuffix("|").split("|"):
        cells.append((start, text))
        start += len(text) + 1
    return cells


def _said(text: str) -> str:
    return text.strip().strip("`")


def _footnotes(lines: list[str], start: int) -> dict[str, tuple[int, str]]:
    """The footnotes below a table that say what holds where a cancel was requested: `(*) ERROR when a cancel was requested`."""
    footnotes: dict[str, tuple[int, str]] = {}
    for number in range(start, len(lines)):
        if _COMMENT.match(lines[number]):
            break
        if note := _FOOTNOTE.match(lines[number].strip()):
            footnotes[note["mark"]] = number + 1, "-" if note["value"] == "refused" else note["value"]
    return footnotes
