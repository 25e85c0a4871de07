"""What a picture may cost is settled before it is decoded."""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from errors import PictureTooLarge, PictureUnreadable
from pictures.jpeg import scans
from pictures.photo import PHOTO_LONG_SIDE, prepare
from tests.pictures.samples import opened, saved, scene


def _png_header(width: int, height: int) -> bytes:
    """A PNG that promises pixels and brings none: decoding it would fail as unreadable, not as too large."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return start + struct.pack(">I", 4) + b"IDAT"


def _jpeg_of(data: bytes, width: int, height: int) -> bytes:
    """The same file with other sides in its frame header."""
    at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (10_000, 8_001), (4_000_000_000, 1)])
def test_too_many_pixels_are_refused_before_they_are_decoded(width: int, height: int) -> None:
    with pytest.raises(PictureTooLarge) as refused:
        prepare(_png_header(width, height))
    assert refused.value.details == {"megapixels": 80}


def test_as_many_pixels_as_allowed_are_not_too_many() -> None:
    with pytest.raises(PictureUnreadable):
        prepare(_png_header(10_000, 8_000))


def test_a_panorama_twenty_thousand_pixels_wide_is_taken() -> None:
    picture = prepare(saved(Image.new("RGB", (20_000, 700), "green"), "PNG"))
    assert (picture.width, picture.height) == (PHOTO_LONG_SIDE, 54)


def test_a_jpeg_in_one_scan_may_have_as_many_pixels_as_phones_give_it() -> None:
    picture = prepare(saved(Image.new("L", (12_000, 9_000), 90), "JPEG"))
    assert (picture.width, picture.height) == (1536, 1152)
    assert opened(picture.data).getpixel((700, 500)) == 90


@pytest.mark.parametrize(("progressive", "limit"), [(False, 250), (True, 80)])
def test_a_jpeg_is_bounded_by_what_its_decoder_keeps(progressive: bool, limit: int) -> None:
    data = saved(scene(), "JPEG", progressive=progressive)
    with pytest.raises(PictureTooLarge) as refused:
        prepare(_jpeg_of(data, 16_000, limit * 1_000_000 // 16_000 + 1))
    assert refused.value.details == {"megapixels": limit}


def test_webp_whose_decoder_keeps_four_copies_has_a_limit_of_its_own() -> None:
    with pytest.raises(PictureTooLarge) as refused:
        prepare(saved(Image.new("RGB", (8_000, 5_001)), "WEBP", lossless=True, method=0, quality=0))
    assert refused.value.details == {"megapixels": 40}


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    data = saved(scene(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(PictureUnreadable):
        prepare(data[:last] + data[last:-2] * 1000 + b"\xff\xd9")


def test_the_scans_of_a_jpeg_are_counted_without_its_thumbnail() -> None:
    exif = b"Exif\0\0" + saved(scene(40, 30), "JPEG")
    once = scans(saved(scene(), "JPEG", exif=exif))
    assert (once.count, once.whole_in_memory) == (1, False)
    many = scans(saved(scene(), "JPEG", exif=exif, progressive=True))
    assert many.count > 5
    assert many.whole_in_memory


def test_huge_pictures_in_many_threads_take_turns_and_all_come_through() -> None:
    data = saved(Image.new("L", (5000, 4000), 120), "PNG", compress_level=1)
    with ThreadPoolExecutor(4) as pool:
        assert [picture.width for picture in pool.map(prepare, [data] * 6)] == [PHOTO_LONG_SIDE] * 6
