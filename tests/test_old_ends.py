"""Whose end an end is: one for each question that the model took, in the order of the questions, however late."""

import asyncio

import pytest

from live_session import GenerationComplete, Interrupted, LiveEvent, Speaker, Speech, Transcript, TurnEnded, WrittenText
from model import OLD_ANSWER_END_S
from tests.script import Script, answer, asks, connects, sound
from tests.talk import Talk, in_virtual_time, talking

OLD = Speech(sound(1))
CUT, ENDED = Interrupted(), TurnEnded()
A_WHILE_S = 3.0
"""Longer than an end without an answer may turn out to be another's."""


def said(words: str) -> Transcript:
    return Transcript(Speaker.ASSISTANT, words)


def kinds(events: tuple[LiveEvent, ...]) -> str:
    return "+".join(type(event).__name__ for event in events) or "nothing"


async def ask_two_of_whom_the_second_interrupts(talk: Talk) -> None:
    """The end of the first, which is being spoken, does not come in time."""
    talk.ask("раз")
    await talk.script.heard(1)
    talk.ask("два")
    await talk.script.heard(2)


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
    "ending", [(OLD, ENDED), (ENDED,), (OLD, CUT, ENDED), (OLD, GenerationComplete(), ENDED)], ids=kinds
)
@in_virtual_time
async def test_all_that_comes_before_the_end_of_an_answer_that_was_being_spoken_is_its_own(
    ending: tuple[LiveEvent, ...],
) -> None:
    async with talking(Script(connects(), asks(OLD), asks())) as talk:
        talk.ask("раз")
        await talk.script.heard(1)
        second = talk.ask("два")
        await talk.script.heard(2)
        talk.script.emit(said("старое"), WrittenText("старое"), *ending)
        await asyncio.sleep(A_WHILE_S)
        talk.script.emit(*answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert (second.pcm, second.text, len(talk.script.asked)) == (sound(2), "новое", 2)


@pytest.mark.parametrize("last", [CUT, GenerationComplete()], ids=["cut", "complete"])
@in_virtual_time
async def test_words_between_the_last_of_an_old_answer_and_its_end_are_its_own(last: LiveEvent) -> None:
    async with talking(Script(connects(), asks(OLD), asks())) as talk:
        talk.ask("раз")
        await talk.script.heard(1)
        second = talk.ask("два")
        await talk.script.heard(2)
        talk.script.emit(last, said("старое"), ENDED, *answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert (second.pcm, second.text) == (sound(2), "новое")


@in_virtual_time
async def test_words_that_the_new_sound_follows_without_that_end_are_the_new_ones() -> None:
    async with talking(Script(connects(), asks(OLD), asks())) as talk:
        talk.ask("раз")
        await talk.script.heard(1)
        second = talk.ask("два")
        await talk.script.heard(2)
        talk.script.emit(CUT, said("но"), said("вое"), Speech(sound(2)), GenerationComplete(), ENDED)
        assert await second.ended() == "answered"
    assert (second.pcm, second.text) == (sound(2), "новое")


@in_virtual_time
async def test_the_end_of_an_answer_that_began_too_late_to_be_heard_is_skipped_with_it() -> None:
    """It was not being spoken when the next question was complete, and its first sound was under way."""
    async with talking(Script(connects(), asks(), asks())) as talk:
        talk.ask("раз")
        await talk.script.heard(1)
        second = talk.ask("два")
        await talk.script.heard(2)
        talk.script.emit(OLD, said("старое"), CUT, ENDED)
        await asyncio.sleep(A_WHILE_S)
        talk.script.emit(*answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert (second.pcm, second.text, len(talk.script.asked)) == (sound(2), "новое", 2)
