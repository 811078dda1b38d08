"""The words that other systems have for the status of a job, and what each means: tables of names, nothing else.

>>> from job_status import vocabularies
>>> slurm = vocabularies.get("slurm")
>>> slurm.read("CANCELLED by 1000"), slurm.write(slurm.read("R"))
(<RunningStatus.CANCELED: 4>, 'RUNNING')
>>> vocabularies.get("pbs").read("F", outcome=1)  # "finished", with an exit code
<RunningStatus.ERROR: 3>
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
