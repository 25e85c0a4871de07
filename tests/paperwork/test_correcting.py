"""A correction changes what it names, is compared with the words, and leaves the rest alone."""

import asyncio
from typing import Any

import pytest

from documents.draft import Doubt, Draft, Origin, changes
from documents.paths import value_at
from norms.catalogue import Catalogue
from paperwork.correcting import Change, Corrected, corrected
from paperwork.drafting import Ground, Spoken, drafted
from project import Profile
from tests.dictation.arguments import call_of
from tests.documents.samples import SAMPLES
from tests.end_to_end.dictating import ACT, FRIDAY
from tests.paperwork.desk import project

GROUND = Ground(Profile(), FRIDAY, Catalogue())
DRAFT = asyncio.run(drafted("aosr", call_of(ACT)[1], Spoken(ACT["text"]), GROUND))


def after(words: str | None, *wanted: tuple[str, str | None], pictured: bool = False) -> Corrected:
    spoken = Spoken(words, pictured=pictured)
    return asyncio.run(corrected(DRAFT, [Change(*one) for one in wanted], spoken, GROUND))


def test_a_number_that_is_read_from_a_photo_is_to_be_checked() -> None:
    path = "materials.0.documents.1.number"
    [flag] = after("добавь сертификат с фото", (path, "RU-991"), pictured=True).draft.open_flags
    assert (flag.path, flag.doubt) == (path, Doubt.FROM_PHOTO)
    [flag] = after("добавь сертификат", (path, "RU-991")).draft.open_flags
    assert flag.doubt is Doubt.NOT_SAID


@pytest.mark.parametrize(
    ("words", "path", "value", "place", "written"),
    [
        ("дату исправь на девятнадцатое ноября", "date", "2026-11-19", "date", "2026-11-19"),
        ("начали двенадцатого ноября", "date_start", "2026-11-12", "work_dates.start", "2026-11-12"),
        ("представитель заказчика петров пэ пэ", "customer_representative", "Петров Пётр Петрович", None, None),
        ("лист восемь", "project_docs.0.sheets.0", "8", "project_docs.0.sheets.0", "8"),
        ("ещё лист восемь", "project_docs.0.sheets.1", "8", "project_docs.0.sheets.1", "8"),
        ("проволока пятнадцать килограмм", "materials.1.quantity", "пятнадцать", "materials.1.quantity", "15"),
    ],
)
def test_a_value_is_set_at_its_path(words: str, path: str, value: str, place: str | None, written: Any) -> None:
    made = after(words, (path, value))
    assert not made.refused
    at = place or "representatives.customer_control.name_initials"
    assert str(value_at(made.draft.data, at)).startswith(written or "Петров П.П.")
    assert len(changes(DRAFT, made.draft)) == 1


def test_a_value_that_was_not_said_is_flagged_and_a_person_left_out() -> None:
    made = after("исправь пожалуйста", ("date", "2026-11-02"), ("customer_representative", "Ромашкин А.А."))
    assert ("date", Doubt.NOT_SAID) in {(flag.path, flag.doubt) for flag in made.draft.open_flags}
    assert "representatives" not in made.draft.data


def test_a_doubt_about_the_old_value_goes_with_it() -> None:
    doubtful = after("исправь", ("date", "2026-11-02")).draft
    [right] = [asyncio.run(corrected(doubtful, [Change("date", "2026-11-19")], Spoken("девятнадцатое ноября"), GROUND))]
    assert not right.draft.open_flags
    assert right.draft.origin("date") in (Origin.SAID, Origin.CALCULATED)


def test_a_row_is_removed_and_nothing_else() -> None:
    made = after("убери схему", ("evidence_docs.0", None))
    assert made.draft.data["evidence_docs"] == []
    assert made.draft.data["materials"] == DRAFT.data["materials"]


@pytest.mark.parametrize("path", ["nowhere", "works.5.name", "works.x", "materials.0.name.0", "object", "works"])
def test_a_path_that_the_document_does_not_have_is_refused(path: str) -> None:
    made = after("что угодно", (path, "что угодно"))
    assert made.refused == (path,)
    assert made.draft == DRAFT


def test_many_changes_are_bounded() -> None:
    made: Draft = after("слово", *[(f"next_works.{number}", "слово") for number in range(200)]).draft
    assert len(made.data["next_works"]) == 60


@pytest.mark.parametrize("kind", ["work_suspension", "material_intake", "ks2", "ks3"])
def test_a_correction_leaves_those_who_sign_alone(kind: str) -> None:
    draft = Draft.of(kind, SAMPLES[kind])
    made = asyncio.run(corrected(draft, [Change("number", "15")], Spoken("номер пятнадцать"), GROUND)).draft
    assert made.data == {**draft.data, "number": "15"}


def test_who_signs_is_corrected_by_words() -> None:
    draft = Draft.of("work_suspension", SAMPLES["work_suspension"])
    change = Change("signatures.0.name_initials", "Васильев В.В.")
    made = asyncio.run(corrected(draft, [change], Spoken("подписывает васильев вэ вэ"), GROUND))
    assert not made.refused
    assert made.draft.data["signatures"][0]["name_initials"] == "Васильев В.В."


@pytest.mark.parametrize(
    ("name", "words", "keeps"),
    [("Васильев В.В.", "выдал васильев вэ вэ", False), ("Петров Пётр", "выдал петров пётр", True)],
)
def test_another_issuer_does_not_inherit_the_position_and_powers_of_the_projects_one(
    name: str, words: str, keeps: bool
) -> None:
    known = project(
        representatives__customer_control__name_initials="Петров П.П.",
        representatives__customer_control__position="инженер",
        representatives__customer_control__authority_document__number="12-СК",
    )
    ground = Ground(known, FRIDAY, Catalogue())
    draft = asyncio.run(drafted("violation_notice", {"location": "этаж 4"}, Spoken("четвёртый этаж"), ground))
    change = Change("issued_by.name_initials", name)
    made = asyncio.run(corrected(draft, [change], Spoken(words), ground)).draft
    assert value_at(made.data, "issued_by.name_initials") == ("Петров П.П." if keeps else name)
    for path in ("issued_by.position", "issued_by.authority_document.number"):
        assert (value_at(made.data, path) is not None) is keeps
