"""Nothing that the model made up stays a fact."""

from datetime import date
from typing import Any

import pytest

from benchmarks.dictations import arguments, compared, dictations, score
from dictation.comparison import compare
from dictation.flags import Code, Compared, Origin
from norms.catalogue import Catalogue
from norms.citations import cited

CATALOGUE = Catalogue()
TODAY = date(2026, 11, 20)


def check(given: dict[str, Any], said: str | None, profile: dict[str, Any] | None = None) -> Compared:
    return compare(given, said, profile=profile or {}, today=TODAY, cited=lambda text: cited(text, CATALOGUE))


def codes(result: Compared) -> list[tuple[str, Code]]:
    return [(flag.path, flag.code) for flag in result.flags]


def material(quantity: object, unit: str = "м3") -> dict[str, Any]:
    return {"materials": [{"name": "Песок", "quantity": quantity, "unit": unit}]}


@pytest.mark.parametrize("name", ["given", "held_out"])
def test_right_arguments_of_every_dictation_raise_no_flag(name: str) -> None:
    flags = {one["id"]: compared(one, arguments(one)).flags for one in dictations(name)}
    assert not {key: found for key, found in flags.items() if found}


@pytest.mark.parametrize("name", ["given", "held_out"])
def test_every_made_up_person_norm_and_date_is_caught(name: str) -> None:
    kinds = score(name, seed=7)["kinds"]
    for kind in ("made-up signatory", "another norm", "wrong year", "another day", "swapped dates", "number in words"):
        assert kinds[kind]["caught"] == kinds[kind]["made"] > 0, kind


@pytest.mark.parametrize(
    ("given", "said", "kept", "flags"),
    [
        ("полтора", "песок полтора куба", "1.5", []),
        ("15", "песок пятнадцать кубов", "15", []),
        ("150", "песок пятнадцать кубов", "150", [Code.NOT_SAID]),
        ("15", "песок пятнадцать кубов нет семнадцать кубов", "17", [Code.CORRECTED]),
        ("-15", "песок минус пятнадцать кубов", "-15", [Code.NEGATIVE_QUANTITY]),
        ("9000000", "песок девять миллионов кубов", "9000000", [Code.ABSURD_QUANTITY]),
        ("много", "песок много", "много", [Code.UNREADABLE_QUANTITY]),
        ("15", "песок пятнадцать тонн", "15", [Code.NOT_SAID]),
        ("15", "песка пятнадцать кубов потом сказал песка двадцать кубов", "15", [Code.CONTRADICTORY]),
    ],
)
def test_a_quantity(given: str, said: str, kept: str, flags: list[Code]) -> None:
    result = check(material(given), said)
    assert result.values["materials"][0]["quantity"] == kept
    assert [code for path, code in codes(result) if path.endswith("quantity")] == flags


def test_an_unknown_unit_stays_and_is_flagged() -> None:
    result = check(material("5", "вагон"), "песок пять вагонов")
    assert result.values["materials"][0]["unit"] == "вагон"
    assert codes(result) == [("materials[0].unit", Code.UNKNOWN_UNIT)]


def test_a_made_up_signatory_is_dropped_with_his_order() -> None:
    order = {"name": "приказ", "number": "15", "date": "2026-11-02"}
    somebody = {"position": "прораб", "name_initials": "Зуев П. А.", "authority_document": order}
    given = {"customer_representative": "Щукин А. А.", "form_344": {"representatives": {"contractor": somebody}}}
    result = check(given, "армирование плиты сделали")
    assert "customer_representative" not in result.values
    assert result.values["form_344"]["representatives"] == {}
    assert ("customer_representative", Code.NAME_NOT_SAID) in codes(result)


def test_a_signatory_who_was_said_or_is_in_the_profile_stays() -> None:
    said = check({"customer_representative": "Орлов Пётр Николаевич"}, "представитель орлов пэ эн")
    known = check({"customer_representative": "Орлов П. Н."}, "плита", {"customer_representative": "Орлов П. Н."})
    short = check({"customer_representative": "Орлов П. Н."}, "представитель заказчика орлов")
    assert said.values["customer_representative"] == known.values["customer_representative"] == "Орлов П. Н."
    assert (said.origins["customer_representative"], known.origins["customer_representative"]) == (
        Origin.SAID,
        Origin.PROFILE,
    )
    assert short.values["customer_representative"] == "Орлов"


