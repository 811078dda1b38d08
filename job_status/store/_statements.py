"""All of the SQL: the tables, and the statements on them. Values are parameters, always; `?` stands for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ._record import FACTS

#: the version of the tables; a store refuses any other
SCHEMA = 1

#: the columns that a row is read from
ROW = f"number, id, name, version, worker, {', '.join(FACTS)}"

# NUMBER is what each database has for a number that it counts up itself and never uses again. The types are those that both have.
TABLES = (
    """
    CREATE TABLE IF NOT EXISTS job_status_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS job_status_job (
        number NUMBER,
        id TEXT NOT NULL UNIQUE,
        name TEXT,
        version BIGINT NOT NULL,
        status TEXT NOT NULL,
        known TEXT NOT NULL,
        cancel_requested INTEGER NOT NULL,
        attempt BIGINT NOT NULL,
        start TEXT NOT NULL,
        started DOUBLE PRECISION,
        clock DOUBLE PRECISION,
        suspended DOUBLE PRECISION,
        halted DOUBLE PRECISION,
        halt_clock DOUBLE PRECISION,
        clock_of TEXT,
        completed DOUBLE PRECISION,
        duration DOUBLE PRECISION,
        progress DOUBLE PRECISION NOT NULL,
        phase TEXT,
        stop_message TEXT,
        known_at DOUBLE PRECISION,
        unknown_at DOUBLE PRECISION,
        created DOUBLE PRECISION NOT NULL,
        heard DOUBLE PRECISION,
        moved DOUBLE PRECISION NOT NULL,
        worker TEXT
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS job_status_move (
        job BIGINT NOT NULL,
        version BIGINT NOT NULL,
        trigger_name TEXT NOT NULL,
        source TEXT NOT NULL,
        dest TEXT NOT NULL,
        at DOUBLE PRECISION,
        mesg TEXT,
        inferred INTEGER NOT NULL,
        PRIMARY KEY (job, version)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS job_status_refusal (
        job BIGINT NOT NULL,
        label TEXT NOT NULL,
        times BIGINT NOT NULL,
        noted DOUBLE PRECISION NOT NULL,
        version BIGINT NOT NULL,
        trigger_name TEXT NOT NULL,
        source TEXT NOT NULL,
        dest TEXT NOT NULL,
        at DOUBLE PRECISION,
        mesg TEXT,
        inferred INTEGER NOT NULL,
        PRIMARY KEY (job, label)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS job_status_label (
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        job BIGINT NOT NULL,
        PRIMARY KEY (name, value, job)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS job_status_worker (
        id TEXT PRIMARY KEY,
        beat DOUBLE PRECISION NOT NULL,
        host TEXT NOT NULL,
        pid BIGINT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS job_status_job_by_status ON job_status_job (status, number)",
    "CREATE INDEX IF NOT EXISTS job_status_job_by_name ON job_status_job (name, number) WHERE name IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS job_status_job_by_worker ON job_status_job (worker) WHERE worker IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS job_status_label_by_job ON job_status_label (job)",
)

META = "SELECT name, value FROM job_status_meta"
SET_META = "INSERT INTO job_status_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"

# -- one job

_MARKS = ", ".join("?" * len(FACTS))
CREATE = (
    f"INSERT INTO job_status_job (id, name, version, {', '.join(FACTS)}, moved, worker) "  # noqa: S608  # our own columns
    f"VALUES (?, ?, 0, {_MARKS}, ?, ?) RETURNING number"
)
LABEL = "INSERT INTO job_status_label (name, value, job) VALUES (?, ?, ?)"
LABELS = "SELECT name, value FROM job_status_label WHERE job = ? ORDER BY name"

READ = f"SELECT {ROW} FROM job_status_job WHERE number = ?"  # noqa: S608  # as above
FIND = f"SELECT {ROW} FROM job_status_job WHERE id = ?"  # noqa: S608  # as above
BEGINNING = f"SELECT {ROW} FROM job_status_job WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"  # noqa: S608  # as above
MOVES = (
    "SELECT version, trigger_name, source, dest, at, mesg, inferred FROM job_status_move "
    "WHERE job = ? AND version > ? ORDER BY version DESC LIMIT ?"
)
REFUSALS = "SELECT version, trigger_name, source, dest, at, mesg, inferred FROM job_status_refusal WHERE job = ? ORDER BY noted"
REFUSED_TIMES = "SELECT label, times FROM job_status_refusal WHERE job = ? ORDER BY label"

# A move leaves the progress that others have reported meanwhile, unless it has one of its own: a report raises no version.
_SET = {"progress": "COALESCE({progress}, progress)", "phase": "CASE WHEN {has_phase} = 1 THEN {phase} ELSE phase END"}
_FACTS = ", ".join(f"{column} = {_SET.get(column, f'{{{column}}}')}" for column in FACTS)
_MOVE = (
    f"UPDATE job_status_job SET version = {{version}}, {_FACTS}, moved = {{moved}}, worker = {{worker}} "  # noqa: S608  # as above
    "WHERE number = {number} AND version = {before}"
)
_RECORD = (
    "INSERT INTO job_status_move (job, version, trigger_name, source, dest, at, mesg, inferred) "
    "VALUES ({number}, {version}, {trigger_name}, {source}, {dest}, {at}, {mesg}, {inferred})"
)
#: the values in them, in this order; FACTS ends with the progress and the phase
_MOVED = ("version", *FACTS[:-1], "has_phase", "phase", "moved", "worker", "number", "before")
_RECORDED = ("trigger_name", "source", "dest", "at", "mesg", "inferred")

_EACH = dict.fromkeys((*_MOVED, *_RECORDED), "?")
MOVE, RECORD = _MOVE.format(**_EACH), _RECORD.format(**_EACH)
#: one of many moves in PostgreSQL, which never waits for others who hold the job, and so not for any who wait for it, either
MOVE_IF_FREE = _MOVE.format(**_EACH | {"number": "(SELECT number FROM job_status_job WHERE number = ? FOR UPDATE SKIP LOCKED)"})


def numbered(update: Sequence[Any], records: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield the values of RECORD for each step of a move, from those of MOVE: a step raises the version by one."""
    *_, number, before = update
    for version, record in enumerate(records, before + 1):
        yield number, version, *record


# In SQLite, a move of one step is one statement, and so a transaction by itself: what is inserted into a view goes to its trigger.
_NEW = {name: f"NEW.{name}" for name in _EACH}
STEPS = (
    f"CREATE TEMP VIEW job_status_step ({', '.join(_EACH)}) AS SELECT {', '.join(['NULL'] * len(_EACH))}",
    f"""
    CREATE TEMP TRIGGER job_status_take INSTEAD OF INSERT ON job_status_step BEGIN
        {_MOVE.format(**_NEW)};
        SELECT RAISE(ABORT, 'the job has another version') WHERE changes() = 0;
        {_RECORD.format(**_NEW)};
    END
    """,
)
STEP = f"INSERT INTO job_status_step VALUES ({', '.join(_EACH.values())})"  # noqa: S608  # only marks

REFUSE = (
    "INSERT INTO job_status_refusal "
    "(job, label, times, noted, version, trigger_name, source, dest, at, mesg, inferred) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (job, label) DO UPDATE SET times = job_status_refusal.times + 1, noted = excluded.noted, "
    "version = excluded.version, source = excluded.source, dest = excluded.dest, at = excluded.at, mesg = excluded.mesg"
)
REPORT = "UPDATE job_status_job SET progress = ?, phase = ? WHERE number = ? AND version = ?"
HEAR = "UPDATE job_status_job SET heard = ? WHERE number = ?"

# -- many jobs

COUNT = "SELECT status, COUNT(*) FROM job_status_job GROUP BY status"
NUMBER_OF = "SELECT number FROM job_status_job WHERE id = ?"
# AMONG is what each database has for the condition that the number is one of many.
ROWS = f"SELECT {ROW} FROM job_status_job WHERE AMONG"  # noqa: S608  # as above
LABELS_OF = (
    "SELECT number, label.name, label.value FROM job_status_job JOIN job_status_label AS label ON label.job = number "
    "WHERE AMONG ORDER BY label.name"
)
WATCHED = "SELECT number, version, progress, phase FROM job_status_job WHERE AMONG"
PLACES = "SELECT number, status, known, cancel_requested FROM job_status_job WHERE AMONG"
REMOVE = (
    "DELETE FROM job_status_move WHERE job = ?",
    "DELETE FROM job_status_refusal WHERE job = ?",
    "DELETE FROM job_status_label WHERE job = ?",
    "DELETE FROM job_status_job WHERE number = ?",
)
OVER_SINCE = "SELECT number FROM job_status_job WHERE status = ? AND moved < ? ORDER BY number LIMIT ?"

# -- workers

BEAT = "INSERT INTO job_status_worker (id, beat, host, pid) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET beat = excluded.beat"


def page(status: bool, name: bool, labels: int, after: bool, limit: int) -> str:
    """Return the statement for a page of jobs, newest first; values: the labels' names and values, status, name, after.

    The limit is in the text, since PostgreSQL keeps a plan only if it is good for all values.
    """
    columns = ", ".join(f"job.{column.strip()}" for column in ROW.split(","))
    order = "label0.job" if labels else "job.number"
    conditions = ["job.status = ?"] * status + ["job.name = ?"] * name + [f"{order} < ?"] * after
    return f"SELECT {columns} {_from(labels, conditions)} ORDER BY {order} DESC LIMIT {limit}"


def matching(statuses: int, name: bool, labels: int) -> str:
    """Return the statement for the numbers of all jobs in one of so many statuses; values: as of a page.

    In any order: to have them in order, SQLite would rather read the whole table than the index of the statuses.
    """
    marks = ", ".join("?" * statuses)
    conditions = [f"job.status IN ({marks})"] + ["job.name = ?"] * name
    return f"SELECT job.number {_from(labels, conditions)}"


def _from(labels: int, conditions: list[str]) -> str:
    """Return the part of a statement that finds jobs by so many labels and other conditions."""
    tables = "job_status_job AS job"
    joined = []
    for number in range(labels):
        tables += f", job_status_label AS label{number}"
        joined.append(f"label{number}.name = ? AND label{number}.value = ? AND label{number}.job = job.number")
    found = " AND ".join(joined + conditions)
    return f"FROM {tables} WHERE {found}" if found else f"FROM {tables}"


#: jobs that a process has started and that has not shown itself since; and requests of jobs that nobody started
LOST = (
    "SELECT job.number, job.version, worker.beat, job.moved FROM job_status_job AS job "
    "LEFT JOIN job_status_worker AS worker ON worker.id = job.worker "
    "WHERE job.worker IS NOT NULL AND (worker.beat IS NULL OR worker.beat < ?) ORDER BY job.number"
)
#: a process that runs no job is forgotten; it shows itself again if it lives
FORGET = (
    "DELETE FROM job_status_worker WHERE beat < ? "
    "AND NOT EXISTS (SELECT 1 FROM job_status_job WHERE job_status_job.worker = job_status_worker.id)"
)
UNANSWERED = "SELECT number, version FROM job_status_job WHERE status = ? AND worker IS NULL AND moved < ? ORDER BY number"
