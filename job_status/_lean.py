"""Generic classes and frozen values without the modules `typing` and `dataclasses`.

Importing those would take a third of this package's import time. In every module, what only a type checker reads stands under
`if TYPE_CHECKING:`, with the `TYPE_CHECKING` of this module: false at run time.
"""

from __future__ import annotations

from enum import Enum
from types import GenericAlias

TYPE_CHECKING = False

__all__ = ["TYPE_CHECKING", "Frozen", "Generic", "S"]

if TYPE_CHECKING:
    from typing import Any, Generic, Self, dataclass_transform

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

    def dataclass_transform(**_options: Any) -> Any:
        """Tell a type checker what a class is like; at run time do nothing."""
        return lambda kind: kind


@dataclass_transform(frozen_default=True, eq_default=False)
class Frozen:
    """A value that never changes: compared, hashed, shown, pickled and replaced by its fields, the parameters of its constructor.

    Statuses are compared by identity, whatever equality and hash their Enum has.
    """

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field) for field in self.__match_args__)

    def _key(self) -> tuple[object, ...]:
        # To compare the classes and names of members amounts to comparing them by identity.
        return tuple((type(value), value.name) if isinstance(value, Enum) else value for value in self._values())

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        values = zip(self.__match_args__, self._values(), strict=True)
        return f"{type(self).__qualname__}({', '.join(f'{field}={value!r}' for field, value in values)})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} is frozen: {name} stays as it is")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} is frozen: {name} stays as it is")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._values()

    def __replace__(self, **changes: Any) -> Self:
        return type(self)(**dict(zip(self.__match_args__, self._values(), strict=True)) | changes)
