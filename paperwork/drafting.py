"""A call's arguments and the spoken words -> a draft: normalised, completed from the profile, its doubts flagged."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import ValidationError

from dictation.comparison import compare
from dictation.flags import Code, Compared
from documents.act import merged
from documents.checks import checked, with_sums
from documents.draft import Doubt, Draft, Flag, Origin
from documents.kinds import kinds, model_of
from documents.paths import leaves, value_at, with_value
from errors import DocumentJsonWrong
from norms.catalogue import Catalogue
from norms.citations import cited
from paperwork.doubts import flags_of, origins_of, pictured_words, seen
from paperwork.profiles import completed, known
from project import Profile

MOST_UNFIT = 20
INITIALS = re.compile(r"(?<=[A-ZА-ЯЁ]\.)\s+(?=[A-ZА-ЯЁ]\.)")


@dataclass(frozen=True, slots=True)
class Spoken:
    """`words`: all that is known of what the person said in this turn, None when nothing is. `earlier`: what he said
    before in the same conversation."""

    words: str | None
    earlier: str = ""
    more_to_come: bool = False
    """The rest of this turn's words is on its way: what is not among them yet may still be."""
    pictured: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What a draft is made on."""

    profile: Profile
    today: date
    catalogue: Catalogue


async def drafted(kind: str, arguments: Mapping[str, Any], spoken: Spoken, ground: Ground) -> Draft:
    """Raises `errors.DocumentJsonWrong` for arguments that are no document of this kind."""
    return await asyncio.to_thread(_drafted, kind, arguments, spoken, ground)


def _drafted(kind: str, arguments: Mapping[str, Any], spoken: Spoken, ground: Ground) -> Draft:
    compared = compared_with(kind, arguments, spoken, ground)
    data, unfit = _data(kind, _without_empty(compared.values) or {})
    flags = unfit + list(flags_of(compared, kind, pictured=spoken.pictured, open_=spoken.more_to_come))
    if spoken.pictured:
        flags += pictured_words(data, spoken.words, ground.today)
    origins = _standing({**origins_of(compared, kind), **seen(flags)}, data)
    draft = completed(Draft(kind, data, origins, tuple(flags)), ground.profile)
    # Dates and norms that were dropped leave no value behind that could be found doubtful again.
    return checked(with_sums(_dated(draft, ground.today)), ground.catalogue).flagged(*flags)


def compared_with(
    kind: str, arguments: Mapping[str, Any], spoken: Spoken, ground: Ground, *, flat: bool = False
) -> Compared:
    """With the words of this turn; what is not among them is looked for in what was said before. `flat`: the arguments
    are single values of a document, not those of a call."""

    def against(words: str | None) -> Compared:
        return compare(
            arguments,
            words,
            profile=ground.profile.tree() if flat else known(ground.profile, kind),
            today=ground.today,
            cited=lambda text: cited(text, ground.catalogue),
        )

    found = against(spoken.words)
    if not spoken.earlier or spoken.words is None or not _unsaid(found):
        return found
    wider = against(f"{spoken.earlier}\n{spoken.words}")
    return wider if _unsaid(wider) < _unsaid(found) else found


def _unsaid(compared: Compared) -> int:
    return sum(flag.code in (Code.NOT_SAID, Code.NAME_NOT_SAID) for flag in compared.flags)


def _data(kind: str, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Flag]]:
    """JSON in the shape of the kind's model, and what had to be left out because it does not fit there."""
    if kind == "aosr":
        flat = {name: value for name, value in values.items() if name != "form_344" and value not in (None, "", [])}
        act = merged(flat, values.get("form_344") or None).act
        return _with_initials(act.model_dump(mode="json", exclude_none=True, exclude={"form", "signatures"})), []
    unfit: list[Flag] = []
    while True:
        try:
            model = model_of(kinds()[kind]).model_validate(values)
            return _with_initials(model.model_dump(mode="json", exclude_none=True)), unfit
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"]))
            wrong = value_at(values, where)
            if wrong is None or len(unfit) == MOST_UNFIT:
                raise DocumentJsonWrong(f"wrong shape at {where}", where=where) from None
            unfit.append(Flag(where, Doubt.NOT_A_NUMBER, str(wrong)))
            values = with_value(values, where, None)


def _without_empty(value: Any) -> Any:
    """A norm that nobody said leaves an empty row behind; None for what is empty through and through."""
    if isinstance(value, Mapping):
        kept: Any = {name: some for name, one in value.items() if (some := _without_empty(one)) is not None}
    elif isinstance(value, list):
        kept = [some for one in value if (some := _without_empty(one)) is not None]
    else:
        return value if value != "" else None
    return kept or None


def _with_initials(data: Mapping[str, Any]) -> dict[str, Any]:
    """«Иванов И.И.», as the form has it."""
    written = dict(data)
    for path, value in leaves(data):
        if path.rpartition(".")[2] == "name_initials":
            written = with_value(written, path, INITIALS.sub("", str(value)))
    return written


def _standing(origins: Mapping[str, Origin], data: Mapping[str, Any]) -> dict[str, Origin]:
    return {path: origin for path, origin in origins.items() if value_at(data, path) is not None}


def _dated(draft: Draft, today: date) -> Draft:
    """The day of the document is today's unless another one was said."""
    field = draft.described.field("date")
    if field is None or value_at(draft.data, "date") is not None:
        return draft
    if field.source != "auto" and field.required:
        return draft  # the day that it tells of, not the one that it is written on
    data = with_value(draft.data, "date", today.isoformat())
    return replace(draft, data=data, origins={**draft.origins, "date": Origin.SYSTEM})
