"""The parts of a table and of a cell stand in the order of the standard, which Word may insist on."""

import pytest
from docx import Document

from documents.docx_template import FOLDER

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
