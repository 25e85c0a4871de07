from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from audio.pool import Codecs, open_codecs
from tests.audio.making import voice_note
from tests.audio.speech import speech_like


@pytest_asyncio.fixture
async def codecs() -> AsyncIterator[Codecs]:
    async with open_codecs(2) as codecs:
        yield codecs


@pytest.fixture(scope="session")
def ten_minutes() -> tuple[bytes, bytes]:
    """Ten minutes of speech at 24 kHz and the voice note of it."""
    pcm = speech_like(600)
    return pcm, voice_note(pcm)


@pytest.fixture
def without_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
