import pytest
from PIL import Image

from pictures.kinds import kind
from tests.pictures.samples import pdf, plan, saved, scene

PICTURES = ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF"]


@pytest.mark.parametrize("file_format", PICTURES)
def test_a_picture_is_told_by_its_first_bytes(file_format: str) -> None:
    assert kind(saved(scene(), file_format)[:64]) == "photo"


def test_a_pdf_is_a_drawing_even_behind_some_junk() -> None:
    drawing = pdf([plan(210, 148, figures={})])
    assert kind(drawing) == "drawing"
    assert kind(b"\r\n\r\n" + drawing) == "drawing"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"BM",
        b"BMW is a car, this is a letter about it",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>',
        b"<!doctype html><title>JPEG</title>",
        "Пришлите фото, пожалуйста".encode(),
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41",
        b"\xff\xff\xff\xffftyp",
        b"OggS\x00\x02",
        b"PK\x03\x04",
    ],
)
def test_everything_else_is_neither(content: bytes) -> None:
    assert kind(content) is None


def test_the_first_bytes_of_a_grey_bitmap_with_every_header_are_known() -> None:
    assert kind(saved(Image.new("1", (9, 9)), "BMP")) == "photo"
