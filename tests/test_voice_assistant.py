"""A conversation for each chat and topic: started once, stopped, limited in time, and none can hurt another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from errors import KeyRejected
from live_session import GenerationComplete, Speech, TurnEnded
from question import Question
from tests.script import Script, answer, asks, connects, sound
from tests.talk import LOUD, Replied, in_virtual_time, note, picture, settled
from tests.updates.virtual_time import now
from usage import Statistics
from voice_assistant import ChatKey, Limits, Opener, TelegramVoiceAssistant, open_voice_assistant

HERE, THERE = ChatKey(1), ChatKey(1, topic=7)
IVAN = Opener(10, "Иван")
MINUTE = 60.0


class Farewells:
    def __init__(self) -> None:
        self.told: list[tuple[Statistics, bool]] = []

    async def __call__(self, statistics: Statistics, time_is_up: bool) -> None:
        self.told.append((statistics, time_is_up))


@asynccontextmanager
async def assisting(script: Script, *, session_minutes: float = 60) -> AsyncIterator[TelegramVoiceAssistant]:
    limits = Limits(session_minutes=session_minutes)
    async with (
        script,
        open_voice_assistant(script, voice="Aoede", time_zone="Europe/Moscow", limits=limits) as assistant,
    ):
        yield assistant
    assert not script.open_connections


async def start(assistant: TelegramVoiceAssistant, key: ChatKey = HERE) -> Farewells:
    farewells = Farewells()
    assert await assistant.start(key, IVAN, farewells)
    await settled()
    return farewells


@in_virtual_time
async def test_starting_opens_the_connection_and_a_second_start_is_the_same_conversation() -> None:
    script = Script(connects(), asks(*answer("да")))
    async with assisting(script) as assistant:
        await start(assistant)
        assert script.open_connections == 1
        assert not await assistant.start(HERE, Opener(11, "Пётр"), Farewells())
        assert assistant.opener(HERE) == IVAN
        reply = Replied()
        assistant.ask(HERE, Question("раз"), reply)
        assert await reply.ended() == "answered"


@in_virtual_time
async def test_a_topic_has_a_conversation_of_its_own() -> None:
    script = Script(connects(), connects())
    async with assisting(script) as assistant:
        await start(assistant)
        assert assistant.opener(THERE) is None
        with pytest.raises(KeyError):
            assistant.ask(THERE, Question("раз"), Replied())
        await start(assistant, THERE)
        assert len(script.connections) == 2


@in_virtual_time
async def test_stopping_gives_the_statistics_once() -> None:
    async with assisting(Script(connects(), asks(*answer("да")))) as assistant:
        farewells = await start(assistant)
        reply = Replied()
        assistant.ask(HERE, Question("раз"), reply)
        await reply.completion()
        statistics = await assistant.stop(HERE)
        assert statistics is not None
        assert (statistics.questions, statistics.answers, statistics.ended_at is not None) == (1, 1, True)
        assert await assistant.stop(HERE) is None
        assert assistant.opener(HERE) is None
        assert farewells.told == []


@in_virtual_time
async def test_a_chat_can_start_again_after_it_stopped() -> None:
    async with assisting(Script(connects(), connects(), asks(*answer("да")))) as assistant:
        await start(assistant)
        await assistant.stop(HERE)
        await start(assistant)
        reply = Replied()
        assistant.ask(HERE, Question("раз"), reply)
        assert await reply.ended() == "answered"


@in_virtual_time
async def test_the_longest_conversation_ends_with_a_farewell() -> None:
    async with assisting(Script(connects()), session_minutes=2) as assistant:
        farewells = await start(assistant)
        await asyncio.sleep(2 * MINUTE - 1)
        assert assistant.opener(HERE) is not None
        await asyncio.sleep(2)
        assert assistant.opener(HERE) is None
        assert [time_is_up for _, time_is_up in farewells.told] == [True]
        assert await assistant.stop(HERE) is None


@in_virtual_time
async def test_a_farewell_that_fails_leaves_the_other_conversations_alone() -> None:
    async def failing(statistics: Statistics, time_is_up: bool) -> None:
        raise ValueError

    async with assisting(Script(connects(), connects()), session_minutes=2) as assistant:
        await assistant.start(HERE, IVAN, failing)
        await asyncio.sleep(MINUTE)
        others = await start(assistant, THERE)
        await asyncio.sleep(MINUTE)
        assert (assistant.opener(HERE), assistant.opener(THERE)) == (None, IVAN)
        assert others.told == []


@in_virtual_time
async def test_a_crash_of_one_conversation_ends_it_with_a_word_and_leaves_the_others_alone() -> None:
    script = Script(connects(refuse=ZeroDivisionError("секрет")), connects(), asks(*answer("да")))
    async with assisting(script) as assistant:
        farewells, others = await start(assistant), await start(assistant, THERE)
        await settled()
        assert [time_is_up for _, time_is_up in farewells.told] == [False]
        assert assistant.opener(HERE) is None
        reply = Replied()
        assistant.ask(THERE, Question("раз"), reply)
        assert await reply.ended() == "answered"
        assert others.told == []


@in_virtual_time
async def test_leaving_the_block_cuts_every_conversation_and_leaves_no_task() -> None:
    never = asyncio.Event()
    replies = [Replied(), Replied(), Replied()]
    async with assisting(Script(connects(), connects())) as assistant:
        await start(assistant)
        await start(assistant, THERE)
        assistant.ask(HERE, Question("раз"), replies[0])
        assistant.ask(THERE, Question(note=note(LOUD, hold=never)), replies[1])
        assistant.add_photo(HERE, picture(b"1", hold=never), replies[2], "")
        await settled()
    assert [reply.ends for reply in replies] == [["interrupted"]] * 3


@in_virtual_time
async def test_interrupting_ends_the_running_answer_only() -> None:
    script = Script(connects(), asks(Speech(sound())))
    async with assisting(script) as assistant:
        assistant.interrupt(HERE)
        await start(assistant)
        reply = Replied()
        assistant.ask(HERE, Question("раз"), reply)
        await script.heard(1)
        assistant.interrupt(HERE)
        assert await reply.ended() == "interrupted"
        assert assistant.opener(HERE) is not None


@in_virtual_time
async def test_a_chosen_voice_speaks_from_the_next_connection_on_and_for_its_chat_only() -> None:
    script = Script(connects(), connects(), asks(*answer("да")), connects())
    async with assisting(script) as assistant:
        await start(assistant)
        await assistant.choose_voice(HERE, "Puck")
        reply = Replied()
        assistant.ask(HERE, Question("раз"), reply)
        assert await reply.ended() == "answered"
        await start(assistant, THERE)
        assert (assistant.voice(HERE), assistant.voice(THERE)) == ("Puck", "Aoede")
    assert [one.setup.voice for one in script.connections] == ["Aoede", "Puck", "Aoede"]


@in_virtual_time
async def test_the_instruction_speaks_the_openers_language() -> None:
    script = Script(connects(), connects())
    async with assisting(script) as assistant:
        await start(assistant)
        await assistant.start(THERE, Opener(11, "Peter", "en"), Farewells())
        await settled()
    russian, english = (one.setup.instruction for one in script.connections)
    assert "прораб" in russian.casefold()
    assert "foreman" in english


@in_virtual_time
async def test_a_sample_of_a_voice_is_spoken_in_a_connection_of_its_own() -> None:
    script = Script(connects(), asks(Speech(sound(1)), Speech(sound(2)), GenerationComplete(), TurnEnded()))
    async with assisting(script) as assistant:
        assert await assistant.speak("Kore", "ru", "Привет") == sound(1) + sound(2)
    assert script.connections[0].setup.voice == "Kore"
    assert script.asked[0].texts == ["Привет"]


@in_virtual_time
async def test_a_sample_that_cannot_be_had_says_why() -> None:
    async with assisting(Script(connects(refuse=KeyRejected()))) as assistant:
        with pytest.raises(KeyRejected):
            await assistant.speak("Kore", "ru", "Привет")


@in_virtual_time
async def test_leaving_the_assistant_closes_all_conversations_at_once() -> None:
    class SlowToClose(Replied):
        async def interrupted(self) -> None:
            await asyncio.sleep(1)
            await super().interrupted()

    async with assisting(Script(*[connects() for _ in range(20)])) as assistant:
        for chat in range(20):
            await start(assistant, ChatKey(chat))
            assistant.ask(ChatKey(chat), Question(note=note(LOUD, hold=asyncio.Event())), SlowToClose())
        await settled()
        began = now()
    assert now() - began < 2
