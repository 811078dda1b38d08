"""Real state machines of others, to draw: one a file, with where it comes from in its first line, and then its moves.

    # where it comes from
    trigger: SOURCE | SOURCE -> DEST [condition]

The statuses are those that the moves name, in that order; the first is the initial one. The words of triggers are ours where the
system names none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROW = re.compile(r"(?P<trigger>[^:]+): (?P<sources>.+?) -> (?P<dest>[^\[]+?)(?: \[(?P<condition>.+)\])?")


@dataclass(frozen=True)
class Table:
    """A machine as an `Adapter` of ours takes it: to look at, not to be fired."""

    origin: str
    rows: tuple[tuple[str, str, str, str], ...]

    def table(self) -> tuple[tuple[str, ...], tuple[tuple[str, str, str, str], ...]]:
        return tuple(dict.fromkeys(name for _, source, dest, _ in self.rows for name in (source, dest))), self.rows

    def fire(self, machine: Any, trigger: str, *args: Any) -> object:
        raise NotImplementedError

    def snapshot(self, machine: Any) -> tuple[str, object]:
        raise NotImplementedError


def machines() -> dict[str, Table]:
    """Return all of them by the names of their files, in alphabetical order."""
    return {file.stem: read(file.read_text(encoding="utf-8")) for file in sorted(Path(__file__).parent.glob("*.txt"))}


def read(text: str) -> Table:
    origin, *lines = filter(None, text.splitlines())
    rows = []
    for line in lines:
        row = _ROW.fullmatch(line)
        assert row, line
        rows += [(row["trigger"], source, row["dest"], row["condition"] or "") for source in row["sources"].split(" | ")]
    return Table(origin.removeprefix("# "), tuple(rows))
