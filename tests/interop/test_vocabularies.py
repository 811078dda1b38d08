"""The vocabularies beside the packages that they are about: every name there is read, and final is what they call final.

A vocabulary may have more words than the newest release: older and newer ones have others.
"""

from __future__ import annotations

import ast
import concurrent.futures
from collections.abc import Iterable
from typing import Any, Literal, get_args

import pytest

from job_status import RunningStatus, vocabularies
from tests.interop.packages import defined, imported, members, module, modules, strings

FINALS = {RunningStatus.SUCCESS, RunningStatus.ERROR, RunningStatus.CANCELED}

pytestmark = pytest.mark.filterwarnings("ignore")


def covers(name: str, words: Iterable[Any], finals: Iterable[Any] | None = None) -> None:
    """Assert that each word, a text or a member, is understood as itself, and that the final ones are those that theirs are."""
    vocabulary = vocabularies.get(name)
    words = list(words)
    assert words
    for word in words:
        assert vocabulary.find(word) is not None, f"{word!r} is missing"
    if finals is not None:
        theirs = {vocabulary.find(word) for word in finals}
        assert {found for word in words if vocabulary.words.get(found := str(vocabulary.find(word))) in FINALS} == theirs


def test_perceval() -> None:
    theirs = imported("perceval.runtime").RunningStatus
    statuses = [status for status in theirs if status.name != "NONE"]  # which stands for no status, where others are merged
    covers("perceval", statuses)
    for status in statuses:
        assert vocabularies.get("perceval").read(theirs.to_server_response(status)).name == status.name


def test_celery() -> None:
    theirs = imported("celery.states")
    covers("celery", [*theirs.ALL_STATES, theirs.REJECTED, theirs.IGNORED], theirs.READY_STATES)


def test_rq() -> None:
    theirs = imported("rq.job").JobStatus
    covers("rq", theirs)
    covers("rq", [status.value for status in theirs])


def test_dask() -> None:
    annotation = imported("distributed.client").FutureState.__annotations__["status"]
    covers("dask", get_args(eval(annotation, {"Literal": Literal}) if isinstance(annotation, str) else annotation))
    covers("dask-task", imported("distributed.scheduler").ALL_TASK_STATES)


@pytest.mark.parametrize(
    ("name", "service", "shape"),
    [
        ("braket", "braket", "QuantumTaskStatus"),
        ("braket", "braket", "JobPrimaryStatus"),
        ("aws-batch", "batch", "JobStatus"),
        ("aws-batch", "batch", "ServiceJobStatus"),
    ],
)
def test_aws(name: str, service: str, shape: str) -> None:
    covers(name, imported("botocore.session").get_session().get_service_model(service).shape_for(shape).enum)


def test_prefect() -> None:
    theirs = imported("prefect.client.schemas.objects")
    covers("prefect", theirs.StateType, theirs.TERMINAL_STATES)


def test_temporal() -> None:
    theirs = imported("temporalio.client").WorkflowExecutionStatus
    covers("temporal", theirs)
    raw = imported("temporalio.api.enums.v1").WorkflowExecutionStatus
    covers("temporal", raw.keys())
    temporal = vocabularies.get("temporal")
    assert all(temporal.read(number) is temporal.read(name) for name, number in raw.items())


def test_azure_quantum() -> None:
    theirs = imported("azure.quantum").JobStatus
    covers("azure-quantum", theirs)
    covers("azure-quantum", [status.value for status in theirs])


def test_htcondor() -> None:
    theirs = imported("htcondor2").JobStatus
    covers("htcondor", theirs)
    htcondor = vocabularies.get("htcondor")
    assert [htcondor.find(int(status)) for status in theirs] == [status.name for status in theirs]


@pytest.mark.parametrize(
    ("name", "path", "kind"),
    [
        ("slurm", "psij.executors.batch.slurm", "SlurmJobExecutor"),
        ("lsf", "psij.executors.batch.lsf", "LsfJobExecutor"),
        ("pbs", "psij.executors.batch.pbs_base", None),
    ],
)
def test_batch_schedulers_as_psij_knows_them(name: str, path: str, kind: str | None) -> None:
    owner = imported(path)
    table = (getattr(owner, kind) if kind else owner)._STATE_MAP
    covers(name, table)
    vocabulary = vocabularies.get(name)
    for word, state in table.items():
        # What has completed there is over here; what failed there may be canceled here.
        if state.name == "COMPLETED":
            assert vocabulary.words[word] is RunningStatus.SUCCESS
        assert not state.final or vocabulary.words[word] in FINALS


def test_concurrent_futures() -> None:
    covers("concurrent.futures", concurrent.futures._base._FUTURE_STATES)  # type: ignore[attr-defined]  # it has no other list


# -- packages that are too large to install for this


def test_qiskit() -> None:
    tree = module("qiskit", "qiskit/providers/jobstatus.py")
    finals = [node.attr for node in defined(tree, "JOB_FINAL_STATES").elts]
    covers("qiskit", members(defined(tree, "JobStatus")), finals)


def test_qiskit_runtime() -> None:
    table = defined(module("qiskit-ibm-runtime", "qiskit_ibm_runtime/runtime_job_v2.py"), "API_TO_JOB_STATUS")
    raw = {key.value: value.value for key, value in zip(table.keys, table.values, strict=True)}
    covers("qiskit-runtime", raw)
    for word, status in raw.items():
        assert vocabularies.get("qiskit-runtime").read(word) is vocabularies.get("qiskit").read(status)


def test_ionq() -> None:
    covers("ionq", members(defined(module("qiskit-ionq", "qiskit_ionq/constants.py"), "APIJobStatus")).values())


def test_pytket() -> None:
    covers("pytket", members(defined(module("pytket", "pytket/backends/status.py"), "StatusEnum")))


def test_airflow() -> None:
    tree = module("apache-airflow-core", "airflow/utils/state.py")
    finals = members(defined(tree, "TerminalTIState"))
    covers("airflow", {*finals, *members(defined(tree, "IntermediateTIState")), "running"}, finals)
    covers("airflow-dag-run", members(defined(tree, "DagRunState")))


def test_github_actions() -> None:
    found: dict[str, set[str]] = {"status": set(), "conclusion": set()}
    for source in modules("githubkit-schemas-2026-03-10", ".py").values():
        for kind in ("Job", "CheckSuite"):
            if f"\nclass {kind}(GitHubModel)" in source:
                for node in defined(ast.parse(source), kind).body:
                    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in found:
                        found[node.target.id] |= strings(node.annotation)
    covers("github-actions", found["status"])
    covers("github-actions", found["conclusion"])
    assert found["status"] & found["conclusion"] == set()
    assert vocabularies.get("github-actions").over == {"completed": "conclusion"}
