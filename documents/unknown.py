"""Keys of a document that its kind does not know: kept, and named."""

from collections.abc import Iterator

from documents.shapes import Part


def unknown_keys(part: Part, prefix: str = "") -> Iterator[str]:
    """Their paths: `works.0.colour`."""
    yield from (prefix + name for name in part.model_extra or ())
    for name in type(part).model_fields:
        value = getattr(part, name)
        for number, inner in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(inner, Part):
                yield from unknown_keys(inner, f"{prefix}{name}." + ("" if number is None else f"{number}."))
