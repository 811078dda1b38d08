"""Processes that are killed while they move the jobs of a store, as often as asked: ten times in the tests, more in a soak."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from job_status import RunningStatus
from job_status.store import JobStore
from tests.store_audit import audited
from tests.store_crew import answers_in, busy_process, until
from tests.store_worker import REQUEUE
from tests.test_store_opening import restarted

__all__ = ["killed", "server_killed"]

#: so many processes are at work at the same time
AT_ONCE = 5


def killed(url: str, kills: int, seed: int = 0) -> Counter[str]:
    """Kill so many processes at random moments; assert that each time nothing is half done, and lost nothing that was acknowledged.

    Returns what was found after each, as `audited` does.
    """
    chance, found = random.Random(seed), Counter[str]()
    for left in range(kills, 0, -AT_ONCE):
        with TemporaryDirectory() as folder, ExitStack() as stack:
            files = [Path(folder, f"{left}.{one}") for one in range(min(AT_ONCE, left))]
            processes = [stack.enter_context(busy_process(url, file.name, file)) for file in files]
            for process, file in zip(processes, files, strict=True):
                until_grown([file], 1)
                time.sleep(0.1 * chance.random())  # a moment like any other
                process.kill()
                process.wait()
                with JobStore(url, REQUEUE) as store:
                    found += audited(store, answers_in(file), file.name)
        swept(url, None if left % 2 else "requeue")
    return found


def swept(url: str, trigger: str | None) -> None:
    """Assert that `reap` leaves nothing that lost workers were at."""
    with JobStore(url, REQUEUE) as store:
        for _ in range(3):  # it becomes UNKNOWN; it is ended or requeued; a cancel that nobody will acknowledge then is
            store.reap(stale_after=0.0, lost_after=0.0, trigger=trigger)
        assert store.count().keys() <= {RunningStatus.WAITING, *store.lifecycle.finals}


def server_killed(url: str, server: Any, kills: int, processes: int = 4) -> Counter[str]:
    """Kill the server so many times while processes move jobs; assert that they are answered clearly, and go on by themselves."""
    found: Counter[str] = Counter()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        files = [Path(folder, f"process {one}") for one in range(processes)]
        busy = [stack.enter_context(busy_process(url, file.name, file, timeout=5.0)) for file in files]
        for _ in range(kills):
            until_grown(files, 20)
            os.kill(server.get_pid(), signal.SIGKILL)
            until_grown(files, 1, "failed")
            restarted(server, url)
        until_grown(files, 20)
        for process in busy:
            process.kill()
            process.wait()
        with JobStore(url, REQUEUE) as store:
            for file in files:
                answers = answers_in(file)
                failures = [answer for answer in answers if answer[1] == "failed"]
                assert len(failures) >= kills
                assert all("the server cannot be reached, or went away" in str(failure[2]) for failure in failures)
                found += audited(store, [answer for answer in answers if answer not in failures], file.name)
                found["failures"] += len(failures)
    swept(url, None)
    return found


def until_grown(files: Iterable[Path], lines: int, kind: str = "yes") -> None:
    """Wait until each process has written so many more answers of a kind than it has by now."""
    for file, before in [(file, file.read_text().count(f'"{kind}"')) for file in files]:
        until(lambda file=file, before=before: file.read_text().count(f'"{kind}"') >= before + lines)  # type: ignore[misc]
