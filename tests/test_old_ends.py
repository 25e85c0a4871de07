"""Whose end an end is: one for each question that the model took, in the order of the questions, however late."""

import asyncio

import pytest

from errors import ProviderUnavailable
from live_session import (
    Disconnected,
    GenerationComplete,
    Interrupted,
    LiveEvent,
    Speech,
    TurnEnded,
    WrittenText,
)
from model import MOST_DOUBTFUL, OLD_ANSWER_END_S
from tests.script import Script, answer, asks, begins, connects, said, sound
from tests.talk import LOUD, Replied, Talk, in_virtual_time, note, settled, talking
from tests.updates.virtual_time import now

OLD = Speech(sound(1))
CUT, ENDED = Interrupted(), TurnEnded()
GONE = ProviderUnavailable("gone")
A_WHILE_S = 3.0
"""Longer than an end without an answer may turn out to be another's."""


def kinds(events: tuple[LiveEvent, ...]) -> str:
    return "+".join(type(event).__name__ for event in events) or "nothing"


async def ask_two_of_whom_the_second_interrupts(talk: Talk) -> Replied:
    """The second one's reply. The end of the first, which is being spoken, does not come in time."""
    talk.ask("раз")
    await talk.script.heard(1)
    second = talk.ask("два")
    await talk.script.heard(2)
    return second


@pytest.mark.parametrize(
    ("early", "late"),
    [
        ((), (CUT, ENDED, CUT, ENDED)),
        ((), (OLD, CUT, ENDED, ENDED)),
        ((), (OLD, CUT, ENDED)),
        ((CUT, ENDED), (ENDED,)),
        ((CUT, ENDED), (CUT, ENDED)),
        ((OLD, CUT), (ENDED, ENDED)),
        ((OLD, CUT, ENDED, CUT), (ENDED,)),
        ((OLD, CUT, ENDED, CUT, ENDED), ()),
        ((OLD, GenerationComplete()), (ENDED,)),
    ],
    ids=kinds,
)
@in_virtual_time
async def test_late_ends_of_two_older_answers_do_not_make_a_question_be_asked_twice(
    early: tuple[LiveEvent, ...], late: tuple[LiveEvent, ...]
) -> None:
    """`early` comes while the third question waits for ends, `late` when it has been asked."""
    async with talking(Script(connects(), asks(OLD), asks(), asks())) as talk:
        await ask_two_of_whom_the_second_interrupts(talk)
        third = talk.ask("три")
        await asyncio.sleep(OLD_ANSWER_END_S / 2)
        talk.script.emit(*early)
        await talk.script.heard(3)
        talk.script.emit(*late)
        await asyncio.sleep(A_WHILE_S)
        talk.script.emit(*answer("новое", mark=3))
        assert await third.ended() == "answered"
    assert (third.pcm, third.text, len(talk.script.asked)) == (sound(3), "новое", 3)


