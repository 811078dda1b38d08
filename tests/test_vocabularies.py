"""The vocabularies: what each word means, however it is spelled, and what no vocabulary may say."""

from __future__ import annotations

import asyncio
import concurrent.futures
import doctest
import enum
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job_status import JobStatus, Lifecycle, RunningStatus, Transition, vocabularies
from job_status.vocabularies import Vocabulary

WAITING, RUNNING, SUCCESS, ERROR, CANCELED, SUSPENDED, CANCEL_REQUESTED, UNKNOWN = RunningStatus
ALL = [vocabularies.get(name) for name in vocabularies.names()]
WORDS = [(vocabulary, word) for vocabulary in ALL for word in vocabulary.words if word not in vocabulary.over]


def ids(value: object) -> str:
    return value.name if isinstance(value, Vocabulary) else str(value)


# -- the tables


def test_the_systems() -> None:
    assert vocabularies.names() == (
        "perceval", "qiskit", "qiskit-runtime", "braket", "azure-quantum", "ionq", "pytket", "slurm", "pbs", "torque", "lsf",
        "htcondor", "kubernetes-pod", "kubernetes-job", "aws-batch", "celery", "rq", "dask", "dask-task", "ray", "prefect",
        "airflow", "airflow-dag-run", "temporal", "github-actions", "concurrent.futures",
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"^there is no vocabulary 'sge'; there are: perceval, qiskit, "):
        vocabularies.get("sge")


@pytest.mark.parametrize(("vocabulary", "word"), WORDS, ids=ids)
def test_a_word_is_read_in_any_spelling(vocabulary: Vocabulary, word: str) -> None:
    meaning = vocabulary.words[word]
    american = word.replace("cancell", "cancel").replace("Cancell", "Cancel").replace("CANCELL", "CANCEL")
    british = american.replace("cancel", "cancell").replace("Cancel", "Cancell").replace("CANCEL", "CANCELL")
    for spelling in (
        word,
        word.lower(),
        word.upper(),
        word.title(),
        american,
        british,
        word.replace("_", "-"),
        word.replace("_", ""),
    ):
        assert vocabulary.read(spelling) is meaning, spelling


@pytest.mark.parametrize("vocabulary", ALL, ids=ids)
def test_what_is_written_reads_back(vocabulary: Vocabulary) -> None:
    written = {status: vocabulary.write(status) for status in RunningStatus}
    assert any(written.values())
    for status, word in written.items():
        if word is not None:
            assert vocabulary.read(word, 0 if vocabulary.over.get(word) == "exit code" else None) is status
        else:
            assert status not in vocabulary.words.values() or status in (UNKNOWN, RUNNING, CANCELED, SUSPENDED, CANCEL_REQUESTED)
    assert repr(vocabulary).startswith(f"<Vocabulary {vocabulary.name} of ")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("perceval", "waiting running completed error canceled suspended cancel_requested unknown"),
        ("qiskit", "QUEUED RUNNING DONE ERROR CANCELLED - - -"),
        ("slurm", "PENDING RUNNING COMPLETED FAILED CANCELLED SUSPENDED - -"),
        ("pbs", "Q R F - - S - -"),
        ("celery", "PENDING STARTED SUCCESS FAILURE REVOKED - - -"),
        ("rq", "queued started finished failed canceled - - -"),
        ("dask", "pending - finished error cancelled - - -"),
        ("kubernetes-job", "- - Complete Failed - Suspended - -"),
        ("lsf", "PEND RUN DONE EXIT - SSUSP - UNKWN"),
        ("airflow", "queued running success failed - - - -"),
        ("azure-quantum", "Waiting Executing Succeeded Failed Cancelled - CancellationRequested -"),
        ("github-actions", "queued in_progress success failure cancelled action_required - -"),
    ],
)
def test_the_words_that_are_written(name: str, written: str) -> None:
    assert " ".join(vocabularies.get(name).write(status) or "-" for status in RunningStatus) == written


class Sentences(enum.Enum):
    """As Qiskit has them: the names count, the values are for people."""

    QUEUED = "job is queued"
    CANCELLED = "job has been cancelled"


class Numbers(enum.IntEnum):
    """As HTCondor has them."""

    HELD = 5
    SUSPENDED = 7


class Bare(enum.Enum):
    """The names say nothing here."""

    A = "succeeded"
    B = 4


