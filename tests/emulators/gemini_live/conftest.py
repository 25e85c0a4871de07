import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from emulators.gemini_live import GeminiLiveEmulator


@pytest_asyncio.fixture(autouse=True)
async def _no_task_is_left_alive() -> AsyncIterator[None]:
    """As for all tests, but the task that runs this check is not one that was left."""
    before = asyncio.all_tasks()
    yield
    left = {task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()}
    assert not left, f"tasks left alive: {left}"


@pytest_asyncio.fixture
async def gemini() -> AsyncIterator[GeminiLiveEmulator]:
    async with GeminiLiveEmulator() as emulator:
        yield emulator
