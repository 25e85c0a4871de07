"""Function calls: blocking or not, answered in time, too late, twice, or by nobody."""

import asyncio
from typing import Any

import pytest

from emulators.gemini_live import Answer, Call, FunctionResult, GeminiLiveEmulator
from tests.emulators.gemini_live.raw_client import (
    END,
    START,
    Message,
    RawClient,
    audio,
    contents,
    keys,
    parts,
    session,
    text,
)
from tests.emulators.gemini_live.tones import tone

INVALID = "Request contains an invalid argument."
DONE = Answer(text="Нашёл")


def _tools(behavior: str | None = None) -> Message:
    return {"tools": [{"functionDeclarations": [{"name": "find"} | ({"behavior": behavior} if behavior else {})]}]}


BLOCKING = _tools("BLOCKING")


def _response(call: str, name: str = "find", **more: Any) -> Message:
    return {"toolResponse": {"functionResponses": [{"id": call, "name": name, "response": {"clause": 5}, **more}]}}


async def _called(client: RawClient) -> list[str]:
    """Asks, and returns the ids of the calls."""
    await client.send(START, audio(tone(0.1)), END)
    messages = await client.until(lambda message: "toolCall" in message)
    return [call["id"] for call in messages[-1]["toolCall"]["functionCalls"]]


