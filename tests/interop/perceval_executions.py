"""What Perceval's executions do on our status: scenarios for `perceval_scenarios.py`, of the versions that have executions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from tests.interop.perceval_cloud import Cloud, running, running_cloud, stopped, waiting
from tests.interop.perceval_seen import look, said, seen

Work = Callable[[Callable[[float, str], object]], dict[str, Any]]


def execution(perceval: Any, *works: Work) -> Any:
    """An execution by a computer on this machine that does one piece of work for each of its computations."""
    left = iter(works)

    class Computer(perceval.runtime.SimulatedComputer):  # type: ignore[misc]
        def _execute_command(self, computation: Any, progress_callback: Any = None) -> dict[str, Any]:
            return next(left)(progress_callback)

        def __deepcopy__(self, memo: object) -> Any:
            return self

    computer = Computer("SLOS")
    return perceval.runtime.Execution(computation(perceval, computer, len(works)), computer)


def computation(perceval: Any, computer: Any, count: int = 1) -> Any:
    """A computation of samples behind a beam splitter, or as many as are wanted."""
    experiment = perceval.Experiment(perceval.BS())
    experiment.with_input(perceval.BasicState([1, 1]))
    experiment.min_detected_photons_filter(1)
    one = perceval.runtime.Computation(computer.get_command("sample_count"), experiment)
    one.add_params(500, max_shots=1000)
    if count == 1:
        return one
    several = perceval.runtime.ComputationIterator(one)
    for number in range(count):
        several.add_iteration(max_samples=500 + number)
    return several


def parts(done: Any) -> list[Any]:
    """The statuses of the parts of an execution that was launched, without a look at them."""
    return [getter._status for getters in done._getters for getter in getters]


def join(done: Any) -> None:
    for getters in done._getters:
        for getter in getters:
            getter._thread.join()


def sample(progress: Callable[[float, str], object]) -> dict[str, Any]:
    progress(0.25, "sampling")
    return {"results": "samples"}


def fail(progress: Callable[[float, str], object]) -> dict[str, Any]:
    progress(0.25, "sampling")
    raise ValueError("no photons")


# -- on this machine


def execution_simulated(perceval: Any) -> object:
    """As its users run it, by Perceval's own simulator."""
    computer = perceval.runtime.SimulatedComputer("SLOS")
    done = perceval.runtime.Execution(computation(perceval, computer), computer)
    results = done.execute_sync()
    return {**said(done), "samples": sum(results["results"].values())}


def execution_asynchronous(perceval: Any) -> object:
    done = execution(perceval, sample).execute_async()
    join(done)
    known = None not in look(done.status)[4:]
    return {**said(done), "results": done.get_results(), "parts": [seen(part) for part in parts(done)], "times known": known}


def execution_failing(perceval: Any) -> object:
    done = execution(perceval, fail)
    try:
        done.execute_sync()
    except ValueError as error:
        return {**said(done), "raised": str(error)}
    return said(done)


def execution_failing_asynchronously(perceval: Any) -> object:
    done = execution(perceval, fail).execute_async()
    join(done)
    return {**said(done), "parts": [seen(part) for part in parts(done)]}


def execution_canceled(perceval: Any) -> object:
    """Canceled by the answer to its first progress report, which it does not heed before its second."""

    def work(progress: Callable[[float, str], object]) -> dict[str, Any]:
        progress(0.25, "sampling")
        asked.extend(look(done.status)[:4])
        progress(0.5, "sampling")
        return {"results": "a part"}

    asked: list[object] = []
    done = execution(perceval, work)
    done.set_progress_callback(lambda progress, message: True)
    done.execute_sync()
    return {"asked": asked, **said(done)}


def execution_canceled_asynchronously(perceval: Any) -> object:
    """Canceled while it runs; its worker learns of it by the answer to its next progress report."""
    runs, may_go_on = Event(), Event()

    def work(progress: Callable[[float, str], object]) -> dict[str, Any]:
        progress(0.25, "sampling")
        runs.set()
        may_go_on.wait()
        progress(0.5, "sampling")
        return {"results": "a part"}

    done = execution(perceval, work).execute_async()
    runs.wait()
    done.cancel()
    canceled = look(done.status)
    may_go_on.set()
    join(done)
    return {**said(done), "canceled": canceled[:4], "parts": [seen(part) for part in parts(done)]}


