"""What Perceval does on our status: `python perceval_scenarios.py` prints, as JSON, what each scenario came to.

`test_perceval.py` runs it in a process of its own, since `install()` must come before `import perceval` and is for good, and
compares. With the argument `original` it is Perceval without the drop-in instead, as far as the two can be compared.
"""

from __future__ import annotations

import copy
import json
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Event
from types import SimpleNamespace
from typing import Any

from job_status.perceval import ExecutionStatus, JobStatus, install
from tests.interop import perceval_executions as executions
from tests.interop.perceval_cloud import Cloud, running, running_cloud, stopped, waiting
from tests.interop.perceval_seen import archived, copied, described, look, merged, said, times, unarchived

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
    """Canceled at its second progress report, which it makes after the cancel; then stopped once more."""
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


@contextmanager
def cloud(perceval: Any) -> Iterator[tuple[Cloud, Callable[[], Any]]]:
    """The server, and how to make a job of Perceval's that is to be sent there."""
    perceval.RemoteJob.STATUS_REFRESH_DELAY = -1  # so each look at a status asks the server
    since_1_3 = hasattr(perceval.runtime, "ExecutionStatus")
    handlers = import_module("perceval.providers.quandela.rpc_handler" if since_1_3 else "perceval.runtime.rpc_handler")

    with running_cloud() as server:
        handler = handlers.RPCHandler("sim:test", server.url, "token")
        yield (
            server,
            lambda: perceval.RemoteJob({"platform_name": "sim:test", "payload": {"command": "probs"}}, handler, "a job"),
        )


def remote(perceval: Any) -> object:
    """Polled while it waits, runs and after it has completed."""
    looks = []
    with cloud(perceval) as (server, new_job):
        job = new_job().execute_async()
        for says in (waiting(), running(0.25), running(0.75), stopped("completed")):
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
            more = {"duration": job.status.duration, "raised": type(error).__name__}
            message = "that of the error" if job.status.stop_message == str(error) else job.status.stop_message
            return {**said(job), "stop_message": message, **more}
        return said(job)


def copies_of_a_status(perceval: Any) -> object:
    """Whether copies of the status of a job, in this process and by a pickle, are what it is, and go on by themselves."""
    with cloud(perceval) as (server, new_job):
        job = new_job().execute_async()
        server.says[job.id] = running(0.25)
        status = job.status
        others = [copy.copy(status), copy.deepcopy(status), pickle.loads(pickle.dumps(status))]
        alike = [type(other) is type(status) and other.to_dict() == status.to_dict() for other in others]
        ended = [other.stop_run(perceval.runtime.RunningStatus.CANCELED) for other in others]
        return {"alike": alike, "ended": ended, "status": status(), "copies": [other() for other in others]}


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


# -- Perceval as it is, and with the drop-in


def drop_in(perceval: Any) -> object:
    install()  # once more: it does nothing
    runtime = perceval.runtime
    ours = ExecutionStatus if hasattr(runtime, "ExecutionStatus") else JobStatus
    job = perceval.LocalJob(print).status
    return {
        "classes": all(getattr(place, name) is ours for place in (runtime, perceval) for name in {"JobStatus", ours.__name__}),
        "a job": type(job) is ours,
        "statuses": job.lifecycle.enum is runtime.RunningStatus is type(job.status),
    }


def late(_perceval: Any) -> object:
    """What install() answers where it comes too late."""
    try:
        install()
    except RuntimeError as error:
        return f"RuntimeError: {error}"
    return "installed"


JOBS = [
    *(local_synchronous, local_asynchronous, local_failing, local_canceled, local_looked_at_as_it_ends),
    *(remote, remote_in_trouble, remote_canceled, remote_canceled_too_late, remote_not_accepted),
    copies_of_a_status,
    group,
]


def scenarios(runtime: Any, original: bool) -> list[Callable[[Any], object]]:
    """Those that the installed version of Perceval can play."""
    chosen: list[Callable[[Any], object]] = [late] if original else [drop_in, *JOBS]
    chosen.append(described)
    if hasattr(runtime.RunningStatus, "merge_with_index"):
        chosen += [merged, copied] if original else [merged, copied, *executions.EXECUTIONS]
    if hasattr(runtime, "ExecutionStatus"):
        chosen += [archived, unarchived] if original else [archived, unarchived, executions.execution_group]
    return chosen


def main() -> None:
    original = sys.argv[1:2] == ["original"]
    if not original:
        install()
    perceval, results = import_module("perceval"), {}
    for scenario in scenarios(perceval.runtime, original):
        try:
            results[scenario.__name__] = scenario(perceval)
        except Exception:
            results[scenario.__name__] = traceback.format_exc()
    print(json.dumps(results))


if __name__ == "__main__":
    main()
