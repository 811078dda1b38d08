"""`python -m job_status.diagrams FOLDER` writes the pictures of this project's own documentation."""

from __future__ import annotations

import sys
from pathlib import Path

from ._gallery import gallery


def main(arguments: list[str]) -> int:
    """Write every file of the gallery into the folder named."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m job_status.diagrams FOLDER", file=sys.stderr)
        return 2
    for name, text in gallery().items():
        Path(arguments[0], name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