def execution_of_several(perceval: Any) -> object:
    """Of three parts one fails while another runs: it goes on until all are over."""
    may_end = Event()

    def work(progress: Callable[[float, str], object]) -> dict[str, Any]:
        progress(0.5, "sampling")
        may_end.wait()
        return {"results": "samples"}

    done = execution(perceval, sample, fail, work).execute_async()
    for getters in done._getters[:2]:
        for getter in getters:
            getter._thread.join()
    while not parts(done)[2].progress:  # its thread reports it at once
        done._getters[2][0]._thread.join(0.001)
    before = [done.is_complete, done.is_failed, look(done.status)[:4]]
    may_end.set()
    join(done)
    return {**said(done), "before": before, "after": [done.is_complete, done.is_failed]}


# -- elsewhere


@contextmanager
def cloud(perceval: Any) -> Iterator[tuple[Cloud, Callable[[], Any]]]:
    """The server, and how to make an execution that is to be sent there."""
    runtime = perceval.runtime
    import_module("perceval.runtime.remote_computer")._RemoteGetter.STATUS_REFRESH_DELAY = -1  # so each look asks the server
    since_1_3 = hasattr(runtime, "ExecutionStatus")
    where = import_module("perceval.providers.quandela") if since_1_3 else runtime
    perceval.RemoteConfig.set_token("token")  # for what is read from a file

    with running_cloud() as server:
        computer = runtime.RemoteComputer(where.QuandelaCommunicationLayer("sim:test", "token", server.url))
        yield server, lambda: runtime.Execution(computation(perceval, computer), computer)


def remote_execution(perceval: Any) -> object:
    """Polled while it waits, runs and after it has completed, past a gateway that fails and a word that nobody knows."""
    looks: list[object] = []
    with cloud(perceval) as (server, new_execution):
        sent = new_execution().execute_async()
        for says in (waiting(), running(0.25), 502, 429, running(0.5, "dreaming"), running(0.75), stopped("completed")):
            server.says["job-1"] = says
            try:
                looks.append(look(sent.status))
            except OSError as error:  # the HTTPError of requests is one
                looks.append(type(error).__name__)
        return {**said(sent), "looks": looks, "results": sent.get_results()}


def remote_execution_failing(perceval: Any) -> object:
    """Seen only when it is over, with how far it came."""
    with cloud(perceval) as (server, new_execution):
        sent = new_execution().execute_async()
        server.says["job-1"] = {**running(0.75), **stopped("error", "no photons")}
        return {**said(sent), "look": look(sent.status)}


def remote_execution_canceled(perceval: Any) -> object:
    """Canceled by its user while it runs: the cloud has not noticed at first, then acknowledges, then ends it."""
    looks = []
    with cloud(perceval) as (server, new_execution):
        sent = new_execution().execute_async()
        server.says["job-1"] = running(0.25)
        sent.cancel()
        looks.append([sent._getters[0][0]._status(), sent._getters[0][0]._status.canceled])
        for says in (running(0.25), running(0.5, "cancel_requested"), stopped("canceled", "by order of the user")):
            server.says["job-1"] = says
            looks.append(look(sent.status))
        return {**said(sent), "looks": looks, "asked": server.canceled}


def execution_group(perceval: Any) -> object:
    """Three executions on the cloud and one not sent yet; what the group says of them, then, and read from its file again."""
    with cloud(perceval) as (server, new_execution), TemporaryDirectory() as folder:
        group = perceval.runtime.ExecutionGroup("a group", folder)
        for name in ("first", "second", "third", "unsent"):
            made = new_execution()
            made.name = name
            group.add(made)
        group.launch_async_executions(3)
        steps = [counted(group)]
        server.says |= {"job-1": running(0.5), "job-2": stopped("completed"), "job-3": stopped("error", "no photons")}
        steps.append(counted(group))
        read = perceval.runtime.ExecutionGroup("a group", folder)
        kept = [[each.name, type(each._status).__name__, *look(each._status)] for each in read.executions]
        server.says["job-1"] = stopped("completed")
        steps.append(counted(read))
        again = perceval.runtime.ExecutionGroup("a group", folder)
        return {"steps": steps, "kept": kept, "again": [each._status() for each in again.executions]}


def counted(group: Any) -> object:
    return {
        "progress": group.progress(),
        "successful": names(group.list_successful_executions()),
        "active": names(group.list_active_executions()),
        "unsuccessful": names(group.list_unsuccessful_executions()),
        "unsent": names(group.list_unsent_executions()),
    }


def names(executions: list[Any]) -> list[str]:
    return [each.name for each in executions]


EXECUTIONS = [
    *(execution_simulated, execution_asynchronous, execution_failing, execution_failing_asynchronously),
    *(execution_canceled, execution_canceled_asynchronously, execution_of_several),
    *(remote_execution, remote_execution_failing, remote_execution_canceled),
]
