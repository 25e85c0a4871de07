import re
from datetime import date
from string import Formatter

import pytest

from errors import AssistantError
from prompts.instruction import instruction
from prompts.texts import LANGUAGES, language_of, sentences, text


def _places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def _all_errors(kind: type[AssistantError]) -> list[type[AssistantError]]:
    return [kind, *(error for child in kind.__subclasses__() for error in _all_errors(child))]


def test_both_languages_have_the_same_keys_and_places() -> None:
    russian, english = sentences("ru"), sentences("en")
    assert russian.keys() == english.keys()
    assert {key: _places(russian[key]) for key in russian} == {key: _places(english[key]) for key in english}


@pytest.mark.parametrize("error", _all_errors(AssistantError))
def test_every_error_that_is_told_has_one_sentence(error: type[AssistantError]) -> None:
    if error.code == "configuration":
        return  # told to the operator by its reason
    for language in LANGUAGES:
        sentence = sentences(language)[f"error.{error.code}"]
        assert sentence.endswith(".")
        assert len(re.findall(r"[.!?](?:\s|$)", sentence)) == 1


def test_the_fixed_lines_stand_as_promised() -> None:
    assert text("voice_chat.started").startswith(
        "🎤 ГОЛОСОВОЙ АССИСТЕНТ ЗАПУЩЕН\nТеперь вы можете:\n• 🎤 Отправлять голосовые сообщения\n"
        "• 📸 Отправлять фото с вопросами\n• 💬 Писать текстом"
    )
    assert text(
        "stop.statistics", questions=5, answers=5, frames_sent=12, frames_received=15, duration="1 с"
    ).startswith(
        "🛑 Голосовой разговор завершён\n📊 Статистика сессии:\n• Отправлено сообщений: 5\n• Получено сообщений: 5\n"
        "• Аудио фрагментов отправлено: 12\n• Аудио фрагментов получено: 15"
    )
    assert text("stop.button") == "🛑 Завершить разговор"


def test_a_place_that_is_not_filled_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("error.recording_too_long")


@pytest.mark.parametrize(
    ("code", "language"), [("en", "en"), ("en-GB", "en"), ("ru", "ru"), ("kk", "ru"), (None, "ru")]
)
def test_people_whose_telegram_is_english_read_english(code: str | None, language: str) -> None:
    assert language_of(code) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_instruction_knows_the_date_and_leaves_nothing_open(language: str) -> None:
    words = instruction(language, date(2026, 11, 21))
    assert "21.11.2026" in words
    assert not re.search(r"[{}]", words)
