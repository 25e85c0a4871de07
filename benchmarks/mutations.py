"""Right arguments made wrong, one value at a time, as a model gets them wrong."""

import copy
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from num2words import num2words

_STRANGERS = ("Воробьёв А. С.", "Лаптева Н. К.", "Гаврилин Степан Юрьевич", "Р. Т. Ханнанов", "Щукин", "Зуева Ольга")
_NORMS = ("СП 45.13330.2017", "СП 63.13330.2018 п. 10.3.2", "ГОСТ 34028-2016", "СП 28.13330.2017")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_IDENTIFIERS = ("number", "cipher", "sheets", "act_number")


@dataclass(frozen=True, slots=True)
class Mutation:
    kind: str
    path: str
    right: str
    wrong: str
    arguments: dict[str, Any]
    also: tuple[str, ...] = ()
    """Other places where a flag shows that it was noticed."""


def mutations(right: dict[str, Any], text: str, dice: random.Random) -> Iterator[Mutation]:
    leaves = [(path, value) for path, value in _leaves("", right) if value is not None]
    for path, value in leaves:
        given = str(value)
        if _DATE.match(given):
            yield from _days(right, path, given, dice)
        elif _NUMBER.fullmatch(given) and not _is_identifier(path):
            yield _with(right, "number in words", path, given, _in_words(given))
            yield _with(right, "number with another digit", path, given, _other(given, dice, text))
        elif _is_identifier(path):
            yield _with(right, "document number with a digit more", path, given, given + str(dice.randint(1, 9)))
        elif path.endswith(".unit"):
            wrong = dice.choice([unit for unit in ("т", "м2", "шт", "м3") if unit != given])
            amount = path.removesuffix("unit") + "quantity"
            yield replace(_with(right, "another unit", path, given, wrong), also=(amount,))
        elif found := re.search(r"\d+", given):
            digits = _other(found[0], dice, text)
            wrong = given[: found.start()] + digits + given[found.end() :]
            yield _with(right, "number inside of a text", path, given, wrong)
    yield from _whole(right, dice)


def _days(right: dict[str, Any], path: str, given: str, dice: random.Random) -> Iterator[Mutation]:
    day, time = date.fromisoformat(given[:10]), given[10:]
    wrong = day.replace(year=day.year + dice.choice((-2, -1, 1))).isoformat() + time
    yield _with(right, "wrong year", path, given, wrong)
    days = {str(value)[:10] for _, value in _leaves("", right)}
    moved = next(one for step in range(3, 30) if (one := (day - timedelta(step)).isoformat()) not in days)
    yield _with(right, "another day", path, given, moved + time)


def _whole(right: dict[str, Any], dice: random.Random) -> Iterator[Mutation]:
    stranger, norm = dice.choice(_STRANGERS), dice.choice(_NORMS)
    yield _with(right, "made-up signatory", "customer_representative", "None", stranger)
    form = {"representatives": {"contractor": {"position": "прораб", "name_initials": dice.choice(_STRANGERS)}}}
    yield _with(right, "made-up signatory", "form_344", "None", form)
    yield _with(right, "another norm", "compliance", "None", f"Соответствует {norm}")
    start, end = right.get("date_start"), right.get("date_end")
    if start and end and start != end:
        swapped = {**right, "date_start": end, "date_end": start}
        yield Mutation("swapped dates", "date_start", start, end, swapped, ("date_end",))


def _with(right: dict[str, Any], kind: str, path: str, given: str, wrong: Any) -> Mutation:
    arguments = copy.deepcopy(right)
    place: Any = arguments
    *way, last = _steps(path)
    for step in way:
        place = place[step]
    place[last] = wrong
    return Mutation(kind, path, given, str(wrong), arguments)


def value_at(values: Any, path: str) -> Any:
    """What stands at a path; None where nothing does."""
    for step in _steps(path):
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return None
    return values


def _steps(path: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in re.split(r"[.\[\]]+", path) if step]


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(f"{path}[{number}]", inner)
    else:
        yield path, value


def _is_identifier(path: str) -> bool:
    return re.sub(r"\[\d+\]$", "", path).rsplit(".", 1)[-1] in _IDENTIFIERS


def _in_words(given: str) -> str:
    return str(num2words(int(given) if given.isdigit() else float(given), lang="ru"))


def _other(given: str, dice: random.Random, text: str) -> str:
    """A digit more, or another one; never what the dictation has elsewhere in digits."""
    while True:
        wrong = given + str(dice.randint(1, 9)) if dice.random() < 0.5 else str(dice.randint(1, 9)) + given[1:]
        if wrong != given and wrong not in text:
            return wrong
