"""`python -m job_status.diagrams FOLDER [NAME=package.module:object ...]` writes the pictures of this project's documentation."""

from __future__ import annotations

import sys
from pathlib import Path

from .._source import load
from ._gallery import gallery

USAGE = "usage: python -m job_status.diagrams FOLDER [NAME=package.module:object ...]"


def main(arguments: list[str]) -> int:
    """Write every file of the gallery into the folder named, those of other sources too, and return the exit code."""
    pairs = [argument.split("=", 1) for argument in arguments[1:]]
    if not arguments or not Path(arguments[0]).is_dir() or any(len(pair) < 2 for pair in pairs):
        print(USAGE, file=sys.stderr)
        return 2
    for file, text in gallery({name: load(source) for name, source in pairs}).items():
        Path(arguments[0], file).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
