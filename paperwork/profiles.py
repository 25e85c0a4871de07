"""What the project of a chat adds to a document: parties, representatives, the site; never instead of what was said."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from documents.draft import Doubt, Draft, Flag, Origin
from documents.kinds import FieldOf, Kind
from documents.paths import covers, leaves, value_at, with_value
from project import Profile
from russian import names
from russian.lookalikes import fold

_ELSEWHERE = {
    "parties.customer": "customer.party",
    "parties.contractor": "contractor",
    "contract.object": "object.name",
    "requester": "representatives.contractor",
    "representative": "representatives.contractor",
    "issued_by": "representatives.customer_control",
}
"""Places of documents that the project knows under another name. Not among them, because nobody said that they are the
same: who hands over and accepts in КС-2 and КС-3 (costs are signed by whoever may), a commission, an investor."""
_PERSONS = {"requester": (), "representative": (), "issued_by": ("authority_document",)}
"""Fields for one person, and what the form wants of him beside his position and name."""
_PERSON = ("position", "name_initials")
_ORGANISATIONS = ("object", "contractor", "designer", "customer.party", "parties.customer", "parties.contractor")
_ISSUER = "issued_by.name_initials"
_LEGAL_FORM = re.compile("^(?:ооо|пао|зао|ао|ип)")
_CONTRACTOR_SIGNS = "Представитель подрядчика"
"""As the forms call him; who signs for the customer beside his construction control is not known."""


def known(profile: Profile, kind: str) -> dict[str, Any]:
    """The profile in the shape of the function's arguments, for the comparison."""
    tree = profile.tree()
    if kind != "aosr":
        return tree
    control = value_at(tree, "representatives.customer_control.name_initials")
    flat = {
        "object_name": value_at(tree, "object.name"),
        "contractor": value_at(tree, "contractor.name"),
        "customer_representative": control,
    }
    return {**{name: value for name, value in flat.items() if value}, "form_344": tree}


def completed(draft: Draft, profile: Profile) -> Draft:
    """Every field that the kind takes from the profile and that was not said otherwise."""
    tree = profile.tree()
    data, origins = draft.data, dict(draft.origins)
    doubts: list[Flag] = []
    for field in draft.described.fields:
        if field.source != "profile":
            continue
        data = _with_signer(field, draft.described, data, tree)
        offered = dict(_offered(field, data, tree))
        for path, value in offered.items():
            stands = value_at(data, path)
            if stands is None and _agrees(path, data, offered):
                data = with_value(data, path, value)
                origins[path] = Origin.PROFILE
                if path == _ISSUER and not _is_to_contractor(data, tree):
                    doubts.append(Flag(path, Doubt.NOT_SAID, value))
            elif stands is not None and origins.get(path) is not Origin.SAID and fold(str(stands)) == fold(str(value)):
                origins[path] = Origin.PROFILE
    return Draft(draft.kind, data, origins, draft.flags, draft.state).flagged(*doubts)


def of_another(draft: Draft, path: str, value: str) -> tuple[str, ...]:
    """What the project had filled in for whoever stood at `path`, when `value` names somebody else."""
    owner, _, part = path.rpartition(".")
    is_organisation = part in ("name", "full_name") and owner in _ORGANISATIONS and owner != "object"
    said = value_at(draft.data, path)
    if said is None or not (is_organisation or part == "name_initials"):
        return ()
    if (_same_name if is_organisation else _same_person)(str(said), value):
        return ()
    kept = (path, f"{owner}.role")
    filled = (at for at, origin in draft.origins.items() if origin is Origin.PROFILE and at not in kept)
    return tuple(at for at in filled if covers(owner, at))


