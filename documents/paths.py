"""Values of a document by path (`materials.0.quantity`), and what people call them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from documents.kinds import Kind, common
from prompts.texts import text


def value_at(data: object, path: str) -> Any:
    """The value, or None. "." is the whole of it."""
    for step in path.split(".") if path not in ("", ".") else ():
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data if path else None


def with_value(data: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy in which `path` has this value; rows that it passes through exist already."""
    step, _, rest = path.partition(".")
    inner: Any = data.get(step)
    if isinstance(inner, list) and rest:
        number, _, below = rest.partition(".")
        rows = list(inner)
        rows[int(number)] = with_value(rows[int(number)], below, value) if below else value
        return {**data, step: rows}
    return {**data, step: with_value(inner or {}, rest, value) if rest else value}


def leaves(data: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that holds no others, with its path."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from leaves(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from leaves(value, f"{prefix}.{number}")
    elif data is not None:
        yield prefix, data


def matching(data: object, pattern: str) -> Iterator[tuple[str, Any]]:
    """Values of a path in which `*` is any row; a value that is not there is left out."""
    before, star, after = pattern.partition(".*")
    if not star:
        if (value := value_at(data, pattern)) is not None:
            yield pattern, value
        return
    rows = value_at(data, before)
    for number in range(len(rows) if isinstance(rows, list) else 0):
        yield from matching(data, f"{before}.{number}{after}")


def covers(outer: str, inner: str) -> bool:
    """`outer` is `inner` or holds it."""
    return inner == outer or inner.startswith(f"{outer}.")


def title_of(kind: Kind, path: str, language: str = "ru") -> str:
    """What a person calls the value: "материалы с документами (строка 2): количество"."""
    which = 1 if language == "en" else 0
    known = {re.sub(r"\.\*", "", field.where): (field.title, field.title_en) for field in kind.fields}
    known |= {
        f"{field.key}.{item.key}": (item.title, item.title_en) for field in kind.fields for item in field.item
    } | {key: tuple(value) for key, value in common()["titles"].items()}
    steps = path.split(".")
    rows = [int(step) + 1 for step in steps if step.isdecimal()]
    names = [step for step in steps if not step.isdecimal()]
    for length in range(len(names), 0, -1):
        if title := known.get(".".join(names[:length])):
            break
    else:
        return path
    words = text("document.change.row", language, title=title[which], number=rows[0]) if rows else title[which]
    rest = [common()["parts"].get(name, (name, name))[which] for name in names[length:]]
    return ": ".join((words, *rest))
