"""Free text that the model wrote: the numbers, dates, marks, names and norms in it are looked for one by one."""

import re
from collections.abc import Iterator
from decimal import Decimal

from dictation.evidence import Evidence
from dictation.flags import Code, Origin
from dictation.said import Said
from norms.citations import Citation
from russian import dates, marks, names, numbers, units
from russian.lemmas import lemmas
from russian.numbers import Number
from russian.words import Span, Word, split

_ENOUGH = 0.5
"""The share of the words of a proper name that must have been said; the rest are «ООО», «ЖК», «№»."""
_ALONE = re.compile(r"(?<![\w°])([А-ЯA-Z])(?:[–—-]([А-ЯA-Z]))?(?![\w])")
_AS_WRITTEN = re.compile(r"(?<=\d)(?:[\s,;(].*)?$", re.S)
"""All behind the number of a norm."""
_HARMLESS = frozenset({"м2", "м3", "m2", "m3", "см2", "км2"})


def identifier(path: str, text: str, evidence: Evidence) -> bool:
    """A number or cipher of a document: said digit for digit, letter for letter. False when it was not."""
    for origin, source in evidence.sources():
        if any(not _within(span, source.date_spans) for span in source.mark(text)):
            evidence.origin(path, origin)
            return True
    said = evidence.said
    taken = said.marks.find(text) if said else []
    if said and taken and (span := said.instead(taken[0])):
        evidence.flag(path, Code.CORRECTED, text, said.text[span[0] : span[1]])
        evidence.origin(path, Origin.UNSAID)
        return False
    evidence.not_found(path, text)
    return False


def proper_name(path: str, text: str, evidence: Evidence) -> None:
    """An object or an organisation."""
    facts(path, text, evidence)
    if any(source.share(text) >= _ENOUGH for _, source in evidence.sources()):
        return
    if not any(flag.path == path for flag in evidence.flags):
        evidence.not_found(path, text)


def wording(path: str, text: str, evidence: Evidence, *, all_own: bool) -> None:
    """A description; `all_own` asks that at least a word of it was said."""
    facts(path, text, evidence)
    unsaid = evidence.said is not None and not any(source.share(text) for _, source in evidence.sources())
    if all_own and unsaid and not any(flag.path == path for flag in evidence.flags):
        evidence.not_found(path, text)


def facts(path: str, text: str, evidence: Evidence) -> None:
    """Every fact of the text on its own; the origin of the whole is that of its weakest."""
    evidence.origin(path, Origin.SAID if evidence.said else Origin.NOT_COMPARED)
    for fact, code in _unsaid(text, evidence):
        evidence.flag(path, code if evidence.said else Code.NOT_COMPARED, fact)
        evidence.origin(path, Origin.UNSAID if evidence.said else Origin.NOT_COMPARED)


def norm(path: str, text: str, evidence: Evidence) -> bool:
    """The norms of a text: said ones stay and are judged; False when one was not said and the text must go."""
    said_all = True
    for one in evidence.cited(text):
        if not any(_norm_said(one, source) for _, source in evidence.sources()):
            evidence.not_found(path, one.text)
            said_all = False
        if one.wrong:
            evidence.flag(path, Code.NORM_WRONG, one.text, one.wrong)
        elif one.status == "replaced":
            evidence.flag(path, Code.NORM_REPLACED, one.text, one.right)
        elif one.status == "unknown":
            evidence.flag(path, Code.NORM_UNKNOWN, one.text)
    return said_all


def _norm_said(one: Citation, source: Said) -> bool:
    """In full, or its kind and first number when the catalogue has the rest: «по эс пэ семьдесят»."""
    designation = one.designation
    kind = designation.kind.replace("ГОСТР", "ГОСТ Р")
    heads = [kind, kind.replace("ГОСТ Р", "ГОСТ")]
    for head in heads:
        if source.mark(_AS_WRITTEN.sub("", one.text)) or source.mark(
            f"{head} {'.'.join(designation.parts)}{designation.suffix}"
        ):
            return True
    if one.status == "unknown" or not designation.parts:
        return False
    return any(_short(source, head, designation.parts) for head in heads)


def _short(source: Said, head: str, parts: tuple[str, ...]) -> bool:
    """Fewer parts were said, and no number behind them says another edition."""
    for count in range(len(parts) - 1, 0, -1):
        for _, end in source.mark(f"{head} {'.'.join(parts[:count])}"):
            place = source.marks.places.first_from(end)
            while place < len(source.marks.words) and source.marks.words[place].is_sign:
                place += 1
            if place not in source.marks.atoms:
                return True
    return False


