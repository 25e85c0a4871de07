"""What an open connection to Gemini holds when nobody speaks, on the loop that the bot runs on."""

import asyncio
import os
import sys
from mmap import PAGESIZE

import pytest
import uvloop

from emulators.gemini_live import Answer, GeminiLiveEmulator
from gemini_live_session import GeminiLive
from live_session import FunctionDeclaration, LiveEvent, ResumptionHandle, Setup, TurnEnded
from tests.contract.conftest import KEY, MODEL
from tests.contract.servers import DEADLINE_S
from tests.script import sound

BLUNT = FunctionDeclaration("find_norm", "Ищет норму. " * 3_000)


class Heard:
    def __init__(self) -> None:
        self.after_the_turn = asyncio.Event()
        self._ended = False

    def __call__(self, event: LiveEvent) -> None:
        self._ended = self._ended or isinstance(event, TurnEnded)
        if self._ended and isinstance(event, ResumptionHandle):
            self.after_the_turn.set()


async def _read_into_after_a_turn() -> memoryview:
    """Where uvloop reads the connection, after an answer in two long messages."""
    async with GeminiLiveEmulator(KEY) as gemini:
        os.environ["SSL_CERT_FILE"] = str(gemini.ca_file)
        live = GeminiLive(KEY, MODEL, base_url=gemini.url)
        gemini.say(Answer(pcm=sound() * 100, transcript="да", chunk_ms=5000))
        heard = Heard()
        async with (
            asyncio.timeout(DEADLINE_S),
            live.connect(Setup("Ты помощник.", "Aoede", functions=(BLUNT,)), heard) as session,
        ):
            await session.begin()
            await session.send_audio(sound())
            await session.end()
            await heard.after_the_turn.wait()
            protocol = session._socket.transport.get_extra_info("uvloop.sslproto")
            copy = memoryview(bytes(protocol.get_buffer(1)))
        await live.close()
        assert [tool["functionDeclarations"][0]["name"] for tool in gemini.connections[0].setup["tools"]] == [
            "find_norm"
        ]
        return copy


@pytest.mark.skipif(sys.platform != "linux", reason="madvise of Linux")
def test_what_was_read_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "")  # set inside, put back after the test
    buffer = uvloop.run(_read_into_after_a_turn())
    assert len(buffer) >= 1 << 18
    assert not any(buffer[2 * PAGESIZE : -PAGESIZE])  # whole pages; beside them it may be anything
