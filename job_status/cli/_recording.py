"""The record of the job of `job-status run` in a store. Nothing here imports a database before a store is opened."""

from __future__ import annotations

import os

from .._lean import TYPE_CHECKING
from ..errors import StoreError
from ._place import ID, STORE, opened, place_of
from ._texts import storable

if TYPE_CHECKING:
    import argparse
    from typing import Any

    from ..store import StoredJob
    from ._voice import Voice

__all__ = ["environment_of", "recorded_in_store"]

#: for how long a database that another process keeps locked is waited for, in seconds: the job is ended only after that
STORE_TIMEOUT = 5.0


def recorded_in_store(
    options: argparse.Namespace, voice: Voice, parser: argparse.ArgumentParser, *, starts: bool
) -> StoredJob[Any] | None:
    """Return the job in the store, started unless its command cannot start.

    None if it is not to be recorded, or cannot be where nobody has asked for it.
    """
    if options.no_store:
        return None
    from ..store._starting import started  # a third of what the command takes to start

    try:
        store = opened(options.store, create=True, timeout=STORE_TIMEOUT)
        lifecycle = store.lifecycle
        if "start_run" not in lifecycle.triggers(lifecycle.initial):
            raise StoreError(
                f"{store.url}: its jobs cannot start while {lifecycle.initial.name}, as a job of this command does; "
                f"name another store by --store or ${STORE}"
            )
        labels = {storable(name): storable(value) for name, value in options.label}
        job = started(store, storable(voice.name), labels) if starts else store.create(storable(voice.name), labels)
    except (StoreError, ValueError) as error:
        if isinstance(error, ValueError) or place_of(options.store)[1]:
            parser.error(str(error))
        voice.say(f"{voice.name}: the job is not recorded: {error}")
        return None
    voice.id = job.id
    return job


def environment_of(job: StoredJob[Any], named: str | None) -> dict[str, str]:
    """Return the environment of the command, which finds its job by it. A password is handed on: without it, it would not."""
    place, _ = place_of(named)
    return {**os.environ, STORE: job.store.url if place.startswith("sqlite:") else place, ID: job.id}
