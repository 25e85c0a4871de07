"""A drawing in a PDF -> its first sheets as pictures that a live model can be sent."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from errors import DrawingEncrypted, DrawingUnreadable, Overloaded
from pictures.kinds import kind
from pictures.photo import Picture
from pictures.sheets import COUNT, ENCRYPTED, HEADER

PAGES = 5
RENDERING_S = 20.0
_TURN_TIMEOUT_S = 60.0
_one_at_a_time = threading.Lock()  # the memory of one renderer is taken however many people send drawings at once


@dataclass(frozen=True, slots=True)
class Drawing:
    pages: list[Picture]
    """In the order of the document."""
    total: int
    """Sheets in the document, but for those that were found blank."""


def render(data: bytes, limit: int = PAGES, *, seconds: float = RENDERING_S) -> Drawing:
    """The first `limit` sheets in order, on white, sharp enough to read dimension figures.

    Sheets that are blank or can not be drawn are left out, and so are those that are not done in `seconds`.
    Call it in a thread. Raises `errors.DrawingUnreadable` when no sheet is left, `errors.DrawingEncrypted`, and
    `errors.Overloaded` when other drawings are being rendered.
    """
    if kind(data) != "drawing":
        raise DrawingUnreadable("no PDF")
    with _turn():
        status, written = _rendered(data, limit, seconds)
    sheets = list(_sheets(written))
    drawn = [sheet for sheet in sheets if sheet.data]
    if status == ENCRYPTED:
        raise DrawingEncrypted
    if not drawn:
        raise DrawingUnreadable(f"no sheet could be drawn, status {status}")
    (count,) = COUNT.unpack_from(written)
    return Drawing(drawn, count - (len(sheets) - len(drawn)))


def _rendered(data: bytes, limit: int, seconds: float) -> tuple[int | None, bytes]:
    """The exit status of the renderer, `None` when its time was up, and what it wrote until then."""
    # Of the environment it gets the search path only: a program that reads strangers' files needs no keys.
    search_path = os.pathsep.join(path for path in sys.path if path)
    kept = {name: value for name, value in os.environ.items() if name in ("SYSTEMROOT", "LD_LIBRARY_PATH")}
    try:
        done = subprocess.run(  # noqa: S603 - nothing in the arguments comes from outside
            [sys.executable, "-m", "pictures.sheets", str(limit)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": search_path},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        return None, expired.stdout or b""
    return done.returncode, done.stdout


def _sheets(written: bytes) -> Iterator[Picture]:
    """A sheet whose writing was cut off is left out; a blank one has no data."""
    at = COUNT.size
    while at + HEADER.size <= len(written):
        width, height, size, png = HEADER.unpack_from(written, at)
        content = written[at + HEADER.size : at + HEADER.size + size]
        if len(content) == size:
            yield Picture(content, "image/png" if png else "image/jpeg", width, height)
        at += HEADER.size + size


@contextmanager
def _turn() -> Iterator[None]:
    if not _one_at_a_time.acquire(timeout=_TURN_TIMEOUT_S):
        raise Overloaded("drawings are waiting")
    try:
        yield
    finally:
        _one_at_a_time.release()
