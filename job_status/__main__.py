"""`python -m job_status`, the same as the command `job-status`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say which extra it needs."""
    try:
        from .cli import cli
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.exit("job-status needs click and rich: pip install 'job_status[cli]'")
    cli(prog_name="job-status")


if __name__ == "__main__":
    main()
