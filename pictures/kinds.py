"""What a file is, told by its first bytes: names and MIME types are what a sender's phone believed."""

from typing import Literal

PictureFormat = Literal["jpeg", "png", "gif", "webp", "bmp", "tiff", "heif", "avif"]

_STARTS: tuple[tuple[bytes, PictureFormat], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
_BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_PDF_SEARCHED = 1024  # readers accept a PDF that starts within its first kilobyte; mail gateways put lines in front


def kind(data: bytes) -> Literal["photo", "drawing"] | None:
    """`photo` is for `photo.prepare`, `drawing` for `drawing.render`; `None` is neither: SVG, HTML, text, noise."""
    if picture_format(data) is not None:
        return "photo"
    return "drawing" if b"%PDF-" in data[:_PDF_SEARCHED] else None


def picture_format(data: bytes) -> PictureFormat | None:
    """The format that the magic bytes promise; whether the rest keeps the promise is for the decoder to say."""
    for start, named in _STARTS:
        if data.startswith(start):
            return named
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    # "BM" alone also starts ordinary text, so the size of the header that follows has to be a known one.
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return "bmp"
    return _iso_media(data) if data[4:8] == b"ftyp" else None


def _iso_media(data: bytes) -> PictureFormat | None:
    """HEIF and AVIF share the container of MP4; only the brands tell them from each other and from video."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12]} | {data[at : at + 4] for at in range(16, end, 4)}
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heif" if brands & _HEIF_BRANDS else None
