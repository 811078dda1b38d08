"""What a caller chooses of a picture: the statuses that it shows, the pages that they lead to, and how it is laid out.

Choices come from anywhere, a command line included, so each is checked here, and one that is wrong gets a sentence that says what
would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Literal, TypeVar, get_args

from .._source import Definition
from .._values import shown

Direction = Literal["right", "down"]
Engine = Literal["dot"]

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
ENGINES: tuple[Engine, ...] = get_args(Engine)

#: a status by its name or as a member of its Enum; several; or "not STATUS"
Only = str | Enum | Iterable[str | Enum]
Links = Mapping[Any, str]

_NOT = "not "

#: what a page may lead to: these, and whatever is relative to the page; no `javascript:` that a name could bring along
_SCHEMES = ("http", "https", "mailto")

_Choice = TypeVar("_Choice", bound=str)


def checked_only(declared: Definition, only: Only | None) -> frozenset[str]:
    """Return the names of the statuses to show: of one status, it and those that one move leads to or from; None: of all.

    Several are shown by themselves, and "not X" is whatever is not X. Raises `ValueError` if there is no such status.
    """
    if only is None:
        return frozenset(declared.statuses)
    several = not isinstance(only, str | Enum)
    if several and not isinstance(only, Iterable):
        raise ValueError(f"only must be a status, or several, not {shown(only)}")
    wanted = [_name(only)] if isinstance(only, str | Enum) else list(map(_name, only))
    left_out = [name.removeprefix(_NOT) for name in wanted if name.startswith(_NOT) and name not in declared.statuses]
    if left_out and len(left_out) < len(wanted):
        raise ValueError(f"only names statuses to show, or with 'not' statuses to leave out, but not both: {shown(wanted)}")
    names = frozenset(checked_status(declared, name, "only") for name in left_out or wanted)
    if left_out:
        names = frozenset(declared.statuses) - names
    elif not several:
        names |= {name for edge in declared.edges for name in (edge.source, edge.dest) if names & {edge.source, edge.dest}}
    if not names:
        raise ValueError("only leaves no status to show")
    return names


def checked_links(declared: Definition, links: Links | None) -> dict[str, str]:
    """Return the URL of each status that has one. Raises `ValueError` if there is no such status, or the URL is none to follow."""
    if links is not None and not isinstance(links, Mapping):
        raise ValueError(f"links must map statuses to URLs, not {shown(links)}")
    return {checked_status(declared, _name(status), "links"): checked_url(url) for status, url in (links or {}).items()}


def checked_url(url: str) -> str:
    """Return the URL. Raises `ValueError` if it is none that a reader could follow from a page."""
    scheme = re.match(r"([^/?#]*?):", url) if isinstance(url, str) else None
    if not isinstance(url, str) or not url or not url.isprintable() or (scheme and scheme[1].lower() not in _SCHEMES):
        raise ValueError(f"a link must be a relative URL, or one of {', '.join(_SCHEMES)}, not {shown(url)}")
    return url


def checked_status(declared: Definition, name: str, choice: str) -> str:
    """Return the name of a status. Raises `ValueError` if there is none of that name."""
    if name not in declared.statuses:
        raise ValueError(f"{choice} names {shown(name)}, which is none of the statuses: {', '.join(declared.statuses)}")
    return name


def checked_choice(option: str, value: _Choice | None, choices: tuple[_Choice, ...]) -> _Choice | None:
    """Return the value. Raises `ValueError` if it is neither None nor one of the choices."""
    if value is not None and value not in choices:
        raise ValueError(f"{option} must be {' or '.join(map(repr, choices))}, or left out, not {shown(value)}")
    return value


def _name(status: Any) -> str:
    """Return the name of a status; of what is none, something that no status is called."""
    name = status.name if isinstance(status, Enum) else status
    return name if isinstance(name, str) else shown(name)
