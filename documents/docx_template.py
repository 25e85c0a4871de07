"""Makes the DOCX template of a kind from its file: `python -m documents.docx_template` writes them all anew.

The template is an ordinary document with the words of the form in it, which can be opened and edited in Word or
LibreOffice; docxtpl fills the places. A kind without a shipped template gets one made on the fly.
"""

import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from documents.docx_parts import (
    ALIGN,
    CAPTION,
    CELL,
    HEAD,
    LABEL,
    UPRIGHT,
    VALUE,
    boxed,
    depth,
    field,
    fill,
    margins,
    put,
    title,
    titles,
    value,
)
from documents.kinds import Block, Kind, kinds

if TYPE_CHECKING:
    from docx.document import Document as Doc
    from docx.table import Table
    from docx.text.paragraph import Paragraph

FOLDER = Path(__file__).with_name("templates")
FONT = "Times New Roman"
GAP = Mm(1.5)
"""Between a label at the right and what it is for."""
RED = RGBColor(0xA0, 0, 0)
_LONG_AGO = datetime(2000, 1, 1)  # noqa: DTZ001 - python-docx takes naive times
_ZIP_TIME = (2000, 1, 1, 0, 0, 0)


def template_of(kind: Kind) -> bytes:
    """The same bytes every time."""
    maker = _Maker(kind)
    for place, block in enumerate(kind.blocks):
        follows = kind.blocks[place + 1].type if place + 1 < len(kind.blocks) else ""
        maker.add(block, kept=follows in ("signatures", "people"))
    return maker.finished()


