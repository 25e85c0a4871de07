"""What `reads_the_clock` plays again and what not."""

import pytest

pytest_plugins = ("pytester",)

PLAYED = """
from itertools import count

from tests.clock import assert_sooner, reads_the_clock

runs = count(1)

@reads_the_clock
def test_it():
    {body}
"""


@pytest.mark.parametrize(
    ("body", "outcomes"),
    [
        ("assert_sooner(3 - next(runs), 1)", {"passed": 1, "rerun": 2}),
        ("assert_sooner(4 - next(runs), 1)", {"failed": 1, "rerun": 2}),
        ("assert next(runs) > 1", {"failed": 1}),
    ],
    ids=["late twice", "late each time", "wrong once"],
)
def test_only_what_is_late_is_played_again(body: str, outcomes: dict[str, int], pytester: pytest.Pytester) -> None:
    pytester.makepyfile(PLAYED.format(body=body))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")
    assert {name: count for name, count in result.parseoutcomes().items() if count} == outcomes