@pytest.mark.parametrize(
    ("name", "word", "meaning"),
    [
        ("slurm", "CANCELLED by 1000", CANCELED),
        ("slurm", "CANCELLED+", CANCELED),
        ("slurm", "OUT_OF_ME+", ERROR),
        ("slurm", "RE+", UNKNOWN),  # REQUEUED, RESIZING, REVOKED
        ("slurm", "+", UNKNOWN),
        ("slurm", "?", UNKNOWN),
        ("slurm", " ", UNKNOWN),
        ("slurm", "pd", WAITING),
        ("slurm", ["COMPLETED"], SUCCESS),
        ("slurm", ["COMPLETED", "COMPLETING"], RUNNING),
        ("slurm", ["CANCELLED", "COMPLETING"], CANCEL_REQUESTED),
        ("slurm", ["RUNNING", "UPDATE_DB"], RUNNING),
        ("slurm", ["PENDING", "REQUEUE_HOLD"], SUSPENDED),
        ("slurm", ["NODE_FAIL", "REQUEUED"], ERROR),
        ("slurm", ("SUSPENDED",), SUSPENDED),
        ("slurm", [], UNKNOWN),
        ("slurm", [None, 3, "RUNNING"], RUNNING),
        ("slurm", 3, UNKNOWN),
        ("qiskit", Sentences.QUEUED, WAITING),
        ("qiskit", Sentences.CANCELLED, CANCELED),
        ("qiskit-runtime", "CANCELLED - RAN TOO LONG", ERROR),
        ("htcondor", Numbers.HELD, SUSPENDED),
        ("htcondor", 2, RUNNING),
        ("htcondor", "6", RUNNING),
        ("htcondor", 8, UNKNOWN),
        ("htcondor", True, UNKNOWN),
        ("kubernetes-pod", Bare.A, SUCCESS),
        ("temporal", Bare.B, CANCELED),
        ("temporal", "WORKFLOW_EXECUTION_STATUS_TIMED_OUT", ERROR),
        ("temporal", "ContinuedAsNew", SUCCESS),
        ("temporal", 8, SUSPENDED),
        ("pbs", "0", UNKNOWN),
        ("airflow", None, WAITING),
        ("rq", None, UNKNOWN),
        ("perceval", "success", SUCCESS),
        ("dask-task", "no-worker", WAITING),
    ],
)
def test_hard_cases(name: str, word: object, meaning: RunningStatus) -> None:
    assert vocabularies.get(name).read(word) is meaning


@pytest.mark.parametrize("status", RunningStatus)
def test_the_words_of_perceval_are_those_of_running_status(status: RunningStatus) -> None:
    perceval = vocabularies.get("perceval")
    assert perceval.write(status) == RunningStatus.to_server_response(status)
    for word in (RunningStatus.to_server_response(status), status.name):
        assert perceval.read(word) is RunningStatus.from_server_response(word) is status


# -- words that say only that a job is over


@pytest.mark.parametrize(
    ("name", "word", "outcome", "meaning"),
    [
        ("pbs", "F", 0, SUCCESS),
        ("pbs", "X", 271, ERROR),
        ("pbs", "F", None, UNKNOWN),
        ("pbs", "F", True, UNKNOWN),
        ("torque", "c", 1, ERROR),
        ("htcondor", 4, 0, SUCCESS),
        ("htcondor", "COMPLETED", "0", UNKNOWN),
        ("concurrent.futures", "FINISHED", None, SUCCESS),
        ("concurrent.futures", "FINISHED", ZeroDivisionError(), ERROR),
        ("concurrent.futures", "FINISHED", asyncio.CancelledError(), CANCELED),
        ("concurrent.futures", "FINISHED", concurrent.futures.CancelledError(), CANCELED),
        ("concurrent.futures", "FINISHED", 0, UNKNOWN),
        ("github-actions", "completed", "success", SUCCESS),
        ("github-actions", "completed", "timed_out", ERROR),
        ("github-actions", "completed", "action_required", SUSPENDED),
        ("github-actions", "completed", None, UNKNOWN),
        ("github-actions", "completed", "completed", UNKNOWN),
        ("github-actions", "in_progress", None, RUNNING),
    ],
)
def test_an_end_needs_its_outcome(name: str, word: str, outcome: object, meaning: RunningStatus) -> None:
    assert vocabularies.get(name).read(word, outcome) is meaning


