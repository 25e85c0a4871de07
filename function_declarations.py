"""What the model is told of a Python function, and how its arguments are taken back: signature <-> OpenAPI schema.

Plain OpenAPI `parameters`, because some models write a plan instead of calling when they are given JSON schema. What
that form cannot say (references, free keys, formats) is unfolded, put into the description, or refused by name.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core import core_schema

from live_session import FunctionDeclaration

CONTEXT = "context"
"""The parameter that the model does not see."""
_MOST_TOLD = 20
_LONGEST_TOLD = 300
_KEPT = ("minimum", "maximum", "minLength", "maxLength", "pattern")
_UNTOLD = 1_000
"""Lengths from here on are not told: every declaration is in the setup of each session, and who passes more is refused
by name."""


class Unusable(Exception):
    """A function cannot be declared; the message says why, to whoever wrote it."""


class ArgumentsRefused(Exception):
    """What the model passed does not fit; everything in here is for the model."""

    def __init__(self, missing: list[str], unexpected: list[str], invalid: dict[str, str]) -> None:
        super().__init__()
        self.missing = missing
        self.unexpected = unexpected
        self.invalid = invalid


@dataclass(frozen=True, slots=True)
class Declared:
    declaration: FunctionDeclaration
    bind: Callable[[Mapping[str, Any]], dict[str, Any]]
    """The model's arguments -> keyword arguments; raises `ArgumentsRefused`."""


def declare(function: Callable[..., object]) -> Declared:
    """From the signature and the docstring. Raises `Unusable`, and whatever its annotations raise."""
    description = inspect.getdoc(function) or ""
    if not description.strip():
        raise Unusable("no docstring: it is what the model reads")
    parameters = [
        parameter
        for parameter in inspect.signature(function, eval_str=True).parameters.values()
        if parameter.name != CONTEXT
    ]
    fields = {f"argument_{number}": _field(one, description) for number, one in enumerate(parameters)}
    # Aliases, because a model's own field may not be called `schema`, `copy` or `_x`.
    model = create_model(
        "Arguments",
        __config__=ConfigDict(extra="forbid", coerce_numbers_to_str=True, hide_input_in_errors=True),
        **fields,
    )
    schema = openapi(model.model_json_schema(schema_generator=_Schema)) if fields else None
    names = dict(zip(fields, (one.name for one in parameters), strict=True))
    takes_null = _nullable(schema)

    def bind(arguments: Mapping[str, Any]) -> dict[str, Any]:
        given = {name: value for name, value in arguments.items() if value is not None or name in takes_null}
        try:
            taken = model.model_validate(given)
        except ValidationError as error:
            raise _refused(error) from None
        return {name: getattr(taken, field) for field, name in names.items()}

    return Declared(FunctionDeclaration(function.__name__, description, schema), bind)


def declare_dictionary(function: Callable[..., object], declaration: FunctionDeclaration | None) -> Declared:
    """Of a function of one dictionary `args`; without a declaration it is declared without parameters."""
    if declaration is None:
        description = inspect.getdoc(function) or ""
        if not description.strip():
            raise Unusable("neither DECLARATION nor docstring")
        declaration = FunctionDeclaration(function.__name__, description)
    elif declaration.name != function.__name__:
        raise Unusable("DECLARATION has another name than the function")
    known = set((declaration.parameters or {}).get("properties", {}))
    required = (declaration.parameters or {}).get("required", [])

    def bind(arguments: Mapping[str, Any]) -> dict[str, Any]:
        missing = [name for name in required if arguments.get(name) is None]
        unexpected = _shortened(name for name in arguments if name not in known)
        if missing or unexpected:
            raise ArgumentsRefused(missing, unexpected, {})
        return {"args": dict(arguments)}

    return Declared(declaration, bind)


class _Constant(BaseModel):
    """The shape of a module's DECLARATION."""

    name: str
    description: str = Field(min_length=1)
    parameters: dict[str, Any] | None = None


