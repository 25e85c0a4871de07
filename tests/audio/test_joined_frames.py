"""Frames that are joined hold the sound of all of them, and nothing else."""

import av
import pytest

from audio.resampling import joined

SAMPLES = 7
"""Of a frame: few enough that libraries pad its planes."""


def frame(form: str, layout: str, mark: int, rate: int = 48_000) -> av.AudioFrame:
    made = av.AudioFrame(form, layout, SAMPLES)
    made.sample_rate = rate
    for number, plane in enumerate(made.planes):
        plane.update(bytes([16 * number + mark]) * plane.buffer_size)
    return made


@pytest.mark.parametrize(
    ("form", "layout", "width"), [("fltp", "mono", 4), ("fltp", "stereo", 4), ("s16", "stereo", 4)]
)
def test_the_samples_of_all_follow_each_other_in_each_plane(form: str, layout: str, width: int) -> None:
    [one] = joined([frame(form, layout, mark) for mark in (1, 2, 3)])
    assert (one.samples, one.sample_rate, one.format.name, one.layout.name) == (3 * SAMPLES, 48_000, form, layout)
    for number, plane in enumerate(one.planes):
        sound = bytes(plane)[: one.samples * width]
        assert sound == b"".join(bytes([16 * number + mark]) * (SAMPLES * width) for mark in (1, 2, 3))


def test_what_differs_is_not_joined() -> None:
    mono, stereo = frame("fltp", "mono", 1), frame("fltp", "stereo", 1)
    assert [one.layout.name for one in joined([mono, stereo, stereo, mono])] == ["mono", "stereo", "mono"]
    assert len(list(joined([mono, frame("fltp", "mono", 1, rate=24_000)]))) == 2
