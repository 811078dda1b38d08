"""Texts on their way into a database, which cannot hold every text that Python can."""

from __future__ import annotations

from collections.abc import Mapping

from .._values import shown

__all__ = ["checked", "checked_labels", "escaped"]


def escaped(text: str | None) -> str | None:
    r"""Return a message with what a database cannot hold as escapes: a NUL as `\x00`, half of a surrogate pair as `\udc80`.

    Messages are often the texts of exceptions, and a job must be able to end with any.
    """
    if text is None or (text.isascii() and "\0" not in text):
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", r"\x00")


def checked(what: str, text: object) -> str:
    """Return a name that a job is found by. Raises `TypeError` or `ValueError` if it cannot be one."""
    if not isinstance(text, str):
        raise TypeError(f"{what} must be a str, not {shown(text)}")
    if escaped(text) != text:
        raise ValueError(f"{what} must not have a NUL or half of a surrogate pair, as {shown(text)} has")
    return text


def checked_labels(labels: Mapping[str, str] | None) -> dict[str, str]:
    """Return labels as a dict. Raises `TypeError` or `ValueError` if a name or value cannot be one."""
    if not isinstance(labels, Mapping | None):
        raise TypeError(f"labels must be a mapping of names to values, not {shown(labels)}")
    return {
        checked("the name of a label", name): checked(f"the label {shown(name)}", value) for name, value in (labels or {}).items()
    }
