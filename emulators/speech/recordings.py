"""The recordings of a foreman's voice notes: OGG/Opus, mono, 48 kHz, made by `make_speech.py`."""

from dataclasses import dataclass
from pathlib import Path

NOTES_DIRECTORY = Path(__file__).parent / "notes"


@dataclass(frozen=True, slots=True)
class Recording:
    name: str
    text: str
    """What is said."""
    pitch: float = 1.0
    """Of the synthesiser's voice; the speaking rate stays."""
    bit_rate: int = 20_000

    @property
    def path(self) -> Path:
        return NOTES_DIRECTORY / f"{self.name}.ogg"


GREETING = Recording("greeting", "Алло, ты меня слышишь?", pitch=0.78)
"""2 s, a low voice."""
QUESTION = Recording("question", "Какой защитный слой бетона нужен для арматуры шестнадцать миллиметров?")
"""5 s."""
PHOTO_QUESTION = Recording(
    "photo_question",
    "Посмотри на фотографию. Правильно ли стоит опалубка, и что надо исправить до бетона?",
)
"""6 s, asked about a photo."""
INTERRUPTION = Recording("interruption", "Стоп. Скажи лучше, какой у нас класс бетона?", pitch=0.78)
"""4 s, a low voice, spoken over an answer."""
STORY = Recording(
    "story",
    "Сегодня на третьем этаже закончили армирование плиты перекрытия. Завтра утром придёт бетон, "
    "двадцать четыре кубических метра. Что надо проверить до начала?",
    bit_rate=24_000,
)
"""12 s."""
DICTATION = Recording(
    "dictation",
    "Составь акт освидетельствования скрытых работ. Объект: жилой дом, улица Садовая, дом двенадцать. "
    "Дата: двадцатое ноября две тысячи двадцать шестого года. "
    "Вид работ: армирование монолитной плиты перекрытия третьего этажа. "
    "Материалы: арматура класса а пятьсот эс, диаметр двенадцать миллиметров, три целых две десятых тонны. "
    "Арматура диаметром шестнадцать миллиметров, полторы тонны. Вязальная проволока, сорок килограммов. "
    "Работы выполнены по проекту. Представитель заказчика Иванов Пётр Сергеевич. "
    "Подрядчик: общество с ограниченной ответственностью Монолит. "
    "Заключение: разрешается бетонирование плиты.",
    bit_rate=16_000,
)
"""About 45 s, an act of hidden works."""

NOTES = (GREETING, QUESTION, PHOTO_QUESTION, INTERRUPTION, STORY, DICTATION)
