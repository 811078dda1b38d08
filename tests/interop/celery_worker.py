"""A worker of Celery whose signals move a `JobStatus` for each task: `main()` prints what became of them.

It runs in a process of its own, since the signals of Celery and what it knows of revoked tasks are global. The broker and the
results are in memory.
"""

from __future__ import annotations

import json
from typing import Any

from celery import Celery, signals  # type: ignore[import-untyped]
from celery.contrib.testing.worker import start_worker  # type: ignore[import-untyped]

from job_status import JobStatus
from tests.lifecycles.celery_tasks import CELERY, S

# -- the glue: 30 lines at most

STATUSES: dict[str, JobStatus[S]] = {}


def published(headers: dict[str, Any], **_: Any) -> None:
    STATUSES.setdefault(headers["id"], JobStatus(lifecycle=CELERY, name=headers["id"]))  # a retry has the id of the first attempt


def received(request: Any, **_: Any) -> None:
    STATUSES[request.id].trigger("receive")


def started(task_id: str, **_: Any) -> None:
    STATUSES[task_id].start_run()


def retried(request: Any, reason: Any, **_: Any) -> None:
    STATUSES[request.id].trigger("retry", str(reason))


def succeeded(sender: Any, **_: Any) -> None:
    STATUSES[sender.request.id].stop_run(S.SUCCESS)


def failed(task_id: str, exception: BaseException, **_: Any) -> None:
    STATUSES[task_id].stop_run(S.FAILURE, f"{type(exception).__name__}: {exception}")


def revoked(request: Any, expired: bool, **_: Any) -> None:
    STATUSES[request.id].stop_run(S.REVOKED, "expired" if expired else "revoked by its user")


signals.before_task_publish.connect(published)
signals.task_received.connect(received)
signals.task_prerun.connect(started)
signals.task_retry.connect(retried)
signals.task_success.connect(succeeded)
signals.task_failure.connect(failed)
signals.task_revoked.connect(revoked)

# -- the tasks

APP = Celery("tracked", broker="memory://", backend="cache+memory://")
APP.conf.update(broker_transport_options={"polling_interval": 0.01}, worker_hijack_root_logger=False)


def add(one: int, other: int) -> int:
    return one + other


def divide(one: int, other: int) -> float:
    return one / other


def divide_by_more(task: Any, one: int) -> float:
    try:
        return one / int(task.request.retries)
    except ZeroDivisionError as error:
        raise task.retry(exc=error, countdown=0, max_retries=1) from error


def main() -> None:
    tasks = {task: APP.task(task, bind=task is divide_by_more) for task in (add, divide, divide_by_more)}
    with start_worker(APP, pool="solo", perform_ping_check=False, loglevel="CRITICAL"):
        # The order is passed on at once; the worker looks at it when the message arrives.
        APP.control.revoke("revoked", reply=True, limit=1, timeout=60)
        tasks[add].apply_async((2, 3), task_id="revoked")
        tasks[add].apply_async((2, 3), task_id="expired", expires=-1)
        tasks[divide].apply_async((1, 0), task_id="fails")
        tasks[divide_by_more].apply_async((1,), task_id="fails-once")
        tasks[add].apply_async((2, 3), task_id="succeeds")
        for status in STATUSES.values():
            assert status.wait(60), status
    print(json.dumps({name: status.to_dict() for name, status in STATUSES.items()}))
