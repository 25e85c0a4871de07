"""Every declaration is part of the setup of every session: what the model has to read before the first word."""

import json

import pytest

from function_calls import discover
from live_session import FunctionDeclaration
from paperwork.arguments import KINDS_TOLD, told_of_kinds

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
