"""A norm is recognised however its designation is written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from norms.designations import Designation, Fit, parse

CONCRETE = Designation("СП", ("63", "13330", "2018"))
ORDER_344 = Designation("ПРИКАЗ", ("344",), "МИНСТРО", "ПР")

WRITTEN = [
    ("СП 63.13330.2018", CONCRETE),
    ("сп63.13330.2018", CONCRETE),
    ("CП 63.13330.2018", CONCRETE),  # a Latin C
    ("SP 63.13330.2018", CONCRETE),
    ("СП 63 13330 2018", CONCRETE),
    ("СП № 63.13330-2018", CONCRETE),
    ("пункт 10.3.2 СП 63.13330.2018, таблица 10.1", CONCRETE),
    ("СП 63", Designation("СП", ("63",))),
    ("СП 63 пункт 10.3.2", Designation("СП", ("63",))),
    ("СНиП 52-01", Designation("СНИП", ("52", "1"))),
    ("CHиП 2.02.01-83*", Designation("СНИП", ("2", "2", "1", "83"))),
    ("СНиП 52–01—2003", Designation("СНИП", ("52", "1", "2003"))),
    ("СНиП II-26-76", Designation("СНИП", ("II", "26", "76"))),
    ("СНиП ІІ-26-76", Designation("СНИП", ("II", "26", "76"))),  # a Ukrainian І
    ("гост р 21.101-2020", Designation("ГОСТ Р", ("21", "101", "2020"))),
    ("ГОСТ 12.1.004-91", Designation("ГОСТ", ("12", "1", "4", "91"))),
    ("ГОСТ 26633 2015", Designation("ГОСТ", ("26633", "2015"))),
    ("РД 11-02-2006", Designation("РД", ("11", "2", "2006"))),
    ("ПУЭ", Designation("ПУЭ", ())),
    ("ПУЭ-7", Designation("ПУЭ", ("7",))),
    ("384-ФЗ", Designation("ФЗ", ("384",))),
    ("ФЗ № 384", Designation("ФЗ", ("384",))),
    ("Приказ Минстроя России от 16.05.2023 № 344/пр", ORDER_344),
    ("883н", Designation("ПРИКАЗ", ("883",), "", "Н")),
    ("приказ от 11.12.2020 883 н", Designation("ПРИКАЗ", ("883",), "", "Н")),
    ("приказ Ростехнадзора 461", Designation("ПРИКАЗ", ("461",), "РОСТЕХНАДЗОР")),
    ("ПП РФ 468", Designation("ПОСТАНОВЛЕНИЕ", ("468",))),
]


@pytest.mark.parametrize(("text", "designation"), WRITTEN)
def test_a_designation_is_recognised_as_people_write_it(text: str, designation: Designation) -> None:
    assert parse(text) == designation


@pytest.mark.parametrize(
    "text", ["", "бетон В25", "ТСП 5", "спасибо 5 раз", "госту 5 лет", "приказ начальника", "63.13330"]
)
def test_other_words_and_numbers_are_no_designation(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("asked", "fit"),
    [
        ("СП 63.13330.2018", Fit.EXACT),
        ("СП 63.2018", Fit.EXACT),
        ("СП 63.13330.18", Fit.EXACT),
        ("СП 63", Fit.EDITION_NOT_NAMED),
        ("СП 63.13330", Fit.EDITION_NOT_NAMED),
        ("СП 63.13330.2024", Fit.OTHER_EDITION),
        ("СП 63.2024", Fit.OTHER_EDITION),
        ("СП 6", None),
        ("СП 63.13130.2018", None),
        ("СП 16.13330.2018", None),
        ("СНиП 63.13330.2018", None),
        ("ГОСТ 63", None),
    ],
)
def test_a_designation_fits_another_by_its_parts(asked: str, fit: Fit | None) -> None:
    wanted = parse(asked)
    assert wanted is not None
    assert wanted.fits(CONCRETE) is fit


@pytest.mark.parametrize(
    ("asked", "same"), [("344/пр", True), ("приказ 344", True), ("приказ Минтруда 344", False), ("344н", False)]
)
def test_orders_of_one_number_are_told_apart(asked: str, same: bool) -> None:
    wanted = parse(asked)
    assert wanted is not None
    assert (wanted.fits(ORDER_344) is Fit.EXACT) is same


@pytest.mark.parametrize(("year", "same"), [("2004", True), ("2014", False), ("1904", True), ("4", True)])
def test_a_year_of_two_digits_is_not_the_end_of_any_other(year: str, same: bool) -> None:
    wanted = parse("СП 50-101-04")
    assert wanted is not None
    assert (wanted.fits(Designation("СП", ("50", "101", year))) is Fit.EXACT) is same


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("СПГОСТРНиПФЗ/№ .-–*0123456789IVХCPHпрн\u0406")) | st.text())
def test_no_text_is_too_strange_to_be_looked_at(text: str) -> None:
    found = parse(text)
    assert found is None or all(found.parts)
