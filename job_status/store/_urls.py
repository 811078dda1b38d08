"""The URL of a store, and the database that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from .._values import shown
from ._sqlite import SQLite, path_of

if TYPE_CHECKING:
    from ._database import Database

__all__ = ["database_of", "parsed"]


def parsed(url: object) -> tuple[str, str | None]:
    """Return a URL in its full form without the password, and the password. Raises `ValueError` if it is none of a store."""
    scheme, colon, rest = url.partition(":") if isinstance(url, str) else ("", "", "")
    if not isinstance(url, str) or not colon or scheme not in ("sqlite", "postgresql", "postgres"):
        what = "" if isinstance(url, str) and "@" in url else f", not {shown(url)}"  # which may have a password
        raise ValueError(f"the URL of a store begins with sqlite:/// or postgresql://{what}")
    if scheme == "sqlite":
        return f"sqlite:///{path_of(rest)}", None
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    return urlunsplit(("postgresql", f"{name}{at}{host}", parts.path, parts.query, "")), unquote(password) or None


def database_of(url: str, password: str | None, timeout: float, durable: bool) -> Database:
    """Return the database of a URL."""
    if url.startswith("sqlite:"):
        return SQLite(url.removeprefix("sqlite:///"), timeout, durable)
    from ._postgres import Postgres  # it needs psycopg

    return Postgres(url, password, timeout)
