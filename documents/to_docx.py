"""DOCX with docxtpl: a template that people edit in Word or LibreOffice, filled with the same sheet as the PDF."""

from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from documents.kinds import Kind
from documents.sheet import BLANKS, Filled, Sheet, above
from documents.words import Line, plain
from errors import TemplateBroken
from prompts.texts import text

if TYPE_CHECKING:
    from docxtpl import DocxTemplate
    from jinja2 import Environment, Template

FOLDER = Path(__file__).with_name("templates")
DOUBTFUL = "#FFE9A8"
MOST_PARTS = 100
"""Bodies, headers and footers that are kept ready: three of each template."""
LONG = 1_600
"""Letters of a line that may run over the end of a page, as in `page.typ`."""
KEPT_ROWS = 2
"""Rows of a table that stay on the page of its totals and of the signatures under it, as in `page.typ`."""
PHOTO_WIDTH, PHOTO_HEIGHT = 150, 100
"""Millimetres at most."""


class DocxMaker:
    """Templates of the operator's folder come before the shipped ones; they are read anew when they change."""

    def __init__(self, operators: Path | None = None) -> None:
        self._folders = (operators, FOLDER) if operators else (FOLDER,)
        self._known: dict[Path, tuple[int, bytes]] = {}
        self._made: dict[str, bytes] = {}

    def make(self, sheet: Sheet) -> bytes:
        """Raises `TemplateBroken` with the file's name and what is wrong in it."""
        from jinja2 import TemplateError

        name = f"{sheet.kind.type}.docx"
        target = BytesIO()
        try:
            template = self._opened(BytesIO(self._template(sheet.kind)))
            template.render(context_of(sheet, template), jinja_env=self._environment, autoescape=True)
            template.docx.core_properties.title = sheet.title
            if any(len(plain(line)) > LONG for filled in sheet.blocks for line in filled.lines):
                _let_break(template.docx.element.body)
            _keep_last_rows(template.docx.element.body)
            template.save(target)
        except TemplateError as error:
            raise TemplateBroken(f"{name}: {error}", file=name, what=str(error)) from None
        except Exception as error:  # a file that people edit: docxtpl lets everything through that zip and lxml raise
            raise TemplateBroken(f"{name}: {type(error).__name__}", file=name, what=type(error).__name__) from error
        return target.getvalue()

    def _template(self, kind: Kind) -> bytes:
        for folder in self._folders:
            file = folder / f"{kind.type}.docx"
            if file.is_file():
                changed = file.stat().st_mtime_ns
                if self._known.get(file, (0, b""))[0] != changed:
                    self._known[file] = (changed, file.read_bytes())
                return self._known[file][1]
        if kind.type not in self._made:
            from documents.docx_template import template_of

            self._made[kind.type] = template_of(kind)
        return self._made[kind.type]

    @cached_property
    def _opened(self) -> "type[DocxTemplate]":
        """docxtpl that mends the XML of a template once: that takes a third of a document's time."""
        from docxtpl import DocxTemplate

        class Mending(DocxTemplate):  # type: ignore[misc]
            def patch_xml(self, source: str) -> str:
                if source not in mended:
                    if len(mended) > MOST_PARTS:
                        mended.clear()
                    mended[source] = super().patch_xml(source)
                return mended[source]

        mended: dict[str, str] = {}
        return Mending

    @cached_property
    def _environment(self) -> "Environment":
        """Compiles a template once; a place that nothing fills is an error, not an empty place."""
        from jinja2 import StrictUndefined
        from jinja2.sandbox import SandboxedEnvironment

        class Remembering(SandboxedEnvironment):
            def from_string(self, source: Any, *args: Any, **more: Any) -> "Template":
                if source not in compiled:
                    if len(compiled) > MOST_PARTS:
                        compiled.clear()
                    compiled[source] = super().from_string(source, *args, **more)
                return compiled[source]

        compiled: dict[Any, Template] = {}
        return Remembering(autoescape=True, undefined=StrictUndefined)


def _let_break(body: Any) -> None:
    """LibreOffice moves the whole of a long text to the next page when it is to stay with what follows."""
    from docx.oxml.ns import qn

    for paragraph in body.iter(qn("w:p")):
        if sum(len(one.text or "") for one in paragraph.iter(qn("w:t"))) > LONG:
            for mark in list(paragraph.iter(qn("w:keepNext"))):
                mark.getparent().remove(mark)


