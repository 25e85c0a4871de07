"""Corrections inside speech: what was said and taken back («сто сорок нет сто шестьдесят», «ой двести»).

A marker between two mentions of the same kind takes the first back. «нет» behind a genitive («замечаний нет»,
«протокола нет») only says that something is missing.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from russian.morphology import readings
from russian.words import Places, Span, Spans, Word, listed, split

_MARKERS = tuple(
    tuple(marker.split())
    for marker in (
        "нет не", "ой нет", "хотя нет", "а нет", "то есть", "тьфу ты", "нет вру", "вру", "нет", "не", "ой", "ошибся",
        "ошиблась", "ошибка", "вернее", "точнее", "поправка", "поправлюсь", "исправлюсь", "исправь", "исправляю",
        "виноват", "виновата", "отставить", "стоп", "пардон", "извини", "извините", "прошу прощения", "не так", "тьфу",
        "оговорился", "оговорилась", "перепутал", "перепутала", "неправильно", "неверно", "зачеркни",
    )
)  # fmt: skip
_INSTEAD = "а"
_FILLERS = frozenset(
    listed(
        "давай давайте лучше пусть будет запиши пиши ставь сделай там это не с со по до от на в во к и да вру "
        "конечно правильно надо нужно точно все же таки меня было всего ну а , . - — – … : ;"
    )
)
_AFTER_FIRST = 3
"""Words that may stand between what is taken back and the marker: its unit, its noun."""
_BEFORE_SECOND = 3
_FARTHEST = 200
"""Words between a marker and what it brings; whoever says more fillers has lost the thread."""
_ANCHOR_BACK = 14


class Mention(NamedTuple):
    """Something that was said and may be taken back."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Correction:
    taken_back: Span
    by: Span


def find(text: str, mentions: Sequence[Mention]) -> list[Correction]:
    """Which mention gave way to which; in a row of corrections each one to the next."""
    words = split(text)
    reader = _Reader(words, sorted(mentions, key=lambda one: one.start))
    found: list[Correction] = []
    at = 0
    while at < len(words):
        width = _marker(words, at)
        if width and (correction := reader.correction(at, at + width)):
            found += reader.ranges(correction)
        at += max(width, 1)
    return found


