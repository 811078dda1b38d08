"""What goes wrong in the user's own code while it is tested: in which line of theirs, in which call, after what."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from traceback import FrameSummary, extract_tb
from types import TracebackType

__all__ = ["SubjectFailed", "blamed"]

__tracebackhide__ = True  # by pytest, which shows the user's own code

#: where the code of others than the user is: this package, Python's own library, and what is installed
_INSTALLED = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
OTHERS = tuple(f"{folder}{os.sep}" for folder in (Path(__file__).parents[1], *_INSTALLED))


class SubjectFailed(AssertionError):
    """An object under test cannot be driven: it raised what is no refusal, or lacks a method."""

    __module__ = "job_status.testing"  # whence it is imported, and short where pytest has a line for it

    def __init__(self, got: str, *details: str) -> None:
        super().__init__("\n  ".join((f"got {got}", *details)))
        self.got = got
        self.details = details

    def __reduce__(self) -> tuple[type[SubjectFailed], tuple[str, ...]]:
        return type(self), (self.got, *self.details)


def blamed(call: object, after: Iterable[object] = (), refusals: tuple[type[BaseException], ...] = (), hint: str = "") -> _Blame:
    """Turn what a call of the user's code raises in a `with` block, refusals aside, into a `SubjectFailed` that says where.

    `after` is what was called before, `hint` what helps if the call has the wrong arguments. The exception itself is the cause,
    with a traceback that begins in the user's code.
    """
    return _Blame(call, after, (SubjectFailed, *refusals), hint)


class _Blame:
    __slots__ = ("_after", "_call", "_hint", "_passed_on")

    def __init__(self, call: object, after: Iterable[object], passed_on: tuple[type[BaseException], ...], hint: str) -> None:
        self._call, self._after, self._passed_on, self._hint = call, after, passed_on, hint

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if not isinstance(error, Exception) or isinstance(error, self._passed_on):
            return
        frames = extract_tb(traceback)
        theirs = [frame for frame in frames if not frame.filename.startswith(OTHERS)]
        order = ", ".join(map(str, self._after))
        details = [f"at: {_shown((theirs or frames)[-1])}", f"in: {self._call}{order and f', after {order}'}"]
        if self._hint and not theirs and isinstance(error, TypeError):  # it was raised by the call, rather than within it
            details[:1] = [self._hint]
        raised = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise SubjectFailed(raised, *details) from error.with_traceback(_from_theirs(traceback))


def _shown(frame: FrameSummary) -> str:
    file = Path(frame.filename)
    name = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    return f"{name}:{frame.lineno}, in {frame.name}" + (f": {frame.line}" if frame.line else "")


def _from_theirs(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames before the first one of the user's code, if there is one."""
    first = traceback
    while first is not None and first.tb_frame.f_code.co_filename.startswith(OTHERS):
        first = first.tb_next
    return first or traceback
