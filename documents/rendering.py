"""Files of a document: made in threads of their own, a few at a time, all or none."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from documents.draft import Draft
from documents.files import file_name
from documents.paths import leaves
from documents.sheet import Sheet, sheet_of
from documents.to_docx import DocxMaker
from documents.to_json import json_bytes
from documents.to_pdf import PdfMaker
from errors import DocumentError, DocumentTooLarge, Overloaded

Format = Literal["json", "docx", "pdf"]
FORMATS: tuple[Format, ...] = ("json", "docx", "pdf")
MOST_WAITING = 32
LONGEST_S = 30.0
MOST_LETTERS = 400_000
"""About a hundred and fifty pages: a document beyond that was not dictated."""


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


class Renderer:
    """Keeps the templates warm. `operators` is a folder whose templates come before the shipped ones."""

    def __init__(self, threads: ThreadPoolExecutor, operators: Path | None = None) -> None:
        self._threads = threads
        self._docx = DocxMaker(operators)
        page = operators / "page.typ" if operators else None
        self._pdf = PdfMaker(page) if page and page.is_file() else PdfMaker()
        self._waiting = 0

    async def render(
        self, draft: Draft, formats: Sequence[Format] = FORMATS, pictures: Sequence[bytes] = ()
    ) -> list[File]:
        """The files in the order of `formats`; none when one of them cannot be made. `pictures` as for `sheet_of`.

        Raises `TemplateBroken`, `DocumentTooLarge`, `Overloaded` and `DocumentError` (it took too long).
        """
        if self._waiting >= MOST_WAITING:
            raise Overloaded("too many documents are being made")
        self._waiting += 1
        try:
            async with asyncio.timeout(LONGEST_S):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._threads, self.made, draft, formats, pictures)
        except TimeoutError as error:
            raise DocumentError("it took too long") from error
        finally:
            self._waiting -= 1

    def made(self, draft: Draft, formats: Sequence[Format] = FORMATS, pictures: Sequence[bytes] = ()) -> list[File]:
        """The same, here and now."""
        if sum(len(str(value)) for _, value in leaves(draft.data)) > MOST_LETTERS:
            raise DocumentTooLarge("too many letters", limit=150)
        sheet = sheet_of(draft, pictures)
        return [File(file_name(draft, format_), self._content(format_, draft, sheet)) for format_ in formats]

    def _content(self, format_: Format, draft: Draft, sheet: Sheet) -> bytes:
        match format_:
            case "json":
                return json_bytes(draft)
            case "docx":
                return self._docx.make(sheet)
            case "pdf":
                return self._pdf.make(sheet)


@contextmanager
def open_renderer(operators: Path | None = None) -> Iterator[Renderer]:
    """Two threads: one may compile a PDF, which typst does one at a time, while the other fills a DOCX."""
    with ThreadPoolExecutor(2, thread_name_prefix="documents") as threads:
        yield Renderer(threads, operators)
