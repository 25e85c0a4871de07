"""Said amounts by their values and by their neighbours: three hundred materials ask for them one by one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from russian import units
from russian.numbers import Number


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it was said, with the unit behind it and its neighbours: the lemmas of the words on both sides."""

    number: Number
    unit: units.Unit | None
    about: str
    counted: str = ""

    @property
    def values(self) -> tuple[Decimal, ...]:
        return self.number.value, *self.number.alternatives


class Amounts:
    def __init__(self, amounts: Iterable[Amount]) -> None:
        self.all = tuple(amounts)
        self._by_value: dict[tuple[str, Decimal], list[int]] = defaultdict(list)
        """By the dimension, "" for any, and the value in its base unit, or as it was said for any."""
        self._beside: dict[tuple[str, str], set[Decimal]] = defaultdict(set)
        self._about: dict[tuple[str, units.Unit | None], list[Amount]] = defaultdict(list)
        for place, one in enumerate(self.all):
            for value in one.values:
                self._by_value["", value].append(place)
                if one.unit is not None:
                    self._by_value[one.unit.dimension, value * one.unit.factor].append(place)
                self._beside["about", one.about].add(value)
                self._beside["counted", one.counted].add(value)
            self._about[one.about, one.unit].append(one)

    def like(self, value: Decimal, unit: units.Unit | None) -> list[Amount]:
        """Those of this value, in this unit or in one that converts exactly; a number without a unit fits any."""
        places = set(self._by_value.get(("", value), ()))
        if unit is not None:
            places |= set(self._by_value.get((unit.dimension, value * unit.factor), ()))
        return [one for place in sorted(places) if _fits(one := self.all[place], value, unit)]

    def beside(self, side: str, word: str) -> set[Decimal]:
        """The values beside which the word stands: `about` before them, `counted` behind."""
        return self._beside.get((side, word), set())

    def of_the_same(self, one: Amount) -> list[Amount]:
        """Of the same thing in the same unit."""
        return self._about[one.about, one.unit]


def _fits(one: Amount, value: Decimal, unit: units.Unit | None) -> bool:
    if unit is None or one.unit is None:
        return value in one.values
    if one.unit.dimension == unit.dimension:
        return any(units.convert(number, one.unit, unit) == value for number in one.values)
    return value in one.values and _may_be_short(one.unit, unit)


def _may_be_short(one: units.Unit, other: units.Unit) -> bool:
    """«метров» is said of wind; for square and cubic ones it is another amount."""
    return one.name == "м" and other.name == "м/с"
