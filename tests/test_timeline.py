"""Jobs on a time axis: what stands where, what is not known, and that nothing is invented."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.dom import minidom
from xml.dom.minidom import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from job_status import JOB_LIFECYCLE, InvalidTransition, JobGroup, JobStatus, RunningStatus, Transition
from job_status._source import definition
from job_status.diagrams import _timeline as drawn
from job_status.diagrams import render
from job_status.diagrams._axis import Axis, _step, lasting
from job_status.diagrams._gallery import traced_job
from job_status.diagrams._stays import in_order, life
from job_status.diagrams._trace import trace
from tests.drawables import OWN, S
from tests.test_diagrams_browser import CHROMIUM, probed

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
START = 1_750_000_000.0  # 2025-06-15 15:06:40 UTC
Reports = Sequence[tuple[RunningStatus, float | None]]


def reported(reports: Reports, name: str | None = None, created: float = 0.0) -> JobStatus:
    """A job created at START, of which a server reported where it was, some seconds later or at a time that it does not tell."""
    job = JobStatus(name=name)
    job.update_times(START + created)
    for status, at in reports:
        job.observe(status, at=None if at is None else START + at)
    return job


LIFE: Reports = ((RUNNING, 10.0), (SUSPENDED, 20.0), (RUNNING, 50.0), (SUCCESS, 100.0))


def of_job(job: JobStatus[Any], now: float = 0.0, title: str | None = None) -> str:
    return drawn.of_job(life(job, START + now), START + now, title)


def of_jobs(jobs: Sequence[JobStatus[Any]], now: float = 0.0) -> str:
    return drawn.of_jobs([life(job, START + now) for job in jobs], START + now, "jobs over time")


class Picture:
    """An SVG of ours, read again."""

    def __init__(self, text: str) -> None:
        root = minidom.parseString(text.encode()).documentElement
        assert root is not None
        self.root: Element = root
        marks = [text for group in self.groups("axis") for text in group.getElementsByTagName("text")]
        self.marks = [(said(mark), float(mark.getAttribute("x"))) for mark in marks]

    def groups(self, kind: str) -> list[Element]:
        return [group for group in self.root.getElementsByTagName("g") if kind in group.getAttribute("class").split()]

    def texts(self, kind: str) -> list[str]:
        return [said(text) for text in self.root.getElementsByTagName("text") if text.getAttribute("class") == kind]

    def boxes(self, *kinds: str) -> list[tuple[float, float, float, float]]:
        """Where texts of these kinds are: from left to right, from top to bottom."""
        found = []
        for text in self.root.getElementsByTagName("text"):
            x, y, size = (float(text.getAttribute(name)) for name in ("x", "y", "font-size"))
            length = float(text.getAttribute("textLength") or 0.0)
            left = {"start": x, "middle": x - length / 2, "end": x - length}[text.getAttribute("text-anchor")]
            if text.getAttribute("class") in kinds:
                found.append((left, left + length, y - 0.7 * size, y + 0.2 * size))
        return found

    def seconds(self, x: float) -> float:
        """Which time lies there, by two marks of the axis: one that says "0 s", and another that says so many s."""
        (_, left), (text, right) = self.marks[0], self.marks[-1]
        return (x - left) / (right - left) * in_seconds(text)

    def stays(self) -> list[tuple[str, str, float, float]]:
        """What is painted how, from when to when."""
        found = []
        for group in self.groups("stay"):
            start, end = reach(group)
            status = " ".join(group.getAttribute("data-status").split("\n"))
            found.append((status, kinds(group), round(self.seconds(start), 1), round(self.seconds(end), 1)))
        return found


def in_seconds(text: str) -> float:
    units = {"s": 1, "min": 60, "h": 3600, "d": 86400}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+) (\w+)", text))


def said(element: Element) -> str:
    assert element.firstChild is not None
    return str(element.firstChild.data)  # type: ignore[union-attr]


def kinds(group: Element) -> str:
    return str(group.getAttribute("class")).removeprefix("stay ")


def title(group: Element) -> str:
    return said(group.getElementsByTagName("title")[0])


def reach(group: Element) -> tuple[float, float]:
    """From where to where a stay is drawn; a sign is drawn just after its time."""
    bars = group.getElementsByTagName("rect")
    if bars:
        x = float(bars[0].getAttribute("x"))
        return x, x + float(bars[0].getAttribute("width"))
    [sign] = [path for path in group.getElementsByTagName("path") if path.getAttribute("class") == "sign"]
    x = float(re.findall(r"[\d.]+", sign.getAttribute("transform"))[0]) - 3
    return x, x


# -- of one job


def test_a_job_stays_in_each_status_for_its_time() -> None:
    picture = Picture(of_job(reported(LIFE)))
    assert picture.marks[0][0] == "0 s"
    assert picture.stays() == [
        ("WAITING", "waiting", 0.0, 10.0),
        ("RUNNING", "running", 10.0, 20.0),
        ("RUNNING", "running", 50.0, 100.0),
        ("SUSPENDED", "halted", 20.0, 50.0),
        ("SUCCESS", "success", 100.0, 100.0),
    ]
    assert picture.texts("label") == ["WAITING", "RUNNING", "SUSPENDED", "SUCCESS"]
    assert picture.texts("note") == [
        *(mark for mark, _ in picture.marks), "10 s", "1 min", "30 s", "The axis begins at 2025-06-15 15:06:40 UTC.",
    ]  # fmt: skip
    assert picture.texts("inside") == ["10 s", "50 s"]
    assert [title(group) for group in picture.groups("stay")][1:4:2] == [
        "RUNNING: 10 s, from 2025-06-15 15:06:50 UTC to 2025-06-15 15:07:00 UTC",
        "SUSPENDED: 30 s, from 2025-06-15 15:07:00 UTC to 2025-06-15 15:07:30 UTC",
    ]
    assert title(picture.groups("success")[0]) == "SUCCESS: at 2025-06-15 15:08:20 UTC"


def test_a_line_leads_from_row_to_row_at_each_move() -> None:
    picture = Picture(of_job(reported(LIFE)))
    steps = [path.getAttribute("d") for path in picture.root.getElementsByTagName("path") if path.getAttribute("class") == "step"]
    assert [round(picture.seconds(float(re.findall(r"[\d.]+", step)[0]))) for step in steps] == [10, 20, 50, 100]


def test_a_refused_attempt_is_a_mark() -> None:
    picture = Picture(of_job(traced_job()))
    [mark] = [group for group in picture.groups("refusal") if "key" not in group.getAttribute("class")]
    assert (mark.getAttribute("data-status"), mark.getAttribute("data-trigger")) == ("RUNNING", "start_run")
    assert title(mark) == "Refused while RUNNING: start_run, at 2025-06-15 15:18:11 UTC"
    [cross] = mark.getElementsByTagName("path")
    x = float(re.findall(r"[\d.]+", cross.getAttribute("d"))[0]) + 4.5
    assert picture.seconds(x) == pytest.approx(691.0, abs=1.0)
    assert "a refused attempt" in picture.texts("note")


def test_a_refused_attempt_at_an_unknown_time_is_said_to_be_missing() -> None:
    data = reported(LIFE).to_dict()
    refusal = {"trigger": "resume", "source": "SUCCESS", "dest": "SUCCESS", "timestamp": None, "mesg": None, "inferred": False,
               "refused": True}  # fmt: skip
    one = JobStatus.from_dict(data | {"history": [*data["history"], refusal]})
    two = JobStatus.from_dict(data | {"history": [*data["history"], refusal, refusal]})
    assert Picture(of_job(one)).groups("refusal") == []
    assert "1 refused attempt is not shown, as nobody knows when." in Picture(of_job(one)).texts("note")
    assert "2 refused attempts are not shown, as nobody knows when." in Picture(of_job(two)).texts("note")


def test_a_job_that_goes_on_is_drawn_up_to_now() -> None:
    picture = Picture(of_job(reported([(RUNNING, 30.0)]), now=90.0))
    assert picture.stays() == [("WAITING", "waiting", 0.0, 30.0), ("RUNNING", "running", 30.0, 90.0)]
    assert title(picture.groups("running")[0]) == "RUNNING: 1 min, since 2025-06-15 15:07:10 UTC"
    assert "What goes on at 2025-06-15 15:08:10 UTC ends in an arrow head." in picture.texts("note")
    onward = [path for path in picture.root.getElementsByTagName("path") if path.getAttribute("class") == "onward"]
    assert len(onward) == 1
    late = Picture(of_job(reported([(RUNNING, 30.0), (SUSPENDED, 60.0)]), now=-1000.0))  # by the clock of another machine
    assert late.stays()[-1] == ("SUSPENDED", "halted", 60.0, 60.1)


def test_a_job_that_was_just_created() -> None:
    picture = Picture(of_job(JobStatus.from_dict(reported([]).to_dict())))
    assert [mark for mark, _ in picture.marks] == ["0 s"]
    assert [group.getAttribute("data-status") for group in picture.groups("stay")] == ["WAITING"]


# -- what is not known


def test_moves_at_unknown_times_leave_a_gap() -> None:
    """It was seen WAITING and then to have succeeded: when it ran, nobody knows."""
    job = reported([(SUCCESS, 60.0)])
    assert Picture(of_job(job)).stays() == [
        ("WAITING", "gap", 0.0, 60.0),
        ("RUNNING", "gap", 0.0, 60.0),
        ("SUCCESS", "success", 60.0, 60.0),
    ]
    picture = Picture(of_jobs([job]))
    assert picture.stays() == [("WAITING RUNNING", "gap", 0.0, 60.0), ("SUCCESS", "success", 60.0, 60.0)]
    assert picture.texts("inside") == ["? WAITING → RUNNING"]
    assert title(picture.groups("gap")[0]) == (
        "WAITING, then RUNNING: nobody knows when, between 2025-06-15 15:06:40 UTC and 2025-06-15 15:07:40 UTC"
    )
    assert picture.texts("note")[-3:] == ["SUCCESS", "nobody knows when", "The axis begins at 2025-06-15 15:06:40 UTC."]


def test_an_end_at_an_unknown_time_lies_beyond_the_axis() -> None:
    jobs = [reported([(RUNNING, 30.0), (ERROR, None)]), reported(LIFE)]
    picture = Picture(of_jobs(jobs))
    [running, error] = picture.groups("stay")[1:3][0], picture.groups("error")[0]
    assert running is error, "both in one gap, which ends with the sign"
    assert running.getAttribute("data-status") == "RUNNING\nERROR"
    start, end = reach(running)
    assert picture.seconds(start) == pytest.approx(30.0, abs=0.1)
    assert picture.seconds(end) > 100.0
    assert title(running).endswith("between 2025-06-15 15:07:10 UTC and an unknown time")
    assert "time unknown" in Picture(of_job(jobs[0])).texts("note")


def test_a_job_of_which_no_time_is_known_has_no_axis() -> None:
    job = reported([])
    for _ in range(40):
        job.observe(RUNNING)
        job.observe(UNKNOWN)
    job.observe(SUCCESS)
    picture = Picture(of_job(job))
    assert next((kind, start < 0) for _, kind, start, _ in Picture(of_jobs([job, reported(LIFE)])).stays()) == (
        "gap success",
        True,
    )
    assert {kinds(group).split()[0] for group in picture.groups("stay")} == {"gap"}
    assert not any(note.startswith("The axis begins") for note in picture.texts("note"))
    assert [mark for mark, _ in picture.marks] == ["0 s"]


def test_where_the_beginning_is_forgotten_it_is_unknown() -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING)))
    job.update_times(START)
    for number in range(1, 200):
        job.observe((SUSPENDED, RUNNING)[number % 2], at=START + number)
    picture = Picture(of_jobs([job, reported(LIFE)], now=300.0))
    first = picture.groups("stay")[0]
    assert first.getAttribute("class") == "stay gap"
    assert reach(first)[0] < picture.marks[0][1]
    assert all(right < reach(first)[0] for _, right, _, _ in picture.boxes("label"))
    assert "between an unknown time and" in title(first)


def test_what_nobody_saw_of_no_time_at_all_is_no_gap() -> None:
    picture = Picture(of_job(reported([(RUNNING, None), (SUSPENDED, 0.0), (RUNNING, 50.0)]), now=60.0))
    assert picture.stays()[:2] == [("WAITING", "waiting", 0.0, 0.1), ("RUNNING", "running", 0.0, 0.1)]


def test_a_job_that_was_seen_as_it_was_created_has_no_known_start() -> None:
    job = reported([(RUNNING, None)])
    assert [stay.certain for stay in life(job, START).stays] == [False, False]
    assert trace(job, definition(JOB_LIFECYCLE)).times == {"WAITING": "time unknown", "RUNNING": "since an unknown time"}


def test_a_job_that_came_back_to_its_first_status_may_have_been_there_before() -> None:
    job = JobStatus(lifecycle=JOB_LIFECYCLE.extend(Transition("requeue", RUNNING, WAITING)))
    for _ in range(64):
        job.start_run()
        job.trigger("requeue")
    assert job.history[0].source is WAITING
    assert Picture(of_jobs([job])).groups("stay")[0].getAttribute("class") == "stay gap"


def test_a_job_that_was_first_seen_elsewhere_was_created_before() -> None:
    data = reported([(RUNNING, 10.0), (SUSPENDED, 20.0)]).to_dict()
    job = JobStatus.from_dict(data | {"history": data["history"][1:]})
    assert title(Picture(of_jobs([job])).groups("stay")[0]).startswith("RUNNING: nobody knows when, between an unknown time and")


def test_what_a_server_states_later_fills_in_what_nobody_saw() -> None:
    job = reported([(RUNNING, None), (SUCCESS, None)])
    picture = Picture(of_job(job))
    assert [kinds(group) for group in picture.groups("stay")] == ["gap", "gap", "gap success"]
    assert picture.texts("note")[-1] == "The axis begins at 2025-06-15 15:06:40 UTC."
    job.update_times(start_time=START + 20.0, duration=40.0)
    assert Picture(of_job(job)).stays() == [
        ("WAITING", "waiting", 0.0, 20.0),
        ("RUNNING", "running", 20.0, 60.0),
        ("SUCCESS", "success", 60.0, 60.0),
    ]


def test_times_by_clocks_that_contradict_each_other_are_unknown() -> None:
    """It was created, by our clock, after the server saw it run."""
    job = reported([(RUNNING, -5.0), (SUSPENDED, 40.0), (RUNNING, 50.0)])
    picture = Picture(of_job(job, now=60.0))
    assert [(kinds(group), title(group)) for group in picture.groups("stay")][:2] == [
        ("gap", "WAITING: nobody knows when, between an unknown time and 2025-06-15 15:06:35 UTC"),
        ("running", "RUNNING: 45 s, from 2025-06-15 15:06:35 UTC to 2025-06-15 15:07:20 UTC"),
    ]
    assert reach(picture.groups("stay")[0])[0] < picture.marks[0][1]


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        ([], []),
        ([None], [None]),
        ([1.0, 2.0, 2.0, 3.0], [1.0, 2.0, 2.0, 3.0]),
        ([1.0, None, 2.0], [1.0, None, 2.0]),
        ([2.0, 1.0], [None, 1.0]),
        ([1.0, 9.0, 2.0, 3.0], [1.0, None, 2.0, 3.0]),
        ([1.0, 2.0, 3.0, 0.0], [1.0, 2.0, 3.0, None]),
        ([5.0, None, 1.0, 2.0, 6.0, 3.0], [None, None, 1.0, 2.0, None, 3.0]),
    ],
)
def test_the_fewest_times_are_left_out_that_contradict_the_others(times: list[float | None], kept: list[float | None]) -> None:
    assert in_order(times) == kept


def test_a_live_job_that_was_last_seen_at_an_unknown_time() -> None:
    picture = Picture(of_jobs([reported([(RUNNING, None)])], now=60.0))
    assert picture.stays() == [("WAITING RUNNING", "gap", 0.0, 60.0)]
    assert title(picture.groups("gap")[0]).endswith("between 2025-06-15 15:06:40 UTC and now")
    assert picture.groups("gap")[0].getElementsByTagName("path")[0].getAttribute("class") == "onward"


# -- of several jobs


def test_several_jobs_have_a_row_each() -> None:
    jobs = [
        reported(LIFE, "thumbnail 17"),
        reported([(RUNNING, 60.0), (CANCEL_REQUESTED, 80.0)], created=50.0),
        reported([], "new"),
    ]
    picture = Picture(of_jobs(jobs, now=100.0))
    assert picture.texts("label") == ["thumbnail 17", "job 2", "new"]
    assert picture.stays() == [
        ("WAITING", "waiting", 0.0, 10.0),
        ("RUNNING", "running", 10.0, 20.0),
        ("SUSPENDED", "halted", 20.0, 50.0),
        ("RUNNING", "running", 50.0, 100.0),
        ("SUCCESS", "success", 100.0, 100.0),
        ("WAITING", "waiting", 50.0, 60.0),
        ("RUNNING", "running", 60.0, 80.0),
        ("CANCEL_REQUESTED", "asked", 80.0, 100.0),
        ("WAITING", "waiting", 0.0, 100.0),
    ]
    assert [group.getAttribute("data-job") for group in picture.groups("stay")][4:6] == ["thumbnail 17", ""]
    assert picture.texts("inside") == ["RUNNING", "RUNNING", "RUNNING", "CANCEL_REQUESTED"]
    assert picture.texts("note")[len(picture.marks) : -2] == ["WAITING", "RUNNING", "SUSPENDED", "CANCEL_REQUESTED", "SUCCESS"]


def test_statuses_of_ones_own_are_painted_by_what_they_mean() -> None:
    job = JobStatus(lifecycle=OWN)
    for trigger in ("enqueue", "start_run", "puzzle", "start_run"):
        job.trigger(trigger)
    job.stop_run(S.SUCCESS)
    picture = Picture(render([job], "timeline"))
    painted = {group.getAttribute("data-status"): group.getAttribute("class") for group in picture.groups("stay")}
    assert painted == {
        "CREATED": "stay waiting", "QUEUED": "stay waiting", "RUNNING": "stay running", "UNKNOWN": "stay waiting",
        "SUCCESS": "stay error",
    }  # fmt: skip
    assert picture.texts("note")[len(picture.marks) : -1] == ["CREATED, QUEUED, UNKNOWN", "RUNNING", "SUCCESS"]


def test_a_status_that_the_lifecycle_does_not_have_is_painted_plainly() -> None:
    class Restored:
        """A job of another class, whose history names what is none of its statuses."""

        def __init__(self, job: JobStatus) -> None:
            self.job, self.lifecycle = job, OWN

        def __getattr__(self, name: str) -> Any:
            return getattr(self.job, name)

    job: Any = Restored(reported([(SUSPENDED, 10.0)]))
    assert "stay other" in [group.getAttribute("class") for group in Picture(render(job, "timeline")).groups("stay")]


def test_lists_groups_and_iterators_of_jobs_are_drawn() -> None:
    jobs = [reported(LIFE, f"job number {number}") for number in range(3)]
    expected = render(jobs, "timeline")
    assert Picture(expected).texts("label") == [job.name for job in jobs]
    assert said(Picture(expected).root.getElementsByTagName("title")[0]) == "3 jobs over time"
    assert render(iter(jobs), "timeline") == render(JobGroup(jobs), "timeline") == expected
    assert render([jobs[0], JobGroup(jobs[1:])], "timeline") == expected
    named = Picture(render(JobGroup(jobs, name="sweep"), "timeline"))
    assert said(named.root.getElementsByTagName("title")[0]) == "sweep over time"
    assert said(Picture(render(jobs, "timeline", title="All")).root.getElementsByTagName("title")[0]) == "All"
    assert said(Picture(render(jobs[:1], "timeline")).root.getElementsByTagName("title")[0]) == "1 job over time"
    assert Picture(render([], "timeline")).texts("note") == ["No jobs."]


def test_more_jobs_than_one_can_look_at_are_cut_off_with_a_warning() -> None:
    jobs = [reported(LIFE) for _ in range(302)]
    with pytest.warns(UserWarning, match=r"^302 jobs are too many for a picture; it shows the first 300$"):
        picture = Picture(render(jobs, "timeline"))
    assert len(picture.texts("label")) == 300
    assert "2 more jobs are not shown." in picture.texts("note")
    with pytest.warns(UserWarning, match="301 jobs"):
        assert "1 more job is not shown." in Picture(render(jobs[1:], "timeline")).texts("note")
    description = said(picture.root.getElementsByTagName("desc")[0])
    assert description.startswith(
        "A timeline of 302 jobs. A job: WAITING for 10 s, then RUNNING for 10 s, then SUSPENDED for 30 s, "
    )
    assert description.endswith(" And 282 more.")
    assert len(Picture(render(jobs[:300], "timeline")).texts("label")) == 300  # which is no warning
    assert "<summary>The jobs</summary>" in render(jobs[:300], "html")
    few = said(Picture(render(jobs[:20], "timeline")).root.getElementsByTagName("desc")[0])
    assert few.count("A job: ") == 20
    assert few.endswith("then SUCCESS.")


def test_the_description_tells_what_the_picture_shows() -> None:
    live = reported([(RUNNING, None)], "seven")
    with pytest.raises(InvalidTransition):
        live.resume()
    description = said(Picture(of_job(live)).root.getElementsByTagName("desc")[0])
    assert description == (
        "A timeline of 1 job. seven: WAITING for an unknown time, then RUNNING for an unknown time so far; 1 refused."
    )


@pytest.mark.parametrize("source", [JOB_LIFECYCLE, RunningStatus, 3, "jobs"], ids=str)
def test_what_is_no_job_has_no_timeline(source: Any) -> None:
    with pytest.raises(TypeError, match=r"^a timeline is of a job, of several or of a JobGroup, not of "):
        render(source, "timeline")


def test_what_several_jobs_do_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^a timeline is of jobs, and 3 is none$"):
        render([JobStatus(), 3], "timeline")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match=r"^several jobs are drawn as timeline or html, not as mermaid$"):
        render([JobStatus()], "mermaid")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match=r"^direction is for "):
        render(JobStatus(), "timeline", direction="down")  # type: ignore[call-overload]


# -- in HTML


def test_the_page_of_a_job_has_its_timeline() -> None:
    page = render(traced_job(), "html")
    assert page.count("<figure") == 2
    assert render(traced_job(), "timeline").split("<style>")[1] in page
    ids = re.findall(r'<svg [^>]*?id="([^"]*)"', page)
    assert len(set(ids)) == 2
    assert render(JOB_LIFECYCLE, "html").count("<figure") == 1


def test_the_page_of_several_jobs() -> None:
    jobs = [reported(LIFE, "thumbnail <17>"), reported([(RUNNING, 30.0), (ERROR, None)])]
    group = JobGroup(jobs, name="sweep")
    page = render(group, "html")
    assert '<p>sweep: <strong>ERROR</strong> <progress max="1" value="0.5"' in page
    assert "50% · 1 SUCCESS, 1 ERROR</p>" in page
    assert page.count("<svg ") == page.count("<details>") == 1
    assert "<summary>The jobs</summary>" in page
    assert '<th scope="row">thumbnail &lt;17&gt;</th><td>SUCCESS</td><td>100%</td><td>2025-06-15 15:08:20 UTC</td>' in page
    assert '<th scope="row">job 2</th><td>ERROR</td><td>0%</td><td>an unknown time</td>' in page
    assert "<strong>" not in render(jobs, "html")
    live = JobStatus()
    live.update_progress(0.5, "sampling")
    live.request_cancel("enough")
    assert "<td>sampling</td><td>enough</td></tr>" in render([live], "html")
    assert "<td>WAITING</td>" in render([JobStatus()], "html")
    assert render(JobGroup(name="none"), "html").startswith('<div class="job-status">\n<p>none: <strong>WAITING</strong>')
    assert group._repr_mimebundle_() == {"text/plain": repr(group), "text/html": page}


# -- however the jobs are


@pytest.mark.parametrize(
    ("seconds", "marks"),
    [
        (0.0, ["0 s"]),
        (0.001, ["0 s", "0.0002 s", "0.0004 s", "0.0006 s", "0.0008 s", "0.001 s"]),
        (1.0, ["0 s", "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1 s"]),
        (7.0, ["0 s", "1 s", "2 s", "3 s", "4 s", "5 s", "6 s", "7 s"]),
        (100.0, ["0 s", "15 s", "30 s", "45 s", "1 min", "1 min 15 s", "1 min 30 s"]),
        (3600.0, ["0 s", "10 min", "20 min", "30 min", "40 min", "50 min", "1 h"]),
        (86400.0, ["0 s", "3 h", "6 h", "9 h", "12 h", "15 h", "18 h", "21 h", "1 d"]),
        (800_000.0, ["0 s", "2 d", "4 d", "6 d", "8 d"]),
        (1e13, ["0 s", "1.73e+12 s", "3.46e+12 s", "5.18e+12 s", "6.91e+12 s", "8.64e+12 s"]),
    ],
    ids=lambda value: str(value) if isinstance(value, float) else "",
)
def test_an_axis_has_a_few_marks_at_round_times(seconds: float, marks: list[str]) -> None:
    axis = Axis(0.0, seconds, 100.0, 900.0)
    assert [text for _, text in axis.marks()] == marks
    assert all(100.0 <= x <= 900.1 for x, _ in axis.marks())


def test_the_steps_of_an_axis_are_round() -> None:
    named = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400]
    assert [_step(seconds) for seconds in named] == named
    assert [_step(seconds * 1.001) for seconds in named] == [*named[1:], 2 * 86400]
    assert [_step(seconds) for seconds in (0.001, 0.011, 0.03, 0.051, 0.2, 0.9)] == pytest.approx(
        [0.001, 0.02, 0.05, 0.1, 0.2, 1.0]
    )
    assert [_step(days * 86400.0) / 86400 for days in (1.5, 2, 3, 6, 10, 11, 30)] == [2, 2, 5, 10, 10, 20, 50]


def test_a_time_that_nobody_would_count_in_days_is_given_in_seconds() -> None:
    assert (lasting(86400.0), lasting(9.9e10), lasting(1e11)) == ("1 d", "1145833 d 8 h", "1e+11 s")


HOSTILE = ["</svg><script>", "]]>&\0", "\u202eright", "x" * 200, "名前" * 40, "", "a b\nc", "'\"<"]


@settings(max_examples=50)
@given(st.data())
def test_nothing_leaves_the_canvas_and_nothing_is_injected(data: st.DataObject) -> None:
    jobs = []
    for name in data.draw(st.lists(st.sampled_from(HOSTILE), max_size=4)):
        job = JobStatus(name=name)
        job.update_times(data.draw(st.sampled_from([START, 0.0, -1e99, 1e99])))
        for status in data.draw(st.lists(st.sampled_from(RunningStatus), max_size=6)):
            job.observe(status, at=data.draw(st.sampled_from([None, START, START + 1e-6, START + 5.0, 1e12, 1e99])))
        if data.draw(st.booleans()):
            job.request_cancel(quiet=True)
        jobs.append(job)
    text = of_jobs(jobs) if len(jobs) != 1 else of_job(jobs[0])
    assert text == (of_jobs(jobs) if len(jobs) != 1 else of_job(jobs[0]))
    picture = Picture(text)
    root = picture.root
    width, height = (float(root.getAttribute(name)) for name in ("width", "height"))
    assert width == 1000.0
    assert root.getElementsByTagName("script") == []
    for rect in root.getElementsByTagName("rect"):
        x, y, across, down = (float(rect.getAttribute(name) or 0) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert across > 0
        assert x + across <= width + 0.01
        assert 0 <= y <= y + down <= height
    boxes = picture.boxes("label", "note")
    for left, right, top, bottom in [*boxes, *picture.boxes("inside")]:
        assert 0 <= left <= right <= width
        assert 0 <= top <= bottom <= height
    for one, other in combinations(boxes, 2):
        apart = one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]
        assert apart, (one, other)


# -- in a browser

#: of each picture the colour of the paper, and the texts that leave the picture or the bar that they stand in
PROBE = """<pre id="probe"></pre><script>
const found = {paper: [], texts: 0, loose: []};
for (const svg of document.querySelectorAll("svg")) {
  const paper = svg.querySelector(".paper");
  found.paper.push(getComputedStyle(paper).fill);
  for (const text of svg.querySelectorAll("text")) {
    const frame = text.getAttribute("class") === "inside" ? text.parentNode.querySelector(".bar") : paper;
    const [inner, outer] = [text.getBoundingClientRect(), frame.getBoundingClientRect()];
    const across = inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
    found.texts += 1;
    if (!across || inner.top < outer.top - 3 || inner.bottom > outer.bottom + 3) found.loose.push(text.textContent);
  }
}
document.getElementById("probe").textContent = JSON.stringify(found);
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize(("theme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(13, 17, 23)")])
def test_a_browser_shows_the_texts_where_they_belong(theme: str, paper: str, tmp_path: Path) -> None:
    jobs = [
        traced_job(),
        reported(LIFE, "thumbnail 17"),
        reported([(RUNNING, None), (ERROR, 1000.0)]),
        reported([(SUSPENDED, 900.0)]),
    ]
    body = f"<body data-color-mode='{theme}'>{render(JobGroup(jobs), 'html')}{render(traced_job(), 'timeline')}"
    found = probed(body, tmp_path, probe=PROBE)
    assert found == {"paper": [paper, paper], "texts": found["texts"], "loose": []}
    assert found["texts"] > 40
