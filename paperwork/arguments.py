"""What the model passes to the functions that make documents: shapes of `documents`, with words to the model."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, create_model

from documents import shapes
from documents.act import FlatMaterial
from documents.kinds import SHAPES, FieldOf, kinds

_Few = Field(max_length=shapes.MOST_ROWS)


class Person(shapes.Part):
    position: shapes.Text | None = None
    name_initials: shapes.Text | None = None


class Representatives(shapes.Part):
    customer_control: Annotated[Person | None, Field(description="Стройконтроль заказчика.")] = None
    contractor: Annotated[Person | None, Field(description="Of the contractor: прораб.")] = None
    contractor_control: Annotated[Person | None, Field(description="Стройконтроль подрядчика.")] = None
    designer: Annotated[Person | None, Field(description="Авторский надзор.")] = None
    executor: Annotated[Person | None, Field(description="Of the subcontractor.")] = None


class Form344(shapes.Part):
    number: Annotated[shapes.Text | None, Field(description="Only if he named it.")] = None
    works: Annotated[list[shapes.Work] | None, _Few, Field(description="1: each with axes and elevations.")] = None
    project_docs: Annotated[list[shapes.ProjectDoc] | None, _Few, Field(description="2")] = None
    materials: Annotated[
        list[shapes.Material] | None, _Few, Field(description="3: the same, with their certificates and passports.")
    ] = None
    evidence_docs: Annotated[
        list[shapes.Paper] | None, _Few, Field(description="4: исполнительные схемы, протоколы, испытания.")
    ] = None
    work_dates: Annotated[shapes.WorkDates | None, Field(description="5")] = None
    compliance: Annotated[list[shapes.Requirement] | None, _Few, Field(description="6")] = None
    next_works: Annotated[list[shapes.Text] | None, _Few, Field(description="7")] = None
    representatives: Representatives | None = None
    executor_name: shapes.Text | None = None
    additional_info: shapes.Text | None = None


Materials = Annotated[list[FlatMaterial] | None, _Few]


class Crew(shapes.Part):
    people: shapes.Text | None = None
    machines: shapes.Text | None = None


_SHAPES = {**SHAPES, "count": shapes.Text, "crew": Crew}
"""What is counted may come in words («двенадцать»): it becomes a number when it is compared with what was said."""

KindName = Literal[
    "aook",
    "aousito",
    "defect_list",
    "ks2",
    "ks3",
    "material_intake",
    "material_request",
    "violation_notice",
    "work_log",
    "work_suspension",
]
KINDS_TOLD = {
    "aook": "акт ответственных конструкций",
    "aousito": "акт на участки сетей",
    "defect_list": "дефектная ведомость",
    "ks2": "КС-2",
    "ks3": "КС-3",
    "material_intake": "приход материала, входной контроль",
    "material_request": "заявка",
    "violation_notice": "предписание",
    "work_log": "запись в общий журнал",
    "work_suspension": "приостановка работ",
}
_NOT_DICTATED = ("photos", "ack", "attachments")
"""Photos are taken from the message, a receipt is signed by hand, attachments are what the clauses name."""
_COMMON = 3
"""A field that more kinds have than this is not told with each."""
_TOLD = {
    "date": "Of the document; work_log: of the works.",
    "location": "место: оси, отметки, помещение, пикет",
    "works": "какие работы",
    "executor_name": "кто выполнил, если не подрядчик",
    "compliance": "чему соответствует, как он назвал",
    "evidence_docs": "исполнительные схемы, испытания",
    "decision": "что разрешается",
    "tech_conditions": "ТУ подключения: номер, дата, кем выданы",
    "lab_decision": "решение об инструментальном контроле",
    "responsible": "кому выдано",
    "conditions": "погода, температура, осадки, ветер",
    "stop_at": "когда остановлены",
    "measures": "принятые меры и условие возобновления",
    "addressee": "кого уведомили",
}
"""What a field's key does not say by itself."""


def _fields() -> dict[str, list[tuple[str, FieldOf]]]:
    """Those that a person dictates, each with the kinds that have it."""
    found: dict[str, list[tuple[str, FieldOf]]] = {}
    for name in KINDS_TOLD:
        for field in kinds()[name].fields:
            of_project = field.source == "profile" and field.shape not in ("object", "text", "date")
            if not of_project and field.key not in _NOT_DICTATED:
                found.setdefault(field.key, []).append((name, field))
    return found


def told_of_kinds() -> str:
    """What each kind is called, and its fields that few others have, once for kinds that share them."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for key, fields in _fields().items():
        if len(fields) <= _COMMON:
            shared.setdefault(tuple(name for name, _ in fields), []).append(key)
    own = [f"{name} ({told}): {', '.join(shared.pop((name,), ['–']))}" for name, told in KINDS_TOLD.items()]
    return "; ".join([*own, *(f"{', '.join(who)} also: {', '.join(keys)}" for who, keys in shared.items())])


def _fields_model() -> type[BaseModel]:
    """All fields of all kinds in one: a declaration has no alternatives that hang on another value."""
    members: dict[str, Any] = {}
    for key, fields in _fields().items():
        of_type = _type_of(key, [field for _, field in fields])
        members[key] = (Annotated[of_type | None, Field(description=_TOLD.get(key))], None)
    return create_model("Fields", __base__=shapes.Part, **members)


def _type_of(key: str, fields: list[FieldOf]) -> Any:
    """Of a key that several kinds have: rows of all of them in one, other shapes side by side."""
    items = {item.key: (_SHAPES[item.shape] | None, None) for field in fields for item in field.item}
    if items:
        row = create_model(f"{key}_row", __base__=shapes.Part, **items)  # type: ignore[call-overload]
        return row if fields[0].shape == "group" else list[row]  # type: ignore[valid-type]
    annotation: Any = None
    for shape in dict.fromkeys(field.shape for field in fields):
        annotation = _SHAPES[shape] if annotation is None else annotation | _SHAPES[shape]
    return annotation


if TYPE_CHECKING:
    Fields = shapes.Part
else:
    Fields = _fields_model()


def plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON, without what was not given."""
    given = TypeAdapter(dict[str, Any]).dump_python(dict(arguments), mode="json", exclude_none=True)
    return {name: value for name, value in given.items() if value is not None}
