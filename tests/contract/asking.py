"""One question to Gemini over the real client, and what came of it."""

import asyncio

import gemini_live_session
from emulators.gemini_live import Answer
from errors import ProviderUnavailable
from live_session import Disconnected, Setup, TurnEnded
from tests.contract.servers import DEADLINE_S, Listening
from tests.script import sound

SETUP = Setup("Ты помощник прораба.", "Aoede")
SPOKEN = Answer(pcm=sound() * 3, transcript="да")


async def opened(provider: gemini_live_session.GeminiLive, setup: Setup = SETUP) -> None:
    """Raises what keeps a connection from coming about."""
    async with asyncio.timeout(DEADLINE_S), provider.connect(setup, Listening()):
        pass


async def asked(provider: gemini_live_session.GeminiLive, until: type[TurnEnded] | type[Disconnected]) -> Listening:
    """One question, listened to until that event; a connection that is gone earlier says so as an event."""
    listening = Listening()
    async with asyncio.timeout(DEADLINE_S), provider.connect(SETUP, listening) as session:
        try:
            await session.begin()
            await session.send_text("?")
            await session.end()
        except ProviderUnavailable:
            assert until is Disconnected
        await listening.until(until)
    return listening


def last_error(listening: Listening) -> Exception:
    event = listening.events[-1]
    assert isinstance(event, Disconnected)
    return event.error
