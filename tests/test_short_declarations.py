"""Every declaration is part of the setup of every session: what the model has to read before the first word."""

import json
from typing import Annotated

import pytest
from pydantic import Field

from function_calls import discover
from function_declarations import declare
from live_session import FunctionDeclaration
from paperwork.arguments import KINDS_TOLD, told_of_kinds
from tests.test_function_declarations import Material, parameters, refusal

KB = 1024
MOST = {"create_document": 8 * KB, "update_project": 6 * KB, "create_hidden_works_act": 5 * KB}
MOST_OF_ANOTHER = 1_200
MOST_IN_ALL = 25_000
"""Bytes, as JSON is written by default and Cyrillic letters in two."""

DECLARATIONS = discover().declarations


def size(one: FunctionDeclaration) -> int:
    told = {"name": one.name, "description": one.description, "parameters": one.parameters}
    return len(json.dumps(told, ensure_ascii=False).encode())


@pytest.mark.parametrize("one", DECLARATIONS, ids=lambda one: one.name)
def test_a_declaration_is_small(one: FunctionDeclaration) -> None:
    assert size(one) <= MOST.get(one.name, MOST_OF_ANOTHER)


def test_all_together_are_small() -> None:
    assert sum(map(size, DECLARATIONS)) <= MOST_IN_ALL


def test_each_kind_is_told_with_the_fields_that_are_its_own() -> None:
    told = told_of_kinds()
    for name, called in KINDS_TOLD.items():
        assert f"{name} ({called}): " in told
    assert "material_intake (приход материала, входной контроль): delivery_date, material, quantity, unit" in told
    assert "aook, aousito also: " in told


async def compare(
    left: Material,
    right: Annotated[Material, Field(description="The other one.")],
    note: Annotated[str, Field(max_length=5_000)],
) -> None:
    """Compare two deliveries."""


def test_a_type_that_comes_again_is_described_once_and_long_limits_are_not_told() -> None:
    left, right, note = parameters(compare).values()
    assert left["description"] == "One delivered material."
    assert right["description"] == "The other one."
    assert left["properties"] == right["properties"]
    assert note == {"type": "STRING"}
    assert (
        "note"
        in refusal(
            compare, {"left": {"name": "", "quantity": 1}, "right": {"name": "", "quantity": 1}, "note": "x" * 5_001}
        ).invalid
    )


async def measure(
    length: Annotated[int | None, Field(description="Millimetres.")] = None, width: int | None = 5
) -> None:
    """Measure."""


def test_null_is_told_where_it_says_something_else_than_nothing() -> None:
    assert parameters(measure) == {
        "length": {"type": "INTEGER", "description": "Millimetres."},
        "width": {"type": "INTEGER", "default": 5, "nullable": True},
    }
    bind = declare(measure).bind
    assert bind({}) == bind({"length": None}) == {"length": None, "width": 5}
    assert bind({"width": None}) == {"length": None, "width": None}
