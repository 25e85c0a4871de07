import random

import pytest
from PIL import Image, ImageChops, ImageStat

from errors import PictureUnreadable
from pictures.photo import DRAWING_LONG_SIDE, PHOTO_LONG_SIDE, prepare
from tests.pictures.samples import BLUE, RED, opened, saved, scene, sheet

FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF"]


def _near(seen: object, expected: tuple[int, int, int], tolerance: int = 60) -> bool:
    assert isinstance(seen, tuple)
    return all(abs(one - other) <= tolerance for one, other in zip(seen, expected, strict=True))


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format_that_phones_send_becomes_a_jpeg_of_the_same_picture(file_format: str) -> None:
    original = scene()
    picture = prepare(saved(original, file_format))
    image = opened(picture.data)
    assert (picture.mime_type, image.format, image.size) == ("image/jpeg", "JPEG", (320, 240))
    assert (picture.width, picture.height) == image.size
    difference = ImageChops.difference(image.convert("RGB"), original)
    assert max(ImageStat.Stat(difference).mean) < 12


@pytest.mark.parametrize(
    ("size", "expected"),
    [((3000, 2000), (1536, 1024)), ((1000, 2500), (614, 1536)), ((1536, 20), (1536, 20)), ((7, 5), (7, 5))],
)
def test_the_long_side_is_cut_to_the_limit_and_nothing_is_enlarged(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    picture = prepare(saved(scene(*size), "JPEG"))
    assert (picture.width, picture.height) == expected


def test_a_picture_of_one_pixel_and_a_thread_of_pixels_are_pictures() -> None:
    assert prepare(saved(Image.new("RGB", (1, 1), RED), "PNG")).width == 1
    thread = prepare(saved(Image.new("RGB", (6000, 1), RED), "PNG"))
    assert (thread.width, thread.height) == (PHOTO_LONG_SIDE, 1)


_STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", list(_STORED_AS))
def test_a_photo_is_turned_upright(orientation: int, file_format: str) -> None:
    upright = Image.new("RGB", (96, 64), "green")
    upright.paste(RED, (0, 0, 48, 32))
    upright.paste(BLUE, (48, 32, 96, 64))
    turn = _STORED_AS[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = upright if turn is None else upright.transpose(turn)
    image = opened(prepare(saved(stored, file_format, exif=exif.tobytes())).data).convert("RGB")
    assert image.size == (96, 64)
    assert _near(image.getpixel((12, 12)), RED)
    assert _near(image.getpixel((84, 52)), BLUE)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_picture_is_taken(file_format: str) -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in (RED, BLUE)]
    data = saved(frames[0], file_format, save_all=True, append_images=frames[1:])
    assert _near(opened(prepare(data).data).getpixel((30, 20)), RED)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_that_breaks_off_is_refused(file_format: str) -> None:
    data = saved(scene(), file_format)
    with pytest.raises(PictureUnreadable):
        prepare(data[: len(data) // 2])


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", "план".encode(), b"\xff\xd8\xff", b"%PDF-1.4\n"],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        prepare(content)


def test_a_drawing_as_a_picture_keeps_the_pixels_its_figures_need() -> None:
    picture = prepare(saved(sheet(4000, 2800), "JPEG"))
    assert picture.width == DRAWING_LONG_SIDE
    assert opened(picture.data).mode == "L"


def test_a_drawing_stays_small_in_bytes() -> None:
    drawing = sheet(3000, 2000)
    picture = prepare(saved(drawing, "PNG"))
    assert picture.mime_type == "image/png"
    assert len(picture.data) < 300_000


def test_a_photographed_drawing_is_known_under_a_shadow_and_noise() -> None:
    shadow = Image.linear_gradient("L").resize((3600, 2600)).point(lambda value: 110 + value // 2)
    lit = ImageChops.multiply(sheet(3600, 2600).convert("L"), shadow)
    photo = Image.blend(lit, Image.effect_noise(lit.size, 16), 0.1).convert("RGB")
    assert prepare(saved(photo, "JPEG")).width == DRAWING_LONG_SIDE


def test_a_photo_of_gravel_is_no_drawing() -> None:
    picture = prepare(saved(scene(3600, 2600), "JPEG"))
    assert picture.width == PHOTO_LONG_SIDE


def test_pure_noise_is_kept_within_four_megabytes() -> None:
    noise = Image.frombytes("RGB", (3000, 3000), random.Random(1).randbytes(3000 * 3000 * 3))
    assert len(prepare(saved(noise, "BMP"), long_side=4000).data) <= 4_000_000
