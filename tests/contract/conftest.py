import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from emulators.gemini_live import GeminiLiveEmulator
from gemini_live_session import GeminiLive
from tests.contract.servers import GeminiServer, ScriptServer, Server
from tests.script import Script

KEY = "very-secret-key"
MODEL = "gemini-3.8-live"

MakeGeminiLive = Callable[..., GeminiLive]


@pytest_asyncio.fixture(autouse=True)
async def _no_task_is_left_alive() -> AsyncIterator[None]:
    """As for all tests, but the task that runs this check is not one that was left."""
    before = asyncio.all_tasks()
    yield
    left = {task for task in asyncio.all_tasks() - before - {asyncio.current_task()} if not task.done()}
    assert not left, f"tasks left alive: {left}"


@pytest_asyncio.fixture
async def gemini() -> AsyncIterator[GeminiLiveEmulator]:
    async with GeminiLiveEmulator(KEY) as emulator:
        yield emulator


@pytest.fixture
def gemini_live(gemini: GeminiLiveEmulator, monkeypatch: pytest.MonkeyPatch) -> MakeGeminiLive:
    """`gemini_live(key=..., model=...)`: the real client, trusting the emulator."""
    monkeypatch.setenv("SSL_CERT_FILE", str(gemini.ca_file))

    def make(key: str = KEY, model: str = MODEL) -> GeminiLive:
        return GeminiLive(key, model, base_url=gemini.url)

    return make


@pytest_asyncio.fixture(params=["script", "gemini"])
async def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """The same tests over every provider that there is."""
    match request.param:
        case "script":
            async with Script() as script:
                yield ScriptServer(script)
        case _:
            async with GeminiLiveEmulator(KEY) as emulator:
                monkeypatch.setenv("SSL_CERT_FILE", str(emulator.ca_file))
                yield GeminiServer(emulator, GeminiLive(KEY, MODEL, base_url=emulator.url))
