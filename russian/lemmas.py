"""Normal forms for search: one rule for texts and for questions, whatever the database."""

import re

from russian.lookalikes import cyrillic, lower
from russian.morphology import normal

_TOKEN = re.compile(r"[^\W_]+(?:(?:[-./–]|(?<=\d),(?=\d))[^\W_]+)*")
_DIGIT = re.compile(r"\d")
_JOINTS = re.compile(r"[-./–]")


def lemmas(text: str) -> list[str]:
    """Words in their dictionary form, е for ё; codes («70.13330.2012», «а500с») are kept, Latin letters folded."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if _DIGIT.search(token):
            found.append(lower(cyrillic(token.replace("–", "-"))))
        else:
            found += [normal(part) for part in _JOINTS.split(lower(token))]
    return found


def column(text: str) -> str:
    """What a `lemmas` column holds."""
    return " ".join(lemmas(text))
