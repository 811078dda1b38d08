"""What is seen of Perceval's statuses: of a job, and of the classes themselves, with the drop-in and without it."""

from __future__ import annotations

import inspect
import itertools
import json
import os
from importlib import import_module
from pathlib import Path
from typing import Any

#: words of a server: those of Perceval, and some that are nearly so
WORDS = [
    *("completed", "waiting", "running", "success", "error", "canceled", "suspended", "cancel_requested", "unknown"),
    *(
        "RUNNING",
        "Running",
        "COMPLETED",
        "Completed",
        "cancelled",
        "done",
        "queued",
        " running",
        "running ",
        "2",
        "",
        "name",
        "mro",
    ),
]
TRIGGERS = ["start_run", "stop_run", "update_progress", "update_times"]
PROPERTIES = ["waiting", "running", "completed", "canceled", "success", "failed", "maybe_completed", "unknown"]

# -- a job


def said(job: Any) -> dict[str, object]:
    return seen(job.status)


def seen(status: Any) -> dict[str, object]:
    return {
        "status": status(),
        "progress": status.progress,
        "stop_message": status.stop_message,
        "cancel_requested": status.cancel_requested,
        "history": [
            f"{move.trigger}: {move.source.name} -> {move.dest.name}{', refused' * move.refused}" for move in status.history
        ],
    }


def look(status: Any) -> list[object]:
    return [status(), status.progress, status.phase, status.stop_message, *times(status)]


def times(status: Any) -> list[Any]:
    return [status.creation_timestamp, status.start_timestamp, status.completion_timestamp, status.duration]


def glance(status: Any) -> list[object]:
    """What Perceval's own status can be asked as well, where the times were all stated."""
    message = getattr(status, "message", None)
    return [status(), status.progress, status.stop_message, message, status.start_timestamp or None, status.duration or None]


# -- the classes


def described(perceval: Any) -> object:
    job, status = perceval.runtime.JobStatus, perceval.runtime.RunningStatus
    return {
        "names": {each.__name__: [name for name in dir(each) if not name.startswith("_")] for each in (job, status)},
        "parameters": {trigger: [*inspect.signature(getattr(job, trigger)).parameters] for trigger in TRIGGERS},
        "members": {member.name: member.value for member in status},
        "from_server_response": {word: status.from_server_response(word).name for word in WORDS},
        "to_server_response": {member.name: status.to_server_response(member) for member in status},
        "a new job": [job()(), str(job()), job().progress, job().start_timestamp, job().duration, job().stop_message],
        "meanings": {
            member.name: [name for name in PROPERTIES if getattr(at(job, member), name)]
            for member in status
            if member.name != "NONE"
        },
    }


def at(job: Any, member: Any) -> Any:
    """A status there, as a server states it."""
    status = job()
    status.status = member
    return status


def merged(perceval: Any) -> object:
    """What is said of every group of up to three jobs, by their statuses."""
    job, members = perceval.runtime.JobStatus, [each for each in perceval.runtime.RunningStatus if each.name != "NONE"]
    groups = itertools.chain.from_iterable(itertools.product(members, repeat=size) for size in range(4))
    return {" ".join(each.name for each in group): job.merge_status([at(job, each) for each in group])() for group in groups}


def states(perceval: Any) -> dict[str, Any]:
    """A status in each of the states that Perceval brings one to."""
    job, status = perceval.runtime.JobStatus, perceval.runtime.RunningStatus
    made = {name: job() for name in ("new", "running", "asked", "succeeded", "failed", "failed before its start", "canceled")}
    for name, each in made.items():
        if name not in ("new", "failed before its start"):
            each.start_run()
            each.update_progress(0.25, "sampling")
    made["asked"].stop_run(status.CANCEL_REQUESTED, "Canceled")
    made["succeeded"].stop_run()
    made["failed"].stop_run(status.ERROR, "ValueError: no photons")
    made["failed before its start"].stop_run(status.ERROR, "HTTPError")
    made["canceled"].stop_run(status.CANCELED, "Canceled")
    for word in ("waiting", "running", "suspended", "unknown", "completed", "error"):
        each = made[f"{word} elsewhere"] = job()
        each.status = status.from_server_response(word)
        if each.running:
            each.update_progress(0.5, "sampling")
        started, duration = (0.0 if each.waiting else 1060.0), (20 if each.completed else 0)
        each.update_times(1000.0, started, duration)
    made["over elsewhere, nobody knows since when"] = over = at(job, status.CANCELED)
    over.update_times(1000.0, 0.0, 20)
    return made


def copied(perceval: Any) -> object:
    """What a new status is like, and one that ran, once they were copied from each state."""
    job = perceval.runtime.JobStatus
    results: dict[str, object] = {}
    for name, state in states(perceval).items():
        new, ran = job(), job()
        ran.start_run()
        ran.update_progress(0.125, "warming up")
        new.copy_from(state)
        ran.copy_from(state)
        results[name] = [timeless(new), timeless(ran)[:1]]
    return results


def timeless(status: Any) -> list[object]:
    """A glance, but of times that are not those stated by a server only whether they are known."""
    known = glance(status)
    return [*known[:4], *(time if time in (1060.0, 20) else time is not None for time in known[4:])]


# -- archives


def archived(perceval: Any) -> object:
    """The archive of each state, as Perceval writes one."""
    return {name: written(state) for name, state in states(perceval).items()}


def unarchived(_perceval: Any) -> object:
    """What is found in the archives that the other wrote, whose path is in the environment, and in an archive that has it twice."""
    texts = json.loads(Path(os.environ["ARCHIVES"]).read_text(encoding="utf-8")) if "ARCHIVES" in os.environ else {}
    found = {}
    for name, text in texts.items():
        status = read(text)
        one, other = read(written([status, status]))
        found[name] = [timeless(status), timeless(one), type(status).__module__, one is other]
    return found


def read(text: str) -> Any:
    library = import_module("perceval.serialization")
    return library.Serialization.deserialize(library.InputArchive.from_text(text))


def written(thing: Any) -> str:
    library = import_module("perceval.serialization")
    archive = library.OutputArchive()
    library.Serialization.serialize(thing, archive)
    text: str = archive.to_text()
    return text