class _Reader:
    def __init__(self, words: tuple[Word, ...], mentions: list[Mention]) -> None:
        self.words = words
        self.mentions = mentions
        self.places = Places(words)
        self.longest: dict[int, Mention] = {}
        """Of those that begin there."""
        self.numbers: dict[Span, int] = {}
        self.ends = {one.end for one in mentions}
        self.covered = Spans((one.start, one.end) for one in mentions)
        self.kinds: dict[str, list[Mention]] = defaultdict(list)
        """By their ends; of several with the same end the longest is last."""
        for number, one in enumerate(mentions):
            if one.start not in self.longest or one.end > self.longest[one.start].end:
                self.longest[one.start] = one
            self.numbers.setdefault((one.start, one.end), number)
            self.kinds[one.kind].append(one)
        for row in self.kinds.values():
            row.sort(key=lambda one: (one.end, -one.start))
        self.said_more = [0]
        """How many words before each place are no fillers."""
        for word in words:
            self.said_more.append(self.said_more[-1] + (word.key not in _FILLERS))

    def correction(self, marker: int, behind: int) -> Correction | None:
        if self.words[marker].key == "не" and behind == marker + 1:
            return self._instead(behind) or self._plain(marker, behind)
        if self.words[marker].key == "нет" and self._says_missing(marker):
            return None
        return self._plain(marker, behind)

    def ranges(self, one: Correction) -> list[Correction]:
        """«с 10 по 12, нет, с 11 по 13»: the beginning gives way to the beginning and the end to the end."""
        opening, closing = self._partner(one.taken_back, -1), self._partner(one.by, 1)
        if opening is None or closing is None:
            return [one]
        return [Correction(opening, one.by), Correction(one.taken_back, closing)]

    def _partner(self, span: Span, step: int) -> Span | None:
        """The other end of the range «… по …» that the mention at `span` closes (-1) or opens (1)."""
        row = self.mentions
        place = self.numbers.get(span)
        if place is None or not 0 <= place + step < len(row) or row[place + step].kind != row[place].kind:
            return None
        other = row[place + step]
        gap = (other.end, span[0]) if step < 0 else (span[1], other.start)
        between = [word.key for word in self.words[self._place(gap[0]) : self._place(gap[1])][:2]]
        return other[1:] if between in (["по"], ["до"], ["-"], ["–"], ["—"]) else None

    def _plain(self, marker: int, behind: int) -> Correction | None:
        second, skipped = self._next(behind)
        if second is None:
            return None
        first = self._anchored(second, marker, skipped) or self._last_before(second.kind, marker)
        if first is None or (self.words[marker].key == "не" and skipped):
            return None
        if self.words[behind - 1].key == "не":
            # «нет не десятого одиннадцатого»: what follows the «не» is still the wrong one
            third, gap = self._next(self._place(second.end))
            if third is not None and third.kind == second.kind and len(gap) <= 1:
                return Correction((first.start, second.end), third[1:])
        return Correction(first[1:], second[1:])

    def _instead(self, behind: int) -> Correction | None:
        """«не десятого а одиннадцатого»."""
        first, skipped = self._next(behind)
        if first is None or any(word.key not in _FILLERS for word in skipped):
            return None
        place = self._place(first.end)
        gap = 0
        while place < len(self.words) and self.words[place].key != _INSTEAD and gap < _AFTER_FIRST:
            place, gap = place + 1, gap + 1
        if place >= len(self.words) or self.words[place].key != _INSTEAD:
            return None
        second, skipped = self._next(place + 1)
        if second is None or second.kind != first.kind or any(word.key not in _FILLERS for word in skipped):
            return None
        return Correction(first[1:], second[1:])

    def _next(self, place: int) -> tuple[Mention | None, list[Word]]:
        """The mention that begins at `place` or a few words behind it, and those words."""
        skipped: list[Word] = []
        more = 0
        while place < len(self.words):
            word = self.words[place]
            if found := self.longest.get(word.start):
                return found, skipped
            skipped.append(word)
            more += word.key not in _FILLERS
            if more >= _BEFORE_SECOND or len(skipped) >= _FARTHEST:
                break
            place += 1
        return None, skipped

    def _anchored(self, second: Mention, marker: int, skipped: list[Word]) -> Mention | None:
        """«лист семь от десятого, нет, лист восемь»: what followed the same noun."""
        nouns = {readings(word.key)[0].normal for word in skipped if word.key not in _FILLERS and word.is_letters}
        for place in range(marker - 1, max(-1, marker - _ANCHOR_BACK), -1):
            word = self.words[place]
            if word.is_letters and readings(word.key)[0].normal in nouns:
                found, between = self._next(place + 1)
                if found and found.kind == second.kind and not between and found.end <= self.words[marker].start:
                    return found
        return None

    def _last_before(self, kind: str, marker: int) -> Mention | None:
        end = self.words[marker].start
        row = self.kinds[kind]
        place = bisect_right(row, end, key=lambda one: one.end) - 1
        if place < 0:
            return None
        last = row[place]
        between = self.said_more[self._place(end)] - self.said_more[self._place(last.end)]
        return last if between < _AFTER_FIRST else None

    def _says_missing(self, marker: int) -> bool:
        """The word before «нет» is a genitive that belongs to no mention: «замечаний нет»."""
        if not marker:
            return False
        word = self.words[marker - 1]
        if not word.is_letters or self.covered.touch((word.start, word.start + 1)):
            return False
        if marker > 1 and self.words[marker - 2].end in self.ends:
            return False  # «двадцать две штуки нет»: the number made the genitive
        return any({"NOUN", "gent"} <= one.grammemes for one in readings(word.key)[:1])

    def _place(self, position: int) -> int:
        return self.places.first_from(position)


def _marker(words: tuple[Word, ...], at: int) -> int:
    """How many words the marker at `at` has; 0 when there is none."""
    keys = [word.key for word in words[at : at + 6] if not word.is_sign or word.key == ","]
    letters = [key for key in keys if key != ","]
    for marker in _MARKERS:
        if tuple(letters[: len(marker)]) == marker and words[at].key == marker[0]:
            count, width = 0, 0
            while count < len(marker):
                count += words[at + width].is_letters
                width += 1
            return width
    return 0
