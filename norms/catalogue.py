"""The catalogue of building norms: what is in force, what was replaced by what, and how sure that is.

`catalogue.csv` was put together in November 2026 from Rosstandart's cards (29.08.2026), the title pages of the texts
(05.2025), the legal publications and open catalogues; `basis` says which, row by row. `recheck` marks rows whose status
was not confirmed. A norm that is not in it may well exist: the catalogue knows nothing of it, and says so.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from norms.designations import Designation, Fit, parse

FILE = Path(__file__).with_name("catalogue.csv")
AS_OF = "2026-11"
MOST_FOUND = 10
_LONGEST_QUESTION = 300
_WORD = re.compile(r"[а-я]{3,}")
_SAYING_NOTHING = frozenset(
    _WORD.findall(
        "гост снип норма нормы нормам норму какой какая какие каком что это для при про или как действует "
        "действующий нужен нужна нужно есть правила свод документ"
    )
)


class Status(StrEnum):
    IN_FORCE = "действует"
    REPLACED = "заменён"
    CANCELLED = "отменён"
    TO_BE_CHECKED = "проверить"


@dataclass(frozen=True, slots=True)
class Norm:
    """One row; `replaces`, `replaced_by` and `basis` are text as the sources have it, "" where they say nothing."""

    designation: str
    title: str
    status: Status
    replaces: str
    replaced_by: str
    topic: str
    confidence: str
    """`high`, `medium-high` or `medium`."""
    recheck: bool
    basis: str

    @property
    def certain(self) -> bool:
        """The status may be told as a fact."""
        return self.confidence == "high" and not self.recheck


class How(StrEnum):
    """Why a norm is among the finds."""

    EXACT = "exact"
    EDITION_NOT_NAMED = "edition_not_named"
    NAMED_AS_REPLACED = "named_as_replaced"
    """What was asked for has no row; the row of this norm says that it replaced it."""
    OTHER_EDITION = "other_edition"
    OTHER_KIND = "other_kind"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Found:
    norm: Norm
    how: How


@dataclass(frozen=True, slots=True)
class _Row:
    norm: Norm
    designation: Designation | None
    replaces: tuple[Designation, ...]
    words: frozenset[str]


class Catalogue:
    """Reads its file at the first question."""

    def __init__(self, file: Path = FILE) -> None:
        self._file = file

    @property
    def norms(self) -> tuple[Norm, ...]:
        return tuple(row.norm for row in self._rows)

    def find(self, words: str, limit: int = 5) -> list[Found]:
        """Norms for a designation or for words of a title, best first; a designation never falls back to words.

        With an exact find there is nothing else; without one, what is near it comes, each with how it is near.
        """
        words = words[:_LONGEST_QUESTION]
        wanted = parse(words)
        found = self._by_words(words) if wanted is None else self._by_designation(wanted)
        return found[: max(1, min(limit, MOST_FOUND))]

    def successors(self, norm: Norm) -> list[Norm]:
        """The rows of what replaced `norm`, and of what replaced those, the latest last."""
        line: list[Norm] = []
        ahead = [norm]
        while ahead:
            for wanted in _designations(ahead.pop(0).replaced_by):
                new = [one for one in self._fitting(wanted, Fit.EXACT) if one is not norm and one not in line]
                line += new
                ahead += new
        return line

    def _by_designation(self, wanted: Designation) -> list[Found]:
        for fit, how in ((Fit.EXACT, How.EXACT), (Fit.EDITION_NOT_NAMED, How.EDITION_NOT_NAMED)):
            if norms := self._fitting(wanted, fit):
                return [Found(norm, how) for norm in norms]
        near = [
            Found(row.norm, How.NAMED_AS_REPLACED)
            for row in self._rows
            if any(wanted.fits(old) in (Fit.EXACT, Fit.EDITION_NOT_NAMED) for old in row.replaces)
        ]
        for fit, how in ((Fit.OTHER_EDITION, How.OTHER_EDITION), (Fit.OTHER_KIND, How.OTHER_KIND)):
            known = {found.norm.designation for found in near}
            near += [Found(norm, how) for norm in self._fitting(wanted, fit) if norm.designation not in known]
        return near

    def _fitting(self, wanted: Designation, fit: Fit) -> list[Norm]:
        return _in_force_first(
            row.norm for row in self._rows if row.designation is not None and wanted.fits(row.designation) is fit
        )

    def _by_words(self, words: str) -> list[Found]:
        asked = _stems(words)
        hits = {row.norm: sum(any(word.startswith(stem) for word in row.words) for stem in asked) for row in self._rows}
        most = max(hits.values(), default=0)
        if not most or most * 2 < len(asked):
            return []
        return [Found(norm, How.WORDS) for norm in _in_force_first(norm for norm, hit in hits.items() if hit == most)]

    @cached_property
    def _rows(self) -> tuple[_Row, ...]:
        with self._file.open(encoding="utf-8", newline="") as file:
            return tuple(_row(line) for line in csv.DictReader(file))


def _row(line: dict[str, str]) -> _Row:
    norm = Norm(
        designation=line["designation"],
        title=line["title"],
        status=Status(line["status"]),
        replaces=line["replaces"],
        replaced_by=line["replaced_by"],
        topic=line["topic"],
        confidence=line["confidence"],
        recheck=bool(line["recheck"]),
        basis=line["basis"],
    )
    words = frozenset(_WORD.findall(_lower(f"{norm.title} {norm.topic}")))
    return _Row(norm, parse(norm.designation), tuple(_designations(norm.replaces)), words)


def _designations(text: str) -> Iterator[Designation]:
    for piece in re.split(r";|, |затем", text):
        if found := parse(piece):
            yield found


def _in_force_first(norms: Iterator[Norm]) -> list[Norm]:
    return sorted(norms, key=lambda norm: norm.status is not Status.IN_FORCE)


def _stems(words: str) -> list[str]:
    """Words without the two letters that Russian endings mostly take."""
    kept = [word for word in _WORD.findall(_lower(words)) if word not in _SAYING_NOTHING]
    return [word if len(word) <= 4 else word[: max(4, len(word) - 2)] for word in dict.fromkeys(kept)]


def _lower(text: str) -> str:
    return text.casefold().replace("ё", "е")
