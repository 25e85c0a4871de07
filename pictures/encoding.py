"""Pixels -> the bytes that go to the model."""

import io

from PIL import Image

from pictures.colour import is_grey

# Services that publish a bound on one picture take 7 MB; and the question waits until its picture is through.
MAX_BYTES = 4_000_000
_QUALITIES = (85, 70, 50)


def encode(image: Image.Image, *, line_art: bool) -> tuple[bytes, str]:
    """Content and MIME type of a picture in mode L or RGB that carries no metadata.

    JPEG, or for line art PNG when that is smaller. Noise that exceeds `MAX_BYTES` loses quality, not pixels.
    """
    if line_art and is_grey(image):
        image = image.convert("L")
    jpeg = b""
    for quality in _QUALITIES:
        # Thin coloured lines vanish when colour is kept at half the resolution.
        jpeg = _saved(image, "JPEG", quality=quality, subsampling=0 if line_art else 2)
        if len(jpeg) <= MAX_BYTES:
            break
    if line_art:
        png = _saved(image, "PNG")
        if len(png) < len(jpeg):
            return png, "image/png"
    return jpeg, "image/jpeg"


def _saved(image: Image.Image, file_format: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()
