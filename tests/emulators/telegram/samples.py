"""Recordings and pictures, made on the spot."""

import io
import math
import struct
from fractions import Fraction
from functools import cache
from typing import Literal

import av

from emulators.telegram.ogg import checksum

RATE = 48_000


@cache
def tone(
    seconds: float = 1,
    container: str = "ogg",
    codec: str = "libopus",
    layout: Literal["mono", "stereo"] = "mono",
    bit_rate: int = 32_000,
) -> bytes:
    """A recording of a hum."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=RATE, layout=layout)
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = bit_rate
        samples = int(seconds * RATE)
        for begin in range(0, samples, RATE):
            for packet in stream.encode(_frame(begin, min(RATE, samples - begin))):
                file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    return out.getvalue()


def _frame(begin: int, count: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="mono", samples=count)
    frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
    pcm = struct.pack(f"<{count}h", *(int(8000 * math.sin(0.05 * (begin + at))) for at in range(count)))
    frame.planes[0].update(pcm.ljust(frame.planes[0].buffer_size, b"\0"))
    return frame


@cache
def jpeg(width: int = 1600, height: int = 1200) -> bytes:
    codec = av.CodecContext.create("mjpeg", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt, codec.time_base = width, height, "yuvj420p", Fraction(1, 25)
    packets = [*codec.encode(av.VideoFrame(width, height, "yuvj420p")), *codec.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


def with_last_page(ogg: bytes, *, flags: int | None = None, granule: int | None = None) -> bytes:
    """The same file with another last page, its checksum mended."""
    at = ogg.rindex(b"OggS")
    page = bytearray(ogg[at:])
    if flags is not None:
        page[5] = flags
    if granule is not None:
        page[6:14] = granule.to_bytes(8, "little")
    page[22:26] = bytes(4)
    page[22:26] = checksum(bytes(page)).to_bytes(4, "little")
    return ogg[:at] + bytes(page)
