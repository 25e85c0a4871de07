"""One comparison under way: what was said, what the profile holds, and the notes taken so far."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dictation.flags import Code, Flag, Origin
from dictation.said import Said
from norms.citations import Citation

Cited = Callable[[str], Sequence[Citation]]
"""The norms that a text names, judged by the catalogue."""


@dataclass(slots=True)
class Evidence:
    said: Said | None
    """None when there is no transcript (yet)."""
    profile: Mapping[str, Any]
    known: Said
    """All words of the profile."""
    today: date
    cited: Cited
    flags: list[Flag] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)

    def flag(self, path: str, code: Code, given: object, said: object = "") -> None:
        self.flags.append(Flag(path, code, str(given), str(said)))

    def origin(self, path: str, origin: Origin) -> None:
        self.origins[path] = origin

    def in_profile(self, path: str) -> Any:
        """What the profile has at this very place."""
        place: Any = self.profile
        for key in path.replace("[", ".").replace("]", "").split("."):
            if isinstance(place, Mapping):
                place = place.get(key)
            elif isinstance(place, list) and key.isdigit() and int(key) < len(place):
                place = place[int(key)]
            else:
                return None
        return place

    def sources(self) -> Iterator[tuple[Origin, Said]]:
        if self.said is not None:
            yield Origin.SAID, self.said
        yield Origin.PROFILE, self.known

    def not_found(self, path: str, given: object, code: Code = Code.NOT_SAID) -> None:
        """Neither said nor known; without a transcript nobody can tell yet."""
        if self.said is None:
            self.flag(path, Code.NOT_COMPARED, given)
            self.origin(path, Origin.NOT_COMPARED)
        else:
            self.flag(path, code, given)
            self.origin(path, Origin.UNSAID)


def open_evidence(transcript: str | None, profile: Mapping[str, Any], today: date, cited: Cited) -> Evidence:
    said = None if transcript is None else Said(transcript, today)
    return Evidence(said, profile, Said("\n".join(_strings(profile)), today), today, cited)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
    elif value is not None:
        yield str(value)
