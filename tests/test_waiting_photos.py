"""Photos without a caption: they join the next question, or are described when they stay alone."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from errors import DownloadFailed, Overloaded, PictureUnreadable, RecordingSilent
from live_session import GenerationComplete, Interrupted, Speech, TurnEnded
from question import Question
from tests.script import Script, answer, asks, connects, sound
from tests.talk import LOUD, Replied, in_virtual_time, note, picture, settled, talking
from tests.test_event_orders import AnyScript
from tests.updates.virtual_time import now
from waiting_photos import ALONE_S, MOST_WAITING

JPEG = "image/jpeg"


@in_virtual_time
async def test_waiting_photos_join_the_next_question_in_their_order_before_its_own() -> None:
    script = Script(connects(), asks(*answer("да")))
    async with talking(script) as talk:
        photos = [talk.photo(picture(b"1")), talk.photo(picture(b"2"))]
        assert await talk.ask("что тут?", images=picture(b"3")).ended() == "answered"
    assert script.asked[0].images == [(b"1", JPEG), (b"2", JPEG), (b"3", JPEG)]
    assert script.asked[0].texts == ["что тут?"]
    assert [photo.ends for photo in photos] == [["interrupted"]] * 2


@in_virtual_time
async def test_a_waiting_photo_joins_a_spoken_question_too() -> None:
    script = Script(connects(), asks(*answer("да")))
    async with talking(script) as talk:
        talk.photo(picture(b"1"))
        assert await talk.ask(note=note(LOUD)).ended() == "answered"
    assert (script.asked[0].images, script.asked[0].frames) == ([(b"1", JPEG)], [LOUD])


@in_virtual_time
async def test_before_anything_is_answered_a_photo_is_written_down_as_part_of_its_question() -> None:
    held = asyncio.Event()
    script = Script(connects(), asks(*answer("да")))
    async with talking(script) as talk:
        photo = talk.photo(picture(b"1"))
        spoken = talk.ask(note=note(error=RecordingSilent()))
        assert await spoken.ended() == "failed"
        asked = talk.ask("что тут?", images=picture(b"2", hold=held))
        await settled()
        assert (photo.joined, asked.starts) == ([spoken.update, None, asked.update], 1)
        held.set()
        assert await asked.ended() == "answered"


@in_virtual_time
async def test_a_question_is_closed_before_its_photos_which_it_needs_if_it_is_asked_again() -> None:
    script = Script(connects(), asks(*answer("да")))
    async with talking(script, slow=0.1) as talk:
        photo = talk.photo(picture(b"1"))
        asked = talk.ask("что тут?")
        await asked.completion()
        while not photo.ends:
            assert not photo.closings
            await settled()
        assert asked.closings == 1


@in_virtual_time
async def test_a_photo_joins_one_question_only() -> None:
    script = Script(connects(), asks(*answer("да")), asks(*answer("да")))
    async with talking(script) as talk:
        talk.photo(picture(b"1"))
        await talk.ask("раз").completion()
        await talk.ask("два").completion()
    assert [len(asked.images) for asked in script.asked] == [1, 0]


@in_virtual_time
async def test_a_question_waits_for_the_photo_that_came_before_it() -> None:
    fetched = asyncio.Event()
    script = Script(connects(), asks(*answer("да")))
    async with talking(script) as talk:
        talk.photo(picture(b"1", hold=fetched))
        question = talk.ask("что тут?")
        await settled()
        assert not script.asked
        fetched.set()
        assert await question.ended() == "answered"
    assert script.asked[0].images == [(b"1", JPEG)]


@in_virtual_time
async def test_a_photo_that_stays_alone_is_described() -> None:
    script = Script(connects(), asks(*answer("кирпич")))
    async with talking(script) as talk:
        photo = talk.photo(picture(b"1"), describe="Опиши.")
        assert await photo.ended() == "answered"
        assert now() == pytest.approx(ALONE_S, abs=0.1)
    assert (script.asked[0].images, script.asked[0].texts) == ([(b"1", JPEG)], ["Опиши."])
    assert photo.text == "кирпич"


@in_virtual_time
async def test_photos_that_stay_alone_are_described_together_after_the_last_one() -> None:
    script = Script(connects(), asks(*answer("два кирпича")))
    async with talking(script) as talk:
        first = talk.photo(picture(b"1"))
        await asyncio.sleep(20)
        second = talk.photo(picture(b"2"))
        assert await second.ended() == "answered"
        assert now() == pytest.approx(20 + ALONE_S, abs=0.1)
    assert [data for data, _ in script.asked[0].images] == [b"1", b"2"]
    assert first.ends == ["interrupted"]


@pytest.mark.parametrize("error", [PictureUnreadable(), DownloadFailed()])
@in_virtual_time
async def test_a_bad_photo_is_told_at_once_and_not_joined(error: Exception) -> None:
    script = Script(connects(), asks(*answer("да")))
    async with talking(script) as talk:
        bad, good = talk.photo(picture(b"", error=error)), talk.photo(picture(b"2"))
        assert await bad.ended() == "failed"
        assert now() < 0.1
        assert await talk.ask("что тут?").ended() == "answered"
    assert bad.error is error
    assert good.ends == ["interrupted"]
    assert [data for data, _ in script.asked[0].images] == [b"2"]


@in_virtual_time
async def test_a_photo_that_turns_out_bad_after_the_question_was_asked_is_told_and_the_question_goes_on() -> None:
    fetched = asyncio.Event()
    script = Script(connects(), asks(*answer("да")))
    async with talking(script) as talk:
        bad = talk.photo(picture(b"", hold=fetched, error=PictureUnreadable()))
        question = talk.ask("что тут?")
        fetched.set()
        assert await question.ended() == "answered"
        assert await bad.ended() == "failed"
    assert script.asked[0].images == []


@in_virtual_time
async def test_more_photos_than_the_bound_are_refused() -> None:
    async with talking(Script(connects())) as talk:
        for _ in range(MOST_WAITING):
            talk.photo(picture(b"1"))
        with pytest.raises(Overloaded):
            talk.conversation.photos.add(picture(b"1"), Replied(), "")


@in_virtual_time
async def test_stopping_drops_waiting_photos_also_while_they_come_in() -> None:
    never = asyncio.Event()
    async with talking(Script(connects())) as talk:
        photos = [talk.photo(picture(b"1")), talk.photo(picture(b"2", hold=never))]
        await settled()
    assert [photo.ends for photo in photos] == [["interrupted"]] * 2


@in_virtual_time
async def test_a_bad_photo_alone_leaves_nothing_to_describe() -> None:
    async with talking(Script(connects())) as talk:
        assert await talk.photo(picture(b"", error=PictureUnreadable())).ended() == "failed"
        await asyncio.sleep(2 * 30)


@in_virtual_time
async def test_the_conversation_goes_on_long_after_a_photo_was_joined() -> None:
    script = Script(connects(), asks(*answer("да")), asks(*answer("да")))
    async with talking(script) as talk:
        talk.photo(picture(b"1"))
        await settled()
        assert await talk.ask("что тут?").ended() == "answered"
        await asyncio.sleep(40)
        assert await talk.ask("дальше").ended() == "answered"


@in_virtual_time
async def test_a_photo_that_came_before_a_bad_one_is_described_in_its_own_time() -> None:
    """The wait counts from the last photo; what was refused does not count."""
    script = Script(connects(), asks(*answer("кирпич")))
    async with talking(script) as talk:
        good = talk.photo(picture(b"1"))
        await settled()
        talk.photo(picture(b"", error=PictureUnreadable()))
        assert await good.ended() == "answered"


@in_virtual_time
async def test_photos_of_a_stopped_question_are_ended_too() -> None:
    never = asyncio.Event()
    async with talking(Script(connects())) as talk:
        talk.ask(note=note(LOUD, hold=never))
        talk.photo(picture(b"1"))
        talk.ask("что это?")
        await settled()


@in_virtual_time
async def test_photos_of_a_question_whose_own_picture_is_bad_are_ended_too() -> None:
    async with talking(Script(connects())) as talk:
        talk.photo(picture(b"1"))
        assert await talk.ask("что это?", images=picture(b"2", error=PictureUnreadable())).ended() == "failed"
        await settled()


@in_virtual_time
async def test_photos_stay_for_the_next_question_when_a_silent_note_came_between() -> None:
    async with talking(Script(connects(), asks(*answer("да")))) as talk:
        talk.photo(picture(b"1"))
        assert await talk.ask(note=note(error=RecordingSilent())).ended() == "failed"
        assert await talk.ask("что это?").ended() == "answered"
    assert talk.script.asked[0].images == [(b"1", "image/jpeg")]


@in_virtual_time
async def test_a_photo_that_turns_out_bad_after_it_was_asked_about_is_told_once() -> None:
    fetched = asyncio.Event()
    async with talking(Script(connects())) as talk:
        photo = talk.photo(picture(b"1", hold=fetched, error=PictureUnreadable()))
        await asyncio.sleep(31)
        fetched.set()
        assert await photo.ended() == "failed"
        await settled()


@in_virtual_time
async def test_a_photo_alone_does_not_interrupt_a_running_answer() -> None:
    script = Script(connects(), asks(Speech(sound(1))), asks(*answer("фото")))
    async with talking(script) as talk:
        reply = talk.ask("раз")
        await asyncio.sleep(4)
        photo = talk.photo(picture(b"1"))
        for _ in range(5):
            await asyncio.sleep(9)
            script.emit(Speech(sound(1)))
        script.emit(GenerationComplete(), TurnEnded())
        assert await reply.ended() == "answered"
        assert await photo.ended() == "answered"


@in_virtual_time
async def test_a_photo_that_was_given_back_and_stays_alone_is_described_once() -> None:
    script = Script(connects(), asks(*answer("кирпич")))
    async with talking(script) as talk:
        photo = talk.photo(picture(b"1"))
        assert await talk.ask(note=note(error=RecordingSilent())).ended() == "failed"
        assert not photo.ends
        await asyncio.sleep(40)
        assert photo.ends == ["answered"]


@in_virtual_time
async def test_a_photo_right_behind_its_question_is_asked_with_it_while_nothing_was_answered() -> None:
    script = Script(connects(), asks(Speech(sound(1))), asks(Interrupted(), TurnEnded(), *answer("вижу", mark=2)))
    async with talking(script) as talk:
        reply = talk.ask("что это?")
        await script.heard(1)
        await asyncio.sleep(2)
        photo = talk.photo(picture(b"1"))
        assert await reply.ended() == "answered"
        assert await photo.ended() == "interrupted"
    assert [one.images for one in script.asked] == [[], [(b"1", "image/jpeg")]]
    assert (reply.pcm, reply.text) == (sound(2), "вижу")


@in_virtual_time
async def test_a_photo_that_comes_later_or_after_the_answer_waits_for_the_next_question() -> None:
    thought = asyncio.Event()
    script = Script(connects(), asks(*answer("да")), asks(thought, *answer("да")), asks(*answer("вижу")))
    async with talking(script) as talk:
        assert await talk.ask("раз").ended() == "answered"
        talk.photo(picture(b"1"))
        reply = talk.ask("два")
        await script.heard(2)
        await asyncio.sleep(4)
        talk.photo(picture(b"2"))
        thought.set()
        assert await reply.ended() == "answered"
        assert await talk.ask("три").ended() == "answered"
    assert [one.images for one in script.asked] == [[], [(b"1", "image/jpeg")], [(b"2", "image/jpeg")]]


@in_virtual_time
async def test_a_photo_behind_a_note_that_is_still_coming_in_is_not_waited_for_to_the_end_of_the_note() -> None:
    """The model heard half of it: it hears the whole of it, with the photo, on another connection."""
    rest = asyncio.Event()
    script = Script(connects(), connects(), asks(*answer("да")))
    async with talking(script) as talk:
        question = talk.ask(note=note(LOUD, LOUD, LOUD, hold=rest, hold_after=1))
        await settled()
        talk.photo(picture(b"1"))
        rest.set()
        assert await question.ended() == "answered"
    assert [len(asked.frames) for connection in script.connections for asked in connection.asked] == [1, 3]
    assert script.connections[1].asked[0].images == [(b"1", JPEG)]


@in_virtual_time
async def test_a_photo_behind_a_note_that_waits_its_turn_does_not_make_it_be_fetched_twice() -> None:
    first_whole, opened = asyncio.Event(), 0

    async def second_note() -> AsyncGenerator[bytes, None]:
        nonlocal opened
        opened += 1
        yield LOUD

    script = Script(connects(), asks(), asks(*answer("да")))
    async with talking(script) as talk:
        talk.ask(note=note(LOUD, hold=first_whole, hold_after=1))
        question = talk.ask(note=second_note)
        await settled()
        talk.photo(picture(b"1"))
        first_whole.set()
        assert await question.ended() == "answered"
    assert script.asked[1].images == [(b"1", JPEG)]
    assert opened == 1


@pytest.mark.parametrize("of", ["album", "another", ""])
@in_virtual_time
async def test_a_late_sibling_of_its_pictures_makes_a_question_be_asked_again_while_nothing_was_sent(of: str) -> None:
    script = AnyScript()
    async with talking(script) as talk:
        question, photo = Replied(), Replied()
        talk.replies += [question, photo]
        talk.conversation.ask(Question("Сравни", picture(b"1")), question, "album")
        await script.heard(1)
        await asyncio.sleep(10)
        talk.conversation.add_photo(picture(b"2"), photo, "Опиши.", "photo", of)
        await settled()
        if of == "album":
            await script.heard(2)
        script.emit(*answer("вижу", mark=2))
        assert await question.ended() == "answered"
    assert [len(asked.images) for asked in script.asked] == ([1, 2] if of == "album" else [1])
