"""What kind of file it is, by its first bytes: names and MIME types are the sender's guess."""

from collections.abc import Callable
from typing import IO

HEAD = 64
"""Bytes enough for `is_ogg_opus`."""

_MARKS: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftyp", "mov"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
    (4, b"free", "mov"),
    (4, b"skip", "mov"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (0, b"#!AMR", "amr"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (8, b"WAVE", "wav"),
    (8, b"AVI ", "avi"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (0, b"caff", "caf"),
    (0, b".snd", "au"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"\x02dss", "dss"),
    (0, b"\x03ds2", "dss"),
)
"""Offset, bytes there, ffmpeg's name of the demuxer. It is named to ffmpeg, which left to guess would follow a
playlist to any file or address."""

_ID3_HEADER = 10
_MP3_KBIT = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MP3_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def is_ogg_opus(head: bytes) -> bool:
    """Whether the file's first stream is Opus: the rule for voice notes."""
    return head.startswith(b"OggS") and head[28:36] == b"OpusHead"


def demuxer(file: IO[bytes]) -> str | None:
    """ffmpeg's name for what reads this file; None when it is no recording of a known kind."""
    start = _after_id3(file)
    file.seek(start)
    head = file.read(HEAD)
    for offset, mark, name in _MARKS:
        if head[offset : offset + len(mark)] == mark:
            return name
    for name, length in (("mp3", _mp3_frame), ("aac", _adts_frame)):
        if (size := length(head)) and _has_frame_at(file, start + size, length):
            return name
    # A tag says "music"; encoders pad behind it, and their first frame need not follow at once.
    return "mp3" if start else None


def _after_id3(file: IO[bytes]) -> int:
    """Where the sound begins: the tag in front, with its cover picture, may be megabytes."""
    file.seek(0)
    tag = file.read(_ID3_HEADER)
    if len(tag) < _ID3_HEADER or not tag.startswith(b"ID3"):
        return 0
    return _ID3_HEADER + (tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9])


def _has_frame_at(file: IO[bytes], position: int, length: Callable[[bytes], int]) -> bool:
    file.seek(position)
    return length(file.read(HEAD)) > 0


def _mp3_frame(head: bytes) -> int:
    """Bytes of the layer III frame that begins here, 0 when none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, kbit, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or kbit in (0, 15) or rate == 3:
        return 0
    per_frame = 144_000 if version == 3 else 72_000
    return per_frame * _MP3_KBIT[version or 2][kbit] // _MP3_RATES[version][rate] + (head[2] >> 1 & 1)


def _adts_frame(head: bytes) -> int:
    """Bytes of the AAC frame that begins here, 0 when none does."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0
    return (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
