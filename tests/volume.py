"""How much of a proof by volume is played: all of it with `--all`, a part of it in `make test`."""

import pytest
from hypothesis import settings

ALL = "all"
"""The profile of hypothesis that `--all` loads, before any test module is read."""
SHARE = 4

long = pytest.mark.long


def examples(count: int) -> int:
    """Of a property test, whose `count` is for `--all`."""
    return count if settings.get_current_profile_name() == ALL else count // SHARE
