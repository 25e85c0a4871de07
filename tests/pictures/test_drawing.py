import hashlib
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageChops

from errors import DrawingEncrypted, DrawingUnreadable
from pictures.drawing import render
from tests.clock import assert_sooner, reads_the_clock
from tests.pictures.samples import MM, opened, pdf, plan

A3 = (420.0, 297.0)


def _square(width: float, height: float) -> tuple[float, float, bytes]:
    return width, height, f"0 0 {width / 2} {height / 2} re f".encode()


def _figures(sheet: Image.Image, at_mm: tuple[float, float]) -> Image.Image:
    """What stands above the dimension line at a place of an A3 sheet, as ink on black."""
    scale = sheet.width / A3[0]
    x, y = at_mm
    above = sheet.crop(
        (
            round((x - 2) * scale),
            round((A3[1] - y - 4) * scale),
            round((x + 14) * scale),
            round((A3[1] - y + 0.5) * scale),
        )
    )
    return ImageChops.invert(above.convert("L")).point(lambda value: value if value > 90 else 0)


def test_the_smallest_dimension_figures_of_an_a3_drawing_can_be_read() -> None:
    places = {(60.0, 250.0): "3380", (200.0, 150.0): "8830", (360.0, 30.0): "3380"}
    [picture] = render(pdf([plan(*A3, figures=places)])).pages
    assert (picture.width, picture.height) == (3024, 2139)
    one, other, same = (_figures(opened(picture.data), place) for place in places)
    for figures in (one, other, same):
        box = figures.getbbox()
        assert box is not None
        assert 17 <= box[3] - box[1] <= 21
        assert 35 <= box[2] - box[0] <= 60
    # 3 and 8 differ by two short strokes; what differs must be more than the blur of one figure placed anew.
    blur = sum(ImageChops.difference(_trimmed(one), _trimmed(same)).convert("L").histogram()[128:])
    assert sum(ImageChops.difference(_trimmed(one), _trimmed(other)).convert("L").histogram()[128:]) > 2 * blur + 20


def _trimmed(figures: Image.Image) -> Image.Image:
    return figures.crop(figures.getbbox()).resize((50, 18))


def test_the_first_five_sheets_come_in_their_order() -> None:
    drawn = render(pdf([_square(1000, 400 + 50 * number) for number in range(7)]))
    ratios = [round(picture.height / picture.width * 1000) for picture in drawn.pages]
    assert ratios == [400, 450, 500, 550, 600]
    assert drawn.total == 7


def test_lines_on_white_paper_are_sent_as_a_small_grey_png() -> None:
    figures = {(float(x), float(y)): "1250" for x in range(30, 380, 30) for y in range(20, 280, 20)}
    [picture] = render(pdf([plan(*A3, figures=figures)])).pages
    assert picture.mime_type == "image/png"
    assert opened(picture.data).mode == "L"
    assert len(picture.data) < 200_000


def test_a_coloured_line_keeps_its_colour() -> None:
    [picture] = render(pdf([(842.0, 595.0, b"1 0 0 RG 2 w 0 300 m 842 300 l S")])).pages
    image = opened(picture.data)
    assert image.getpixel((image.width // 2, round(image.height * 295 / 595))) == (255, 0, 0)


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (297 * MM, 210 * MM, (2139, 1512)),
        (1189 * MM, 841 * MM, (3072, 2173)),
        (11.0, 8.5, (2048, 1583)),
        (200_000.0, 100_000.0, (3072, 1536)),
        (14_400.0, 3.0, (3072, 1)),
    ],
    ids=["A4", "A0", "inches taken for points", "huge", "thread"],
)
def test_a_sheet_of_any_size_gets_a_sensible_number_of_pixels(
    width: float, height: float, expected: tuple[int, int]
) -> None:
    [picture] = render(pdf([_square(width, height)])).pages
    assert (picture.width, picture.height) == expected


def test_blank_and_broken_sheets_are_left_out() -> None:
    document = pdf([(500.0, 500.0, b""), _square(500, 250), (500.0, 500.0, b"\xff ( << nonsense"), _square(500, 125)])
    drawn = render(document)
    assert [picture.width // picture.height for picture in drawn.pages] == [2, 4]
    assert drawn.total == 2  # nothing can be seen on the others


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.4 " + bytes(range(256)) * 20,
        pdf([]),
        pdf([(500.0, 500.0, b"")]),
        pdf([_square(500, 500)])[:150],
    ],
    ids=["empty", "header only", "noise", "no pages", "a blank page", "cut off"],
)
def test_a_document_without_a_sheet_to_show_is_unreadable(document: bytes) -> None:
    with pytest.raises(DrawingUnreadable):
        render(document)


@reads_the_clock
def test_what_was_drawn_before_the_time_was_up_is_kept() -> None:
    lines = b"".join(b"%d 0 m %d 800 l S\n" % (at % 997, at * 7 % 991) for at in range(150_000))
    document = pdf([_square(1000, 500), (1000.0, 800.0, lines)])
    started = time.monotonic()
    render(pdf([_square(1000, 500)]))
    # The first sheet has several times as long as it takes now; the second would take a hundred times as long.
    allowed = max(2.0, 4 * (time.monotonic() - started))
    started = time.monotonic()
    drawn = render(document, seconds=allowed)
    [picture] = drawn.pages
    assert drawn.total == 2
    assert picture.width == 2 * picture.height
    assert_sooner(time.monotonic() - started, 4 * allowed)


@pytest.mark.skipif(sys.platform != "linux", reason="needs the memory bounds of Linux")
def test_a_document_that_unfolds_to_gigabytes_harms_nobody() -> None:
    import resource

    packer = zlib.compressobj()
    content = b"".join(packer.compress(b"0 0 m 800 500 l S\n" * 50_000) for _ in range(200)) + packer.flush()
    bomb = pdf([(842.0, 595.0, content)]).replace(b"<< /Length", b"<< /Filter /FlateDecode /Length")
    with pytest.raises(DrawingUnreadable):
        render(bomb)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1_500_000
    assert render(pdf([_square(1000, 500)])).pages


def test_several_threads_draw_one_after_the_other() -> None:
    documents = [pdf([_square(1000, 300 + 20 * number)]) for number in range(3)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(render, documents))
    assert together == [render(document) for document in documents]


_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def _rc4(key: bytes, data: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _encrypted(password: bytes) -> bytes:
    """A page encrypted by the standard handler, revision 2; an empty password only forbids printing."""
    owner, permissions, identity = bytes(range(32)), -64, b"0123456789abcdef"
    secret = (password + _PAD)[:32] + owner + permissions.to_bytes(4, "little", signed=True) + identity
    key = hashlib.md5(secret).digest()[:5]
    width, height, content = _square(600, 300)
    sealed = _rc4(hashlib.md5(key + b"\x05\x00\x00\x00\x00").digest()[:10], content)
    handler = b"<< /Filter /Standard /V 1 /R 2 /O <%b> /U <%b> /P %d >>"
    encrypt = handler % (owner.hex().encode(), _rc4(key, _PAD).hex().encode(), permissions)
    identity_pair = b"/ID [<%b> <%b>]" % (identity.hex().encode(), identity.hex().encode())
    return pdf([(width, height, sealed)], extra=(encrypt,), trailer=b"/Encrypt 6 0 R " + identity_pair)


def test_a_drawing_behind_a_password_says_so() -> None:
    with pytest.raises(DrawingEncrypted):
        render(_encrypted(b"secret"))


def test_a_drawing_that_anybody_may_open_is_drawn() -> None:
    [picture] = render(_encrypted(b"")).pages
    assert picture.width == 2 * picture.height
