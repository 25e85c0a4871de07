"""What a person said, made ready to be asked: was this number, date, name or mark among it, and not taken back?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from dictation.index import Amount, Amounts
from russian import corrections, dates, names, numbers, units
from russian.corrections import Mention
from russian.dates import SaidDate
from russian.lemmas import lemmas
from russian.lookalikes import cyrillic
from russian.marks import Words, heard
from russian.names import Person
from russian.numbers import Number
from russian.numerals import prefix
from russian.words import Span, Spans, Word, overlaps, split

_STEM = 5
_NAMED_BEFORE = 4
"""Words before a mark that may say what it is the mark of."""
_MARK_LETTERS = frozenset({"м", "эм", "вэ", "бэ", "эф", "дэ", "ф", "пэ", "эс", "ка"})
"""Letters that a number follows in the marks of materials."""
_REST_DIGITS = {"т": 3, "км": 3, "м": 2}


class Said:
    def __init__(self, text: str, today: date) -> None:
        self.text = text
        self.marks = Words(text)
        self.dates = dates.find(text, today)
        self.people = names.find(text)
        runs = numbers.runs(text, self.marks.words)
        firm = Spans(self.sure_date_spans)
        plain = [number for run in runs for number in run if not firm.touch(number.span)]
        self.corrections = corrections.find(text, _mentions(plain, self.dates, self.people))
        self._taken_back = Spans(one.taken_back for one in self.corrections)
        self._amounts = Amounts(self._read(runs, firm))
        self._lemmas = _Beginnings(lemmas(text))

    @property
    def amounts(self) -> tuple[Amount, ...]:
        return self._amounts.all

    @cached_property
    def days(self) -> frozenset[date]:
        """All that the dates may mean which were not taken back."""
        return frozenset(day for one in self.dates if self.stands(one.span) for day in one.days)

    @cached_property
    def date_spans(self) -> list[Span]:
        return [one.span for one in self.dates]

    @cached_property
    def sure_date_spans(self) -> list[Span]:
        return [one.span for one in self.dates if not one.soft]

    def amount(self, value: Decimal, unit: units.Unit | None) -> list[Amount]:
        """Where the value was said, in this unit or in one that converts exactly; a number without a unit fits any."""
        return self._amounts.like(value, unit)

    def of_the_same(self, one: Amount) -> list[Amount]:
        """Amounts of the same thing in the same unit."""
        return self._amounts.of_the_same(one)

    def stands(self, span: Span) -> bool:
        """It was not taken back."""
        return not self._taken_back.touch(span)

    def instead(self, span: Span) -> Span | None:
        """What it was corrected to in the end."""
        found = next((one for one in self.corrections if overlaps(span, one.taken_back)), None)
        if found is None:
            return None
        return self.instead(found.by) or found.by

    def mark(self, mark: str) -> list[Span]:
        return [span for span in self.marks.find(mark) if self.stands(span) or self._leaves_over(span)]

    def _leaves_over(self, span: Span) -> bool:
        """A mark that only begins the number taken back: «эм сто пятьдесят шесть тысяч нет семь тысяч» keeps М150."""
        taken = (one.taken_back for one in self.corrections if overlaps(span, one.taken_back))
        return all(span[0] < start and span[1] < end for start, end in taken)

    def names_mark(self, text: str, span: Span) -> bool:
        """Whether the mark of this text can be the one at `span`. «м сто пятьдесят шесть тысяч» may be М100, М150 or
        М156 of something: of what was named before it, and of nothing else."""
        wanted = set(lemmas(text))
        if not any(one.isalpha() and len(one) > 2 for one in wanted) or not self._is_in_number(span[1]):
            return True
        before = [word.key for word in self.marks.words if word.end <= span[0] and word.is_letters]
        return any(lemma in wanted for key in before[-_NAMED_BEFORE:] for lemma in lemmas(key))

    def _is_in_number(self, place: int) -> bool:
        words = self.marks.words
        return any(words[atom.first].start < place < words[atom.until - 1].end for atom in self.marks.atoms.values())

    def letter(self, letter: str) -> bool:
        """A single letter of an axis, by its name."""
        return not self.marks.keys.isdisjoint(heard(cyrillic(letter.upper())))

    def person(self, given: Person) -> list[Person]:
        return [one for one in self._persons(given) if self.stands(one.span) and names.same(one, given)]

    def _persons(self, given: Person) -> Iterator[Person]:
        """The persons found, and every bare word that may be this surname: not all of them are in the dictionary."""
        yield from self.people
        bare = {word.start: (word, known) for one in given.surnames for word, known in self._bare.get(one, ())}
        for _, (word, known) in sorted(bare.items()):
            yield Person(word.text, (), known, word.start, word.end)

    @cached_property
    def _bare(self) -> dict[str, list[tuple[Word, frozenset[str]]]]:
        """Words that are no part of a person, by the surnames that they may be."""
        people = Spans(one.span for one in self.people)
        found = defaultdict(list)
        for word in self.marks.words:
            if word.is_letters and len(word.key) > 2 and not people.touch((word.start, word.end)):
                known = names.surnames(word.key)
                for one in known:
                    found[one].append((word, known))
        return found

    def share(self, text: str) -> float:
        """Which part of the words of a text were said, in any form or with the same beginning; 1 for no words."""
        wanted = [lemma for lemma in lemmas(text) if len(lemma) > 2 and lemma.isalpha()]
        return sum(self._has(lemma) for lemma in wanted) / len(wanted) if wanted else 1.0

    def _has(self, lemma: str) -> bool:
        return self._lemmas.has(lemma)

    def _read(self, runs: list[list[Number]], firm: Spans) -> Iterator[Amount]:
        for run in runs:
            for number in _readings(run, self.text, self._after_letter(run[0])):
                if not firm.touch(number.span):
                    yield Amount(number, self._unit(number), self._about(number), self._counted(number))
        yield from self._with_rest(runs)
        for word in self.marks.words:
            if value := prefix(word.key):
                yield Amount(Number(word.start, word.end, word.text, Decimal(value)), None, "")

    def _with_rest(self, runs: list[list[Number]]) -> Iterator[Amount]:
        """«три тонны двести» is 3.2 t, «два метра сорок» 2.4 m: the rest is in the next smaller unit."""
        for run, following in pairwise(runs):
            big, small = run[-1], following[0]
            between = self.marks.places.between(big.end, small.start)
            unit = units.read(tuple(between), 0)[0] if len(between) == 1 else None
            power = _REST_DIGITS.get(unit.name) if unit else None
            whole = small.value == small.value.to_integral_value()
            bare = self._unit(small) is None or len(following) > 1
            if power and whole and bare and 0 < small.value < 10**power:
                value = big.value + small.value.scaleb(-power)
                yield Amount(Number(big.start, small.end, self.text[big.start : small.end], value), unit, "")

    def _after_letter(self, number: Number) -> bool:
        place = self.marks.places.last_before(number.start)
        before = self.marks.words[place] if place >= 0 else None
        return before is not None and before.is_letters and before.key in _MARK_LETTERS

    def _unit(self, number: Number) -> units.Unit | None:
        place = self.marks.places.first_from(number.end)
        after = units.read(self.marks.words, place)[0] if place < len(self.marks.words) else None
        return after or self._unit_before(number)

    def _unit_before(self, number: Number) -> units.Unit | None:
        """«метров пятнадцать»: the plural genitive before a number, when no number stands before it."""
        last = self.marks.places.last_before(number.start)
        if last < 1 or self.marks.atoms.get(last - 1) or not self.marks.words[last].key.endswith("ов"):
            return None
        return units.read(self.marks.words, last)[0]

    def _counted(self, number: Number) -> str:
        place = self.marks.places.first_from(number.end)
        after = self.marks.words[place] if place < len(self.marks.words) else None
        return lemmas(after.key)[0] if after and after.is_letters else ""

    def _about(self, number: Number) -> str:
        before = self.marks.places.letters_before(number.start)
        return lemmas(before.key)[0] if before else ""

    def agrees(self, value: Decimal, before: str, after: str) -> bool:
        """False when the same word stands beside other numbers only: секция 3, where секция один was said."""
        for side, word in (("about", before), ("counted", after)):
            beside = self._amounts.beside(side, word) if len(word) > 2 else None
            if beside and value not in beside:
                return False
        return True


class _Beginnings:
    """Lemmas, asked for words with the same beginning."""

    def __init__(self, words: Iterable[str]) -> None:
        self._all = frozenset(words)
        self._begun = {width: {one[:width] for one in self._all if len(one) >= width} for width in range(4, _STEM + 1)}

    def has(self, lemma: str) -> bool:
        width = min(_STEM, max(4, len(lemma) - 2))
        return lemma in self._all or lemma[:width] in self._begun[width]


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


def _mentions(plain: list[Number], said: Iterable[SaidDate], people: Iterable[Person]) -> list[Mention]:
    found = [Mention("number", one.start, one.end) for one in plain]
    found += [Mention("date", one.start, one.end) for one in said]
    return found + [Mention("name", one.start, one.end) for one in people]
