"""What decoding a JPEG will cost, read from its markers before anything is decoded."""

from dataclasses import dataclass

_SOS = 0xDA
_STANDALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})


@dataclass(frozen=True, slots=True)
class Scans:
    """`whole_in_memory`: the decoder has to keep the coefficients of the full picture, however small the result."""

    count: int
    whole_in_memory: bool


def scans(data: bytes) -> Scans:
    """Also of a damaged file, as far as its markers go."""
    at, components, progressive = 2, 0, False
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _STANDALONE or marker == 0xFF:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _SOS:
            # Inside coded data 0xFF is always followed by 0x00, so that from here on every match is a scan.
            return Scans(data.count(b"\xff\xda", at), progressive or data[at + 4 : at + 5] != bytes([components]))
        if marker in _FRAMES:
            progressive = marker in _PROGRESSIVE
            components = data[at + 9] if at + 9 < len(data) else 0
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return Scans(0, progressive)
