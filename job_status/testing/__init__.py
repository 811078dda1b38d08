"""The testing kit: what is said of a lifecycle, or of any flat `transitions.Machine`, is held against real objects.

The pytest plugin is `job_status.testing.plugin`, loaded by pytest itself; what needs hypothesis is in
`job_status.testing.strategies`. What is here needs neither.
"""

from importlib import import_module

TYPE_CHECKING = False
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
