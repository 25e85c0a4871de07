"""The registry of kinds of documents: one file `kinds/<type>.toml` each; docs/documents.md adds one.

A kind says what its document is made of (`fields`: shape, source, whether it is required) and what it looks like
(`blocks`, in order). The file is data that people edit, so it is checked when it is read: what is wrong in it is named.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from documents import shapes
from errors import KindBroken

FOLDER = Path(__file__).with_name("kinds")
Source = Literal["profile", "dictation", "attachment", "auto", "confirm"]
Align = Literal["left", "center", "right"]

_FEW = Field(max_length=shapes.MOST_ROWS)
SHAPES: dict[str, Any] = {
    "text": shapes.Text,
    "texts": Annotated[shapes.Texts, _FEW],
    "date": shapes.Date,
    "moment": shapes.Text,
    "quantity": shapes.Quantity,
    "money": shapes.Quantity,
    "count": int,
    "object": shapes.Object,
    "party": shapes.Party,
    "customer": shapes.Customer,
    "representatives": shapes.Representatives,
    "works": Annotated[list[shapes.Work], _FEW],
    "project_docs": Annotated[list[shapes.ProjectDoc], _FEW],
    "materials": Annotated[list[shapes.Material], _FEW],
    "paper": shapes.Paper,
    "papers": Annotated[list[shapes.Paper], _FEW],
    "acts": Annotated[list[shapes.Paper], _FEW],
    "tests": Annotated[list[shapes.Test], _FEW],
    "requirements": Annotated[list[shapes.Requirement], _FEW],
    "crew": shapes.Crew,
    "person": shapes.SomePerson,
    "people": Annotated[shapes.People, _FEW],
}
"""Shape -> what its values are; `group` and `rows` are made of their `item`."""


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Item(_Data):
    """A member of a group or a cell of a row."""

    key: str
    shape: str
    title: str
    title_en: str
    required: bool = False


class FieldOf(_Data):
    key: str
    shape: str
    source: Source
    required: bool
    title: str
    title_en: str
    path: str = ""
    """Where the value stands when that is not under `key`; `*` is any row."""
    unless: str = ""
    """A field whose rows say the same; with them, this one is not asked for."""
    item: tuple[Item, ...] = ()

    @property
    def where(self) -> str:
        return self.path or self.key


class Column(_Data):
    key: str
    title: str
    width: float
    group: str = ""
    """Stands over this column and the next ones of the same group."""
    align: Align = "left"
    with_: str = Field("", alias="with")
    """Another key, printed in the same cell after this one."""
    with_lines: tuple[str, ...] = ()
    """Other keys, each on a line of its own under this one."""
    in_rows: str = ""
    """The key in the rows of the block's `rows`; without one, each row shows the document's own value."""
    signed: bool = False
    """Has a line to sign on under the words."""


class Signer(_Data):
    value: str
    label: str
    when: str = ""


class Total(_Data):
    title: str
    value: str


class Code(_Data):
    label: str
    value: str = ""
    as_: str = Field("", alias="as")
    caption: str = ""
    fixed: str = ""
    code_label: str = ""
    code: str = ""
    code_as: str = ""


class Box(_Data):
    title: str
    value: str
    as_: str = Field("", alias="as")
    width: float
    group: str = ""


class Block(_Data):
    """One part of the page, from the top down; `documents.sheet` fills it, the templates draw it. Widths are in mm."""

    type: Literal[
        "use",
        "heading",
        "number_date",
        "line",
        "inline",
        "text",
        "table",
        "signatures",
        "people",
        "codes",
        "boxes",
        "photos",
    ]
    name: str
    value: str = ""
    as_: str = Field("", alias="as")
    when: str = ""
    label: str = ""
    with_lines: tuple[str, ...] = ()
    """Other values, printed under this one."""
    caption: str = ""
    """Under the value in small print; of people, under the name."""
    lines: int = 1
    """So many empty lines to fill by hand when there is no value."""
    label_width: float = 0
    value_width: float = 0
    after: str = ""
    indent: bool = False
    text: str = ""
    heading: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    under: str = ""
    new_page: bool = False
    columns: tuple[Column, ...] = ()
    rows: str = ""
    """Of a table of one row: a field whose rows make a row of the table each."""
    numbered_columns: bool = False
    empty_rows: int = 1
    totals: tuple[Total, ...] = ()
    signers: tuple[Signer, ...] = ()
    blank_roles: tuple[str, ...] = ()
    all_roles: bool = False
    """Roles that nobody was named for keep their empty places beside those that have people."""
    stamp: bool = False
    codes: tuple[Code, ...] = ()
    boxes: tuple[Box, ...] = ()


class Sums(_Data):
    """`product` of each of `rows` is the product of its `factors`; `total` is the sum of the products."""

    rows: str
    product: str
    total: str
    factors: tuple[str, ...] = ()


class Kind(_Data):
    type: str
    title: str
    title_en: str
    short: str
    """What it is called in a file name and in a list: АОСР."""
    basis: str
    form_status: str
    confidence: str
    form: str = ""
    """Printed at the top: which form it follows. Never that the form is mandatory."""
    paper: Literal["portrait", "landscape"] = "portrait"
    number_prefix: str = ""
    """What stands before the running number; `{section}` is the section of the design: КЖ1."""
    name_of: Annotated[tuple[str, ...], BeforeValidator(_one_or_more)] = ()
    """Values that say what the document is about, for lists; `*` is each row. The first that is there counts."""
    date_of: str = "date"
    reference: str = ""
    """How an annex refers to its document."""
    schema_: str = Field("", alias="schema")
    fields: tuple[FieldOf, ...]
    blocks: tuple[Block, ...]
    sums: Sums | None = None

    @property
    def shows_photos(self) -> bool:
        return any(block.type == "photos" for block in self.blocks)

    def field(self, key: str) -> FieldOf | None:
        return next((field for field in self.fields if field.key == key), None)


@cache
def kinds(folder: Path = FOLDER) -> dict[str, Kind]:
    """Every kind by its type, the act of hidden works first. Raises `KindBroken`."""
    found = [_read(file) for file in sorted(folder.glob("*.toml")) if file.stem != "common"]
    return {kind.type: kind for kind in sorted(found, key=lambda kind: (kind.type != "aosr", kind.type))}


@cache
def common() -> dict[str, Any]:
    """What kinds share: groups of blocks and the names of parts."""
    return tomllib.loads((FOLDER / "common.toml").read_text("utf-8"))


@cache
def model_of(kind: Kind) -> type[shapes.Part]:
    """The pydantic model of its data; every field is optional."""
    if kind.type == "aosr":
        from documents.act import Act

        return Act
    return _model(kind.type, kind.fields)


def _model(name: str, fields: Iterable[FieldOf | Item]) -> type[shapes.Part]:
    members: dict[str, Any] = {field.key: (_shape(field) | None, None) for field in fields}
    return create_model(name, __base__=shapes.Part, **members)


def _shape(field: FieldOf | Item) -> Any:
    if isinstance(field, FieldOf) and field.shape in ("group", "rows"):
        item: Any = _model(field.key, field.item)
        return item if field.shape == "group" else Annotated[list[item], _FEW]
    return SHAPES[field.shape]


def _read(file: Path) -> Kind:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
        table["blocks"] = [block for one in table.get("blocks", ()) for block in _used(one)]
        kind = Kind.model_validate(table)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KindBroken(f"{file.name} is not TOML", file=file.name, what=str(error)) from error
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise KindBroken(
            f"{file.name}: {where}", file=file.name, what=f"{where}: {error.errors()[0]['msg']}"
        ) from error
    except KeyError as error:
        raise KindBroken(f"{file.name}: no group {error}", file=file.name, what=f"use: {error}") from error
    for field in kind.fields:
        parts: tuple[FieldOf | Item, ...] = (field, *field.item)
        for one in parts:
            if one.shape not in (*SHAPES, "group", "rows") or (one is not field and one.shape in ("group", "rows")):
                raise KindBroken(f"{file.name}: {one.key}", file=file.name, what=f"{one.key}: shape {one.shape}")
    if kind.type != file.stem:
        raise KindBroken(f"{file.name}: type", file=file.name, what=f"type: {kind.type}")
    return kind


def _used(block: dict[str, Any]) -> list[dict[str, Any]]:
    """`use` stands for a group of blocks of common.toml."""
    if block.get("type") != "use":
        return [block]
    group: list[dict[str, Any]] = common()["groups"][block.get("name", "")]
    return group