@pytest.mark.parametrize("vocabulary", [vocabulary for vocabulary in ALL if vocabulary.over], ids=ids)
def test_an_end_without_its_outcome_is_no_success(vocabulary: Vocabulary, caplog: pytest.LogCaptureFixture) -> None:
    copy = Vocabulary("copy", {SUCCESS: "good"}, over=dict.fromkeys(vocabulary.over, "exit code"))
    for word in copy.over:
        assert copy.read(word) is UNKNOWN
        assert vocabulary.read(word) is UNKNOWN
    assert "it says only that the job is over; read takes its exit code as well" in caplog.text


# -- what is not understood


def test_a_word_that_is_not_understood_is_logged_once_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    words = Vocabulary("mine", {WAITING: "queued"})
    with caplog.at_level(logging.WARNING, "job_status"):
        for word in ("Paused?", "Paused?", "x" * 10_000, 17, ["queued"]):
            assert words.read(word) is UNKNOWN
    assert words.unread == ("Paused?", "x" * 10_000, "17", "['queued']")
    assert len(caplog.messages) == 4
    assert caplog.messages[0] == "vocabulary mine: 'Paused?' is taken as UNKNOWN: it is not one of its words"
    assert all(len(message) < 300 for message in caplog.messages)


def test_a_server_that_invents_words_fills_no_memory() -> None:
    words = Vocabulary("mine", {WAITING: "queued"})
    for number in range(3000):
        words.read(f"step {number}")
    assert len(words.unread) == 1000


@given(
    st.sampled_from(ALL), st.one_of(st.text(), st.integers(), st.binary(), st.none(), st.floats(), st.lists(st.text())), st.data()
)
def test_whatever_is_read_it_is_a_status(vocabulary: Vocabulary, word: Any, data: st.DataObject) -> None:
    outcome = data.draw(st.one_of(st.none(), st.integers(), st.text(), st.sampled_from(list(vocabulary.words))))
    assert isinstance(vocabulary.read(word, outcome), RunningStatus)
    assert isinstance(vocabulary.read(word), RunningStatus)


# -- a vocabulary of one's own


def test_one_of_ones_own_is_the_meaning_of_a_lifecycle() -> None:
    class S(enum.Enum):
        QUEUED = "queued"
        BUSY = "busy"
        OK = "ok"
        BAD = "bad"

    words = Vocabulary("mine", {WAITING: "queued", RUNNING: "busy", SUCCESS: "ok", ERROR: "bad"}, finals="ok bad")
    rows = (
        Transition("start_run", S.QUEUED, S.BUSY), Transition("stop_run", S.BUSY, S.OK), Transition("stop_run", S.BUSY, S.BAD),
    )  # fmt: skip
    lifecycle = Lifecycle(rows, means=words.read)
    job = JobStatus(lifecycle=lifecycle)
    job.observe(S.OK)
    assert (job.meaning, words.write(job.meaning)) == (SUCCESS, "ok")


@pytest.mark.parametrize(
    ("words", "options", "fault"),
    [
        ({WAITING: "queued", RUNNING: "queued"}, {}, "'queued' is there twice"),
        ({WAITING: "S", RUNNING: "S"}, {}, "'S' is there twice"),
        ({WAITING: "queued Queued"}, {}, None),
        ({WAITING: "queued queued"}, {}, "'queued' is there twice"),
        ({CANCELED: "canceled", ERROR: "CANCELLED"}, {}, "'CANCELLED' is there twice"),
        ({SUCCESS: "done", ERROR: "bad"}, {"finals": "done"}, "'bad' does not end a job, but it means ERROR"),
        (
            {SUCCESS: "done", RUNNING: "ok"},
            {"finals": "done ok"},
            "'ok' ends a job by the system's own account, but it means RUNNING",
        ),
        ({SUCCESS: "done"}, {"finals": "done gone"}, "'gone' is final, but is not one of its words"),
        ({SUCCESS: "done"}, {"over": {"DONE": "exit code"}}, "'DONE' is there twice"),
        ({SUCCESS: "done"}, {"simplified": lambda _, __: None}, "'done', which is written for SUCCESS, does not read back"),
    ],
)
def test_what_no_vocabulary_may_say(words: dict[RunningStatus, str], options: dict[str, Any], fault: str | None) -> None:
    if fault is None:
        Vocabulary("mine", words, **options)
        return
    with pytest.raises(ValueError, match=r"^vocabulary mine: ") as error:
        Vocabulary("mine", words, **options)
    assert fault in str(error.value)


def test_the_documentation_names_them_all() -> None:
    assert [name for name in vocabularies.names() if f" {name}" not in f" {vocabularies.__doc__}".replace("\n", " ")] == []


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(vocabularies).attempted == 4
