"""The statistics of a conversation, in words."""

from decimal import Decimal

from prompts.texts import sentences, text
from usage import PRICES_AS_OF, Statistics

_CENT = Decimal("0.01")
_SMALL = Decimal("0.0001")


def report(statistics: Statistics, model: str, language: str) -> str:
    """The lines of `/stop`."""
    lines = [
        text(
            "stop.statistics",
            language,
            questions=_figure(statistics.questions, language),
            answers=_figure(statistics.answers, language),
            frames_sent=_figure(statistics.frames_sent, language),
            frames_received=_figure(statistics.frames_received, language),
            duration=duration(statistics.seconds, language),
        )
    ]
    if statistics.prompt_tokens or statistics.response_tokens:
        lines.append(text("stop.tokens", language, tokens=_tokens(statistics, language)))
        lines.append(_price(statistics, model, language))
    return "\n".join(lines)


def duration(seconds: float, language: str) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes:
        return text("stop.duration_minutes", language, minutes=minutes, seconds=rest)
    return text("stop.duration_seconds", language, seconds=rest)


def _tokens(statistics: Statistics, language: str) -> str:
    sides = (("modality.in", statistics.prompt_tokens), ("modality.out", statistics.response_tokens))
    return ", ".join(
        text(key, language, name=_modality(name, language), count=_figure(count, language))
        for key, tokens in sides
        for name, count in tokens.items()
        if count
    )


def _modality(name: str, language: str) -> str:
    return sentences(language).get(f"modality.{name}", name.lower())


def _price(statistics: Statistics, model: str, language: str) -> str:
    price = statistics.price(model)
    if price is None:
        return text("stop.price_unknown", language)
    dollars = _figure(price.dollars.quantize(_CENT if price.dollars >= 1 else _SMALL), language)
    when = PRICES_AS_OF.strftime("%d.%m.%Y")
    if not price.left_out:
        return text("stop.price", language, dollars=dollars, date=when)
    left_out = ", ".join(
        text("modality.left_out", language, name=_modality(name, language), count=_figure(count, language))
        for name, count in price.left_out.items()
    )
    return text("stop.price_partly", language, dollars=dollars, date=when, left_out=left_out)


def _figure(value: int | Decimal, language: str) -> str:
    """4644 -> 4 644 in Russian, 4,644 in English."""
    written = f"{value:,}"
    return written if language == "en" else written.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
