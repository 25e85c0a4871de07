"""Letters, dashes, quotes and spaces that look alike, made one: for comparison only, never for printing."""

import re
import unicodedata

_LATIN = str.maketrans("ABCEHKMOPTXYaceopxy", "АВСЕНКМОРТХУасеорху")
_DASHES = re.compile("[‐‑‒–—―−]")
_QUOTES = re.compile("[«»„“”‟‘’‚`´\"']")
_DIAMETER = re.compile(r"[ØøФф⌀∅](?=\s*\d)|\bдиаметр(?:а|ом|у)?\b|\bd\s*=\s*(?=\d)", re.I)
_SPACES = re.compile(r"\s+")
_TIMES = re.compile(r"(?<=\d)\s*[xXхХ×*]\s*(?=\d)")


def lower(text: str) -> str:
    """Lower case, е for ё; as long as the text is."""
    return text.lower().replace("ё", "е") if len(text.lower()) == len(text) else text


def cyrillic(text: str) -> str:
    """Cyrillic letters for the Latin ones that look the same; as long as the text is."""
    return text.translate(_LATIN)


def fold(text: str) -> str:
    """One key for all the ways to write the same: «A500C» and «А500С», «Ø12» and «диаметр 12», «50x50» and «50×50»."""
    text = unicodedata.normalize("NFKC", text.replace("ё", "е").replace("Ё", "Е"))
    text = _QUOTES.sub('"', _DASHES.sub("-", text))
    text = _TIMES.sub("×", _DIAMETER.sub("Ø", text))
    text = re.sub(r"Ø\s+", "Ø", cyrillic(text.upper()))
    return _SPACES.sub(" ", text).strip().lower()
