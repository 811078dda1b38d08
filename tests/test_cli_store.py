"""The commands of `job-status` on a store: what they print, how they end, and what they say where something is wrong."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from job_status import RunningStatus
from job_status.cli import _inside
from job_status.cli._commands import cli
from job_status.cli._place import place_of
from job_status.cli._shown import seen
from job_status.store import JobStore
from tests.command_line import DEADLINE, JOB_STATUS, Starter, environment, sh
from tests.lifecycles.rq_jobs import RQ, S

CANCELED, ERROR, SUCCESS = RunningStatus.CANCELED, RunningStatus.ERROR, RunningStatus.SUCCESS

#: what moves the cursor, clears the screen, ends a line, is wide, quotes, and turns the direction of a line
HOSTILE = "\x1b[2J\x9b1A\r\n'; DROP TABLE jobs; --\" 漢字 🎉 \u202egnp"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path)
    yield starter
    starter.close()


@pytest.fixture
def store(url: str) -> Iterator[JobStore[RunningStatus]]:
    """A store on each database."""
    with JobStore(url) as store:
        yield store


@pytest.fixture
def local(tmp_path: Path) -> Iterator[JobStore[RunningStatus]]:
    """A store in a file."""
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as store:
        yield store


def run(store: JobStore[Any] | str, command: str, *arguments: object, **env: str | None) -> Result:
    place = store if isinstance(store, str) else store.url
    return CliRunner().invoke(cli, [command, "--store", place, *map(str, arguments)], env=env)


def good(store: JobStore[Any] | str, command: str, *arguments: object) -> str:
    """What a command prints that ends well and says nothing beside."""
    result = run(store, command, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def refused(result: Result, code: int) -> str:
    """The one sentence of a command that did not do what it should."""
    assert result.exit_code == code
    assert isinstance(result.exception, SystemExit)
    return result.stderr.splitlines()[-1].removeprefix("Error: ")


# -- where the store is


@pytest.mark.parametrize(
    ("named", "variables", "place"),
    [
        pytest.param("sqlite:///a.db", {"JOB_STATUS_STORE": "b.db"}, ("sqlite:///a.db", True), id="the-option"),
        pytest.param(None, {"JOB_STATUS_STORE": "postgresql://host/b"}, ("postgresql://host/b", True), id="the-variable"),
        pytest.param(None, {"JOB_STATUS_STORE": "/b.db"}, ("sqlite:////b.db", True), id="a-path"),
        pytest.param(None, {"XDG_STATE_HOME": "/s"}, ("sqlite:////s/job_status/jobs.db", False), id="the-state-folder"),
        pytest.param(None, {"XDG_STATE_HOME": "s"}, ("sqlite:////h/.local/state/job_status/jobs.db", False), id="not-if-relative"),
        pytest.param("", {"JOB_STATUS_STORE": ""}, ("sqlite:////h/.local/state/job_status/jobs.db", False), id="empty"),
    ],
)
def test_the_store_is_the_one_that_is_named_or_a_file_of_the_user(
    named: str | None, variables: dict[str, str], place: tuple[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JOB_STATUS_STORE", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/h", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    assert place_of(named) == place


def test_on_macos_the_file_of_the_user_is_where_programs_keep_such_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOB_STATUS_STORE", raising=False)
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert place_of(None) == ("sqlite:////h/Library/Application Support/job_status/jobs.db", False)


def test_a_path_is_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert place_of("my jobs.db") == (f"sqlite:///{tmp_path}/my jobs.db", True)


def test_the_file_of_the_user_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    env = environment(XDG_STATE_HOME=str(tmp_path / "state"), HOME=str(tmp_path))
    done = subprocess.run([*JOB_STATUS, "list"], env=env, capture_output=True, text=True, check=True, umask=0)
    assert done.stdout.split() == ["ID", "STATUS", "NAME", "PROGRESS", "CREATED", "TIME", "LABELS"]
    (file,) = tmp_path.rglob("jobs.db")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_home_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").touch()  # nobody, not even root, makes a folder in a file
    env = {"XDG_STATE_HOME": str(tmp_path / "home"), "HOME": str(tmp_path / "home"), "JOB_STATUS_STORE": None}
    said = refused(CliRunner().invoke(cli, ["list"], env=env), 2)
    assert re.fullmatch(r".*/job_status cannot be made: .*; name another store by --store or JOB_STATUS_STORE", said)


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        pytest.param("no/jobs.db", "no/jobs.db", id="nothing-there"),
        pytest.param("mysql://ada:secret@host/jobs", "begins with sqlite:/// or postgresql://", id="another-kind"),
        pytest.param("postgresql://ada:secret@127.0.0.1:1/jobs", "cannot be reached", id="no-server"),
    ],
)
def test_a_store_that_is_not_there_is_an_error_without_its_password(tmp_path: Path, place: str, sentence: str) -> None:
    result = run(place if "://" in place else str(tmp_path / place), "list")
    assert sentence in refused(result, 2)
    assert "secret" not in result.output
    assert list(tmp_path.iterdir()) == []


# -- list


def test_list_shows_the_newest_first(store: JobStore[RunningStatus]) -> None:
    first, second = store.create("train"), store.create("漢字 🎉", labels={"user": "ada", "gpu": "2"})
    store.create()
    first.start_run()
    first.update_progress(0.4, "läuft")
    with second.run():
        pass
    lines = good(store, "list").splitlines()
    assert [line.split()[0] for line in lines] == ["ID", *(job.id[:8] for job in store.list())]
    clock, time = r"\d\d:\d\d:\d\d", r"\d[\d.e-]* s"
    assert re.fullmatch(rf"\w{{8}}  WAITING  -        0%         {clock}  - +-", lines[1])
    assert re.fullmatch(rf"\w{{8}}  SUCCESS  漢字 🎉  100%       {clock}  {time} +gpu=2 user=ada", lines[2])
    assert re.fullmatch(rf"\w{{8}}  RUNNING  train    40% läuft  {clock}  {time} +-", lines[3])


def test_list_as_json_has_times_in_iso_8601(local: JobStore[RunningStatus]) -> None:
    job = local.create("train", labels={"user": "ada"})
    job.start_run()
    job.update_progress(0.5, "sampling")
    (found,) = json.loads(good(local, "list", "--json"))
    created, started = (datetime.fromisoformat(found.pop(name)).timestamp() for name in ("created", "started"))
    assert created == pytest.approx(job.creation_timestamp, abs=0.002)
    assert started == pytest.approx(job.start_timestamp, abs=0.002)
    assert found.pop("running_time") >= 0.0
    assert found == {
        "id": job.id,
        "name": "train",
        "labels": {"user": "ada"},
        "status": "RUNNING",
        "meaning": "RUNNING",
        "cancel_requested": False,
        "attempt": 1,
        "progress": 0.5,
        "phase": "sampling",
        "message": None,
        "completed": None,
        "duration": None,
    }


def test_a_time_that_no_calendar_has_is_null_in_json(local: JobStore[RunningStatus]) -> None:
    local.create().update_times(1e18)
    assert json.loads(good(local, "list", "--json"))[0]["created"] is None
    assert " 1e+18 s " in good(local, "list")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        pytest.param((), "dcba", id="all"),
        pytest.param(("--status", "error"), "c", id="status"),
        pytest.param(("--meaning", "WAITING"), "da", id="meaning"),
        pytest.param(("--name", "b"), "b", id="name"),
        pytest.param(("--label", "user=ada"), "cba", id="label"),
        pytest.param(("--label", "user=ada", "--label", "gpu=2"), "ca", id="labels"),
        pytest.param(("--label", "user=ada", "--status", "RUNNING"), "b", id="label-and-status"),
        pytest.param(("--name", "e"), "", id="none"),
    ],
)
def test_list_is_filtered(local: JobStore[RunningStatus], arguments: tuple[str, ...], names: str) -> None:
    local.create("a", labels={"user": "ada", "gpu": "2"})
    local.create("b", labels={"user": "ada"}).start_run()
    local.create("c", labels={"user": "ada", "gpu": "2"}).stop_run(ERROR)
    local.create("d")
    assert "".join(job["name"] for job in json.loads(good(local, "list", "--json", *arguments))) == names


def test_list_says_that_there_are_more(local: JobStore[RunningStatus]) -> None:
    for _ in range(3):
        local.create()
    result = run(local, "list", "--limit", 2)
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr == "These are the newest 2; --limit shows more.\n"
    assert run(local, "list", "--limit", 3).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(("list", "--status", "DONE"), "there is no status 'DONE'; there are WAITING, RUNNING, SUCCESS,", id="status"),
        pytest.param(("list", "--meaning", "DONE"), "Invalid value for --meaning: there is no status 'DONE'", id="meaning"),
        pytest.param(("list", "--label", "user"), "'user' is not a label: say KEY=VALUE", id="label"),
        pytest.param(("list", "--label", "=ada"), "'=ada' is not a label: say KEY=VALUE", id="label-without-key"),
        pytest.param(("list", "--limit", "0"), "0 is not in the range x>=1", id="limit"),
        pytest.param(("list", "--watch", "--json"), "--watch is for people: leave out --json", id="watch-json"),
        pytest.param(("show",), "Missing argument 'ID'", id="show-nothing"),
        pytest.param(("show", "abcd"), "Invalid value for ID: there is no job abcd", id="no-such-job"),
        pytest.param(("show", "%"), "digits 0 to 9 and a to f, not '%'", id="not-an-id"),
        pytest.param(("show", "abcd", "--json", "-o", "a.svg"), "--json shows the job", id="show-both"),
        pytest.param(("show", "abcd", "-o", "a.txt"), "says no format", id="show-no-format"),
        pytest.param(("cancel",), "say which jobs: their IDs, or options such as --label user=ada, or --all", id="cancel-nothing"),
        pytest.param(("cancel", "--label", ""), "'' is not a label", id="cancel-empty-label"),
        pytest.param(("cancel", "--all", "abcd"), "say which jobs", id="cancel-both"),
        pytest.param(("cancel", "--all", "--label", "a=b"), "say which jobs", id="cancel-all-of-some"),
        pytest.param(("suspend",), "Missing argument", id="suspend-nothing"),
        pytest.param(("wait",), "say which jobs: their IDs, or --all", id="wait-nothing"),
        pytest.param(("wait", "--all", "abcd"), "say which jobs", id="wait-both"),
        pytest.param(("wait", "--all", "--timeout", "soon"), "'soon' is not a time: say 90 or 90s, 10m, 1h30m", id="time"),
        pytest.param(("progress", "0.5"), "there is no job to report on: $JOB_STATUS_ID is not set", id="progress-of-nothing"),
        pytest.param(("progress", "1.5"), "'1.5' is not a progress: say 0.4 or 40%", id="progress-1.5"),
        pytest.param(("progress", "nan%"), "'nan%' is not a progress", id="progress-nan"),
        pytest.param(("progress", "half"), "'half' is not a progress", id="progress-half"),
        pytest.param(("reap", "--trigger", "requeue"), "Invalid value for --trigger: ", id="no-such-trigger"),
        pytest.param(("prune",), "Missing option '--older-than'", id="prune-nothing"),
        pytest.param(("prune", "--older-than", "-1"), "'-1' is not a time", id="prune-negative"),
    ],
)
def test_wrong_usage_is_said_in_one_sentence(local: JobStore[RunningStatus], arguments: tuple[str, ...], sentence: str) -> None:
    job = local.create()
    assert sentence in refused(run(local, *arguments, JOB_STATUS_ID=None), 2)
    assert job.waiting


# -- show


def test_show_has_the_times_the_moves_and_the_refused_attempts(store: JobStore[RunningStatus]) -> None:
    job = store.create("train", labels={"user": "ada"})
    job.start_run()
    job.update_progress(0.25, "sampling")
    job.request_cancel("enough")
    for _ in range(2):
        with pytest.raises(Exception, match="cannot suspend"):
            job.suspend()
    with pytest.raises(Exception, match="cannot resume"):
        job.resume()
    job.stop_run(CANCELED)
    text = good(store, "show", job.id[:6])
    clock, ms = r"\d\d:\d\d:\d\d", r"\d\d:\d\d:\d\d\.\d\d\d"
    lines = [
        rf"id        {job.id}",
        r"name      train",
        r"status    CANCELED, a cancel was requested",
        r"message   enough",
        r"progress  25% sampling",
        rf"created   {clock}",
        rf"started   {clock}",
        rf"ended     {clock}",
        r"time      \d.* s",
        r"labels    user=ada",
        rf"store     {re.escape(store.url)}",
        r"moves",
        rf"  {ms}  start_run       WAITING -> RUNNING",
        rf"  {ms}  request_cancel  RUNNING -> CANCEL_REQUESTED \(enough\)",
        rf"  {ms}  suspend         CANCEL_REQUESTED -> SUSPENDED \(refused\)",
        rf"  {ms}  resume          CANCEL_REQUESTED -> RUNNING \(refused\)",
        rf"  {ms}  stop_run        CANCEL_REQUESTED -> CANCELED.*",
        r"refused",
        r"  resume",
        r"  suspend, 2 times",
        r"",
    ]
    assert re.fullmatch("\n".join(lines), text)
    found = json.loads(good(store, "show", job.id, "--json"))
    assert found["refusals"] == {"resume": 1, "suspend": 2}
    assert [(move["trigger"], move["dest"], move["refused"]) for move in found["history"]] == [
        ("start_run", "RUNNING", False),
        ("request_cancel", "CANCEL_REQUESTED", False),
        ("suspend", "SUSPENDED", True),
        ("resume", "RUNNING", True),
        ("stop_run", "CANCELED", False),
    ]
    assert all(datetime.fromisoformat(move["at"]).tzinfo for move in found["history"])


def test_show_leaves_out_what_is_not_known(local: JobStore[RunningStatus]) -> None:
    job = local.create()
    text = good(local, "show", job.id)
    assert [line.split()[0] for line in text.splitlines()] == ["id", "status", "progress", "created", "store"]
    job.observe(SUCCESS)
    text = good(local, "show", job.id)
    assert "  --:--:--.---  start_run       WAITING -> RUNNING (inferred)\n" in text
    assert "started" not in text


def test_show_tells_a_later_attempt_and_what_a_status_means(tmp_path: Path) -> None:
    with JobStore(f"sqlite:///{tmp_path}/rq.db", RQ) as store:
        job = store.create()
        job.trigger("enqueue")
        assert "status    QUEUED, which means WAITING\n" in good(store, "show", job.id)
        job.stop_run(CANCELED)
        again = job.again()
        assert again.attempt == 0
    with JobStore(f"sqlite:///{tmp_path}/jobs.db") as usual:
        first = usual.create()
        with first.run():
            pass
        second = first.again()
        second.start_run()
        assert "attempt   2\n" in good(usual, "show", second.id)


def test_show_draws_the_path_of_the_job(local: JobStore[RunningStatus], tmp_path: Path) -> None:
    job = local.create("train")
    with job.run():
        pass
    assert good(local, "show", job.id, "--format", "mermaid").startswith("%%{init: ")
    assert good(local, "show", job.id, "-o", tmp_path / "train.svg") == ""
    assert "train" in (tmp_path / "train.svg").read_text(encoding="utf-8")


# -- ids


def test_an_ambiguous_id_names_the_jobs_it_may_mean(local: JobStore[RunningStatus], tmp_path: Path) -> None:
    jobs = [local.create() for _ in range(2)]
    ids = ["abcd" + "0" * 28, "abcd" + "1" * 28]
    with sqlite3.connect(tmp_path / "jobs.db") as connection:
        for job, job_id in zip(jobs, ids, strict=True):
            connection.execute("UPDATE job_status_job SET id = ? WHERE id = ?", (job_id, job.id))
    connection.close()
    said = refused(run(local, "cancel", "abcd"), 2)
    assert all(job_id in said for job_id in ids)
    assert [job["status"] for job in json.loads(good(local, "list", "--json"))] == ["WAITING", "WAITING"]
    assert good(local, "cancel", "abcd1").startswith("abcd1111 -: CANCEL_REQUESTED")


def test_an_id_that_is_given_twice_is_meant_once(local: JobStore[RunningStatus]) -> None:
    job = local.create()
    assert good(local, "cancel", job.id, job.id[:5]) == f"{job.id[:8]} -: CANCEL_REQUESTED\n"


# -- orders


def test_cancel_suspend_and_resume_print_what_became_of_each_job(store: JobStore[RunningStatus]) -> None:
    jobs = [store.create(f"part {number}") for number in range(2)]
    for job in jobs:
        job.start_run()
    ids = [job.id[:8] for job in jobs]
    assert good(store, "suspend", *ids, "--message", "lunch") == f"{ids[0]} part 0: SUSPENDED\n{ids[1]} part 1: SUSPENDED\n"
    assert jobs[0].history[-1].mesg == "lunch"
    assert good(store, "resume", ids[0]) == f"{ids[0]} part 0: RUNNING\n"
    assert good(store, "cancel", *ids, "--message", "enough").count("CANCEL_REQUESTED") == 2
    assert [job.stop_message for job in jobs] == ["enough", "enough"]


def test_what_is_refused_is_said_and_the_others_are_obeyed(store: JobStore[RunningStatus]) -> None:
    over, live = store.create("over"), store.create("live")
    over.stop_run(CANCELED)
    result = run(store, "cancel", over.id, live.id)
    assert result.exit_code == 1
    assert result.stdout == f"{live.id[:8]} live: CANCEL_REQUESTED\n"
    assert re.fullmatch(rf"Error: {over.id[:8]} over: cannot request_cancel: the job is CANCELED, .*\n", result.stderr)


def test_cancel_takes_all_or_those_with_a_label(store: JobStore[RunningStatus]) -> None:
    ada, eve, asked, over = (store.create(name, labels={"user": name[:3]}) for name in ("ada 1", "eve", "ada 2", "ada 3"))
    ada.start_run()
    asked.request_cancel()
    over.stop_run(ERROR)
    assert good(store, "cancel", "--label", "user=ada") == f"{ada.id[:8]} ada 1: CANCEL_REQUESTED\n"
    assert eve.waiting
    assert good(store, "cancel", "--all") == f"{eve.id[:8]} eve: CANCEL_REQUESTED\n"
    assert good(store, "cancel", "--all") == ""


@contextmanager
def reads(store: JobStore[Any]) -> Iterator[list[str]]:
    """The statements by which any store of the same kind reads in the block."""
    seen: list[str] = []
    kind: Any = type(store._database)
    read = kind.read

    def noted(database: Any, statement: str, values: Any = ()) -> Any:
        seen.append(statement)
        return read(database, statement, values)

    kind.read = noted
    try:
        yield seen
    finally:
        kind.read = read


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("list", "--limit", "40"), id="list"),
        pytest.param(("list", "--limit", "40", "--json", "--label", "user=ada"), id="list-as-json"),
        pytest.param(("reap", "--stale-after", "0"), id="reap"),
        pytest.param(("cancel", "--all"), id="cancel"),
        pytest.param(("cancel", "--label", "user=ada"), id="cancel-by-label"),
    ],
)
def test_many_jobs_take_as_many_queries_as_few(store: JobStore[RunningStatus], command: tuple[str, ...]) -> None:
    counts = []
    for number in (3, 27):
        for _ in range(number):
            store.create(labels={"user": "ada"}).start_run()
        with reads(store) as statements:
            assert len(good(store, *command).splitlines()) >= number
        counts.append(len(statements))
    assert counts[0] == counts[1]


# -- wait


def test_wait_ends_with_0_if_all_succeeded_and_prints_each(store: JobStore[RunningStatus]) -> None:
    jobs = [store.create(f"part {number}") for number in range(2)]
    for job in jobs:
        with job.run():
            pass
    text = good(store, "wait", *(job.id for job in jobs))
    assert re.fullmatch("".join(rf"{job.id[:8]} {job.name}: SUCCESS after .* s\n" for job in jobs), text)
    assert good(store, "wait", "--all") == ""


@pytest.mark.parametrize("cause", [ERROR, CANCELED], ids=lambda cause: cause.name)
def test_wait_ends_with_1_if_one_has_not_succeeded(local: JobStore[RunningStatus], cause: RunningStatus) -> None:
    good_job, bad = local.create(), local.create("bad")
    with good_job.run():
        pass
    bad.stop_run(cause, "it rained")
    result = run(local, "wait", bad.id, good_job.id)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{bad.id[:8]} bad: {cause.name} after 0 s: it rained\n")


def test_wait_ends_with_124_after_the_timeout(local: JobStore[RunningStatus]) -> None:
    local.create()
    assert refused(run(local, "wait", "--all", "--timeout", "0.01s"), 124) == "1 of 1 jobs have not completed in time"


def test_ctrl_c_in_wait_leaves_the_job_alone(local: JobStore[RunningStatus], start: Starter) -> None:
    over, live = local.create("over"), local.create("live")
    over.stop_run(CANCELED)
    live.start_run()
    terminal = start.terminal(*JOB_STATUS, "wait", "--store", local.url, over.id, live.id)
    terminal.saw("over: CANCELED")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.screen
    assert live.status is RunningStatus.RUNNING


# -- progress


def test_progress_reports_on_the_job_that_is_named(local: JobStore[RunningStatus]) -> None:
    job = local.create()
    job.start_run()
    for value, progress in (("0.4", 0.4), ("50%", 0.5), ("1", 1.0)):
        assert good(local, "progress", value, "--job", job.id[:8], "--phase", value) == ""
        assert (job.progress, job.phase) == (progress, value)
    assert run(local, "progress", "0.6", JOB_STATUS_ID=job.id).exit_code == 0
    assert (job.progress, job.phase) == (0.6, None)
    job.stop_run(CANCELED)
    assert "cannot update_progress: the job is CANCELED" in refused(run(local, "progress", "0.7", "--job", job.id), 1)


def test_progress_does_not_start_a_job(local: JobStore[RunningStatus], monkeypatch: pytest.MonkeyPatch) -> None:
    job = local.create()
    monkeypatch.setattr(_inside, "START", 0.0)
    said = refused(run(local, "progress", "0.5", "--job", job.id), 1)
    assert said == f"the job {job.id[:8]} is still WAITING: who runs it has to start it first"


def test_progress_waits_for_a_job_that_is_about_to_start(local: JobStore[RunningStatus], monkeypatch: pytest.MonkeyPatch) -> None:
    job = local.create()
    monkeypatch.setattr(_inside, "sleep", lambda _: job.start_run())  # while it waits
    assert good(local, "progress", "0.5", "--job", job.id) == ""
    assert (job.progress, job.attempt) == (0.5, 1)


# -- watch


def test_list_watch_shows_the_jobs_until_they_are_over(local: JobStore[RunningStatus], start: Starter) -> None:
    job = local.create("train")
    job.start_run()
    terminal = start.terminal(*JOB_STATUS, "list", "--watch", "--store", local.url)
    terminal.saw("train")
    job.stop_run(ERROR, "it rained")
    assert terminal.end() == 0
    assert "it rained" in terminal.screen


def test_ctrl_c_in_list_watch_leaves_the_job_alone(local: JobStore[RunningStatus], start: Starter) -> None:
    job = local.create("train")
    job.start_run()
    terminal = start.terminal(*JOB_STATUS, "list", "--watch", "--store", local.url)
    terminal.saw("train")
    terminal.type("\x03")
    assert terminal.end() == 130
    assert "Traceback" not in terminal.screen
    assert job.status is RunningStatus.RUNNING


# -- reap and prune


def test_reap_moves_what_was_lost_and_prints_it(local: JobStore[RunningStatus]) -> None:
    code = "import sys; from job_status.store import JobStore; JobStore(sys.argv[1]).create('lost').start_run()"
    subprocess.run([sys.executable, "-c", code, local.url], check=True, timeout=DEADLINE)
    (job,) = local.list()
    assert good(local, "reap") == ""
    assert good(local, "reap", "--stale-after", 0) == f"{job.id[:8]} lost: UNKNOWN\n"
    assert re.fullmatch(
        rf"{job.id[:8]} lost: ERROR after .* s: worker lost\n", good(local, "reap", "--stale-after", "0s", "--lost-after", "0s")
    )


def test_prune_deletes_what_has_been_over_for_a_while(local: JobStore[RunningStatus]) -> None:
    for job in [local.create() for _ in range(2)]:
        job.stop_run(CANCELED)
    live = local.create()
    assert good(local, "prune", "--older-than", "30d") == "0 jobs deleted\n"
    assert good(local, "prune", "--older-than", "0") == "2 jobs deleted\n"
    live.stop_run(CANCELED)
    assert good(local, "prune", "--older-than", "0") == "1 job deleted\n"


# -- lifecycles that nobody here can import


def test_all_of_it_works_on_a_lifecycle_of_others(url: str) -> None:
    with JobStore(url, RQ) as store:
        created, queued, started = store.create("created"), store.create("queued"), store.create("started")
        for job in (queued, started):
            job.trigger("enqueue")
        started.start_run()
        assert good(url, "list", "--status", "queued", "--json").count('"meaning": "WAITING"') == 1
        assert "started: cannot request_cancel while STARTED" in refused(run(url, "cancel", started.id), 1)
        assert good(url, "cancel", "--meaning", "RUNNING") == ""
        assert good(url, "cancel", "--all") == f"{queued.id[:8]} queued: CANCELED\n"
        assert (created.status, queued.status) == (S.CREATED, S.CANCELED)
        assert "cannot suspend while STARTED" in refused(run(url, "suspend", started.id), 1)
        started.stop_run(S.FINISHED)
        assert re.fullmatch(rf"{started.id[:8]} started: FINISHED after .* s\n", good(url, "wait", started.id))
        assert "FINISHED" in good(url, "show", started.id, "--format", "mermaid")


# -- the terminal


@pytest.mark.parametrize("command", ["list", "show", "cancel", "wait"])
def test_names_cannot_act_on_the_terminal(local: JobStore[RunningStatus], command: str) -> None:
    job = local.create(HOSTILE, labels={HOSTILE: HOSTILE})
    job.start_run()
    if command == "wait":
        job.stop_run(ERROR, HOSTILE)
    result = run(local, command, *([] if command == "list" else [job.id]), *(["--message", HOSTILE] if command == "cancel" else []))
    assert r"\x1b[2J\x9b1A\r\n'; DROP TABLE jobs; --" in result.stdout
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.output) == []
    assert json.loads(good(local, "show", job.id, "--json"))["labels"] == {HOSTILE: HOSTILE}


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [pytest.param({}, True, id="terminal"), pytest.param({"NO_COLOR": "1"}, False, id="NO_COLOR")],
)
def test_colours_are_for_terminals_that_want_them(
    local: JobStore[RunningStatus], start: Starter, variables: dict[str, str], coloured: bool
) -> None:
    local.create().stop_run(ERROR)
    terminal = start.terminal(*JOB_STATUS, "list", "--store", local.url, **variables)
    assert terminal.end() == 0
    assert ("\x1b[31mERROR\x1b[0m" in terminal.screen) is coloured
    assert "ERROR" in terminal.screen
    assert "\x1b" not in good(local, "list")


def test_a_reader_that_goes_away_is_no_error(local: JobStore[RunningStatus], tmp_path: Path) -> None:
    local.create("x" * 200_000)  # more than a pipe holds
    script = f"'{sys.executable}' -m job_status list --json --store '{local.url}' | head -n 1"
    done = subprocess.run(sh(script), capture_output=True, text=True, check=True, timeout=DEADLINE, env=environment())
    assert (done.stdout, done.stderr) == ("[\n", "")


def test_a_page_is_shown_as_it_was_when_it_was_read(local: JobStore[RunningStatus]) -> None:
    ended, live = local.create("ended"), local.create("live")
    page = local.list()
    live.start_run()
    ended.stop_run(CANCELED)
    local.delete(ended)
    assert [(job_id, status.name, status.status.name) for job_id, status, _ in seen(local, page)] == [
        (live.id, "live", "WAITING"),
        (ended.id, "ended", "WAITING"),
    ]
