"""After a test no task of ours is alive; with `--no-skips` a test that was skipped counts as failed.

Without `--all` the tests that are marked `long` are left out: each repeats, with more volume, what another one proves.
"""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Generator

import pytest
import pytest_asyncio
from hypothesis import settings

from tests.volume import ALL

SLOW = ("end_to_end", "faults", "emulators", "benchmarks", "pictures")
"""Folders whose tests start programs or wait for timers."""

pytest_plugins = ("tests.forked", "tests.storage.databases")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="every part that a test needs has to be installed")
    parser.addoption("--all", action="store_true", help="also the long tests, and all examples of the property tests")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--all"):
        settings.register_profile(ALL)
        settings.load_profile(ALL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    long = [] if config.getoption("--all") else [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    items[:] = _slow_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _slow_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Each worker begins with a run of neighbours as long as another's, and takes over from whoever has more. What
    takes long comes first in each run; else one worker is still busy with it when the others have ended."""
    slow = [item for item in items if item.path.parent.name in SLOW]
    rest = [item for item in items if item.path.parent.name not in SLOW]
    return [item for part in range(workers) for each in (slow, rest) for item in _part(each, part, workers)]


def _part(items: list[pytest.Item], number: int, of: int) -> list[pytest.Item]:
    return items[len(items) * number // of : len(items) * (number + 1) // of]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means here. Most tests wait for a process, a timer or the other side: two at a time on two cores
    left one of them idle for half of the time."""
    return max(4, os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and --no-skips was given: {report.longrepr}"
    return report


@pytest_asyncio.fixture(autouse=True)
async def _no_task_is_left_alive() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = {task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()}
    assert not left, f"tasks left alive: {left}"


def pytest_collection_finish() -> None:
    """The collected tests and the loaded modules stay to the end: the collector need not go over them again."""
    gc.collect()
    gc.freeze()
