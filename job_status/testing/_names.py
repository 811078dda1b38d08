"""Objects by name: `package.module:OBJECT`, as tables, ini files and command lines give them."""

from __future__ import annotations

from transitions import Machine

from .._lifecycle import Lifecycle
from .._source import definition, resolve
from ._graph import Source


def resolve_source(name: str) -> Source:
    """The lifecycle or machine of that name. `ValueError` if it is neither."""
    source = resolve(name)
    try:
        definition(source)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from None
    assert isinstance(source, Lifecycle | Machine)
    return source
