"""The two tables that the library must obey, typed by hand and executed cell by cell.

They are compared with what a job does, with what the `transitions.Machine` answers when it is fired, and with what the rows say:
three ways to the same cell, so that none of them can be wrong alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from transitions import MachineError

from job_status import JOB_LIFECYCLE, InvalidTransition, JobCompleted, JobStatus, Lifecycle, Observation, RunningStatus
from tests.facts import facts

TRANSITIONS = """
| status           | start_run | update_progress  | request_cancel   | suspend   | resume  | stop_run(SUCCESS) | stop_run(ERROR) | stop_run(CANCELED) |
| WAITING          | RUNNING   | RUNNING          | CANCEL_REQUESTED | -         | -       | -                 | ERROR           | CANCELED           |
| RUNNING          | -         | RUNNING          | CANCEL_REQUESTED | SUSPENDED | -       | SUCCESS           | ERROR           | CANCELED           |
| SUSPENDED        | -         | -                | CANCEL_REQUESTED | -         | RUNNING | -                 | ERROR           | CANCELED           |
| CANCEL_REQUESTED | -         | CANCEL_REQUESTED | -                | -         | -       | SUCCESS           | ERROR           | CANCELED           |
| UNKNOWN          | -         | RUNNING          | CANCEL_REQUESTED | -         | -       | SUCCESS           | ERROR           | CANCELED           |
| UNKNOWN (asked)  | -         | CANCEL_REQUESTED | -                | -         | -       | SUCCESS           | ERROR           | CANCELED           |
| SUCCESS          | -         | -                | -                | -         | -       | -                 | -               | -                  |
| ERROR            | -         | -                | -                | -         | -       | -                 | -               | -                  |
| CANCELED         | -         | -                | -                | -         | -       | -                 | -               | -                  |
"""  # noqa: E501

OBSERVATIONS = """
| known            | WAITING | RUNNING | SUSPENDED | CANCEL_REQUESTED | SUCCESS | ERROR | CANCELED | UNKNOWN |
| WAITING          | =       | >       | >         | >                | >       | >     | >        | >       |
| RUNNING          | <       | =       | > (t)     | >                | >       | >     | >        | >       |
| SUSPENDED        | <       | > (t)   | =         | >                | >       | >     | >        | >       |
| CANCEL_REQUESTED | <       | <       | <         | =                | >       | >     | >        | >       |
| SUCCESS          | <       | <       | <         | <                | =       | !     | !        | =       |
| ERROR            | <       | <       | <         | <                | !       | =     | !        | =       |
| CANCELED         | <       | <       | <         | <                | !       | !     | =        | =       |
"""
SIGNS = {
    "=": Observation.UNCHANGED,
    ">": Observation.MOVED,
    "<": Observation.STALE,
    "!": Observation.CONTRADICTORY,
}
LIVE = ("WAITING", "RUNNING", "SUSPENDED", "CANCEL_REQUESTED")
MACHINE = JOB_LIFECYCLE.machine


def cells(table: str) -> Iterator[tuple[str, str, str]]:
    head, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines())
    for status, *values in rows:
        for column, value in zip(head[1:], values, strict=True):
            yield status, column, value


def params(table: str, rows: tuple[str, ...] | None = None) -> list[object]:
    return [pytest.param(*cell, id=f"{cell[0]}-{cell[1]}") for cell in cells(table) if rows is None or cell[0] in rows]


def job_in(name: str) -> JobStatus:
    """A job in a row's status, come there by legal moves."""
    job = JobStatus()
    if name not in ("WAITING", "UNKNOWN"):
        job.start_run()
    if name == "SUSPENDED":
        job.suspend("halted")
    if name in ("CANCEL_REQUESTED", "UNKNOWN (asked)"):
        job.request_cancel("enough")
    if name.startswith("UNKNOWN"):
        job.observe(RunningStatus.UNKNOWN)
    if name in ("SUCCESS", "ERROR", "CANCELED"):
        job.update_progress(0.25, "half way to half way")
        job.stop_run(RunningStatus[name])
    assert str(job) == name.removesuffix(" (asked)")
    return job


def fire(job: JobStatus, column: str) -> bool:
    trigger, _, cause = column.rstrip(")").partition("(")
    if trigger == "stop_run":
        return job.stop_run(RunningStatus[cause])
    return job.update_progress(0.5) if trigger == "update_progress" else job.trigger(trigger)


def parsed(column: str) -> tuple[str, RunningStatus | None]:
    trigger, _, cause = column.rstrip(")").partition("(")
    return trigger, RunningStatus[cause] if cause else None


