"""What a person said, made ready to be asked: was this number, date, name or mark among it, and not taken back?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from russian import corrections, dates, names, numbers, units
from russian.corrections import Mention
from russian.dates import SaidDate
from russian.lemmas import lemmas
from russian.lookalikes import cyrillic
from russian.marks import Words, heard
from russian.names import Person
from russian.numbers import Number
from russian.numerals import prefix
from russian.words import Span, split, within

_STEM = 5
_MARK_LETTERS = frozenset({"м", "эм", "вэ", "бэ", "эф", "дэ", "ф", "пэ", "эс", "ка"})
"""Letters that a number follows in the marks of materials."""
_REST_DIGITS = {"т": 3, "км": 3, "м": 2}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it was said, with the unit behind it and its neighbours: the lemmas of the words on both sides."""

    number: Number
    unit: units.Unit | None
    about: str
    counted: str = ""


class Said:
    def __init__(self, text: str, today: date) -> None:
        self.text = text
        self.marks = Words(text)
        self.dates = dates.find(text, today)
        self.people = names.find(text)
        runs = numbers.runs(text, self.marks.words)
        firm = [one.span for one in self.dates if not one.soft]
        plain = [number for run in runs for number in run if not within(number.span, firm)]
        self.corrections = corrections.find(text, _mentions(plain, self.dates, self.people))
        self.taken_back = [one.taken_back for one in self.corrections]
        self.amounts = tuple(self._amounts(runs, firm))
        self._lemmas = frozenset(lemmas(text))

    def amount(self, value: Decimal, unit: units.Unit | None) -> list[Amount]:
        """Where the value was said, in this unit or in one that converts exactly; a number without a unit fits any."""
        return [one for one in self.amounts if _fits(one, value, unit)]

    def stands(self, span: Span) -> bool:
        """It was not taken back."""
        return not within(span, self.taken_back)

    def instead(self, span: Span) -> Span | None:
        """What it was corrected to in the end."""
        found = next((one for one in self.corrections if within(span, [one.taken_back])), None)
        if found is None:
            return None
        return self.instead(found.by) or found.by

    def mark(self, mark: str) -> list[Span]:
        return [span for span in self.marks.find(mark) if self.stands(span) or self._leaves_over(span)]

    def _leaves_over(self, span: Span) -> bool:
        """A mark that only begins the number taken back: «эм сто пятьдесят шесть тысяч нет семь тысяч» keeps М150."""
        return all(span[0] < start and span[1] < end for start, end in self.taken_back if within(span, [(start, end)]))

    def letter(self, letter: str) -> bool:
        """A single letter of an axis, by its name."""
        wanted = heard(cyrillic(letter.upper()))
        return any(word.key in wanted for word in self.marks.words)

    def person(self, given: Person) -> list[Person]:
        return [one for one in self._persons(given) if self.stands(one.span) and names.same(one, given)]

    def _persons(self, given: Person) -> Iterator[Person]:
        """The persons found, and every bare word that may be this surname: not all of them are in the dictionary."""
        yield from self.people
        for word in self.marks.words:
            span = (word.start, word.end)
            if word.is_letters and len(word.key) > 2 and not within(span, [one.span for one in self.people]):
                known = names.surnames(word.key)
                if known & given.surnames:
                    yield Person(word.text, (), known, *span)

    def share(self, text: str) -> float:
        """Which part of the words of a text were said, in any form or with the same beginning; 1 for no words."""
        wanted = [lemma for lemma in lemmas(text) if len(lemma) > 2 and lemma.isalpha()]
        return sum(self._has(lemma) for lemma in wanted) / len(wanted) if wanted else 1.0

    def _has(self, lemma: str) -> bool:
        width = min(_STEM, max(4, len(lemma) - 2))
        return lemma in self._lemmas or any(one[:width] == lemma[:width] for one in self._lemmas if len(one) >= width)

    def _amounts(self, runs: list[list[Number]], firm: list[Span]) -> Iterator[Amount]:
        for run in runs:
            for number in _readings(run, self.text, self._after_letter(run[0])):
                if not within(number.span, firm):
                    yield Amount(number, self._unit(number), self._about(number), self._counted(number))
        yield from self._with_rest(runs)
        for word in self.marks.words:
            if value := prefix(word.key):
                yield Amount(Number(word.start, word.end, word.text, Decimal(value)), None, "")

    def _with_rest(self, runs: list[list[Number]]) -> Iterator[Amount]:
        """«три тонны двести» is 3.2 t, «два метра сорок» 2.4 m: the rest is in the next smaller unit."""
        for run, following in pairwise(runs):
            big, small = run[-1], following[0]
            between = self.marks.words_between(big.end, small.start)
            unit = units.read(between, 0)[0] if len(between) == 1 else None
            power = _REST_DIGITS.get(unit.name) if unit else None
            whole = small.value == small.value.to_integral_value()
            bare = self._unit(small) is None or len(following) > 1
            if power and whole and bare and 0 < small.value < 10**power:
                value = big.value + small.value.scaleb(-power)
                yield Amount(Number(big.start, small.end, self.text[big.start : small.end], value), unit, "")

    def _after_letter(self, number: Number) -> bool:
        before = [word for word in self.marks.words if word.end <= number.start]
        return bool(before) and before[-1].is_letters and before[-1].key in _MARK_LETTERS

    def _unit(self, number: Number) -> units.Unit | None:
        place = next((at for at, word in enumerate(self.marks.words) if word.start >= number.end), None)
        if place is None:
            return self._unit_before(number)
        return units.read(self.marks.words, place)[0] or self._unit_before(number)

    def _unit_before(self, number: Number) -> units.Unit | None:
        """«метров пятнадцать»: the plural genitive before a number, when no number stands before it."""
        before = [at for at, word in enumerate(self.marks.words) if word.end <= number.start]
        if len(before) < 2 or self.marks.atoms.get(before[-2]) or not self.marks.words[before[-1]].key.endswith("ов"):
            return None
        return units.read(self.marks.words, before[-1])[0]

    def _counted(self, number: Number) -> str:
        after = next((word for word in self.marks.words if word.start >= number.end), None)
        return lemmas(after.key)[0] if after and after.is_letters else ""

    def agrees(self, value: Decimal, before: str, after: str) -> bool:
        """False when the same word stands beside other numbers only: секция 3, where секция один was said."""
        for mine, side in ((before, "about"), (after, "counted")):
            beside = [one for one in self.amounts if len(mine) > 2 and getattr(one, side) == mine]
            if beside and not any(value in (one.number.value, *one.number.alternatives) for one in beside):
                return False
        return True

    def _about(self, number: Number) -> str:
        before = [word for word in self.marks.words if word.end <= number.start and word.is_letters]
        return lemmas(before[-1].key)[0] if before else ""


