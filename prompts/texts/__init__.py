"""Every sentence that a person sees, by key: `ru.toml` and `en.toml` next to this file hold the same keys."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("ru", "en")


def language_of(code: str | None) -> str:
    """The language for a Telegram `language_code`: English for whose Telegram is English, else Russian."""
    return "en" if (code or "").lower().split("-")[0] == "en" else "ru"


def text(key: str, language: str = "ru", /, **details: object) -> str:
    """The sentence with its `{places}` filled. Raises KeyError for a key or a place that does not exist."""
    return sentences(language)[key].format_map(details)


@cache
def sentences(language: str) -> Mapping[str, str]:
    """All sentences of a language: dotted key -> template."""
    table = tomllib.loads(files(__name__).joinpath(f"{language}.toml").read_text("utf-8"))
    return dict(_flat("", table))


def _flat(prefix: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", str(value).strip("\n")
