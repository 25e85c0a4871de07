"""The project, filled once, stands in every kind of document where it certainly is the same thing, and nowhere else."""

import asyncio
from typing import Any

import pytest

from documents.draft import Doubt, Draft, Flag, Origin
from documents.kinds import kinds
from documents.paths import value_at
from documents.to_json import read_json
from norms.catalogue import Catalogue
from paperwork.drafting import Ground, Spoken, drafted
from project import Profile
from tests.documents.reading import pdf_text, squeezed
from tests.documents.test_formats import renderer
from tests.end_to_end.dictating import FRIDAY
from tests.paperwork.desk import project

PROJECT = project(
    object__name="Жилой дом № 3",
    object__address="г. Пример, ул. Садовая, 5",
    customer__role="застройщик",
    customer__party__name="АО «Заказчик»",
    customer__party__inn="7701000001",
    contractor__name="ООО «СтройМонтаж»",
    contractor__inn="7702000002",
    designer__name="ООО «Проект»",
    executor_name="ООО «Каркас»",
    representatives__customer_control__position="инженер строительного контроля",
    representatives__customer_control__name_initials="Петров П.П.",
    representatives__customer_control__authority_document__number="12-СК",
    representatives__contractor__position="прораб",
    representatives__contractor__name_initials="Иванов И.И.",
    representatives__contractor__authority_document__number="34-П",
    representatives__contractor_control__name_initials="Сидоров С.С.",
    representatives__designer__name_initials="Кузнецов К.К.",
    representatives__executor__name_initials="Орлов О.О.",
)
ONE_CONTROL = PROJECT.without({"representatives.contractor_control"})
SITE = {"object.name", "object.address"}
PARTIES = {"parties.customer.name", "parties.customer.inn", "parties.contractor.name", "parties.contractor.inn"}
ACT = set(PROJECT.fields)
SIGNER = {"signatures.0.role", "signatures.0.position", "signatures.0.name_initials"}
FILLED = {
    "aosr": ACT,
    "aook": ACT,
    "aousito": ACT,
    "ks2": PARTIES | {"contract.object"},
    "ks3": PARTIES | {"contract.object"},
    "defect_list": SITE,
    "material_request": SITE | {"requester.position", "requester.name_initials"},
    "work_log": SITE | {"representative.position", "representative.name_initials"},
    "material_intake": SITE | {"contractor.name", "contractor.inn"} | SIGNER,
    "work_suspension": SITE | SIGNER,
    "violation_notice": SITE | {"issued_by.position", "issued_by.name_initials", "issued_by.authority_document.number"},
}
_SHORT = {"parties.customer.inn", "parties.contractor.inn", "contractor.inn"}
NOT_PRINTED = {kind: _SHORT if kind in ("ks2", "ks3", "material_intake") else {"customer.role"} for kind in FILLED}
"""These forms want an organisation, its address and phone; the acts, no word for what the customer is."""
OURS, CONTROL = "Представитель подрядчика", "Представитель застройщика (технического заказчика)"


def made(kind: str, words: str = "", known: Profile = PROJECT, /, **said: Any) -> Draft:
    return asyncio.run(drafted(kind, said, Spoken(words), Ground(known, FRIDAY, Catalogue())))


def of_project(draft: Draft) -> set[str]:
    return {path for path, origin in draft.origins.items() if origin is Origin.PROFILE}


@pytest.mark.parametrize("kind", kinds())
def test_each_kind_takes_from_the_project_what_is_the_same_and_prints_it(kind: str) -> None:
    addressed = {"responsible": "ООО «СтройМонтаж»"} if kind == "violation_notice" else {}
    draft = made(kind, "строймонтаж", **addressed)
    assert not draft.open_flags
    assert of_project(draft) == FILLED[kind]
    content, pdf = (file.content for file in renderer().made(draft, ["json", "pdf"]))
    read, printed = read_json(content).draft.data, squeezed(pdf_text(pdf))
    for path in FILLED[kind]:
        value = value_at(read, path)
        assert value == value_at(draft.data, path), path
        assert squeezed(value) in printed or path in NOT_PRINTED[kind], path


