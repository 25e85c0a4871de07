"""What a signature becomes for the model, and what a model's arguments become for a function."""

import enum
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from function_declarations import (
    _MOST_TOLD,
    ArgumentsRefused,
    Unusable,
    declare,
    declare_dictionary,
    openapi,
    read_declaration,
)

Json = dict[str, Any]


class Material(BaseModel):
    """One delivered material."""

    name: str
    quantity: Decimal = Field(ge=0)
    unit: Literal["м3", "т", "шт"] | None = None


class Axes(TypedDict):
    along: str
    across: str


class Grade(enum.Enum):
    B15 = "В15"
    B25 = "В25"


class Tree(BaseModel):
    branches: list["Tree"] = []


def parameters(function: Callable[..., object]) -> Json:
    declared = declare(function).declaration.parameters
    assert declared is not None
    properties: Json = declared["properties"]
    return properties


def refusal(function: Callable[..., object], arguments: Json) -> ArgumentsRefused:
    with pytest.raises(ArgumentsRefused) as caught:
        declare(function).bind(arguments)
    return caught.value


async def pour(
    context: object,
    where: Annotated[str, Field(description="The place, in axes.")],
    materials: list[Material],
    axes: Axes,
    grade: Grade = Grade.B25,
    on: date | None = None,
    volume: Annotated[float, Field(gt=0, le=5000)] = 1.0,
    layers: Literal[1, 2, 3] = 1,
    vibrated: bool = True,
    since: datetime | None = None,
    mark: int | str = 0,
) -> None:
    """Record a concrete pour.

    Call it once for each pour.
    mark: the number of the pour, or its name.
    """


def test_the_declaration_comes_from_the_signature() -> None:
    declaration = declare(pour).declaration
    assert declaration.name == "pour"
    assert declaration.description.startswith("Record a concrete pour.\n\nCall it once")
    assert declaration.parameters is not None
    assert declaration.parameters["required"] == ["where", "materials", "axes"]
    assert declaration.parameters["properties"] == {
        "where": {"type": "STRING", "description": "The place, in axes."},
        "materials": {
            "type": "ARRAY",
            "items": {
                "type": "OBJECT",
                "description": "One delivered material.",
                "properties": {
                    "name": {"type": "STRING"},
                    "quantity": {"type": "NUMBER", "minimum": 0.0},
                    "unit": {"type": "STRING", "enum": ["м3", "т", "шт"]},
                },
                "required": ["name", "quantity"],
            },
        },
        "axes": {
            "type": "OBJECT",
            "properties": {"along": {"type": "STRING"}, "across": {"type": "STRING"}},
            "required": ["along", "across"],
        },
        "grade": {"type": "STRING", "enum": ["В15", "В25"], "default": "В25"},
        "on": {"type": "STRING", "description": "Format: date, YYYY-MM-DD."},
        "volume": {"type": "NUMBER", "maximum": 5000, "default": 1.0},
        "layers": {"type": "INTEGER", "description": "One of: 1, 2, 3.", "default": 1},
        "vibrated": {"type": "BOOLEAN", "default": True},
        "since": {"type": "STRING", "format": "date-time"},
        "mark": {
            "anyOf": [
                {"type": "INTEGER", "description": "the number of the pour, or its name."},
                {"type": "STRING", "description": "the number of the pour, or its name."},
            ]
        },
    }


def test_arguments_arrive_as_the_types_of_the_signature() -> None:
    materials = [{"name": "щебень", "quantity": 12.5}]
    bound = declare(pour).bind(
        {"where": "А-Б", "materials": materials, "axes": {"along": "А", "across": "1"}, "on": "2026-11-18"}
    )
    assert bound["materials"] == [Material(name="щебень", quantity=Decimal("12.5"))]
    assert (bound["on"], bound["grade"], bound["volume"]) == (date(2026, 11, 18), Grade.B25, 1.0)
    assert "context" not in bound


def test_a_function_without_parameters_is_declared_without_any() -> None:
    async def weather(context: object) -> None:
        """Tell the weather."""

    assert declare(weather).declaration.parameters is None
    assert declare(weather).bind({}) == {}


def test_parameters_may_have_names_that_a_pydantic_model_reserves() -> None:
    async def save(schema: str, copy: int, model_config: str = "x", _private: bool = False) -> None:
        """Save."""

    assert list(parameters(save)) == ["schema", "copy", "model_config", "_private"]
    bound = declare(save).bind({"schema": "a", "copy": 2})
    assert bound == {"schema": "a", "copy": 2, "model_config": "x", "_private": False}


def test_a_default_of_pydantic_is_a_default() -> None:
    async def count(n: int = Field(3, ge=1, description="How many.")) -> None:
        """Count."""

    assert parameters(count) == {"n": {"type": "INTEGER", "description": "How many.", "default": 3, "minimum": 1}}
    assert declare(count).bind({}) == {"n": 3}


def test_null_for_a_parameter_that_has_a_default_leaves_the_default() -> None:
    async def find(what: str, limit: int = 3, topic: str | None = "все", mark: int | str | None = 7) -> None:
        """Find."""

    bound = declare(find).bind({"what": "бетон", "limit": None, "topic": None, "mark": None})
    assert bound == {"what": "бетон", "limit": 3, "topic": None, "mark": None}


