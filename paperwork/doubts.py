"""What the comparison with the spoken words means for a document: origins and doubts at its own paths."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from dictation.flags import Code, Compared
from dictation.flags import Origin as Heard
from dictation.said import Said
from documents.draft import Doubt, Flag, Origin
from documents.paths import leaves
from documents.words import printed
from paperwork.paths import in_document

ORIGINS = {
    Heard.SAID: Origin.SAID,
    Heard.PROFILE: Origin.PROFILE,
    Heard.DERIVED: Origin.CALCULATED,
}
"""What was not said, or not compared yet, has a doubt instead of an origin."""
DOUBTS = {
    Code.NOT_SAID: Doubt.NOT_SAID,
    Code.NAME_NOT_SAID: Doubt.NOT_SAID,
    Code.NOT_COMPARED: Doubt.NOT_COMPARED,
    Code.CORRECTED: Doubt.CORRECTED,
    Code.WRONG_YEAR: Doubt.CORRECTED,
    Code.AMBIGUOUS_DATE: Doubt.AMBIGUOUS_DATE,
    Code.IMPOSSIBLE_DATE: Doubt.IMPOSSIBLE_DATE,
    Code.UNREADABLE_DATE: Doubt.IMPOSSIBLE_DATE,
    Code.UNREADABLE_QUANTITY: Doubt.NOT_A_NUMBER,
    Code.CONTRADICTORY: Doubt.CONTRADICTORY,
    Code.NORM_WRONG: Doubt.NORM_TO_BE_CHECKED,
}
"""The other codes are found again by `documents.checks`, in the document itself."""
_DESCRIPTIONS = ("description", "defect", "element")
MOSTLY = 0.5
_SEEN = (
    "materials",
    "documents",
    "evidence_docs",
    "material",
    "supplier",
    "violations",
    "items",
    "location",
    "quantity",
)
"""What a photo may show: papers and things. Nobody's name, no norm."""


def origins_of(compared: Compared, kind: str) -> dict[str, Origin]:
    return {in_document(path, kind): ORIGINS[origin] for path, origin in compared.origins.items() if origin in ORIGINS}


def flags_of(compared: Compared, kind: str, *, pictured: bool, open_: bool, place: str = "") -> Iterator[Flag]:
    """`pictured`: what was not said may have been seen on the photos of the turn. `open_`: it may still be said.
    `place`: where the values stand, when a single one was compared."""
    for flag in compared.flags:
        doubt = DOUBTS.get(flag.code)
        if doubt is None:
            continue
        path = place or in_document(flag.path, kind)
        if pictured and flag.code in (Code.NOT_SAID, Code.NOT_COMPARED) and path.partition(".")[0] in _SEEN:
            doubt = Doubt.FROM_PHOTO
        elif open_ and doubt is Doubt.NOT_SAID:
            doubt = Doubt.NOT_COMPARED
        yield Flag(path, doubt, _shown(path, flag.given), _shown(path, flag.said))


def pictured_words(data: Mapping[str, Any], words: str | None, today: date) -> Iterator[Flag]:
    """Descriptions of which the person said little himself: with photos in the turn, the model saw them."""
    said = Said(words or "", today)
    for path, value in leaves(data):
        if path.rpartition(".")[2] in _DESCRIPTIONS and said.share(str(value)) < MOSTLY:
            yield Flag(path, Doubt.FROM_PHOTO, str(value))


def _shown(path: str, value: str) -> str:
    """2026-11-31 is nobody's way to say it, and neither is 2.4."""
    day = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", value)
    return f"{day[3]}.{day[2]}.{day[1]}" if day else printed(path, value)


def seen(flags: list[Flag]) -> dict[str, Origin]:
    return {flag.path: Origin.PHOTO for flag in flags if flag.doubt is Doubt.FROM_PHOTO}
