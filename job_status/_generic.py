"""Generic classes without the module `typing`, which would take a tenth of the time that it takes to import this package.

What only a type checker reads stands under `if TYPE_CHECKING:` in every module, and `TYPE_CHECKING` is this one: false at run time.
"""

from __future__ import annotations

from types import GenericAlias

TYPE_CHECKING = False

__all__ = ["TYPE_CHECKING", "Generic", "S"]

if TYPE_CHECKING:
    from enum import Enum
    from typing import Generic

    from typing_extensions import TypeVar

    from ._rows import RunningStatus

    #: the statuses of a lifecycle: the members of one Enum
    S = TypeVar("S", bound=Enum, default=RunningStatus)
else:
    S = "S"

    class Generic:
        """Makes `Lifecycle[S]` a type to annotate with and to inherit from; at run time it does nothing else."""

        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)
