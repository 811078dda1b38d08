"""Documents as files: which of them are ours, and their text.

Nothing of this package is imported here, since every `*.transitions.md` is looked at, whoever it belongs to.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["FENCE", "is_ours", "read"]

#: what begins and ends a block of code
FENCE = re.compile(r"^\s*(```|~~~)")

_OURS = re.compile(r"<!--\s*job-status:")


def is_ours(path: Path) -> bool:
    """Return whether a document has a `job-status:` comment outside of its code blocks; one that cannot be opened is not ours."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    fenced = False
    for line in data.replace(b"\0", b"").decode("latin-1").splitlines():  # the comment is ASCII, and so is found in UTF-16 too
        fenced ^= bool(FENCE.match(line))
        if not fenced and _OURS.search(line):
            return True
    return False


def read(path: Path) -> str:
    """Return the text of a document, its line ends as they are. Raises `ValueError` if it is not UTF-8."""
    data = path.read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise ValueError(f"{path}:{line}: this is not UTF-8 (byte 0x{data[error.start]:02x}): save the document as UTF-8") from None