@pytest.mark.parametrize("kind", ["work_suspension", "material_intake"])
@pytest.mark.parametrize("signer", [[], [{"role": "представитель подрядчика", "name_initials": "Васильев В.В."}]])
def test_the_form_has_one_place_for_each_who_signs(kind: str, signer: list[dict[str, str]]) -> None:
    [pdf] = renderer().made(made(kind, "васильев вэ вэ", signatures=signer), ["pdf"])
    assert squeezed(pdf_text(pdf.content)).lower().count(squeezed(OURS).lower()) == 1


@pytest.mark.parametrize(
    ("responsible", "other_control", "issuer", "doubted"),
    [
        ("прораб Иванов", True, "Петров П.П.", False),
        ("СтройМонтаж", False, "Петров П.П.", False),
        ("бригадир Кузнецов", False, "Петров П.П.", True),
        ("бригадир Кузнецов", True, None, False),
    ],
)
def test_who_issued_a_notice_is_a_fact_only_where_nobody_else_could(
    responsible: str, other_control: bool, issuer: str | None, doubted: bool
) -> None:
    known = PROJECT if other_control else ONE_CONTROL
    draft = made("violation_notice", responsible, known, responsible=responsible)
    assert value_at(draft.data, "issued_by.name_initials") == issuer
    flag = Flag("issued_by.name_initials", Doubt.NOT_SAID, "Петров П.П.")
    assert draft.open_flags == ((flag,) if doubted else ())


def test_a_position_without_a_name_has_issued_no_notice() -> None:
    known = ONE_CONTROL.without({"representatives.customer_control.name_initials"})
    assert "issued_by" not in made("violation_notice", "", known).data


@pytest.mark.parametrize("place", ["issued_by", "requester", "representative"])
def test_another_person_gets_no_position_of_the_projects_one(place: str) -> None:
    kind = {"issued_by": "violation_notice", "requester": "material_request", "representative": "work_log"}[place]
    draft = made(kind, "васильев вэ вэ", **{place: {"name_initials": "Васильев В.В."}})
    assert draft.data[place] == {"name_initials": "Васильев В.В."}


def test_another_position_gets_no_name_of_the_projects_one() -> None:
    draft = made("violation_notice", "главный инженер", ONE_CONTROL, issued_by={"position": "главный инженер"})
    assert draft.data["issued_by"] == {"position": "главный инженер"}


def test_another_customer_in_costs_gets_no_requisites_of_the_projects_one() -> None:
    said = {"customer": {"name": "ООО «Генподряд»"}}
    draft = made("ks2", "заказчик генподряд", parties=said)
    assert draft.data["parties"]["customer"] == {"name": "ООО «Генподряд»"}
    assert draft.data["parties"]["contractor"]["inn"] == "7702000002"


def test_another_object_in_costs_stays_as_said() -> None:
    draft = made("ks2", "объект котельная", contract={"object": "котельная"})
    assert draft.data["contract"]["object"] == "котельная"
    assert "contract.object" not in of_project(draft)


def test_who_signs_as_somebody_else_does_not_take_the_place_of_ours() -> None:
    draft = made("material_intake", "васильев вэ вэ", signatures=[{"role": CONTROL, "name_initials": "Васильев В.В."}])
    assert draft.data["signatures"] == [
        {"role": CONTROL, "name_initials": "Васильев В.В."},
        {"role": OURS, "position": "прораб", "name_initials": "Иванов И.И."},
    ]


@pytest.mark.parametrize("signer", [{}, {"role": OURS}, {"role": "мастер"}])
def test_whoever_else_signs_for_us_is_the_only_one(signer: dict[str, str]) -> None:
    draft = made("work_suspension", "васильев вэ вэ", signatures=[{**signer, "name_initials": "Васильев В.В."}])
    assert draft.data["signatures"] == [{**signer, "name_initials": "Васильев В.В."}]


@pytest.mark.parametrize("signer", [{"name_initials": "Иванов"}, {"role": OURS}])
def test_ours_is_completed_where_he_was_named(signer: dict[str, str]) -> None:
    draft = made("work_suspension", "иванов", signatures=[signer])
    [signs] = draft.data["signatures"]
    assert (signs["role"], signs["position"]) == (OURS, "прораб")
    assert signs["name_initials"].startswith("Иванов")


def test_a_project_that_knows_nobody_signs_nothing() -> None:
    draft = made("work_suspension", "", project(object__name="Жилой дом № 3"))
    assert "signatures" not in draft.data
