"""A source as JSON, for a front end that draws for itself. Names are exactly those of the source."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from ._drawing import Drawing


def as_json(drawn: Drawing) -> str:
    """Return the statuses, what they mean in a lifecycle, the moves and, of a job, its trace."""
    declared = drawn.declared
    value: dict[str, Any] = {
        "title": drawn.title,
        "statuses": declared.statuses,
        "means": {name: meaning.name for name, meaning in declared.means.items()},
        "initial": declared.initial,
        "finals": declared.finals,
        "triggers": declared.labels,
        "moves": [asdict(edge) for edge in declared.edges],
    }
    if drawn.trace:
        value["trace"] = asdict(drawn.trace)
    return json.dumps(value, indent=2) + "\n"
