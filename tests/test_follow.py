"""Following jobs that run elsewhere: beside a real HTTP server that answers late, twice, out of order, wrongly or not at all."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from job_status import Answer, JobGone, JobStatus, Lifecycle, RunningStatus, Transition, follow, follow_async, vocabularies
from tests.lifecycles.rq_jobs import RQ

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
QUICK: dict[str, Any] = {"pause": 0.002, "longest_pause": 0.01}
PERCEVAL = vocabularies.get("perceval")

#: how long the client waits for an answer, in seconds; an answer of `None` does not come before that
PATIENCE = 0.2


class Server:
    """A server on loopback that gives the answers of a script, one a question, and the last one from then on."""

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.asked = 0
        self.canceled = 0
        self.on_cancel: Callable[[], None] = lambda: None
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = server.script[min(server.asked, len(server.script) - 1)]
                server.asked += 1
                if answer is None:
                    time.sleep(2 * PATIENCE)
                    answer = 504
                self.answer(answer)

            def do_DELETE(self) -> None:
                server.canceled += 1
                self.answer(502 if server.canceled == 1 else {})
                if server.canceled > 1:
                    server.on_cancel()

            def answer(self, answer: Any) -> None:
                code, body = (answer, {}) if isinstance(answer, int) else (200, answer)
                try:
                    self.send_response(code)
                    self.end_headers()
                    self.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body).encode())
                except BrokenPipeError:  # the client did not wait for it
                    pass

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler

    def request(self, method: str = "GET") -> Any:
        url = f"http://127.0.0.1:{self.http.server_port}/jobs/17"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=PATIENCE) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise JobGone("404") from error
            raise

    def ask(self) -> Answer:
        found = self.request()
        return Answer(found.pop("status"), **found)

    async def ask_async(self) -> Answer:
        return await asyncio.to_thread(self.ask)

    async def cancel_async(self) -> None:
        await asyncio.to_thread(self.request, "DELETE")


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def word(status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, **more}


def path(job: JobStatus[Any]) -> list[str]:
    return [move.dest.name for move in job.history if not move.refused]


# -- answers


def test_a_job_is_followed_to_its_end(server: Server) -> None:
    server.script = [
        word("waiting"),
        word("running", started=1000.0, progress=0.25, phase="sampling"),
        word("running", progress=0.5, phase="sampling"),
        word("completed", created=900.0, duration=12.5),
    ]
    job = JobStatus(name="17")
    assert job.last_heard is None
    before = time.time()
    assert follow(job, server.ask, PERCEVAL, **QUICK) is True
    assert path(job) == ["RUNNING", "SUCCESS"]
    assert (job.creation_timestamp, job.start_timestamp, job.duration, job.completion_timestamp) == (900.0, 1000.0, 12.5, 1012.5)
    assert (job.progress, job.phase) == (1.0, "sampling")
    assert job.last_heard is not None
    assert before <= job.last_heard <= time.time()
    assert server.asked == 4
    assert JobStatus.from_dict(job.to_dict()).last_heard == job.last_heard


def test_an_end_is_an_end_whatever_the_server_says_after_it(server: Server) -> None:
    server.script = [word("running", at=10.0), word("error", mesg="out of memory", at=20.0), word("running", at=30.0)]
    job = JobStatus()
    assert follow(job, server.ask, PERCEVAL, **QUICK)
    assert follow(job, server.ask, PERCEVAL, **QUICK), "nobody is asked about a job that is over"
    assert (job.status, job.stop_message, server.asked) == (ERROR, "out of memory", 2)


def test_repeated_and_disordered_answers_by_a_clock_that_is_minutes_off(server: Server) -> None:
    late = time.time() - 300.0
    server.script = [
        word("running", at=late + 2.0),
        word("suspended", at=late + 8.0),
        word("running", at=late + 4.0),
        word("waiting", at=late + 1.0),
        word("suspended", at=late + 8.0),
        word("running", at=late + 9.0),
        word("completed", at=late + 12.0),
    ]
    job = JobStatus()
    assert follow(job, server.ask, PERCEVAL, **QUICK)
    assert path(job) == ["RUNNING", "SUSPENDED", "RUNNING", "SUCCESS"]
    assert job.duration == pytest.approx(10.0)
    assert job.suspended_time == pytest.approx(1.0)


def test_a_word_that_nobody_knows_is_unknown_and_the_job_goes_on(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.script = [word("running"), word("calibrating"), word("running"), word("canceled")]
    job = JobStatus()
    assert follow(job, server.ask, vocabularies.Vocabulary("mine", {RUNNING: "running", CANCELED: "canceled"}), **QUICK)
    assert path(job) == ["RUNNING", "UNKNOWN", "RUNNING", "CANCELED"]
    assert "vocabulary mine: 'calibrating' is taken as UNKNOWN" in caplog.text


def test_words_that_say_only_that_a_job_is_over(server: Server) -> None:
    server.script = [word("in_progress"), word("completed", outcome="timed_out")]
    job = JobStatus()
    assert follow(job, server.ask, vocabularies.get("github-actions"), **QUICK)
    assert job.status is ERROR


def test_statuses_of_ones_own(server: Server) -> None:
    server.script = [word("queued"), word("started"), word("started"), word("stopped")]
    job = JobStatus(lifecycle=RQ)
    assert follow(job, server.ask, vocabularies.get("rq"), **QUICK)
    assert (job.status.name, job.meaning) == ("CANCELED", CANCELED)
    words = iter(["started", "finished"])
    job = JobStatus(lifecycle=RQ)
    assert follow(job, lambda: RQ.enum(next(words)), **QUICK)
    assert path(job)[-2:] == ["STARTED", "FINISHED"]


# -- no answer


def test_a_failure_to_ask_is_no_status(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.script = [word("running"), 502, None, "no JSON", 502, word("completed")]
    job = JobStatus(name="17")
    heard: list[float | None] = []

    def ask() -> Answer:
        heard.append(job.last_heard)
        return server.ask()

    with caplog.at_level(logging.WARNING, "job_status"):
        assert follow(job, ask, PERCEVAL, **QUICK)
    assert path(job) == ["RUNNING", "SUCCESS"]
    assert heard[0] is None
    assert heard[1] is not None
    assert heard[1:] == [heard[1]] * 5, "it shows how stale the status is"
    messages = [message for message in caplog.messages if "could not be had" in message]
    assert len(messages) == 4
    assert messages[0] == "17: its status could not be had, 0 s after the last: HTTPError: HTTP Error 502: Bad Gateway"
    assert "timed out" in messages[1]
    assert "JSONDecodeError" in messages[2]


def test_a_job_of_which_nothing_is_heard_for_long_is_unknown_and_comes_back(server: Server) -> None:
    server.script = [word("running")]
    job = JobStatus()
    job.subscribe(lambda job, move: server.script.append(502) if move.dest is RUNNING and move.source is WAITING else None)

    def came_back(job: JobStatus, move: Any) -> None:
        if job.unknown:
            assert job.last_heard is not None
            server.script.append(word("completed"))

    job.subscribe(came_back)
    assert follow(job, server.ask, PERCEVAL, lost_after=0.1, **QUICK)
    assert path(job) == ["RUNNING", "UNKNOWN", "SUCCESS"]
    assert (job.history[1].mesg or "").startswith("no answer for")


def test_a_lifecycle_without_unknown_stays_where_it_is(server: Server) -> None:
    small = Lifecycle((
        Transition("start_run", WAITING, RUNNING), Transition("stop_run", RUNNING, SUCCESS), Transition("stop_run", RUNNING, ERROR),
    ))  # fmt: skip
    server.script = [word("running"), 502]
    job = JobStatus(lifecycle=small)
    assert follow(job, server.ask, PERCEVAL, lost_after=0.02, timeout=0.3, **QUICK) is False
    assert job.status is RUNNING
    own: JobStatus[Any] = JobStatus(lifecycle=RQ)
    assert follow(own, lambda: "calibrating", PERCEVAL, timeout=0.05, **QUICK) is False
    assert RQ.unknown is None
    assert own.status is RQ.initial
    server.script = [404]
    assert follow(job, server.ask, PERCEVAL, **QUICK) is False
    assert job.status is RUNNING


@pytest.mark.parametrize(
    ("gone", "end"), [(None, UNKNOWN), (ERROR, ERROR), (CANCELED, CANCELED)], ids=["unknown", "error", "canceled"]
)
def test_a_job_that_is_gone(server: Server, gone: RunningStatus | None, end: RunningStatus) -> None:
    server.script = [word("running"), 404]
    job = JobStatus()
    assert follow(job, server.ask, PERCEVAL, gone=gone, **QUICK) is (end is not UNKNOWN)
    assert (job.status, server.asked, job.history[-1].mesg) == (end, 2, "JobGone: 404")


def test_times_that_cannot_be_are_a_failure_that_loses_nothing(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.script = [word("running", started="noon"), word("running", progress=7.0), word("completed", duration=-1.0)]
    job = JobStatus()
    assert follow(job, server.ask, PERCEVAL, **QUICK)
    assert (job.status, job.start_timestamp, job.progress) == (SUCCESS, None, 1.0)
    for text in ("start_time must be a finite number", "progress must be a real number from 0 to 1", "duration must be at least 0"):
        assert text in caplog.text


# -- cancel


def test_a_cancel_is_passed_on_until_the_server_has_it_and_only_once(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.script = [word("running")]
    job = JobStatus()
    # The server goes on to say "running" for a while, as servers do.
    server.on_cancel = lambda: server.script.extend([word("running")] * 3 + [word("canceled")])
    job.subscribe(lambda job, move: job.request_cancel("enough", quiet=True) if move.dest is RUNNING else None)
    assert follow(job, server.ask, PERCEVAL, cancel=lambda: server.request("DELETE"), **QUICK)
    assert path(job) == ["RUNNING", "CANCEL_REQUESTED", "CANCELED"]
    assert server.canceled == 2, "the first request failed"
    assert "its cancel request could not be passed on, and will be again: HTTPError: HTTP Error 502" in caplog.text


def test_a_cancel_ends_the_pause(server: Server) -> None:
    server.script = [word("running")]
    server.canceled = 1  # so that the first request succeeds
    server.on_cancel = lambda: server.script.append(word("canceled"))
    job = JobStatus()
    follower = threading.Thread(
        target=lambda: follow(job, server.ask, PERCEVAL, cancel=lambda: server.request("DELETE"), pause=600.0, longest_pause=600.0),
        daemon=True,
    )
    follower.start()
    while not server.asked:
        time.sleep(0.001)
    while job.status is not RUNNING:
        time.sleep(0.001)
    job.request_cancel()
    follower.join(20.0)
    assert not follower.is_alive()
    assert job.status is CANCELED


# -- asyncio


def test_a_job_is_followed_without_blocking_the_loop(server: Server) -> None:
    server.script = [word("running"), 502, word("running")]
    server.canceled = 1
    server.on_cancel = lambda: server.script.append(word("canceled"))
    job = JobStatus()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while not job.completed:
            ticks += 1
            if server.asked == 3:
                job.request_cancel(quiet=True)
            await asyncio.sleep(0.001)

    async def main() -> bool:
        ticking = asyncio.create_task(tick())
        over = await follow_async(job, server.ask_async, PERCEVAL, cancel=server.cancel_async, **QUICK)
        await ticking
        return over

    assert asyncio.run(main()) is True
    assert path(job) == ["RUNNING", "CANCEL_REQUESTED", "CANCELED"]
    assert ticks > 3


def test_a_follower_that_is_canceled_leaves_the_job_alone(server: Server) -> None:
    server.script = [word("running")]
    job = JobStatus()

    async def main() -> None:
        following = asyncio.create_task(follow_async(job, server.ask_async, PERCEVAL, pause=600.0, longest_pause=600.0))
        while job.status is not RUNNING:
            await asyncio.sleep(0.001)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following

    asyncio.run(main())
    assert job.status is RUNNING
    assert not job._listeners


def test_a_follower_in_a_loop_gives_up_in_time_and_cancels_by_plain_functions() -> None:
    job = JobStatus()
    job.request_cancel()

    def fails() -> Any:
        raise OSError("no route")

    async def main() -> bool:
        return await follow_async(job, lambda: "running", PERCEVAL, cancel=fails, timeout=0.05, **QUICK)  # type: ignore[arg-type,return-value]

    assert asyncio.run(main()) is False
    assert job.status is CANCEL_REQUESTED


# -- pauses and arguments


def test_pauses_grow_while_nothing_changes_and_are_short_again_after_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(threading.Event, "wait", lambda self, timeout: pauses.append(timeout))
    words = iter(["waiting"] * 12 + ["running"] + ["running"] * 3 + ["completed"])
    assert follow(JobStatus(), lambda: next(words), PERCEVAL, pause=1.0, longest_pause=10.0)
    expected = [min(1.5**number, 10.0) for number in range(12)] + [min(1.5**number, 10.0) for number in range(4)]
    assert len(pauses) == len(expected)
    assert all(0.8 * wanted <= pause <= 1.2 * wanted for pause, wanted in zip(pauses, expected, strict=True))
    assert len(set(pauses)) == len(pauses), "each is a little longer or shorter by chance"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"pause": 0.0}, "pause must be more than 0 seconds, not 0.0"),
        ({"longest_pause": None}, "longest_pause must be more than 0 seconds, not None"),
        ({"timeout": -1.0}, "timeout must be more than 0 seconds, not -1.0"),
        ({"lost_after": float("nan")}, "lost_after must be a finite number"),
        ({"gone": RUNNING}, "a job that is gone is UNKNOWN (None) or ends in one of SUCCESS, ERROR, CANCELED, not in"),
        ({"gone": "error"}, "not in 'error'"),
    ],
)
def test_arguments_that_are_wrong(options: dict[str, Any], text: str) -> None:
    job = JobStatus()
    with pytest.raises(ValueError, match=r"must be|a job that is gone") as error:
        follow(job, lambda: "running", PERCEVAL, **options)
    assert text in str(error.value)
    assert not job._listeners
