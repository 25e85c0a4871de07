"""Whatever colours a file has, what comes out is grey or sRGB on white, and nothing else is attached."""

import pytest
from PIL import Image

from pictures.photo import prepare
from tests.pictures.samples import BLUE, RED, WHITE, opened, place_and_author, saved, scene, sheet, swapped_profile


def _centre(data: bytes) -> tuple[int, ...]:
    image = opened(data).convert("RGB")
    colour = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(colour, tuple)
    return tuple(int(band) for band in colour)


def _near(seen: tuple[int, ...], expected: tuple[int, int, int], tolerance: int = 25) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(seen, expected, strict=True))


@pytest.mark.parametrize(
    ("image", "file_format"),
    [
        (Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"),
        (Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "WEBP"),
        (Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "HEIF"),
        (Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "AVIF"),
        (Image.new("LA", (40, 40), (0, 0)), "PNG"),
        (Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "GIF"),
    ],
)
def test_what_is_transparent_becomes_white(image: Image.Image, file_format: str) -> None:
    assert _near(_centre(prepare(saved(image, file_format, lossless=True)).data), WHITE, 8)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_colour_declared_transparent_becomes_white(mode: str) -> None:
    transparent = (0, 0, 0) if mode == "RGB" else 0
    data = saved(Image.new(mode, (40, 40), 0), "PNG", transparency=transparent)
    assert _near(_centre(prepare(data).data), WHITE, 8)


def test_half_transparent_red_is_pink() -> None:
    assert _near(_centre(prepare(saved(Image.new("RGBA", (40, 40), (*RED, 128)), "PNG")).data), (228, 142, 142))


@pytest.mark.parametrize(
    ("mode", "file_format"),
    [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("P", "PNG"), ("P", "BMP"), ("YCbCr", "TIFF"), ("LAB", "TIFF")],
)
def test_colours_survive_their_encoding(mode: str, file_format: str) -> None:
    data = saved(Image.new("RGB", (40, 40), RED).convert(mode), file_format)
    assert _near(_centre(prepare(data).data), RED)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_brightness(file_format: str) -> None:
    grey = Image.new("I;16", (40, 40), 128 * 257)
    assert _near(_centre(prepare(saved(grey, file_format)).data), (128, 128, 128), 3)


@pytest.mark.parametrize("mode", ["F", "I"])
def test_measured_values_are_stretched_from_black_to_white(mode: str) -> None:
    levels = Image.linear_gradient("L").convert("F").point(lambda value: value * 1000 - 5000)
    image = opened(prepare(saved(levels.convert(mode), "TIFF")).data)
    assert image.getextrema() == (0, 255)
    assert _near(_centre(saved(image, "PNG")), (128, 128, 128), 3)


def test_an_embedded_profile_is_applied() -> None:
    data = saved(Image.new("RGB", (40, 40), RED), "JPEG", icc_profile=swapped_profile())
    red, _, blue = _centre(prepare(data).data)
    assert blue > red + 60


def test_a_broken_profile_is_passed_over() -> None:
    data = saved(Image.new("RGB", (40, 40), BLUE), "JPEG", icc_profile=b"\0" * 200)
    assert _near(_centre(prepare(data).data), BLUE)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("image", [scene(), sheet(900, 700)], ids=["photo", "drawing"])
def test_place_author_and_every_other_metadata_stay_behind(image: Image.Image, file_format: str) -> None:
    options: dict[str, object] = {"exif": place_and_author().tobytes(), "icc_profile": swapped_profile()}
    if file_format != "TIFF":
        options["xmp"] = b"<x:xmpmeta>SECRET-PLACE</x:xmpmeta>"
    if file_format == "JPEG":
        options["comment"] = b"SECRET-COMMENT"
    data = saved(image, file_format, **options)
    assert b"SECRET" in data
    picture = prepare(data)
    for trace in (b"SECRET", b"Exif", b"eXIf", b"xmp", b"ICC_PROFILE", b"iCCP", b"tEXt", b"iTXt"):
        assert trace not in picture.data
    assert not opened(picture.data).getexif()


@pytest.mark.filterwarnings("ignore:.*EXIF:UserWarning")
def test_broken_metadata_are_no_reason_to_refuse_a_photo() -> None:
    assert prepare(saved(scene(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")).width == 320
