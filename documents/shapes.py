"""The parts that construction documents are made of; each is optional, because a draft is a draft.

Texts are kept as they were given. Quantities are decimal strings ("2400.5"), dates ISO ("2026-11-20"), as far as they
can be read as such; what cannot is kept, and `documents.checks` flags it. Keys that nobody knows are kept, too.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

LONGEST_TEXT = 20_000
MOST_ROWS = 1_000
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|[+-]?\d+(?:[.,]\d+)?")
_HALF = re.compile("[\ud800-\udfff]")
_POINTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def _text(value: object) -> object:
    """A number where a text belongs (`"number": 14`) is that text; half a surrogate pair is no letter."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    return decimal_string(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def _quantity(value: object) -> object:
    value = _text(value)
    if isinstance(value, str) and _GROUPED.fullmatch(value.strip().replace("−", "-")):
        return re.sub(r"[ \u00a0\u202f]", "", value.strip()).replace(",", ".").replace("−", "-")
    return value


def _date(value: object) -> object:
    value = _text(value)
    if isinstance(value, str) and (pointed := _POINTED.fullmatch(value.strip())):
        day, month, year = pointed.groups()
        return f"{year}-{month:0>2}-{day:0>2}"
    return value


def decimal_string(value: float | Decimal) -> str:
    """2400.0 -> "2400", 0.5 -> "0.5": never an exponent, never a float's tail."""
    number = Decimal(str(value))
    if not number.is_finite():
        return str(value)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_decimal(value: object) -> Decimal | None:
    """The number of a decimal string; None for anything else."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", value):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


Text = Annotated[str, BeforeValidator(_text)]
Quantity = Annotated[str, BeforeValidator(_quantity)]
Date = Annotated[str, BeforeValidator(_date)]


def _without_docstring(schema: dict[str, Any]) -> None:
    """It is written to whoever reads the code."""
    schema.pop("description", None)


class Part(BaseModel):
    # Built when a shape is first used: the bot polls sooner without.
    model_config = ConfigDict(
        extra="allow",
        str_strip_whitespace=True,
        str_max_length=LONGEST_TEXT,
        json_schema_extra=_without_docstring,
        defer_build=True,
    )


class Object(Part):
    name: Text | None = None
    address: Text | None = None


class Sro(Part):
    """The self-regulatory organisation of a party."""

    name: Text | None = None
    ogrn: Text | None = None
    inn: Text | None = None


class Party(Part):
    """`kind`: `legal_entity` (name, ogrn), `individual_entrepreneur` (full_name, ogrnip) or `person` (passport)."""

    kind: Text | None = None
    name: Text | None = None
    full_name: Text | None = None
    ogrn: Text | None = None
    ogrnip: Text | None = None
    inn: Text | None = None
    okpo: Text | None = None
    passport: Text | None = None
    address: Text | None = None
    phone_or_fax: Text | None = None
    sro_not_required: bool | None = None
    sro: Sro | None = None


class Customer(Part):
    role: Text | None = None
    party: Party | None = None


class Authority(Part):
    """The paper that gives a representative his powers."""

    name: Text | None = None
    number: Text | None = None
    date: Date | None = None


class Representative(Part):
    position: Text | None = None
    name_initials: Text | None = None
    authority_document: Authority | None = None
    nrs_id: Text | None = None
    nrs_not_required: bool | None = None
    organization: Party | None = None


class Representatives(Part):
    customer_control: Representative | None = None
    contractor: Representative | None = None
    contractor_control: Representative | None = None
    designer: Representative | None = None
    executor: Representative | None = None


class Work(Part):
    name: Text | None = None
    location: Text | None = None
    quantity: Quantity | None = None
    unit: Text | None = None
    method: Text | None = None
    materials: Text | None = None


class ProjectDoc(Part):
    cipher: Text | None = None
    sheets: list[Text] | None = None
    revision: Text | None = None
    title: Text | None = None
    prepared_by: Text | None = None


class Paper(Part):
    """A certificate, a drawing as built, a protocol, an act: what a clause refers to."""

    kind: Text | None = None
    name: Text | None = None
    number: Text | None = None
    date: Date | None = None
    valid_to: Date | None = None


class Material(Part):
    name: Text | None = None
    quantity: Quantity | None = None
    unit: Text | None = None
    documents: list[Paper] | None = None


class WorkDates(Part):
    start: Date | None = None
    end: Date | None = None


class Requirement(Part):
    """What the works comply with: the designation of a norm or of a section of the design, and its clause."""

    designation: Text | None = None
    title: Text | None = None
    clause: Text | None = None


class Test(Part):
    name: Text | None = None
    act_number: Text | None = None
    date: Date | None = None


class Crew(Part):
    people: int | None = None
    machines: Text | None = None


class Person(Part):
    """Who signs a document that has no representatives of its own: `role` is what he signs as."""

    role: Text | None = None
    position: Text | None = None
    name_initials: Text | None = None
    authority_document: Authority | None = None


def _one_text(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _named(value: object) -> object:
    return {"name_initials": value} if isinstance(value, str) else value


def _all_named(value: object) -> object:
    return [_named(one) for one in value] if isinstance(value, list) else value


Texts = Annotated[list[Text], BeforeValidator(_one_text)]
SomePerson = Annotated[Person, BeforeValidator(_named)]
People = Annotated[list[Person], BeforeValidator(_all_named)]
