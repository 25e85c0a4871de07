"""A photo as people send it -> a picture that a live model can be sent."""

from dataclasses import dataclass

from pictures.colour import plain
from pictures.decoding import decoded
from pictures.encoding import encode
from pictures.line_art import LONG_SIDE, is_line_art

PHOTO_LONG_SIDE = 1536
DRAWING_LONG_SIDE = LONG_SIDE


@dataclass(frozen=True, slots=True)
class Picture:
    """Ready for the model: upright, sRGB or grey, `image/jpeg` or `image/png`, no metadata; sides in pixels."""

    data: bytes
    mime_type: str
    width: int
    height: int


def prepare(data: bytes, *, long_side: int = PHOTO_LONG_SIDE) -> Picture:
    """A picture with the long side at most `long_side`, or `DRAWING_LONG_SIDE` when it is line art; never enlarged.

    A photographed or scanned drawing keeps more pixels because its figures are a hundredth of the sheet: 2.5 mm on
    an A3 sheet are 9 pixels at 1,536 and 18 at 3,072. Of an animation or a scan of many pages the first is taken.

    Takes up to seconds of CPU: call it in a thread. Raises `errors.PictureUnreadable`, `errors.PictureTooLarge`, and
    `errors.Overloaded` when other huge pictures are being decoded.
    """
    largest = max(long_side, DRAWING_LONG_SIDE)
    with decoded(data, largest) as picture:
        image = plain(picture.upright(long_side))
        line_art = is_line_art(image)
        if line_art:
            image = plain(picture.upright(largest))
    content, mime_type = encode(image, line_art=line_art)
    return Picture(content, mime_type, image.width, image.height)