def _offered(field: FieldOf, data: Mapping[str, Any], tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """All that the profile has for the field, by its path in the document."""
    if field.shape == "people":
        row = _place_of_signer(field.key, data, tree)
        if row is not None:
            shown = {"role": _CONTRACTOR_SIGNS, **_shown(value_at(tree, "representatives.contractor"), ())}
            yield from leaves({f"{field.key}.{row}": shown})
        return
    if field.key == "issued_by" and not _is_known_issuer(data, tree):
        return
    places = {place: source for place, source in _ELSEWHERE.items() if place.partition(".")[0] == field.key}
    for place, source in (places or {field.key: field.key}).items():
        value = value_at(tree, source)
        yield from leaves({place: _shown(value, _PERSONS[place]) if place in _PERSONS else value})


def _shown(person: Mapping[str, Any] | None, more: tuple[str, ...]) -> dict[str, Any]:
    return {name: person[name] for name in (*_PERSON, *more) if name in person} if person else {}


def _with_signer(field: FieldOf, kind: Kind, data: Mapping[str, Any], tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the contractor's representative, where the form has a place for him and whoever was said to sign stands in
    another place of it."""
    named = value_at(tree, "representatives.contractor.name_initials")
    if field.shape != "people" or named is None or _place_of_signer(field.key, data, tree) is not None:
        return data
    roles = {fold(role) for block in kind.blocks if block.value == field.key for role in block.blank_roles}
    mine, signing = fold(_CONTRACTOR_SIGNS), value_at(data, field.key) or []
    is_free = mine in roles and all(fold(one.get("role") or "") in roles - {mine} for one in signing)
    row = {"role": _CONTRACTOR_SIGNS, "name_initials": named}
    return {**data, field.key: [*signing, row]} if is_free else data


def _place_of_signer(key: str, data: Mapping[str, Any], tree: Mapping[str, Any]) -> int | None:
    """His row, when he was named or the form's word for him was."""
    mine, named = fold(_CONTRACTOR_SIGNS), value_at(tree, "representatives.contractor.name_initials")
    for place, one in enumerate(value_at(data, key) or []):
        role, name = fold(one.get("role") or ""), one.get("name_initials")
        if named is not None and (
            (name is None and role == mine) or (role in ("", mine) and _same_person(name, named))
        ):
            return place
    return None


def _is_known_issuer(data: Mapping[str, Any], tree: Mapping[str, Any]) -> bool:
    """The contractor's own construction control, if there is one, may notify anybody but the contractor."""
    control, other = (
        value_at(tree, f"representatives.{role}.name_initials") for role in ("customer_control", "contractor_control")
    )
    if control is None:
        return False
    return other is None or value_at(data, _ISSUER) is not None or _is_to_contractor(data, tree)


def _is_to_contractor(data: Mapping[str, Any], tree: Mapping[str, Any]) -> bool:
    """Whether the notice is for the contractor or his representative: then the customer's control issues it."""
    told = str(data.get("responsible") or "")
    organisation = _LEGAL_FORM.sub("", _bare(str(value_at(tree, "contractor.name") or "")))
    if organisation and organisation in _bare(told):
        return True
    mine = names.parse(str(value_at(tree, "representatives.contractor.name_initials") or ""))
    return mine is not None and any(names.same(one, mine) for one in names.find(told))


def _agrees(path: str, data: Mapping[str, Any], offered: Mapping[str, Any]) -> bool:
    """Whose requisites these are: of another organisation or person than was said they are not taken."""
    for place in _ORGANISATIONS:
        if path.startswith(f"{place.removesuffix('.party')}."):
            return all(_fits(f"{place}.{name}", data, offered, _same_name) for name in ("name", "full_name"))
    steps = path.split(".")
    for place in (".".join(steps[:length]) for length in range(len(steps) - 1, 0, -1)):
        name, position = (f"{place}.{part}" for part in ("name_initials", "position"))
        if name in offered or position in offered:
            said = value_at(data, name)
            return (
                _fits(position, data, offered, _same_name) if said is None else _fits(name, data, offered, _same_person)
            )
    return True


def _fits(path: str, data: Mapping[str, Any], offered: Mapping[str, Any], same: Callable[[str, str], bool]) -> bool:
    said, mine = value_at(data, path), offered.get(path)
    return said is None or (mine is not None and same(str(said), str(mine)))


def _same_name(one: str, other: str) -> bool:
    first, second = _bare(one), _bare(other)
    return first in second or second in first


def _bare(name: str) -> str:
    return fold(name).replace('"', "").replace(" ", "")


def _same_person(one: str, other: str) -> bool:
    first, second = (names.parse(str(name)) for name in (one, other))
    return first is not None and second is not None and names.same(first, second)
