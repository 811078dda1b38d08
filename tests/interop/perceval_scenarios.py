"""What Perceval does on our status: `python perceval_scenarios.py` prints, as JSON, what each scenario came to.

`test_perceval.py` runs it in a process of its own, since `install()` must come before `import perceval` and is for good, and
compares. With the argument `original` it is Perceval without the drop-in instead.
"""

from __future__ import annotations

import inspect
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

from job_status.perceval import JobStatus, RunningStatus, install

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

# -- local jobs


def sampling(perceval: Any) -> Any:
    """A job that samples what comes out of a beam splitter."""
    processor = perceval.Processor("SLOS", perceval.BS())
    processor.with_input(perceval.BasicState([1, 1]))
    return perceval.algorithm.Sampler(processor).sample_count


def local_synchronous(perceval: Any) -> object:
    job = sampling(perceval)
    results = job.execute_sync(max_samples=500)
    return {**said(job), "samples": sum(results["results"].values())}


def local_asynchronous(perceval: Any) -> object:
    job = sampling(perceval).execute_async(max_samples=500)
    assert job._status.wait(60)  # job.status might stop the job itself, see local_looked_at_as_it_ends
    return {**said(job), "samples": sum(job.get_results()["results"].values()), "times known": None not in times(job.status)}


def local_failing(perceval: Any) -> object:
    def task(progress_callback: Callable[[float, str], object]) -> None:
        progress_callback(0.25, "sampling")
        raise ValueError("no photons")

    job = perceval.LocalJob(task)
    results = job.execute_sync()
    return {**said(job), "results": results}


def local_canceled(perceval: Any) -> object:
    """Canceled at its second progress report, which is made after the cancel; then told once more that it has stopped."""
    may_go_on = Event()

    def task(progress_callback: Callable[[float, str], Any]) -> dict[str, object]:
        progress_callback(0.25, "sampling")
        may_go_on.wait()
        canceled = perceval.runtime.cancel_requested(progress_callback(0.5, "sampling"))
        return {"results": ["all", "of", "it"][: 1 if canceled else 3]}

    job = perceval.LocalJob(task).execute_async()
    status = job.status
    job.cancel()
    may_go_on.set()
    assert status.wait(60)
    again = status.stop_run()
    return {**said(job), "results": job.get_results(), "again": again}


def local_looked_at_as_it_ends(perceval: Any) -> object:
    """`LocalJob.status` finds the job running and then its worker gone, which has stopped the job in between."""
    may_end = Event()

    def task(progress_callback: object) -> None:
        may_end.wait()
        raise ValueError("no photons")

    def is_alive() -> bool:
        may_end.set()
        worker.join()
        return False

    job = perceval.LocalJob(task).execute_async()
    worker, job._worker = job._worker, SimpleNamespace(is_alive=is_alive)
    return said(job)


# -- remote jobs


class Cloud(ThreadingHTTPServer):
    """A server that answers as the Quandela cloud does, on a port of its own; what it says of a job is set from outside."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        #: what it says of each job, by its id; a number instead is the HTTP code of a failure
        self.says: dict[str, dict[str, object] | int] = {}
        self.canceled: list[str] = []
        self.accepts_jobs = True

    def answer(self, path: str) -> tuple[int, dict[str, object]]:
        match path.split("/")[3:]:  # behind /api/job
            case [] if self.accepts_jobs:
                job = f"job-{len(self.says) + 1}"
                self.says[job] = {"status": "waiting", "creation_datetime": CREATED}
                return 200, {"job_id": job}
            case ["status", job]:
                says = self.says[job]
                return (says, {}) if isinstance(says, int) else (200, says)
            case ["cancel", job]:
                self.canceled.append(job)
                return 200, {}
            case ["rerun", job]:
                return 200, {"job_id": f"{job}-again"}
            case ["result", _]:
                return 200, {"results": json.dumps({"results": {"a sample": 1}})}
        return 500, {}


class Answer(BaseHTTPRequestHandler):
    server: Cloud

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        code, body = self.server.answer(self.path)
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    do_POST = do_GET  # noqa: N815 (the name that the server calls)

    def log_message(self, *_: object) -> None:
        pass


#: when the cloud says that its jobs were created and started
CREATED, STARTED = 1_700_000_000.0, 1_700_000_060.0


@contextmanager
def cloud(perceval: Any) -> Iterator[tuple[Cloud, Callable[[], Any]]]:
    """The server, and how to make a job of Perceval's that is to be sent there."""
    perceval.RemoteJob.STATUS_REFRESH_DELAY = -1  # so each look at a status asks the server

    def new_job() -> Any:
        handler = import_module("perceval.runtime.rpc_handler").RPCHandler(
            "sim:test", f"http://127.0.0.1:{server.server_port}", "token"
        )
        return perceval.RemoteJob({"platform_name": "sim:test", "payload": {"command": "probs"}}, handler, "a job")

    with Cloud() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server, new_job
        finally:
            server.shutdown()
            thread.join()


def running(progress: float, word: str = "running") -> dict[str, object]:
    return {
        "status": word,
        "progress": progress,
        "progress_message": "sampling",
        "creation_datetime": CREATED,
        "start_time": STARTED,
    }


def stopped(word: str, message: str | None = None) -> dict[str, object]:
    return {"status": word, "status_message": message, "creation_datetime": CREATED, "start_time": STARTED, "duration": 20}


def remote(perceval: Any) -> object:
    """Polled while it waits, runs and after it has completed."""
    looks = []
    with cloud(perceval) as (server, new_job):
        job = new_job().execute_async()
        for says in ({"status": "waiting", "creation_datetime": CREATED}, running(0.25), running(0.75), stopped("completed")):
            server.says[job.id] = says
            looks.append(look(job.status))
        by_id = perceval.RemoteJob.from_id(job.id, job._rpc_handler)
        server.says[job.id] = 500  # a completed job is not asked for any more
        return {**said(job), "looks": looks, "results": job.get_results(), "by id": look(by_id.status)}


