"""Transition tables in Markdown: reading one, and writing other cells into it. What the cells mean is decided elsewhere.

A table is preceded by a line that names its source, in a comment so that the document still reads well:

    <!-- job-status: lifecycle=package.module:OBJECT factory=package.module:callable kind=transitions -->

The factory and the kind (transitions, or observations) may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from ..diagrams._text import shown
from ._documents import FENCE

__all__ = ["Cell", "Note", "Table", "TableError", "by_text", "parse", "plain", "rewrite"]

KINDS = ("transitions", "observations")

_EXAMPLE = "<!-- job-status: lifecycle=package.module:OBJECT -->"

_COMMENT = re.compile(r"^\s*<!--\s*job-status:(?P<options>.*)-->\s*$")
_DELIMITER = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_PIPE = re.compile(r"(?<!\\)\|")
_MARK = re.compile(r"\s*\((?P<mark>[^()\s]+)\)$")
_NOTE = re.compile(r"^([*+-]\s+)?\((?P<mark>[^()\s]+)\)\s+(?P<text>.+)$")
#: code, a character that is escaped, and an entity
_MARKUP = re.compile(r"`(?P<code>[^`]*)`|\\(?P<escaped>[!-/:-@\[-`{-~])|&(#\d+|#[xX][0-9a-fA-F]+|\w+);")


class TableError(ValueError):
    """A table that cannot be read, or that does not fit its lifecycle; `line` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: where it stands and what is in it."""

    line: int
    #: where its text, blanks included, begins and ends in the line
    span: tuple[int, int]
    #: the heading of its row, as a reader sees it
    row: str
    #: the heading of its column, as a reader sees it
    column: str
    #: the Markdown that is in it
    text: str

    @property
    def name(self) -> str:
        """The cell by its row and column."""
        return f"{self.row}-{self.column}"

    def misfit(self, value: str, values: Iterable[str], line: int | None = None) -> TableError:
        """Return the error that a value, in the cell or in its footnote in `line`, is not one of `values`."""
        problem = f"the cell {self.name} has {value!r}, which is none of: {' '.join(values)}"
        return TableError(self.line if line is None else line, problem)

    def split(self, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """Return the Markdown of its value, one of `values` if it can be, and the marks of the notes that follow: `*`, `t`."""
        value = self.text
        marks: list[str] = []
        while plain(value) not in values and (mark := _MARK.search(value)):
            value = value[: mark.start()]
            marks.insert(0, mark["mark"])
        return value, tuple(marks)


@dataclass(frozen=True, slots=True)
class Note:
    """A note below a table, to which cells refer by its mark."""

    line: int
    #: the Markdown that is in it, without the mark
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what the line before it names, its headings, its cells and its notes."""

    #: the line of its headings
    line: int
    kind: str
    lifecycle: str
    factory: str | None
    #: the headings of the columns, as a reader sees them
    columns: tuple[str, ...]
    #: the headings of the rows, as a reader sees them, with their lines
    rows: Mapping[str, int]
    cells: tuple[Cell, ...]
    #: the notes by their marks
    notes: Mapping[str, Note]


def parse(text: str) -> tuple[Table, ...]:
    """Return the tables of a document. Raises `TableError` if one cannot be read, and if there is none."""
    lines = text.removeprefix("\ufeff").splitlines()  # with a byte order mark, as some editors write it
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
    """Return a document with other Markdown in some cells. All the rest stays, and a cell keeps its width if it can."""
    lines = text.splitlines(keepends=True)
    for cell, content in sorted(changes, key=lambda change: change[0].span, reverse=True):
        line, (start, end) = lines[cell.line - 1], cell.span
        new = f" {content} ".ljust(end - start)
        lines[cell.line - 1] = line[:start] + new + line[end:]
    return "".join(lines)


def plain(markdown: str) -> str:
    """Return a piece of Markdown as a reader sees it: what `diagrams` escaped in a name, and code, is text again."""

    def text(markup: re.Match[str]) -> str:
        if markup["code"] is not None:
            return markup["code"].replace("\\|", "|")
        return markup["escaped"] or unescape(markup[0])

    return _MARKUP.sub(text, markdown).strip()


def by_text(names: Iterable[str]) -> dict[str, str]:
    """Return names by the text that stands for each in a table."""
    return {shown(name).strip(): name for name in names}


def _blocks(lines: list[str]) -> Iterator[range]:
    """Yield the line numbers, from 0, of each table and of each line that names a lifecycle. What is fenced as code is neither."""
    fenced, number = False, 0
    while number < len(lines):
        fenced ^= bool(FENCE.match(lines[number]))
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
    columns = tuple(plain(text) for _, text in _split(lines[block[0]]))[1:]
    rows: dict[str, int] = {}
    cells: list[Cell] = []
    for number in block[2:]:
        (_, heading), *texts = _split(lines[number])
        if len(texts) != len(columns):
            raise TableError(number + 1, f"this row has {len(texts) + 1} cells, but the heading has {len(columns) + 1}")
        row = plain(heading)
        if row in rows:
            raise TableError(number + 1, f"there is a row {row} already, in line {rows[row]}")
        rows[row] = number + 1
        for column, (start, text) in zip(columns, texts, strict=True):
            cells.append(Cell(number + 1, (start, start + len(text)), row, column, text.strip()))
    factory = options.get("factory")
    notes = _notes(lines, block[-1] + 1)
    return Table(block[0] + 1, options["kind"], options["lifecycle"], factory, columns, rows, tuple(cells), notes)


def _split(line: str) -> list[tuple[int, str]]:
    """Return the cells of a line: where each begins, and its text with the blanks around it."""
    body = line.rstrip()
    start = len(body) - len(body.lstrip())
    start += body[start : start + 1] == "|"
    end = len(body) - (body[start:].endswith("|") and not body.endswith("\\|"))
    cells = []
    for text in _PIPE.split(body[start:end]):
        cells.append((start, text))
        start += len(text) + 1
    return cells


def _notes(lines: list[str], start: int) -> dict[str, Note]:
    """Return the notes below a table, as in `(*) ERROR when a cancel was requested`."""
    notes: dict[str, Note] = {}
    for number in range(start, len(lines)):
        if _COMMENT.match(lines[number]):
            break
        if note := _NOTE.match(lines[number].strip()):
            notes[note["mark"]] = Note(number + 1, note["text"])
    return notes
