"""Bytes -> pixels, within bounds that are settled before anything is decoded."""

import io
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from errors import Overloaded, PictureTooLarge, PictureUnreadable
from pictures.colour import resizable
from pictures.jpeg import scans
from pictures.kinds import PictureFormat, picture_format

# Four bytes a pixel in Pillow: 320 MB, twice that with transparency. Pillow itself warns from 89 megapixels on.
MEGAPIXELS = 80
WEBP_MEGAPIXELS = 40  # its decoder keeps the picture four times
# A JPEG in one scan is shrunk while it is decoded, so that a phone's 200 megapixels take no more memory than 12 do.
JPEG_MEGAPIXELS = 250
_JPEG_SCANS = 100  # encoders write ten; each one more costs a walk over the whole picture
_HUGE_PIXELS = 16_000_000
_TURN_TIMEOUT_S = 60.0
_one_huge_at_a_time = threading.Lock()

# Whatever Pillow and its libraries raise on damaged files, as found by feeding them damaged files.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Warning,  # where the host program makes errors of them
)

# The classes themselves instead of `Image.open`: this file has already been told apart, the list of formats that a host
# program registers stays its own, and the bound on pixels is ours rather than a global setting of Pillow.
_OPENERS: dict[PictureFormat, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
    "heif": pillow_heif.HeifImageFile,
}

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Pixels that can be resized, not upright yet."""

    image: Image.Image
    turn: Image.Transpose | None

    def upright(self, long_side: int) -> Image.Image:
        """A copy with the long side at most `long_side` pixels; never enlarged."""
        shrunk = self.image.resize(fitted(self.image.size, long_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return shrunk if self.turn is None else shrunk.transpose(self.turn)


@contextmanager
def decoded(data: bytes, long_side: int) -> Iterator[Decoded]:
    """The whole first picture of a file, with at least `long_side` pixels where it has them.

    A file that breaks off is refused: a half grey picture would be described as if the site looked like that.
    """
    with _damage_told():
        file = _open(data)
    with _room_for(file.width * file.height):
        with _damage_told():
            file.draft(None, fitted(file.size, long_side))
            file.load()
            picture = Decoded(resizable(file), _turn(file))
        try:
            yield picture
        finally:
            picture.image.close()
            file.close()


def fitted(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """The size with its proportions kept and its long side at most `long_side`; no side under 1."""
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _open(data: bytes) -> ImageFile.ImageFile:
    """Reads the header only."""
    named = picture_format(data)
    if named is None:
        raise PictureUnreadable("no known format")
    file = _OPENERS[named](io.BytesIO(data))
    if min(file.size) < 1:
        raise PictureUnreadable("no pixels")
    limit = _megapixels(named, data)
    if file.width * file.height > limit * 1_000_000:
        raise PictureTooLarge(f"{file.width} x {file.height}", megapixels=limit)
    return file


def _megapixels(named: PictureFormat, data: bytes) -> int:
    """How many a file of this kind may have."""
    if named != "jpeg":
        return WEBP_MEGAPIXELS if named == "webp" else MEGAPIXELS
    read = scans(data)
    if read.count > _JPEG_SCANS:
        raise PictureUnreadable(f"{read.count} scans")
    return MEGAPIXELS if read.whole_in_memory else JPEG_MEGAPIXELS


def _turn(file: ImageFile.ImageFile) -> Image.Transpose | None:
    try:
        orientation = file.getexif().get(ExifTags.Base.Orientation)
    except _DAMAGE:
        return None  # broken metadata are no reason to refuse a picture
    return _UPRIGHT.get(orientation) if isinstance(orientation, int) else None


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLarge(type(error).__name__, megapixels=MEGAPIXELS) from error
    except _DAMAGE as error:
        raise PictureUnreadable(type(error).__name__) from error


@contextmanager
def _room_for(pixels: int) -> Iterator[None]:
    """Huge pictures take turns, so that memory holds one of them however many people send some at once."""
    if pixels <= _HUGE_PIXELS:
        yield
        return
    if not _one_huge_at_a_time.acquire(timeout=_TURN_TIMEOUT_S):
        raise Overloaded("huge pictures are waiting")
    try:
        yield
    finally:
        _one_huge_at_a_time.release()
