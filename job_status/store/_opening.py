"""A database as it is opened: its tables are made, and its lifecycle is compared with that of the store."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from .._lifecycle import JOB_LIFECYCLE, Lifecycle
from .._rows import SUCCESS, Guard, RunningStatus, Transition
from ..errors import StoreError
from ._recorded import recorded_enum
from ._statements import META, SCHEMA, SET_META, TABLES

if TYPE_CHECKING:
    from ._database import Database

__all__ = ["lifecycle_in", "opened", "recorded"]


def recorded(lifecycle: Lifecycle[Any]) -> dict[str, Any]:
    """Return what a database records of a lifecycle, in values that JSON can hold: all but its words."""
    plain = lifecycle.final(SUCCESS)
    return {
        "enum": f"{lifecycle.enum.__module__}:{lifecycle.enum.__qualname__}",
        "members": list(lifecycle.enum.__members__),
        "initial": lifecycle.initial.name,
        "means": {status.name: lifecycle.meaning(status).name for status in lifecycle.statuses},
        "plain": plain.name if plain else None,
        "rows": [[row.trigger, row.source.name, row.dest.name, row.guard.name if row.guard else ""] for row in lifecycle.rows],
    }


def fingerprint(record: dict[str, Any]) -> str:
    """Return a hash of the rows and meanings of a recorded lifecycle.

    Their order counts only for the first final status of a meaning, which `plain` names.
    """
    essence = [record["initial"], sorted(record["means"].items()), record["plain"], sorted(record["rows"])]
    return hashlib.sha256(json.dumps(essence).encode()).hexdigest()


def restored(record: dict[str, Any]) -> Lifecycle[Any]:
    """Return the lifecycle that a database records; its statuses are members of an Enum that is made for them.

    Statuses that have the names and the meanings of `RunningStatus` are those.
    """
    if fingerprint(record) == fingerprint(recorded(JOB_LIFECYCLE)):
        return JOB_LIFECYCLE
    means = {name: RunningStatus[meaning] for name, meaning in record["means"].items()}
    kind: Any = RunningStatus
    if any(kind.__members__.get(name) is not meaning for name, meaning in means.items()):
        kind = recorded_enum(record["enum"].rpartition(":")[2], tuple(record["members"]))
    rows = (
        Transition(trigger, kind[source], kind[dest], guard=Guard[guard] if guard else None)
        for trigger, source, dest, guard in record["rows"]
    )
    return Lifecycle(rows, lambda status: means[status.name], kind[record["initial"]])


def lifecycle_in(database: Database, where: str) -> Lifecycle[Any]:
    """Return the lifecycle that a database records. Raises `StoreError` if it is none of a store."""
    found = dict(database.read(META)) if database.has_jobs() and _exists(database, where) else {}
    if not found:
        raise StoreError(f"there are no jobs in {where}: JobStore(url, lifecycle) makes the tables for them")
    _check_schema(found, where)
    try:
        return restored(json.loads(found["lifecycle"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"{where} has a record of its lifecycle that cannot be read ({error}): open it with JobStore(url, lifecycle)"
        ) from error


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


def check(database: Database, lifecycle: Lifecycle[Any], where: str) -> None:
    """Raise `StoreError` unless a database is one of a store with that lifecycle, or one that it only adds to."""
    record = recorded(lifecycle)
    found = dict(database.read(META))
    _agrees(found, {"schema": str(SCHEMA), "fingerprint": fingerprint(record)}, record, where)


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
    _check_schema(found, where)
    if found.get("fingerprint") == wanted["fingerprint"]:
        return True
    if missing := _missing(json.loads(found["lifecycle"]), record):
        raise StoreError(
            f"{where} is for another lifecycle: {missing}; open it with that one or one that extends it, or name another database"
        )
    return False


def _check_schema(found: dict[str, str], where: str) -> None:
    if found.get("schema") != str(SCHEMA):
        raise StoreError(
            f"{where} has tables of version {found.get('schema')}, and this job_status reads version {SCHEMA}; "
            "upgrade job_status, or name another database"
        )


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
