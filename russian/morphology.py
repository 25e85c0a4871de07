"""pymorphy3, opened at the first word: its dictionary takes a third of a second and some fifteen megabytes."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from russian.lookalikes import lower

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

_REMEMBERED_WORDS = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand a word; grammemes are those of OpenCorpora («gent», «Surn», «masc»)."""

    normal: str
    grammemes: frozenset[str]


@cache
def _analyzer() -> "MorphAnalyzer":
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer(lang="ru")


def warm_up() -> None:
    """Opens the dictionary now, for whoever would rather not wait at the first word; call it in a thread."""
    _analyzer()


@lru_cache(maxsize=_REMEMBERED_WORDS)
def readings(word: str) -> tuple[Reading, ...]:
    """Likeliest first; never empty."""
    return tuple(Reading(lower(one.normal_form), frozenset(one.tag.grammemes)) for one in _analyzer().parse(word))


def is_known(word: str) -> bool:
    """The dictionary has it; otherwise its readings are guesses by the ending."""
    return bool(_analyzer().word_is_known(word))


def normal(word: str) -> str:
    """Nominative, infinitive, with е for ё."""
    return readings(lower(word))[0].normal


def forms(word: str, part: str = "") -> frozenset[str]:
    """All forms of a dictionary word, е for ё; `part` chooses among homonyms by a grammeme."""
    chosen = [one for one in _analyzer().parse(word) if part in one.tag.grammemes or not part]
    return frozenset(lower(form.word) for form in chosen[0].lexeme) if chosen else frozenset({lower(word)})


@lru_cache(maxsize=_REMEMBERED_WORDS)
def nominative(word: str, part: str, *wanted: str) -> str | None:
    """The nominative of a form with the grammemes `part` and `wanted`; None where there is no such reading."""
    for one in _analyzer().parse(word):
        if part in one.tag.grammemes and all(grammeme in one.tag.grammemes for grammeme in wanted):
            inflected = one.inflect({"nomn", "sing"})
            return inflected.word if inflected else None
    return None
