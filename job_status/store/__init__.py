"""Jobs that outlive their process, and that several processes and machines share: rows of an SQLite or PostgreSQL database.

>>> from tempfile import TemporaryDirectory
>>> from job_status.store import JobStore
>>> with TemporaryDirectory() as folder, JobStore(f"sqlite:///{folder}/jobs.db") as store:
...     job = store.create("thumbnail 17", labels={"user": "ada"})
...     with job.run():
...         _ = job.update_progress(0.5, "scaling")
...     print(store.get(job.id).status.name, store.count())
SUCCESS {<RunningStatus.SUCCESS: 2>: 1}

A stored job is moved in memory, by the same code as any other, and the result is written by one compare-and-set in one transaction:
`_job` does that, and no rule is repeated in SQL. `_statements` has all of the SQL, `_sqlite` and `_postgres` the two databases.
"""

from .._late import late_names

TYPE_CHECKING = False  # as in `_lean`, which is not imported here

if TYPE_CHECKING:
    from ._job import StoredJob
    from ._store import JobStore
else:  # a type checker would take any name for one of this package
    __getattr__ = late_names(__name__, {"._job": ("StoredJob",), "._store": ("JobStore",)})

__all__ = ["JobStore", "StoredJob"]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
