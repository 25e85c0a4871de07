"""From one connection to the next: what the old one owed, what a break costs, when a new one is opened at all."""

import asyncio

import pytest

from errors import ProviderUnavailable
from live_session import Disconnected, GenerationComplete, GoingAway, Speaker, Speech, Transcript, TurnEnded
from question import Question
from tests.script import Script, answer, asks, connects, sound
from tests.talk import LOUD, Replied, in_virtual_time, note, settled, talking

GONE = ProviderUnavailable("gone")


@pytest.mark.parametrize("how", ["renewed", "idle"])
@in_virtual_time
async def test_what_an_old_connection_owed_is_not_waited_for_in_a_new_one(how: str) -> None:
    script = Script(connects(), asks(Speech(sound(1))), connects(), asks(*answer("два", mark=2)))
    async with talking(script, idle_seconds=10) as talk:
        first = talk.ask("раз")
        await script.heard(1)
        await settled()
        talk.conversation.interrupt()
        await first.ended()
        await settled()
        if how == "renewed":
            talk.conversation.renew()
        else:
            await asyncio.sleep(20)
        second = talk.ask("два")
        assert await second.ended() == "answered"
    assert second.starts == 1


@in_virtual_time
async def test_a_fault_in_hearing_an_answer_costs_the_next_question_nothing() -> None:
    class Faulty(Replied):
        async def speech(self, pcm: bytes) -> None:
            raise ZeroDivisionError

    script = Script(connects(), asks(Speech(sound(1))), connects(), asks(*answer("два", mark=2)))
    async with talking(script) as talk:
        faulty = Faulty()
        talk.conversation.ask(Question("раз"), faulty)
        assert await faulty.ended() == "failed"
        second = talk.ask("два")
        assert await second.ended() == "answered"
    assert second.starts == 1


@in_virtual_time
async def test_a_break_under_a_note_that_is_still_downloading_costs_it_no_attempt() -> None:
    downloaded = asyncio.Event()
    script = Script(
        connects(),
        connects(),
        asks(Disconnected(GONE)),
        connects(),
        asks(*answer("да")),
    )
    async with talking(script) as talk:
        reply = talk.ask(note=note(LOUD, hold=downloaded))
        await settled()
        script.emit(Disconnected(GONE))
        await settled()
        downloaded.set()
        assert await reply.ended() == "answered"


@in_virtual_time
async def test_a_going_away_that_a_break_settled_changes_no_connection_again() -> None:
    script = Script(
        connects(), asks(Speech(sound(1)), GoingAway(1.0), Disconnected(GONE)), connects(), asks(*answer("да", mark=2))
    )
    async with talking(script) as talk:
        await talk.ask("раз").completion()
        await settled()
        assert len(script.connections) == 2


@in_virtual_time
async def test_renewing_what_is_not_open_opens_nothing() -> None:
    script = Script(connects())
    async with talking(script, idle_seconds=5) as talk:
        await asyncio.sleep(10)
        talk.conversation.renew()
        await settled()


@in_virtual_time
async def test_an_answer_of_silence_that_takes_longer_than_the_first_word_arrives_as_words() -> None:
    pause = [asyncio.Event() for _ in range(4)]
    script = Script(
        connects(),
        asks(
            *(item for one in pause for item in (Speech(bytes(4800)), one)),
            Transcript(Speaker.ASSISTANT, "да"),
            GenerationComplete(),
            TurnEnded(),
        ),
    )
    async with talking(script, first_word_seconds=5) as talk:
        reply = talk.ask("раз")
        for one in pause:
            await asyncio.sleep(2)
            one.set()
        assert await reply.ended() == "answered"
    assert not reply.spoken
