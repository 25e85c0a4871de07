"""What of a conversation survives a restart."""

from dataclasses import replace
from time import time

import pytest

from live_session import Speaker, Utterance
from storage.conversations import (
    MOST_CHARACTERS,
    MOST_UTTERANCES,
    Choices,
    Conversations,
    Place,
    SavedConversation,
    SavedOpener,
    SavedPhoto,
    newest,
)
from storage.database import Database
from usage import Statistics

HERE, TOPIC = Place(-100123), Place(-100123, 5)
OPENER = SavedOpener(7, "Иван 👷\0", "en")
ASKED, SAID = Utterance(Speaker.PERSON, "Марка бетона?"), Utterance(Speaker.ASSISTANT, "В25.")


@pytest.fixture
def conversations(database: Database) -> Conversations:
    return Conversations(database, 42)


def begun(place: Place = HERE, started_at: float = 1_795_187_000.125) -> SavedConversation:
    return SavedConversation(place, OPENER, started_at)


async def test_a_conversation_comes_back_as_it_was_after_its_last_turn(conversations: Conversations) -> None:
    await conversations.begin(begun())
    statistics = Statistics(3, 2, 40, 50, {"AUDIO": 900, "TEXT": 12}, {"AUDIO": 700})
    turned = replace(begun(), statistics=statistics, transcript=(ASKED, SAID), handle="h-1", handle_at=time())
    assert await conversations.save(turned)
    [loaded] = await conversations.load()
    assert replace(loaded, statistics=statistics) == turned
    assert loaded.statistics.prompt_tokens == {"AUDIO": 900, "TEXT": 12}
    assert (loaded.statistics.questions, loaded.statistics.frames_received) == (3, 50)


async def test_half_a_character_in_a_name_or_a_transcript_does_no_harm(conversations: Conversations) -> None:
    half = replace(begun(), opener=SavedOpener(7, "Иван \ud83d"), transcript=(replace(SAID, text="В25 \udc77"),))
    await conversations.begin(half)
    [loaded] = await conversations.load()
    assert (loaded.opener.name, loaded.transcript[0].text) == ("Иван ?", "В25 ?")


async def test_the_clock_of_a_conversation_goes_on_through_a_restart(conversations: Conversations) -> None:
    await conversations.begin(begun(started_at=time() - 600))
    [loaded] = await conversations.load()
    assert 599 < loaded.statistics.seconds < 660


async def test_topics_of_a_chat_are_conversations_of_their_own(conversations: Conversations) -> None:
    await conversations.begin(begun(TOPIC, 2.0))
    await conversations.begin(begun(HERE, 1.0))
    assert [found.place for found in await conversations.load()] == [HERE, TOPIC]
    await conversations.erase(HERE)
    assert [found.place for found in await conversations.load()] == [TOPIC]


async def test_conversations_of_another_bot_are_not_ours(conversations: Conversations, database: Database) -> None:
    await Conversations(database, 43).begin(begun())
    assert await conversations.load() == []


async def test_a_turn_that_ends_late_brings_no_ended_conversation_back(conversations: Conversations) -> None:
    await conversations.begin(begun())
    await conversations.erase(HERE)
    assert not await conversations.save(begun())
    assert await conversations.load() == []


async def test_a_turn_that_ends_late_changes_no_newer_conversation(conversations: Conversations) -> None:
    await conversations.begin(begun(started_at=1.0))
    await conversations.begin(begun(started_at=2.0))
    assert not await conversations.save(replace(begun(started_at=1.0), handle="old"))
    assert [(found.started_at, found.handle) for found in await conversations.load()] == [(2.0, None)]


async def test_waiting_photos_come_back_in_order_and_leave_with_the_turn_that_took_them(
    conversations: Conversations,
) -> None:
    await conversations.begin(begun())
    first = SavedPhoto(30, ((b"\xff\xd8page 1", "image/jpeg"), (b"\xff\xd8page 2", "image/jpeg")))
    second = SavedPhoto(20, ((b"\x89PNG\0", "image/png"),))
    for photo in (first, second, first):
        assert await conversations.add_photo(HERE, photo)
    assert await conversations.photos(HERE) == [first, second]
    assert await conversations.photos(TOPIC) == []
    await conversations.save(begun(), used_photos=[30])
    assert await conversations.photos(HERE) == [second]
    await conversations.save(begun(), used_photos=[20])
    assert await conversations.photos(HERE) == []


async def test_photos_go_with_their_conversation_and_none_comes_without_one(conversations: Conversations) -> None:
    photo = SavedPhoto(30, ((b"\xff\xd8", "image/jpeg"),))
    assert not await conversations.add_photo(HERE, photo)
    await conversations.begin(begun())
    await conversations.add_photo(HERE, photo)
    await conversations.erase(HERE)
    await conversations.begin(begun())
    assert await conversations.photos(HERE) == []


async def test_what_a_chat_chose_stays_after_its_conversation(conversations: Conversations) -> None:
    await conversations.begin(begun())
    await conversations.choose(HERE, Choices(voice="Puck"))
    await conversations.choose(TOPIC, Choices(noise=True))
    await conversations.choose(HERE, Choices(noise=False))
    await conversations.erase(HERE)
    assert await conversations.choices() == {TOPIC: Choices(noise=True), HERE: Choices("Puck", noise=False)}
    assert list(await conversations.choices(most=1)) == [HERE]


def test_of_a_long_transcript_the_end_is_kept() -> None:
    many = [replace(ASKED, text=str(number)) for number in range(MOST_UTTERANCES + 5)]
    assert newest(many) == tuple(many[5:])
    long = replace(ASKED, text="а" * (MOST_CHARACTERS - 4))
    assert newest([ASKED, long, SAID]) == (long, SAID)
    assert newest([ASKED, long, SAID, ASKED]) == (SAID, ASKED)


def test_a_single_utterance_beyond_the_bound_keeps_its_end() -> None:
    [kept] = newest([SAID, replace(ASKED, text="а" * MOST_CHARACTERS + "конец")])
    assert len(kept.text) == MOST_CHARACTERS
    assert kept.text.endswith("конец")
