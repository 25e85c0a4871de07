"""Norms cited in a text: known, replaced, unknown, or cited for what they do not say.

`wrong_citations.json` lists citations that circulate and are wrong, with the words that give each away and what is
right; it was checked against the texts and catalogues in November 2026.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from norms.catalogue import Catalogue, How, Status
from norms.designations import Designation, Fit, fold, parse

FILE = Path(__file__).with_name("wrong_citations.json")
_STARTS = re.compile(
    r"(?<![А-ЯA-Z\d])(?=(?:СП\s*\d|СНИП|ГОСТ|РД[\s-]*\d|ПУЭ|ПРИКАЗ|\d+\s*-?\s*ФЗ|\d+\s*/?\s*(?:ПР|Н)(?![А-Я])))"
)


@dataclass(frozen=True, slots=True)
class Citation:
    """One norm of a text; `designation` as it was parsed, `text` as it stands, folded to capitals."""

    text: str
    designation: Designation
    status: str
    """`in_force`, `replaced`, `unknown`, `to_be_checked`."""
    right: str = ""
    """The designation of the catalogue, or of the successor when it was replaced."""
    wrong: str = ""
    """What is wrong with citing it here, one Russian sentence; "" when nothing is known to be."""


def cited(text: str, catalogue: Catalogue) -> list[Citation]:
    """Every norm that the text names, in order."""
    folded = fold(text)
    starts = [found.start() for found in _STARTS.finditer(folded)]
    found: list[Citation] = []
    for start, end in zip(starts, [*starts[1:], len(folded)], strict=False):
        piece = folded[start:end].strip(" ,;.")
        designation = parse(piece)
        if designation and not any(one.designation == designation for one in found):
            found.append(_judged(piece, designation, catalogue, folded))
    return found


def _judged(piece: str, designation: Designation, catalogue: Catalogue, whole: str) -> Citation:
    finds = catalogue.find(piece)
    wrong = next((row["right"] for row in _wrong() if _is_wrong(row, designation, whole)), "")
    exact = [one.norm for one in finds if one.how in (How.EXACT, How.EDITION_NOT_NAMED)]
    if not exact:
        replaced = [one.norm.designation for one in finds if one.how is How.NAMED_AS_REPLACED]
        return Citation(piece, designation, "replaced" if replaced else "unknown", "".join(replaced[:1]), wrong)
    norm = exact[0]
    if norm.status in (Status.REPLACED, Status.CANCELLED):
        successors = catalogue.successors(norm)
        right = successors[-1].designation if successors else norm.replaced_by
        return Citation(piece, designation, "replaced", right, wrong)
    status = "in_force" if norm.status is Status.IN_FORCE else "to_be_checked"
    return Citation(piece, designation, status, norm.designation, wrong)


def _is_wrong(row: dict[str, str], designation: Designation, whole: str) -> bool:
    known = parse(row["designation"])
    if known is None or designation.fits(known) is not Fit.EXACT:
        return False
    return not row["words"] or re.search(fold(row["words"]), whole) is not None


@cache
def _wrong() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(FILE.read_text("utf-8"))
    return rows
