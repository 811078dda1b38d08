"""The words that other systems have for the status of a job, and what each means: tables of names, nothing else.

>>> from job_status import vocabularies
>>> slurm = vocabularies.get("slurm")
>>> slurm.read("CANCELLED by 1000"), slurm.write(slurm.read("R"))
(<RunningStatus.CANCELED: 4>, 'RUNNING')
>>> vocabularies.get("pbs").read("F", outcome=1)  # "finished", with an exit code
<RunningStatus.ERROR: 3>

There are: perceval, qiskit, qiskit-runtime (the raw names of the IBM runtime), braket (tasks and hybrid jobs), azure-quantum, ionq
and pytket; slurm (long and short names), pbs, torque, lsf and htcondor; kubernetes-pod, kubernetes-job (the types of its
conditions) and aws-batch; celery, rq, dask (futures), dask-task (the scheduler's), ray, prefect, airflow (task instances),
airflow-dag-run and temporal; github-actions and concurrent.futures. One of your own is a `Vocabulary`.
"""

from .._values import shown
from ._tables import VOCABULARIES
from ._vocabulary import Evidence, Vocabulary

__all__ = ["Evidence", "Vocabulary", "get", "names"]

_BY_NAME = {vocabulary.name: vocabulary for vocabulary in VOCABULARIES}


def get(name: str) -> Vocabulary:
    """Return the vocabulary of that name. Raises `ValueError` if there is none."""
    try:
        return _BY_NAME[name]
    except (KeyError, TypeError):
        raise ValueError(f"there is no vocabulary {shown(name)}; there are: {', '.join(_BY_NAME)}") from None


def names() -> tuple[str, ...]:
    """Return the names of the vocabularies."""
    return tuple(_BY_NAME)
