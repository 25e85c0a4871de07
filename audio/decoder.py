"""OGG/Opus -> PCM while it is still coming in: pushed, so that no thread waits for a slow download."""

from typing import Protocol

from audio import libopus, opus
from audio.ogg import Page, Pages
from audio.pcm import RATE

_LARGEST_PACKET = 61_440
"""120 ms in 48 frames of 1,275 bytes, rounded up; what is larger (the tags with their pictures) is no sound."""

_TAGS = b"OpusTags"
_SAMPLES_PER_OUTPUT = opus.RATE // RATE


class OpusDecoder:
    """Pages that are damaged or of other streams are passed over; streams one after the other are joined.

    Never raises for what is in the bytes: nothing comes out of what can not be decoded. Not for two threads at once.
    A page, at most 65 KB, can hold up to 30 s (1 MB of PCM): feed little at a time.
    """

    def __init__(self, *, by_ffmpeg: bool = False) -> None:
        """`by_ffmpeg`: also what libopus could decode by itself."""
        self._by_ffmpeg = by_ffmpeg or not libopus.is_here()
        self._pages = Pages()
        self._stream: _Stream | None = None
        self._began = False

    def feed(self, block: bytes) -> bytes:
        """s16le mono PCM at 16 kHz of the pages that this block completes."""
        return b"".join([self._hear(page) for page in self._pages.feed(block)])

    def finish(self) -> bytes:
        """The rest: of a recording that broke off, what came of its last page."""
        rest = b"".join([self._hear(page) for page in self._pages.finish()])
        return rest + self._end_stream()

    def _hear(self, page: Page) -> bytes:
        if page.first:
            return self._begin(page)
        if not self._began:
            self._began = True
            self._stream = _Stream(page.serial, self._codec(opus.ASSUMED), opus.ASSUMED.pre_skip)
        if self._stream is None or page.serial != self._stream.serial:
            return b""
        return self._stream.hear(page) + (self._end_stream() if page.last else b"")

    def _begin(self, page: Page) -> bytes:
        self._began = True
        head = opus.head(page.pieces[0]) if page.pieces else None
        # A second stream that begins before the first has had sound runs beside it, not after it.
        if head is None or (self._stream is not None and not self._stream.has_sound):
            return b""
        before = self._end_stream()
        self._stream = _Stream(page.serial, self._codec(head), head.pre_skip)
        return before

    def _codec(self, head: opus.Head) -> "_Codec":
        if self._by_ffmpeg or not head.is_usual:
            from audio.ffmpeg_opus import FFmpegDecoder  # loads PyAV, which a usual note does without

            return FFmpegDecoder(head)
        return libopus.LibopusDecoder()

    def _end_stream(self) -> bytes:
        stream, self._stream = self._stream, None
        return stream.finish() if stream is not None else b""


class _Stream:
    """One logical stream: packets out of pages, and where its sound begins and ends."""

    def __init__(self, serial: int, codec: "_Codec", pre_skip: int) -> None:
        """`pre_skip` at 48 kHz."""
        self.serial = serial
        self._packets = _Packets()
        self._position: int | None = 0
        self._to_skip = 2 * round(pre_skip / _SAMPLES_PER_OUTPUT)
        self._codec = codec

    @property
    def has_sound(self) -> bool:
        return self._codec.has_sound

    def hear(self, page: Page) -> bytes:
        packets, lost = self._packets.of(page)
        length = sum(map(opus.samples, packets))
        end = self._position + length if self._position is not None and not lost else None
        self._position = end if page.position is None else page.position
        pcm = self._skipped(self._codec.decode(packets))
        if not page.last:
            return pcm
        pcm += self.finish()
        # The encoder fills up its last packet; the position of the last page says where the sound really ends.
        excess = end - page.position if end is not None and page.position is not None else 0
        return pcm[: -2 * round(excess / _SAMPLES_PER_OUTPUT) or None] if 0 < excess <= length else pcm

    def finish(self) -> bytes:
        """What the codec still holds."""
        return self._skipped(self._codec.finish())

    def _skipped(self, pcm: bytes) -> bytes:
        drop = min(self._to_skip, len(pcm))
        self._to_skip -= drop
        return pcm[drop:]


class _Codec(Protocol):
    has_sound: bool
    """Something could be decoded."""

    def decode(self, packets: list[bytes]) -> bytes:
        """s16le mono at 16 kHz; nothing of a packet that can not be decoded."""
        ...

    def finish(self) -> bytes:
        """What is still inside."""
        ...


class _Packets:
    """Packets joined across pages. What lies over a lost page is dropped, and so is what is too large for sound."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._begun: bytes | None = None

    def of(self, page: Page) -> tuple[list[bytes], bool]:
        """The sound packets that end in this page, and whether pages are missing before it."""
        lost = self._number is not None and page.number != self._number + 1
        begun = (None if lost else self._begun) if page.continued else b""
        packets: list[bytes | None] = []
        for piece in page.pieces:
            joined = begun + piece if begun is not None else None
            packets.append(joined if joined is not None and len(joined) <= _LARGEST_PACKET else None)
            begun = b""
        self._number = page.number
        self._begun = packets.pop() if page.unfinished and packets else None
        return [packet for packet in packets if packet and not packet.startswith(_TAGS)], lost
