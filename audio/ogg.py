"""Ogg pages (RFC 3533): out of bytes that come in pieces of any size and may be damaged, and a file of one stream."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

_MAGIC = b"OggS\x00"
_MOST_SEGMENTS = 255
_PACKETS_A_PAGE = 50
_SERIAL = 1
_HEADER = 27
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_NO_POSITION = -1
_MOST_BAD_PAGES = 1_000
"""In a row: after so many the rest is not looked at. A hostile file can seem to begin a page at every fifth byte."""

# Ogg's CRC is zlib's polynomial with the bits the other way round, so zlib does the work on mirrored bytes.
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Page:
    """`pieces` are the packets in it; the last one goes on in the next page when `unfinished`.

    `position` is the sample (48 kHz for Opus) at which its last complete packet ends, None when it says nothing.
    """

    serial: int
    number: int
    position: int | None
    continued: bool
    first: bool
    last: bool
    pieces: tuple[bytes, ...]
    unfinished: bool


class Pages:
    """Feed it bytes, iterate what became complete. Holds at most one page (65 KB) and the bytes of one feed."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._bad = 0

    def feed(self, block: bytes) -> Iterator[Page]:
        self._buffer += block
        yield from self._complete()

    def finish(self) -> Iterator[Page]:
        """Pages behind a beginning that promised more than came; if there are none, the packets of the torn page."""
        torn: Page | None = None
        while self._buffer:
            torn = torn or _torn(bytes(self._buffer))
            del self._buffer[: len(_MAGIC)]
            for page in self._complete():
                torn = None
                yield page
        if torn is not None:
            yield torn

    def _complete(self) -> Iterator[Page]:
        while self._find_magic():
            size = _size(self._buffer)
            if size is None or size > len(self._buffer):
                return
            data = bytes(self._buffer[:size])
            if _crc(data) != int.from_bytes(data[22:26], "little"):
                self._bad += 1
                del self._buffer[: len(_MAGIC)]
                continue
            self._bad = 0
            del self._buffer[:size]
            yield _page(data)

    def _find_magic(self) -> bool:
        """Drop what is before the next page; False when there is none (yet)."""
        if self._bad > _MOST_BAD_PAGES:
            self._buffer.clear()
        start = self._buffer.find(_MAGIC)
        del self._buffer[: start if start >= 0 else max(0, len(self._buffer) - len(_MAGIC) + 1)]
        return start >= 0


class Writer:
    """A file of one stream of equal packets, fifty to a page. A page leaves no packet unfinished."""

    def __init__(self) -> None:
        self._pages: list[bytes] = []
        self._bytes = 0
        self._waiting: list[bytes] = []
        self._segments = 0
        self._position = 0

    @property
    def size(self) -> int:
        """Bytes of the file if it were finished now."""
        return self._bytes + _HEADER + self._segments + sum(map(len, self._waiting))

    def head(self, *packets: bytes) -> None:
        """Each in a page of its own."""
        for packet in packets:
            self._add([packet], 0, _FIRST if not self._pages else 0)

    def sound(self, packets: list[bytes], samples: int) -> None:
        """`samples` at 48 kHz in each. The last page is kept, for it has to say so."""
        for packet in packets:
            segments = len(packet) // 255 + 1
            if len(self._waiting) == _PACKETS_A_PAGE or self._segments + segments > _MOST_SEGMENTS:
                self._position += samples * len(self._waiting)
                self._add(self._waiting, self._position, 0)
                self._waiting, self._segments = [], 0
            self._waiting.append(packet)
            self._segments += segments

    def finish(self, length: int, samples: int) -> bytes:
        """The file, `length` samples long, those to be skipped at the beginning included; packets that begin behind
        its end are left out."""
        spare = self._position + samples * len(self._waiting) - length
        self._add(self._waiting[: len(self._waiting) - spare // samples], length, _LAST)
        return b"".join(self._pages)

    def _add(self, packets: list[bytes], position: int, flags: int) -> None:
        table = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
        before = _MAGIC + bytes([flags]) + position.to_bytes(8, "little") + _SERIAL.to_bytes(4, "little")
        before += len(self._pages).to_bytes(4, "little")
        page = b"".join([before, bytes(4), bytes([len(table)]), table, *packets])
        page = page[:22] + _crc(page).to_bytes(4, "little") + page[26:]
        self._pages.append(page)
        self._bytes += len(page)


def _size(data: bytes | bytearray) -> int | None:
    """Bytes of the page that begins here, None when too little of it has come to tell."""
    table_end = _HEADER + data[26] if len(data) >= _HEADER else _HEADER
    return table_end + sum(data[_HEADER:table_end]) if _HEADER <= len(data) >= table_end else None


def _crc(page: bytes) -> int:
    without_crc = page[:22] + bytes(4) + page[26:]
    mirrored = zlib.crc32(without_crc.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")


def _page(data: bytes) -> Page:
    pieces, unfinished = _pieces(data)
    flags, position = data[5], int.from_bytes(data[6:14], "little", signed=True)
    return Page(
        serial=int.from_bytes(data[14:18], "little"),
        number=int.from_bytes(data[18:22], "little"),
        position=position if position > _NO_POSITION else None,
        continued=bool(flags & _CONTINUED),
        first=bool(flags & _FIRST),
        last=bool(flags & _LAST),
        pieces=pieces,
        unfinished=unfinished,
    )


def _torn(data: bytes) -> Page | None:
    """What is whole in a page that broke off. Its CRC can not be checked, its position is that of the missing end."""
    if _size(data) is None:
        return None
    whole = replace(_page(data), position=None, last=False, unfinished=False)
    return whole if whole.pieces else None


def _pieces(data: bytes) -> tuple[tuple[bytes, ...], bool]:
    """Packets by the page's table, as far as `data` goes, and whether the last one goes on in the next page."""
    pieces: list[bytes] = []
    start = end = _HEADER + data[26]
    unfinished = False
    for length in data[_HEADER:start]:
        end += length
        unfinished = length == 255
        if end > len(data):
            return tuple(pieces), False
        if not unfinished:
            pieces.append(data[start:end])
            start = end
    if unfinished:
        pieces.append(data[start:end])
    return tuple(pieces), unfinished
