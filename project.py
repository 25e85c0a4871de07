"""A chat's project as documents need it: parties, representatives, address; each value with where it came from.

Names and shapes are those of the act of hidden works (order 344/пр, appendix 3), so that a document takes them over as
they stand. Everything may be missing. Nothing is in it that a person did not say, type, photograph or upload.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

LONGEST = 500

_SRO = ("sro.name", "sro.ogrn", "sro.inn")
_PARTY = ("kind", "name", "full_name", "ogrn", "ogrnip", "inn", "address", "phone_or_fax", "passport", *_SRO)
_AUTHORITY = tuple(f"authority_document.{part}" for part in ("name", "number", "date"))
_PERSON = ("position", "name_initials", "nrs_id", *_AUTHORITY)
ROLES = ("customer_control", "contractor", "contractor_control", "designer", "executor")
SECTIONS: dict[str, tuple[str, ...]] = {
    "object": ("name", "address"),
    "customer": ("role", *(f"party.{part}" for part in _PARTY)),
    "contractor": _PARTY,
    "designer": _PARTY,
    **{f"representatives.{role}": _PERSON for role in ROLES},
    "executor_name": ("",),
}
PATHS = tuple(f"{section}.{part}".rstrip(".") for section, parts in SECTIONS.items() for part in parts)
CUSTOMER_ROLES = ("застройщик", "технический заказчик", "лицо, ответственное за эксплуатацию", "региональный оператор")
KINDS = ("legal_entity", "individual_entrepreneur", "person")
_FORMS = {
    "inn": re.compile(r"\d{10}|\d{12}"),
    "ogrn": re.compile(r"\d{13}"),
    "ogrnip": re.compile(r"\d{15}"),
    "kind": re.compile("|".join(KINDS)),
    "role": re.compile("|".join(CUSTOMER_ROLES)),
}
_DERIVED = ("kind", "role")
"""Words of the form, not of the person."""
_LEGAL_FORMS = frozenset(("ооо", "ао", "пао", "зао", "ип", "гуп", "муп", "фгуп", "гку", "мку", "llc"))
_MONTHS = ("январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр")
_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_LONG_NUMBER = 6
_WORD = re.compile(r"[^\W\d_]+|\d+")
_ABBREVIATION = 3
_ENDING = 2
"""Letters at the end of a word that declension may change."""


class Origin(StrEnum):
    TYPED = "typed"
    SPOKEN = "spoken"
    PHOTO = "photo"
    FILE = "file"


class Entry(BaseModel, defer_build=True):
    """`confirmed`: whether the value was found in the person's own words; None: it could not be compared."""

    value: str
    origin: Origin
    confirmed: bool | None = None


class Profile(BaseModel, defer_build=True):
    """`fields` by path (`contractor.inn`), all of them in `PATHS`."""

    fields: dict[str, Entry] = {}

    def tree(self) -> dict[str, Any]:
        """Nested, as in the schema of the act."""
        tree: dict[str, Any] = {}
        for path, entry in self.fields.items():
            *folders, leaf = path.split(".")
            place = tree
            for folder in folders:
                place = place.setdefault(folder, {})
            place[leaf] = entry.value
        return tree

    def with_fields(self, changes: Mapping[str, Entry]) -> "Profile":
        merged = {**self.fields, **changes}
        return Profile(fields={path: merged[path] for path in PATHS if path in merged})

    def without(self, paths: set[str]) -> "Profile":
        """Also everything below such a path."""
        kept = {path: entry for path, entry in self.fields.items() if not _is_under(path, paths)}
        return Profile(fields=kept)


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The leaves that say something; what is neither text nor number is passed over."""
    for name, value in tree.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{path}.")
        elif isinstance(value, str | int | float | date) and not isinstance(value, bool) and str(value).strip():
            yield path, " ".join(str(value).split())


def is_well_formed(path: str, value: str) -> bool:
    leaf = path.rpartition(".")[2]
    if path.endswith("authority_document.date"):
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    form = _FORMS.get(leaf)
    return len(value) <= LONGEST and (form is None or form.fullmatch(value) is not None)


def was_said(path: str, value: str, words: str) -> bool | None:
    """Whether the value stands in these words of the person, in any case and order; None: digits of it do not, but
    they may have been spoken as words."""
    if path.rpartition(".")[2] in _DERIVED:
        return True
    said = _words(words)
    by_word = [
        _stands(word, said) for word in _words(_DATE.sub(_spoken_date, value)) if len(word) > 1 or word.isdigit()
    ]
    by_word.append(_initials_stand(_words(value), said))
    if False in by_word:
        return False
    return None if None in by_word else True


def _spoken_date(found: re.Match[str]) -> str:
    """ISO is how dates are kept, not how they are said."""
    return f"{int(found[3])} {_MONTHS[int(found[2]) - 1]} {found[1]}" if 1 <= int(found[2]) <= 12 else found[0]


def _stands(word: str, said: list[str]) -> bool | None:
    if word.isdigit():
        return _number_stands(word, said)
    if word in _LEGAL_FORMS:
        return True
    if word in _MONTHS:
        number = f"{_MONTHS.index(word) + 1:02}"
        return any(one.startswith(word) for one in said) or (True if number in said else None)
    return any(one.startswith(_stem(word)) for one in said)


def _number_stands(number: str, said: list[str]) -> bool | None:
    """A long one may be said in groups of digits; a short one has to stand alone, or chance finds it."""
    numbers = [one for one in said if one.isdigit()]
    if len(number) >= _LONG_NUMBER:
        return True if number in "".join(numbers) else None
    return True if any(int(one) == int(number) for one in numbers) else None


def _initials_stand(words: list[str], said: list[str]) -> bool:
    """In their order right before or right behind a surname of the value: elsewhere any letter begins some word."""
    initials = [word for word in words if len(word) == 1 and word.isalpha()]
    names = [word for word in words if len(word) > _ABBREVIATION]
    if not initials:
        return True
    for place, word in enumerate(said):
        # `Иван` is not `Иванов`, though it begins like it.
        if not names or any(word.startswith(_stem(name)) and len(word) >= len(name) - 1 for name in names):
            behind = said[place + 1 : place + 1 + len(initials)]
            before = said[max(0, place - len(initials)) : place]
            if _begin_with(behind, initials) or _begin_with(before, initials):
                return True
    return False


def _begin_with(words: list[str], initials: list[str]) -> bool:
    pairs = zip(words, initials, strict=False)
    return len(words) == len(initials) and all(word.startswith(letter) for word, letter in pairs)


def _stem(word: str) -> str:
    """Of an abbreviation, all of it."""
    return word if len(word) <= _ABBREVIATION else word[: max(_ABBREVIATION, len(word) - _ENDING)]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("ё", "е"))


def _is_under(path: str, paths: set[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in paths)


def taken_from_file(tree: object) -> tuple[dict[str, Entry], list[str]]:
    """What of a JSON document belongs to a project, and the paths of what looks like it and does not fit."""
    if not isinstance(tree, Mapping):
        return {}, []
    fields, left_out = {}, []
    for path, value in flat(tree):
        if path in PATHS and is_well_formed(path, value):
            fields[path] = Entry(value=value, origin=Origin.FILE, confirmed=None)
        elif path in PATHS or path.partition(".")[0] in (
            "object",
            "customer",
            "contractor",
            "designer",
            "representatives",
        ):
            left_out.append(path)
    return fields, left_out
