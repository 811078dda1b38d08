"""A double of the Quandela cloud: a real HTTP server on loopback that answers as the cloud does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

#: when the cloud says that its jobs were created and started
CREATED, STARTED = 1_700_000_000.0, 1_700_000_060.0


class Cloud(ThreadingHTTPServer):
    """A server that answers as the Quandela cloud does, on a port of its own; what it says of a job is set from outside."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        #: what it says of each job, by its id; a number instead is the HTTP code of a failure
        self.says: dict[str, dict[str, object] | int] = {}
        self.canceled: list[str] = []
        self.accepts_jobs = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, path: str) -> tuple[int, dict[str, object]]:
        match path.split("/")[2:]:  # behind /api
            case ["job"] if self.accepts_jobs:
                job = f"job-{len(self.says) + 1}"
                self.says[job] = {"status": "waiting", "creation_datetime": CREATED}
                return 200, {"job_id": job}
            case ["job", "status", job]:
                says = self.says[job]
                return (says, {}) if isinstance(says, int) else (200, says)
            case ["job", "cancel", job]:
                self.canceled.append(job)
                return 200, {}
            case ["job", "rerun", job]:
                return 200, {"job_id": f"{job}-again"}
            case ["job", "result", _]:
                return 200, {"results": json.dumps({"results": {"a sample": 1}})}
            case ["jobs", "availability"]:
                return 200, {"max_jobs_in_queue": 100, "num_jobs_in_queue": 0}
            case ["platform", _]:
                commands = {"available_commands": ["probs", "sample_count"], "constraints": {}}
                return 200, {"status": "available", "type": "simulator", "specs": commands, "perfs": {}}
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


@contextmanager
def running_cloud() -> Iterator[Cloud]:
    with Cloud() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def waiting() -> dict[str, object]:
    return {"status": "waiting", "creation_datetime": CREATED}


def running(progress: float, word: str = "running") -> dict[str, object]:
    return {**waiting(), "status": word, "progress": progress, "progress_message": "sampling", "start_time": STARTED}


def stopped(word: str, message: str | None = None) -> dict[str, object]:
    return {**waiting(), "status": word, "status_message": message, "start_time": STARTED, "duration": 20}
