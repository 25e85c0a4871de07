"""Dates as they are said, on Friday 20.11.2026."""

from datetime import date

import pytest

from russian.dates import Problem, find

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("вчера", ["2026-11-19"]),
        ("позавчера", ["2026-11-18"]),
        ("третьего сентября двадцать шестого", ["2026-09-03"]),
        ("пятого ноября двадцать двадцать пятого года", ["2025-11-05"]),
        ("20 декабря 2025 года", ["2025-12-20"]),
        ("20.12.2025", ["2025-12-20"]),
        ("2026-11-20T14:20", ["2026-11-20"]),
        ("с десятого, нет, с одиннадцатого по восемнадцатое ноября", ["2026-11-10", "2026-11-11", "2026-11-18"]),
        ("с 11 по 18 ноября", ["2026-11-11", "2026-11-18"]),
        ("11–18 ноября", ["2026-11-11", "2026-11-18"]),
        ("три дня назад", ["2026-11-17"]),
        ("заявка на понедельник", ["2026-11-23"]),
        ("от третьего колодца", []),
        ("10.3.2", []),
    ],
)
def test_days_that_are_said(words: str, days: list[str]) -> None:
    assert [one.first and one.first.isoformat() for one in find(words, TODAY)] == days


@pytest.mark.parametrize("words", ["31 ноября", "тридцать первого ноября", "31.11.2026", "29 февраля 2026 года"])
def test_a_day_that_does_not_exist_is_found_as_such(words: str) -> None:
    (one,) = find(words, TODAY)
    assert (one.first, one.problem) == (None, Problem.IMPOSSIBLE)


@pytest.mark.parametrize("words", ["в конце месяца", "в прошлый вторник", "в понедельник", "за ноябрь"])
def test_what_may_be_several_days_says_so(words: str) -> None:
    (one,) = find(words, TODAY)
    assert one.problem is Problem.AMBIGUOUS
    assert len(one.days) > 1


def test_a_year_that_was_not_said_is_guessed_and_marked() -> None:
    (past,) = find("третьего мая", TODAY)
    (soon,) = find("двадцатого декабря", TODAY)
    (sure,) = find("третьего мая 2025 года", TODAY)
    assert [past.first, soon.first] == [date(2026, 5, 3), date(2026, 12, 20)]
    assert (past.guessed, soon.guessed, sure.guessed) == (True, True, False)