class _Maker:
    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._doc: Doc = Document()
        self._doc.core_properties.author = ""
        self._doc.core_properties.title = kind.title
        self._doc.core_properties.created = self._doc.core_properties.modified = _LONG_AGO
        self._styles()
        self._width = self._page()
        if kind.form:
            form = self._words(kind.form, CAPTION, align="right", after=3)
            form.paragraph_format.left_indent = Mm(self._width - (92 if kind.paper == "portrait" else 120))

    def add(self, block: Block, *, kept: bool) -> None:
        """`kept`: what follows are signatures, and this must stand on their page."""
        if block.when:
            self._words(f"{{%p if {block.name} %}}")
        draw = getattr(self, f"_{block.type}")
        if block.type in ("line", "inline", "table", "people"):
            draw(block, kept=kept)
        else:
            draw(block)
        if block.when:
            self._words("{%p endif %}")

    def finished(self) -> bytes:
        self._words("{%p if notes %}")
        self._words("{{ notes_title }}", LABEL, bold=True, kept=True).paragraph_format.space_before = Pt(14)
        self._words("{%p for note in notes %}")
        self._words("{{ note }}", CELL)
        self._words("{%p endfor %}")
        self._words("{%p endif %}")
        raw, packed = BytesIO(), BytesIO()
        self._doc.save(raw)
        with zipfile.ZipFile(raw) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
            for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
                info = zipfile.ZipInfo(name, _ZIP_TIME)
                info.compress_type = zipfile.ZIP_DEFLATED
                target.writestr(info, source.read(name))
        return packed.getvalue()

    def _styles(self) -> None:
        normal = self._doc.styles["Normal"]
        normal.font.name, normal.font.size = FONT, Pt(10.5)
        fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
        for place in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(place), FONT)
        normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
        normal.paragraph_format.line_spacing = 1.0
        for name, size, before in (
            (LABEL, 10.5, 5),
            (VALUE, 10.5, 0),
            (UPRIGHT, 10.5, 0),
            (CAPTION, 7, 1),
            (CELL, 9.5, 0),
            (HEAD, 8.5, 0),
        ):
            style = self._doc.styles.add_style(name, 1)
            style.base_style, style.font.size = normal, Pt(size)
            style.paragraph_format.space_before = Pt(before)
        self._doc.styles[VALUE].font.italic = True

    def _page(self) -> float:
        section = self._doc.sections[0]
        landscape = self._kind.paper == "landscape"
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (Mm(297), Mm(210)) if landscape else (Mm(210), Mm(297))
        right, upright = (15, 13) if landscape else (12, 17)
        section.left_margin, section.right_margin = Mm(20), Mm(right)
        section.top_margin = section.bottom_margin = Mm(upright)
        section.header_distance = section.footer_distance = Mm(6)
        width = (297 if landscape else 210) - 20 - right
        header = section.header.paragraphs[0]
        header.alignment = ALIGN["center"]
        run = header.add_run("{{ draft_words }}")
        run.bold, run.font.size, run.font.color.rgb = True, Pt(8), RED
        footer = section.footer.paragraphs[0]
        footer.style = HEAD
        footer.paragraph_format.tab_stops.add_tab_stop(Mm(width), 2)
        for words in ("{{ title }}\tСтраница ", "PAGE", " из ", "NUMPAGES"):
            if words.isupper():
                field(footer, words)
            else:
                footer.add_run(words)
        return width

    def _words(
        self,
        words: str,
        style: str = VALUE,
        *,
        align: str = "left",
        bold: bool = False,
        kept: bool = False,
        after: float = 0,
    ) -> "Paragraph":
        return fill(self._doc.add_paragraph(), words, style, align=align, bold=bold, kept=kept, after=after)

    def _gap(self, height: float = 4, *, kept: bool = False) -> None:
        """Points between two tables, which Word would join."""
        empty = self._words("", CAPTION, kept=kept).paragraph_format
        empty.space_before, empty.line_spacing = Pt(0), Pt(height)

    def _grid(self, rows: int, widths: list[float], *, lined: bool = False, wide: bool = True) -> "Table":
        """Widths in mm; those of a lined one are shares of the page's width if it is to be as wide."""
        table: Table = self._doc.add_table(rows, len(widths))
        table.autofit = False
        table.alignment = WD_TABLE_ALIGNMENT.LEFT
        if lined:
            table.style = "Table Grid"
        margins(table, 1.2 if lined else 0, 0.45 if lined else 0)
        scale = self._width / sum(widths) if lined and wide else 1
        for place, width in enumerate(widths):
            for cell in table.columns[place].cells:
                cell.width = Mm(width * scale)
            table.columns[place].width = Mm(width * scale)
        return table

    def _text(self, block: Block) -> None:
        self._words(block.text, LABEL, kept=True)

    def _heading(self, block: Block) -> None:
        for place, words in enumerate(block.heading):
            paragraph = self._words(words, LABEL, align="center", bold=True, kept=True)
            paragraph.paragraph_format.space_before = Pt(7 if place == 0 else 0)
            paragraph.runs[0].font.size = Pt(13 if place == 0 else 11.5)
        if block.under:
            self._words(block.under, LABEL, align="center").paragraph_format.space_before = Pt(0)
        self._gap(kept=True)

    def _number_date(self, block: Block) -> None:
        table = self._grid(2 if block.caption else 1, [7, 48, self._width - 117, 62])
        fill(table.cell(0, 0).paragraphs[0], "№", LABEL)
        value(table.cell(0, 1), f"{{{{r {block.name}.number }}}}", align="center")
        value(table.cell(0, 3), f"{{{{r {block.name}.date }}}}", align="center")
        if block.caption:
            fill(table.cell(1, 3).paragraphs[0], block.caption, CAPTION, align="center")
        self._gap()

    def _line(self, block: Block, *, kept: bool) -> None:
        self._words(block.label, LABEL, kept=True)
        table = self._grid(3, [self._width])
        fill(table.cell(0, 0).paragraphs[0], f"{{%tr for line in {block.name} %}}", VALUE)
        value(table.cell(1, 0), "{{r line }}", kept=True)
        fill(table.cell(2, 0).paragraphs[0], "{%tr endfor %}", VALUE)
        if block.caption:
            self._words(block.caption, CAPTION, align="center", kept=kept)
        else:
            self._gap(kept=kept)

    def _inline(self, block: Block, *, kept: bool) -> None:
        after = block.after
        room = block.value_width or self._width - block.label_width
        widths = [block.label_width, room] + ([self._width - block.label_width - room] if after else [])
        table = self._grid(1, widths)
        label = fill(table.cell(0, 0).paragraphs[0], block.label, LABEL, kept=kept)
        label.alignment = ALIGN["right" if block.indent else "left"]
        label.paragraph_format.right_indent = GAP if block.indent else None
        value(table.cell(0, 1), f"{{{{r {block.name} }}}}", align="center" if block.value_width else "left", kept=kept)
        if after:
            fill(table.cell(0, 2).paragraphs[0], f" {after}", LABEL)
        for cell in table.row_cells(0):
            cell.vertical_alignment = WD_ALIGN_VERTICAL.TOP
            cell.paragraphs[0].paragraph_format.space_before = Pt(4)
        self._gap(3, kept=kept)

    def _table(self, block: Block, *, kept: bool) -> None:
        for place, _ in enumerate(block.above):
            first = self._words(f"{{{{ {block.name}_above[{place}] }}}}", CELL, align="right")
            first.paragraph_format.page_break_before = block.new_page and place == 0
        if block.above:
            for words in block.heading:
                self._words(words, LABEL, align="center", bold=True, kept=True)
        self._gap(kept=True)
        heads = depth(block.columns) + block.numbered_columns
        table = self._grid(heads + 3, [column.width for column in block.columns], lined=True)
        titles(table, block.columns)
        for place, column in enumerate(block.columns):
            if block.numbered_columns:
                title(table.cell(heads - 1, place), str(place + 1))
            fill(
                table.cell(heads + 1, place).paragraphs[0],
                f"{{{{r row.{column.key} }}}}",
                CELL,
                align=column.align,
                kept=kept,
            )
        for row in table.rows[:heads]:
            put(row._tr.get_or_add_trPr(), "w:tblHeader")
        for row in table.rows:
            put(row._tr.get_or_add_trPr(), "w:cantSplit")
        fill(table.cell(heads, 0).paragraphs[0], f"{{%tr for row in {block.name} %}}", CELL)
        fill(table.cell(heads + 2, 0).paragraphs[0], "{%tr endfor %}", CELL)
        for place, total in enumerate(block.totals):
            cells = table.add_row().cells  # type: ignore[no-untyped-call]
            fill(cells[0].merge(cells[-2]).paragraphs[0], total.title, CELL, align="right", kept=kept)
            fill(cells[-1].paragraphs[0], f"{{{{r {block.name}_totals[{place}] }}}}", CELL, align="right", kept=kept)
        self._gap(kept=kept)

    def _photos(self, block: Block) -> None:
        for place, _ in enumerate(block.above):
            first = self._words(f"{{{{ {block.name}_above[{place}] }}}}", CELL, align="right")
            first.paragraph_format.page_break_before = place == 0 or None
        for words in block.heading:
            self._words(words, LABEL, align="center", bold=True, kept=True)
        self._words(f"{{%p for photo in {block.name} %}}")
        self._words("{{ photo.image }}", CELL, align="center", kept=True).paragraph_format.space_before = Pt(8)
        self._words("{{r photo.marked_caption }}", CELL, align="center", after=4)
        self._words("{%p endfor %}")

    def _signatures(self, block: Block) -> None:
        self._words(f"{{%p for signer in {block.name} %}}")
        label = self._words("{{ signer.label }}", LABEL, kept=True)
        label.paragraph_format.space_before = Pt(9)
        table = self._grid(2, [self._width - 63, 8, 55])
        value(table.cell(0, 0), "{{r signer.name }}", align="center", kept=True, height=7, style=UPRIGHT)
        value(table.cell(0, 2), "", kept=True)
        fill(table.cell(1, 0).paragraphs[0], "(фамилия, инициалы)", CAPTION, align="center", kept=True)
        fill(table.cell(1, 2).paragraphs[0], "(подпись)", CAPTION, align="center", kept=True)
        self._words("{%p if not loop.last %}")
        self._gap(kept=True)
        self._words("{%p else %}")
        self._gap()
        self._words("{%p endif %}")
        self._words("{%p endfor %}")

    def _people(self, block: Block, *, kept: bool) -> None:
        self._gap(6, kept=True)
        if block.label:
            self._words(f"{{%p if {block.name}|length > 1 %}}")
            self._words(block.label, LABEL, kept=True)
            self._words("{%p endif %}")
        self._words(f"{{%p for one in {block.name} %}}")
        wide = (self._width - 48 - 35 - 12) / 2
        table = self._grid(2, [48, wide, 6, 35, 6, wide])
        fill(table.cell(0, 0).paragraphs[0], "{{r one.marked_role }}", LABEL, kept=True)
        table.cell(0, 0).vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
        for place, words in ((1, "{{r one.position }}"), (3, ""), (5, "{{r one.name }}")):
            value(table.cell(0, place), words, align="center", kept=True, height=7, style=UPRIGHT)
        for place, words in ((1, "(должность)"), (3, "(подпись)"), (5, block.caption or "(фамилия, инициалы)")):
            fill(table.cell(1, place).paragraphs[0], words, CAPTION, align="center", kept=True)
        if block.stamp:
            fill(table.cell(1, 0).paragraphs[0], "М.П. (при наличии)", HEAD, kept=True)
        self._gap(kept=kept)
        self._words("{%p endfor %}")

    def _codes(self, block: Block) -> None:
        rows = 1 + sum(2 if code.caption else 1 for code in block.codes)
        table = self._grid(rows, [46, self._width - 142, 62, 34])
        boxed([table.cell(0, 3)], "Код")
        for at in range(3):
            table.cell(0, at).paragraphs[0].style = CELL
        row = 1
        for place, code in enumerate(block.codes):
            fill(table.cell(row, 0).paragraphs[0], code.label, CELL)
            if code.value:
                value(table.cell(row, 1), f"{{{{r {block.name}[{place}].value }}}}", style=CELL, height=4)
            told = fill(table.cell(row, 2).paragraphs[0], code.code_label, CELL, align="right")
            told.paragraph_format.right_indent = GAP
            for cell in table.row_cells(row):
                cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
            boxes = [table.cell(row, 3)]
            if code.caption:
                row += 1
                for at, words in enumerate(("", code.caption, "")):
                    fill(table.cell(row, at).paragraphs[0], words, CAPTION, align="center")
                boxes.append(table.cell(row, 3))
            boxed(boxes, f"{{{{r {block.name}[{place}].code }}}}")
            row += 1

    def _boxes(self, block: Block) -> None:
        heads = depth(block.boxes)
        table = self._grid(heads + 1, [box.width for box in block.boxes], lined=True, wide=False)
        table.alignment = WD_TABLE_ALIGNMENT.RIGHT
        titles(table, block.boxes)
        for place, _ in enumerate(block.boxes):
            fill(table.cell(heads, place).paragraphs[0], f"{{{{r {block.name}[{place}] }}}}", CELL, align="center")
        self._gap(1)


if __name__ == "__main__":
    for one in kinds().values():
        (FOLDER / f"{one.type}.docx").write_bytes(template_of(one))
