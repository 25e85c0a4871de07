"""Designations of norms as people write and say them: «СП63», «сп 63.13330», «СНиП 52-01», «CП» with a Latin C."""

import re
from dataclasses import dataclass
from enum import IntEnum

_LOOK_ALIKES = str.maketrans("ABCEHKMOPTXYЁІ", "АВСЕНКМОРТХУЕI")
"""Latin letters that look Cyrillic, and the Cyrillic І of СНиП II, which is a Roman numeral."""
_DASHES = re.compile("[‐‑‒–—−]")
_LATIN_KINDS = (
    (re.compile(r"\bGOST\s+R\b"), "ГОСТ Р"),
    (re.compile(r"\bGOST\b"), "ГОСТ"),
    (re.compile(r"\bSNIP\b"), "СНИП"),
    (re.compile(r"\bSP(?=\s*\d)"), "СП"),
)

_NUMBER = r"(?P<number>(?:[IVХ]+|\d+)(?:\.\d+|\s*-\s*\d+|\s+(?:13330|13130|1325800)\b)*(?:\s+(?:19|20)\d\d\b)?)"
_NUMBERED = re.compile(rf"(?<![А-Я])(?P<kind>СП|СНИП|ГОСТ\s*-?\s*Р(?![А-Я])|ГОСТ|РД)\s*-?\s*№?\s*{_NUMBER}")
_ELECTRICAL = re.compile(r"(?<![А-Я])ПУЭ(?![А-Я])\s*[-(]?\s*(?P<number>\d)?")
_LAW = re.compile(r"(?P<number>\d+)\s*-?\s*ФЗ(?![А-Я])|(?<![А-Я])ФЗ\s*-?\s*№?\s*(?P<after>\d+)")
_ORDER = re.compile(r"(?<!\d)(?P<number>\d+)\s*(?:/\s*)?(?P<suffix>ПР|Н)(?![А-Я])")
_ACT = re.compile(r"(?<![А-Я])(?P<kind>ПРИКАЗ|ПОСТАНОВЛЕНИ|ПП(?![А-Я]))")
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}|\b(?:19|20)\d\d\s*Г(?:ОД|\.|\b)")
_BODIES = ("МИНСТРО", "МИНТРУД", "РОСТЕХНАДЗОР", "ГОСКОМСТАТ")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Fit(IntEnum):
    """How a designation that was asked for relates to a known one; a smaller number is a better fit."""

    EXACT = 1
    EDITION_NOT_NAMED = 2
    """The number fits and the question names no year."""
    OTHER_EDITION = 3
    """The number fits, the year does not."""
    OTHER_KIND = 4
    """The number fits, but one of them is a ГОСТ and the other a ГОСТ Р."""


@dataclass(frozen=True, slots=True)
class Designation:
    kind: str
    parts: tuple[str, ...]
    """The number at its dots and dashes without leading zeros; the year is the last one where there is one."""
    body: str = ""
    """Who issued an order, where that is said; with the letters behind its number, it tells orders apart."""
    suffix: str = ""

    def fits(self, known: "Designation") -> Fit | None:
        """How this one, asked for, relates to `known`, which is complete; None when it is something else."""
        if {self.kind, known.kind} == {"ГОСТ", "ГОСТ Р"}:
            return Fit.OTHER_KIND if self._number(known) in (Fit.EXACT, Fit.EDITION_NOT_NAMED) else None
        if self.kind != known.kind:
            return None
        if self.kind in ("ПРИКАЗ", "ПОСТАНОВЛЕНИЕ", "ФЗ"):
            same = self.parts == known.parts and _agree(self.body, known.body) and _agree(self.suffix, known.suffix)
            return Fit.EXACT if same else None
        return self._number(known)

    def _number(self, known: "Designation") -> Fit | None:
        base, year = known.parts[:-1], known.parts[-1]
        if self.parts == known.parts:
            return Fit.EXACT
        if self.parts == base[: len(self.parts)]:
            return Fit.EDITION_NOT_NAMED
        own_base, own_year = self.parts[:-1], self.parts[-1]
        if own_base != base[: len(own_base)] or (not own_base and base):
            return None
        if _same_year(own_year, year):
            return Fit.EXACT
        return Fit.OTHER_EDITION if own_base == base or _YEAR.fullmatch(own_year) else None


def parse(text: str) -> Designation | None:
    """The first designation in `text`; None when there is none."""
    folded = fold(text)
    if found := _NUMBERED.search(folded):
        kind = re.sub(r"[\s-]+", "", found["kind"])
        return Designation("ГОСТ Р" if kind == "ГОСТР" else kind, _parts(found["number"]))
    if found := _LAW.search(folded):
        return Designation("ФЗ", _parts(found["number"] or found["after"]))
    if found := _ELECTRICAL.search(folded):
        return Designation("ПУЭ", _parts(found["number"] or ""))
    return _act(_DATE.sub(" ", folded))


def fold(text: str) -> str:
    """Upper case, one kind of dash, Cyrillic for look-alike letters: for comparison only, never for printing."""
    folded = _DASHES.sub("-", text.upper()).replace("*", " ")
    for latin, cyrillic in _LATIN_KINDS:
        folded = latin.sub(cyrillic, folded)
    return folded.translate(_LOOK_ALIKES)


def _act(folded: str) -> Designation | None:
    """An order or a government decree; its number alone is enough when it ends in /пр or н."""
    body = next((body for body in _BODIES if body in folded), "")
    kind = _ACT.search(folded)
    if found := _ORDER.search(folded):
        return Designation("ПРИКАЗ", _parts(found["number"]), body, found["suffix"])
    number = kind and re.search(r"\d+", folded[kind.end() :])
    if kind is None or not number:
        return None
    return Designation("ПРИКАЗ" if kind["kind"] == "ПРИКАЗ" else "ПОСТАНОВЛЕНИЕ", _parts(number[0]), body)


def _parts(number: str) -> tuple[str, ...]:
    return tuple(part.lstrip("0") or "0" for part in re.split(r"[.\-\s]+", number) if part)


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other


def _same_year(one: str, other: str) -> bool:
    """Years are written with two digits or with four: 87 and 1987."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) <= 2 and len(long) == 4 and long.endswith(short.zfill(2)))
