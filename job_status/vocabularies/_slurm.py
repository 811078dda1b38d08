"""Job states as Slurm's commands and its REST API write them."""

from __future__ import annotations

from .._rows import CANCEL_REQUESTED, FINALS
from ._vocabulary import Vocabulary

__all__ = ["slurm_state"]

#: the statuses of Slurm that a job has beside others, in whose place they are shown
FLAGS = frozenset(
    (
        "COMPLETING", "CONFIGURING", "EXPEDITING", "LAUNCH_FAILED", "POWER_UP_NODE", "RECONFIG_FAIL", "REQUEUED", "REQUEUE_FED",
        "REQUEUE_HOLD", "RESIZING", "RESV_DEL_HOLD", "REVOKED", "SIGNALING", "SPECIAL_EXIT", "STAGE_OUT", "STOPPED",
    )
)  # fmt: skip


def slurm_state(slurm: Vocabulary, state: object) -> object:
    """Return the word, or the meaning, of a job state as Slurm's commands and REST API give it.

    It may have a remark (`CANCELLED by 1000`), be cut short (`OUT_OF_ME+`), or be a list of a base state and flags. Then an end
    counts, unless the job is completing; else the first flag; else the base state.
    """
    if isinstance(state, list | tuple | set | frozenset):
        found = [name for one in state if (name := _word(slurm, one)) and name != "UPDATE_DB"]
        flags = [name for name in found if name in FLAGS]
        bases = [name for name in found if name not in FLAGS]
        if "COMPLETING" in flags and {"CANCELLED", "PREEMPTED"} & set(bases):
            return CANCEL_REQUESTED
        ends = [] if "COMPLETING" in flags else [name for name in bases if slurm.words[name] in FINALS]
        return next(iter((*ends, *flags, *bases)), None)
    return _word(slurm, state) if isinstance(state, str) else state


def _word(slurm: Vocabulary, state: object) -> str | None:
    """Return the word that a state of Slurm is, perhaps with a remark or cut short."""
    if not isinstance(state, str) or not state.strip():
        return None
    first = state.split()[0]
    if not first.endswith("+"):
        return slurm.find(first)
    found = [word for word in slurm.words if word.startswith(first[:-1].upper())]
    return found[0] if len({slurm.words[word] for word in found}) == 1 and first != "+" else None
