"""The pytest plugin: tables in `*.transitions.md` are tests, and `--transition-coverage` counts what tests exercise.

Every pytest session of an environment with this package loads it, so nothing but pytest is imported before it is needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ._items import TableFile

SUFFIX = ".transitions.md"

# What is imported further down, where it is needed, costs nothing in a session that does not ask for it.


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("job_status", "transition tables and their coverage (job_status)")
    group.addoption(
        "--update-transition-tables",
        action="store_true",
        help=f"write what the objects do into the cells of the *{SUFFIX} files that are run, instead of failing",
    )
    group.addoption(
        "--transition-coverage",
        action="store_true",
        help="count how often each move and each refusal of a job's lifecycle was exercised",
    )
    group.addoption(
        "--transition-coverage-report",
        metavar="FILE",
        action="append",
        default=[],
        help="write the transition coverage to a .md, .json, .svg or .html file, too",
    )
    group.addoption(
        "--transition-coverage-fail-under",
        metavar="N",
        type=float,
        help="fail the session if fewer than N percent of the moves, or of the refusals, were exercised",
    )
    parser.addini(
        "transition_coverage_machines",
        type="linelist",
        default=[],
        help="package.module:OBJECT of each transitions.Machine to be covered; lifecycles named here are the only ones reported",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start counting if an option asks for it."""
    options = config.option
    if options.update_transition_tables and getattr(options, "numprocesses", None):
        raise pytest.UsageError("--update-transition-tables rewrites files, which several workers can't: run it without -n")
    asked = options.transition_coverage or options.transition_coverage_report or options.transition_coverage_fail_under is not None
    if asked and not options.collectonly:
        from ._session import CoverageSession

        config.pluginmanager.register(CoverageSession(config), "job_status_transition_coverage")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> TableFile | None:
    """Collect `*.transitions.md`, unless it is somebody else's and only named alike."""
    if not file_path.name.endswith(SUFFIX):
        return None
    from ._documents import is_ours

    if not is_ours(file_path):
        return None
    from ._items import TableFile

    return TableFile.from_parent(parent, path=file_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print which tables were rewritten."""
    if config.option.update_transition_tables:
        from ._items import REWRITTEN

        for path, number in config.stash.get(REWRITTEN, {}).items():
            terminalreporter.write_line(f"{path.name}: {number} cells rewritten")
