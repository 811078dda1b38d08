"""A table as data, and as Markdown and HTML. Pictures and coverage reports alike write their tables with it.

Texts in a table are raw: names come from anywhere, and it is here that they are kept from acting as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from ._text import shown

#: what Markdown would take for markup anywhere in a line
_MARKUP = re.compile(r"([\\`*\[\]|~#$^@]|(?<![^\W_])_|_(?![^\W_]))")
#: what Markdown would take for a list marker at the start of a line
_LIST = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+]))")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is more than its text: bold, or in HTML of a class and with a title that is shown on hover."""

    text: str
    bold: bool = False
    css: str = ""
    title: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class TextTable:
    """Cells of text, the first of each row its heading, and notes, to which cells refer by a number in parentheses."""

    header: tuple[str, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    #: a sentence without its full stop; "" for none
    caption: str = ""
    notes: tuple[str, ...] = ()


def markdown(table: TextTable) -> str:
    """Return the table as GitHub and most others read it, without a line break at its end."""
    return "\n\n".join(_blocks(table))


def html(table: TextTable) -> str:
    """Return the table as HTML, in the style of the page around it."""
    head = "".join(f'<th scope="col">{html_text(cell)}</th>' for cell in table.header)
    rows = "\n".join(f"<tr>{_html_cell(row[0], 'th')}{''.join(map(_html_cell, row[1:]))}</tr>" for row in table.rows)
    caption = f"<caption>{html_text(table.caption)}.</caption>\n" if table.caption else ""
    notes = "".join(f"<li>{html_text(note)}</li>" for note in table.notes)
    body = f"<table>\n{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
    return body + (f"<ul>{notes}</ul>\n" if notes else "")


def markdown_text(text: str) -> str:
    """Return a text as a line of Markdown, a heading or a paragraph, that shows it and nothing else."""
    return _LIST.sub(r"\1\\", _markdown_inline(text))


def html_text(text: str) -> str:
    """Return a text as HTML that shows it and nothing else. Each name keeps the direction of its script to itself."""
    if not text:
        return ""
    return escape(shown(text)) if text.isascii() else f"<bdi>{escape(shown(text))}</bdi>"


def _blocks(table: TextTable) -> Iterator[str]:
    if table.caption:
        yield f"{markdown_text(table.caption)}."
    delimiter = f"| {' | '.join(['---'] * len(table.header))} |"
    header, *rows = (_markdown_row(row) for row in (table.header, *table.rows))
    yield "\n".join((header, delimiter, *rows))
    if table.notes:
        yield "\n".join(f"* {markdown_text(note)}" for note in table.notes)


def _markdown_row(cells: Iterable[str | Cell]) -> str:
    return f"| {' | '.join(map(_markdown_cell, cells))} |"


def _markdown_cell(cell: str | Cell) -> str:
    text = _markdown_inline(str(cell))
    return f"**{text}**" if isinstance(cell, Cell) and cell.bold and text else text


def _markdown_inline(text: str) -> str:
    return escape(_MARKUP.sub(r"\\\1", shown(text)), quote=False) if text else ""


def _html_cell(cell: str | Cell, tag: str = "td") -> str:
    kind = ' scope="row"' if tag == "th" else ""
    if not isinstance(cell, Cell):
        return f"<{tag}{kind}>{html_text(cell)}</{tag}>"
    css = f' class="{escape(cell.css)}"' if cell.css else ""
    title = f' title="{escape(shown(cell.title))}"' if cell.title else ""
    text = html_text(cell.text)
    return f"<{tag}{kind}{css}{title}>{f'<strong>{text}</strong>' if cell.bold and text else text}</{tag}>"
