"""Decoded frames -> what the live model listens to."""

import av

RATE = 16_000
"""Hz. Everything that is heard is s16le mono at this rate."""

BATCH = RATE // 10
"""Samples that come out at a time: the fewer steps through PyAV, the faster."""


class Resampler:
    """Frames of any format, rate and layout, changing in mid-stream too; several channels are mixed into one."""

    def __init__(self) -> None:
        self._resampler = _new()

    def feed(self, frame: av.AudioFrame) -> bytes:
        frame.pts = None
        try:
            return _pcm(self._resampler.resample(frame))
        except ValueError:
            # PyAV says so of a frame that differs from the ones before.
            return self.finish() + _pcm(self._resampler.resample(frame))

    def finish(self) -> bytes:
        """What is still inside. A frame may follow; it begins anew."""
        rest = _pcm(self._resampler.resample(None))
        self._resampler = _new()
        return rest


def _new() -> av.AudioResampler:
    return av.AudioResampler("s16", "mono", RATE, frame_size=BATCH)


def _pcm(frames: list[av.AudioFrame]) -> bytes:
    return b"".join(bytes(frame.planes[0])[: 2 * frame.samples] for frame in frames)
