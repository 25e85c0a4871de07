"""A drawing in a PDF -> its first sheets as pictures that a live model can be sent."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pypdfium2 as pdfium
from PIL import Image

from errors import DrawingEncrypted, DrawingUnreadable, Overloaded
from pictures.encoding import encode
from pictures.photo import DRAWING_LONG_SIDE, Picture

PAGES = 5
_PIXELS_PER_MM = 7.2  # the smallest figures that standards allow, 2.5 mm, become 18 pixels high
_MM_PER_POINT = 25.4 / 72
# Sheets in the wrong unit (8 x 11 points) come out of CAD programs; and drawn lines can be enlarged at no loss.
_LEAST_LONG_SIDE = 2048
RENDERING_S = 20.0
_TURN_TIMEOUT_S = 60.0
_pdfium_turn = threading.Lock()  # the library serves one thread at a time
_NO_PASSWORD = (pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY)


def pages(data: bytes, limit: int = PAGES, *, seconds: float = RENDERING_S) -> list[Picture]:
    """The first `limit` sheets in order, on white, sharp enough to read dimension figures.

    Sheets that are blank or can not be drawn are left out, and so are those that are not done in `seconds`.
    Call it in a thread. Raises `errors.DrawingUnreadable` when no sheet is left, `errors.DrawingEncrypted`, and
    `errors.Overloaded` when other drawings are being rendered.
    """
    with _turn(), closing(_opened(data)) as document:
        expired = _alarm(seconds)
        sheets = (_sheet(document, number, expired) for number in range(min(limit, len(document))))
        # One at a time, so that the memory of one sheet is taken however many are drawn.
        drawn = [_picture(sheet) for sheet in sheets if sheet is not None]
    if not drawn:
        raise DrawingUnreadable("no sheet could be drawn")
    return drawn


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        unreadable = DrawingEncrypted if error.err_code in _NO_PASSWORD else DrawingUnreadable
        raise unreadable(f"PDFium error {error.err_code}") from error


def _sheet(document: pdfium.PdfDocument, number: int, expired: Callable[[], bool]) -> Image.Image | None:
    """Nothing when the sheet is broken, blank, or not done in time."""
    if expired():
        return None
    try:
        with closing(document[number]) as page:
            image = _rendered(page, expired)
    except pdfium.PdfiumError:
        return None
    blank = image is None or all(band == (255, 255) for band in image.getextrema())
    return None if blank else image


def _rendered(page: pdfium.PdfPage, expired: Callable[[], bool]) -> Image.Image | None:
    """PDFium draws object by object and asks in between whether to stop, which bounds a sheet of a million lines."""
    size = _pixels(*page.get_size())
    if size is None:
        return None
    pause = pdfium.raw.IFSDK_PAUSE(version=1)
    pdfium.internal.set_callback(pause, "NeedToPauseNow", lambda _: expired())
    with closing(pdfium.PdfBitmap.new_native(*size, pdfium.raw.FPDFBitmap_BGR)) as bitmap:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, *size)
        status = pdfium.raw.FPDF_RenderPageBitmap_Start(bitmap, page, 0, 0, *size, 0, pdfium.raw.FPDF_ANNOT, pause)
        pdfium.raw.FPDF_RenderPage_Close(page)
        return bitmap.to_pil() if status == pdfium.raw.FPDF_RENDER_DONE else None


def _pixels(width: float, height: float) -> tuple[int, int] | None:
    """Of a sheet measured in points, whatever it claims to measure."""
    longest = max(width, height)
    if not (math.isfinite(longest) and min(width, height) > 0):
        return None
    target = min(max(longest * _MM_PER_POINT * _PIXELS_PER_MM, _LEAST_LONG_SIDE), DRAWING_LONG_SIDE)
    return max(1, round(width * target / longest)), max(1, round(height * target / longest))


def _picture(sheet: Image.Image) -> Picture:
    # Drawn lines leave the paper exactly white; on a scanned sheet it is only nearly so, and PNG would not pay.
    white = sheet.convert("L").histogram()[255]
    content, mime_type = encode(sheet, line_art=white > sheet.width * sheet.height // 2)
    return Picture(content, mime_type, sheet.width, sheet.height)


def _alarm(seconds: float) -> Callable[[], bool]:
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() > deadline


@contextmanager
def _turn() -> Iterator[None]:
    if not _pdfium_turn.acquire(timeout=_TURN_TIMEOUT_S):
        raise Overloaded("drawings are waiting")
    try:
        yield
    finally:
        _pdfium_turn.release()
