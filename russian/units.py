"""Units of measure: words, abbreviations and cases to one canonical name, and exact conversions between them."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from russian.lookalikes import cyrillic, lower
from russian.morphology import forms, normal
from russian.words import Word, split


@dataclass(frozen=True, slots=True)
class Unit:
    name: str
    """As it is printed: м, м², шт."""
    dimension: str
    """Units of one dimension convert into each other; each kind of counted thing is its own."""
    factor: Decimal = Decimal(1)
    """How many of the dimension's base unit one of it is."""


def _unit(name: str, dimension: str, factor: str = "1") -> Unit:
    return Unit(name, dimension, Decimal(factor))


_UNITS: dict[Unit, str] = {
    _unit("мм", "length", "0.001"): "миллиметр мм мм. mm",
    _unit("см", "length", "0.01"): "сантиметр см см. cm",
    _unit("м", "length"): "метр м м. m мп м.п м.п. п.м п.м. пм пог.м пог.м. погонник",
    _unit("км", "length", "1000"): "километр км км.",
    _unit("см²", "area", "0.0001"): "см2 см²",
    _unit("м²", "area"): "квадрат м2 м² м^2 кв.м кв.м. квм m2 m² м.кв. м.кв",
    _unit("га", "area", "10000"): "гектар га",
    _unit("м³", "volume"): "куб кубометр м3 м³ м^3 куб.м куб.м. кубм m3 m³ м.куб. м.куб кубик",
    _unit("л", "volume", "0.001"): "литр л л.",
    _unit("г", "mass", "0.001"): "грамм",
    _unit("кг", "mass"): "килограмм кило кг кг. kg",
    _unit("т", "mass", "1000"): "тонна т т. тн тн. тонн",
    _unit("ц", "mass", "100"): "центнер ц",
    _unit("шт.", "piece"): "штука шт шт. штучка pcs",
    _unit("мешок", "bag"): "мешок меш меш.",
    _unit("рулон", "roll"): "рулон рул рул.",
    _unit("упак.", "pack"): "упаковка упак упак. пачка уп уп.",
    _unit("поддон", "pallet"): "поддон паллета палета",
    _unit("компл.", "set"): "комплект компл компл. к-т",
    _unit("пара", "pair"): "пара",
    _unit("лист", "sheet"): "лист",
    _unit("ведро", "bucket"): "ведро",
    _unit("бухта", "coil"): "бухта",
    _unit("чел.", "person"): "человек чел чел.",
    _unit("ч", "time", "60"): "час ч ч.",
    _unit("мин", "time"): "минута мин мин.",
    _unit("сут", "time", "1440"): "сутки сут сут. день",
    _unit("°C", "temperature"): "градус °c °с",
    _unit("%", "share"): "процент %",
    _unit("МПа", "pressure", "1000000"): "мегапаскаль мпа",
    _unit("кПа", "pressure", "1000"): "килопаскаль кпа",
    _unit("атм", "atmosphere"): "атмосфера атм",
    _unit("кВт", "power"): "киловатт квт",
    _unit("кН", "force"): "килоньютон кн",
    _unit("руб.", "money"): "рубль руб руб. ₽ р р.",
    _unit("м/с", "speed"): "м/с",
    _unit("кг/м³", "density"): "кг/м3 кг/м³",
}
_ONLY_WRITTEN = {"г", "чел.-ч", "маш.-ч", "смена", "сот.", "секция", "узел", "стык", "место", "точка", "проба", "свая"}
_ONLY_WRITTEN |= {"бадья", "баллон", "рейс", "машина", "миксер", "катушка"}
"""In a column of units they are some; behind a number that was said they may be anything («2026 г», «две секции»)."""
_MULTIPLE = re.compile(r"^(?:10{1,4}|тыс\.?|млн\.?) ?(?=\D)")
"""100 м², тыс. шт: units of estimates."""
_SQUARE = frozenset({"квадратный", "кв"})
_CUBIC = frozenset({"кубический", "куб"})
_RUNNING = frozenset({"погонный", "пог", "линейный"})


def canonical(text: str) -> Unit | None:
    """The unit that the whole text names in any case or spelling; None when it is not known."""
    words = split(cyrillic(lower(text.strip())))
    if not words:
        return None
    unit, until = read(words, 0)
    while until < len(words) and words[until].key == ".":
        until += 1
    return unit if until == len(words) else None


def is_written(text: str) -> bool:
    """Whether a document may have it where a unit belongs."""
    single = _MULTIPLE.sub("", text.strip().casefold())
    if single in _ONLY_WRITTEN or (single.isalpha() and normal(single) in _ONLY_WRITTEN):
        return True
    return canonical(single) is not None or canonical(single.replace(" ", "")) is not None


def read(words: tuple[Word, ...], at: int) -> tuple[Unit | None, int]:
    """The unit whose words begin at `at`, and the place behind it."""
    phrase, until = _in_words(words, at)
    if phrase:
        return phrase, until
    for width in (6, 5, 4, 3, 2, 1):
        row = words[at : at + width]
        if len(row) == width and all(word.glued or word.key.isalpha() for word in row[1:]):
            joined = "".join(word.key if word.glued or not place else f" {word.key}" for place, word in enumerate(row))
            if unit := _table().get(re.sub(r"(?<=\.) ", "", cyrillic(joined))):
                return unit, at + width
    return None, at


def convert(value: Decimal, given: Unit, wanted: Unit) -> Decimal | None:
    """The exact value in the wanted unit; None between dimensions."""
    if given.dimension != wanted.dimension:
        return None
    result = value * given.factor / wanted.factor
    return result if result * wanted.factor == value * given.factor else None


def _in_words(words: tuple[Word, ...], at: int) -> tuple[Unit | None, int]:
    """«квадратных метров», «куб. м», «метров погонных», «погонных»."""
    if at >= len(words) or not words[at].is_letters:
        return None, at
    first = normal(words[at].key)
    place = at + 1
    if first in _SQUARE | _CUBIC | _RUNNING:
        place += place < len(words) and words[place].key == "."
        second, until = read_one(words, place)
        if second and second.dimension == "length":
            return _adjective(first, second), until
        if first in _RUNNING:
            return by_name("м"), at + 1
    return None, at


def read_one(words: tuple[Word, ...], at: int) -> tuple[Unit | None, int]:
    found = _table().get(words[at].key) if at < len(words) else None
    return (found, at + 1) if found else (None, at)


def _adjective(word: str, length: Unit) -> Unit:
    power, sign = (2, "²") if word in _SQUARE else (3, "³") if word in _CUBIC else (1, "")
    dimension = {1: "length", 2: "area", 3: "volume"}[power]
    return Unit(f"{length.name}{sign}", dimension, length.factor**power)


def by_name(name: str) -> Unit | None:
    return next((unit for unit in _UNITS if unit.name == name), None)


@cache
def _table() -> dict[str, Unit]:
    known: dict[str, Unit] = {}
    for unit, spellings in _UNITS.items():
        for spelling in spellings.split():
            spelled = forms(spelling) if spelling.isalpha() and len(spelling) > 2 else {spelling}
            for form in {*spelled, spelling}:
                known.setdefault(cyrillic(lower(form)), unit)
    metre = by_name("м")
    assert metre is not None
    for form in forms("метр"):
        for adjective in forms("погонный", "ADJF"):
            known.setdefault(f"{lower(form)} {lower(adjective)}", metre)
        for word, name in (("квадратный", "м²"), ("кубический", "м³")):
            named = by_name(name)
            assert named is not None
            for adjective in forms(word, "ADJF"):
                known.setdefault(f"{lower(form)} {lower(adjective)}", named)
    return known
