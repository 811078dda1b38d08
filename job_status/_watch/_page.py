"""Bars in a notebook: one output, which is replaced whenever it changes, in the colours of the pictures on light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import import_module
from secrets import token_hex
from typing import Any

from ..diagrams._style import stylesheet
from ._board import Board
from ._rows import Style, bars

__all__ = ["Page"]

#: how many cells wide it is, and how many lines high at most
STYLE, LINES = Style(100), 30

#: parts of pictures that are painted in the colours needed here, which makes the stylesheet define those
PAINTED = 'class="success error canceled sign visited frame dot note"'


class Page:
    """An output of the notebook's cell in which it is made."""

    def __init__(self) -> None:
        self._id = f"js-{token_hex(5)}"
        self._display: Any = import_module("IPython.display").display
        self._shown: str | None = None

    def show(self, board: Board, _changed: Sequence[int] = ()) -> None:
        lines = bars(board, LINES, STYLE)
        plain = "\n".join("".join(text for text, _ in line).rstrip() for line in lines)
        if plain == self._shown:
            return
        colored = "\n".join(
            "".join(f'<span style="color:var(--_{color})">{escape(text)}</span>' for text, color in line) for line in lines
        )
        html = (
            f'<div id="{self._id}" class="job-status"><style>{stylesheet(self._id, PAINTED)}</style>'
            f'<pre style="background:none;overflow-x:auto">{colored}</pre></div>'
        )
        bundle = {"text/plain": plain, "text/html": html}
        self._display(bundle, raw=True, display_id=self._id, update=self._shown is not None)
        self._shown = plain

    def close(self, board: Board) -> None:
        self.show(board)
