"""Corrections of a draft: single values by their paths, compared with the words like everything else."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from documents.checks import checked, with_sums
from documents.draft import Draft, Flag, Origin
from documents.kinds import model_of
from documents.paths import covers, value_at
from documents.unknown import unknown_keys
from paperwork.doubts import flags_of, origins_of, seen
from paperwork.drafting import INITIALS, Ground, Spoken, compared_with
from paperwork.paths import aliased
from paperwork.profiles import of_another

MOST_CHANGES = 60


@dataclass(frozen=True, slots=True)
class Change:
    """`value` None removes what is there."""

    path: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Corrected:
    draft: Draft
    refused: tuple[str, ...] = ()
    """Paths that the document does not have, or whose value does not fit."""


async def corrected(draft: Draft, changes: Sequence[Change], spoken: Spoken, ground: Ground) -> Corrected:
    return await asyncio.to_thread(_corrected, draft, changes, spoken, ground)


def _corrected(draft: Draft, changes: Sequence[Change], spoken: Spoken, ground: Ground) -> Corrected:
    refused: list[str] = []
    late: list[Flag] = []
    for change in changes[:MOST_CHANGES]:
        path = aliased(change.path, draft.kind)
        revised, flags = _with(draft, path, change.value, spoken, ground)
        if revised is None:
            refused.append(change.path)
            continue
        draft, late = revised, [flag for flag in late if not covers(path, flag.path)] + [*flags]
    return Corrected(checked(with_sums(draft), ground.catalogue).flagged(*late), tuple(refused))


@dataclass(frozen=True, slots=True)
class _Judged:
    """A new value as it is written, what is doubtful about it, where it comes from."""

    value: str | None
    flags: tuple[Flag, ...] = ()
    origin: Origin | None = None


def _with(
    draft: Draft, path: str, value: str | None, spoken: Spoken, ground: Ground
) -> tuple[Draft | None, tuple[Flag, ...]]:
    """None for a value that has no place there."""
    judged = _Judged(None) if value is None else _judged(draft, path, value, spoken, ground)
    flags = tuple(flag for flag in draft.flags if not covers(path, flag.path))  # they were about the old value
    if value is not None and judged.value is None:
        return replace(draft, flags=flags), judged.flags
    data: Any = draft.data
    for other in of_another(draft, path, judged.value or ""):
        data = with_step(data, other.split("."), None)
    data = with_step(data, path.split("."), judged.value)
    if data is None:
        return None, ()
    try:
        model = model_of(draft.described).model_validate(data)
    except ValidationError:
        return None, ()
    made_of_others = {"form", "signatures"} if draft.kind == "aosr" else None
    known = model.model_dump(mode="json", exclude_none=True, exclude=made_of_others)
    if judged.value is not None and (value_at(known, path) is None or path in unknown_keys(model)):
        return None, ()
    origins = {at: origin for at, origin in draft.origins.items() if not covers(path, at)}
    if judged.origin:
        origins[path] = judged.origin
    standing = {at: origin for at, origin in origins.items() if value_at(known, at) is not None}
    return replace(draft, data=known, origins=standing, flags=flags), judged.flags


def _judged(draft: Draft, path: str, value: str, spoken: Spoken, ground: Ground) -> _Judged:
    leaf = next(step for step in reversed(path.split(".")) if not step.isdecimal())
    unit = value_at(draft.data, f"{path.rpartition('.')[0]}.unit") if leaf == "quantity" else None
    given = {leaf: value, **({"unit": unit} if unit else {})}  # 2400 is looked for as metres
    compared = compared_with(draft.kind, given, spoken, ground, flat=True)
    compared.flags[:] = [flag for flag in compared.flags if flag.path == leaf]
    flags = list(flags_of(compared, "", pictured=spoken.pictured, open_=spoken.more_to_come, place=path))
    origin = seen(flags).get(path) or origins_of(compared, "").get(leaf)
    kept = compared.values.get(leaf)
    written = None if kept is None else INITIALS.sub("", str(kept))
    return _Judged(written, tuple(flags), origin)


def with_step(data: Any, steps: list[str], value: str | None) -> Any:
    """A copy with the value at these steps; a row right behind the last one is added. None when there is no way."""
    step, rest = steps[0], steps[1:]
    if step.isdecimal():
        rows = list(data) if isinstance(data, list) else [] if data is None else None
        place = int(step)
        if rows is None or place > len(rows) or (value is None and place == len(rows)):
            return None
        if not rest and value is None:
            return rows[:place] + rows[place + 1 :]
        inner = value if not rest else with_step(rows[place] if place < len(rows) else None, rest, value)
        return None if inner is None else [*rows[:place], inner, *rows[place + 1 :]]
    if data is not None and not isinstance(data, Mapping):
        return None
    here = dict(data or {})
    if not rest:
        if value is None:
            here.pop(step, None)
        else:
            here[step] = value
        return here
    inner = with_step(here.get(step), rest, value)
    return None if inner is None else {**here, step: inner}
