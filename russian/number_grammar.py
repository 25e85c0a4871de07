"""How number words make one number: descending ranks, thousands, fractions, halves, digits with «тыс.»."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from russian.numerals import Numeral, Rank, numeral
from russian.words import Word

_HALVES = {
    "половиной": Decimal("0.5"),
    "половиною": Decimal("0.5"),
    "половинкой": Decimal("0.5"),
    "четвертью": Decimal("0.25"),
    "четвертинкой": Decimal("0.25"),
}
_ONE_AND_A_HALF = frozenset({"полтора", "полторы", "полутора"})
_HALF = frozenset(
    {
        "пол",
        "половина",
        "половину",
        "половины",
    }
)
_WHOLE = frozenset({"целых", "целая", "целые", "целой", "целую", "целыми"})
_DENOMINATORS = (("десятитысячн", 4), ("стотысячн", 5), ("миллионн", 6), ("тысячн", 3), ("сот", 2), ("десят", 1))
_FRACTION_ENDINGS = ("ая", "ой", "ую", "ых", "ыми", "ым", "ые", "ою")
_QUARTERS = {"четверть": 1, "четверти": 1, "четвертей": 1}
_POINTS = frozenset({"точка", "запятая"})
_MINUS = frozenset({"минус", "-", "−", "–"})
_NUMERIC_SIGNS = frozenset({"+", "±", "(", "[", "=", "/", ",", ";", ":", "…", "<", ">", "≤", "≥", "~", "≈"})


@dataclass(frozen=True, slots=True)
class Atom:
    """One number as its words stand; `first` and `until` count words."""

    first: int
    until: int
    value: Decimal
    ordinal: bool = False
    negative: bool = False
    alternatives: tuple[Decimal, ...] = ()

    @property
    def is_zero(self) -> bool:
        return self.value == 0 and not self.ordinal and self.until - self.first == 1 + self.negative

    @property
    def is_fraction_digits(self) -> bool:
        return not self.ordinal and self.value == self.value.to_integral_value() and 0 < self.value < 1000


class _Reader:
    """Reads one number from a place on; the place moves over what it has understood."""

    def __init__(self, words: tuple[Word, ...], at: int) -> None:
        self.words = words
        self.at = at
        self.ordinal = False

    def key(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.words[place].key if 0 <= place < len(self.words) else ""

    def numeral(self, ahead: int = 0) -> Numeral | None:
        return numeral(self.key(ahead))

    def integer(self) -> int | None:
        """The longest number that the words make, or None; stops behind an ordinal."""
        total = group = 0
        last, last_multiplier, begun = Rank.MULTIPLIER, 10**12, False
        while (found := self.numeral()) and not self.ordinal:
            if found.alone or found.rank is Rank.ZERO:
                if begun:
                    break
                self.at += 1
                self.ordinal = found.ordinal
                return found.value
            if found.rank is Rank.MULTIPLIER:
                if found.value >= last_multiplier or (found.ordinal and begun):
                    break
                total, group = total + (group or 1) * found.value, 0
                last, last_multiplier = Rank.MULTIPLIER, found.value
            elif found.rank >= last:
                break
            else:
                group, last = group + found.value, found.fills
            begun, self.ordinal = True, found.ordinal
            self.at += 1
        return total + group if begun else None

    def multiplied(self, value: Decimal) -> Decimal:
        """«… тысяч», «… млн» behind a number that is not yet in thousands, and what follows it."""
        found = self.numeral()
        if found is None or found.rank is not Rank.MULTIPLIER or found.ordinal:
            return value
        short = self.key() in ("тыс", "млн", "млрд")
        self.at += 1
        if short and self.key() == ".":
            self.at += 1
        value *= found.value
        before, place = self.ordinal, self.at
        rest = self.integer()
        if rest is not None and 0 < rest < found.value and value == value.to_integral_value():
            return value + rest
        self.ordinal, self.at = before, place
        return value


def atoms(words: tuple[Word, ...]) -> Iterator[Atom]:
    """Every number of the text, left to right."""
    at = 0
    while at < len(words):
        found = _atom(words, at)
        if found is None:
            at += 1
        else:
            yield found
            at = found.until


def _atom(words: tuple[Word, ...], at: int) -> Atom | None:
    if words[at].is_digits and words[at].glued and words[at - 1].is_letters:
        return None  # А500С, м2: a mark or a unit
    reader = _Reader(words, at)
    negative = reader.key() in _MINUS and _is_minus(words, at)
    if negative:
        reader.at += 1
    if reader.at < len(words) and words[reader.at].is_digits:
        value, alternatives = _digits(reader)
    else:
        spoken = _spoken(reader)
        if spoken is None:
            return None
        value, alternatives = spoken, ()
    sign = -1 if negative else 1
    return Atom(at, reader.at, sign * value, reader.ordinal, negative, tuple(sign * one for one in alternatives))


def _is_minus(words: tuple[Word, ...], at: int) -> bool:
    """A dash is a minus when it opens a number: not in 1-7, 24-01, КЖ1-14."""
    if words[at].key == "минус":
        return True
    if at + 1 >= len(words) or not words[at + 1].glued or not words[at + 1].is_digits:
        return False
    before = words[at - 1] if at else None
    return before is None or not words[at].glued or (before.is_sign and before.key in _NUMERIC_SIGNS)


def _spoken(reader: _Reader) -> Decimal | None:
    if reader.key() in _ONE_AND_A_HALF:
        reader.at += 1
        return reader.multiplied(Decimal("1.5"))
    if reader.key() in _HALF:
        reader.at += 1
        return reader.multiplied(Decimal("0.5"))
    whole = reader.integer()
    if whole is None:
        return None
    return Decimal(whole) if reader.ordinal else _with_fraction(reader, Decimal(whole))


def _with_fraction(reader: _Reader, whole: Decimal) -> Decimal:
    for tail in (_whole_and_parts, _bare_parts, _half, _quarters, _point):
        value = tail(reader, whole)
        if value is not None:
            return reader.multiplied(value)
    return reader.multiplied(whole) if whole < 1000 else whole


def _whole_and_parts(reader: _Reader, whole: Decimal) -> Decimal | None:
    """«две целых [и] четыре десятых»; without the name of the parts the digits count: «ноль целых девяносто пять»."""
    if reader.key() not in _WHOLE:
        return None
    place = reader.at
    reader.at += 2 if reader.key(1) == "и" else 1
    zeros = 0
    while (found := reader.numeral()) and found.rank is Rank.ZERO:
        zeros, reader.at = zeros + 1, reader.at + 1
    parts = _parts(reader)
    if parts is None:
        reader.at = reader.at if zeros else place
        return whole if zeros else None
    digits, named = parts
    return whole + Decimal(digits).scaleb(-(named or zeros + len(str(digits))))


def _bare_parts(reader: _Reader, whole: Decimal) -> Decimal | None:
    """«пять десятых», «двадцать пять сотых»: the number before was the numerator. «и две десятых» adds."""
    if power := _denominator(reader.key()):
        reader.at += 1
        return whole.scaleb(-power)
    if reader.key() == "и" and whole >= 1:
        place = reader.at
        reader.at += 1
        parts = _parts(reader)
        if parts is not None and parts[1]:
            return whole + Decimal(parts[0]).scaleb(-parts[1])
        reader.at = place
    return None


def _half(reader: _Reader, whole: Decimal) -> Decimal | None:
    if reader.key() in ("с", "со") and (more := _HALVES.get(reader.key(1))):
        reader.at += 2
        return whole + more
    return None


def _quarters(reader: _Reader, whole: Decimal) -> Decimal | None:
    if reader.key() in _QUARTERS and 1 <= whole <= 3:
        reader.at += 1
        return whole / 4
    return None


def _point(reader: _Reader, whole: Decimal) -> Decimal | None:
    """«два запятая четыре», «три точка ноль пять»."""
    if reader.key() not in _POINTS:
        return None
    place = reader.at
    reader.at += 1
    digits = ""
    while (found := reader.numeral()) and found.rank is Rank.ZERO:
        digits, reader.at = digits + "0", reader.at + 1
    rest = reader.integer()
    digits += "" if rest is None else str(rest)
    if not digits:
        reader.at = place
        return None
    return whole + Decimal(digits).scaleb(-len(digits))


def _parts(reader: _Reader) -> tuple[int, int] | None:
    """A numerator and the power of ten of its denominator, 0 where that is not said."""
    place = reader.at
    before = reader.ordinal
    value = reader.integer()
    if value is None:
        return None
    if reader.ordinal:
        # «ноль целых пять десятых» reads пять and stops; «… двадцать десятых» would swallow the parts as an ordinal
        reader.at, reader.ordinal = place, before
        return None
    power = _denominator(reader.key())
    reader.at += 1 if power else 0
    return value, power


def _denominator(key: str) -> int:
    if not key.endswith(_FRACTION_ENDINGS):
        return 0
    return next((power for stem, power in _DENOMINATORS if key.startswith(stem) and len(key) <= len(stem) + 3), 0)


def _digits(reader: _Reader) -> tuple[Decimal, tuple[Decimal, ...]]:
    """12, 2 400, 2,4 and 2.4, with «тыс.» or «с половиной» behind; a group of three may be a number of its own."""
    start = reader.at
    digits = reader.key()
    reader.at += 1
    grouped = 0
    while len(digits) <= 3 * (grouped + 1) and digits[0] != "0" and _is_group(reader, start):
        digits, grouped, reader.at = digits + reader.key(), grouped + 1, reader.at + 1
    value = Decimal(digits)
    if reader.key() in (",", ".") and _glued_digits(reader):
        value = Decimal(f"{digits}.{reader.key(1)}")
        reader.at += 2
    alternatives = (value.scaleb(-3 * grouped),) if grouped else ()
    if value == value.to_integral_value() and (half := _half(reader, value)):
        value = half
    return reader.multiplied(value), alternatives


def _is_group(reader: _Reader, start: int) -> bool:
    """Three digits behind a space; a longer row of digits, or letters glued to it, is something else."""
    words, at = reader.words, reader.at
    if at >= len(words) or not words[at].is_digits or words[at].glued or len(words[at].text) != 3:
        return False
    if start and words[start].glued and words[start - 1].is_letters:
        return False
    return at + 1 >= len(words) or not words[at + 1].glued or not words[at + 1].is_letters


def _glued_digits(reader: _Reader) -> bool:
    """`,5` glued on both sides, and no further part: 2.5, not 20.12.2026 or 10.3.2."""
    words, at = reader.words, reader.at
    if at + 1 >= len(words) or not words[at].glued or not words[at + 1].glued or not words[at + 1].is_digits:
        return False
    more = at + 3 < len(words) and words[at + 2].key in (",", ".") and words[at + 2].glued and words[at + 3].glued
    before = at >= 2 and words[at - 2].key == "." and words[at - 1].glued
    return not (more and words[at + 3].is_digits) and not before
