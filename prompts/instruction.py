"""The instruction to the live model, by language: `instruction.ru.md` and `instruction.en.md` next to this file."""

from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

from prompts.texts import LANGUAGES


@lru_cache(maxsize=8)
def instruction(language: str, today: date) -> str:
    """The system instruction of a conversation that is held in `language`; one text for all of a day."""
    return _template(language).format(date=today.strftime("%d.%m.%Y"))


@cache
def _template(language: str) -> str:
    if language not in LANGUAGES:
        raise KeyError(language)
    return files("prompts").joinpath(f"instruction.{language}.md").read_text("utf-8").strip()
