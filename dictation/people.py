"""A person whom the model named: he stays when he was said or is in the profile, else he is dropped and asked for."""

from dictation.evidence import Evidence
from dictation.flags import Code, Origin
from russian import names
from russian.names import Person


def compared(path: str, given: object, evidence: Evidence) -> str | None:
    """Surname and initials; initials that nobody said are left off. None for somebody made up."""
    text = str(given).strip()
    person = names.parse(text) or next(iter(names.find(text)), None)
    if person is None:
        evidence.flag(path, Code.NAME_NOT_SAID, text)
        return None
    for origin, source in evidence.sources():
        if found := source.person(person):
            evidence.origin(path, origin)
            return _with_said_initials(path, person, found, evidence)
    if evidence.said is None:
        evidence.flag(path, Code.NOT_COMPARED, text)
        return None
    taken = next((one for one in evidence.said.people if names.same(one, person)), None)
    span = evidence.said.instead(taken.span) if taken else None
    right = next((one for one in evidence.said.people if one.span == span), None)
    if right:
        evidence.flag(path, Code.CORRECTED, text, right)
        evidence.origin(path, Origin.SAID)
        return str(right)
    evidence.flag(path, Code.NAME_NOT_SAID, text)
    return None


def _with_said_initials(path: str, given: Person, found: list[Person], evidence: Evidence) -> str:
    known = [*found, *evidence.known.person(given)]
    most = max(known, key=lambda one: len(one.initials))
    if len(most.initials) >= len(given.initials):
        return str(Person(given.surname, most.initials if given.initials else given.initials))
    kept = Person(given.surname, most.initials)
    evidence.flag(path, Code.NAME_NOT_SAID, given, kept)
    return str(kept)
