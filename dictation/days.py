"""A date that the model passed, made ISO and looked for among the dates that were said."""

import re
from datetime import date

from dictation.evidence import Evidence
from dictation.flags import Code, Origin
from russian import dates
from russian.dates import Problem, SaidDate

_TIME = re.compile(r"[T ](\d\d?):(\d\d).*$")


def compared(path: str, given: object, evidence: Evidence) -> str | None:
    """The ISO date, with its time where one was passed; None when there is no such day or nobody can read it."""
    text = str(given).strip()
    time = _TIME.search(text)
    parsed = dates.parse(_TIME.sub("", text), evidence.today)
    if parsed is None or parsed.first is None:
        impossible = parsed is not None and parsed.problem is Problem.IMPOSSIBLE
        evidence.flag(path, Code.IMPOSSIBLE_DATE if impossible else Code.UNREADABLE_DATE, given)
        return None
    day = _against_said(path, parsed.first, evidence, may_be_today=path == "date" or time is not None)
    if time and day and evidence.said and not evidence.said.marks.find(f"{time[1]}-{time[2]}"):
        evidence.flag(path, Code.NOT_SAID, time[0].strip("T "))
    return None if day is None else day.isoformat() + (f"T{time[1].zfill(2)}:{time[2]}" if time else "")


def _against_said(path: str, day: date, evidence: Evidence, *, may_be_today: bool) -> date | None:
    """The day to keep: that of the person wherever his words speak of it."""
    if str(evidence.in_profile(path)) == day.isoformat():
        evidence.origin(path, Origin.PROFILE)
        return day
    said = evidence.said
    if said is None:
        evidence.not_found(path, day)
        return day
    standing = [one for one in said.dates if said.stands(one.span)]
    if matching := [one for one in standing if day in one.days]:
        _found(path, day, matching, evidence)
        return day
    if taken := [one for one in said.dates if day in one.days]:
        return _corrected(path, day, taken[0], evidence)
    if other := [one for one in standing if one.first and (one.first.month, one.first.day) == (day.month, day.day)]:
        evidence.flag(path, Code.WRONG_YEAR, day, other[0].first)
        evidence.origin(path, Origin.DERIVED if other[0].guessed else Origin.SAID)
        return other[0].first
    if may_be_today and day == evidence.today:  # the date of the act itself, or an hour said without its day
        evidence.origin(path, Origin.DERIVED)
        return day
    return _not_said(path, day, standing, evidence)


def _found(path: str, day: date, matching: list[SaidDate], evidence: Evidence) -> None:
    sure = [one for one in matching if one.problem is None and one.first == day]
    best = sure[0] if sure else matching[0]
    evidence.origin(path, Origin.DERIVED if best.guessed else Origin.SAID)
    whole_period = best.first != best.last and path.rsplit(".", 1)[-1].startswith("period")
    if not sure and not whole_period:
        evidence.flag(path, Code.AMBIGUOUS_DATE, day, best.text)


def _corrected(path: str, day: date, taken: SaidDate, evidence: Evidence) -> date:
    assert evidence.said is not None
    span = evidence.said.instead(taken.span)
    right = next((one.first for one in evidence.said.dates if one.span == span and one.first), None)
    evidence.flag(path, Code.CORRECTED, day, right or "")
    evidence.origin(path, Origin.SAID if right else Origin.UNSAID)
    return right or day


def _not_said(path: str, day: date, standing: list[SaidDate], evidence: Evidence) -> date | None:
    impossible = next((one for one in standing if one.problem is Problem.IMPOSSIBLE), None)
    if impossible:
        evidence.flag(path, Code.IMPOSSIBLE_DATE, day, impossible.text)
        return None
    inside = next((one for one in standing if one.first and one.last and one.first <= day <= one.last), None)
    if inside:
        evidence.flag(path, Code.AMBIGUOUS_DATE, day, inside.text)
        evidence.origin(path, Origin.DERIVED)
        return day
    evidence.not_found(path, day)
    return day