@pytest.mark.parametrize(("status", "column", "expected"), params(TRANSITIONS))
def test_a_job_does_what_its_cell_says(status: str, column: str, expected: str) -> None:
    job = job_in(status)
    before = job.to_dict()
    if expected != "-":
        assert job.can(*parsed(column))
        assert fire(job, column) is True
        assert str(job) == expected
        assert job.cancel_requested == (before["cancel_requested"] or expected == "CANCEL_REQUESTED")
        return
    assert not job.can(*parsed(column))
    with pytest.raises(InvalidTransition) as refusal:
        fire(job, column)
    assert isinstance(refusal.value, JobCompleted) == job.completed
    after = job.to_dict()
    *earlier, attempt = after.pop("history")
    assert earlier == before.pop("history")
    assert after == before, "a refused move changes nothing"
    assert (attempt["trigger"], attempt["source"], attempt["refused"]) == (parsed(column)[0], before["status"], True)


@pytest.mark.parametrize("status", dict.fromkeys(row for row, _, _ in cells(TRANSITIONS)))
def test_stop_run_for_cancel_requested_is_request_cancel(status: str) -> None:
    one, other = job_in(status), job_in(status)
    assert one.can("stop_run", RunningStatus.CANCEL_REQUESTED) == other.can("request_cancel")
    if one.can("request_cancel"):
        one.stop_run(RunningStatus.CANCEL_REQUESTED, "why")
        other.request_cancel("why")
        assert one.completion_timestamp is None
    else:
        with pytest.raises(InvalidTransition, match="request_cancel"):
            one.stop_run(RunningStatus.CANCEL_REQUESTED)
    assert (one.status, one.stop_message) == (other.status, other.stop_message)


class Probe:
    def __init__(self, state: RunningStatus) -> None:
        self.state = state


def fired(status: RunningStatus, trigger: str, cause: RunningStatus | None, cancel_requested: bool) -> RunningStatus | None:
    """What `transitions` itself does, dispatch and all."""
    probe = Probe(status)
    try:
        moved = MACHINE.events[trigger].trigger(probe, cause=cause, cancel_requested=cancel_requested)
    except MachineError:
        return None
    return probe.state if moved else None


@pytest.mark.parametrize(("status", "column", "expected"), params(TRANSITIONS))
def test_rows_machine_and_look_up_agree(status: str, column: str, expected: str) -> None:
    source, asked = RunningStatus[status.partition(" ")[0]], status.endswith("(asked)") or status == "CANCEL_REQUESTED"
    trigger, cause = parsed(column)
    by_table = None if expected == "-" else RunningStatus[expected]
    by_rows = [
        row.dest for row in JOB_LIFECYCLE.rows if row.trigger == trigger and row.source is source and row.holds(cause, asked)
    ]
    assert by_rows == ([] if by_table is None else [by_table])
    assert fired(source, trigger, cause, asked) is by_table
    assert JOB_LIFECYCLE.destination(trigger, source, cause, cancel_requested=asked) is by_table


def test_the_tables_have_every_status_and_every_column() -> None:
    names = set(RunningStatus.__members__)
    assert {row.partition(" ")[0] for row, _, _ in cells(TRANSITIONS)} == names
    assert {column for _, column, _ in cells(TRANSITIONS)} == set(JOB_LIFECYCLE.labels)
    assert {column for _, column, _ in cells(OBSERVATIONS)} == names
    assert {row for row, _, _ in cells(OBSERVATIONS)} == names - {"UNKNOWN"}


@pytest.mark.parametrize(("known", "observed", "sign"), params(OBSERVATIONS))
def test_a_report_is_judged_as_its_cell_says(known: str, observed: str, sign: str) -> None:
    job = job_in(known)
    before = facts(job)
    verdict = job.observe(RunningStatus[observed], "report")
    assert verdict is SIGNS[sign[0]]
    after = facts(job)
    if verdict is Observation.MOVED:
        assert str(job) == observed
        return
    assert str(job) == known
    if verdict is Observation.CONTRADICTORY:
        attempt = after["history"].pop()
        assert (attempt["trigger"], attempt["dest"], attempt["mesg"], attempt["refused"]) == ("observe", observed, "report", True)
    assert after == before


@pytest.mark.parametrize(("known", "observed", "sign"), params(OBSERVATIONS, rows=LIVE))
def test_under_unknown_a_report_is_judged_by_what_was_known_before(known: str, observed: str, sign: str) -> None:
    job = job_in(known)
    job.observe(RunningStatus.UNKNOWN)
    expected = SIGNS[sign[0]]
    if observed == "UNKNOWN":
        expected = Observation.UNCHANGED
    elif observed == known:
        expected = Observation.MOVED
    assert job.observe(RunningStatus[observed]) is expected
    assert str(job) == (observed if expected is Observation.MOVED else "UNKNOWN")


