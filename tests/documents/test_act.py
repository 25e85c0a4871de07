"""The act's JSON: nine keys first, back to the same act; what an edited or a wrong one does."""

import copy
import json
from typing import Any

import pytest

from documents.act import FORM, VIEW, Act, from_json, merged, to_json
from errors import DocumentJsonNewer, DocumentJsonWrong
from tests.documents.samples import ACT


def as_json(**more: Any) -> dict[str, Any]:
    return to_json(Act.model_validate({**copy.deepcopy(ACT), **more}))


def test_the_nine_keys_come_first_in_their_order() -> None:
    made = as_json()
    assert list(made) == [*VIEW, FORM]
    assert made["document_type"] == "Акт освидетельствования скрытых работ"
    assert made["materials"] == [{"name": "Арматура А500С Ø12", "quantity": "2400.5", "unit": "м"}]
    assert made["customer_representative"] == "Петров П.П."
    assert made["contractor"] == "ООО «СтройМонтаж»"


def test_json_goes_to_the_act_and_back_unchanged() -> None:
    for made in (as_json(), as_json(conclusion="Принято с оценкой «хорошо»"), to_json(Act())):
        assert to_json(from_json(json.loads(json.dumps(made))).act) == made


def test_an_empty_draft_has_all_keys_and_no_values() -> None:
    made = to_json(Act())
    assert [made[key] for key in VIEW[1:]] == ["", "", "", [], "", "", "", ""]


def test_a_conclusion_is_made_from_compliance_or_is_empty() -> None:
    assert as_json()["conclusion"] == "Работы выполнены в соответствии с: 24-01-КЖ1, лист 7"
    assert as_json(compliance=None)["conclusion"] == ""
    assert as_json(conclusion="Годно")["conclusion"] == "Годно"


def test_whoever_is_named_signs_and_nobody_else() -> None:
    assert [one["role"] for one in as_json()[FORM]["signatures"]] == [
        "customer_control",
        "contractor",
        "contractor_control",
    ]
    assert "signatures" not in to_json(Act())[FORM]


def test_the_flat_arguments_alone_make_an_act() -> None:
    flat = {
        "object_name": "Дом 3",
        "date": "20.11.2026",
        "work_type": "Армирование плиты",
        "materials": [{"name": "Арматура A500C", "quantity": 2400, "unit": "м"}],
        "compliance": "СП 70.13330.2012",
        "customer_representative": "Петров П.П.",
        "contractor": "ООО «СтройМонтаж»",
    }
    made = to_json(merged(flat).act)
    assert {key: made[key] for key in flat} == {
        **flat,
        "date": "2026-11-20",
        "materials": [{"name": "Арматура A500C", "quantity": "2400", "unit": "м"}],
    }


def test_the_form_fills_in_what_the_view_leaves_out() -> None:
    document = {"name": "сертификат", "number": "4512"}
    flat = {"work_type": "Армирование", "materials": [{"name": "Арматура", "quantity": "1,5", "unit": "т"}]}
    form = {
        "works": [{"name": "Армирование", "location": "оси 1–7"}],
        "materials": [{"name": "Арматура", "documents": [document]}],
    }
    read = merged(flat, form)
    assert not read.disagreements
    assert read.act.works
    assert read.act.works[0].location == "оси 1–7"
    material = to_json(read.act)[FORM]["materials"][0]
    assert material == {"name": "Арматура", "quantity": "1.5", "unit": "т", "documents": [document]}


def test_the_form_wins_over_the_view_and_says_so() -> None:
    read = merged({"object_name": "Дом 4"}, {"object": {"name": "Дом 3"}})
    assert read.act.object
    assert read.act.object.name == "Дом 3"
    assert read.disagreements == ("object_name",)


def test_whichever_half_was_edited_wins() -> None:
    base = Act.model_validate(ACT)
    above = as_json()
    above["object_name"] = "Дом 4"
    below = as_json()
    below[FORM]["object"]["name"] = "Дом 5"
    both = as_json()
    both["object_name"], both[FORM]["object"]["name"] = "Дом 4", "Дом 5"
    for edited, name, lost in ((above, "Дом 4", ()), (below, "Дом 5", ()), (both, "Дом 5", ("object_name",))):
        read = from_json(edited, base)
        assert read.act.object
        assert read.act.object.name == name
        assert read.disagreements == lost


def test_a_material_taken_out_above_takes_its_certificate_along() -> None:
    rows = [{"name": name, "documents": [{"name": "паспорт", "number": name}]} for name in ("песок", "щебень")]
    base = Act.model_validate({**ACT, "materials": rows})
    edited = to_json(base)
    edited["materials"] = [{"name": "щебень", "quantity": "", "unit": ""}, {"name": "бетон"}, {"name": "вода"}]
    left = to_json(from_json(edited, base).act)[FORM]["materials"]
    assert left == [{"name": "щебень", "documents": rows[1]["documents"]}, {"name": "бетон"}, {"name": "вода"}]


def test_unknown_keys_are_reported_and_kept() -> None:
    made = as_json()
    made["weather"] = "дождь"
    made[FORM]["works"][0]["colour"] = "серый"
    read = from_json(made)
    assert set(read.unknown) == {"weather", "works.0.colour"}
    again = to_json(read.act)[FORM]
    assert (again["weather"], again["works"][0]["colour"]) == ("дождь", "серый")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"document_type": "Накладная"}, "document_type"),
        ({"materials": "песок"}, "materials"),
        ({FORM: []}, FORM),
        ({FORM: {"works": [{"name": ["a"]}]}}, "form_344.works.0.name"),
        ({FORM: {"object": "Дом"}}, "form_344.object"),
    ],
)
def test_a_wrong_shape_is_named(change: dict[str, Any], where: str) -> None:
    with pytest.raises(DocumentJsonWrong) as caught:
        from_json({**as_json(), **change})
    assert caught.value.details["where"] == where


def test_a_later_version_is_not_misread() -> None:
    made = as_json()
    made[FORM]["form"]["version"] = 2
    with pytest.raises(DocumentJsonNewer):
        from_json(made)
