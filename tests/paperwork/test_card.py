"""What a person reads on a document's card."""

from dataclasses import replace
from typing import Any

from archive import Held
from documents.draft import Doubt, Draft, Flag
from paperwork.card import ANYWAY, MOST_PLACES, card_of, question
from storage.conversations import Place
from storage.documents import Document, Facts, Revision, State


def held(draft: Draft) -> Held:
    document = Document("d", Place(7), draft.kind, Facts(), State.DRAFT, 1, 0.0)
    return Held(document, Revision("d", 1, {}, (), "dictated", None, 5, 0.0), draft)


def act(**data: Any) -> Draft:
    return Draft.of("aosr", {"date": "2026-11-20", **data})


def test_the_question_before_confirming_names_what_is_missing_in_one_line() -> None:
    flag = Flag("date", Doubt.NOT_SAID, "20.11.2026")
    card = question(held(replace(act(), flags=(flag,))), ANYWAY, "ru")
    assert card.title == "Подтвердить АОСР от 20.11.2026 как есть?"
    missing, to_check = card.lines
    assert missing.startswith("Не хватает: объект: наименование и адрес; застройщик или технический заказчик; ")
    assert to_check == "Нужно проверить: дата составления акта."


def test_of_very_many_places_the_first_are_named() -> None:
    materials = [{"quantity": "1"} for _ in range(200)]
    [missing] = question(held(act(materials=materials)), ANYWAY, "ru").lines
    assert missing.count(";") == MOST_PLACES
    assert missing.endswith("; ….")
    assert "материалы с документами (п. 3), строка 2: " in missing


def test_what_changed_stands_apart_from_what_the_document_says() -> None:
    card = card_of(held(act()), "ru", ["дата составления акта: было «19.11.2026», стало «20.11.2026»"])
    assert card.lines[:4] == (
        "Что изменилось:",
        "• дата составления акта: было «19.11.2026», стало «20.11.2026»",
        "Теперь в документе:",
        "• Дата составления акта: 20.11.2026",
    )
    assert "Теперь в документе:" not in card_of(held(act()), "ru").lines
