"""Running numbers: each kind has its series, an act of works one for each section of the design (КЖ1-14)."""

import re
from collections.abc import Iterable

from documents.draft import Draft
from documents.paths import value_at


def next_number(draft: Draft, taken: Iterable[str]) -> str:
    """One more than the highest that is taken in the series of this document; a number that it has already stays."""
    if draft.number:
        return draft.number
    prefix = series(draft)
    known = (re.fullmatch(re.escape(prefix) + r"(\d{1,6})", number.strip()) for number in taken)
    return f"{prefix}{max((int(found[1]) for found in known if found), default=0) + 1}"


def series(draft: Draft) -> str:
    """What stands before the running number: "КЖ1-" for a document of the section 24-01-КЖ1, else nothing."""
    cipher = str(value_at(draft.data, "project_docs.0.cipher") or "")
    section = re.search(r"(?:^|-)([А-ЯA-Z]{1,5}\d{0,3})$", cipher.strip().upper())
    return draft.described.number_prefix.format(section=section[1]) if section else ""
