"""What is installed is pinned exactly: the packages that are named, and those that they bring along."""

import re
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
FILES = ("requirements.txt", "requirements-dev.txt", "constraints.txt")


def _lines(file: str) -> list[Requirement]:
    lines = (re.sub(r"#.*", "", line).strip() for line in (ROOT / file).read_text("utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def _pinned(requirement: Requirement) -> str | None:
    [only] = requirement.specifier or [None]
    return only.version if only is not None and only.operator == "==" and "*" not in only.version else None


def _brought(wanted: list[Requirement]) -> Iterator[str]:
    """Names of all that is installed because of these."""
    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        one = wanted.pop()
        name = canonicalize_name(one.name)
        if (name, frozenset(one.extras)) not in seen:
            seen.add((name, frozenset(one.extras)))
            yield name
            for line in distribution(name).requires or []:
                further = Requirement(line)
                extras = one.extras or {""}
                if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
                    wanted.append(further)


@pytest.mark.parametrize("file", FILES)
def test_every_line_names_one_version(file: str) -> None:
    assert [str(line) for line in _lines(file) if _pinned(line) is None] == []


def test_everything_that_is_installed_with_them_is_pinned_to_its_version() -> None:
    pins: dict[str, str | None] = {
        canonicalize_name(line.name): _pinned(line) for file in FILES for line in _lines(file)
    }
    named = [line for file in FILES[:2] for line in _lines(file) if line.marker is None or line.marker.evaluate()]
    installed = {name: distribution(name).version for name in _brought(named)}
    assert len(installed) > len(named)
    assert {name: version for name, version in installed.items() if pins.get(name) != version} == {}
