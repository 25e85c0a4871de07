"""Pictures and drawings that the tests send, made as they are needed."""

import io
import random

import pillow_heif
from PIL import Image, ImageCms, ImageDraw, ImageFont

RED, BLUE, WHITE = (200, 30, 30), (30, 30, 200), (255, 255, 255)
MM = 72 / 25.4
_CAP_HEIGHT = 0.718  # of Helvetica, as a share of its size


def scene(width: int = 320, height: int = 240) -> Image.Image:
    """A photo's texture: nothing in it is even; the left half is red, the right half blue."""
    colours = Image.new("RGB", (width, height), RED)
    colours.paste(BLUE, (width // 2, 0, width, height))
    coarse = Image.effect_noise((max(1, width // 8), max(1, height // 8)), 90).resize((width, height))
    return Image.blend(colours, coarse.convert("RGB"), 0.4)


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    if file_format == "HEIF":
        pillow_heif.from_pillow(image).save(file, **options)
    else:
        image.save(file, file_format, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def place_and_author() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-PHONE"
    exif[0x013B] = "SECRET-AUTHOR"
    exif.get_ifd(0x8825).update({1: "N", 2: (55.0, 45.0, 21.0), 3: "E", 4: (37.0, 37.0, 2.0)})
    return exif


def swapped_profile() -> bytes:
    """A valid profile in which red means blue, so that its use can be seen."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = content.find(b"rXYZ"), content.find(b"bXYZ")
    content[red : red + 4], content[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(content)


def sheet(width: int, height: int) -> Image.Image:
    """A drawing as lines and figures on white; pixels."""
    image = Image.new("RGB", (width, height), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(18)
    for top in range(40, height - 40, 60):
        draw.line((30, top, width - 30, top), fill="black", width=2)
        for left in range(40, width - 60, 90):
            draw.line((left, top - 10, left, top + 30), fill="black")
            draw.text((left + 12, top + 4), str(left * top % 9973), fill="black", font=font)
    return image


def pdf(pages: list[tuple[float, float, bytes]], *, trailer: bytes = b"", extra: tuple[bytes, ...] = ()) -> bytes:
    """`pages` are width and height in points and a content stream; font F1 is Helvetica."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, (width, height, content) in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %f %f] /Resources << /Font << /F1 3 0 R >> >>"
            b" /Contents %d 0 R >>" % (width, height, 5 + 2 * number)
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    return _numbered([*objects, *extra], trailer)


def _numbered(objects: list[bytes], trailer: bytes) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def plan(width_mm: float, height_mm: float, *, figures: dict[tuple[float, float], str]) -> tuple[float, float, bytes]:
    """A page with dimension figures 2.5 mm high whose first digit stands at (x, y) mm, each over its line."""
    size = 2.5 / _CAP_HEIGHT
    lines = [f"{MM} 0 0 {MM} 0 0 cm 0.7 w 20 5 {width_mm - 25} {height_mm - 10} re S 0.2 w"]
    for (x, y), figure in figures.items():
        lines.append(f"{x - 5} {y - 1} m {x + 15} {y - 1} l S {x - 5} {y - 3} m {x - 5} {y + 1} l S")
        lines.append(f"BT /F1 {size:.3f} Tf {x} {y} Td ({figure}) Tj ET")
    return width_mm * MM, height_mm * MM, "\n".join(lines).encode()


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Bits turned over, pieces cut out and put in; mostly near the start, where the structure is."""
    broken = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(min(len(broken), 700) if chance.random() < 0.6 else len(broken))
        match chance.randrange(4):
            case 0 | 1:
                broken[at] ^= 1 << chance.randrange(8)
            case 2:
                del broken[at : at + chance.randrange(1, 30)]
            case _:
                broken[at:at] = chance.randbytes(chance.randrange(1, 10))
        if len(broken) < 20:
            break
    return bytes(broken)
