"""Tests that hold us to a time on the wall: the soonest of three counts; a busy machine only adds to what we take."""

import pytest


class TooLate(AssertionError):
    """Something right came late."""


reads_the_clock = pytest.mark.flaky(reruns=2, only_rerun=TooLate)
"""Plays the test again when it was late, at most twice; whatever else it finds fails at once."""


def assert_sooner(seconds: float, limit: float) -> None:
    if not seconds < limit:
        raise TooLate(f"{seconds:.3f} s, and not below {limit:.3f} s")
