"""PDF (PDF/A-2b) with typst: the sheet goes in as data, so nothing that a person said is read as markup."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from documents.sheet import BLANKS, Filled, Sheet, above
from documents.words import Line
from errors import DocumentError, TemplateBroken
from prompts.texts import text

if TYPE_CHECKING:
    from typst import Compiler

FONTS = Path(__file__).with_name("fonts")
TEMPLATE = Path(__file__).with_name("templates") / "page.typ"
NO_GLYPH = "\u25a1"
_LONG_WORD = re.compile(r"\S{45,}")
_BREAK_EVERY = 30
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class PdfMaker:
    """Keeps the compiler with its fonts; one document at a time, which is how typst works anyway."""

    def __init__(self, template: Path = TEMPLATE) -> None:
        self._template = template
        self._compiler: Compiler | None = None
        self._lock = Lock()

    def make(self, sheet: Sheet, made_at: datetime | None = None) -> bytes:
        """Raises `TemplateBroken` when the template does not compile, and for any warning of it."""
        import typst

        data = json.dumps(as_data(sheet), ensure_ascii=False)
        try:
            with self._lock:
                compiler = self._compiler or self._open()
                pdf, warnings = compiler.compile_with_warnings(
                    format="pdf", sys_inputs={"sheet": data}, pdf_standards="a-2b", timestamp=made_at or _LONG_AGO
                )
        except (typst.TypstError, RuntimeError, OSError) as error:
            where = getattr(error, "message", type(error).__name__)
            raise TemplateBroken(f"typst: {where}", file=self._template.name, what=str(where)) from None
        if warnings or not isinstance(pdf, bytes):
            what = "; ".join(warning.message for warning in warnings)
            raise TemplateBroken(f"typst warns: {what}", file=self._template.name, what=what)
        return pdf

    def _open(self) -> "Compiler":
        import typst

        if not self._template.is_file():
            raise DocumentError(f"no template {self._template.name}")
        self._compiler = typst.Compiler(str(self._template), font_paths=[str(FONTS)], ignore_system_fonts=True)
        return self._compiler


def as_data(sheet: Sheet) -> dict[str, Any]:
    """What the template reads."""
    return {
        "title": shown(sheet.title),
        "form": sheet.kind.form,
        "paper": sheet.kind.paper,
        "draft": text("document.page.draft") if sheet.draft else "",
        "mark": text("document.page.draft_mark"),
        "page": text("document.page.page", page="{page}", pages="{pages}"),
        "blocks": [_block(filled, sheet) for filled in sheet.blocks],
        "notes": [shown(note) for note in sheet.notes] if sheet.draft else [],
        "notes_title": text("document.page.notes"),
    }


def _block(filled: Filled, sheet: Sheet) -> dict[str, Any]:
    block = filled.block
    rows: list[dict[str, Any]] = [{key: _lines(lines) for key, lines in row.cells.items()} for row in filled.rows]
    totals = rows[len(rows) - len(block.totals) :] if block.totals else []
    if block.type == "codes":
        parts = zip(rows, block.codes, strict=True)
        rows = [{**row, "ruled": bool(code.value), "caption": code.caption} for row, code in parts]
    columns: list[dict[str, Any]] = [column.model_dump() for column in block.columns]
    columns += [{"key": box.value, "title": box.title, "width": box.width, "group": box.group} for box in block.boxes]
    return {
        "type": block.type,
        "name": block.name,
        "label": block.label,
        "caption": block.caption,
        "lines": _lines(filled.lines),
        "rows": rows[: len(rows) - len(totals)],
        "totals": totals,
        "empty": block.empty_rows if block.type == "table" else block.lines,
        "columns": columns,
        "numbered_columns": block.numbered_columns,
        "heading": list(block.heading),
        "above": [shown(line) for line in above(block, sheet)],
        "under": block.under,
        "text": block.text,
        "new_page": block.new_page,
        "label_width": block.label_width,
        "value_width": block.value_width,
        "after": block.after,
        "indent": block.indent,
        "blank": BLANKS.get("full_date" if block.type == "number_date" else block.as_, ""),
        "stamp": block.stamp,
        "pictures": [list(picture) for picture in filled.pictures],
    }


def _lines(lines: list[Line]) -> list[list[tuple[str, int]]]:
    return [[(shown(run.text), run.mark) for run in line] for line in lines]


def shown(words: str) -> str:
    """What the font has; a character that it lacks (an emoji) is an empty square, and a very long word may break."""
    has = _coverage()
    words = "".join(letter if has(letter) else NO_GLYPH for letter in words)
    return _LONG_WORD.sub(_breakable, words)


def _breakable(found: re.Match[str]) -> str:
    word = found[0]
    return "\u200b".join(word[place : place + _BREAK_EVERY] for place in range(0, len(word), _BREAK_EVERY))


@cache
def _coverage() -> Callable[[str], bool]:
    """Of every cut of the bundled font; `coverage.txt` is made with the templates."""
    known = {"\n"}
    for line in (FONTS / "coverage.txt").read_text("ascii").split():
        first, _, last = line.partition("-")
        known.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return known.__contains__
