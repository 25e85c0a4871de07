"""Single number words in all their forms: what each is worth and how it joins its neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from russian.lookalikes import lower
from russian.morphology import forms
from russian.words import listed


class Rank(IntEnum):
    """A smaller rank may follow a greater one in one number: сто (3) двадцать (2) пять (1)."""

    ZERO = 0
    UNIT = 1
    TEN = 2
    HUNDRED = 3
    MULTIPLIER = 4


@dataclass(frozen=True, slots=True)
class Numeral:
    value: int
    rank: Rank
    ordinal: bool = False
    alone: bool = False
    """Joins nothing: двое, тройка, двенадцатимиллиметровый."""

    @property
    def fills(self) -> Rank:
        """What may not follow any more: after двенадцать comes no unit, though it is written like a ten."""
        return Rank.UNIT if 10 < self.value < 20 else self.rank


_CARDINALS = {
    **dict(enumerate(listed("ноль один два три четыре пять шесть семь восемь девять десять"))),
    **dict(
        enumerate(
            listed(
                "одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать "
                "девятнадцать"
            ),
            11,
        )
    ),
    **{
        ten * 10: word
        for ten, word in enumerate(
            listed("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"), 2
        )
    },
    **{
        hundred * 100: word
        for hundred, word in enumerate(
            listed("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"), 1
        )
    },
}
_ORDINALS = {
    **dict(
        enumerate(
            listed(
                "нулевой первый второй третий четвёртый пятый шестой седьмой восьмой девятый десятый одиннадцатый "
                "двенадцатый тринадцатый четырнадцатый пятнадцатый шестнадцатый семнадцатый восемнадцатый "
                "девятнадцатый"
            )
        )
    ),
    **{
        ten * 10: word
        for ten, word in enumerate(
            listed("двадцатый тридцатый сороковой пятидесятый шестидесятый семидесятый восьмидесятый девяностый"), 2
        )
    },
    **{
        hundred * 100: word
        for hundred, word in enumerate(
            listed("сотый двухсотый трёхсотый четырёхсотый пятисотый шестисотый семисотый восьмисотый девятисотый"), 1
        )
    },
    1000: "тысячный",
    1_000_000: "миллионный",
    1_000_000_000: "миллиардный",
}
_PREFIXES = {
    1: "одно", 2: "двух", 3: "трёх", 4: "четырёх", 5: "пяти", 6: "шести", 7: "семи", 8: "восьми", 9: "девяти",
    10: "десяти", 11: "одиннадцати", 12: "двенадцати", 13: "тринадцати", 14: "четырнадцати", 15: "пятнадцати",
    16: "шестнадцати", 17: "семнадцати", 18: "восемнадцати", 19: "девятнадцати", 20: "двадцати", 30: "тридцати",
    40: "сорока", 50: "пятидесяти", 60: "шестидесяти", 70: "семидесяти", 80: "восьмидесяти", 90: "девяносто",
    100: "сто", 200: "двухсот", 300: "трёхсот", 400: "четырёхсот", 500: "пятисот", 600: "шестисот", 700: "семисот",
    800: "восьмисот", 900: "девятисот",
}  # fmt: skip
_MULTIPLIERS = {1000: "тысяча", 1_000_000: "миллион", 1_000_000_000: "миллиард"}
_SHORT = {"тыс": 1000, "млн": 1_000_000, "млрд": 1_000_000_000}
_COLLECTIVE = {2: "двое", 3: "трое", 4: "четверо", 5: "пятеро", 6: "шестеро", 7: "семеро"}
_NICKNAMES = {
    2: "двойка", 3: "тройка", 4: "четвёрка", 5: "пятёрка", 6: "шестёрка", 7: "семёрка", 8: "восьмёрка", 9: "девятка",
    10: "десятка", 12: "двенашка", 14: "четырнашка", 16: "шестнашка", 18: "восемнашка", 20: "двадцатка",
    22: "двадцатьдвойка", 25: "двадцатьпятка", 30: "тридцатка", 40: "сороковка", 50: "полтинник", 100: "сотка",
    120: "стодвадцатка", 150: "полторашка", 200: "двухсотка", 300: "трёхсотка", 400: "четырёхсотка",
    500: "пятисотка", 600: "шестисотка",
}  # fmt: skip
"""Of bars, cements, nails: «двенашка» is a bar of 12."""


@cache
def table() -> dict[str, Numeral]:
    """Every form of every number word that is one word; the keys are lower case with е for ё."""
    known: dict[str, Numeral] = {}
    for form, numeral in _entries():
        known.setdefault(form, numeral)
    return known


def numeral(key: str) -> Numeral | None:
    return table().get(key) or _long_ordinal(key)


def prefix(key: str) -> int | None:
    """The number that an adjective begins with: двухслойный, стопятидесятимиллиметровый; None when there is none."""
    value, rest = _strip(key)
    return value if value and len(rest) >= 4 and numeral(key) is None else None


def _entries() -> Iterator[tuple[str, Numeral]]:
    for value, word in _CARDINALS.items():
        for form in forms(word, "NUMR") | _own_forms(value):
            yield form, Numeral(value, _rank(value))
    for value, word in _MULTIPLIERS.items():
        for form in forms(word):
            yield form, Numeral(value, Rank.MULTIPLIER)
    for short, value in _SHORT.items():
        yield short, Numeral(value, Rank.MULTIPLIER)
    for value, word in _ORDINALS.items():
        for form in forms(word, "ADJF"):
            yield form, Numeral(value, _rank(value), ordinal=True)
    for value, word in _COLLECTIVE.items():
        for form in forms(word):
            yield form, Numeral(value, Rank.UNIT, alone=True)
    for value, word in _NICKNAMES.items():
        for form in forms(word):  # сто двадцатка is 120, сто тройка is two things
            yield form, Numeral(value, _rank(value), ordinal=True, alone=value < 10)


def _own_forms(value: int) -> frozenset[str]:
    """Forms that the dictionary files under other words or does not have."""
    match value:
        case 0:
            return forms("ноль") | forms("нуль")
        case 1:
            return forms("один", "ADJF")
        case 8:
            return frozenset({"восьмью", "восемью"})
        case 80:
            return frozenset({"восьмьюдесятью", "восемьюдесятью"})
        case 100:
            return frozenset({"сто", "ста"})
        case 800:
            return frozenset({"восьмьюстами", "восемьюстами", "восьмистами", "восьмистах", "восьмисот", "восьмистам"})
        case _:
            return frozenset()


def _rank(value: int) -> Rank:
    if value >= 1000:
        return Rank.MULTIPLIER
    if value >= 100:
        return Rank.HUNDRED
    if value >= 10:
        return Rank.TEN
    return Rank.UNIT if value else Rank.ZERO


@cache
def _stems() -> tuple[tuple[str, int], ...]:
    """Prefixes, the longest first: девятнадцати before девят."""
    return tuple(sorted(((lower(word), value) for value, word in _PREFIXES.items()), key=lambda one: -len(one[0])))


def _strip(key: str) -> tuple[int, str]:
    """What the number prefixes at the front of `key` add up to, and the rest."""
    total, last, rest = 0, Rank.MULTIPLIER, key
    while found := next(((word, value) for word, value in _stems() if rest.startswith(word)), None):
        word, value = found
        if _rank(value) >= last:
            break
        total, last, rest = total + value, (Rank.UNIT if 10 < value < 20 else _rank(value)), rest[len(word) :]
    return total, rest


def _long_ordinal(key: str) -> Numeral | None:
    """двухтысячный, двадцатипятитысячный."""
    if not any(sign in key for sign in ("тысячн", "миллион", "миллиард")):
        return None
    value, rest = _strip(key)
    last = table().get(rest)
    if not value or last is None or not last.ordinal:
        return None
    return Numeral(value * last.value, Rank.MULTIPLIER, ordinal=True)
