"""How long our layout takes beside Graphviz laying out and drawing the same drawing: `python tests/benchmarks/layout.py`.

Only ratios within one run mean anything: the two take turns, and the fastest turn of each counts. Needs the extra `diagrams`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from transitions import Machine

from job_status import JOB_LIFECYCLE
from job_status.diagrams._drafting import drawing
from job_status.diagrams._drawing import Drawing
from job_status.diagrams._graphviz import laid_out
from job_status.diagrams._plan import plan
from job_status.diagrams.layout import lay_out
from tests.corpus import corpus

#: how often the two take turns
ROUNDS = 20


def assembly_line(count: int) -> Machine:
    """A machine of so many statuses: a line with a way around every third of them, a way back to every fifth, and a common end."""
    names = [f"STEP_{number}" for number in range(count - 2)]
    machine = Machine(states=[*names, "DONE", "FAILED"], initial=names[0], auto_transitions=False)
    for number, (name, following) in enumerate(zip(names, [*names[1:], "DONE"], strict=True)):
        machine.add_transition("proceed", name, following)
        if number % 3 == 0 and number + 2 < len(names):
            machine.add_transition("skip", name, names[number + 2])
        if number % 5 == 4:
            machine.add_transition("repeat", name, names[number - 3])
        if number % 4 == 0:
            machine.add_transition("fail", name, "FAILED")
    return machine


def rows() -> list[tuple[str, Drawing, str]]:
    """Return what is laid out: its name, the drawing, and how many times as long as Graphviz we may take."""
    airflow: Any = corpus()["airflow"][1]
    return [
        ("the lifecycle of a job", drawing(JOB_LIFECYCLE), "4"),
        ("Airflow, 13 statuses", drawing(airflow), "10"),
        ("30 statuses", drawing(assembly_line(30)), "30"),
    ]


def ratio(drawn: Drawing) -> float:
    """Return our time by that of Graphviz."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        start = perf_counter()
        lay_out(plan(drawn).graph)
        between = perf_counter()
        laid_out(drawn, "svg")
        ours.append(between - start)
        theirs.append(perf_counter() - between)
    return min(ours) / min(theirs)


def main() -> None:
    print(f"| {'layout of':37} | {'against':28} | {'ratio':>7} | {'at most':>7} |")
    print(f"| {'-' * 37} | {'-' * 28} | ------: | ------: |")
    for name, drawn, limit in rows():
        print(f"| {name:37} | {'Graphviz':28} | {ratio(drawn):7.2f} | {limit:>7} |", flush=True)


if __name__ == "__main__":
    main()
