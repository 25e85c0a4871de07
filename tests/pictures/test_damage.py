"""Whatever bytes come, the only errors are those that are told to a person."""

import contextlib
import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from PIL import Image

from errors import BadInput
from pictures.drawing import render
from pictures.kinds import kind
from pictures.photo import prepare
from tests.pictures.samples import damaged, pdf, place_and_author, plan, saved, scene
from tests.volume import examples

EXIF = place_and_author().tobytes()
SAMPLES = {
    "jpeg": saved(scene(96, 64), "JPEG", exif=EXIF),
    "progressive": saved(scene(96, 64), "JPEG", progressive=True),
    "cmyk": saved(scene(96, 64).convert("CMYK"), "JPEG"),
    "png": saved(scene(96, 64), "PNG", exif=EXIF),
    "palette": saved(scene(96, 64).quantize(16), "PNG", transparency=3),
    "gif": saved(scene(96, 64).quantize(16), "GIF", save_all=True, append_images=[scene(96, 64).quantize(8)]),
    "webp": saved(scene(96, 64), "WEBP", exif=EXIF),
    "bmp": saved(scene(96, 64), "BMP"),
    "tiff": saved(scene(96, 64), "TIFF", exif=EXIF),
    "fax": saved(scene(96, 64).convert("1"), "TIFF", compression="group4"),
    "deep": saved(Image.new("I;16", (40, 30), 4000), "TIFF"),
    "heif": saved(scene(96, 64), "HEIF", exif=EXIF),
    "avif": saved(scene(96, 64), "AVIF", exif=EXIF),
}
DRAWING = pdf([plan(210, 148, figures={(40.0, 40.0): "1250"}), plan(148, 105, figures={})])
bounded = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", list(SAMPLES))
@given(chance=some.integers(0, 2**32))
@bounded
def test_a_damaged_picture_is_read_or_refused(name: str, chance: int) -> None:
    with contextlib.suppress(BadInput):
        picture = prepare(damaged(SAMPLES[name], random.Random(chance)))
        assert picture.mime_type in ("image/jpeg", "image/png")
        assert picture.width > 0


@given(chance=some.integers(0, 2**32))
@settings(bounded, max_examples=examples(20))
def test_a_damaged_drawing_is_drawn_or_refused(chance: int) -> None:
    with contextlib.suppress(BadInput):
        assert render(damaged(DRAWING, random.Random(chance))).pages


@given(content=some.binary(max_size=400), start=some.sampled_from([b"", *(data[:16] for data in SAMPLES.values())]))
@example(content=b"", start=b"%PDF-1.4\n")
@bounded
def test_noise_is_refused(content: bytes, start: bytes) -> None:
    assert kind(start + content) in ("photo", "drawing", None)
    with contextlib.suppress(BadInput):
        prepare(start + content)
    with contextlib.suppress(BadInput):
        render(start + content)
