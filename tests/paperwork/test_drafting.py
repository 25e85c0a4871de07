"""Arguments and spoken words become a draft in which nothing is made up."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from documents.draft import Doubt, Draft, Origin
from norms.catalogue import Catalogue
from paperwork.drafting import Ground, Spoken, drafted
from project import Profile
from tests.dictation.arguments import call_of
from tests.end_to_end.dictating import ACT, FRIDAY, dictations
from tests.paperwork.desk import project

WORDS = Spoken(ACT["text"])
PROJECT = project(
    object__name="Жилой дом № 3",
    contractor__name="ООО «СтройМонтаж»",
    contractor__inn="7702000002",
    representatives__customer_control__name_initials="Петров П.П.",
    representatives__customer_control__nrs_id="С-77-000001",
)


def act(spoken: Spoken = WORDS, profile: Profile | None = None, **changed: Any) -> Draft:
    ground = Ground(profile or Profile(), FRIDAY, Catalogue())
    return asyncio.run(drafted("aosr", {**call_of(ACT)[1], **changed}, spoken, ground))


def doubts(draft: Draft) -> set[tuple[str, Doubt]]:
    return {(flag.path, flag.doubt) for flag in draft.open_flags}


REPRESENTATIVE = "representatives.customer_control.name_initials"


@pytest.mark.parametrize("name", ["given", "held_out"])
def test_right_arguments_are_taken_as_they_are_without_a_doubt(name: str) -> None:
    ground = Ground(Profile(), FRIDAY, Catalogue())
    for dictation in dictations(name).values():
        _, arguments = call_of(dictation)
        given = arguments.get("fields", arguments)
        draft = asyncio.run(drafted(dictation["document_type"], given, Spoken(dictation["text"]), ground))
        assert not draft.open_flags, dictation["id"]


def test_a_made_up_signatory_and_norm_are_left_out_and_named() -> None:
    draft = act(customer_representative="Ромашкин А.А.", compliance="СП 63.13330.2018")
    assert "representatives" not in draft.data
    assert "compliance" not in draft.data
    assert {(REPRESENTATIVE, Doubt.NOT_SAID), ("compliance.0.designation", Doubt.NOT_SAID)} <= doubts(draft)


def test_without_a_transcript_numbers_and_dates_are_not_compared_and_nobody_signs() -> None:
    draft = act(Spoken(None), customer_representative="Ромашкин А.А.")
    assert draft.data["work_dates"] == {"start": "2026-11-11", "end": "2026-11-18"}
    assert "representatives" not in draft.data
    assert ("work_dates.start", Doubt.NOT_COMPARED) in doubts(draft)
    assert {doubt for _, doubt in doubts(draft)} == {Doubt.NOT_COMPARED}


def test_a_quantity_in_doubt_is_shown_as_the_card_shows_quantities() -> None:
    form = {**call_of(ACT)[1]["form_344"], "materials": [{"name": "Арматура", "quantity": "2.4", "unit": "т"}]}
    draft = act(Spoken(None), form_344=form)
    [flag] = [flag for flag in draft.open_flags if flag.path == "materials.0.quantity"]
    assert flag.words() == "«2,4» не сверено с вашими словами."


def test_what_may_still_be_said_is_not_called_unsaid() -> None:
    begun = Spoken(ACT["text"].partition("арматура")[0], more_to_come=True)
    assert {doubt for _, doubt in doubts(act(begun))} == {Doubt.NOT_COMPARED}
    assert Doubt.NOT_SAID in {doubt for _, doubt in doubts(act(replace(begun, more_to_come=False)))}


def test_what_was_said_in_an_earlier_message_counts() -> None:
    first, _, rest = ACT["text"].partition("арматура")
    assert Doubt.NOT_SAID in {doubt for _, doubt in doubts(act(Spoken(f"арматура{rest}")))}
    assert not doubts(act(Spoken(f"арматура{rest}", earlier=first)))


def test_a_certificate_on_a_photo_is_taken_as_seen_and_to_be_checked() -> None:
    form = {**call_of(ACT)[1]["form_344"]}
    form["materials"] = [{"name": "Арматура А500С Ø12, Ø16", "documents": [{"kind": "сертификат", "number": "99-Ж"}]}]
    path = "materials.0.documents.0.number"
    seen = act(Spoken(ACT["text"], pictured=True), form_344=form)
    assert (path, Doubt.FROM_PHOTO) in doubts(seen)
    assert seen.origin(path) is Origin.PHOTO
    assert (path, Doubt.NOT_SAID) in doubts(act(form_344=form))


def test_a_photo_excuses_no_signatory() -> None:
    draft = act(Spoken(ACT["text"], pictured=True), customer_representative="Ромашкин А.А.")
    assert "representatives" not in draft.data


def test_the_project_fills_what_was_not_said() -> None:
    draft = act(profile=PROJECT)
    assert draft.data["contractor"] == {"name": "ООО «СтройМонтаж»", "inn": "7702000002"}
    assert draft.data["representatives"]["customer_control"]["nrs_id"] == "С-77-000001"
    assert draft.origin("contractor.inn") is Origin.PROFILE


def test_another_party_or_person_than_the_project_has_gets_none_of_its_requisites() -> None:
    words = Spoken(ACT["text"] + " подрядчик ромашка строй представитель заказчика сидоренко")
    draft = act(words, PROJECT, contractor="ООО «Ромашка Строй»", customer_representative="Сидоренко")
    assert "inn" not in draft.data["contractor"]
    assert draft.data["representatives"]["customer_control"] == {"name_initials": "Сидоренко"}


def test_a_date_that_does_not_exist_is_named_and_today_stands_for_the_day_of_the_act() -> None:
    draft = act(date="2026-11-31")
    assert draft.data["date"] == FRIDAY.isoformat()
    assert draft.origin("date") is Origin.SYSTEM
    [flag] = [flag for flag in draft.open_flags if flag.path == "date"]
    assert flag.words() == "Такой даты нет: «31.11.2026»."


def test_a_count_that_is_no_number_is_named_and_nothing_else_is_lost() -> None:
    ground = Ground(Profile(), FRIDAY, Catalogue())
    fields = {"crew": {"people": "много", "machines": "кран"}, "conditions": "ясно"}
    draft = asyncio.run(drafted("work_log", fields, Spoken("людей много кран ясно"), ground))
    assert draft.data["crew"] == {"machines": "кран"}
    assert ("crew.people", Doubt.NOT_A_NUMBER) in doubts(draft)
