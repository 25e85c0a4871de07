"""Dates in running speech and writing, relative to a given today.

What is not said is guessed by these rules and marked `guessed`:
- a year: the latest one with which the date is at most `AHEAD` after today;
- a month of «от десятого»: that of the other end of its range, else of the date before it, else of the date behind it,
  else the latest one with which the date is at most `SOON` after today.
A date that does not exist (31 ноября) is found with its problem, neither dropped nor moved.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from russian.calendar_words import last_day, real, shift_months
from russian.date_grammar import Piece, pieces
from russian.words import split

AHEAD = timedelta(days=45)
SOON = timedelta(days=7)
_YEARS_BACK = 8
"""Enough to meet a leap year."""


class Problem(StrEnum):
    IMPOSSIBLE = "impossible"
    """There is no such day."""
    AMBIGUOUS = "ambiguous"
    """Several days are meant or possible: «в конце месяца», «во вторник»."""


@dataclass(frozen=True, slots=True)
class SaidDate:
    start: int
    end: int
    text: str
    first: date | None
    """The day, or the first one of a period; None when it is impossible."""
    last: date | None
    guessed: bool = False
    """The year or the month was not said."""
    others: tuple[date, ...] = ()
    """Other days that may be meant."""
    problem: Problem | None = None
    soft: bool = False
    """A day without its month: it may as well count something else («от третьего колодца»)."""

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    @property
    def days(self) -> tuple[date, ...]:
        """Every day that the words may name; a period by its ends."""
        named = (self.first, self.last) if self.last != self.first else (self.first,)
        return tuple(day for day in (*named, *self.others) if day is not None)


def find(text: str, today: date) -> tuple[SaidDate, ...]:
    """All dates of the text in order; they do not overlap."""
    found = list(pieces(split(text)))
    return tuple(_said(piece, text, today) for piece in _with_months(found))


def parse(text: str, today: date) -> SaidDate | None:
    """The date of a text that is nothing but one date; None for anything else."""
    stripped = text.strip(" .,")
    found = find(stripped, today)
    whole = len(found) == 1 and found[0].start == 0 and found[0].end >= len(stripped.removesuffix("г").rstrip())
    return found[0] if whole else None


def with_year_guessed(month: int, day: int, today: date) -> date | None:
    """None when no year has such a day."""
    for year in range(today.year + 1, today.year - _YEARS_BACK, -1):
        found = real(year, month, day)
        if found and found <= today + AHEAD:
            return found
    return None


def _with_months(found: list[Piece]) -> Iterator[Piece]:
    """Days without a month take it from the other end of their range, from before or from behind."""
    last: Piece | None = None
    for place, piece in enumerate(found):
        if piece.day and not piece.month:
            after = next((one for one in found[place + 1 :] if one.month), None)
            joined = after if after and _joined(found[place : found.index(after) + 1]) else None
            source = joined or last or after
            if source:
                carried = replace(piece, month=source.month, year=piece.year or source.year)
                yield replace(carried, soft=joined is None, carried=True)
                continue
        if piece.month and piece.day:
            last = piece
        yield piece


def _joined(row: list[Piece]) -> bool:
    """«с десятого по восемнадцатое ноября», «с десятого нет с одиннадцатого по …»: nothing but small words between."""
    return all(after.follows_closely for after in row[1:])


def _said(piece: Piece, text: str, today: date) -> SaidDate:
    start, end = piece.start, piece.end
    words = text[start:end]
    if piece.days_from_today is not None:
        day = today + timedelta(days=piece.days_from_today)
        return SaidDate(start, end, words, day, day)
    if piece.weekday is not None:
        return _weekday(piece, words, today)
    if piece.weeks_away is not None:
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=piece.weeks_away)
        return _period(piece, words, monday, monday + timedelta(days=6))
    if piece.months_away is not None or (piece.month and not piece.day):
        return _month(piece, words, today)
    if not piece.month:
        return _bare_day(piece, words, today)
    if piece.year:
        day_or_none = real(piece.year, piece.month, piece.day)
    else:
        day_or_none = with_year_guessed(piece.month, piece.day, today)
    if day_or_none is None:
        return SaidDate(start, end, words, None, None, problem=Problem.IMPOSSIBLE, soft=piece.soft)
    guessed = piece.carried or not piece.year
    return SaidDate(start, end, words, day_or_none, day_or_none, guessed=guessed, soft=piece.soft)


def _bare_day(piece: Piece, words: str, today: date) -> SaidDate:
    start, end = piece.start, piece.end
    months = (shift_months(today, -away) for away in range(-1, 3))
    days = [day for one in months if (day := real(one.year, one.month, piece.day))]
    day = next((one for one in days if one <= today + SOON), None)
    if day is None:
        return SaidDate(start, end, words, None, None, problem=Problem.IMPOSSIBLE, soft=True)
    others = tuple(one for one in days if one != day and abs(one - day) <= timedelta(days=32))
    return SaidDate(start, end, words, day, day, guessed=True, others=others, soft=piece.soft)


def _weekday(piece: Piece, words: str, today: date) -> SaidDate:
    """«прошлый» is the last one before today or that of the last week; a bare «во вторник» may be either side."""
    assert piece.weekday is not None
    back = (today.weekday() - piece.weekday) % 7
    before, after = today - timedelta(days=back or 7), today + timedelta(days=7 - back)
    monday = today - timedelta(days=today.weekday())
    match piece.weeks_away:
        case -1:
            day, others = before, {monday + timedelta(days=piece.weekday - 7)} - {before}
        case 0:
            day, others = monday + timedelta(days=piece.weekday), set[date]()
        case 1:
            day, others = after, {monday + timedelta(days=piece.weekday + 7)} - {after}
        case _ if piece.ahead:
            day, others = after, set[date]()
        case _:
            day, others = before, {after}
            if not back:
                others.add(today)
    problem = Problem.AMBIGUOUS if others else None
    return SaidDate(piece.start, piece.end, words, day, day, others=tuple(sorted(others)), problem=problem)


def _month(piece: Piece, words: str, today: date) -> SaidDate:
    if piece.months_away is not None:
        first = shift_months(today, piece.months_away)
    elif piece.year:
        first = date(piece.year, piece.month, 1)
    else:
        guess = with_year_guessed(piece.month, 1, today)
        assert guess is not None
        first = guess
    return _period(piece, words, first, last_day(first.year, first.month))


def _period(piece: Piece, words: str, first: date, last: date) -> SaidDate:
    """A month or a week, or the third of it that was named."""
    third = timedelta(days=((last - first).days + 1) // 3)
    match piece.third:
        case 1:
            last = first + third
        case 2:
            first, last = first + third, last - third
        case 3:
            first = last - third
    guessed = piece.months_away is None and not piece.year
    return SaidDate(piece.start, piece.end, words, first, last, guessed=guessed, problem=Problem.AMBIGUOUS)
