"""A project holds what was said, typed, shown or uploaded, each value with its origin."""

import pytest

from project import Entry, Origin, Profile, is_well_formed, taken_from_file, was_said
from project_card import project_card

WORDS = "Подрядчик — строймонтаж, улица Лесная, строение три. Прораб Иванов Иван Иванович, приказ 15-П от 2 марта 2026"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ООО «СтройМонтаж»", True),
        ("ул. Лесная", True),
        ("Иванова И.И.", True),
        ("Иванов И.П.", False),
        ("Петров И.И.", False),
        ("2026-03-02", True),
        ("2026-04-02", None),
        ("2026-03-05", None),
        ("6", None),
        ("15", True),
        ("7702000002", None),
    ],
)
def test_a_value_is_looked_for_in_the_persons_own_words(value: str, said: bool | None) -> None:
    assert was_said("contractor.name", value, WORDS) is said


def test_words_of_the_form_need_not_be_said() -> None:
    assert was_said("contractor.kind", "legal_entity", "") is True


@pytest.mark.parametrize(
    ("path", "value", "fits"),
    [
        ("contractor.inn", "7702000002", True),
        ("contractor.inn", "77", False),
        ("contractor.ogrn", "1027700000002", True),
        ("contractor.sro.ogrn", "102770000000", False),
        ("representatives.contractor.authority_document.date", "2026-11-31", False),
        ("customer.role", "хозяин", False),
        ("object.name", "ж" * 501, False),
    ],
)
def test_requisites_have_their_form(path: str, value: str, fits: bool) -> None:
    assert is_well_formed(path, value) is fits


def test_a_file_gives_what_belongs_to_a_project_and_names_what_does_not_fit() -> None:
    tree = {"object": {"name": "Дом"}, "contractor": {"inn": "1", "mood": "good"}, "works": [{"name": "Бетон"}]}
    fields, left_out = taken_from_file(tree)
    assert {path: entry.value for path, entry in fields.items()} == {"object.name": "Дом"}
    assert left_out == ["contractor.inn", "contractor.mood"]
    assert taken_from_file(["object"]) == ({}, [])


def test_the_tree_has_the_shape_of_the_act_and_the_card_says_what_was_not_compared() -> None:
    profile = Profile().with_fields(
        {
            "customer.party.name": Entry(value="ООО «ТехЗаказ»", origin=Origin.FILE),
            "contractor.inn": Entry(value="7702000002", origin=Origin.SPOKEN),
            "representatives.contractor.name_initials": Entry(
                value="Иванов И.И.", origin=Origin.SPOKEN, confirmed=False
            ),
        }
    )
    assert profile.tree()["customer"] == {"party": {"name": "ООО «ТехЗаказ»"}}
    assert project_card(profile, "ru").lines[:3] == (
        "Заказчик: ООО «ТехЗаказ»",
        "Подрядчик: ИНН 7702000002 (не сверено)",
        "Представитель подрядчика: Иванов И.И. (проверьте)",
    )
    assert profile.without({"representatives"}).fields.keys() == {"customer.party.name", "contractor.inn"}
