"""What a conversation may rely on, whichever the provider."""

import asyncio
from pathlib import Path

import pytest

from errors import ProviderError, ProviderUnavailable
from live_session import (
    Disconnected,
    GenerationComplete,
    Interrupted,
    LiveSession,
    Setup,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
    Usage,
    Utterance,
)
from tests.contract.servers import CHUNK, DEADLINE_S, Server, Spoken
from tests.script import sound

SITE_PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()
SETUP = Setup("Ты помощник прораба.", "Aoede")
FRAMES = [bytes([number % 251, number % 3]) * 1600 for number in range(12)] + [b"\xfb\xff\xfe\x7f"]
"""Of a recording; every byte value that URL-safe base64 writes in another way is among them."""


async def ask(session: LiveSession, *, frames: list[bytes] = FRAMES, text: str = "") -> None:
    await session.begin()
    if text:
        await session.send_text(text)
    for pcm in frames:
        await session.send_audio(pcm)
    await session.end()


async def test_a_recording_arrives_byte_for_byte_in_one_activity(server: Server) -> None:
    async with server.connected(SETUP) as (session, listening):
        server.say(Spoken(sound(), "да"))
        await ask(session)
        await listening.until(TurnEnded)
        question = await server.heard(1)
    assert question.pcm == b"".join(FRAMES)


async def test_pictures_and_text_arrive_inside_of_the_same_activity(server: Server) -> None:
    async with server.connected(SETUP) as (session, listening):
        server.say(Spoken(sound(), "да"))
        await session.begin()
        await session.send_image(SITE_PHOTO, "image/jpeg")
        await session.send_image(SITE_PHOTO, "image/jpeg")
        await session.send_text("Что не так?")
        await session.send_audio(FRAMES[0])
        await session.end()
        await listening.until(TurnEnded)
        question = await server.heard(1)
    assert question.images == ((SITE_PHOTO, "image/jpeg"),) * 2
    assert question.texts == ("Что не так?",)
    assert question.pcm == FRAMES[0]


async def test_the_answer_comes_back_byte_for_byte_with_both_transcripts(server: Server) -> None:
    spoken = sound(1) + sound(2) + sound(3)
    async with server.connected(SETUP) as (session, listening):
        server.say(Spoken(spoken, "Слой пять сантиметров", "какой слой"))
        await ask(session)
        await listening.until(TurnEnded)
    assert listening.pcm == spoken
    assert listening.words(Speaker.ASSISTANT) == "Слой пять сантиметров"
    assert listening.words(Speaker.PERSON) == "какой слой"


async def test_the_answer_is_complete_before_its_turn_ends_and_usage_and_handle_come_with_it(server: Server) -> None:
    async with server.connected(SETUP) as (session, listening):
        server.say(Spoken(sound(), "да"))
        await ask(session)
        assert await listening.handle()
        events = listening.events
    kinds = [type(event) for event in events]
    last_sound = max(place for place, kind in enumerate(kinds) if kind is Speech)
    assert last_sound < kinds.index(GenerationComplete) < kinds.index(TurnEnded)
    assert kinds.count(TurnEnded) == kinds.count(GenerationComplete) == kinds.count(Usage) == 1


async def test_every_turn_of_a_connection_is_heard(server: Server) -> None:
    async with server.connected(SETUP) as (session, listening):
        server.say(*(Spoken(sound(number), f"ответ {number}") for number in range(3)))
        for number in range(3):
            await ask(session, frames=[FRAMES[number]])
            await listening.until(TurnEnded, number + 1)
        assert [(await server.heard(number + 1)).pcm for number in range(3)] == FRAMES[:3]
    assert listening.pcm == sound(0) + sound(1) + sound(2)


async def test_beginning_during_an_answer_interrupts_it_and_nothing_of_it_follows(server: Server) -> None:
    never = asyncio.Event()
    old, new = sound(1) * 5, sound(2) * 2
    async with server.connected(SETUP) as (session, listening):
        server.say(Spoken(old, "старое", hold=never), Spoken(new, "новое"))
        await ask(session)
        await listening.until(Speech)
        await session.begin()
        events = await listening.until(TurnEnded)
        interrupted = [type(event) for event in events].index(Interrupted)
        assert not any(isinstance(event, GenerationComplete) for event in events)
        await session.send_audio(FRAMES[0])
        await session.end()
        await listening.until(TurnEnded, 2)
    after = b"".join(event.pcm for event in listening.events[interrupted:] if isinstance(event, Speech))
    assert after == new
    assert listening.pcm == old[:CHUNK] + new


async def test_a_break_is_the_last_event_and_every_further_act_says_that_the_connection_is_gone(
    server: Server,
) -> None:
    async with server.connected(SETUP) as (session, listening):
        server.say(Spoken(sound() * 3, "да", breaks=True))
        await ask(session)
        events = await listening.until(Disconnected)
        for act in (session.begin(), session.send_text("?"), session.send_audio(FRAMES[0]), session.end()):
            with pytest.raises(ProviderUnavailable):
                await act
        await asyncio.sleep(0)
        assert isinstance(events[-1], Disconnected)
        assert [type(event) for event in events].count(Disconnected) == 1


async def test_closing_from_this_side_is_no_break(server: Server) -> None:
    async with server.connected(SETUP) as (_, listening):
        pass
    assert not any(isinstance(event, Disconnected) for event in listening.events)


async def test_a_connection_is_closed_also_in_the_middle_of_a_question(server: Server) -> None:
    async with asyncio.timeout(DEADLINE_S), server.connected(SETUP) as (session, _):
        await session.begin()
        await session.send_audio(FRAMES[0])


async def test_a_handle_is_offered_by_the_next_connection(server: Server) -> None:
    async with server.connected(SETUP) as (session, listening):
        server.say(Spoken(sound(), "да"))
        await ask(session)
        await listening.until(TurnEnded)
        handle = await listening.handle()
    async with server.connected(Setup("", "Aoede", resumption_handle=handle)) as (session, listening):
        server.say(Spoken(sound(), "да"))
        await ask(session)
        await listening.until(TurnEnded)
    assert server.handles() == [None, handle]


async def test_a_fresh_connection_is_told_the_history_before_the_question(server: Server) -> None:
    past = (Utterance(Speaker.PERSON, "Меня зовут Иван."), Utterance(Speaker.ASSISTANT, "Здравствуйте, Иван."))
    async with server.connected(Setup("", "Aoede", history=past)) as (session, listening):
        server.say(Spoken(sound(), "Иван"))
        await ask(session)
        await listening.until(TurnEnded)
        assert not any(isinstance(event, Transcript) and "Здрав" in event.text for event in listening.events)
    assert server.histories() == [past]


async def test_an_error_in_the_block_closes_the_connection_and_is_raised_plainly(server: Server) -> None:
    with pytest.raises(ProviderError, match="mine"):
        async with server.connected(SETUP):
            raise ProviderError("mine")
