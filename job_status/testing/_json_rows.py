"""Rows in JSON: a line for each, or documents that have them in lists, of any size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from .._values import shown
from ._forms import Form
from ._log_rows import Batch, Rows

__all__ = ["json_rows"]

#: what is read of a document in one go, and how long a row of one is at most, in characters
_CHUNK, _LONGEST = 1 << 20, 1 << 24

#: the beginning of a list of rows: a list of objects or lists, or one that has one of these names in an object
_LISTS = ("items", "jobs", "workflow_runs", "task_instances", "dag_runs", "event_logs")
_LIST = re.compile(r"\s*\[(?=\s*[\[{])")
_NAMED_LIST = re.compile(rf'"(?:{"|".join(_LISTS)})"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")


def json_rows(file: TextIO, forms: Sequence[Form], head: str) -> Rows:
    """Return the rows of a file with that beginning."""
    line = head.partition("\n")[0]
    listed = _LIST.match(head) or _NAMED_LIST.search(head)
    try:
        first = json.loads(line)
    except (RecursionError, ValueError):
        # The line is cut off, or is the first of many that a document or a row is spread over.
        return _Documents(file, forms, listed=True) if listed else _Documents(file, forms, listed=False)
    return _Documents(file, forms, listed=True) if listed and not _is_row(first) else _Lines(file, forms)


def _is_row(value: Any) -> bool:
    if isinstance(value, dict):
        return not any(isinstance(value.get(name), list) for name in _LISTS)
    return not any(isinstance(element, list | dict) for element in value)


class _Lines(Rows):
    def batch(self, rows: Sequence[str], before: int) -> Batch:
        try:
            values = list(map(json.loads, rows))
        except (RecursionError, ValueError):
            values = []
        return _Numbered(values if set(map(type, values)) == {dict} else rows, before, self.form)

    def opened(self, row: Any) -> Any:
        if isinstance(row, dict):
            return row
        try:
            return json.loads(row)
        except (RecursionError, ValueError):
            raise ValueError(f"this line is not JSON: {shown(row.strip())}") from None

    def is_blank(self, row: Any) -> bool:
        return isinstance(row, str) and not row.strip()


class _Numbered(Batch):
    def where(self, place: int) -> str:
        return f"line {self.before + place + 1}"


class _NotJson(Exception):
    """Stands in place of a row that is not JSON, after which nothing can be read."""


class _Documents(Rows):
    """The rows in the lists of JSON documents, or documents that are rows, decoded one at a time."""

    def __init__(self, file: TextIO, forms: Sequence[Form], listed: bool) -> None:
        self._chunks = iter(lambda: file.read(_CHUNK), "")
        self._text = ""
        super().__init__(self._listed() if listed else self._decoded(), forms)

    def opened(self, row: Any) -> Any:
        if isinstance(row, _NotJson):
            raise ValueError(str(row))
        return row

    def _listed(self) -> Iterator[Any]:
        """Yield the rows of one list after the other."""
        while True:
            if found := _LIST.match(self._text) or _NAMED_LIST.search(self._text):
                self._text = self._text[found.end() :]
                yield from self._decoded()
            elif more := next(self._chunks, ""):
                self._text = self._text[-100:] + more  # the name of a list may be cut in two
            else:
                return

    def _decoded(self) -> Iterator[Any]:
        """Yield the rows up to the end of their list, or of the file."""
        decode = json.JSONDecoder().raw_decode
        place = 0
        while True:
            between = _BETWEEN.match(self._text, place)
            place = between.end() if between else place
            if self._text[place : place + 1] == "]":
                self._text = self._text[place + 1 :]
                return
            try:
                row, place = decode(self._text, place)
            except (RecursionError, ValueError):
                rest = self._text[place:]
                more = next(self._chunks, "") if len(rest) < _LONGEST else ""
                if not more:
                    self._text = ""
                    if rest:
                        yield _NotJson(f"this is not JSON: {shown(rest[:80])}")
                    return
                self._text, place = rest + more, 0
            else:
                yield row
