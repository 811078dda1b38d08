"""Which store a command works on: the one that it names, that of $JOB_STATUS_STORE, or a file in the user's state directory.

Nothing here imports click, and no database before a store is opened: `job-status run` starts with it.
"""

from __future__ import annotations

import os
import sys

from .._lean import TYPE_CHECKING
from ..errors import StoreError

if TYPE_CHECKING:
    from typing import Any

    from ..store import JobStore

__all__ = ["ID", "STORE", "opened", "place_of"]

#: the variables by which a command that runs as a job finds its store, and itself in it
STORE, ID = "JOB_STATUS_STORE", "JOB_STATUS_ID"


def place_of(named: str | None) -> tuple[str, bool]:
    """Return the URL of the store to use, and whether somebody has named it. What has no :// is the path of an SQLite file."""
    place = named or os.environ.get(STORE)
    if place:
        return (place if "://" in place else f"sqlite:///{os.path.abspath(place)}"), True
    return f"sqlite:///{os.path.join(_state_folder(), 'jobs.db')}", False


def opened(named: str | None, *, create: bool = False, **options: Any) -> JobStore[Any]:
    """Open the store to use, with the lifecycle that it records. It is created where it is the default one, or `create` says so.

    Raises `StoreError` if it cannot be used, and `ValueError` if what names it cannot be a URL.
    """
    from ..store import JobStore

    url, is_named = place_of(named)
    if not is_named:
        _make(os.path.dirname(url.removeprefix("sqlite:///")))
    try:
        return JobStore.existing(url, **options)
    except StoreError:
        if is_named and not create:
            raise
    return JobStore(url, **options)


def _state_folder() -> str:
    """Return the folder in which this user's programs keep what is worth keeping from one run to the next, and we in it."""
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support/job_status")
    folder = os.environ.get("XDG_STATE_HOME", "")
    return os.path.join(folder if os.path.isabs(folder) else os.path.expanduser("~/.local/state"), "job_status")


def _make(folder: str) -> None:
    try:
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        os.makedirs(folder, mode=0o700, exist_ok=True)  # what commands are run is nobody else's business
    except OSError as error:
        raise StoreError(f"{folder} cannot be made: {error.strerror}; name another store by --store or {STORE}") from None
