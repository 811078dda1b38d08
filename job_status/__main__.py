"""`python -m job_status`, the same as the command `job-status`."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line, or say which extra it needs."""
    if sys.argv[1:2] == ["run"]:  # it starts without click
        # Modules stay to the end: to look for garbage among them, while they are imported and then, would take as long as to start
        # the command.
        gc.disable()
        from .cli._run import main as run

        gc.freeze()
        gc.enable()
        run(sys.argv[2:])
    try:
        from .cli._commands import cli

        cli(prog_name="job-status")
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.exit(f"job-status needs {error.name}: pip install 'job_status[cli]'")


if __name__ == "__main__":
    main()
