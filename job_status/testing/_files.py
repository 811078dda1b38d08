"""The rows of a file, whose form is seen from its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from ._csv_rows import Csv
from ._forms import Form
from ._json_rows import json_rows
from ._log_rows import Rows

__all__ = ["rows_of"]

#: so much of a file is looked at, in characters
_HEAD = 1 << 16


def rows_of(file: TextIO, forms: Sequence[Form]) -> Rows:
    """Return the rows of a file from its beginning."""
    file.seek(0)
    head = file.read(_HEAD).lstrip("\ufeff \t\r\n")
    file.seek(0)
    if head.startswith(("{", "[")):
        return json_rows(file, forms, head)
    return Csv(file, forms, head.partition("\n")[0].partition("\r")[0])
