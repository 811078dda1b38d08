"""The testing kit: it checks real objects against a lifecycle, or against any flat `transitions.Machine`.

A Markdown document whose name ends in `.transitions.md` is a test. Before each of its tables a comment names the source, and where
the objects are not plain `JobStatus`es or bare models, what makes them:

    <!-- job-status: lifecycle=package.module:OBJECT factory=package.module:callable kind=transitions -->

In a table of transitions, the default kind, there is a row for each status and a column for each trigger (`Lifecycle.labels`). A
cell is the status that the trigger leads to, or `-` for a refusal, which must leave the whole object as it was. Where that depends
on whether a cancel was requested, the status has a second row, `UNKNOWN (cancel requested)`, or the cell has a mark such as `(*)`,
and a line below the table says `(*) refused when a cancel was requested` or `(*) ERROR when a cancel was requested`.

With `kind=observations`, rows are what is known and columns what is reported: `=` unchanged, `>` moved, `<` stale,
`!` contradictory. Each cell is run under UNKNOWN too. The mark `(t)` adds, in both directions, that an older report is stale and
that a later one counts.

`shortest_walk`, `covering_walks` and `all_walks` give legal walks, `races` runs every order of several parties' steps,
`check_document` checks a document without pytest, and `replay` checks the log of a job runner. The pytest plugin is
`job_status.testing.plugin`, loaded by pytest itself; what needs hypothesis is in `job_status.testing.strategies`. What is here
needs neither.
"""

from importlib import import_module

from .._lean import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from ._checks import check_document
    from ._coverage import Coverage
    from ._races import Order, Races, RaceStep, assert_invariants, races
    from ._recorder import Recorder
    from ._replay import Replay, replay
    from ._subject import Job
    from ._walks import Walk, all_walks, covering_walks, shortest_walk

__all__ = [
    "Coverage",
    "Job",
    "Order",
    "RaceStep",
    "Races",
    "Recorder",
    "Replay",
    "Walk",
    "all_walks",
    "assert_invariants",
    "check_document",
    "covering_walks",
    "races",
    "replay",
    "shortest_walk",
]

_HOMES = {
    "_checks": ("check_document",),
    "_coverage": ("Coverage",),
    "_races": ("Order", "RaceStep", "Races", "assert_invariants", "races"),
    "_recorder": ("Recorder",),
    "_replay": ("Replay", "replay"),
    "_subject": ("Job",),
    "_walks": ("Walk", "all_walks", "covering_walks", "shortest_walk"),
}


# Every pytest session imports this package on its way to the plugin, and most of them need nothing of it.
def __getattr__(name: str) -> "Any":
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