@pytest.mark.parametrize(
    "ending",
    [
        (OLD, ENDED),
        (ENDED,),
        (OLD, CUT, ENDED),
        (OLD, CUT),
        (OLD, GenerationComplete(), ENDED),
        (OLD, GenerationComplete()),
    ],
    ids=kinds,
)
@in_virtual_time
async def test_all_that_comes_before_the_end_of_an_answer_that_was_being_spoken_is_its_own(
    ending: tuple[LiveEvent, ...],
) -> None:
    async with talking(Script(connects(), asks(OLD), asks())) as talk:
        second = await ask_two_of_whom_the_second_interrupts(talk)
        talk.script.emit(said("старое"), WrittenText("старое"), *ending)
        await asyncio.sleep(A_WHILE_S)
        talk.script.emit(*answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert (second.pcm, second.text, len(talk.script.asked)) == (sound(2), "новое", 2)


@pytest.mark.parametrize("last", [CUT, GenerationComplete()], ids=["cut", "complete"])
@in_virtual_time
async def test_words_between_the_last_of_an_old_answer_and_its_end_are_its_own(last: LiveEvent) -> None:
    async with talking(Script(connects(), asks(OLD), asks())) as talk:
        second = await ask_two_of_whom_the_second_interrupts(talk)
        talk.script.emit(last, said("старое"), ENDED, *answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert (second.pcm, second.text) == (sound(2), "новое")


@in_virtual_time
async def test_words_that_the_new_sound_follows_without_that_end_are_the_new_ones() -> None:
    async with talking(Script(connects(), asks(OLD), asks())) as talk:
        second = await ask_two_of_whom_the_second_interrupts(talk)
        talk.script.emit(CUT, said("но"), said("в"), Speech(sound(2)), GenerationComplete(), said("ое"))
        await second.completion()
    assert (second.pcm, second.text) == (sound(2), "новое")


@in_virtual_time
async def test_the_end_of_an_answer_that_began_too_late_to_be_heard_is_skipped_with_it() -> None:
    """It was not being spoken when the next question was complete, and its first sound was under way."""
    async with talking(Script(connects(), asks(), asks())) as talk:
        second = await ask_two_of_whom_the_second_interrupts(talk)
        talk.script.emit(OLD, said("старое"), CUT, ENDED)
        await asyncio.sleep(A_WHILE_S)
        talk.script.emit(*answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert (second.pcm, second.text, len(talk.script.asked)) == (sound(2), "новое", 2)


@in_virtual_time
async def test_an_answer_that_begins_while_the_next_question_is_being_sent_is_the_old_one() -> None:
    """Its first sound crosses the beginning of a note, and its rest comes when the note is complete."""
    whole = asyncio.Event()
    async with talking(Script(connects(), asks(), asks())) as talk:
        talk.ask("раз")
        await talk.script.heard(1)
        second = talk.ask(note=note(LOUD, LOUD, hold=whole, hold_after=1))
        await settled()
        talk.script.emit(OLD)
        await settled()
        whole.set()
        await talk.script.heard(2)
        talk.script.emit(OLD, ENDED)
        await asyncio.sleep(A_WHILE_S)
        talk.script.emit(*answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert (second.pcm, second.text, len(talk.script.asked)) == (sound(2), "новое", 2)


@in_virtual_time
async def test_the_cut_of_an_answer_that_had_ended_too_early_owes_an_end_as_well() -> None:
    async with talking(Script(connects(), asks(OLD, ENDED), asks())) as talk:
        first = talk.ask("раз")
        await first.completion()
        second = talk.ask("два")
        await talk.script.heard(2)
        talk.script.emit(CUT, ENDED)
        await asyncio.sleep(A_WHILE_S)
        talk.script.emit(*answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert len(talk.script.asked) == 2


@in_virtual_time
async def test_an_end_behind_the_first_words_is_the_end_of_those_words() -> None:
    """Of the older answer nothing was ever said, not even its end."""
    async with talking(Script(connects(), asks(), asks())) as talk:
        second = await ask_two_of_whom_the_second_interrupts(talk)
        talk.script.emit(WrittenText("новое"), ENDED)
        asked_at = now()
        assert await second.ended() == "answered"
        assert now() - asked_at < A_WHILE_S
    assert second.text == "новое"


@in_virtual_time
async def test_words_without_sound_behind_the_last_old_end_are_the_new_answer() -> None:
    async with talking(Script(connects(), asks(OLD), asks())) as talk:
        second = await ask_two_of_whom_the_second_interrupts(talk)
        talk.script.emit(CUT, ENDED, said("новое"), ENDED)
        assert await second.ended() == "answered"
    assert second.text == "новое"


@in_virtual_time
async def test_what_was_said_after_a_doubled_end_is_an_answer_that_owes_its_own() -> None:
    script = Script(connects(), asks(*answer("раз", mark=1)), asks(ENDED, Speech(sound(2))), asks())
    async with talking(script) as talk:
        await talk.ask("раз").completion()
        talk.ask("два")
        await script.heard(2)
        await settled()
        third = talk.ask("три")
        await script.heard(3)
        script.emit(Speech(sound(2)), ENDED)
        await asyncio.sleep(A_WHILE_S)
        script.emit(*answer("новое", mark=3))
        assert await third.ended() == "answered"
    assert (third.pcm, len(script.asked)) == (sound(3), 3)


@in_virtual_time
async def test_sound_behind_the_end_of_a_delivered_answer_owes_nothing() -> None:
    async with talking(Script(connects(), asks(*answer("раз"), OLD), asks(*answer("новое", mark=2)))) as talk:
        first = talk.ask("раз")
        await first.ended()
        await settled()
        second = talk.ask("два")
        assert await second.ended() == "answered"
    assert (second.pcm, second.text) == (sound(2), "новое")


@pytest.mark.parametrize("heard", [(OLD, GenerationComplete(), ENDED), (OLD, ENDED)], ids=kinds)
@in_virtual_time
async def test_nothing_older_is_waited_for_once_a_later_answer_has_ended(heard: tuple[LiveEvent, ...]) -> None:
    async with talking(Script(connects(), asks(), asks(*heard), asks(*answer("новое")))) as talk:
        talk.ask("раз")
        await talk.script.heard(1)
        await talk.ask("два").completion()
        asked_at = now()
        assert await talk.ask("три").ended() == "answered"
        assert now() - asked_at < OLD_ANSWER_END_S


@in_virtual_time
async def test_nothing_older_is_waited_for_once_the_end_of_a_later_answer_came() -> None:
    script = Script(connects(), asks(), asks(Speech(sound(2))), begins(CUT, ENDED), asks(*answer("новое")))
    async with talking(script) as talk:
        talk.ask("раз")
        await script.heard(1)
        talk.ask("два")
        await script.heard(2)
        await settled()
        asked_at = now()
        assert await talk.ask("три").ended() == "answered"
        assert now() - asked_at < OLD_ANSWER_END_S


@in_virtual_time
async def test_a_new_connection_owes_no_end_of_what_was_said_on_the_last_one() -> None:
    script = Script(connects(), asks(OLD), asks(Disconnected(GONE)), connects(), asks(*answer("новое", mark=2)))
    async with talking(script) as talk:
        talk.ask("раз")
        await script.heard(1)
        second = talk.ask("два")
        assert await second.ended() == "answered"
    assert (second.pcm, second.text) == (sound(2), "новое")


@in_virtual_time
async def test_words_behind_the_last_sound_of_an_answer_that_was_heard_whole_are_its_own() -> None:
    async with talking(Script(connects(), asks(OLD, GenerationComplete()), asks())) as talk:
        assert await talk.ask("раз").ended() == "answered"
        second = talk.ask("два")
        await talk.script.heard(2)
        talk.script.emit(said("старое"), ENDED, *answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert (second.pcm, second.text) == (sound(2), "новое")


@in_virtual_time
async def test_an_answer_that_was_heard_whole_needs_no_end() -> None:
    old = (OLD, GenerationComplete(), said("раз"))
    async with talking(Script(connects(), asks(*old), asks(*answer("новое", mark=2)))) as talk:
        assert await talk.ask("раз").ended() == "answered"
        await settled()
        second = talk.ask("два")
        assert await second.ended() == "answered"
    assert (second.pcm, second.text) == (sound(2), "новое")


@in_virtual_time
async def test_of_more_words_in_doubt_than_the_bound_the_latest_are_known() -> None:
    async with talking(Script(connects(), asks(OLD), asks())) as talk:
        second = await ask_two_of_whom_the_second_interrupts(talk)
        talk.script.emit(
            CUT, said("старое"), *[said("а")] * MOST_DOUBTFUL, Speech(sound(2)), GenerationComplete(), ENDED
        )
        assert await second.ended() == "answered"
    assert second.text == "а" * MOST_DOUBTFUL
