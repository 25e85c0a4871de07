"""Figures are written as each language writes them."""

from handlers.report import report
from usage import Statistics

MODEL = "gemini-3.8-live"


def told(language: str) -> str:
    statistics = Statistics(frames_sent=12_345)
    statistics.prompt_tokens.update({"AUDIO": 21_000, "IMAGE": 4_644})
    return report(statistics, MODEL, language)


def test_figures_are_written_as_the_language_does() -> None:
    russian, english = told("ru"), told("en")
    assert "Аудио фрагментов отправлено: 12\N{NO-BREAK SPACE}345\n" in russian
    assert "звук на входе 21\N{NO-BREAK SPACE}000" in russian
    assert "около 0,0630 $" in russian
    assert russian.endswith("; не учтено: изображения (4\N{NO-BREAK SPACE}644)")
    assert "sent: 12,345\n" in english
    assert "about $0.0630" in english
    assert english.endswith("; not counted: images (4,644)")
