"""A source as JSON, for a front end that draws for itself. Names are exactly those of the source."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from .._source import Definition
from ._trace import Trace


def as_json(declared: Definition, told: Trace | None, title: str) -> str:
    """The statuses, the moves and, of a job, its trace."""
    value: dict[str, Any] = {
        "title": title,
        "statuses": declared.statuses,
        "initial": declared.initial,
        "finals": declared.finals,
        "triggers": declared.labels,
        "moves": [asdict(edge) for edge in declared.edges],
    }
    if told:
        value["trace"] = asdict(told)
    return json.dumps(value, indent=2) + "\n"
