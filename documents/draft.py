"""A document on its way: its data, where each value came from, what is doubtful, whether it was confirmed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from documents.kinds import Kind, kinds, model_of
from documents.paths import covers, leaves, matching, title_of, value_at
from documents.words import clean, nested, printed
from prompts.texts import text

LONGEST_FIRST = 55
"""Letters of the first of several, so that a list has room for how many more there are."""


class Origin(StrEnum):
    """Where a value came from; what has none was there before origins were kept."""

    SAID = "said"
    PROFILE = "profile"
    CALCULATED = "calculated"
    PHOTO = "photo"
    JSON = "json"
    SYSTEM = "system"
    """Numbers and dates that the assistant gives by itself."""


class Doubt(StrEnum):
    """Why a value is not to be taken as a fact; the sentence of each is `document.flag.<doubt>`."""

    NOT_SAID = "not_said"
    NOT_COMPARED = "not_compared"
    IMPOSSIBLE_DATE = "impossible_date"
    END_BEFORE_START = "end_before_start"
    UNKNOWN_UNIT = "unknown_unit"
    ABSURD_QUANTITY = "absurd_quantity"
    NOT_A_NUMBER = "not_a_number"
    DIFFERENT_SUMS = "different_sums"
    NORM_UNKNOWN = "norm_unknown"
    NORM_REPLACED = "norm_replaced"
    NORM_NOT_IN_FORCE = "norm_not_in_force"
    NORM_TO_BE_CHECKED = "norm_to_be_checked"
    FROM_PHOTO = "from_photo"
    CORRECTED = "corrected"
    AMBIGUOUS_DATE = "ambiguous_date"
    CONTRADICTORY = "contradictory"


@dataclass(frozen=True, slots=True)
class Flag:
    """A doubt about the value at `path`; `accepted` when a person said that it is right as it stands."""

    path: str
    doubt: Doubt
    value: str = ""
    expected: str = ""
    accepted: bool = False

    def words(self, language: str = "ru") -> str:
        return told([self], language)


def told(flags: Iterable[Flag], language: str = "ru") -> str:
    """The sentences of doubts about one value; those of the same kind in one: «А500С», «12» не сверено…"""
    values: dict[tuple[Doubt, str], dict[str, None]] = {}
    for flag in flags:
        values.setdefault((flag.doubt, nested(flag.expected)), {})[nested(flag.value)] = None
    between = text("document.page.between", language)
    return " ".join(
        text(f"document.flag.{doubt}", language, value=between.join(said), expected=expected)
        for (doubt, expected), said in values.items()
    )


class State(StrEnum):
    DRAFT = "draft"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Draft:
    """`data` is JSON in the shape of the kind's model; `origins` are by path, the nearest above a value counts."""

    kind: str
    data: Mapping[str, Any]
    origins: Mapping[str, Origin] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    state: State = State.DRAFT

    @classmethod
    def of(cls, kind: str, data: Mapping[str, Any], origin: Origin | None = None) -> Self:
        """From any JSON of the right shape (pydantic's ValidationError otherwise), every value of one origin."""
        model = model_of(kinds()[kind]).model_validate(data)
        known = model.model_dump(mode="json", exclude_none=True)
        return cls(kind, known, {path: origin for path, _ in leaves(known)} if origin else {})

    @property
    def described(self) -> Kind:
        return kinds()[self.kind]

    @property
    def number(self) -> str:
        return str(value_at(self.data, "number") or "")

    @property
    def confirmed(self) -> bool:
        return self.state is State.CONFIRMED

    @property
    def open_flags(self) -> tuple[Flag, ...]:
        return tuple(flag for flag in self.flags if not flag.accepted)

    def origin(self, path: str) -> Origin | None:
        above = [known for known in self.origins if covers(known, path)]
        return self.origins[max(above, key=len)] if above else None

    def flagged(self, *flags: Flag) -> Self:
        """With these doubts, too; the same doubt about the same value is not repeated nor asked again."""
        have = {(flag.path, flag.doubt, flag.value) for flag in self.flags}
        return replace(self, flags=self.flags + tuple(f for f in flags if (f.path, f.doubt, f.value) not in have))

    def accepted(self, path: str) -> Self:
        """A person said that what stands at `path` (and under it) is right."""
        return replace(
            self, flags=tuple(replace(flag, accepted=flag.accepted or covers(path, flag.path)) for flag in self.flags)
        )

    def to_json(self) -> dict[str, Any]:
        """For storage: plain JSON, the same every time."""
        flags = [
            {"path": f.path, "doubt": f.doubt.value, "value": f.value, "expected": f.expected, "accepted": f.accepted}
            for f in self.flags
        ]
        origins = {path: origin.value for path, origin in sorted(self.origins.items())}
        return {
            "kind": self.kind,
            "data": dict(self.data),
            "origins": origins,
            "flags": flags,
            "state": self.state.value,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            kind=stored["kind"],
            data=stored["data"],
            origins={path: Origin(origin) for path, origin in stored["origins"].items()},
            flags=tuple(Flag(**{**flag, "doubt": Doubt(flag["doubt"])}) for flag in stored["flags"]),
            state=State(stored["state"]),
        )


def subject(draft: Draft, language: str = "ru") -> str:
    """What the document is about, for lists: «Цемент М500 и ещё 2». Empty when nothing says it."""
    for path in draft.described.name_of:
        told = [words for _, value in matching(draft.data, path) if (words := clean(value))]
        if len(told) > 1:
            first = told[0] if len(told[0]) <= LONGEST_FIRST else f"{told[0][: LONGEST_FIRST - 1].rstrip()}…"
            return text("document.register.more", language, first=first, count=len(told) - 1)
        if told:
            return told[0]
    return ""


def changes(old: Draft, new: Draft, language: str = "ru") -> list[str]:
    """What a revision changed, a line each, in the order of the new document."""
    before, after = dict(leaves(old.data)), dict(leaves(new.data))
    lines = [line for path, value in after.items() if (line := _change(new, path, before.get(path), value, language))]
    lines += [_change(old, path, value, None, language) for path, value in before.items() if path not in after]
    if new.confirmed and not old.confirmed:
        lines.append(text("document.change.confirmed", language))
    return list(_without_repeats(lines))


def _change(draft: Draft, path: str, old: object, new: object, language: str) -> str:
    if old == new:
        return ""
    what = "added" if old is None else "removed" if new is None else "changed"
    title = title_of(draft.described, path, language)
    before, after = nested(printed(path, old)), nested(printed(path, new))
    return text(f"document.change.{what}", language, title=title, old=before, new=after)


def _without_repeats(lines: list[str]) -> Iterator[str]:
    yield from dict.fromkeys(filter(None, lines))
