"""Pieces that DOCX templates are made of: paragraphs of a style, places to fill on a rule, boxes, fields."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from documents.kinds import Box, Column

if TYPE_CHECKING:
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

LABEL, VALUE, CAPTION, CELL, HEAD = "Подпись графы", "Значение", "Пояснение", "Ячейка", "Головка"
UPRIGHT = "Значение прямое"
_BEHIND_BORDERS = ("w:shd", "w:noWrap", "w:tcMar", "w:textDirection", "w:tcFitText", "w:vAlign", "w:hideMark")
_BEHIND_INDENT = ("w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
"""The standard gives parts of a cell and of a table an order, which Word may insist on."""
ALIGN = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}


def fill(
    paragraph: "Paragraph",
    words: str,
    style: str,
    *,
    align: str = "left",
    bold: bool = False,
    kept: bool = False,
    after: float = 0,
) -> "Paragraph":
    paragraph.style = style
    paragraph.alignment = ALIGN[align]
    paragraph.paragraph_format.keep_with_next = kept or None
    paragraph.paragraph_format.space_after = Pt(after) if after else None
    run = paragraph.add_run(words)
    run.bold = bold or None
    return paragraph


def value(
    cell: "_Cell", words: str, *, align: str = "left", kept: bool = False, height: float = 5, style: str = VALUE
) -> None:
    """A place on a rule, high enough to write in by hand."""
    fill(cell.paragraphs[0], words, style, align=align, kept=kept)
    cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
    borders(cell, ("bottom",))
    properties = cell._tc.getparent().get_or_add_trPr()
    if properties.find(qn("w:trHeight")) is None:
        put(properties, "w:trHeight", val=str(int(height * 56.7)), hRule="atLeast")


def boxed(cells: "Sequence[_Cell]", words: str) -> None:
    """In a frame; of several cells, one under the other, it becomes one."""
    for cell in cells:
        borders(cell, ("top", "left", "bottom", "right"))
    box = cells[0].merge(cells[-1])
    fill(box.paragraphs[0], words, CELL, align="center")
    box.vertical_alignment = WD_ALIGN_VERTICAL.CENTER


def borders(cell: "_Cell", sides: tuple[str, ...]) -> None:
    borders = OxmlElement("w:tcBorders")
    for side in sides:
        put(borders, f"w:{side}", val="single", sz="4", space="0", color="000000")
    cell._tc.get_or_add_tcPr().insert_element_before(borders, *_BEHIND_BORDERS)


def margins(table: "Table", side: float, above: float) -> None:
    """Around the words of each cell; the table's edge stands under the edge of the text, not outside of it."""
    margins, width, height = OxmlElement("w:tblCellMar"), str(int(side * 56.7)), str(int(above * 56.7))
    for name, given in (("top", height), ("left", width), ("bottom", height), ("right", width)):
        put(margins, f"w:{name}", w=given, type="dxa")
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")
    indent = OxmlElement("w:tblInd")
    for key, given in (("w", width), ("type", "dxa")):
        indent.set(qn(f"w:{key}"), given)
    table._tbl.tblPr.insert_element_before(indent, *_BEHIND_INDENT)


def put(parent: Any, name: str, **attributes: str) -> None:
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    parent.append(element)


def field(paragraph: "Paragraph", code: str) -> None:
    for kind in ("begin", "", "end"):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = code
        paragraph.add_run()._r.append(element)


def depth(columns: Sequence[Box | Column]) -> int:
    """Rows that the titles of the columns take."""
    return 2 if any(column.group for column in columns) else 1


def titles(table: "Table", columns: Sequence[Box | Column]) -> None:
    """Of columns; those of a group stand under its title."""
    for place, column in enumerate(columns):
        first = table.cell(0, place)
        if column.group and (place == 0 or columns[place - 1].group != column.group):
            among = [at for at, other in enumerate(columns) if other.group == column.group]
            title(first.merge(table.cell(0, among[-1])), column.group)
        if column.group:
            first = table.cell(1, place)
        elif depth(columns) > 1:
            first = first.merge(table.cell(1, place))
        title(first, column.title)


def title(cell: "_Cell", words: str) -> None:
    fill(cell.paragraphs[0], words, HEAD, align="center", kept=True)
    cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