def read_declaration(constant: object) -> FunctionDeclaration:
    """Raises `Unusable` for what is none."""
    try:
        read = _Constant.model_validate(constant)
    except ValidationError:
        raise Unusable("DECLARATION needs name, description and parameters") from None
    empty = not (read.parameters or {}).get("properties")
    return FunctionDeclaration(read.name, read.description, None if empty else openapi(read.parameters or {}))


def openapi(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON schema in the words of Gemini's `Schema`. Raises `Unusable` for what it has no words for."""
    return _Translation(schema.get("$defs", {})).of(schema)


class _Schema(GenerateJsonSchema):
    """Without the alternatives and warnings that mean nothing to a model."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def generate(self, schema: core_schema.CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        """With references named as they come: `_Translation` unfolds them, and finding short names that do not collide
        takes longer than all the rest of a declaration."""
        return self.generate_inner(schema) | {"$defs": self.definitions}

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        return {"type": "number"} | {
            ours: float(schema[theirs])  # type: ignore[literal-required]
            for theirs, ours in (("ge", "minimum"), ("le", "maximum"))
            if schema.get(theirs) is not None
        }


class _Translation:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._told: set[str] = set()

    def of(self, schema: Mapping[str, Any], inside: tuple[str, ...] = ()) -> dict[str, Any]:
        if reference := schema.get("$ref"):
            name = reference.rsplit("/", 1)[-1]
            if name in inside:
                raise Unusable("a type that contains itself cannot be declared")
            definition = self._definitions[name]
            if name in self._told:
                definition = _untold(definition)
            self._told.add(name)
            return self.of(definition | _without(schema, "$ref"), (*inside, name))
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return self._choice(_without(schema, "anyOf", "oneOf", "discriminator"), choices, inside)
        kinds = schema.get("type")
        if isinstance(kinds, list):
            return self._choice(_without(schema, "type"), [{"type": kind} for kind in kinds], inside)
        if "const" in schema or "enum" in schema:
            return _enumeration(schema)
        return self._plain(schema, inside)

    def _plain(self, schema: Mapping[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
        kind = str(schema.get("type", "")).upper()
        result = _common(schema, kind)
        match kind:
            case "OBJECT":
                properties = schema.get("properties")
                if not properties:
                    raise Unusable("an object needs named keys: a model, a TypedDict or a dataclass")
                result["properties"] = {name: self._property(one, inside) for name, one in properties.items()}
                required = list(schema.get("required", []))
                if set(required) - set(properties):
                    raise Unusable("a required key is not among the properties")
                result |= {"required": required} if required else {}
            case "ARRAY":
                if "items" not in schema or schema.get("prefixItems"):
                    raise Unusable("a list needs one type of items")
                result["items"] = self.of(schema["items"], inside)
                result |= _limits(schema, "minItems", "maxItems")
            case "STRING" | "NUMBER" | "INTEGER" | "BOOLEAN":
                result |= _limits(schema, *_KEPT)
            case _:
                raise Unusable("a value of any type cannot be declared")
        return result

    def _property(self, schema: Mapping[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
        """Where nothing means null, leaving it out says the same."""
        result = self.of(schema, inside)
        if "default" in schema and schema["default"] is None:
            for way in result.get("anyOf", [result]):
                way.pop("nullable", None)
        return result

    def _choice(self, rest: dict[str, Any], choices: list[Any], inside: tuple[str, ...]) -> dict[str, Any]:
        others = [choice for choice in choices if str(choice.get("type", "")).upper() != "NULL"]
        nullable = {"nullable": True} if len(others) < len(choices) else {}
        if len(others) == 1:
            return self.of(others[0] | rest, inside) | nullable
        # `any_of` tolerates no field beside it: what is said of all goes into each.
        about = {"description": rest["description"]} if "description" in rest else {}
        return {"anyOf": [self.of(about | choice, inside) | nullable for choice in others]}


def _untold(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Of a type that comes again: there is no way to refer to it, but its words need not be repeated."""
    schema = _without(definition, "description")
    if "properties" in schema:
        schema["properties"] = {name: _untold(one) for name, one in schema["properties"].items()}
    if "items" in schema:
        schema["items"] = _untold(schema["items"])
    return schema | {way: [_untold(one) for one in schema[way]] for way in ("anyOf", "oneOf") if way in schema}


def _limits(schema: Mapping[str, Any], *names: str) -> dict[str, Any]:
    long = ("maxLength", "maxItems")
    return {name: schema[name] for name in names if name in schema and not (name in long and schema[name] >= _UNTOLD)}


def _common(schema: Mapping[str, Any], kind: str) -> dict[str, Any]:
    result: dict[str, Any] = {"type": kind}
    said = [schema["description"]] if schema.get("description") else []
    form = schema.get("format")
    if kind == "STRING" and form == "date-time":
        result["format"] = form
    elif kind == "STRING" and form:
        said.append("Format: date, YYYY-MM-DD." if form == "date" else f"Format: {form}.")
    if said:
        result["description"] = " ".join(said)
    if schema.get("nullable"):
        result["nullable"] = True
    if schema.get("default") is not None:
        result["default"] = schema["default"]
    return result


def _enumeration(schema: Mapping[str, Any]) -> dict[str, Any]:
    values = [schema["const"]] if "const" in schema else list(schema["enum"])
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, str) for value in known):
        result = _common(schema, "STRING") | {"enum": known}
    elif known and all(isinstance(value, int) and not isinstance(value, bool) for value in known):
        # Only strings may be enumerated.
        listed = f"One of: {', '.join(map(str, known))}."
        result = _common({**schema, "description": f"{schema.get('description', '')} {listed}".strip()}, "INTEGER")
    else:
        raise Unusable("alternatives have to be all strings or all whole numbers")
    return result | ({"nullable": True} if len(known) < len(values) else {})


