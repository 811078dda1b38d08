"""A database as it is opened: its tables are made, and its lifecycle is compared with that of the store."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from .._rows import SUCCESS
from ..errors import StoreError
from ._statements import META, SCHEMA, SET_META, TABLES

if TYPE_CHECKING:
    from .._lifecycle import Lifecycle
    from ._database import Database

__all__ = ["opened", "recorded"]


def recorded(lifecycle: Lifecycle[Any]) -> dict[str, Any]:
    """Return what a database records of a lifecycle, in values that JSON can hold: all but its words, in an order of its own.

    The order of rows and statuses counts only for the first final status of a meaning, which `plain` names.
    """
    rows = sorted([row.trigger, row.source.name, row.dest.name, row.guard.name if row.guard else ""] for row in lifecycle.rows)
    plain = lifecycle.final(SUCCESS)
    return {
        "enum": f"{lifecycle.enum.__module__}:{lifecycle.enum.__qualname__}",
        "initial": lifecycle.initial.name,
        "means": {status.name: lifecycle.meaning(status).name for status in sorted(lifecycle.statuses, key=lambda one: one.name)},
        "plain": plain.name if plain else None,
        "rows": rows,
    }


def fingerprint(record: dict[str, Any]) -> str:
    """Return a hash of the rows and meanings of a recorded lifecycle."""
    essence = [record["initial"], sorted(record["means"].items()), record["plain"], record["rows"]]
    return hashlib.sha256(json.dumps(essence).encode()).hexdigest()


def opened(database: Database, lifecycle: Lifecycle[Any], where: str) -> None:
    """Make the tables where there are none, and see to it that the database is for this lifecycle.

    Raises `StoreError` if its tables are of another version, or its lifecycle has what this one has not.
    """
    record = recorded(lifecycle)
    wanted = {"schema": str(SCHEMA), "fingerprint": fingerprint(record), "lifecycle": json.dumps(record)}
    if _exists(database, where) and _agrees(dict(database.read(META)), wanted, record, where):
        return
    with database.transaction() as execute:  # which another process may be doing at the same time
        if database.alone is not None:
            execute(database.alone)
        for statement in TABLES:
            execute(statement.replace("NUMBER", database.number))
        found = dict(execute(META).fetchall())
        if not found or not _agrees(found, wanted, record, where):
            for item in wanted.items():
                execute(SET_META, item)


def _exists(database: Database, where: str) -> bool:
    """Return whether the database has the tables already. Looking first, a process without the right to make them can go on."""
    try:
        return bool(database.read(META))
    except StoreError as error:
        if "job_status_meta" in str(error):  # there is no such table
            return False
        raise


def _agrees(found: dict[str, str], wanted: dict[str, str], record: dict[str, Any], where: str) -> bool:
    """Return whether a database is for a lifecycle as it is; False if that only adds to the one that is recorded."""
    if found.get("schema") != wanted["schema"]:
        raise StoreError(
            f"{where} has tables of version {found.get('schema')}, and this job_status reads version {SCHEMA}; "
            "upgrade job_status, or name another database"
        )
    if found.get("fingerprint") == wanted["fingerprint"]:
        return True
    if missing := _missing(json.loads(found["lifecycle"]), record):
        raise StoreError(
            f"{where} is for another lifecycle: {missing}; open it with that one or one that extends it, or name another database"
        )
    return False


def _missing(old: dict[str, Any], new: dict[str, Any]) -> str | None:
    """Return what a recorded lifecycle has, and a new one has not or has otherwise; None if the new one only adds."""
    for name, meaning in old["means"].items():
        if new["means"].get(name) != meaning:
            now = new["means"].get(name)
            return f"there {name} means {meaning}, here " + (f"it means {now}" if now else "there is no such status")
    for trigger, source, dest, guard in old["rows"]:
        if [trigger, source, dest, guard] not in new["rows"]:
            return f"there {trigger} leads from {source} to {dest}{f' if {guard}' if guard else ''}, here it does not"
    for what in ("initial", "plain"):
        if old[what] != new[what]:
            kind = "new job" if what == "initial" else "job that ends well"
            return f"there a {kind} is {old[what]}, here {new[what]}"
    return None
