"""What a conversation keeps: over a broken connection, from a seeded history, from `clientContent`."""

import asyncio
from collections.abc import Sequence

import pytest

from emulators.gemini_live import Answer, GeminiLiveEmulator, Heard, Remembered, Said
from tests.emulators.gemini_live.raw_client import (
    END,
    START,
    Message,
    audio,
    content,
    dial,
    parts,
    session,
    setup,
    text,
)
from tests.emulators.gemini_live.tones import tone

INVALID = "Request contains an invalid argument."
RESUMABLE: Message = {"sessionResumption": {}}
SEEDED: Message = {"historyConfig": {"initialHistoryInClientContent": True}}


class Retelling:
    """Says what it remembers."""

    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        told = [
            f"{entry.seconds:.1f}" if isinstance(entry, Heard) and entry.pcm else _words(entry) for entry in history
        ]
        return Answer(text=" | ".join([*told, " ".join(heard.texts)]))


def _words(entry: Remembered) -> str:
    match entry:
        case Heard():
            return " ".join(entry.texts)
        case Said():
            return entry.text
        case _:
            return entry.name


def _written(messages: list[Message]) -> str:
    return "".join(part["text"] for part in parts(messages))


async def test_a_handle_comes_after_each_turn_and_none_while_the_model_speaks(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(text="да"), Answer(text="нет"))
    async with session(gemini, **RESUMABLE) as client:
        first = await client.ask()
        assert first[0] == {"sessionResumptionUpdate": {"resumable": False}}
        handles = {await client.handle()}
        await client.ask()
        handles.add(await client.handle())
    assert len(handles) == 2
    assert gemini.connections[0].handle in handles


async def test_without_asking_there_is_no_handle(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(text="да"))
    async with session(gemini) as client:
        await client.ask()
    await gemini.wait_until(lambda g: g.connections[0].close_code is not None)
    assert not any("sessionResumptionUpdate" in message for message in gemini.connections[0].sent)


async def test_a_handle_brings_the_conversation_back() -> None:
    async with GeminiLiveEmulator(model=Retelling()) as gemini:
        async with session(gemini, **RESUMABLE) as client:
            await client.ask(audio(tone(0.5)))
            handle = await client.handle()
            await client.ask(text("забытое"))
        async with session(gemini, sessionResumption={"handle": handle}) as client:
            assert _written(await client.ask(text("помнишь?"))) == "0.5 | помнишь?"


async def test_a_broken_connection_can_be_resumed_at_once() -> None:
    async with GeminiLiveEmulator(model=Retelling()) as gemini:
        async with session(gemini, **RESUMABLE) as client:
            await client.ask(audio(tone(0.5)))
            handle = await client.handle()
            client.socket.transport.abort()
        async with session(gemini, sessionResumption={"handle": handle}):
            assert len(gemini.connections) == 2


async def test_resuming_beside_an_open_connection_is_closed_with_1011(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(text="да"))
    async with session(gemini, **RESUMABLE) as client, dial(gemini) as another:
        await client.ask()
        await another.send(setup(sessionResumption={"handle": await client.handle()}))
        assert (await another.closed())[0] == 1011
        assert gemini.connections[0].open


async def test_an_expired_handle_is_closed_with_1007(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(text="да"))
    async with session(gemini, **RESUMABLE) as client:
        await client.ask()
        handle = await client.handle()
    gemini.expire_handles()
    async with dial(gemini) as client:
        await client.send(setup(sessionResumption={"handle": handle}))
        assert await client.closed() == (1007, f"{INVALID} The session resumption handle is not valid.")


async def test_a_seeded_history_is_not_answered() -> None:
    async with GeminiLiveEmulator(model=Retelling()) as gemini, session(gemini, **SEEDED) as client:
        await client.send(content("Меня зовут Пётр", complete=False), content("Очень приятно", "model"))
        assert (
            _written(await client.ask(text("Как меня зовут?"))) == "Меня зовут Пётр | Очень приятно | Как меня зовут?"
        )
        assert [message for message in gemini.connections[0].sent if "usageMetadata" in message][1:] == []


async def test_realtime_input_before_the_history_is_complete_is_closed(gemini: GeminiLiveEmulator) -> None:
    async with session(gemini, **SEEDED) as client:
        await client.send(content("Меня зовут Пётр", complete=False), START)
        assert await client.closed() == (1007, f"{INVALID} The initial history is not complete.")


async def test_client_content_is_answered_once_it_is_complete() -> None:
    async with GeminiLiveEmulator(model=Retelling()) as gemini, session(gemini) as client:
        await client.send(content("раз", complete=False), content("два", "model", complete=False), content("три"))
        assert _written(await client.turn()) == "раз | два | три"


@pytest.mark.parametrize("role", ["system", "assistant", "", None])
async def test_client_content_needs_a_role(gemini: GeminiLiveEmulator, role: str | None) -> None:
    turn = {"parts": [{"text": "?"}]} | ({} if role is None else {"role": role})
    async with session(gemini) as client:
        await client.send({"clientContent": {"turns": [turn], "turnComplete": True}})
        code, reason = await client.closed()
    assert (code, reason.startswith(f"{INVALID} Please use a valid role")) == (1007, True)


async def test_client_content_carries_no_audio(gemini: GeminiLiveEmulator) -> None:
    part = {"inlineData": {"mimeType": "audio/pcm", "data": "AAA="}}
    async with session(gemini) as client:
        await client.send({"clientContent": {"turns": [{"role": "user", "parts": [part]}], "turnComplete": True}})
        assert await client.closed() == (1007, f"{INVALID} Unsupported MIME type: audio/pcm")


async def test_an_interrupted_answer_is_remembered_as_far_as_it_went() -> None:
    async with GeminiLiveEmulator(model=Retelling()) as gemini, session(gemini) as client:
        gemini.say(Answer(text="начало", pcm=tone(1, rate=24_000), hold=asyncio.Event(), hold_after=1))
        await client.send(text("вопрос"))
        await client.until(lambda message: "inlineData" in str(message))
        await client.send(START, text("стоп"), END)
        await client.turn()
        assert _written(await client.turn()) == "вопрос | начало | стоп"


async def test_an_update_of_the_context_changes_instruction_and_functions(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(text="да"))
    update = {"systemInstruction": {"parts": [{"text": "x" * 400}]}, "tools": []}
    async with session(gemini) as client:
        await client.send({"contextUpdate": update})
        assert (await client.ask())[-1]["usageMetadata"]["promptTokenCount"] == 100
