from collections.abc import AsyncIterator

import pytest_asyncio

from emulators.gemini_live import GeminiLiveEmulator


@pytest_asyncio.fixture
async def gemini() -> AsyncIterator[GeminiLiveEmulator]:
    async with GeminiLiveEmulator() as emulator:
        yield emulator
