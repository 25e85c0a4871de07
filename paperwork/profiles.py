"""What the project of a chat adds to a document: parties, representatives, the site; never instead of what was said."""

from collections.abc import Mapping
from typing import Any

from documents.draft import Draft, Origin
from documents.paths import leaves, value_at, with_value
from project import Profile
from russian import names
from russian.lookalikes import fold

_PERSONS = {"requester": "contractor", "representative": "contractor"}
"""Fields for one person, and the representative who is meant."""
_NAMES = ("object", "contractor", "customer", "designer")


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
    for field in draft.described.fields:
        given = _part(field.key, tree)
        if field.source != "profile" or given is None:
            continue
        for path, value in leaves({field.key: given}):
            stands = value_at(data, path)
            if stands is None and _agrees(path, data, tree):
                data = with_value(data, path, value)
                origins[path] = Origin.PROFILE
            elif stands is not None and origins.get(path) is not Origin.SAID and fold(str(stands)) == fold(str(value)):
                origins[path] = Origin.PROFILE
    return Draft(draft.kind, data, origins, draft.flags, draft.state)


def _part(key: str, tree: Mapping[str, Any]) -> Any:
    if role := _PERSONS.get(key):
        person = value_at(tree, f"representatives.{role}") or {}
        shown = {name: person[name] for name in ("position", "name_initials") if name in person}
        return shown or None
    if key == "parties":
        parties = {"customer": value_at(tree, "customer.party"), "contractor": tree.get("contractor")}
        return {name: party for name, party in parties.items() if party} or None
    return tree.get(key)


def _agrees(path: str, data: Mapping[str, Any], tree: Mapping[str, Any]) -> bool:
    """Whose requisites these are: of another organisation or person than was said they are not taken."""
    section, _, _ = path.partition(".")
    if section in _NAMES:
        name = "party.name" if section == "customer" else "name"
        said, mine = value_at(data, f"{section}.{name}"), value_at(tree, f"{section}.{name}")
        return said is None or (mine is not None and _same_name(str(said), str(mine)))
    if section == "representatives":
        role = path.split(".")[1]
        said = value_at(data, f"representatives.{role}.name_initials")
        return said is None or _same_person(said, value_at(tree, f"representatives.{role}.name_initials"))
    return True


def _same_name(one: str, other: str) -> bool:
    first, second = (fold(name).replace('"', "").replace(" ", "") for name in (one, other))
    return first in second or second in first


def _same_person(one: object, other: object) -> bool:
    first, second = (names.parse(str(name)) for name in (one, other))
    return first is not None and second is not None and names.same(first, second)
