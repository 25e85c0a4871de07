"""Answers put together from single recorded words: what is heard and the transcript are the same words."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from emulators.speech import sound

RECORDING = Path(__file__).parent / "assistant_words.ogg"
INDEX = Path(__file__).parent / "assistant_words.json"
"""Word or phrase -> [start, end] in the recording, in milliseconds."""
RATE = 24_000
PAUSES_MS = {"": 60, ",": 160, ":": 160, ".": 320}

UNITS = ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
TEENS = (
    "десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать",
    "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать",
)  # fmt: skip
TENS = ("двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто")
HUNDREDS = ("сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот")
FEMININE = {"один": "одна", "два": "две"}
NEUTER = {"один": "одно"}

Forms = tuple[str, str, str]
"""For 1, for 2 to 4, for 5 and more."""
THOUSANDS: Forms = ("тысяча", "тысячи", "тысяч")
SECONDS: Forms = ("секунда", "секунды", "секунд")
POINTS: Forms = ("точка", "точки", "точек")
WORDS: Forms = ("слово", "слова", "слов")
PHRASES = (
    "слышу запись", "голос", "герц", "голоса не слышно", "вижу снимок", "на", "вы написали", "прошлая запись",
    "ничего не слышу", "готово",
)  # fmt: skip

VOCABULARY = (
    *UNITS, *TEENS, *TENS, *HUNDREDS, *FEMININE.values(), *NEUTER.values(), *THOUSANDS, *SECONDS, *POINTS, *WORDS,
    *PHRASES,
)  # fmt: skip


def number(value: int, genders: dict[str, str] | None = None) -> list[str]:
    """0 to 999,999 in words; `genders` replaces the last word (`FEMININE`, `NEUTER`)."""
    if not 0 <= value < 1_000_000:
        raise ValueError(f"no words for {value}")
    if value < 1000:
        spoken = _below_thousand(value) or [UNITS[0]]
        return [*spoken[:-1], (genders or {}).get(spoken[-1], spoken[-1])]
    thousands, rest = divmod(value, 1000)
    head = [*number(thousands, FEMININE), form(thousands, THOUSANDS)]
    return head + (number(rest, genders) if rest else [])


def _below_thousand(value: int) -> list[str]:
    hundreds, rest = divmod(value, 100)
    spoken = [HUNDREDS[hundreds - 1]] if hundreds else []
    if 10 <= rest < 20:
        return [*spoken, TEENS[rest - 10]]
    tens, units = divmod(rest, 10)
    spoken += [TENS[tens - 2]] if tens else []
    return spoken + ([UNITS[units]] if units else [])


def form(value: int, forms: Forms) -> str:
    """The Russian form of a noun after `value`."""
    if value % 100 in range(11, 15) or value % 10 not in range(1, 5):
        return forms[2]
    return forms[0] if value % 10 == 1 else forms[1]


def counted(value: int, forms: Forms) -> list[str]:
    """«две секунды», «одно слово»."""
    genders = NEUTER if forms is WORDS else FEMININE
    return [*number(value, genders), form(value, forms)]


def transcript(words: Sequence[str]) -> str:
    """The words as a sentence is written: capitals after full stops."""
    written, capital = [], True
    for word in words:
        written.append(word.capitalize() if capital else word)
        capital = word.endswith(".")
    return " ".join(written)


def speech(words: Sequence[str]) -> bytes:
    """s16le mono at 24 kHz; a word may end with one of the marks that make a pause."""
    clips = _clips()
    pieces = []
    for word in words:
        bare = word.rstrip(",:.")
        pieces += [clips[bare], bytes(RATE * PAUSES_MS[word[len(bare) :]] // 1000 * 2)]
    return b"".join(pieces)


@cache
def _clips() -> dict[str, bytes]:
    pcm = sound.decode(str(RECORDING), RATE)
    per_ms = RATE // 1000 * 2
    index: dict[str, list[int]] = json.loads(INDEX.read_text(encoding="utf-8"))
    return {word: pcm[start * per_ms : end * per_ms] for word, (start, end) in index.items()}
