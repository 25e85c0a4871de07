"""Months, weekdays and the words that count from today."""

from datetime import date, timedelta
from functools import cache

from russian.morphology import forms
from russian.words import listed

_MONTHS = listed("январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь")
_SHORT_MONTHS = {
    "янв": 1, "фев": 2, "февр": 2, "апр": 4, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "сент": 9, "окт": 10, "ноя": 11,
    "нояб": 11, "дек": 12,
}  # fmt: skip
_WEEKDAYS = listed("понедельник вторник среда четверг пятница суббота воскресенье")
DAYS_FROM_TODAY = {
    "позавчера": -2, "позавчерашний": -2, "вчера": -1, "вчерашний": -1, "сегодня": 0, "сегодняшний": 0, "завтра": 1,
    "завтрашний": 1, "послезавтра": 2, "послезавтрашний": 2,
}  # fmt: skip
_WEEKS_AWAY = {"прошлый": -1, "минувший": -1, "этот": 0, "текущий": 0, "следующий": 1, "будущий": 1, "тот": -1}


@cache
def _months() -> dict[str, int]:
    known = {form: number for number, name in enumerate(_MONTHS, 1) for form in forms(name, "NOUN")}
    return _SHORT_MONTHS | known


@cache
def _weekdays() -> dict[str, int]:
    return {form: number for number, name in enumerate(_WEEKDAYS) for form in forms(name, "NOUN")}


@cache
def _from_today() -> dict[str, int]:
    return {form: days for word, days in DAYS_FROM_TODAY.items() for form in forms(word)}


@cache
def _modifiers() -> dict[str, int]:
    return {form: weeks for word, weeks in _WEEKS_AWAY.items() for form in forms(word, "ADJF")}


def month(key: str) -> int | None:
    return _months().get(key)


def weekday(key: str) -> int | None:
    """0 is Monday."""
    return _weekdays().get(key)


def from_today(key: str) -> int | None:
    """Days: -1 for вчера and «вчерашнего»."""
    return _from_today().get(key)


def modifier(key: str) -> int | None:
    """прошлый -1, этот 0, следующий 1."""
    return _modifiers().get(key)


def real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def last_day(year: int, month: int) -> date:
    return (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def shift_months(start: date, months: int) -> date:
    """The first day of the month that is `months` away."""
    number = start.year * 12 + start.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
