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
    """Everything else that he said of the act, by clauses."""

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


def _fields_model() -> type[BaseModel]:
    """All fields of all kinds that a person dictates; each is told with the kinds that have it."""
    found: dict[str, list[tuple[str, FieldOf]]] = {}
    for name, kind in kinds().items():
        for field in kind.fields if name != "aosr" else ():
            if field.source != "profile" or field.shape in ("object", "text", "date"):
                found.setdefault(field.key, []).append((name, field))
    members: dict[str, Any] = {}
    for key, fields in found.items():
        told = "; ".join(f"{name}: {field.title}" for name, field in fields)[:300]
        members[key] = (Annotated[_type_of(key, [field for _, field in fields]) | None, Field(description=told)], None)
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
