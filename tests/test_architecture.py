"""Imports point down: a part may use the rows below its own, not its neighbours. Change the map with the code."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

ROWS = (
    ("bot", "self_check"),
    ("handlers", "updates"),
    ("services",),
    ("presses",),
    ("voice_assistant",),
    ("conversation", "preferences"),
    ("exchange",),
    ("asking", "history", "open_turns", "turn_calls"),
    ("model",),
    ("line", "turn"),
    ("hearing",),
    ("waiting_photos",),
    ("dialling", "question"),
    ("functions",),
    ("paperwork",),
    ("function_calls", "mcp_connection"),
    ("function_registry",),
    ("mcp_servers",),
    ("function_files", "function_work"),
    ("function_results",),
    ("function_declarations", "context", "project_card"),
    ("archive", "mail", "project"),
    ("kept_files",),
    ("gemini_live_session", "provider_loading"),
    ("documents",),
    ("gemini_wire",),
    ("dictation",),
    ("norms",),
    ("audio", "pictures", "prompts", "russian", "storage"),
    ("usage", "loop_lag", "memory", "message_effects", "workshop"),
    ("client", "effects", "live_session"),
    ("tasks",),
    ("settings", "logs", "tls"),
    ("errors",),
)
BELOW = {part: {low for row in ROWS[number + 1 :] for low in row} for number, row in enumerate(ROWS) for part in row}
SETTINGS_READERS = {"bot", "services"}
AT_HOME = {
    "telegram": {"bot", "handlers", "updates"},
    "google": {"gemini_live_session", "gemini_wire"},
    "av": {"audio"},
    "ffmpeg": {"audio"},
    "pydub": {"audio"},
    "PIL": {"pictures", "self_check"},
    "pypdfium2": {"pictures"},
    "docx": {"documents"},
    "docxtpl": {"documents"},
    "typst": {"documents"},
    "openpyxl": {"documents"},
    "pymorphy3": {"russian"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "mcp": {"mcp_connection"},
    "httpx2": {"mcp_connection"},
    "aiosmtplib": {"mail"},
    "aiosqlite": {"storage"},
    "asyncpg": {"storage"},
}
"""Libraries that only these parts may know."""
MOST_LINES = 350


def _files(part: str) -> list[Path]:
    return [file for file in (ROOT / f"{part}.py", *(ROOT / part).rglob("*.py")) if file.is_file()]


def _imported(file: Path, *, main_block: bool = False) -> Iterator[str]:
    tree = ast.parse(file.read_text("utf-8"))
    body = tree.body if main_block else [node for node in tree.body if not _is_main_block(node)]
    for node in (inner for top in body for inner in ast.walk(top)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _is_main_block(node: ast.stmt) -> bool:
    """`if __name__ == "__main__":` is a program of its own and stands outside of the map."""
    return isinstance(node, ast.If) and "__main__" in ast.dump(node.test)


@cache
def _uses(part: str) -> frozenset[str]:
    return frozenset(name for file in _files(part) for name in _imported(file))


@pytest.mark.parametrize("part", BELOW)
def test_imports_point_downwards(part: str) -> None:
    assert _files(part), f"{part} is on the map but not in the tree"
    assert _uses(part) & BELOW.keys() <= BELOW[part] | {part}


def test_every_part_of_the_tree_is_on_the_map() -> None:
    outside = {"emulators", "tests", "benchmarks", "docs", "migrations"}
    folders = {path.parent.name for path in ROOT.glob("[!.]*/*.py")}  # `functions` has no __init__.py
    assert {path.stem for path in ROOT.glob("*.py")} | folders - outside == BELOW.keys()


@pytest.mark.parametrize("library", AT_HOME)
def test_a_library_is_known_to_its_part_only(library: str) -> None:
    assert {part for part in BELOW if library in _uses(part)} <= AT_HOME[library]


def test_settings_are_read_in_one_place() -> None:
    assert {part for part in BELOW if "settings" in _uses(part)} <= SETTINGS_READERS


def test_the_emulators_import_nothing_of_ours() -> None:
    used = {name for file in (ROOT / "emulators").rglob("*.py") for name in _imported(file, main_block=True)}
    assert not used & BELOW.keys()


def test_no_file_is_too_long_to_be_read_at_a_sitting() -> None:
    lines = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in _ours()}
    assert len(lines) > len(BELOW)
    assert {name: length for name, length in lines.items() if length > MOST_LINES} == {}


def _ours() -> list[Path]:
    """Every Python file of the tree, tests and tools included."""
    return [
        file for file in ROOT.rglob("*.py") if not any(part.startswith(".") for part in file.relative_to(ROOT).parts)
    ]
