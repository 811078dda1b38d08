"""The statuses of a database whose own Enum cannot be imported: members of an Enum that is made from what the database records."""

from __future__ import annotations

import copyreg
from enum import Enum, EnumMeta
from functools import cache
from typing import Any, cast

__all__ = ["recorded_enum"]


class Kind(EnumMeta):
    """The class of such Enums. A pickle of one, or of a member, has what it takes to make it."""


class Recorded(Enum, metaclass=Kind):
    """A status by its name alone."""


@cache
def recorded_enum(name: str, members: tuple[str, ...]) -> Any:
    """Return the Enum of that name with these members: for the same, the same one."""
    return cast(Any, Recorded)(name, {member: member for member in members}, module=__name__)


def _reduced(kind: Kind) -> tuple[Any, ...]:
    return recorded_enum, (kind.__name__, tuple(kind.__members__))


copyreg.pickle(Kind, _reduced)
