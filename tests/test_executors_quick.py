"""The future that makes its condition late: it is one of `concurrent.futures`, and wakes whoever waits, however close it gets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError, as_completed, wait

import pytest

from job_status.executors._quick import QuickFuture

ROUNDS = 300


def test_it_has_what_a_future_of_this_python_has() -> None:
    assert set(vars(Future())) == {"_condition", "_state", "_result", "_exception", "_waiters", "_done_callbacks"}
    future: QuickFuture[int] = QuickFuture()
    assert {name: type(value) for name, value in vars(Future()).items()} == {
        name: type(getattr(future, name)) for name in sorted(vars(Future()), key=lambda name: name != "_condition")
    }


def test_it_is_as_any_future_before_and_after() -> None:
    future: QuickFuture[int] = QuickFuture()
    assert (future.done(), future.running(), future.cancelled()) == (False, False, False)
    with pytest.raises(TimeoutError):
        future.result(0.0)
    future.set_result(7)
    assert (future.done(), future.result(), future.exception(), future.cancel()) == (True, 7, None, False)
    assert "state=finished returned int" in repr(future)
    with pytest.raises(InvalidStateError):
        future.set_result(8)
    failed: QuickFuture[int] = QuickFuture()
    failed.set_exception(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        failed.result()
    cancelled: QuickFuture[int] = QuickFuture()
    assert cancelled.cancel()
    assert cancelled.cancelled()


def test_what_nobody_waits_for_makes_no_condition() -> None:
    future: QuickFuture[int] = QuickFuture()
    future.set_result(7)
    assert future.result() == 7
    assert "_condition" not in vars(future)


def by_callback(future: Future[int]) -> object:
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    assert done.wait(60)
    return future.result()


WAITERS: dict[str, Callable[[Future[int]], object]] = {
    "result": lambda future: future.result(60),
    "exception": lambda future: future.exception(60) or 7,
    "wait": lambda future: wait([future], 60).done == {future} and 7,
    "as_completed": lambda future: next(as_completed([future], 60)).result(),
    "callback": by_callback,
}


@pytest.fixture
def turns() -> Iterator[threading.Barrier]:
    made = threading.Barrier(len(WAITERS) + 1)
    yield made
    made.abort()


def test_all_who_wait_are_woken_however_they_do_and_whoever_comes_first(turns: threading.Barrier) -> None:
    futures: list[QuickFuture[int]] = [QuickFuture() for _ in range(ROUNDS)]
    answers: dict[str, list[object]] = {name: [] for name in WAITERS}

    def work(name: str) -> None:
        for future in futures:
            turns.wait(60)
            answers[name].append(WAITERS[name](future))

    threads = [threading.Thread(target=work, args=(name,), daemon=True) for name in WAITERS]
    for thread in threads:
        thread.start()
    for future in futures:
        turns.wait(60)
        future.set_result(7)
    for thread in threads:
        thread.join(60)
    assert answers == {name: [7] * ROUNDS for name in WAITERS}
