"""Transition tables as pytest's collectors and items."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .._source import load, resolve
from ._checks import CellFailed, Check, checks
from ._documents import read
from ._imports import make_importable
from ._subject import Subject
from ._tables import Cell, Table, TableError, parse, rewrite

#: how many cells were rewritten in each file
REWRITTEN = pytest.StashKey[dict[Path, int]]()


class TableFile(pytest.File):
    """A document; its items are the cells of its tables."""

    def collect(self) -> Iterable[pytest.Item]:
        """Return the cells of each table, in order. Raises `CollectError`, with the line, if something is wrong in the document."""
        self.changes: list[tuple[Cell, str]] = []
        self.written = 0
        make_importable(self.config, self.path.parent)
        try:
            self.text = read(self.path)
        except ValueError as error:
            raise self.CollectError(str(error)) from None
        try:
            return list(self._items(self.text))
        except TableError as error:
            raise self.CollectError(f"{self.path}:{error.line}: {error.problem}") from None

    def _items(self, text: str) -> Iterator[CellItem]:
        taken: dict[str, int] = {}
        for table in parse(text):
            subject = _subject(table)
            for check in checks(table, subject.source, lenient=self.config.option.update_transition_tables):
                number = taken[check.name] = taken.get(check.name, 0) + 1
                name = check.name if number == 1 else f"{check.name}@{number}"
                yield CellItem.from_parent(self, name=name, check=check, subject=subject)

    def teardown(self) -> None:
        """Write the cells that are to change, after the last item of the file or before one of another."""
        if len(self.changes) > self.written:
            self.written = len(self.changes)
            temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            temporary.write_bytes(rewrite(self.text, self.changes).encode())
            temporary.replace(self.path)
            self.config.stash.setdefault(REWRITTEN, {})[self.path] = self.written


class CellItem(pytest.Item):
    """One cell, run on a new object."""

    parent: TableFile

    def __init__(self, *, check: Check, subject: Subject, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check
        self.subject = subject

    def runtest(self) -> None:
        """Run the check; when tables are to be rewritten, note what should be in the cell instead."""
        if not self.config.option.update_transition_tables:
            self.check.run(self.subject)
        elif (got := self.check.got(self.subject)) != self.check.expected:
            reading = self.check.reading
            self.parent.changes.append((reading.cell, reading.replaced(got)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what was expected and what was found, without a traceback through this package."""
        if isinstance(excinfo.value, CellFailed):
            # The first line is what pytest's short summary has room for.
            return f"{excinfo.value}\n{self.path}:{self.check.reading.cell.line}"
        return super().repr_failure(excinfo, style)  # pragma: no cover  # a fault of this package

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the cell is."""
        return self.path, self.check.reading.cell.line - 1, self.name


def _subject(table: Table) -> Subject:
    """Return what a table is checked with, as the line before it names it."""
    try:
        return Subject(load(table.lifecycle), resolve(table.factory) if table.factory else None)
    except (TypeError, ValueError) as error:
        raise TableError(table.line, str(error)) from None