def _field(parameter: inspect.Parameter, docstring: str) -> Any:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
        raise Unusable(f"parameter {parameter.name}: only plain parameters can be declared")
    if parameter.annotation is parameter.empty:
        raise Unusable(f"parameter {parameter.name}: no type")
    default = ... if parameter.default is parameter.empty else parameter.default
    extra: dict[str, Any] = {"alias": parameter.name}
    own = FieldInfo.from_annotation(parameter.annotation)
    told = own.description or (default.description if isinstance(default, FieldInfo) else None)
    line = re.search(rf"^\s*`?{re.escape(parameter.name)}`?(?: \(.*\))?:\s+(\S.*)$", docstring, re.MULTILINE)
    if told is None and line:
        extra["description"] = line[1]
    return (Annotated[parameter.annotation, Field(**extra)], default)


def _nullable(schema: dict[str, Any] | None) -> set[str]:
    """Names for which null is a value; for the others a model that sends null means that it has nothing to say."""
    properties = (schema or {}).get("properties", {})
    return {name for name, one in properties.items() if any(way.get("nullable") for way in one.get("anyOf", [one]))}


def _refused(error: ValidationError) -> ArgumentsRefused:
    missing: list[str] = []
    unexpected: list[str] = []
    invalid: dict[str, str] = {}
    for one in error.errors(include_url=False, include_context=False, include_input=False)[:_MOST_TOLD]:
        place = ".".join(str(step) for step in one["loc"])[:_LONGEST_TOLD]
        match one["type"]:
            case "missing":
                missing.append(place)
            case "extra_forbidden":
                unexpected.append(place)
            case _:
                invalid[place] = one["msg"][:_LONGEST_TOLD]
    return ArgumentsRefused(missing, unexpected, invalid)


def _shortened(names: Any) -> list[str]:
    return [str(name)[:_LONGEST_TOLD] for name in list(names)[:_MOST_TOLD]]


def _without(schema: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in names}
