"""A register of documents as XLSX, and documents with their files as one ZIP."""

import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO

from documents.draft import Draft, subject
from documents.paths import value_at
from documents.rendering import File
from documents.words import clean, iso_date
from prompts.texts import text

COLUMNS = ("row", "kind", "number", "date", "subject", "object", "state", "files")
_WIDTHS = (7, 42, 16, 12, 48, 40, 14, 36)
LONGEST_CELL = 500
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def register_xlsx(documents: Iterable[tuple[Draft, Sequence[str]]], language: str = "ru") -> bytes:
    """A row for each document with the names of its files; text is text, whatever it begins with."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = text("document.register.title", language)[:31]
    sheet.append([text(f"document.register.{column}", language) for column in COLUMNS])
    for number, (draft, names) in enumerate(documents, start=1):
        for column, value in enumerate(_row(number, draft, names, language), start=1):
            cell = sheet.cell(number + 1, column, value)
            if isinstance(value, str):
                cell.data_type = "s"  # "=1+1" that somebody dictated is no formula
            if column == COLUMNS.index("date") + 1 and not isinstance(value, str):
                cell.number_format = "DD.MM.YYYY"
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    for place, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
        sheet.cell(1, place).font = Font(bold=True)
        sheet.cell(1, place).alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _row(number: int, draft: Draft, names: Sequence[str], language: str) -> list[object]:
    kind = draft.described
    day = iso_date(str(value_at(draft.data, kind.date_of) or "")[:10])
    cells: tuple[object, ...] = (
        kind.title_en if language == "en" else kind.title,
        draft.number,
        subject(draft, language),
        value_at(draft.data, "object.name") or value_at(draft.data, "contract.object"),
        text(f"document.register.{draft.state}", language),
        "\n".join(names),
    )
    title, own_number, about, where, state, files = (clean(cell or "")[:LONGEST_CELL] for cell in cells)
    return [number, title, own_number, day or "", about, where, state, files]


def archive(files: Iterable[File]) -> bytes:
    """A ZIP; two files of one name get numbers. The same files give the same bytes."""
    target, taken = BytesIO(), set[str]()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            name, count = file.name, 1
            while name.casefold() in taken:
                count += 1
                stem, dot, extension = file.name.rpartition(".")
                name = f"{stem} ({count}){dot}{extension}"
            taken.add(name.casefold())
            info = zipfile.ZipInfo(name, _EARLIEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, file.content)
    return target.getvalue()
