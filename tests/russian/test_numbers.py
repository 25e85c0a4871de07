"""Numbers as they are said; num2words writes thousands of them."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words

from russian.numbers import find, parse
from tests.volume import examples

CASES = ("n", "g", "d", "a", "i", "p")
BIG = st.integers(0, 999_999_999)


@settings(max_examples=examples(1000), deadline=None)  # the dictionary is opened at the first word
@given(BIG, st.sampled_from(CASES), st.sampled_from(("m", "f", "n")))
def test_a_number_is_read_in_every_case_and_gender(number: int, case: str, gender: str) -> None:
    assert parse(num2words(number, lang="ru", case=case, gender=gender)) == number


# num2words gets ordinals of many thousands wrong («десятый тысяча первый»), so a cardinal writes the thousands.
@settings(max_examples=examples(1000), deadline=None)  # the dictionary is opened at the first word
@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(CASES), st.sampled_from(("m", "f", "n")))
def test_an_ordinal_is_read_in_every_case_and_gender(last: int, thousands: int, case: str, gender: str) -> None:
    words = num2words(last, lang="ru", to="ordinal", case=case, gender=gender)
    words = f"{num2words(thousands * 1000, lang='ru')} {words}" if thousands else words
    assert [(one.value, one.ordinal) for one in find(words)] == [(Decimal(thousands * 1000 + last), True)]


@settings(max_examples=examples(1000), deadline=None)  # the dictionary is opened at the first word
@given(st.integers(0, 999), st.integers(1, 99))
def test_a_fraction_is_read(whole: int, hundredths: int) -> None:
    value = Decimal(whole) + Decimal(hundredths) / 100
    assert parse(num2words(float(value), lang="ru")) == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("две тысячи четыреста", "2400"),
        ("миллион двести тысяч", "1200000"),
        ("полторы", "1.5"),
        ("полторы тысячи", "1500"),
        ("восемь с половиной тысяч", "8500"),
        ("два с половиной", "2.5"),
        ("ноль целых девяносто пять сотых", "0.95"),
        ("ноль девяносто пять", "0.95"),
        ("тридцать один и две десятых", "31.2"),
        ("минус четыре", "-4"),
        ("2 400", "2400"),
        ("2,4 тыс.", "2400"),
        ("-3,200", "-3.2"),
        ("тройка", "3"),
        ("сто двадцатка", "120"),
    ],
)
def test_what_is_said_on_a_site(words: str, value: str) -> None:
    assert parse(words) == Decimal(value)


def test_a_level_comes_with_its_alternatives() -> None:
    (level,) = find("отметка минус три двести")
    assert level.values == (Decimal("-3.2"), Decimal(-3200), Decimal(-3), Decimal(200))


def test_neighbours_that_are_no_one_number_stay_apart() -> None:
    assert [one.value for one in find("корсис двести пятьдесят сто восемнадцать метров")] == [250, 118]


@pytest.mark.parametrize("words", ["", "метров", "24-01-КЖ1", "А500С", "двести метров", "пять или шесть"])
def test_what_is_not_one_number_is_none(words: str) -> None:
    assert parse(words) is None
