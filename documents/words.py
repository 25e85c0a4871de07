"""How values look on paper: dates, numbers, units, and lines of text whose doubtful places carry a mark."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from documents.shapes import as_decimal

MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
NBSP = "\u00a0"
_NOT_ON_PAPER = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_POWERS = re.compile(r"(?<=[а-яА-ЯёЁa-zA-Z])([23])(?![\d\w])")


@dataclass(frozen=True, slots=True)
class Run:
    """Some words; `mark` is the number of the note that says why they are doubtful, 0 for none."""

    text: str
    mark: int = 0


Line = tuple[Run, ...]


class Pen:
    """Writes values as runs; knows which paths are doubtful."""

    def __init__(self, marks: Mapping[str, int]) -> None:
        self._marks = marks

    def mark(self, path: str) -> int:
        """Of the value, or of what it is a part of."""
        while path:
            if path in self._marks:
                return self._marks[path]
            path = path.rpartition(".")[0]
        return 0

    def run(self, path: str, words: object, before: str = "", after: str = "") -> Line:
        """Nothing when there are no words."""
        shown = clean(words) if words is not None else ""
        if not shown:
            return ()
        around = ((Run(before),) if before else (), (Run(after),) if after else ())
        return (*around[0], Run(shown, self.mark(path)), *around[1])


def joined(parts: Iterable[Line], between: str = ", ") -> Line:
    """The parts that are not empty, in one line."""
    line: list[Run] = []
    for part in parts:
        if part:
            line += [Run(between), *part] if line else part
    return tuple(line)


def plain(line: Line) -> str:
    return "".join(run.text for run in line)


def clean(words: object) -> str:
    """Without what no paper shows: control characters, halves of pairs, invisible and direction marks."""
    shown = _NOT_ON_PAPER.sub("", str(words).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return shown.replace("\u2028", "\n").replace("\u2029", "\n").strip()


def iso_date(value: object) -> date | None:
    """The day of an ISO date that exists."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def iso_moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def full_date(value: object) -> str:
    """«11» ноября 2026 г.; what is no date stays as it was given."""
    if day := iso_date(value):
        return f"«{day.day:02}»{NBSP}{MONTHS[day.month - 1]}{NBSP}{day.year}{NBSP}г."
    return "" if value is None else str(value)


def short_date(value: object) -> str:
    """11.11.2026"""
    if day := iso_date(value):
        return f"{day:%d.%m.%Y}"
    return "" if value is None else str(value)


def full_moment(value: object) -> str:
    """«20» ноября 2026 г., 18 ч 00 мин"""
    if moment := iso_moment(value):
        clock = f"{moment.hour:02}{NBSP}ч{NBSP}{moment.minute:02}{NBSP}мин"
        return f"{full_date(moment.date().isoformat())}, {clock}"
    return full_date(value)


def number(value: object) -> str:
    """2400.5 -> 2400,5; from five digits on the thousands stand apart. What is no number stays as it was given."""
    amount = as_decimal(value)
    if amount is None:
        return "" if value is None else str(value)
    whole, _, part = str(value).partition(".")
    sign, digits = ("−", whole[1:]) if whole.startswith("-") else ("", whole)
    if len(digits) > 4:
        digits = f"{int(digits):,}".replace(",", NBSP)
    return sign + digits + (f",{part}" if part else "")


def money(value: object) -> str:
    """1020000 -> 1 020 000,00"""
    amount = as_decimal(value)
    return number(value) if amount is None else f"{amount:,.2f}".replace(",", NBSP).replace(".", ",").replace("-", "−")


def unit(value: object) -> str:
    """м3 -> м³"""
    return _POWERS.sub(lambda found: "²³"[int(found[1]) - 2], str(value)) if value is not None else ""


def nested(words: str) -> str:
    """As it stands inside of «»: „ООО Пример“, not a second pair of the same marks."""
    return words.translate({ord("«"): "„", ord("»"): "“"})


def printed(path: str, value: object) -> str:
    """A value as a person reads it in a message."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if iso_moment(value):
        return full_moment(value).replace(NBSP, " ")
    if iso_date(value):
        return short_date(value)
    last = path.rpartition(".")[2]
    if last in ("quantity", "unit_price", "cost", "total"):
        return number(value).replace(NBSP, " ")
    return unit(value) if last == "unit" else clean(value)
