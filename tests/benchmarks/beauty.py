"""How good pictures of state machines are, ours beside those of other tools: `python tests/benchmarks/beauty.py [FOLDER]`.

Prints sums over the real machines of tests/corpus.py, each picture measured in the same way from its SVG. Given the folder
diagrams/, it writes contact_sheet.md there, with those sums and all pictures, and these into machines/. Needs the extra `bench`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import reduce
from importlib.metadata import version
from operator import add
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import pygraphviz  # type: ignore[import-untyped]
from statemachine.contrib.diagram import DotGraphMachine
from statemachine.io import create_machine_class_from_definition
from transitions.extensions import GraphMachine

from job_status._source import definition
from job_status.diagrams import render
from tests.corpus import corpus
from tests.pictures import Measures, Picture, graphviz, measure, ours


def by_us(source: Any) -> Picture:
    return ours(render(source, "svg"))


def by_our_dot(source: Any) -> Picture:
    return graphviz(render(source, "svg", engine="dot"))


def by_transitions(source: Any) -> Picture:
    declared = definition(source)
    rows = [
        {"trigger": edge.label, "source": edge.source, "dest": edge.dest, "conditions": [edge.condition] if edge.condition else []}
        for edge in declared.edges
    ]
    machine = GraphMachine(
        states=list(declared.statuses), transitions=rows, initial=declared.statuses[0], auto_transitions=False, show_conditions=True
    )
    return graphviz(drawn(str(machine.get_graph().string())))


def by_statemachine(source: Any) -> Picture:
    declared = definition(source)
    ids = {name: f"s{number}" for number, name in enumerate(declared.statuses)}
    states: dict[str, Any] = {
        ids[name]: {"name": name, "initial": name == declared.initial, "final": name in declared.finals, "on": {}} for name in ids
    }
    for edge in declared.edges:
        event = re.sub(r"\W+", "_", edge.label).strip("_")
        move = {"target": ids[edge.dest]} | ({"cond": re.sub(r"\W+", "_", edge.condition)} if edge.condition else {})
        states[ids[edge.source]]["on"].setdefault(event, []).append(move)
    machine = create_machine_class_from_definition("Drawn", states=states, strict_states=False)
    return graphviz(drawn(DotGraphMachine(machine)().to_string()))  # type: ignore[no-untyped-call]


def drawn(dot: str) -> str:
    return bytes(pygraphviz.AGraph(dot).draw(format="svg", prog="dot")).decode()


TOOLS: dict[str, Callable[[Any], Picture]] = {
    "job_status": by_us,
    "job_status with `--engine dot`": by_our_dot,
    "transitions": by_transitions,
    "python-statemachine": by_statemachine,
}


def main(arguments: list[str]) -> None:
    machines = corpus()
    sums = {tool: reduce(add, (measure(draw(source)) for _, source in machines.values())) for tool, draw in TOOLS.items()}
    print(table(sums, len(machines)))
    if arguments:
        folder = Path(arguments[0])
        (folder / "machines").mkdir(exist_ok=True)
        for name, (origin, source) in machines.items():
            picture = render(source, "svg", title=origin)
            (folder / "machines" / f"{name}.svg").write_text(picture, encoding="utf-8", newline="\n")
        (folder / "contact_sheet.md").write_text(sheet(table(sums, len(machines))), encoding="utf-8", newline="\n")


COLUMNS = ("crossings", "labels off", "labels misplaced", "arrows through statuses", "right angles turned", "widest, px")


def table(sums: dict[str, Measures], count: int) -> str:
    """Return the sums as Markdown."""
    rows = [
        (tool, *(f"{value:,}" for value in (one.crossings, one.off, one.misplaced, one.through, one.bends, one.width)))
        for tool, one in sums.items()
    ]
    head = (f"{count} machines", *COLUMNS)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def sheet(measures: str) -> str:
    """Return the contact sheet as Markdown."""
    parts = (
        "# Real state machines of others",
        "`job_status` drew each of these from its table of moves, with nothing set by hand.\n"
        "`python tests/benchmarks/beauty.py diagrams/` makes this page.",
        measures,
        "A label is off if it is more than 14 px from its arrow, and misplaced if it is off, nearer to another arrow, on a\n"
        "status, a label or a line, or outside of the picture. Pictures of peers are those of transitions "
        f"{version('transitions')} and\npython-statemachine {version('python-statemachine')}, laid out by Graphviz (of pygraphviz "
        f"{version('pygraphviz')}), with the same moves.",
        *(f"**{origin}**\n\n![{origin}](machines/{name}.svg)" for name, (origin, _) in corpus().items()),
    )
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
