"""A vocabulary: the words that a system has for the statuses of its jobs, each with its meaning."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from enum import Enum
from typing import Any, Literal

from .._rows import CANCELED, ERROR, FINALS, SUCCESS, UNKNOWN, RunningStatus
from .._run import is_cancel
from .._values import shown

__all__ = ["Evidence", "Vocabulary"]

logger = logging.getLogger("job_status")

#: how many of the words that it did not understand a vocabulary keeps, so that a server which invents them fills no memory
MOST_KEPT = 1000

#: what says how a job ended, where its status says only that it did
Evidence = Literal["exit code", "exception", "conclusion"]

#: the numbers that stand for a word are small ones
MOST_DIGITS = 3

_SEPARATORS = str.maketrans("", "", "_- ")
_NOT_GIVEN: Any = object()


class Vocabulary:
    """The words of one system, each with its meaning, a member of `RunningStatus`.

    `words` gives the words of each meaning, separated by spaces; the first one is written, unless it is `unwritten`. The others are
    options: `finals` are the words that end a job by the system's own account. `over` are those that say only that it is over, each
    with the evidence that says how. `numbers` are the words that numbers stand for, `prefix` may stand before a word, and `unset`
    is the meaning of None. `simplified` turns what comes in a form of the system's own into a word or a meaning.

    Raises `ValueError` if a word is there twice, or if `finals` are not the words with a final meaning.
    """

    def __init__(
        self,
        name: str,
        words: Mapping[RunningStatus, str],
        *,
        unwritten: str = "",
        finals: str | None = None,
        over: Mapping[str, Evidence] | None = None,
        numbers: Mapping[int, str] | None = None,
        prefix: str = "",
        unset: RunningStatus = UNKNOWN,
        simplified: Callable[[Vocabulary, object], object] | None = None,
    ) -> None:
        self.name = name
        #: the meaning of each word
        self.words = dict(_pairs(words))
        #: the evidence that a word needs beside it, where it says only that the job is over
        self.over = dict(over or {})
        self._written = {meaning: word for word, meaning in reversed(self.words.items()) if word not in unwritten.split()}
        self._numbers = dict(numbers or {})
        self._prefix = _form(prefix)
        self._unset = unset
        self._simplified = simplified
        self._unread: dict[str, None] = {}
        self._by_form = self._forms(words)
        if finals is not None:
            self._compare_finals(set(finals.split()))
        for meaning, word in self._written.items():
            if word not in self.over and self.read(word) is not meaning:
                raise ValueError(f"vocabulary {name}: {word!r}, which is written for {meaning.name}, does not read back")

    def read(self, word: object, outcome: object = _NOT_GIVEN) -> RunningStatus:
        """Return the meaning of a word, of a member of the system's own Enum, or of its number.

        A word is found as it is, then in any case, with British or American spelling, and with or without `_`, `-` and spaces. For
        one of `over`, `outcome` says how the job ended: its exit code, its exception or None, or its conclusion, a word as well.
        Whatever is not understood is UNKNOWN. It is logged, once for each word, and is kept in `unread`.
        """
        if word is None:
            return self._unset
        simple = word if self._simplified is None else self._simplified(self, word)
        found = simple if isinstance(simple, RunningStatus) else self.find(simple)
        if found is None:
            return self._not_understood(word)
        if isinstance(found, RunningStatus):
            return found
        return self._ended(found, outcome) if found in self.over else self.words[found]

    def write(self, status: RunningStatus) -> str | None:
        """Return the system's word for a meaning; None if it has none."""
        return self._written.get(status)

    @property
    def unread(self) -> tuple[str, ...]:
        """What was read and not understood, as it came, oldest first: at most 1,000 words."""
        return tuple(self._unread)

    def find(self, word: object) -> str | None:
        """Return the word of this vocabulary that something is a spelling of; None if there is none."""
        for text in self._texts(word):
            if text in self.words:
                return text
            form = _form(text)
            if found := self._by_form.get(form) or self._by_form.get(form.removeprefix(self._prefix)):
                return found
        return None

    def __repr__(self) -> str:
        return f"<Vocabulary {self.name} of {len(self._by_form)} words>"

    def _texts(self, word: object) -> Iterator[str]:
        """Yield the texts by which to look a word up."""
        if isinstance(word, Enum):
            yield word.name
            word = word.value
        if isinstance(word, str):
            yield word
            word = int(word) if word.isascii() and word.isdigit() and len(word) <= MOST_DIGITS else None
        if isinstance(word, int) and not isinstance(word, bool) and word in self._numbers:
            yield self._numbers[word]

    def _forms(self, words: Mapping[RunningStatus, str]) -> dict[str, str]:
        """Return each word by what all its spellings have in common."""
        by_form: dict[str, str] = {}
        seen: set[str] = set()
        for word, meaning in (*_pairs(words), *((word, None) for word in self.over if word not in self.words)):
            other = by_form.setdefault(_form(word), word)
            if word in seen or (other != word and self.words.get(other) is not meaning):
                raise ValueError(f"vocabulary {self.name}: {word!r} is there twice; each word has one meaning")
            seen.add(word)
        return by_form

    def _compare_finals(self, finals: set[str]) -> None:
        ours = {word for word, meaning in self.words.items() if meaning in FINALS}
        for word in sorted(ours ^ finals):
            if word not in self.words:
                raise ValueError(f"vocabulary {self.name}: {word!r} is final, but is not one of its words")
            account = "ends a job by the system's own account" if word in finals else "does not end a job"
            raise ValueError(f"vocabulary {self.name}: {word!r} {account}, but it means {self.words[word].name}")

    def _ended(self, word: str, outcome: object) -> RunningStatus:
        """Return how a job ended whose status says only that it did."""
        evidence = self.over[word]
        ended: RunningStatus | None = None
        if evidence == "conclusion" and outcome is not None and outcome is not _NOT_GIVEN:
            ended = self.read(outcome)
        elif evidence == "exception" and (outcome is None or isinstance(outcome, BaseException)):
            ended = SUCCESS if outcome is None else CANCELED if _is_cancel(outcome) else ERROR
        elif evidence == "exit code" and isinstance(outcome, int) and not isinstance(outcome, bool):
            ended = SUCCESS if outcome == 0 else ERROR
        if ended is None:
            return self._not_understood(word, f"it says only that the job is over; read takes its {evidence} as well")
        return ended

    def _not_understood(self, word: object, why: str = "it is not one of its words") -> RunningStatus:
        text = word if isinstance(word, str) else repr(word)
        if text not in self._unread and len(self._unread) < MOST_KEPT:
            self._unread[text] = None
            logger.warning("vocabulary %s: %s is taken as UNKNOWN: %s", self.name, shown(word), why)
        return UNKNOWN


def _pairs(words: Mapping[RunningStatus, str]) -> list[tuple[str, RunningStatus]]:
    return [(word, meaning) for meaning, listed in words.items() for word in listed.split()]


def _form(word: str) -> str:
    """Return what all the spellings of a word have in common."""
    return word.casefold().translate(_SEPARATORS).replace("cancell", "cancel")


def _is_cancel(error: BaseException) -> bool:
    return isinstance(error, CancelledError) or is_cancel(error)