def _keep_last_rows(body: Any) -> None:
    """Of a table over the signatures only the last rows stay with them; the template has one row for all."""
    from docx.oxml.ns import qn

    for table in body.iter(qn("w:tbl")):
        if table.find(f".//{qn('w:tblHeader')}") is None:
            continue
        rows = [row for row in table.tr_lst if next(row.iter(qn("w:tblHeader"), qn("w:gridSpan")), None) is None]
        for row in rows[:-KEPT_ROWS]:
            for mark in list(row.iter(qn("w:keepNext"))):
                mark.getparent().remove(mark)


def context_of(sheet: Sheet, template: "DocxTemplate") -> dict[str, Any]:
    """What a template may name: the blocks of the kind, and what stands on every page."""
    context: dict[str, Any] = {block.name: [] for block in sheet.kind.blocks}
    for filled in sheet.blocks:
        context.update(_photos(filled, sheet, template) if filled.pictures else _block(filled, sheet))
    return context | {
        "title": sheet.title,
        "draft": sheet.draft,
        "draft_words": text("document.page.draft") if sheet.draft else "",
        "notes": list(sheet.notes) if sheet.draft else [],
        "notes_title": text("document.page.notes"),
    }


def _block(filled: Filled, sheet: Sheet) -> dict[str, Any]:
    block, rows = filled.block, filled.rows
    match block.type:
        case "line":
            return {block.name: [rich([line]) for line in filled.lines] or [rich([])] * block.lines}
        case "inline":
            return {block.name: rich(filled.lines, BLANKS.get(block.as_, " "))}
        case "number_date":
            cells = rows[0].cells
            return {block.name: {"number": rich(cells["number"]), "date": rich(cells["date"], BLANKS["full_date"])}}
        case "table":
            body = rows[: len(rows) - len(block.totals)]
            blank = [{column.key: rich([]) for column in block.columns}] * (0 if body else block.empty_rows)
            return {
                block.name: [{key: rich(lines) for key, lines in row.cells.items()} for row in body] + blank,
                f"{block.name}_totals": [rich(row.cells["total"]) for row in rows[len(body) :]],
                f"{block.name}_above": above(block, sheet),
            }
        case "signatures":
            return {block.name: [{"label": _plain(r.cells["label"]), "name": rich(r.cells["name"])} for r in rows]}
        case "people":
            return {
                block.name: [
                    {
                        "role": _plain(row.cells["role"]),
                        "marked_role": rich(row.cells["role"]),
                        "position": rich(row.cells["position"]),
                        "name": rich(row.cells["name"]),
                    }
                    for row in rows
                ]
            }
        case "codes":
            return {block.name: [{key: rich(row.cells[key]) for key in ("value", "code")} for row in rows]}
        case "boxes":
            return {block.name: [rich(lines) for lines in rows[0].cells.values()]}
    return {}


def _photos(filled: Filled, sheet: Sheet, template: "DocxTemplate") -> dict[str, Any]:
    block = filled.block
    shown = [
        {
            "image": _image(picture, template),
            "caption": _plain(row.cells["caption"]),
            "marked_caption": rich(row.cells["caption"]),
        }
        for picture, row in zip(filled.pictures, filled.rows, strict=True)
    ]
    return {block.name: shown, f"{block.name}_above": above(block, sheet)}


def _image(picture: bytes, template: "DocxTemplate") -> Any:
    """As large as fits: two of them on a page."""
    from docx.image.image import Image
    from docx.shared import Mm
    from docxtpl import InlineImage

    read = Image.from_blob(picture)
    is_wide = read.px_width * PHOTO_HEIGHT >= read.px_height * PHOTO_WIDTH
    size = {"width": Mm(PHOTO_WIDTH)} if is_wide else {"height": Mm(PHOTO_HEIGHT)}
    return InlineImage(template, BytesIO(picture), **size)


def _plain(lines: list[Line]) -> str:
    """For the form's own words, and for templates that operators copied when the marked ones were not there."""
    return "\n".join(map(plain, lines))


def rich(lines: list[Line], blank: str = "") -> Any:
    """Text of a template with its doubtful places marked; the look is that of the template's paragraph."""
    from docxtpl import RichText

    made = RichText()
    for place, line in enumerate(lines):
        if place:
            made.add("\n")
        for run in line:
            if run.mark:
                made.add(run.text, highlight=DOUBTFUL)
                made.add(f"[{run.mark}]", superscript=True, bold=True)
            else:
                made.add(run.text)
    if not lines:
        made.add(blank)
    return made
