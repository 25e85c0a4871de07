"""Opus by way of FFmpeg: for what libopus does not do by itself, and where it can not be seen from here."""

from fractions import Fraction

import av

from audio import opus
from audio.resampling import Resampler, joined


class FFmpegEncoder:
    """s16le mono PCM at any rate as packets of `milliseconds`. Not for two threads at once."""

    def __init__(self, rate: int, milliseconds: int, *, bit_rate: int, complexity: int) -> None:
        self._rate = rate
        self._samples = 0
        self._resampler = av.AudioResampler("s16", "mono", opus.RATE, frame_size=opus.RATE * milliseconds // 1000)
        self._codec: av.AudioCodecContext = av.CodecContext.create("libopus", "w")
        self._codec.sample_rate = opus.RATE
        self._codec.format = "s16"
        self._codec.layout = "mono"
        self._codec.bit_rate = bit_rate
        self._codec.options = {
            "application": "voip",
            "vbr": "on",
            "frame_duration": str(milliseconds),
            "compression_level": str(complexity),
        }
        self._codec.open()
        self.pre_skip = int.from_bytes((self._codec.extradata or b"")[10:12], "little")
        """Samples at 48 kHz that come out before the first that went in."""

    def encode(self, pcm: bytes) -> list[bytes]:
        """Whole samples; the packets that they complete."""
        frame = av.AudioFrame("s16", "mono", len(pcm) // 2)
        frame.planes[0].update(pcm)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._samples
        self._samples += len(pcm) // 2
        return self._packets(self._resampler.resample(frame))

    def finish(self) -> list[bytes]:
        """What is left, and as much silence as makes the last sample come out."""
        return self._packets(self._resampler.resample(None)) + [bytes(packet) for packet in self._codec.encode(None)]

    def _packets(self, frames: list[av.AudioFrame]) -> list[bytes]:
        return [bytes(packet) for frame in frames for packet in self._codec.encode(frame)]


class FFmpegDecoder:
    """Packets of one stream of any kind as s16le mono at 16 kHz. Not for two threads at once."""

    def __init__(self, head: opus.Head) -> None:
        self.has_sound = False
        self._resampler = Resampler()
        self._codec: av.AudioCodecContext = av.CodecContext.create("opus", "r")
        self._codec.extradata = head.extradata

    def decode(self, packets: list[bytes]) -> bytes:
        return self._resampled([frame for packet in packets for frame in self._frames(packet)])

    def finish(self) -> bytes:
        return self._resampled(self._frames(None)) + self._resampler.finish()

    def _frames(self, packet: bytes | None) -> list[av.AudioFrame]:
        try:
            frames = self._codec.decode(None if packet is None else av.Packet(packet))
        except av.FFmpegError:
            return []
        self.has_sound = self.has_sound or bool(frames)
        return frames

    def _resampled(self, frames: list[av.AudioFrame]) -> bytes:
        return b"".join([self._resampler.feed(frame) for frame in joined(frames)])