def test_dates_that_do_not_exist_or_are_swapped() -> None:
    impossible = check({"date": "31 ноября"}, "акт от тридцать первого ноября")
    moved = check({"date": "2026-12-01"}, "акт от тридцать первого ноября")
    swapped = check({"form_344": {"work_dates": {"start": "2026-11-18", "end": "2026-11-11"}}}, "с 11 по 18 ноября")
    assert "date" not in impossible.values
    assert "date" not in moved.values
    assert codes(impossible) == codes(moved) == [("date", Code.IMPOSSIBLE_DATE)]
    assert codes(swapped) == [("form_344.work_dates.end", Code.END_BEFORE_START)]


def test_a_wrong_year_and_a_date_taken_back_give_way_to_the_words() -> None:
    year = check({"date_end": "2025-11-18"}, "восемнадцатого ноября")
    back = check({"date_start": "2026-11-10"}, "с десятого ноября нет с одиннадцатого ноября")
    assert (year.values, codes(year)) == ({"date_end": "2026-11-18"}, [("date_end", Code.WRONG_YEAR)])
    assert (back.values, codes(back)) == ({"date_start": "2026-11-11"}, [("date_start", Code.CORRECTED)])


@pytest.mark.parametrize(
    ("given", "said", "flags"),
    [
        ("СП 70.13330.2012", "по эс пэ семьдесят", []),
        ("СП 70.13330.2012", "по проекту", [Code.NOT_SAID]),
        ("РД-11-02-2006", "по РД-11-02-2006", [Code.NORM_WRONG]),
        ("ГОСТ Р 21.101-2020", "гост р двадцать один сто один две тысячи двадцать", [Code.NORM_REPLACED]),
        ("СП 999.13330.2021", "по СП 999.13330.2021", [Code.NORM_UNKNOWN]),
    ],
)
def test_a_norm(given: str, said: str, flags: list[Code]) -> None:
    result = check({"compliance": given}, said)
    assert [flag.code for flag in result.flags] == flags
    assert ("compliance" in result.values) is (Code.NOT_SAID not in flags)


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("оси 1–9/А–Ж", 0),
        ("оси 19/А–Ж", 1),
        ("оси 1–9/А–К", 1),
        ("слоями по 200 мм", 0),
        ("слоями по 300 мм", 1),
        ("труба Ø110", 0),
        ("труба Ø650", 1),
        ("бетон В25", 0),
        ("бетон В30", 1),
    ],
)
def test_what_stands_inside_of_a_text(text: str, flags: int) -> None:
    said = "оси один девять а жэ слоями по двадцать сантиметров труба сто десятая бетон вэ двадцать пять"
    assert len(check({"location": text}, said).flags) == flags


@pytest.mark.parametrize(
    ("name", "flags"), [("Кирпич рядовой М150", 0), ("Кирпич М100", 0), ("Цемент М500", 0), ("Цемент М100", 1)]
)
def test_the_beginning_of_a_number_is_the_mark_of_what_was_named_before_it(name: str, flags: int) -> None:
    words = "цемент пятисотка сто мешков кирпич рядовой м сто пятьдесят шесть тысяч нет семь тысяч штук"
    assert len(check({"items": [{"name": name}]}, words).flags) == flags


def test_without_a_transcript_nothing_counts_as_said() -> None:
    given = {**material("15"), "date": "2026-11-11", "customer_representative": "Щукин А. А."}
    result = check(given, None)
    found = dict(codes(result))
    assert {found[path] for path in ("materials[0].quantity", "date", "customer_representative")} == {Code.NOT_COMPARED}
    assert "customer_representative" not in result.values
    assert Origin.SAID not in result.origins.values()


@pytest.mark.parametrize("text", ["", "{{ x }}", "<w:t>", "#panic", "../..", "😀" * 50, "слово " * 3000])
def test_strange_text_neither_breaks_it_nor_is_changed(text: str) -> None:
    result = check({"object_name": text, **material(text)}, text)
    assert result.values["object_name"] == text
