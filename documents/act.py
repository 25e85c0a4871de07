"""The act of hidden works: one model in the shape of the recommended form (344/пр, appendix 3), and its JSON.

The JSON has nine keys that are a view of the model, then `form_344` with all of it in the schema's names. Reading goes
back through the same two: where the view and the form disagree, the one that was changed wins, and `disagreements`
says what lost (docs/decisions/0038-the-act-is-one-model-with-two-views.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from documents.shapes import (
    MOST_ROWS,
    Customer,
    Date,
    Material,
    Object,
    Paper,
    Part,
    Party,
    ProjectDoc,
    Quantity,
    Representative,
    Representatives,
    Requirement,
    Text,
    Texts,
    Work,
    WorkDates,
    as_decimal,
)
from documents.unknown import unknown_keys
from errors import DocumentJsonNewer, DocumentJsonWrong

DOCUMENT_TYPE = "Акт освидетельствования скрытых работ"
VIEW = (
    "document_type",
    "object_name",
    "date",
    "work_type",
    "materials",
    "compliance",
    "customer_representative",
    "contractor",
    "conclusion",
)
"""The keys of the view, in the order of the JSON; all but the first are arguments of `create_hidden_works_act`."""
FORM = "form_344"
VERSION = 1
_Few = Field(max_length=MOST_ROWS)
Model = TypeVar("Model", bound=Part)


class Signature(Part):
    role: Text | None = None
    name_initials: Text | None = None
    signed_at: Text | None = None


class Form(Part):
    order: Text | None = None
    appendix: int | None = None
    version: int | None = None


class Act(Part):
    """All that the form holds; `conclusion` is ours, the form has no place of its own for it."""

    form: Form | None = None
    object: Object | None = None
    customer: Customer | None = None
    contractor: Party | None = None
    designer: Party | None = None
    number: Text | None = None
    date: Date | None = None
    representatives: Representatives | None = None
    executor_name: Text | None = None
    works: Annotated[list[Work], _Few] | None = None
    project_docs: Annotated[list[ProjectDoc], _Few] | None = None
    materials: Annotated[list[Material], _Few] | None = None
    materials_registry: Paper | None = None
    evidence_docs: Annotated[list[Paper], _Few] | None = None
    work_dates: WorkDates | None = None
    compliance: Annotated[list[Requirement], _Few] | None = None
    next_works: Annotated[Texts, _Few] | None = None
    additional_info: Text | None = None
    medium: Text | None = None
    copies: int | None = None
    attachments: Annotated[list[Paper], _Few] | None = None
    signatures: list[Signature] | None = None
    conclusion: Text | None = None


class FlatMaterial(Part):
    name: Text | None = None
    quantity: Quantity | None = None
    unit: Text | None = None


class Flat(Part):
    """The arguments of `create_hidden_works_act`, without `form_344`."""

    object_name: Text | None = None
    date: Date | None = None
    work_type: Text | None = None
    materials: Annotated[list[FlatMaterial], _Few] | None = None
    compliance: Text | None = None
    customer_representative: Text | None = None
    contractor: Text | None = None
    conclusion: Text | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What a JSON or a call meant. `unknown` are keys that the form does not know (kept in the act all the same);
    `disagreements` are names of the view that said something else than the form."""

    act: Act
    unknown: tuple[str, ...] = ()
    disagreements: tuple[str, ...] = field(default=())


def to_json(act: Act) -> dict[str, Any]:
    """The nine keys in order, then the form. Keys that have no value are "" in the view and absent in the form."""
    form = act.model_dump(mode="json", exclude_none=True, exclude={"conclusion", "form", "signatures"})
    for work in form.get("works", ()):
        number = as_decimal(work.get("quantity"))
        if number is not None:
            work["quantity"] = int(number) if number == number.to_integral() else float(number)
    stated = {"order": "344/пр", "appendix": 3, "version": VERSION}
    own = act.form.model_dump(exclude_none=True) if act.form else {}
    signatures = {"signatures": signed} if (signed := signatures_of(act)) else {}
    return {**view(act), FORM: {"form": {**own, **stated}, **form, **signatures}}


def view(act: Act) -> dict[str, Any]:
    """The nine keys: names, quantities and texts as they were given."""
    control = act.representatives.customer_control if act.representatives else None
    return {
        "document_type": DOCUMENT_TYPE,
        "object_name": (act.object.name if act.object else None) or "",
        "date": act.date or "",
        "work_type": "; ".join(work.name for work in act.works or () if work.name),
        "materials": [_flat(material) for material in act.materials or ()],
        "compliance": "; ".join(filter(None, map(requirement_words, act.compliance or ()))),
        "customer_representative": (control.name_initials if control else None) or "",
        "contractor": (act.contractor and (act.contractor.name or act.contractor.full_name)) or "",
        "conclusion": act.conclusion or made_conclusion(act),
    }


def requirement_words(requirement: Requirement) -> str:
    title = f"«{requirement.title}»" if requirement.title else ""
    return ", ".join(filter(None, (" ".join(filter(None, (requirement.designation, title))), requirement.clause)))


def made_conclusion(act: Act) -> str:
    """From clause 6, when no conclusion was said; without one, nothing."""
    words = "; ".join(filter(None, map(requirement_words, act.compliance or ())))
    return f"Работы выполнены в соответствии с: {words}" if words else ""


