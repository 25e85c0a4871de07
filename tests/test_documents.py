"""What the documents name exists: settings, files, functions, make targets, commands, links."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import spoken_documents
from handlers.menu import GROUPS, PRIVATE
from settings import NOT_YET, Settings

ROOT = Path(__file__).parent.parent
READMES = (ROOT / "README.md", ROOT / "README.ru.md")
PAGES = sorted([*READMES, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])

EXAMPLE_LINE = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", re.M)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
NAMED = re.compile(r"([\w.-]+(?:/[\w.-]+)*(?:\.(?:py|toml|md|csv)|/))(?::([\w.]+))?")
"""`path/to/file.py`, `path/to/file.py:function`, `path/to/file.py:Class.method`, `folder/`."""
MEASURED = re.compile(r"^\| `(benchmarks/results/kills-[\w-]+\.json)`, seed (\d+) \|([ \d|]+)\|$", re.M)
"""A row of the table of kills: its file, its seed, its figures."""


SOAKED = re.compile(r"^\| `(benchmarks/results/soak-[\w-]+\.json)`, seed (\d+) \|([ \d|]+)\|$", re.M)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def settings() -> set[str]:
    """The first name of each."""
    names = set()
    for name, field in Settings.model_fields.items():
        choices = getattr(field.validation_alias, "choices", [name.upper()])
        names.add(str(choices[0]))
    return names


def test_the_example_holds_exactly_the_settings_that_work() -> None:
    names = EXAMPLE_LINE.findall((ROOT / ".env.example").read_text("utf-8"))
    assert sorted(name for name, _ in names) == sorted(settings() - set(NOT_YET))


def test_the_example_shows_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings() | {"GEMINI_API_KEY", "GENAI_API_KEY"}:
        monkeypatch.delenv(name, raising=False)
    lines = EXAMPLE_LINE.findall((ROOT / ".env.example").read_text("utf-8"))
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines), "utf-8")
    monkeypatch.chdir(tmp_path)
    shown = Settings()
    (tmp_path / ".env").unlink()
    assert shown == Settings()


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_every_setting_that_works_is_explained(page: Path) -> None:
    explained = set(CODE.findall(page.read_text("utf-8")))
    assert settings() - set(NOT_YET) <= explained


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_every_command_of_the_menu_is_explained(page: Path) -> None:
    explained = set(CODE.findall(page.read_text("utf-8")))
    assert {f"/{command}" for command in (*PRIVATE, *GROUPS)} <= explained


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    targets = ["".join(found) for found in LINK.findall(FENCED.sub("", page.read_text("utf-8")))]
    broken = [target for target in targets if "://" not in target and not _exists(page, target)]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8").replace("$(VENV)", ".venv")
    known = set(re.findall(r"^([\w./-]+):", makefile, re.M))
    assert set(_make_targets(page.read_text("utf-8"))) <= known


@pytest.mark.parametrize("page", [page for page in PAGES if page not in READMES], ids=name_of)
def test_files_and_functions_that_are_named_exist(page: Path) -> None:
    named = (NAMED.fullmatch(code) for code in CODE.findall(FENCED.sub("", page.read_text("utf-8"))))
    missing = [match[0] for match in named if match and not _is_there(match[1], match[2])]
    assert not missing


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_the_layout_is_that_of_the_tree(page: Path) -> None:
    layout = next(block for language, block in FENCED.findall(page.read_text("utf-8")) if "bot.py  " in block)
    entries = [entry for line in re.findall(r"^(\S+)(?:  (\S+/))?", layout, re.M) for entry in line if entry]
    modules = re.findall(r"\b\w+\.py\b", layout)
    missing = [entry for entry in entries if not (ROOT / entry).exists()]
    missing += [name for name in modules if not (ROOT / name).exists() and not any(ROOT.glob(f"*/{name}"))]
    assert not missing
    assert {module.name for module in ROOT.glob("*.py")} <= {*entries, *modules}


def test_the_figures_of_the_kills_are_those_of_their_files() -> None:
    rows = MEASURED.findall((ROOT / "docs/reliability.md").read_text("utf-8"))
    assert rows
    for file, seed, figures in rows:
        result = json.loads((ROOT / file).read_text("utf-8"))
        counts = [result["counts"][end] for end in ("answered", "answered and told", "told", "lost", "twice")]
        assert int(seed) == result["seed"]
        assert [int(figure) for figure in figures.split("|")] == [result["kills"], result["updates"], *counts]


def test_the_figures_of_the_soak_are_those_of_its_file() -> None:
    rows = SOAKED.findall((ROOT / "docs/reliability.md").read_text("utf-8"))
    assert rows
    ends = ("answered", "answered and told", "told", "interrupted", "lost", "twice")
    for file, seed, figures in rows:
        result = json.loads((ROOT / file).read_text("utf-8"))
        base, end = result["at rest"][0], result["at rest"][-1]
        megabytes = [round(one["resident kB"] / 1024) for one in (base, end)]
        held = [one[name] for name in ("tasks", "descriptors") for one in (base, end)]
        assert int(seed) == result["seed"]
        assert [int(figure) for figure in figures.split("|")] == [
            result["turns"],
            *(result["counts"][name] for name in ends),
            *megabytes,
            *held,
        ]


def test_the_score_of_the_dictations_is_that_of_its_file() -> None:
    result = json.loads(spoken_documents.RESULT.read_text("utf-8"))
    page = spoken_documents.PAGE.read_text("utf-8")
    assert spoken_documents.BEGIN in page
    assert spoken_documents.with_table(page, result) == page


def _exists(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    linked = (page.parent / path).resolve() if path else page
    return linked.exists() and (not anchor or anchor in _anchors(linked))


def _anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text("utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _make_targets(page: str) -> Iterator[str]:
    """In code only: prose makes other things."""
    for command in [
        *CODE.findall(FENCED.sub("", page)),
        *(line for _, block in FENCED.findall(page) for line in block.splitlines()),
    ]:
        yield from re.findall(r"^(?:sudo -u \w+ )?make ([\w./-]+)", command)


def _is_there(path: str, name: str | None) -> bool:
    file = ROOT / path
    if not file.exists():
        return False
    return name is None or name in set(_names(ast.parse(file.read_text("utf-8")).body))


def _names(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Functions, classes with what is in them, and what is assigned at the top."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.ClassDef(name=name, body=inner):
                yield prefix + name
                yield from _names(inner, f"{prefix}{name}.")
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name
