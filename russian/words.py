"""The words of a text with their places: runs of letters, runs of digits, and every other sign alone."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from russian.lookalikes import lower

_WORD = re.compile(r"[^\W\d_Øø]+|\d+|[^\w\s]|[_Øø]")

Span = tuple[int, int]
"""From and until, in characters of the text."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    key: str
    """Lower case with е for ё: what tables are asked with."""
    start: int
    end: int
    glued: bool
    """There is nothing between it and the word before."""

    @property
    def is_letters(self) -> bool:
        return self.text[0].isalpha() and self.text not in "Øø"  # the diameter is a sign

    @property
    def is_digits(self) -> bool:
        return self.text[0].isdecimal()

    @property
    def is_sign(self) -> bool:
        return not (self.is_letters or self.is_digits)


def listed(words: str) -> list[str]:
    """The words of a table, which reads better without a quote around each."""
    return words.split()


@lru_cache(maxsize=512)
def split(text: str) -> tuple[Word, ...]:
    words: list[Word] = []
    end = -1
    for found in _WORD.finditer(text):
        words.append(Word(found[0], lower(found[0]), found.start(), found.end(), found.start() == end))
        end = found.end()
    return tuple(words)


def overlaps(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def within(one: Span, others: Iterable[Span]) -> bool:
    """`one` touches any of `others`."""
    return any(overlaps(one, other) for other in others)


class Spans:
    """Many spans, asked many times whether one touches any of them."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def touch(self, span: Span) -> bool:
        place = bisect_right(self._ends, span[0])
        return place < len(self._starts) and self._starts[place] < span[1]


class Places:
    """Where in a text its words are."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        self._starts = [word.start for word in words]
        self._ends = [word.end for word in words]
        self._letters: list[int] = []
        last = -1
        for place, word in enumerate(words):
            last = place if word.is_letters else last
            self._letters.append(last)

    def first_from(self, position: int) -> int:
        """The place of the first word that begins there or behind; the number of words when there is none."""
        return bisect_left(self._starts, position)

    def last_before(self, position: int) -> int:
        """The place of the last word that ends there or before; -1 when there is none."""
        return bisect_right(self._ends, position) - 1

    def letters_before(self, position: int) -> Word | None:
        """The last word of letters that ends there or before."""
        place = self.last_before(position)
        last = self._letters[place] if place >= 0 else -1
        return self._words[last] if last >= 0 else None

    def between(self, start: int, end: int) -> Sequence[Word]:
        return self._words[self.first_from(start) : self.last_before(end) + 1]