@pytest.mark.parametrize(("known", "observed", "sign"), params(OBSERVATIONS))
def test_an_older_report_is_stale_only_where_two_statuses_reach_each_other(known: str, observed: str, sign: str) -> None:
    job = job_in(known)
    job.observe(job.status, at=100.0)
    verdict = job.observe(RunningStatus[observed], at=99.0)
    overlays = observed == "UNKNOWN" and known in LIVE  # which what is known has overtaken
    assert verdict is (Observation.STALE if sign.endswith("(t)") or overlays else SIGNS[sign])


@pytest.mark.parametrize(("known", "observed"), [("RUNNING", "SUSPENDED"), ("SUSPENDED", "RUNNING")])
@pytest.mark.parametrize("at", [None, 101.0])
def test_a_report_that_is_not_older_is_taken(known: str, observed: str, at: float | None) -> None:
    job = job_in(known)
    job.observe(job.status, at=100.0)
    assert job.observe(RunningStatus[observed], at=at) is Observation.MOVED


@pytest.mark.parametrize("order", [("RUNNING", "SUSPENDED"), ("SUSPENDED", "RUNNING")])
def test_of_two_reports_with_one_time_the_status_further_on_counts(order: tuple[str, str]) -> None:
    job = JobStatus()
    for name in order:
        job.observe(RunningStatus[name], at=100.0)
    assert str(job) == "SUSPENDED"


def test_reachability_by_rows_and_by_firing_the_machine_agree() -> None:
    """The observation table is derived from this; here it is derived anew, once from the rows and once by walking the Machine."""
    triggers = [trigger for trigger in MACHINE.events if trigger != "observe"]
    causes = [None, *JOB_LIFECYCLE.finals]

    def by_machine(status: RunningStatus) -> set[RunningStatus]:
        found = {fired(status, trigger, cause, asked) for trigger in triggers for cause in causes for asked in (False, True)}
        return {dest for dest in found if dest is not None}

    def by_rows(status: RunningStatus) -> set[RunningStatus]:
        return {row.dest for row in JOB_LIFECYCLE.rows if row.source is status and row.trigger != "observe"}

    for status in RunningStatus:
        for step in (by_machine, by_rows):
            seen: set[RunningStatus] = set()
            todo = [status]
            while todo:
                new = step(todo.pop()) - seen
                seen |= new
                todo += new
            assert JOB_LIFECYCLE.reachable(status) == seen - {status}


def test_the_machine_knows_the_moves_of_observe_too() -> None:
    for status in RunningStatus:
        into = fired(status, "observe", RunningStatus.UNKNOWN, False)
        out = fired(RunningStatus.UNKNOWN, "observe", status, False)
        assert into is (RunningStatus.UNKNOWN if status.name in LIVE else None)
        assert out is (None if status is RunningStatus.UNKNOWN else status)


def test_no_job_is_a_model_of_the_machine() -> None:
    job = JobStatus()
    job.start_run()
    assert MACHINE.models == []


def test_final_statuses_have_no_way_out() -> None:
    for final in (RunningStatus.SUCCESS, RunningStatus.ERROR, RunningStatus.CANCELED):
        assert JOB_LIFECYCLE.triggers(final) == ()
        assert JOB_LIFECYCLE.reachable(final) == set()
        assert MACHINE.get_transitions(source=final) == []
        assert MACHINE.get_state(final).final
    assert JOB_LIFECYCLE.finals == (RunningStatus.SUCCESS, RunningStatus.ERROR, RunningStatus.CANCELED)


def test_an_extended_lifecycle_obeys_its_own_table() -> None:
    from job_status import Transition

    extended: Lifecycle = JOB_LIFECYCLE.extend(Transition("requeue", RunningStatus.RUNNING, RunningStatus.WAITING))
    for status, column, expected in cells(TRANSITIONS):
        source, asked = RunningStatus[status.partition(" ")[0]], status.endswith("(asked)")
        got = extended.destination(parsed(column)[0], source, parsed(column)[1], cancel_requested=asked)
        assert (got.name if got else "-") == expected
    # WAITING and RUNNING reach each other now, and yet a late report of WAITING is of the time before the start.
    job = JobStatus(lifecycle=extended)
    job.start_run()
    assert job.observe(RunningStatus.WAITING) is Observation.STALE
    assert job.observe(RunningStatus.WAITING, attempt=2) is Observation.MOVED
