"""Packages that import a module of theirs when one of its names is first asked for.

Every session of pytest imports this package on its way to the plugin, whether or not it tests jobs.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module

__all__ = ["late_names"]


def late_names(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """Return the `__getattr__` of a package, given the names that each of its modules has."""

    def found(name: str) -> object:
        home = next((home for home, names in homes.items() if name in names or home == f".{name}"), None)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(home, package)
        value = vars(sys.modules[package])[name] = module if home == f".{name}" else getattr(module, name)
        return value

    return found
