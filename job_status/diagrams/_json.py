"""A source as JSON, for a front end that draws for itself. Names are exactly those of the source.

`drawing.schema.json`, beside this file, is its JSON Schema; a test holds that what is written here is what is described there.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from .._source import Edge
from ._drawing import Drawing, Node

#: of the form of the JSON: it changes when a reader of the one before could not read it any more
VERSION = 1


def as_json(drawing: Drawing) -> str:
    """Return the statuses and the moves between them, of a job its trace, and of a log its numbers."""
    declared = drawing.declared
    moves = [edge for edge in declared.edges if {edge.source, edge.dest} <= drawing.nodes.keys()]
    value: dict[str, Any] = {
        "version": VERSION,
        "title": drawing.title,
        "description": drawing.description,
        "initial": declared.initial if declared.initial in drawing.nodes else None,
        "statuses": [_status(drawing, node) for node in drawing.nodes.values()],
        "groups": [
            {"name": group.name, "statuses": [name for name in drawing.nodes if name in group.members], "parallel": group.parallel}
            for group in declared.groups
        ],
        "triggers": [label for label in declared.labels if any(edge.label == label for edge in moves)],
        "moves": list(map(_move, moves)),
    }
    if drawing.trace:
        value["trace"] = asdict(drawing.trace)
    if drawing.numbers:
        value["numbers"] = drawing.numbers.as_dict()
    return json.dumps(value, indent=2) + "\n"


def _status(drawing: Drawing, node: Node) -> dict[str, Any]:
    meaning = drawing.declared.means.get(node.name)
    return {
        "name": node.name,
        "meaning": meaning.name if meaning else None,
        "outcome": node.outcome or None,
        "aside": node.aside,
        "link": node.link or None,
    }


def _move(edge: Edge) -> dict[str, Any]:
    return {
        "trigger": edge.trigger,
        "label": edge.label,
        "source": edge.source,
        "dest": edge.dest,
        "condition": edge.condition,
        "otherwise": edge.otherwise,
        "words": edge.words,
        "observation": edge.observed,
    }
