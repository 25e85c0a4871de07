"""The real bot between the two emulators, and what has to hold after every fault.

Nothing of ours is left (tasks are watched by the conftest above): no descriptor, no recording of a turn that ended; and
by the emulator's log every question was answered once or the person was told.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio

from emulators.gemini_live import GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator
from tests.end_to_end.conftest import make_settings, run_bot, telegram
from tests.end_to_end.test_doubtful_sends import start
from tests.faults.ledger import QuotingModel, accounted
from tests.storage.databases import KINDS, empty_database

__all__ = ["make_settings", "run_bot", "start", "telegram"]

Crowd = Callable[[int], list[Chat]]
Test = TypeVar("Test", bound=Callable[..., object])
CLOSING_S = 3.0


@pytest.fixture
async def model() -> QuotingModel:
    return QuotingModel()


@pytest.fixture
async def gemini(model: QuotingModel) -> AsyncIterator[GeminiLiveEmulator]:
    async with GeminiLiveEmulator(key="test-key", model=model) as emulator:
        yield emulator


def on_every_database(test: Test) -> Test:
    """For a fault that touches what is stored; the other tests have the SQLite file in `DATA_DIR`."""
    marked: Test = pytest.mark.parametrize("stored_in", KINDS, indirect=True)(test)
    used: Test = pytest.mark.usefixtures("stored_in")(marked)
    return used


@pytest_asyncio.fixture
async def stored_in(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """The kind of the database; `run_bot` and `start` find it in the environment."""
    async with empty_database(request.param, request, tmp_path) as url:
        if request.param != "sqlite":
            monkeypatch.setenv("DATABASE_URL", url)
        yield request.param


@pytest.fixture
def chats() -> list[Chat]:
    """All that take part; their questions are accounted for at the end."""
    return []


@pytest.fixture
def crowd(telegram: TelegramEmulator, chats: list[Chat]) -> Crowd:
    """`crowd(3)`: the private chats of three people, gathered once in a test."""

    def gathered(count: int) -> list[Chat]:
        people = [telegram.person(id=number, first_name=f"Иван {number}") for number in range(1, count + 1)]
        chats.extend(telegram.private_chat(person) for person in people)
        return chats

    return gathered


@pytest.fixture
def ivan(crowd: Crowd) -> Chat:
    return crowd(1)[0]


@pytest.fixture(autouse=True)
async def _no_descriptor_is_left_open() -> AsyncIterator[None]:
    before = descriptors()
    yield
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_S):
            while descriptors() - before:  # noqa: ASYNC110 - the kernel tells nobody that a socket is gone
                await asyncio.sleep(0.01)
    left = descriptors() - before
    assert not left, f"left open: {left}"


@pytest.fixture(autouse=True)
async def _every_question_is_accounted_for(
    _no_descriptor_is_left_open: None,
    telegram: TelegramEmulator,
    gemini: GeminiLiveEmulator,
    chats: list[Chat],
    tmp_path: Path,
) -> AsyncIterator[None]:
    yield
    accounted(telegram, chats)
    kept = await asyncio.to_thread(lambda: [path.name for path in tmp_path.rglob("recordings/*/*")])
    assert not kept, f"recordings of turns that ended: {kept}"


def descriptors() -> set[tuple[str, str]]:
    """(number, what it is) of all open files, sockets and pipes of this process."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the listing itself
            found.add((number, os.readlink(f"/proc/self/fd/{number}")))
    return {entry for entry in found if "/proc/" not in entry[1]}
