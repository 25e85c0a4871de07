"""Which values are doubtful in themselves, what is missing, and what a revision changed."""

import re
from dataclasses import replace
from typing import Any

import pytest

from documents.checks import checked, missing, problems, with_sums
from documents.draft import Doubt, Draft, Flag, Origin, State, changes
from documents.kinds import kinds
from norms.catalogue import Catalogue
from tests.documents.samples import ACT, SAMPLES


def doubts(kind: str = "aosr", **more: Any) -> dict[str, Doubt]:
    draft = checked(Draft.of(kind, {**SAMPLES[kind], **more}), Catalogue())
    return {flag.path: flag.doubt for flag in draft.open_flags}


@pytest.mark.parametrize("kind", kinds())
def test_the_samples_raise_no_doubt(kind: str) -> None:
    assert doubts(kind) == {}


def test_each_doubt_is_found() -> None:
    def material(quantity: str, unit: str = "м3") -> list[dict[str, Any]]:
        return [{**ACT["materials"][0], "quantity": quantity, "unit": unit}]

    assert doubts(date="2026-11-31") == {"date": Doubt.IMPOSSIBLE_DATE}
    dates = {"start": "2026-11-18", "end": "2026-11-11"}
    assert doubts(work_dates=dates) == {"work_dates.end": Doubt.END_BEFORE_START}
    assert doubts(materials=material("-3")) == {"materials.0.quantity": Doubt.ABSURD_QUANTITY}
    assert doubts(materials=material("1" * 12)) == {"materials.0.quantity": Doubt.ABSURD_QUANTITY}
    assert doubts(materials=material("полтора")) == {"materials.0.quantity": Doubt.NOT_A_NUMBER}
    assert doubts(materials=material("3", "попугай")) == {"materials.0.unit": Doubt.UNKNOWN_UNIT}
    for norm, doubt in (("СП 999.13330.2031", Doubt.NORM_UNKNOWN), ("ГОСТ Р 21.101-2020", Doubt.NORM_REPLACED)):
        assert doubts(compliance=[{"designation": norm}]) == {"compliance.0.designation": doubt}
    assert doubts("violation_notice", deadline="завтра") == {"deadline": Doubt.IMPOSSIBLE_DATE}


def test_two_different_sums_are_told_with_both() -> None:
    draft = checked(Draft.of("ks2", {**SAMPLES["ks2"], "total": "1600000"}))
    (flag,) = draft.open_flags
    assert (flag.path, flag.doubt) == ("total", Doubt.DIFFERENT_SUMS)
    assert flag.words().replace("\u00a0", " ") == "Суммы не сходятся: указано 1 600 000,00, по расчёту 1 560 000,00."


def test_a_doubt_goes_when_its_reason_goes_and_stays_accepted() -> None:
    wrong = checked(Draft.of("aosr", {**ACT, "date": "2026-11-31"}))
    assert checked(replace(wrong, data=Draft.of("aosr", ACT).data)).flags == ()
    assert checked(wrong.accepted("date")).open_flags == ()


def test_sums_are_reckoned_and_their_origin_is_kept() -> None:
    rows = [{key: value for key, value in row.items() if key != "cost"} for row in SAMPLES["ks2"]["rows"]]
    draft = with_sums(Draft.of("ks2", {**SAMPLES["ks2"], "rows": rows, "total": None}, Origin.SAID))
    assert [row["cost"] for row in draft.data["rows"]] == ["1020000", "540000"]
    assert (draft.data["total"], draft.origin("total")) == ("1560000", Origin.CALCULATED)
    assert (draft.origin("rows.0.cost"), draft.origin("rows.0.name")) == (Origin.CALCULATED, Origin.SAID)


def test_a_full_act_can_be_confirmed_and_an_empty_one_names_all_that_it_lacks() -> None:
    assert problems(Draft.of("aosr", ACT)) == []
    empty = {problem.path for problem in missing(Draft.of("aosr", {}))}
    required = {f.where for f in kinds()["aosr"].fields if f.required and f.key not in ("number", "attachments")}
    assert empty == required


def test_what_the_schema_requires_is_said_in_the_persons_words() -> None:
    act = {**ACT, "materials": [{"name": "Песок"}], "object": {"name": "Дом"}, "contractor": {"name": "ООО «А»"}}
    control = {"name_initials": "Петров П.П."}
    act["representatives"] = {**ACT["representatives"], "customer_control": control}
    told = [problem.words() for problem in problems(Draft.of("aosr", act))]
    assert "Не хватает: адрес объекта." in told
    assert "Не хватает: материалы с документами (п. 3), строка 1: документы о качестве." in told
    assert "Не хватает: представитель заказчика по стройконтролю: номер НРС." in told
    assert "Не хватает: представитель заказчика по стройконтролю: приказ или доверенность." in told
    assert any("подрядчик" in words for words in told)


def test_the_nrs_number_is_asked_for_only_where_the_form_wants_it() -> None:
    excused = {**ACT["representatives"]["customer_control"], "nrs_id": None, "nrs_not_required": True}
    act = {**ACT, "representatives": {**ACT["representatives"], "customer_control": excused}}
    assert problems(Draft.of("aosr", act)) == []


def test_an_open_doubt_stands_in_the_way_until_it_is_accepted() -> None:
    draft = Draft.of("aosr", ACT).flagged(Flag("number", Doubt.NOT_SAID, "КЖ1-14"))
    assert [problem.path for problem in problems(draft)] == ["number"]
    assert not problems(draft.accepted("number"))


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind != "aosr"])
def test_the_samples_of_other_kinds_can_be_confirmed(kind: str) -> None:
    assert problems(Draft.of(kind, SAMPLES[kind])) == []


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_missing_field_has_a_name_for_people(kind: str, language: str) -> None:
    for problem in missing(Draft.of(kind, {}), language):
        assert "." not in problem.title.replace("п. ", "")
        assert bool(re.search("[а-я]", problem.title)) is (language == "ru")


def test_a_revision_says_what_changed() -> None:
    old = Draft.of("aosr", ACT)
    materials = [{**ACT["materials"][0], "quantity": "12500"}]
    dates = {"start": "2026-11-12", "end": "2026-11-18"}
    more = {"materials": materials, "work_dates": dates, "additional_info": "снег", "copies": None}
    new = replace(Draft.of("aosr", {**ACT, **more}), state=State.CONFIRMED)
    assert changes(old, new) == [
        "материалы с документами (п. 3), строка 1: количество: было «2400,5», стало «12 500»",
        "начало работ (п. 5): было «11.11.2026», стало «12.11.2026»",
        "дополнительные сведения: указано «снег»",
        "число экземпляров: убрано «3»",
        "документ подтверждён",
    ]
    assert changes(old, old) == []


def test_a_draft_is_the_same_after_storage() -> None:
    draft = Draft.of("aosr", ACT, Origin.SAID).flagged(Flag("number", Doubt.NOT_COMPARED, "КЖ1-14", accepted=True))
    assert Draft.from_json(draft.to_json()) == draft
