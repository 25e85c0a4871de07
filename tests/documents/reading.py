"""What the files say, read back with other libraries than those that made them."""

import re
from collections.abc import Iterator
from ctypes import POINTER, c_ushort, cast, create_string_buffer
from dataclasses import dataclass
from io import BytesIO

import pypdfium2
from docx import Document
from docx.oxml.ns import qn
from pypdfium2 import raw

from documents.draft import Draft
from documents.sheet import sheet_of
from documents.words import Line, plain


def squeezed(words: str) -> str:
    """Without spaces, breaks and marks of doubt: they fall where the page wants them."""
    return re.sub(r"[\s\u00a0\u200b\ufffe\u00ad]|\[\d+\]", "", words)


def pdf_text(content: bytes) -> str:
    pages = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def pdf_text_as_drawn(content: bytes) -> str:
    """In the order in which the words were drawn: those of cells side by side are not mixed line by line."""
    drawn: list[str] = []
    for page in pypdfium2.PdfDocument(content):
        read = page.get_textpage()
        for one in page.get_objects([raw.FPDF_PAGEOBJ_TEXT]):
            size = raw.FPDFTextObj_GetText(one, read, None, 0)
            letters = create_string_buffer(size)
            raw.FPDFTextObj_GetText(one, read, cast(letters, POINTER(c_ushort)), size)
            drawn.append(letters.raw.decode("utf-16-le").rstrip("\0"))
    return "\n".join(drawn)


def pdf_pages(content: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]


def docx_text(content: bytes) -> str:
    """Body, header and footer, in the order in which they stand."""
    document = Document(BytesIO(content))
    section = document.sections[0]
    parts = (document.element.body, section.header._element, section.footer._element)
    return "\n".join(text.text or "" for part in parts for text in part.iter(qn("w:t")))


def said(draft: Draft) -> list[str]:
    """Every value that the sheet of the draft holds, as printed."""
    lines: list[Line] = []
    for filled in sheet_of(draft).blocks:
        lines += filled.lines
        lines += [line for row in filled.rows for cell in row.cells.values() for line in cell]
    return [words for line in lines if (words := squeezed(plain(line)))]


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of a line of a page of PDF; millimetres from the left and from the bottom."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    def covers(self, other: "Words") -> bool:
        """Lines that stand close touch by their tails; a quarter of the height is more than that."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return width > 0.5 and height > 0.25 * min(self.top - self.bottom, other.top - other.bottom)

    def is_struck_by(self, rule: "Words") -> bool:
        """Through the body of the letters: not under them, where their tails are."""
        across = min(self.right, rule.right) - max(self.left, rule.left) > 0.5
        height = self.top - self.bottom
        return across and self.bottom + 0.3 * height < rule.bottom and rule.top < self.top


def pdf_words(content: bytes) -> list[list[Words]]:
    """Of each page, in the order in which they were drawn."""
    return [list(_words_of(page)) for page in pypdfium2.PdfDocument(content)]


def _words_of(page: pypdfium2.PdfPage) -> Iterator[Words]:
    read = page.get_textpage()
    for place in range(read.count_rects()):
        left, bottom, right, top = (side * 25.4 / 72 for side in read.get_rect(place))
        at = (side * 72 / 25.4 for side in (left, bottom, right, top))
        yield Words(read.get_text_bounded(*at), left, bottom, right, top)


def pdf_rules(content: bytes) -> list[list[Words]]:
    """The level lines of each page, as words without text."""
    drawn = _drawn(content, raw.FPDF_PAGEOBJ_PATH)
    return [[one for one in page if one.top - one.bottom < 1 < one.right - one.left] for page in drawn]


def pdf_images(content: bytes) -> list[list[Words]]:
    return _drawn(content, raw.FPDF_PAGEOBJ_IMAGE)


def _drawn(content: bytes, kind: int) -> list[list[Words]]:
    pages = ([one.get_bounds() for one in page.get_objects([kind])] for page in pypdfium2.PdfDocument(content))
    return [[Words("", *(side * 25.4 / 72 for side in bounds)) for bounds in page] for page in pages]
