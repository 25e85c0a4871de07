"""What Word and LibreOffice make of a DOCX: properties in the order of the standard, long texts over pages."""

from io import BytesIO

import pytest
from docx import Document

from documents.docx_template import FOLDER
from documents.draft import Draft
from documents.rendering import open_renderer
from tests.documents.samples import ACT

TABLE = "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd"
TABLE += " tblBorders shd tblLayout tblCellMar tblLook"
CELL = "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark"


@pytest.mark.parametrize("template", sorted(FOLDER.glob("*.docx")), ids=lambda path: path.stem)
def test_properties_stand_in_their_order(template: object) -> None:
    body = Document(str(template)).element.body
    for parent, order in (("tblPr", TABLE.split()), ("tcPr", CELL.split())):
        for properties in body.iter(f"{{{body.nsmap['w']}}}{parent}"):
            names = [child.tag.rpartition("}")[2] for child in properties]
            assert names == sorted(names, key=order.index)


@pytest.mark.parametrize(("letters", "stays"), [(200, True), (20_000, False)])
def test_a_long_text_may_break_over_pages_and_a_short_one_stays_with_its_explanation(letters: int, stays: bool) -> None:
    words = ("узлы приняты " * 2_000)[:letters].strip()
    with open_renderer() as renderer:
        docx = next(
            made for made in renderer.made(Draft.of("aosr", {**ACT, "additional_info": words})) if ".docx" in made.name
        )
    cells = (cell for table in Document(BytesIO(docx.content)).tables for row in table.rows for cell in row.cells)
    [paragraph] = [one for cell in cells for one in cell.paragraphs if one.text == words]
    assert bool(paragraph.paragraph_format.keep_with_next) is stays


@pytest.mark.parametrize("count", [1, 2, 5])
def test_only_the_last_rows_of_a_table_stay_with_the_totals(count: int) -> None:
    rows = [{"name": f"Работа {place}", "unit": "м", "quantity": "1", "unit_price": "1"} for place in range(count)]
    with open_renderer() as renderer:
        [docx] = renderer.made(Draft.of("ks2", {"rows": rows}), ["docx"])
    kept = {
        row.cells[2].text: bool(row.cells[2].paragraphs[0].paragraph_format.keep_with_next)
        for table in Document(BytesIO(docx.content)).tables
        for row in table.rows
        if len(row.cells) == 8
    }
    assert kept["3"], "the head stays with the first row"
    assert [kept[f"Работа {place}"] for place in range(count)] == [place >= count - 2 for place in range(count)]
