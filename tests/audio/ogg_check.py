"""Reads OGG/Opus as strictly as a player may (RFC 3533, 7845), with nothing of the code under test."""

from dataclasses import dataclass

_POLYNOMIAL = 0x04C11DB7
_TWENTY_MS_CONFIGS = {1, 5, 9, 13, 15, 19, 23, 27, 31}


@dataclass(frozen=True)
class OpusFile:
    channels: int
    input_rate: int
    pre_skip: int
    seconds: float
    packets: tuple[bytes, ...]


def checked(data: bytes) -> OpusFile:
    """Asserts on every field that is fixed for a voice message of one stream."""
    packets: list[bytes] = []
    position, number, granule, serial, unfinished = 0, 0, 0, None, b""
    flags = 0
    while position < len(data):
        page = data[position:]
        assert page[:5] == b"OggS\x00", "a page follows each page"
        flags, table = page[5], page[27 : 27 + page[26]]
        size = 27 + len(table) + sum(table)
        assert len(page) >= size, "the last page is whole"
        assert _crc(page[:22] + bytes(4) + page[26:size]) == int.from_bytes(page[22:26], "little")
        assert serial in (None, page[14:18]), "one stream"
        assert int.from_bytes(page[18:22], "little") == number, "no page is missing"
        assert bool(flags & 2) == (number == 0), "the first page says so"
        assert bool(flags & 1) == bool(unfinished)
        serial, number, body = page[14:18], number + 1, 27 + len(table)
        for length in table:
            unfinished += page[body : body + length]
            body += length
            if length < 255:
                packets.append(unfinished)
                unfinished = b""
        later = int.from_bytes(page[6:14], "little", signed=True)
        assert later >= granule, "positions only grow"
        granule, position = later, position + size
    assert flags & 4, "the last page says so"
    return _opus(packets, granule)


def pages(data: bytes) -> list[bytes]:
    """A sound file taken apart."""
    found = []
    while data:
        size = 27 + data[26] + sum(data[27 : 27 + data[26]])
        found.append(data[:size])
        data = data[size:]
    return found


def ogg_page(
    packets: list[bytes],
    *,
    number: int,
    serial: int = 1,
    flags: int = 0,
    position: bytes = bytes(8),
    unfinished: bool = False,
) -> bytes:
    """A page with a correct CRC, whatever is in it; the last packet goes on in the next page when `unfinished`."""
    table = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
    table = table[:-1] if unfinished else table
    fields = bytes([flags]) + position.ljust(8, b"\x00") + serial.to_bytes(4, "little") + number.to_bytes(4, "little")
    rest = bytes([len(table)]) + table + b"".join(packets)
    crc = _crc(b"OggS\x00" + fields + bytes(4) + rest)
    return b"OggS\x00" + fields + crc.to_bytes(4, "little") + rest


def _opus(packets: list[bytes], end: int) -> OpusFile:
    head, tags, *sound = packets
    assert head[:9] == b"OpusHead\x01"
    assert len(head) == 19
    assert head[18] == 0, "mapping family"
    assert tags[:8] == b"OpusTags"
    assert all(packet[0] >> 3 in _TWENTY_MS_CONFIGS and packet[0] & 3 == 0 for packet in sound), "20 ms each"
    pre_skip = int.from_bytes(head[10:12], "little")
    assert len(sound) * 960 - 960 < end <= len(sound) * 960, "only the last packet is cut"
    rate = int.from_bytes(head[12:16], "little")
    return OpusFile(head[9], rate, pre_skip, (end - pre_skip) / 48_000, tuple(sound))


def _table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (_POLYNOMIAL if crc & 0x80000000 else 0)
        table.append(crc & 0xFFFFFFFF)
    return table


_TABLE = _table()


def _crc(page: bytes) -> int:
    crc = 0
    for byte in page:
        crc = (crc << 8) & 0xFFFFFFFF ^ _TABLE[crc >> 24 ^ byte]
    return crc
