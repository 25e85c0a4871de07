"""Names of files: they sort by day, say what they are, and are safe on every system."""

import re
from collections.abc import Iterable, Sequence

from documents.draft import Draft
from documents.paths import value_at
from documents.words import clean, iso_date

LONGEST = 80
"""Letters before the extension: 160 bytes of Cyrillic, under every file system's limit."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\s\x00-\x1f]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def file_name(draft: Draft, extension: str) -> str:
    """`2026-12-20_АОСР_КЖ1-14.pdf`; without a day or a number, without them."""
    kind = draft.described
    day = iso_date(str(value_at(draft.data, kind.date_of) or value_at(draft.data, "date") or "")[:10])
    parts = (day.isoformat() if day else "", kind.short, draft.number)
    name = "_".join(filter(None, map(safe, parts)))[:LONGEST].rstrip("._ ")
    return f"{name}.{extension}"


def in_one_folder(drafts: Iterable[Draft], extensions: Sequence[str]) -> list[list[str]]:
    """The names of each document's files where all of them are together: another document of the same name gets a
    number, the same in all of its files."""
    taken: set[str] = set()
    named = []
    for draft in drafts:
        stem, count = file_name(draft, "").rstrip("."), 1
        unique = stem
        while unique.casefold() in taken:
            count += 1
            unique = f"{stem} ({count})"
        taken.add(unique.casefold())
        named.append([f"{unique}.{extension}" for extension in extensions])
    return named


def safe(words: str) -> str:
    """Without what a file name may not hold."""
    kept = "".join(letter for letter in clean(words) if letter.isalnum() or letter in ' -_.,()№+/\\<>:"|?*')
    name = _FORBIDDEN.sub("-", kept).strip("-. ").replace("..", ".")
    return f"_{name}" if _RESERVED.match(name) else name
