"""Whatever colours a picture has -> grey or sRGB, eight bits, on white, with nothing else attached."""

import io

from PIL import Image, ImageCms

_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
_COLOURLESS = 8


def resizable(image: Image.Image) -> Image.Image:
    """The same picture in a mode whose pixels can be averaged: L, LA, RGB, RGBA, RGBX, CMYK, YCbCr or LAB."""
    if image.mode in _SIXTEEN_BITS:
        return _eight_bits(image.convert("I"), 0, 65535)
    if image.mode in ("I", "F"):
        low, high = image.getextrema()
        return _eight_bits(image, *(float(value) for value in (low, high) if not isinstance(value, tuple)))
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.convert("L") if image.mode == "1" else image


def plain(image: Image.Image) -> Image.Image:
    """Mode L or RGB in sRGB; what was transparent is white; no metadata left to be written."""
    converted = _in_srgb(_opaque(image), image.info.get("icc_profile"))
    if converted.mode not in ("L", "RGB"):
        converted = converted.convert("RGB")
    converted.info.clear()
    return converted


def is_grey(image: Image.Image) -> bool:
    """Whether leaving the colour out loses nothing that an eye would see."""
    if image.mode == "L":
        return True
    _, blue_difference, red_difference = image.convert("YCbCr").split()
    extrema = (*blue_difference.getextrema(), *red_difference.getextrema())
    return all(isinstance(value, int) and abs(value - 128) <= _COLOURLESS for value in extrema)


def _eight_bits(image: Image.Image, low: float, high: float) -> Image.Image:
    scale = 255 / (high - low) if high > low else 0.0
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    with_alpha = image.convert("LA" if image.mode in ("LA", "La") else "RGBA")
    white = Image.new(with_alpha.mode.removesuffix("A"), image.size, "white")
    white.paste(with_alpha.convert(white.mode), mask=with_alpha.getchannel("A"))
    return white


def _in_srgb(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """A profile that is broken or belongs to other channels is passed over: its colours are a little off, no more."""
    if not icc_profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        converted = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image
