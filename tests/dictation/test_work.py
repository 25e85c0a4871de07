"""Twice as much speech is about twice as much work: counted in lines that run, which no busy machine changes."""

import sys
from collections.abc import Callable
from datetime import date
from types import FrameType
from typing import Any

import pytest

from dictation.comparison import compare
from dictation.said import Said

FRIDAY = date(2026, 11, 20)
ALMOST_LINEAR = 2.5
"""For twice as much; four times would be quadratic."""
SENTENCE = (
    "привезли арматуру а пятьсот эс диаметр двенадцать {number} тонны, нет, {more} тонны, паспорт {number} от третьего "
    "сентября, принял прораб иванов, бетон бэ двадцать пять {more} кубов с первого по пятое ноября "
)


def dictation(materials: int) -> str:
    return "".join(SENTENCE.format(number=100 + number, more=700 + number) for number in range(materials))


def arguments(materials: int) -> dict[str, Any]:
    one = [
        {
            "name": f"Арматура А500С {number}",
            "quantity": str(700 + number),
            "unit": "т",
            "documents": [{"name": "паспорт", "number": str(100 + number), "date": "2026-09-03"}],
        }
        for number in range(materials)
    ]
    return {"materials": one, "contractor": "Иванов И.И.", "works": [{"name": "армирование", "location": "оси 1–7"}]}


def lines_of(job: Callable[[], object]) -> int:
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        job()
    finally:
        sys.settrace(before)
    return count


def listening(materials: int) -> Callable[[], object]:
    return lambda: Said(dictation(materials), FRIDAY)


def comparing(materials: int) -> Callable[[], object]:
    given, text = arguments(materials), dictation(materials)
    return lambda: compare(given, text, profile={}, today=FRIDAY, cited=lambda text: ())


def correcting(times: int) -> Callable[[], object]:
    return lambda: Said("сто сорок, нет, сто шестьдесят, не то, да ну, " * times, FRIDAY)


@pytest.mark.parametrize("job", [listening, comparing, correcting])
def test_twice_as_much_speech_is_twice_as_much_work(job: Callable[[int], Callable[[], object]]) -> None:
    job(40)()  # the dictionary and what it remembers of these words
    once, twice = lines_of(job(20)), lines_of(job(40))
    assert once > 1000
    assert twice / once < ALMOST_LINEAR


def test_small_words_without_end_are_read() -> None:
    said = Said("от " * 6000 + "ка жэ один", FRIDAY)
    assert said.mark("КЖ1")
