"""What the model passed, compared with what the person said and what the profile knows. Nothing made up stays a fact.

The rule, field by field:
- Words win over arguments: numbers in words become digits, dates ISO, names surname and initials, units canonical; a
  value that was taken back, or a date with another year, gives way to what was said, and is flagged.
- A person who was neither said nor is in the profile is dropped, with all that hangs on him (his order, his number in
  the register); so are norms, register and tax numbers that were not said. They are flagged and asked for.
- A date that does not exist, or that nobody can read, is dropped and flagged.
- Any other value that was not said (a number, a date, a mark, the name of a thing) is kept with the origin `unsaid` and
  a flag: transcripts err, and what was dictated must not be lost; a document prints it as a question, never as a fact.
- Without a transcript numbers, dates, marks and norms are kept and flagged `not_compared`; persons out of the model's
  head are dropped, since nobody can tell yet.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dictation import days, people, quantities, wordings
from dictation.evidence import Cited, Evidence, open_evidence
from dictation.fields import ENDS, SIGNATORY_PARTS, STARTS, Kind, kind
from dictation.flags import Code, Compared, Origin
from russian import units

_DROPPED_WHEN_UNSAID = frozenset({"ogrn", "ogrnip", "inn", "nrs_id", "passport", "phone_or_fax"})


def compare(
    arguments: Mapping[str, Any],
    transcript: str | None,
    *,
    profile: Mapping[str, Any],
    today: date,
    cited: Cited,
) -> Compared:
    """Pure; takes some milliseconds, and a third of a second at the very first word: call it in a thread.

    `arguments` is plain JSON data as the model passed it, `profile` the same shape as far as it is known, `transcript`
    what was said, None when there is none; `cited` finds and judges the norms of a text.
    """
    evidence = open_evidence(transcript, profile, today, cited)
    values = _mapping("", arguments, evidence)
    _same_thing_twice(values, evidence)
    return Compared(values, evidence.origins, evidence.flags)


def _mapping(path: str, given: Mapping[str, Any], evidence: Evidence) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in given.items():
        here = f"{path}.{name}" if path else name
        kept = _value(here, name, value, given, evidence)
        if kept is not None or value is None:
            values[name] = kept
    _order(path, values, evidence)
    return values


def _value(path: str, name: str, value: Any, siblings: Mapping[str, Any], evidence: Evidence) -> Any:
    if isinstance(value, Mapping):
        inner = _mapping(path, value, evidence)
        return None if _is_nobody(path, value, inner) else inner
    if isinstance(value, list):
        kept = [_value(f"{path}[{number}]", name, one, siblings, evidence) for number, one in enumerate(value)]
        return [one for one in kept if one is not None]
    if value is None or isinstance(value, bool) or value == "":
        return value
    return _leaf(path, name, value, siblings, evidence)


def _leaf(path: str, name: str, value: Any, siblings: Mapping[str, Any], evidence: Evidence) -> Any:
    text = str(value).strip()
    match kind(name):
        case Kind.DATE:
            return days.compared(path, value, evidence)
        case Kind.QUANTITY:
            return quantities.compared(path, value, siblings, evidence)
        case Kind.UNIT:
            return _unit(path, text, evidence)
        case Kind.PERSON:
            return people.compared(path, value, evidence)
        case Kind.IDENTIFIER:
            said = wordings.identifier(path, text, evidence)
            dropped = not said and evidence.said is not None and name in _DROPPED_WHEN_UNSAID
            return None if dropped else text
        case Kind.NORM:
            return _norm(path, text, evidence)
        case Kind.NAME:
            wordings.proper_name(path, text, evidence)
        case Kind.TEXT:
            wordings.wording(path, text, evidence, all_own=name in ("name", "work_type", "element"))
        case Kind.FIXED:
            evidence.origin(path, Origin.DERIVED)
    return value


def _norm(path: str, text: str, evidence: Evidence) -> str | None:
    if evidence.cited(text):
        evidence.origin(path, Origin.SAID if evidence.said else Origin.NOT_COMPARED)
        said = wordings.norm(path, text, evidence)
        return text if said or evidence.said is None else None
    wordings.facts(path, text, evidence)
    return text


def _unit(path: str, text: str, evidence: Evidence) -> str:
    unit = units.canonical(text)
    evidence.origin(path, Origin.DERIVED)
    if unit is None:
        evidence.flag(path, Code.UNKNOWN_UNIT, text)
        return text
    return unit.name


def _is_nobody(path: str, given: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """A representative or a signature whose name was dropped."""
    signatory = any(part in path for part in SIGNATORY_PARTS)
    return signatory and "name_initials" in given and "name_initials" not in kept


def _order(path: str, values: Mapping[str, Any], evidence: Evidence) -> None:
    for first, last in zip(STARTS, ENDS, strict=True):
        start, end = values.get(first), values.get(last)
        if isinstance(start, str) and isinstance(end, str) and end < start:
            evidence.flag(f"{path}.{last}" if path else last, Code.END_BEFORE_START, end, start)


def _same_thing_twice(values: Mapping[str, Any], evidence: Evidence) -> None:
    """The short view and the form name the same material with two quantities."""
    form = values.get("form_344")
    short, long = values.get("materials"), form.get("materials") if isinstance(form, Mapping) else None
    if not isinstance(short, list) or not isinstance(long, list):
        return
    known = {one.get("name"): one.get("quantity") for one in short if isinstance(one, Mapping)}
    for number, one in enumerate(long):
        other = known.get(one.get("name")) if isinstance(one, Mapping) else None
        if other and one.get("quantity") not in (None, other):
            evidence.flag(f"form_344.materials[{number}].quantity", Code.CONTRADICTORY, one["quantity"], other)
