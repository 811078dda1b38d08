"""Finding what somebody names: an importable `package.module:object` to draw."""

from __future__ import annotations

from .._source import definition, resolve
from ._render import Source
from ._trace import is_job

#: what is drawn unless something else is named
DEFAULT = "job_status:JOB_LIFECYCLE"


def named(name: str) -> Source:
    """The object with that name. `ValueError` says what is wrong with the name, the module or the object."""
    found: object = resolve(name)
    if not is_job(found):
        try:
            definition(found)  # type: ignore[arg-type]  # that is the question
        except TypeError as error:
            raise ValueError(f"{name} cannot be drawn: {error}") from None
    return found  # type: ignore[return-value]  # it was one
