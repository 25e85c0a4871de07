"""Draws the sheets of a PDF in a process of its own: `python -m pictures.sheets LIMIT`, a PDF in, sheets out.

A PDF of some hundred kilobytes can unfold to gigabytes or keep PDFium busy for hours, and nothing in the library
stops it; a process has bounds and can be ended. First comes the number of sheets, as `COUNT`; then each sheet as soon
as it is drawn, as `HEADER` and the content, which a blank one lacks. Exit status 0 when all were tried, `ENCRYPTED`, or
anything else for a document that can not be opened.
"""

import contextlib
import math
import struct
import sys
from contextlib import closing

import pypdfium2 as pdfium
from PIL import Image

from pictures.encoding import encode
from pictures.line_art import LONG_SIDE

COUNT = struct.Struct(">I")
HEADER = struct.Struct(">III?")  # width, height, bytes that follow, whether they are PNG rather than JPEG
ENCRYPTED = 3
_PIXELS_PER_MM = 7.2  # the smallest figures that standards allow, 2.5 mm, become 18 pixels high
_MM_PER_POINT = 25.4 / 72
# Sheets in the wrong unit (8 x 11 points) come out of CAD programs; and drawn lines can be enlarged at no loss.
_LEAST_LONG_SIDE = 2048
_ROUNDED_UP = 0.01  # what a product of floats may be too large; PDFium takes the next whole pixel
_CPU_S = 60  # should the one who waits for it be gone
_ADDRESS_SPACE = 1_500_000_000
_NO_PASSWORD = (pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY)


def main() -> int:
    _bound()
    try:
        document = pdfium.PdfDocument(sys.stdin.buffer.read())
    except pdfium.PdfiumError as error:
        return ENCRYPTED if error.err_code in _NO_PASSWORD else 1
    with closing(document):
        sys.stdout.buffer.write(COUNT.pack(len(document)))
        for number in range(min(int(sys.argv[1]), len(document))):
            sheet = _sheet(document, number)
            if sheet is not None:
                _write(sheet)
    return 0


def _bound() -> None:
    """Where the system knows such bounds; elsewhere the patience of who waits is the only one."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))


def _sheet(document: pdfium.PdfDocument, number: int) -> Image.Image | None:
    """Nothing when the sheet is broken."""
    try:
        with closing(document[number]) as page:
            size = page.get_size()
            target = _long_side(*size)
            if target is None:
                return None
            with closing(page.render(scale=(target - _ROUNDED_UP) / max(size))) as bitmap:
                image: Image.Image = bitmap.to_pil()
                return image
    except pdfium.PdfiumError:
        return None


def _long_side(width: float, height: float) -> float | None:
    """In pixels, of a sheet measured in points, whatever it claims to measure."""
    longest = max(width, height)
    if not (math.isfinite(longest) and min(width, height) > 0):
        return None
    return min(max(longest * _MM_PER_POINT * _PIXELS_PER_MM, _LEAST_LONG_SIDE), LONG_SIDE)


def _write(sheet: Image.Image) -> None:
    header, content = HEADER.pack(0, 0, 0, False), b""
    if any(band != (255, 255) for band in sheet.getextrema()):
        # Drawn lines leave the paper exactly white; on a scanned sheet it is only nearly so, and PNG would not pay.
        white = sheet.convert("L").histogram()[255]
        content, mime_type = encode(sheet, line_art=white > sheet.width * sheet.height // 2)
        header = HEADER.pack(sheet.width, sheet.height, len(content), mime_type == "image/png")
    sys.stdout.buffer.write(header + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
