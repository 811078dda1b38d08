"""The words that a log has for statuses, as the statuses of a source: their own names and values, or a system's vocabulary."""

from __future__ import annotations

from enum import Enum

from .._lifecycle import Lifecycle
from .._rows import UNKNOWN, RunningStatus
from .._source import Source, definition
from .._values import shown
from ..vocabularies import Vocabulary
from ._forms import Form

__all__ = ["Words"]

#: so many spellings are remembered: a word may have a remark that differs from job to job, as Slurm's `CANCELLED by 1000`
_MOST_KEPT = 10_000


class Words(dict[object, str]):
    """The statuses by the words that a log may have for them, in any case; of two that are alike, names come first.

    What is none of these is looked up in the vocabulary, and stands for the first status with that meaning. Raises `ValueError` if
    a vocabulary is given, but the source does not say what its statuses mean.
    """

    def __init__(self, source: Source, vocabulary: Vocabulary | None = None) -> None:
        declared = definition(source)
        if vocabulary and not declared.means:
            raise ValueError("a vocabulary needs a Lifecycle, which says what its statuses mean")
        self.names = declared.statuses
        self._vocabulary = vocabulary
        self._by_meaning = {meaning: name for name, meaning in reversed(list(declared.means.items()))}
        super().__init__((name, name) for name in self.names)
        values = {name: source.enum[name].value for name in self.names} if isinstance(source, Lifecycle) else {}
        for name, value in values.items():
            if isinstance(value, str):
                self.setdefault(value, name)
        for word, name in tuple(self.items()):
            self.setdefault(str(word).upper(), name)
        self._most = len(self) + _MOST_KEPT

    def __missing__(self, word: object) -> str:
        name = self._meaning(word, word) if isinstance(word, RunningStatus) else self._found(word)
        if len(self) < self._most:
            self[word] = name
        return name

    def know(self, word: object) -> bool:
        """Return whether it is a word for a status, without a warning if it is none."""
        return word in self or (self._vocabulary is not None and self._vocabulary.find(word) is not None)

    def stated(self, word: object, form: Form) -> str | None:
        """Return the status that a word in the field of a form stands for; None if it is about something else."""
        if form.words is not None:
            meant = form.words.get(str(word))
            return None if meant is None else self.read(meant)
        return None if form.mixed and not self.know(str(word)) else self.read(word)

    def read(self, word: object) -> str:
        """Return the status that any object is a word for, a member of an Enum or a list of Slurm's words, say."""
        if isinstance(word, list):
            word = tuple(word)
        if isinstance(word, Enum) and not (isinstance(word, RunningStatus) and self._by_meaning):
            word = word.name
        try:
            return self[word]
        except TypeError:  # it has no hash
            return self[str(word)]

    def _found(self, word: object) -> str:
        bare = str(word).strip()
        if name := self.get(bare) or self.get(bare.upper()):
            return name
        if self._vocabulary is None:
            raise ValueError(f"the status {shown(word)} is none of {', '.join(self.names)}")
        meaning = self._vocabulary.read(word)
        if meaning is UNKNOWN and word is not None and self._vocabulary.words.get(self._vocabulary.find(word) or "") is not UNKNOWN:
            raise ValueError(f"the status {shown(word)} is none of the words of the vocabulary {self._vocabulary.name}")
        return self._meaning(meaning, word)

    def _meaning(self, meaning: RunningStatus, word: object) -> str:
        try:
            return self._by_meaning[meaning]
        except KeyError:
            raise ValueError(f"the status {shown(word)} means {meaning.name}, and none of {', '.join(self.names)} does") from None
