"""What the files say, read back with other libraries than those that made them."""

import re
from io import BytesIO

import pypdfium2
from docx import Document
from docx.oxml.ns import qn

from documents.draft import Draft
from documents.sheet import sheet_of
from documents.words import Line, plain


def squeezed(words: str) -> str:
    """Without spaces, breaks and marks of doubt: they fall where the page wants them."""
    return re.sub(r"[\s\u00a0\u200b\ufffe\u00ad]|\[\d+\]", "", words)


def pdf_text(content: bytes) -> str:
    pages = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


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
