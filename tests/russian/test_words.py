"""Names, units, marks, corrections, look-alikes and lemmas."""

from decimal import Decimal

import pytest

from russian import corrections, names, numbers, units
from russian.lemmas import lemmas
from russian.lookalikes import fold
from russian.marks import Words


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Иванов Иван Иванович", "Иванов И. И."),
        ("Иван Иваныч Иванов", "Иванов И. И."),
        ("Иванову Ивану Ивановичу", "Иванов И. И."),
        ("Ивановой Марии Петровне", "Иванова М. П."),
        ("И.И. Иванов", "Иванов И. И."),
        ("Кузнецову", "Кузнецов"),
        ("Ахметзянов Р.Р.", "Ахметзянов Р. Р."),
        ("Римский-Корсаков Н. А.", "Римский-Корсаков Н. А."),
    ],
)
def test_a_name_becomes_surname_and_initials(text: str, name: str) -> None:
    assert str(names.parse(text)) == name


@pytest.mark.parametrize("text", ["ООО «Стройтрест»", "Подрядчик", "прораб Васильев", "Иван Петрович"])
def test_what_is_no_name_is_none(text: str) -> None:
    assert names.parse(text) is None


def test_spellings_of_one_person_match_and_others_do_not() -> None:
    ivanov, she, petrov, other = (
        person for one in ("Иванов И.И.", "Иванова", "Петров И.И.", "Иванов С.") if (person := names.parse(one))
    )
    assert names.same(ivanov, she)
    assert not names.same(ivanov, petrov)
    assert not names.same(ivanov, other)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("кубов", "м³"),
        ("квадратных метров", "м²"),
        ("кв. м", "м²"),
        ("M2", "м²"),
        ("погонных метров", "м"),
        ("п.м.", "м"),
        ("штук", "шт."),
        ("мешков", "мешок"),
    ],
)
def test_a_unit_has_one_name(text: str, name: str) -> None:
    unit = units.canonical(text)
    assert unit is not None
    assert unit.name == name


def test_an_unknown_unit_is_none_and_conversions_are_exact() -> None:
    tonne, kilogram, metre = (unit for one in ("т", "кг", "м") if (unit := units.by_name(one)))
    assert units.canonical("вагонов") is None
    assert units.convert(Decimal("2.4"), tonne, kilogram) == 2400
    assert units.convert(Decimal(1), tonne, metre) is None


SPOKEN = "проект двадцать четыре ноль один ка жэ один арматура а пятьсот эс бетон вэ двадцать пять оси один семь а гэ"


@pytest.mark.parametrize("mark", ["24-01-КЖ1", "КЖ1", "А500С", "A500C", "В25", "B25", "1–7/А–Г"])
def test_a_mark_is_recognised_in_its_spoken_letters(mark: str) -> None:
    assert Words(SPOKEN).find(mark)


@pytest.mark.parametrize("mark", ["24-02-КЖ1", "КЖ2", "КЖ12", "А400С", "В250", "Г25", "1–8/А–Г", "2–7/А–Г"])
def test_another_mark_is_not(mark: str) -> None:
    assert not Words(SPOKEN).find(mark)


@pytest.mark.parametrize("mark", ["КЖ1", "А500", "01-КЖ14"])
def test_a_piece_of_a_written_mark_is_another_mark(mark: str) -> None:
    assert not Words("24-01-КЖ14 А500С").find(mark)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("сто сорок нет сто шестьдесят квадратов", [("сто сорок", "сто шестьдесят")]),
        ("двадцать пять мешков то есть тридцать", [("двадцать пять", "тридцать")]),
        ("двести метров, вернее, двести десять", [("двести", "двести десять")]),
        ("лист семь на пять нет лист восемь", [("семь", "восемь")]),
        ("сорок нет пятьдесят нет шестьдесят", [("сорок", "пятьдесят"), ("пятьдесят", "шестьдесят")]),
        ("не двести а триста метров", [("двести", "триста")]),
        ("принято двести метров замечаний нет триста в остатке", []),
        ("не менее двадцати пяти", []),
    ],
)
def test_what_was_taken_back(text: str, pairs: list[tuple[str, str]]) -> None:
    said = [corrections.Mention("number", one.start, one.end) for one in numbers.find(text)]
    found = corrections.find(text, said)
    assert [(text[slice(*one.taken_back)], text[slice(*one.by)]) for one in found] == pairs


def test_look_alikes_have_one_key() -> None:
    assert fold("A500C") == fold("А500С")
    assert fold("Ø 12") == fold("диаметр 12")
    assert fold("«Ёлка» — 50x50") == fold('"елка" - 50×50')
    assert fold("А500С") != fold("А400С")


def test_lemmas_find_what_stemmers_miss_and_keep_codes() -> None:
    assert lemmas("щебня") == lemmas("щебень") == ["щебень"]
    assert lemmas("ёмкость СП 70.13330.2012, A500C, 24-01-КЖ1") == [
        "емкость",
        "сп",
        "70.13330.2012",
        "а500с",
        "24-01-кж1",
    ]
