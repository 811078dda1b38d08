"""Where what a document or the ini file names as `package.module:object` is imported from: the same folders as test modules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

__all__ = ["make_importable"]


def make_importable(config: pytest.Config, folder: Path) -> None:
    """Have modules found that lie beside a file in a folder, or in the root folder of the session, as pytest does for its own.

    That depends on `--import-mode`: the folder above the packages goes first (prepend, the default) or last (append) in
    `sys.path`, or `sys.path` stays as it is (importlib).
    """
    mode = config.getoption("importmode")
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    for place in map(str, (config.rootpath, folder) if mode == "prepend" else (folder, config.rootpath)):
        if mode != "importlib" and place not in sys.path:
            sys.path.insert(0 if mode == "prepend" else len(sys.path), place)