def _unsaid(text: str, evidence: Evidence) -> Iterator[tuple[str, Code]]:
    rest = text
    for one in evidence.cited(text):
        if not any(_norm_said(one, source) for _, source in evidence.sources()):
            yield one.text, Code.NOT_SAID
    for day in dates.find(text, evidence.today):
        rest = _without(rest, day.span)
        if not any(_day_said(day, source) for _, source in evidence.sources()):
            yield day.text, Code.NOT_SAID
    for person in names.find(rest):
        if person.initials:
            rest = _without(rest, person.span)
            if not any(source.person(person) for _, source in evidence.sources()):
                yield str(person), Code.NAME_NOT_SAID
    for mark, span in marks.in_text(rest):
        if mark.lower() not in _HARMLESS and not re.fullmatch(r"\d+[^\W\d_]{1,3}", mark):
            rest = _without(rest, span)
            if not any(_mark_said(mark, source, rest) for _, source in evidence.sources()):
                yield mark, Code.NOT_SAID
    yield from _letters(rest, evidence)
    yield from _numbers(rest, evidence)


def _day_said(day: dates.SaidDate, source: Said) -> bool:
    return not source.days.isdisjoint(day.days)


def _letters(text: str, evidence: Evidence) -> Iterator[tuple[str, Code]]:
    """Axes by single capitals: «ось А», «А–Г»."""
    for found in _ALONE.finditer(text):
        for letter in filter(None, found.groups()):
            if not any(source.letter(letter) for _, source in evidence.sources()):
                yield letter, Code.NOT_SAID


def _mark_said(mark: str, source: Said, text: str = "") -> bool:
    """As a whole, of what the text is about; axes part by part; a letter and a number as its nickname: М500 is said
    «пятисотка»."""
    if mark.isdigit():
        return _digits_said(mark, source)
    # Axes go part by part: one and nine are no nineteen.
    if "/" not in mark and any(source.names_mark(text, span) for span in source.mark(mark)):
        return True
    parts = [part for part in re.split(r"[/–—]", mark) if part]
    if len(parts) > 1 and all(_mark_said(part, source) or source.letter(part) for part in parts):
        return True
    short = re.fullmatch(r"[^\W\d_](\d+)", mark)
    if short is None:
        return False
    return any(one.number.ordinal and one.number.value == int(short[1]) for one in source.amounts)


def _digits_said(digits: str, source: Said) -> bool:
    """One number, not several put together: axes 1 and 9 are no axis 19."""
    if digits.startswith("0"):
        return bool(source.mark(digits))
    return any(source.stands(one.number.span) for one in source.amount(Decimal(digits), None))


def _numbers(text: str, evidence: Evidence) -> Iterator[tuple[str, Code]]:
    words = split(text)
    for run in numbers.runs(text):
        for number in run:
            place = next((at for at, word in enumerate(words) if word.start >= number.end), len(words))
            unit = units.read(words, place)[0]
            before = words[place - len(split(number.text)) - 1] if place > len(split(number.text)) else None
            beside = (_neighbour(before), "" if unit else _neighbour(words[place] if place < len(words) else None))
            if evidence.said and not evidence.said.agrees(number.value, *beside):
                yield number.text, Code.NOT_SAID
            elif not any(_number_said(number, unit, source) for _, source in evidence.sources()):
                taken = evidence.said is not None and bool(evidence.said.amount(number.value, unit))
                yield number.text, Code.CORRECTED if taken else Code.NOT_SAID


def _neighbour(word: Word | None) -> str:
    return lemmas(word.key)[0] if word and word.is_letters else ""


def _number_said(number: Number, unit: units.Unit | None, source: Said) -> bool:
    found = source.amount(number.value, unit) or (source.amount(abs(number.value), unit) if number.value < 0 else [])
    if any(source.stands(one.number.span) for one in found):
        return True
    digits = re.sub(r"\D+", " ", number.text).strip()
    apart = " " in digits or digits.startswith("0")  # 18:00, 01: said as they are written
    return unit is None and apart and any(not _within(span, source.sure_date_spans) for span in source.mark(digits))


def _within(span: Span, others: list[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


def _without(text: str, span: Span) -> str:
    return text[: span[0]] + " " * (span[1] - span[0]) + text[span[1] :]
