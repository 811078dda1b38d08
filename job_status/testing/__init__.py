"""The testing kit: it checks real objects against a lifecycle, any flat `transitions.Machine`, or another machine by an `Adapter`.

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

A `Factory` says more of a class than how it is made: which exceptions are refusals, what its triggers are called with, and what a
refusal has to leave as it was. `print(snapshot(job))` lists what is compared, and what cannot be. Coroutine methods are awaited.

`shortest_walk`, `covering_walks` and `all_walks` give legal walks, `races` runs every order of several parties' steps,
`thread_races` runs them by threads, `check_document` checks a document without pytest, and `replay` checks the log of a job runner.
The pytest plugin is `job_status.testing.plugin`, loaded by pytest itself; what needs hypothesis is in
`job_status.testing.strategies`. What is here needs neither.
"""

from .._late import late_names

TYPE_CHECKING = False  # as in `_lean`, which is not imported here

if TYPE_CHECKING:
    from .._source import Adapter
    from ._checks import check_document
    from ._coverage import Coverage
    from ._crashes import SubjectFailed
    from ._factory import Factory, Job
    from ._invariants import assert_invariants
    from ._races import Order, Races, RaceStep, races
    from ._recorder import Recorder
    from ._replay import Replay, replay
    from ._snapshot import Snapshot, snapshot
    from ._thread_races import thread_races
    from ._walks import Walk, all_walks, covering_walks, shortest_walk
else:  # a type checker would take any name for one of this package
    __getattr__ = late_names(
        __name__,
        {
            ".._source": ("Adapter",),
            "._checks": ("check_document",),
            "._crashes": ("SubjectFailed",),
            "._coverage": ("Coverage",),
            "._factory": ("Factory", "Job"),
            "._invariants": ("assert_invariants",),
            "._races": ("Order", "RaceStep", "Races", "races"),
            "._recorder": ("Recorder",),
            "._replay": ("Replay", "replay"),
            "._snapshot": ("Snapshot", "snapshot"),
            "._thread_races": ("thread_races",),
            "._walks": ("Walk", "all_walks", "covering_walks", "shortest_walk"),
        },
    )

__all__ = [
    "Adapter",
    "Coverage",
    "Factory",
    "Job",
    "Order",
    "RaceStep",
    "Races",
    "Recorder",
    "Replay",
    "Snapshot",
    "SubjectFailed",
    "Walk",
    "all_walks",
    "assert_invariants",
    "check_document",
    "covering_walks",
    "races",
    "replay",
    "shortest_walk",
    "snapshot",
    "thread_races",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