def _readings(run: list[Number], text: str, after_letter: bool) -> Iterator[Number]:
    """Each number of a run, each pair that may be one value, and behind a letter the ends that a mark leaves over."""
    yield from run
    for one, other in pairwise(run):
        if both := numbers.pair(one, other, text):
            yield Number(both.start, both.end, both.text, both.value, both.ordinal, both.alternatives)
    if after_letter:
        first = run[0]
        for word in split(first.text)[1:]:
            rest = numbers.find(first.text[word.start :])
            if len(rest) == 1 and rest[0].end == len(first.text) - word.start:
                start = first.start + word.start
                yield Number(start, first.end, rest[0].text, rest[0].value)


def _fits(one: Amount, value: Decimal, unit: units.Unit | None) -> bool:
    said = (one.number.value, *one.number.alternatives)
    if unit is None or one.unit is None:
        return value in said
    if one.unit.dimension == unit.dimension:
        return any(units.convert(number, one.unit, unit) == value for number in said)
    return value in said and _may_be_short(one.unit, unit)


def _may_be_short(one: units.Unit, other: units.Unit) -> bool:
    """«метров» is said of wind; for square and cubic ones it is another amount."""
    return one.name == "м" and other.name == "м/с"


def _mentions(plain: list[Number], said: Iterable[SaidDate], people: Iterable[Person]) -> list[Mention]:
    found = [Mention("number", one.start, one.end) for one in plain]
    found += [Mention("date", one.start, one.end) for one in said]
    return found + [Mention("name", one.start, one.end) for one in people]
