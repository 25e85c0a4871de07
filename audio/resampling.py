"""Decoded frames -> what the live model listens to."""

from collections.abc import Iterable, Iterator
from itertools import groupby

import av

from audio.pcm import RATE

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


def joined(frames: Iterable[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    """The same sound in fewer frames: every step through PyAV costs more than what it does for 20 ms."""
    for (form, layout, rate), alike in groupby(frames, _kind):
        some = list(alike)
        if len(some) == 1:
            yield some[0]
            continue
        frame = av.AudioFrame(form, layout, sum(one.samples for one in some))
        frame.sample_rate = rate
        size = frame.format.bytes * (1 if frame.format.is_planar else frame.layout.nb_channels)
        for number, plane in enumerate(frame.planes):
            # The last plane bytes of a frame may be padding.
            whole = b"".join(bytes(one.planes[number])[: one.samples * size] for one in some)
            plane.update(whole.ljust(plane.buffer_size, b"\0"))
        yield frame


def _kind(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _new() -> av.AudioResampler:
    return av.AudioResampler("s16", "mono", RATE, frame_size=BATCH)


def _pcm(frames: list[av.AudioFrame]) -> bytes:
    return b"".join(bytes(frame.planes[0])[: 2 * frame.samples] for frame in frames)
