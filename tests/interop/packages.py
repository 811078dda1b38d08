"""Other people's packages: imported where they are installed, and else read from their wheels."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest


def imported(name: str) -> Any:
    """A module of a package that may not be installed; what it warns of as it is imported is not our concern."""
    try:
        return import_module(name)
    except ImportError:
        pytest.skip(f"needs {name.partition('.')[0]}: pip install 'job_status[interop]'")


@cache
def modules(package: str, suffix: str) -> dict[str, str]:
    """The source of the modules of a package whose paths have an end, from its newest wheel: some are too large to install."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder, package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"the wheel of {package} cannot be had: {done.stderr.strip()[-200:]}")
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(suffix)}


def module(package: str, path: str) -> ast.Module:
    """A module of a package's wheel."""
    (source,) = modules(package, path).values()
    return ast.parse(source)


def defined(tree: ast.AST, name: str) -> Any:
    """The class of that name, or the value of what is assigned to it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
            return node.value
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return node.value
    raise AssertionError(f"there is no {name}: the package is another than was expected")


def members(kind: ast.ClassDef) -> dict[str, Any]:
    """The members of an Enum by their names; their values where they are constants."""
    return {
        target.id: node.value.value if isinstance(node.value, ast.Constant) else None
        for node in kind.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def strings(tree: ast.AST) -> set[str]:
    """The strings within a `Literal[...]` or any other expression."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