def remote_in_trouble(perceval: Any) -> object:
    """A gateway that fails, a server that is too busy, and a word that nobody knows, while the job runs on."""
    looks: list[object] = []
    with cloud(perceval) as (server, new_job):
        job = new_job().execute_async()
        for says in (running(0.25), 502, 429, running(0.5, "dreaming"), running(0.75)):
            server.says[job.id] = says
            try:
                looks.append(look(job.status))
            except OSError as error:  # the HTTPError of requests is one
                looks.append([type(error).__name__, job._job_status()])
        return {**said(job), "looks": looks}


def remote_canceled(perceval: Any) -> object:
    """Canceled by its user while it runs: the cloud has not noticed at first, then acknowledges, then ends it. It is rerun then."""
    looks = []
    with cloud(perceval) as (server, new_job):
        job = new_job().execute_async()
        server.says[job.id] = running(0.25)
        job.cancel()
        looks.append(look(job._job_status))  # job.status would ask the cloud
        for says in (running(0.25), running(0.5, "cancel_requested"), stopped("canceled", "by order of the user")):
            server.says[job.id] = says
            looks.append(look(job.status))
        again = job.rerun()
        return {**said(job), "looks": looks, "canceled": server.canceled, "again": [again.id, again._job_status()]}


def remote_canceled_too_late(perceval: Any) -> object:
    with cloud(perceval) as (server, new_job):
        job = new_job().execute_async()
        job.cancel()
        server.says[job.id] = stopped("completed")
        return said(job)


def remote_not_accepted(perceval: Any) -> object:
    with cloud(perceval) as (server, new_job):
        server.accepts_jobs = False
        job = new_job()
        try:
            job.execute_async()
        except OSError as error:
            told = {**said(job), "duration": job.status.duration, "raised": type(error).__name__}
            told["stop_message"] = job.status.stop_message.replace(job._rpc_handler.url, "CLOUD")
            return told
        return said(job)


def group(perceval: Any) -> object:
    """Two jobs on the cloud and one not sent yet; what the group says of them, then, and read from its file again."""
    steps = []
    with cloud(perceval) as (server, new_job):
        jobs = perceval.JobGroup("a group")
        for _ in range(3):
            jobs.add(new_job())
        first, second = (job.execute_async() for job in jobs.remote_jobs[:2])
        for says in ({first.id: running(0.5)}, {first.id: stopped("completed"), second.id: stopped("error", "no photons")}):
            server.says.update(says)
            steps.append(
                {
                    "progress": jobs.progress(),
                    "successful": ids(jobs.list_successful_jobs()),
                    "active": ids(jobs.list_active_jobs()),
                    "unsuccessful": ids(jobs.list_unsuccessful_jobs()),
                    "unsent": ids(jobs.list_unsent_jobs()),
                }
            )
        read = [str(job._job_status) for job in perceval.JobGroup("a group").remote_jobs]
        perceval.JobGroup.delete_job_group("a group")
        messages = [first.status.stop_message, second.status.stop_message]
    return {"steps": steps, "stop messages": messages, "read from its file": read}


def ids(jobs: list[Any]) -> list[str | None]:
    return [job.id for job in jobs]


# -- what is told of a job


def said(job: Any) -> dict[str, object]:
    status = job.status
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


# -- Perceval as it is, and with the drop-in


def drop_in(perceval: Any) -> object:
    install()  # once more: it does nothing
    runtime = perceval.runtime
    return {
        "JobStatus": runtime.JobStatus is JobStatus and perceval.JobStatus is JobStatus,
        "RunningStatus": runtime.RunningStatus is RunningStatus,
        "a job": type(perceval.LocalJob(print).status) is JobStatus,
    }


def original(perceval: Any) -> object:
    """What theirs and ours are like, and what install() answers where it comes too late."""
    theirs = import_module("perceval.runtime.job_status")
    try:
        install()
        answer = "installed"
    except RuntimeError as error:
        answer = f"RuntimeError: {error}"
    return {
        "install": answer,
        "theirs": described(theirs.JobStatus, theirs.RunningStatus),
        "ours": described(JobStatus, RunningStatus),
    }


def described(job: Any, status: Any) -> object:
    return {
        "names": {each.__name__: [name for name in dir(each) if not name.startswith("_")] for each in (job, status)},
        "parameters": {trigger: [*inspect.signature(getattr(job, trigger)).parameters] for trigger in TRIGGERS},
        "members": {member.name: member.value for member in status},
        "from_server_response": {word: status.from_server_response(word).name for word in WORDS},
        "to_server_response": {member.name: status.to_server_response(member) for member in status},
        "a new job": [job()(), str(job()), job().progress, job().start_timestamp, job().duration, job().stop_message],
    }


TRIGGERS = ["start_run", "stop_run", "update_progress", "update_times"]

SCENARIOS = [
    drop_in,
    *(local_synchronous, local_asynchronous, local_failing, local_canceled, local_looked_at_as_it_ends),
    *(remote, remote_in_trouble, remote_canceled, remote_canceled_too_late, remote_not_accepted),
    group,
]


def main() -> None:
    scenarios = [original] if sys.argv[1:] == ["original"] else SCENARIOS
    if scenarios is SCENARIOS:
        install()
    perceval, results = import_module("perceval"), {}
    for scenario in scenarios:
        try:
            results[scenario.__name__] = scenario(perceval)
        except Exception:
            results[scenario.__name__] = traceback.format_exc()
    print(json.dumps(results))


if __name__ == "__main__":
    main()
