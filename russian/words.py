"""The words of a text with their places: runs of letters, runs of digits, and every other sign alone."""

import re
from collections.abc import Iterable
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
