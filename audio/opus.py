"""What an Opus stream says of itself: its head (RFC 7845) and the length of a packet (RFC 6716)."""

from dataclasses import dataclass

RATE = 48_000
"""Hz in which positions, pre-skip and packet lengths are counted, whatever was recorded."""

_HEAD = b"OpusHead"
_HEAD_SIZE = 19
_LONGEST_PACKET = 5760  # 120 ms
_SILK = (480, 960, 1920, 2880)
_HYBRID = (480, 960)
_CELT = (120, 240, 480, 960)


@dataclass(frozen=True, slots=True)
class Head:
    """`pre_skip`: samples at the beginning that are not sound. `extradata`: the head as codecs want it, with a
    pre-skip of nought, for they are dropped here. `is_usual`: one or two channels, as loud as they were encoded."""

    pre_skip: int
    extradata: bytes
    is_usual: bool = True


ASSUMED = Head(312, _HEAD + b"\x01\x02" + bytes(2) + RATE.to_bytes(4, "little") + bytes(3))
"""For a stream whose head was damaged: what phones write. As stereo, which plays mono packets as they are."""


TAGS = b"OpusTags" + len(b"libopus").to_bytes(4, "little") + b"libopus" + bytes(4)
"""Who made it, and nothing else."""


def head_of(pre_skip: int) -> bytes:
    """The head packet of a mono stream, of 48 kHz as voice messages say: players do not look at it."""
    return _HEAD + b"\x01\x01" + pre_skip.to_bytes(2, "little") + RATE.to_bytes(4, "little") + bytes(3)


def head(packet: bytes) -> Head | None:
    """None when the packet is no Opus head of a version that is known to be readable."""
    if len(packet) < _HEAD_SIZE or not packet.startswith(_HEAD) or packet[8] > 15 or not packet[9]:
        return None
    gain, family = packet[16:18], packet[18]
    extradata = packet[:10] + bytes(2) + packet[12:]
    return Head(int.from_bytes(packet[10:12], "little"), extradata, family == 0 and packet[9] <= 2 and not any(gain))


def samples(packet: bytes) -> int:
    """Length of the packet at 48 kHz; 0 for one that can not be Opus."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if code == 3 and len(packet) < 2:
        return 0
    frames = (1, 2, 2, packet[1] & 0x3F)[code] if code == 3 else (1, 2, 2)[code]
    length = frames * _frame(config)
    return length if length <= _LONGEST_PACKET else 0


def _frame(config: int) -> int:
    if config < 12:
        return _SILK[config & 3]
    return _HYBRID[config & 1] if config < 16 else _CELT[config & 3]
