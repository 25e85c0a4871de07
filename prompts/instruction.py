"""The instruction to the live model, by language: `instruction.ru.md` and `instruction.en.md` next to this file."""

from datetime import date
from functools import cache
from importlib.resources import files

from prompts.texts import LANGUAGES


def instruction(language: str, today: date) -> str:
    """The system instruction of a conversation that is held in `language`."""
    return _template(language).format(date=today.strftime("%d.%m.%Y"))


@cache
def _template(language: str) -> str:
    if language not in LANGUAGES:
        raise KeyError(language)
    return files("prompts").joinpath(f"instruction.{language}.md").read_text("utf-8").strip()
