"""How words and digits make a date: day, month and year as said, before anything is guessed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from russian import calendar_words
from russian.morphology import readings
from russian.number_grammar import Atom, atoms
from russian.words import Word, listed

_BEFORE_A_DAY = frozenset({"от", "с", "со", "по", "до", "к", "ко", "на", "не", "а", "и", "или", "либо"})
_BETWEEN = frozenset(
    listed(
        "с со по до от нет не а и или либо по- - – — , . то есть ой вернее точнее поправка числа число года года г год"
    )
)
_AGO, _IN = "назад", "через"
_STEPS = {"день": 1, "сутки": 1, "неделя": 7}
_THIRDS = {"начало": 1, "середина": 2, "конец": 3}
_YEAR_WORDS = frozenset({"год", "года", "году", "г"})
_PERIOD_PREPOSITIONS = frozenset({"за", "в", "во", "на"})
_ISO = re.compile(r"(?<![\d.-])(\d{4})-(\d\d?)-(\d\d?)(?![\d.-]?\d)")
_POINTS = re.compile(r"(?<![\d./-])(\d\d?)([./-])(\d\d?)\2(\d{4}|\d\d)(?![./-]?\d)")


@dataclass(frozen=True, slots=True)
class Piece:
    """What was said of one date; 0 and None where nothing was."""

    start: int
    end: int
    day: int = 0
    month: int = 0
    year: int = 0
    days_from_today: int | None = None
    weekday: int | None = None
    weeks_away: int | None = None
    months_away: int | None = None
    third: int = 0
    ahead: bool = False
    soft: bool = False
    carried: bool = False
    follows_closely: bool = False
    """Only small words stand between it and the date before."""


class _Text:
    def __init__(self, words: tuple[Word, ...]) -> None:
        self.words = words
        self.atoms = {atom.first: atom for atom in atoms(words)}

    def key(self, at: int) -> str:
        return self.words[at].key if 0 <= at < len(self.words) else ""

    def normal(self, at: int) -> str:
        return readings(self.key(at))[0].normal if self.key(at).isalpha() else ""

    def piece(self, first: int, until: int, **said: int | bool | None) -> Piece:
        return Piece(self.words[first].start, self.words[until - 1].end, **said)  # type: ignore[arg-type]


def pieces(words: tuple[Word, ...]) -> Iterator[Piece]:
    text = _Text(words)
    at, last_until = 0, -1
    while at < len(words):
        found = _written(text, at) or _dated(text, at) or _relative(text, at)
        if found is None:
            at += 1
            continue
        piece, until = found
        first = next(place for place in range(at, until) if words[place].start == piece.start)
        closely = last_until >= 0 and all(word.key in _BETWEEN for word in words[last_until:first])
        yield replace(piece, follows_closely=closely)
        at = last_until = until


def _written(text: _Text, at: int) -> tuple[Piece, int] | None:
    """20.12.2026, 20/12/26, 2026-12-20."""
    if not text.words[at].is_digits:
        return None
    row = text.words[at : at + 5]
    joined = "".join(word.text for word in row)
    if len(row) < 5 or not all(word.glued for word in row[1:]):
        return None
    more = at + 5 < len(text.words) and text.words[at + 5].glued
    if more and (
        text.words[at + 5].is_digits or (text.key(at + 5) in (".", "-", "/") and text.key(at + 6).isdecimal())
    ):
        return None
    until = at + 5
    if iso := _ISO.fullmatch(joined):
        return text.piece(at, until, day=int(iso[3]), month=int(iso[2]), year=int(iso[1])), until
    if (found := _POINTS.fullmatch(joined)) and int(found[3]) <= 99:
        year = int(found[4])
        until += text.key(until) in _YEAR_WORDS
        year += 2000 if year < 100 else 0
        if int(found[3]) > 12 and found[2] != ".":
            return None
        return text.piece(at, until, day=int(found[1]), month=min(int(found[3]), 99), year=year), until
    return None


def _dated(text: _Text, at: int) -> tuple[Piece, int] | None:
    """A day with its month, a day with «числа», a day behind «от», «с», «по»."""
    atom = text.atoms.get(at)
    if atom is None or atom.negative or not _is_day(atom):
        return None
    day, until = int(atom.value), _behind_ending(text, atom.until)
    if month := calendar_words.month(text.key(until)):
        until += 1 + (text.key(until + 1) == "." and text.key(until) in ("янв", "фев", "дек", "окт", "сент"))
        year, until = _year(text, until)
        return text.piece(at, until, day=day, month=month, year=year), until
    if text.key(until) in ("числа", "число", "числу"):
        return text.piece(at, until + 1, day=day), until + 1
    if day <= 31 and _is_bare_day(text, at, until):
        return text.piece(at, until, day=day, soft=True), until
    return None


def _is_day(atom: Atom) -> bool:
    return atom.value == atom.value.to_integral_value() and 0 < atom.value < 100


def _behind_ending(text: _Text, at: int) -> int:
    """11-го, 11го."""
    if text.key(at) == "-" and text.key(at + 1) in ("го", "ого", "е", "ое"):
        return at + 2
    return at + 1 if text.key(at) in ("го", "ого", "ое") else at


def _is_bare_day(text: _Text, at: int, until: int) -> bool:
    """«от десятого», «по восемнадцатое», and «с 10 по 12» when a month comes behind the second one."""
    last = text.key(until - 1)
    if text.key(at - 1) not in _BEFORE_A_DAY and not (last.isdecimal() and text.key(until) in ("-", "–", "—")):
        return False
    if last.isdecimal() or last in ("го", "ого"):
        other = text.atoms.get(until + 1)
        return (
            text.key(until) in ("по", "до", "и", "-", "–", "—", "нет", ",")
            and other is not None
            and calendar_words.month(text.key(_behind_ending(text, other.until))) is not None
        )
    if not text.atoms[at].ordinal or not last.endswith(("ого", "его", "ое", "ье")):
        return False
    return not _counts(text, until)


def _counts(text: _Text, at: int) -> bool:
    """The next word is what the ordinal counts: «от третьего колодца», «по первое перекрытие»."""
    key = text.key(at)
    if not key.isalpha() or key in _BETWEEN or at in text.atoms or len(key) < 3:
        return False
    first = readings(key)[0].grammemes
    if "NOUN" in first and "sing" in first and not {"femn"} & first:
        return ("gent" in first) or ("neut" in first and "accs" in first)
    return "ADJF" in first and "sing" in first and "gent" in first and "femn" not in first


def _year(text: _Text, at: int) -> tuple[int, int]:
    """The year behind a month and where it ends; 0 when none was said."""
    atom = text.atoms.get(at)
    if atom is None or atom.value != atom.value.to_integral_value() or atom.negative:
        return 0, at
    value, until = int(atom.value), atom.until
    other = text.atoms.get(until)
    if value in (19, 20) and not atom.ordinal and other and 0 < other.value < 100:
        value, until = value * 100 + int(other.value), other.until  # двадцать двадцать шестого
    named = text.key(until) in _YEAR_WORDS
    spoken_short = atom.ordinal and text.key(until - 1).endswith(("ого", "его"))
    next_is_month = calendar_words.month(text.key(until)) is not None or text.key(until) == "числа"
    if 1900 <= value <= 2100 and not next_is_month:
        return value, until + named
    if 10 <= value < 100 and (named or (spoken_short and not next_is_month)):
        return 2000 + value, until + named
    return 0, at


def _relative(text: _Text, at: int) -> tuple[Piece, int] | None:
    key = text.key(at)
    if (days := calendar_words.from_today(key)) is not None:
        until = at + 1 + (text.key(at + 1) in ("числа", "число", "дня", "день"))
        return text.piece(at, until, days_from_today=days), until
    return _steps(text, at) or _on_weekday(text, at) or _in_period(text, at)


def _steps(text: _Text, at: int) -> tuple[Piece, int] | None:
    """«три дня назад», «неделю назад», «через две недели»."""
    start, ahead = at, text.key(at) == _IN
    at += ahead
    count = 1
    if (atom := text.atoms.get(at)) and atom.value == atom.value.to_integral_value():
        count, at = int(atom.value), atom.until
    step = _STEPS.get(text.normal(at))
    if step is None or not (ahead or text.key(at + 1) == _AGO) or not 0 < count < 400:
        return None
    until = at + 1 + (not ahead)
    return text.piece(start, until, days_from_today=count * step * (1 if ahead else -1)), until


def _on_weekday(text: _Text, at: int) -> tuple[Piece, int] | None:
    """«во вторник», «на понедельник», «в прошлую среду», «с понедельника»."""
    preposition = text.key(at)
    if preposition not in ("в", "во", "на", "к", "ко", "до", "с", "со", "по"):
        return None
    weeks = calendar_words.modifier(text.key(at + 1))
    place = at + 1 + (weeks is not None)
    weekday = calendar_words.weekday(text.key(place))
    if weekday is None:
        return None
    ahead = preposition in ("на", "к", "ко", "до")
    return text.piece(at, place + 1, weekday=weekday, weeks_away=weeks, ahead=ahead), place + 1


def _in_period(text: _Text, at: int) -> tuple[Piece, int] | None:
    """«за ноябрь», «в прошлом месяце», «в конце месяца», «на той неделе», «конец декабря»."""
    start = at
    at += text.key(at) in _PERIOD_PREPOSITIONS
    third = _THIRDS.get(text.normal(at), 0)
    at += 1 if third else 0
    away = calendar_words.modifier(text.key(at))
    place = at + (away is not None)
    if not third and start == at:
        return None
    match text.normal(place):
        case "месяц" if third or away is not None:
            return text.piece(start, place + 1, months_away=away or 0, third=third), place + 1
        case "неделя" if third or away is not None:
            return text.piece(start, place + 1, weeks_away=away or 0, third=third), place + 1
    if away is None and (month := calendar_words.month(text.key(place))):
        year, until = _year(text, place + 1)
        return text.piece(start, until, month=month, year=year, third=third), until
    return None