async def test_a_blocking_call_holds_the_turn_until_it_is_answered(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find", {"what": "бетон"})], text="Пять"))
    async with session(gemini, **BLOCKING) as client:
        (call,) = await _called(client)
        assert gemini.turns == []
        await client.send(_response(call))
        messages = await client.turn()
    assert parts(messages) == [{"text": "Пять"}]
    assert gemini.connections[0].sent[1]["toolCall"]["functionCalls"][0]["args"] == {"what": "бетон"}


async def test_calls_made_together_are_all_waited_for(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find"), Call("find")], then=DONE))
    async with session(gemini, **BLOCKING) as client:
        first, second = await _called(client)
        await client.send(_response(second), _response(first))
        assert parts(await client.turn()) == [{"text": "Нашёл"}]


async def test_calls_can_follow_one_another_in_a_turn(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find")], then=Answer(calls=[Call("find")], then=DONE)))
    async with session(gemini, **BLOCKING) as client:
        (first,) = await _called(client)
        await client.send(_response(first))
        messages = await client.until(lambda message: "toolCall" in message)
        await client.send(_response(messages[-1]["toolCall"]["functionCalls"][0]["id"]))
        assert parts(await client.turn()) == [{"text": "Нашёл"}]


async def test_by_default_a_call_does_not_block(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find")], text="Сейчас посмотрю", then=DONE))
    async with session(gemini, **_tools()) as client:
        (call,) = await _called(client)
        assert parts(await client.turn()) == [{"text": "Сейчас посмотрю"}]
        await client.send(_response(call))
        assert parts(await client.turn()) == [{"text": "Нашёл"}]


async def test_when_idle_a_result_waits_for_the_end_of_the_turn(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find")], pcm=tone(0.4, rate=24_000), pace=2.0, then=DONE))
    async with session(gemini, **_tools()) as client:
        (call,) = await _called(client)
        await client.send(_response(call, scheduling="WHEN_IDLE"))
        assert "interrupted" not in keys(await client.turn())
        assert parts(await client.turn()) == [{"text": "Нашёл"}]


@pytest.mark.parametrize("inside", [True, False])
async def test_a_result_can_interrupt(gemini: GeminiLiveEmulator, inside: bool) -> None:
    gemini.say(Answer(calls=[Call("find")], pcm=tone(9, rate=24_000), pace=1.0, then=DONE))
    response = _response("", scheduling="INTERRUPT")
    if inside:
        response = _response("", response={"clause": 5, "scheduling": "INTERRUPT"})
    async with session(gemini, **_tools()) as client:
        (call,) = await _called(client)
        response["toolResponse"]["functionResponses"][0]["id"] = call
        await client.send(response)
        assert contents(await client.turn())[-2:] == [{"interrupted": True}, {"turnComplete": True}]
        assert parts(await client.turn()) == [{"text": "Нашёл"}]


async def test_an_interrupting_result_waits_while_the_person_speaks(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find")], text="Ищу", then=DONE), Answer(text="Слышу"))
    async with session(gemini, **_tools()) as client:
        (call,) = await _called(client)
        await client.turn()
        await client.send(START, _response(call, scheduling="INTERRUPT"), END)
        assert parts(await client.turn()) == [{"text": "Слышу"}]
        assert parts(await client.turn()) == [{"text": "Нашёл"}]


async def test_a_silent_result_is_remembered_and_not_spoken_of(gemini: GeminiLiveEmulator) -> None:
    seen: list[object] = []

    class Remembering:
        async def answer(self, heard: object, history: object) -> Answer:
            assert isinstance(history, tuple)
            seen.extend(entry for entry in history if isinstance(entry, FunctionResult))
            return Answer(text="Помню")

    async with GeminiLiveEmulator(model=Remembering()) as remembering, session(remembering, **_tools()) as client:
        remembering.say(Answer(calls=[Call("find")], text="Ищу", then=DONE))
        (call,) = await _called(client)
        await client.turn()
        await client.send(_response(call, scheduling="SILENT"), text("Ну?"))
        assert parts(await client.turn()) == [{"text": "Помню"}]
    assert seen == [FunctionResult("find", {"clause": 5})]


async def test_a_result_can_come_in_parts(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find")], then=DONE))
    async with session(gemini, **BLOCKING) as client:
        (call,) = await _called(client)
        await client.send(_response(call, willContinue=True), _response(call, willContinue=False))
        assert parts(await client.turn()) == [{"text": "Нашёл"}]


async def test_new_input_cancels_a_blocking_call_and_its_late_answer_is_refused(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find")], then=DONE), Answer(text="Слушаю"))
    async with session(gemini, **BLOCKING) as client:
        (call,) = await _called(client)
        await client.send(START)
        messages = await client.turn()
        assert messages[0] == {"toolCallCancellation": {"ids": [call]}}
        assert keys(messages)[1:3] == ["interrupted", "turnComplete"]
        await client.send(_response(call))
        assert (await client.closed())[0] == 1008


async def test_a_call_that_the_model_takes_back_is_followed_by_what_it_says_then(gemini: GeminiLiveEmulator) -> None:
    cancel = asyncio.Event()
    gemini.say(Answer(calls=[Call("find")], then=DONE, cancel=cancel))
    async with session(gemini, **BLOCKING) as client:
        (call,) = await _called(client)
        cancel.set()
        messages = await client.turn()
        assert messages[0] == {"toolCallCancellation": {"ids": [call]}}
        assert parts(messages) == [{"text": "Нашёл"}]
        await client.send(_response(call))
        assert (await client.closed())[0] == 1008


async def test_a_call_that_was_answered_is_not_taken_back(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find")], then=DONE, cancel=asyncio.Event()))
    async with session(gemini, **BLOCKING) as client:
        (call,) = await _called(client)
        await client.send(_response(call))
        messages = await client.turn()
    assert parts(messages) == [{"text": "Нашёл"}]
    assert not any("toolCallCancellation" in message for message in messages)


@pytest.mark.parametrize(
    ("responses", "reason"),
    [
        ([_response("nobody")], "A function response with an unknown id."),
        ([_response("CALL"), _response("CALL")], "The function call was already answered."),
        ([_response("CALL", name="other")], "A function response with another name than its call."),
        (
            [{"toolResponse": {"functionResponses": [{"id": "CALL", "name": "find"}]}}],
            "A function response without a response.",
        ),
        ([{"toolResponse": {"functionResponses": [{"name": "find", "response": {}}]}}], "A function response with an"),
    ],
)
async def test_a_response_that_nobody_waits_for_is_closed(
    gemini: GeminiLiveEmulator, responses: list[Message], reason: str
) -> None:
    gemini.say(Answer(calls=[Call("find")], text="Ищу"))
    async with session(gemini, **_tools()) as client:
        (call,) = await _called(client)
        for response in responses:
            one = dict(response["toolResponse"]["functionResponses"][0])
            if one.get("id") == "CALL":
                one["id"] = call
            await client.send({"toolResponse": {"functionResponses": [one]}})
        code, said = await client.closed()
    assert (code, said[: len(INVALID) + 1 + len(reason)]) == (1007, f"{INVALID} {reason}")


async def test_extended_thinking_takes_no_scheduling(gemini: GeminiLiveEmulator) -> None:
    gemini.say(Answer(calls=[Call("find")], text="Ищу"))
    thinking = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    model = "models/gemini-3.8-live-extended-thinking"
    async with session(gemini, model=model, generationConfig=thinking, **_tools()) as client:
        (call,) = await _called(client)
        await client.send(_response(call, scheduling="WHEN_IDLE"))
        assert await client.closed() == (1007, "Function response scheduling is not supported.")