def signatures_of(act: Act) -> list[dict[str, str]]:
    """Whoever is named as a representative signs, and nobody else."""
    signed = {one.role: one.signed_at for one in act.signatures or () if one.signed_at}
    named = [
        (role, representative.name_initials)
        for role in Representatives.model_fields
        if (representative := getattr(act.representatives, role, None)) and representative.name_initials
    ]
    return [
        {"role": role, "name_initials": name, **({"signed_at": str(signed[role])} if role in signed else {})}
        for role, name in named
    ]


def from_json(given: object, base: Act | None = None) -> Read:
    """Back from `to_json`, perhaps edited by hand; `base` is the act that was edited.

    Raises `DocumentJsonNewer` for a later version and `DocumentJsonWrong` (details: `where`) for another shape.
    """
    if not isinstance(given, Mapping):
        raise DocumentJsonWrong("not an object", where="{}")
    if given.get("document_type") != DOCUMENT_TYPE:
        raise DocumentJsonWrong("another document_type", where="document_type")
    form = given.get(FORM, {})
    if isinstance(form, Mapping) and isinstance(stated := form.get("form"), Mapping):
        version = stated.get("version", VERSION)
        if not isinstance(version, int) or version > VERSION or stated.get("order", "344/пр") != "344/пр":
            raise DocumentJsonNewer("a form of a later version")
    flat = {name: given[name] for name in VIEW[1:] if name in given}
    more = {name: value for name, value in given.items() if name not in (*VIEW, FORM)}
    read = merged(flat, form, base, more)
    if read.act.conclusion == made_conclusion(read.act):
        read.act.conclusion = None
    return read


def merged(flat: object, form: object = None, base: Act | None = None, more: Mapping[str, Any] | None = None) -> Read:
    """The flat arguments and the form of a call (or a JSON) in one act; what is not given in either is not in it.

    Where both name a thing, the form wins, because it says more; but the view wins when only it differs from `base`.
    """
    if form is not None and not isinstance(form, Mapping):
        raise DocumentJsonWrong("form_344 is not an object", where=FORM)
    act = _valid(Act, {**(form or {}), **(more or {})}, f"{FORM}.")
    names = _valid(Flat, flat, "")
    before, stated, disagreements = view(base) if base else None, view(act), []
    for name, merge in _MERGES.items():
        value: Any = getattr(names, name)
        value = [_flat(one) for one in value] if name == "materials" and value else value
        if name == "conclusion" and act.conclusion is None:
            act.conclusion = value if value != stated[name] else None
            continue
        if value and (not stated[name] or _agree(value, stated[name]) or _only_it_changed(name, value, stated, before)):
            merge(act, value)
        elif stated[name] and ((before is None and value) or (before is not None and (value or "") != before[name])):
            disagreements.append(name)
    return Read(act, tuple(unknown_keys(act)), tuple(disagreements))


def _only_it_changed(name: str, value: object, stated: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    return before is not None and value != before[name] and stated[name] == before[name]


def _valid(model: type[Model], value: object, prefix: str) -> Model:
    try:
        return TypeAdapter(model).validate_python(value)
    except ValidationError as error:
        where = prefix + ".".join(map(str, error.errors()[0]["loc"]))
        raise DocumentJsonWrong(f"wrong shape at {where}", where=where) from None


def _flat(material: Material | FlatMaterial) -> dict[str, str]:
    return {"name": material.name or "", "quantity": material.quantity or "", "unit": material.unit or ""}


def _agree(one: object, other: object) -> bool:
    """Materials agree when nothing that both say differs: the view may add what the form left out."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_agree(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return all(not one[key] or not other[key] or one[key] == other[key] for key in one)
    return one == other


def _put_object(act: Act, value: Any) -> None:
    act.object = act.object or Object()
    act.object.name = value


def _put_date(act: Act, value: Any) -> None:
    act.date = value


def _put_work(act: Act, value: Any) -> None:
    if value == view(act)["work_type"]:
        return  # the names of several works in one line
    if act.works is None or len(act.works) != 1:
        act.works = [Work()]
    act.works[0].name = value


def _put_materials(act: Act, value: Any) -> None:
    """As many as there were: the same ones, perhaps renamed. Else by name, lest one gets another's certificate."""
    have = act.materials or []
    named = {material.name: material for material in have}
    same = len(have) == len(value)
    act.materials = [have[place] if same else named.get(one["name"], Material()) for place, one in enumerate(value)]
    for material, one in zip(act.materials, value, strict=True):
        material.name = one["name"] or material.name
        material.quantity = one["quantity"] or material.quantity
        material.unit = one["unit"] or material.unit


def _put_compliance(act: Act, value: Any) -> None:
    if value != view(act)["compliance"]:
        act.compliance = [Requirement(designation=value)]


def _put_representative(act: Act, value: Any) -> None:
    act.representatives = act.representatives or Representatives()
    act.representatives.customer_control = act.representatives.customer_control or Representative()
    act.representatives.customer_control.name_initials = value


def _put_contractor(act: Act, value: Any) -> None:
    act.contractor = act.contractor or Party(kind="legal_entity")
    if act.contractor.kind == "individual_entrepreneur":
        act.contractor.full_name = value
    else:
        act.contractor.name = value


def _put_conclusion(act: Act, value: Any) -> None:
    act.conclusion = value


_MERGES = {
    "object_name": _put_object,
    "date": _put_date,
    "work_type": _put_work,
    "materials": _put_materials,
    "compliance": _put_compliance,
    "customer_representative": _put_representative,
    "contractor": _put_contractor,
    "conclusion": _put_conclusion,
}
