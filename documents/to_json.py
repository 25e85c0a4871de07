"""JSON of a document, and back: an edited one is read with the draft that it came from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from documents import act
from documents.draft import Draft, Origin
from documents.kinds import kinds, model_of
from documents.paths import leaves
from documents.unknown import unknown_keys
from errors import DocumentJsonNewer, DocumentJsonWrong

VERSION = 1
LARGEST_BYTES = 1_000_000
DEEPEST = 20
"""Levels of one value; no kind has as many as ten."""


def as_json(draft: Draft) -> dict[str, Any]:
    """The act in its nine keys and form_344; another kind in its fields after `document_type`, `kind` and `version`."""
    if draft.kind == "aosr":
        return act.to_json(act.Act.model_validate(draft.data))
    return {"document_type": draft.described.title, "kind": draft.kind, "version": VERSION, **draft.data}


def json_bytes(draft: Draft) -> bytes:
    """Readable, UTF-8; half a surrogate pair, which no file can hold, becomes a question mark."""
    return json.dumps(as_json(draft), ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"


@dataclass(frozen=True, slots=True)
class ReadJson:
    draft: Draft
    unknown: tuple[str, ...] = ()
    """Paths of keys that the kind does not know; they are kept."""
    disagreements: tuple[str, ...] = ()
    """Names of an act's view that the form contradicted; the form won."""


def _is_deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return bool(inner) and (not levels or any(_is_deeper(one, levels - 1) for one in inner))


def read_json(content: bytes | str, base: Draft | None = None) -> ReadJson:
    """A document out of its JSON, perhaps edited by hand. Raises `DocumentJsonWrong` and `DocumentJsonNewer`."""
    if len(content) > LARGEST_BYTES:
        raise DocumentJsonWrong("too large", where="{}")
    try:
        given = json.loads(content)
    except (ValueError, RecursionError):
        raise DocumentJsonWrong("not JSON", where="{}") from None
    if not isinstance(given, Mapping):
        raise DocumentJsonWrong("not an object", where="{}")
    for name, value in given.items():
        if _is_deeper(value, DEEPEST):
            raise DocumentJsonWrong("too deep", where=str(name))
    if given.get("document_type") == act.DOCUMENT_TYPE:
        before = act.Act.model_validate(base.data) if base and base.kind == "aosr" else None
        read = act.from_json(given, before)
        data = read.act.model_dump(mode="json", exclude_none=True, exclude={"form", "signatures"})
        return ReadJson(_revised("aosr", data, base), read.unknown, read.disagreements)
    kind = kinds().get(str(given.get("kind")))
    if kind is None or kind.type == "aosr":
        raise DocumentJsonWrong("no kind", where="kind")
    if not isinstance(version := given.get("version", VERSION), int) or version > VERSION:
        raise DocumentJsonNewer("a later version")
    fields = {name: value for name, value in given.items() if name not in ("document_type", "kind", "version")}
    try:
        model = model_of(kind).model_validate(fields)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise DocumentJsonWrong(f"wrong shape at {where}", where=where) from None
    return ReadJson(
        _revised(kind.type, model.model_dump(mode="json", exclude_none=True), base), tuple(unknown_keys(model))
    )


def _revised(kind: str, data: dict[str, Any], base: Draft | None) -> Draft:
    """Values that the file changed come from it; the others keep their origin and their flags."""
    before = dict(leaves(base.data)) if base else {}
    after = dict(leaves(data))
    origins = {
        path: origin
        for path, value in after.items()
        if (origin := base.origin(path) if base and before.get(path) == value else Origin.JSON)
    }
    if base is None:
        return Draft(kind, data, origins)
    flags = tuple(flag for flag in base.flags if _same(flag.path, before, after))
    return replace(base, data=data, origins=origins, flags=flags)


def _same(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    def under(values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if key == path or key.startswith(f"{path}.")}

    return under(before) == under(after)
