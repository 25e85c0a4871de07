"""Numbers in running speech and writing, with their places and exact values.

What one number is follows from the order of its words: сто двадцать пять is one, двадцать четыре ноль один is 24 and
0.1. Two neighbours may still be one value («три двести» is a level of 3.200, or 3200, or a 3 and a 200): then the
number carries `alternatives` and `parts`, and whoever knows the context chooses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from russian.number_grammar import Atom, atoms
from russian.words import Word, split

_LEVEL_AFTER = 100
"""A whole part from here on is no level and no spoken decimal: двести пятьдесят сто восемнадцать are two numbers."""


@dataclass(frozen=True, slots=True)
class Number:
    start: int
    end: int
    text: str
    value: Decimal
    ordinal: bool = False
    alternatives: tuple[Decimal, ...] = ()
    """Other values that the same words can have."""
    parts: "tuple[Number, ...]" = ()
    """The numbers that the words are when they are not one."""

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    @property
    def values(self) -> tuple[Decimal, ...]:
        """All readings, the likeliest first."""
        return (self.value, *self.alternatives, *(value for part in self.parts for value in part.values))


def find(text: str) -> tuple[Number, ...]:
    """All numbers of the text in order; they do not overlap."""
    return tuple(number for run in runs(text) for number in _joined(run, text))


def runs(text: str, words: tuple[Word, ...] | None = None) -> list[list[Number]]:
    """The numbers by their neighbourhood: those with nothing but a space between them stand together."""
    found: list[list[Number]] = []
    last = -1
    words = split(text) if words is None else words
    for atom in _with_zeros(list(atoms(words))):
        number = _number(atom, words, text)
        if atom.first == last and not words[atom.first].is_sign:
            found[-1].append(number)
        else:
            found.append([number])
        last = atom.until
    return found


def parse(text: str) -> Decimal | None:
    """The value of a text that is nothing but one number, in words or digits; None for anything else."""
    stripped = text.strip()
    found = find(stripped)
    whole = len(found) == 1 and found[0].start == 0 and found[0].end == len(stripped)
    return found[0].value if whole else None


def pair(one: Number, other: Number, text: str) -> Number | None:
    """Two neighbours as one value: 3.200 or 3200, 5.16, 2026; None where nobody would say it so."""
    whole, rest = one.value, other.value
    if (
        one.ordinal
        or one.parts
        or other.parts
        or whole != whole.to_integral_value()
        or rest != rest.to_integral_value()
    ):
        return None
    if not 0 < abs(whole) < _LEVEL_AFTER or not 10 <= rest < 1000 or len(_digits(rest)) > 3:
        return None
    sign = -1 if whole < 0 else 1
    after_point = whole + sign * rest.scaleb(-len(_digits(rest)))
    if rest >= 100:
        values: tuple[Decimal, ...] = (after_point, whole * 1000 + sign * rest)
    elif whole in (19, 20):
        values = (whole * 100 + rest, after_point)
    else:
        values = (after_point,)
    return Number(one.start, other.end, text[one.start : other.end], values[0], other.ordinal, values[1:], (one, other))


def _joined(run: list[Number], text: str) -> list[Number]:
    """A pair that stands alone may be one value; in a longer row nobody can tell which belong together."""
    if len(run) == 2 and (both := pair(run[0], run[1], text)):
        return [both]
    return run


def _number(atom: Atom, words: tuple[Word, ...], text: str) -> Number:
    start, end = words[atom.first].start, words[atom.until - 1].end
    return Number(start, end, text[start:end], atom.value, atom.ordinal, atom.alternatives)


def _with_zeros(found: list[Atom]) -> Iterator[Atom]:
    """Zeros before a number are decimals: ноль девяносто пять is 0.95, ноль ноль пять 0.05."""
    place = 0
    while place < len(found):
        atom, until = found[place], place + 1
        if atom.is_zero:
            zeros = 0
            while until < len(found) and found[until].is_zero and _follows(found[until - 1], found[until]):
                zeros, until = zeros + 1, until + 1
            if until < len(found) and _follows(found[until - 1], found[until]) and found[until].is_fraction_digits:
                rest = found[until].value
                value = rest.scaleb(-zeros - len(_digits(rest)))
                atom = Atom(atom.first, found[until].until, -value if atom.negative else value)
                until += 1
            elif zeros:
                atom = Atom(atom.first, found[until - 1].until, Decimal(0))
        yield atom
        place = until


def _follows(one: Atom, other: Atom) -> bool:
    return other.first == one.until


def _digits(value: Decimal) -> str:
    return str(abs(value).to_integral_value())
