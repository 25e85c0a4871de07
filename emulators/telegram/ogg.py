"""OGG/Opus, read page by page: whether a file is what Telegram's clients can play as a voice message."""

import zlib
from dataclasses import dataclass, field

SAMPLE_RATE = 48_000
_CAPTURE = b"OggS"
_HEADER = 27
_CONTINUED, _LAST = 1, 4


_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_SILK_SAMPLES = (480, 960, 1920, 2880)


def checksum(page: bytes) -> int:
    """Of a page whose own checksum field is zero (polynomial 0x04C11DB7, not reflected, no final inversion).

    It is zlib's, looked at in a mirror: that one has the bits of each byte and of the sum in the other order, and turns
    all of them over before and after.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


class NotOpus(Exception):
    """The bytes are no OGG/Opus; the message says what is wrong with them."""


@dataclass(slots=True)
class OpusFile:
    channels: int
    duration: float
    """Seconds, as the granule positions say."""
    defects: list[str] = field(default_factory=list)
    """What players put up with."""


@dataclass(frozen=True, slots=True)
class _Page:
    flags: int
    granule: int
    segments: bytes
    body: bytes


def read_opus(data: bytes) -> OpusFile:
    pages = _pages(data)
    packets = _packets(pages)
    if not packets or not packets[0].startswith(b"OpusHead") or len(packets[0]) < 19:
        raise NotOpus("no OpusHead at the beginning")
    if len(packets) < 2 or not packets[1].startswith(b"OpusTags"):
        raise NotOpus("no OpusTags after OpusHead")
    head = packets[0]
    pre_skip = int.from_bytes(head[10:12], "little")
    lengths = [_samples(packet) for packet in packets[2:]]
    file = OpusFile(channels=head[9], duration=max(pages[-1].granule - pre_skip, 0) / SAMPLE_RATE)
    if not lengths or pages[-1].granule < 0:
        raise NotOpus("no sound in it")
    if not pages[-1].flags & _LAST:
        file.defects.append("the last page is not marked as the end of the stream")
    if not sum(lengths) - lengths[-1] < pages[-1].granule <= sum(lengths):
        file.defects.append("the end is not trimmed: the last granule position does not lie in the last packet")
    if file.channels != 1:
        file.defects.append(f"{file.channels} channels instead of one")
    return file


def _pages(data: bytes) -> list[_Page]:
    pages: list[_Page] = []
    at = 0
    serial = data[14:18]
    while at < len(data):
        if data[at : at + 4] != _CAPTURE or len(data) < at + _HEADER:
            raise NotOpus(f"no OGG page at byte {at}")
        segments = data[at + _HEADER : at + _HEADER + data[at + 26]]
        begin = at + _HEADER + len(segments)
        end = begin + sum(segments)
        if len(data) < end:
            raise NotOpus("the last OGG page is cut off")
        page = bytearray(data[at:end])
        told = int.from_bytes(page[22:26], "little")
        page[22:26] = bytes(4)
        if checksum(bytes(page)) != told:
            raise NotOpus(f"the checksum of OGG page {len(pages)} is wrong")
        if data[at + 14 : at + 18] != serial or int.from_bytes(data[at + 18 : at + 22], "little") != len(pages):
            raise NotOpus(f"OGG page {len(pages)} is out of sequence")
        granule = int.from_bytes(data[at + 6 : at + 14], "little", signed=True)
        pages.append(_Page(data[at + 5], granule, segments, data[begin:end]))
        at = end
    if not pages:
        raise NotOpus("no OGG page at byte 0")
    return pages


def _packets(pages: list[_Page]) -> list[bytes]:
    packets: list[bytes] = []
    packet = b""
    for page in pages:
        at = 0
        if not page.flags & _CONTINUED:
            packet = b""
        for size in page.segments:
            packet += page.body[at : at + size]
            at += size
            if size < 255:
                packets.append(packet)
                packet = b""
    return packets


def _samples(packet: bytes) -> int:
    """Length of an Opus packet at 48 kHz, from its first byte (RFC 6716, 3.1)."""
    if not packet:
        raise NotOpus("an empty Opus packet")
    configuration, code = packet[0] >> 3, packet[0] & 3
    if configuration < 12:
        frame = _SILK_SAMPLES[configuration % 4]
    elif configuration < 16:
        frame = (480, 960)[configuration % 2]
    else:
        frame = (120, 240, 480, 960)[configuration % 4]
    frames = (1, 2, 2)[code] if code < 3 else packet[1] & 63 if len(packet) > 1 else 0
    return frame * frames
