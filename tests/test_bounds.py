"""What a process remembers is bounded: each test reaches a bound. (Queues and lanes are reached in their own tests.)"""

import logging

import pytest

import preferences
import voice_assistant
from conversation import Conversation, Memory
from errors import Overloaded, ProviderUnavailable
from handlers.desk import MOST_APOLOGIES, Apologies
from hearing import MOST_EVENTS
from history import MOST_REMEMBERED
from live_session import Setup, Speaker, Transcript, TurnEnded, Utterance
from question import Question
from tests.script import Script, connects
from tests.talk import Replied, in_virtual_time
from tests.test_voice_assistant import assisting, start
from turn import Turn
from updates.inbox import MemoryInbox
from updates.trouble import MOST_KINDS_SAID, Trouble
from voice_assistant import ChatKey


def test_of_the_chats_that_were_apologized_to_the_latest_are_known() -> None:
    apologies = Apologies()
    for chat in range(MOST_APOLOGIES + 1):
        assert apologies.first(chat)
    assert not apologies.first(MOST_APOLOGIES)
    assert apologies.first(0)


def test_a_trouble_that_changes_its_name_at_every_try_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble(logging.getLogger("test"))
    for number in range(MOST_KINDS_SAID + 5):
        trouble.wait(f"trouble {number}", "reason")
    assert len(caplog.records) == MOST_KINDS_SAID


def test_a_conversation_remembers_the_latest_utterances_only() -> None:
    past = tuple(Utterance(Speaker.PERSON, str(number)) for number in range(MOST_REMEMBERED + 5))
    conversation = Conversation(Script(), lambda: Setup("Ты помощник.", "Aoede"), memory=Memory(past))
    assert conversation.memory().past == past[5:]


@in_virtual_time
async def test_a_conversation_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_assistant, "MOST_CONVERSATIONS", 2)
    async with assisting(Script(connects(), connects())) as assistant:
        for chat in (1, 2):
            await start(assistant, ChatKey(chat))
        with pytest.raises(Overloaded):
            await start(assistant, ChatKey(3))
        assert assistant.opener(ChatKey(1)) is not None


@in_virtual_time
async def test_of_the_chats_that_chose_the_latest_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preferences, "MOST_CHOICES", 2)
    async with assisting(Script()) as assistant:
        for chat in (1, 2, 3):
            await assistant.choose_voice(ChatKey(chat), "Puck")
        assert [assistant.voice(ChatKey(chat)) for chat in (1, 2, 3)] == ["Aoede", "Puck", "Puck"]


async def test_of_the_updates_that_ended_the_latest_are_known() -> None:
    inbox = MemoryInbox(remembered=2)
    for number in (1, 2, 3):
        await inbox.accept([{"update_id": number}])
        await inbox.done(number, "answered")
    assert [await inbox.accept([{"update_id": number}]) for number in (3, 2, 1)] == [0, 0, 1]


@pytest.mark.parametrize("too_many", [False, True])
@in_virtual_time
async def test_an_answer_of_more_events_than_anybody_can_hear_counts_as_broken(too_many: bool) -> None:
    reply = Replied()
    turn = Turn(1, Question(text="?"), reply)
    await turn.start()
    for _ in range(MOST_EVENTS - 1 + too_many):
        turn.take(Transcript(Speaker.ASSISTANT, "д"))
    turn.take(TurnEnded())
    if too_many:
        with pytest.raises(ProviderUnavailable, match="more events"):
            await turn.hear(1.0)
        assert not reply.ends
    else:
        await turn.hear(1.0)
        assert reply.ends == ["answered"]