def test_what_is_missing_unexpected_and_invalid_is_named() -> None:
    refused = refusal(
        pour, {"materials": [{"name": "песок"}], "axes": {"along": "А", "across": "1"}, "volume": -1, "x": 1}
    )
    assert refused.missing == ["where", "materials.0.quantity"]
    assert refused.unexpected == ["x"]
    assert list(refused.invalid) == ["volume"]


def test_what_the_model_made_up_by_the_thousand_is_told_in_short() -> None:
    refused = refusal(pour, {f"{'long' * 200}{number}": number for number in range(1000)})
    assert len(refused.missing) + len(refused.unexpected) <= 20
    assert all(len(name) <= 300 for name in refused.unexpected)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_WHOLE = {"where": "А-Б", "materials": [{"name": "песок", "quantity": 1}], "axes": {"along": "А", "across": "1"}}
_NAMES = st.sampled_from(["where", "materials", "axes", "grade", "on", "volume", "layers", "mark"]) | st.text()


@settings(deadline=None)
@given(st.dictionaries(_NAMES, JSON, max_size=4))
def test_any_arguments_are_either_bound_to_the_types_or_refused(changes: Json) -> None:
    bound: Json | None = None
    refused = ArgumentsRefused([], [], {})
    try:
        bound = declare(pour).bind(_WHOLE | changes)
    except ArgumentsRefused as error:
        refused = error
    if bound is None:
        assert refused.missing or refused.unexpected or refused.invalid
    else:
        assert isinstance(bound["where"], str)
        assert all(isinstance(one, Material) for one in bound["materials"])
        assert 0 < bound["volume"] <= 5000
        assert bound["layers"] in (1, 2, 3)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {"what": st.text()}, optional={"limit": st.integers(), "exact": st.booleans(), "tags": st.lists(st.text())}
    )
)
def test_arguments_that_fit_come_through_unchanged(arguments: Json) -> None:
    async def find(what: str, limit: int = 3, exact: bool = False, tags: list[str] | None = None) -> None:
        """Find."""

    assert declare(find).bind(arguments) == {"limit": 3, "exact": False, "tags": None} | arguments


async def _untyped(what) -> None:  # type: ignore[no-untyped-def]
    """No type."""


async def _any(what: Any) -> None:
    """Anything."""


async def _free_keys(what: dict[str, int]) -> None:
    """Free keys."""


async def _itself(what: Tree) -> None:
    """Contains itself."""


async def _pair(what: tuple[int, str]) -> None:
    """A pair."""


async def _mixed(what: Literal["one", 2]) -> None:
    """Mixed."""


async def _many(*what: str) -> None:
    """Many."""


async def _keys(**what: str) -> None:
    """Keys."""


async def _silent(what: str) -> None: ...


@pytest.mark.parametrize("function", [_untyped, _any, _free_keys, _itself, _pair, _mixed, _many, _keys, _silent])
def test_what_gemini_has_no_words_for_is_refused(function: Callable[..., object]) -> None:
    with pytest.raises(Unusable):
        declare(function)


async def legacy(args: Json) -> Json:
    """Do what the dictionary says."""
    return args


def test_a_declaration_by_hand_may_use_small_letters_and_json_schema() -> None:
    declaration = read_declaration(
        {
            "name": "legacy",
            "description": "Old style.",
            "parameters": {
                "type": "object",
                "properties": {
                    "what": {"type": ["string", "null"]},
                    "many": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["many"],
            },
        }
    )
    assert declaration.parameters == {
        "type": "OBJECT",
        "properties": {
            "what": {"type": "STRING", "nullable": True},
            "many": {"type": "ARRAY", "items": {"type": "INTEGER"}},
        },
        "required": ["many"],
    }
    bind = declare_dictionary(legacy, declaration).bind
    assert bind({"many": [1]}) == {"args": {"many": [1]}}
    with pytest.raises(ArgumentsRefused) as caught:
        bind({"other": 1})
    assert (caught.value.missing, caught.value.unexpected) == (["many"], ["other"])


@pytest.mark.parametrize("empty", [None, {}, {"type": "object"}, {"type": "object", "properties": {}}])
def test_an_object_without_properties_is_declared_as_no_parameters(empty: Json | None) -> None:
    assert read_declaration({"name": "legacy", "description": "Old.", "parameters": empty}).parameters is None


@pytest.mark.parametrize("constant", [7, {}, {"name": "x"}, {"name": "x", "description": ""}])
def test_a_declaration_of_another_shape_is_refused(constant: object) -> None:
    with pytest.raises(Unusable):
        read_declaration(constant)


def test_a_required_key_that_is_not_declared_is_refused() -> None:
    with pytest.raises(Unusable):
        openapi({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]})


def test_a_model_that_invents_a_hundred_arguments_is_told_of_the_first() -> None:
    def count(first: int) -> int:
        """Count."""
        return first

    told = refusal(count, {f"made_up_{number}": number for number in range(100)})
    assert len([*told.missing, *told.unexpected, *told.invalid]) == _MOST_TOLD
