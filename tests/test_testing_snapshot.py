"""What a snapshot sees of an object, what it does not, and how a failure shows what changed."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from array import array
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from transitions import Machine

from job_status import JOB_LIFECYCLE, InvalidTransition, JobStatus, Observation, RunningStatus
from job_status.testing import assert_invariants, check_document, races, snapshot
from job_status.testing._snapshot import LEVELS, MOST, MOST_BYTES, MOST_SHOWN

TABLE = (Path(__file__).parent / "job_lifecycle.transitions.md").read_text(encoding="utf-8")


class Slotted:
    __slots__ = ("__hidden", "count", "unset")

    def __init__(self) -> None:
        self.count = 0
        self.__hidden = [0]

    def change(self) -> None:
        self.__hidden[0] += 1


@dataclass
class Lease:
    owner: str = "nobody"
    tries: list[int] = field(default_factory=list)


class Worker:
    def __init__(self) -> None:
        self.lease = Lease()
        self.by_name = {"slot": Slotted()}


class Log(list[str]):
    """A container with attributes as well."""

    level = 0


class Marker(Enum):
    A = 1
    B = 2


class Parts:
    """All that a job class may keep beside its status."""

    def __init__(self) -> None:
        self.text = "a"
        self.queue = deque(["a"])
        self.names = {"a"}
        self.frozen = frozenset("a")
        self.counts = Counter("a")
        self.order = OrderedDict(a=1)
        self.nested: dict[str, Any] = {"tries": [0, (1, [2])]}
        self.log = Log(["a"])
        self.data = bytearray(b"a")
        self.numbers = array("d", [1.0])
        self.text_file = StringIO("a")
        self.when = datetime(2026, 1, 1, tzinfo=UTC)
        self.where = Path("a")
        self.lock = threading.Lock()
        self.marker = Marker.A
        self.error = ValueError("a")
        self.slotted = Slotted()
        self.lease = Lease()
        self.worker = Worker()
        self.call: Callable[[], object] = self.names.clear
        self.job = JobStatus()
        self.me = self
        self.more = [self.log, self]


CHANGES: dict[str, tuple[Callable[[Parts], object], str]] = {
    "text": (lambda parts: setattr(parts, "text", "b"), "text: 'a' -> 'b'"),
    "deque": (lambda parts: parts.queue.append("b"), "queue[1]: nothing -> 'b'"),
    "rotated deque": (lambda parts: parts.queue.appendleft("b"), "queue[0]: 'a' -> 'b'"),
    "set": (lambda parts: parts.names.add("b"), "names{'b'}: nothing -> 'b'"),
    "frozenset": (lambda parts: setattr(parts, "frozen", frozenset()), "frozen{'a'}: 'a' -> nothing"),
    "counter": (lambda parts: parts.counts.update("a"), "counts['a']: 1 -> 2"),
    "ordered dict": (lambda parts: parts.order.pop("a"), "order['a']: 1 -> nothing"),
    "deep in containers": (lambda parts: parts.nested["tries"][1][1].append(3), "nested['tries'][1][1][1]: nothing -> 3"),
    "attribute of a list": (lambda parts: setattr(parts.log, "level", 1), "log.level: nothing -> 1"),
    "bytearray": (lambda parts: parts.data.append(0), r"data: bytearray(b'a') -> bytearray(b'a\x00')"),
    "array": (lambda parts: parts.numbers.append(2.0), "numbers: array('d', [1.0]) -> array('d', [1.0, 2.0])"),
    "file of text": (lambda parts: parts.text_file.write("b"), "text_file: <_io.StringIO "),
    "datetime": (lambda parts: setattr(parts, "when", datetime(2027, 1, 1, tzinfo=UTC)), "when: datetime.datetime(2026, 1, 1"),
    "path": (lambda parts: setattr(parts, "where", Path("b")), "where: PosixPath('a') -> PosixPath('b')"),
    "lock": (lambda parts: parts.lock.acquire(), "lock: '<unlocked _thread.lock"),
    "enum": (lambda parts: setattr(parts, "marker", Marker.B), "marker: Marker.A -> Marker.B"),
    "exception": (lambda parts: setattr(parts.error, "args", ("b",)), "error.args[0]: 'a' -> 'b'"),
    "slot": (lambda parts: setattr(parts.slotted, "count", 1), "slotted.count: 0 -> 1"),
    "slot set for the first time": (lambda parts: setattr(parts.slotted, "unset", 1), "slotted.unset: nothing -> 1"),
    "private slot": (lambda parts: parts.slotted.change(), "slotted._Slotted__hidden[0]: 0 -> 1"),
    "dataclass one level down": (lambda parts: setattr(parts.lease, "owner", "me"), "lease.owner: 'nobody' -> 'me'"),
    "list one level down": (lambda parts: parts.lease.tries.append(1), "lease.tries[0]: nothing -> 1"),
    "two levels down": (lambda parts: parts.worker.lease.tries.append(1), "worker.lease.tries[0]: nothing -> 1"),
    "two levels down, in a dict": (
        lambda parts: setattr(parts.worker.by_name["slot"], "count", 1),
        "worker.by_name['slot'].count: 0 -> 1",
    ),
    "another object": (lambda parts: setattr(parts, "call", parts.names.copy), "call: <"),
    "another class": (lambda parts: setattr(parts, "lease", [parts.lease]), "lease: Lease -> list"),
    "job": (lambda parts: parts.job.start_run(), "job.status: 'WAITING' -> 'RUNNING'"),
    "report of a job": (lambda parts: parts.job.start_run() and parts.job.update_progress(0.5), "job.progress: 0.0 -> 0.5"),
    "no longer the same": (lambda parts: setattr(parts, "more", [Log(["a"]), parts]), "more[0]: the same as log -> Log"),
}


@pytest.mark.parametrize(("change", "line"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen_and_shown(change: Callable[[Parts], object], line: str) -> None:
    parts = Parts()
    before = snapshot(parts)
    assert before == snapshot(parts)
    assert before.changes(snapshot(parts)) == []
    change(parts)
    after = snapshot(parts)
    assert before != after
    assert any(shown.startswith(line) for shown in before.changes(after)), before.changes(after)


def test_what_is_the_same_in_another_object_is_no_change() -> None:
    parts = Parts()
    before = snapshot(parts)
    parts.lease, parts.nested, parts.queue = Lease(), {"tries": [0, (1, [2])]}, deque(["a"])
    parts.data, parts.error = bytearray(b"a"), ValueError("a")
    assert snapshot(parts) == before


def test_a_refused_attempt_is_no_change_of_a_job() -> None:
    job = JobStatus()
    before = snapshot(job)
    with suppress(InvalidTransition):
        job.resume()
    assert job.history[0].refused
    assert snapshot(job) == before
    assert job.observe(RunningStatus.WAITING) is Observation.UNCHANGED
    assert job.last_heard is not None
    assert snapshot(job) == before


def endless() -> Iterator[int]:
    yield 1


def test_what_cannot_be_seen_is_named(tmp_path: Path) -> None:
    class Blind:
        def __init__(self) -> None:
            self.count = 0
            self.steps = endless()
            self.deep = Worker()
            self.deep.lease.owner = Worker()  # type: ignore[assignment]
            self.large = bytearray(MOST_BYTES)

    with (tmp_path / "file").open("w") as file:
        blind = Blind()
        blind.file = file  # type: ignore[attr-defined]
        found = snapshot(blind)
    assert found.unseen == {
        "steps": "generator",
        "large": f"{blind.large.__sizeof__():,} bytes",
        "file": "TextIOWrapper",
        "deep.lease.owner": f"more than {LEVELS - 1} objects down",
    }
    assert found.notes()[0].startswith("not compared: ")
    assert "steps (generator)" in str(found)
    before = snapshot(blind)
    next(blind.steps)
    assert snapshot(blind) == before
    blind.steps = endless()
    assert snapshot(blind) != before  # another one, that is seen


def test_the_cost_is_bounded_and_what_is_near_comes_first() -> None:
    class Big:
        def __init__(self) -> None:
            self.numbers = list(range(MOST * 3))
            self.count = 0

    big = Big()
    found = snapshot(big)
    assert len(found.values) == MOST + 1
    assert list(found.values)[:3] == ["numbers", "count", "numbers[0]"]
    assert list(found.unseen.values()) == [f"nor what follows: {MOST:,} values are enough"]
    big.count = 1
    assert found.changes(snapshot(big)) == ["count: 0 -> 1"]


def test_few_of_many_differences_are_shown() -> None:
    before = snapshot([0] * 50)
    lines = before.changes(snapshot([1] * 50))
    assert lines[0] == "[0]: 0 -> 1"
    assert len(lines) == MOST_SHOWN + 1
    assert lines[-1] == "and 40 more"


def test_what_changes_by_being_used_is_no_state() -> None:
    loop = asyncio.new_event_loop()

    class Using:
        def __init__(self) -> None:
            self.loop = loop
            self.logger = logging.getLogger(f"{__name__}.unused")
            self.path = Path("a/b")
            self.ref = weakref.ref(loop)
            self.marker = object()

        def use(self) -> None:
            self.logger.debug("unseen")
            self.loop.call_soon(str)
            hash(self.path)

    try:
        using = Using()
        before = snapshot(using)
        assert before.unseen == {}
        using.use()
        assert snapshot(using) == before
        using.marker = object()
        assert snapshot(using) != before
    finally:
        loop.close()


def test_values_of_any_kind_and_keys_that_look_alike() -> None:
    assert snapshot(3) == snapshot(3)
    assert snapshot(3).changes(snapshot(4)) == ["it: 3 -> 4"]
    assert snapshot(object()) != snapshot(object())
    long = "x" * 500
    before = snapshot({f"{long}1{long}": 1, f"{long}2{long}": 2})
    assert len(before.values) == 2
    assert before != snapshot({f"{long}1{long}": 1, f"{long}2{long}": 3})
    assert before.__eq__(3) is NotImplemented


def test_a_machine_that_is_its_own_model_has_its_state() -> None:
    class Own(Machine):
        def __init__(self) -> None:
            self.asked: list[int] = []
            super().__init__(states=["a", "b"], initial="a", transitions=[["go", "a", "b"]])

    own = Own()
    before = snapshot(own)
    own.asked.append(1)
    own.go()
    assert before.changes(snapshot(own)) == ["state: 'a' -> 'b'", "asked[0]: nothing -> 1"]


# -- in the kit


class Careless:
    """It has a status, and remembers a refusal in an object of its own."""

    def __init__(self) -> None:
        self.status = JobStatus()
        self.worker = Worker()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.status, name)

    def resume(self) -> None:
        try:
            self.status.resume()
        except InvalidTransition:
            self.worker.lease.tries.append(1)
            raise


def test_a_refusal_that_changes_an_object_two_levels_down_is_a_failure_that_shows_it() -> None:
    failures = check_document(TABLE, JOB_LIFECYCLE, Careless)
    assert failures[0].splitlines()[:2] == ["expected -, got - and a change", "  worker.lease.tries[0]: nothing -> 1"]
    assert all("before" not in failure for failure in failures)
    with pytest.raises(AssertionError, match="resume"):
        assert_invariants(races(JOB_LIFECYCLE, ["resume"], ["start_run"], factory=Careless))
