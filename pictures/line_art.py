"""Tells a drawing on paper from a photo of the site."""

from PIL import Image, ImageFilter, ImageMath, ImageStat

LONG_SIDE = 3072  # what small figures need: 2.5 mm on an A3 sheet become 18 pixels
_NEIGHBOURHOOD = 12  # pixels; the brightest of 5 x 5 neighbourhoods is taken for bare paper
_LIGHT = 80  # what paper has in the dimmest photo that can still be read, of 255
_PAPER, _INK = 0.90, 0.75  # brightness as a share of the bare paper's around it
# Drawings from A4 to a dense A0, rendered and photographed, came out at 69 to 92 % of paper and 7 to 20 % of ink;
# gravel and circuit boards at 26 to 28 % and 49 to 58 %.
_PAPER_SHARE = 0.6
_INK_SHARE_LEAST, _INK_SHARE_MOST = 0.004, 0.3


def is_line_art(image: Image.Image) -> bool:
    """Whether nearly all of a picture is an even light ground and the rest thin dark strokes.

    `image` is in mode L or RGB, best of the size of a photo: strokes blur away in a smaller one. The ground is judged
    by neighbourhoods, so that a shadow across a photographed sheet does no harm. A mistake is cheap: it makes a photo
    of a brick wall larger than it had to be, or leaves a blueprint at the size of a photo.
    """
    if min(image.size) < 2 * _NEIGHBOURHOOD:
        return False
    grey = image.convert("L")
    ground = grey.reduce(_NEIGHBOURHOOD).filter(ImageFilter.MaxFilter(5))
    if ImageStat.Stat(ground).median[0] < _LIGHT:
        return False
    counts = _relative(grey, ground.resize(grey.size, Image.Resampling.BILINEAR)).histogram()
    paper = sum(counts[round(_PAPER * 255) :]) / sum(counts)
    ink = sum(counts[: round(_INK * 255)]) / sum(counts)
    return paper >= _PAPER_SHARE and _INK_SHARE_LEAST <= ink <= _INK_SHARE_MOST


def _relative(grey: Image.Image, ground: Image.Image) -> Image.Image:
    """255 where a pixel is as bright as the ground under it or brighter."""
    share = ImageMath.lambda_eval(
        lambda images: images["convert"](images["min"](images["a"] * 255 / images["max"](images["b"], 1), 255), "L"),
        a=grey.convert("I"),
        b=ground.convert("I"),
    )
    assert isinstance(share, Image.Image)
    return share
