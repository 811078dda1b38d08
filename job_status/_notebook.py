"""How a notebook shows a job or a lifecycle. It has the one import of a higher module: `diagrams`, when something is shown."""

from __future__ import annotations

from ._lean import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


class Shown:
    """Shows itself in a notebook, as a picture with its tables."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from .diagrams import render

        return {"text/plain": repr(self), "text/html": render(self, "html")}  # type: ignore[call-overload]  # only sources are Shown
