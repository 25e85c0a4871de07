"""A file with sound in it, read by PyAV in this process: for where the `ffmpeg` program is missing."""

from collections.abc import Iterator
from pathlib import Path

import av

from audio.pcm import RATE
from audio.resampling import Resampler
from errors import RecordingHasNoSoundTrack, RecordingNeedsFfmpeg, RecordingUnreadable

_ENOUGH = 2 * 2 * RATE
_PACKETS = 200
"""Looked at in one step, so that a file with little sound in it does not occupy a codec thread."""


class SoundFile:
    """The first sound track. Its methods belong into a codec thread; no two of them at once."""

    def __init__(self, path: Path, kind: str) -> None:
        """`kind` is ffmpeg's name of the demuxer. Raises a RecordingUnreadable of the kind that fits."""
        self._container = _open(path, kind)
        tracks = self._container.streams.audio
        if not tracks:
            raise RecordingHasNoSoundTrack
        if tracks[0].codec_context is None:
            raise RecordingNeedsFfmpeg("PyAV has no decoder for it", wanted="format")
        self._packets: Iterator[av.Packet[av.AudioStream]] = self._container.demux(tracks[0])
        self._resampler = Resampler()

    def read(self) -> bytes | None:
        """About two seconds of s16le mono PCM at 16 kHz, less or nothing where little is to be had; None at the end."""
        pcm = bytearray()
        for _ in range(_PACKETS):
            try:
                packet = next(self._packets, None)
            except av.FFmpegError:
                packet = None
            if packet is None:
                pcm += self._resampler.finish()
                return bytes(pcm) or None
            pcm += self._decode(packet)
            if len(pcm) >= _ENOUGH:
                break
        return bytes(pcm)

    def close(self) -> None:
        self._container.close()

    def _decode(self, packet: "av.Packet[av.AudioStream]") -> bytes:
        try:
            return b"".join([self._resampler.feed(frame) for frame in packet.decode()])
        except av.FFmpegError:
            return b""


def _open(path: Path, kind: str) -> av.container.InputContainer:
    try:
        return av.open(str(path), "r", format=kind, metadata_errors="replace", options={"protocol_whitelist": "file"})
    except av.FFmpegError as error:
        raise RecordingUnreadable(type(error).__name__) from error
    except ValueError as error:
        raise RecordingNeedsFfmpeg("PyAV has no demuxer for it", wanted="format") from error
