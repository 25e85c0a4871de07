"""One answer, whatever order its events come in: how it ends, how long it is waited for, what of it is delivered."""

import asyncio

import pytest

from errors import AnswerTimedOut, ProviderUnavailable
from hearing import LATE_WORDS_S, MOST_EVENTS, SILENCE_DEADLINE_S, Superseded
from live_session import (
    Disconnected,
    GenerationComplete,
    LiveEvent,
    ResumptionHandle,
    Speech,
    TurnEnded,
    Usage,
    WrittenText,
)
from question import Question
from tests.script import OUTPUT_RATE, Script, answer, asks, connects, said, sound
from tests.talk import Replied, in_virtual_time, settled, talking
from tests.updates.virtual_time import now
from turn import Turn

SPEECH = Speech(sound(1))
SILENCE = Speech(bytes(2 * OUTPUT_RATE // 10))
DONE, ENDED = GenerationComplete(), TurnEnded()


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((SPEECH, said("да"), DONE, ENDED), "да"),
        ((said("да"), SPEECH, DONE, ENDED), "да"),
        ((SPEECH, DONE, ENDED, said("да")), "да"),
        ((SPEECH, DONE, said("д"), ENDED, said("а")), "да"),
        ((SPEECH, said("да"), ENDED), "да"),
        ((SPEECH, said("да"), DONE), "да"),
        ((SPEECH, said("да"), DONE, ENDED, ENDED), "да"),
        ((SPEECH, said("да"), ENDED, DONE), "да"),
        ((SILENCE, SPEECH, said("да"), DONE, ENDED), "да"),
        (((SPEECH, said("да"), DONE, ENDED, Usage()),), "да"),
        ((ResumptionHandle(None), SPEECH, said("да"), DONE, Usage(), ENDED, ResumptionHandle("h")), "да"),
        ((SPEECH, DONE, Disconnected(ConnectionResetError())), ""),
    ],
)
@in_virtual_time
async def test_an_answer_with_sound_is_spoken_whatever_the_order_of_its_events(
    events: tuple[LiveEvent, ...], words: str
) -> None:
    async with talking(Script(connects(), asks(*events))) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
        await reply.completion()
    assert reply.spoken
    assert sound(1) in reply.pcm
    assert (reply.text, reply.starts) == (words, 1)


@pytest.mark.parametrize(
    "events",
    [
        (WrittenText("да"), ENDED),
        (WrittenText("да"), DONE, ENDED),
        (SILENCE, said("да"), DONE, ENDED),
        (SILENCE, DONE, ENDED, said("да")),
        (said("д"), ENDED, said("а")),
    ],
)
@in_virtual_time
async def test_an_answer_without_sound_arrives_as_its_words(events: tuple[LiveEvent, ...]) -> None:
    async with talking(Script(connects(), asks(*events))) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
    assert (reply.spoken, reply.text) == (False, "да")


@pytest.mark.parametrize("empty", [(ENDED,), (DONE, ENDED), (SILENCE, DONE, ENDED), (SILENCE, ENDED)])
@in_virtual_time
async def test_an_answer_with_neither_sound_nor_words_is_asked_for_again(empty: tuple[LiveEvent, ...]) -> None:
    async with talking(Script(connects(), asks(*empty), connects(), asks(*answer("да", mark=2)))) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
    assert (reply.pcm, reply.starts) == (sound(2), 2)


@in_virtual_time
async def test_the_answer_is_delivered_when_it_is_made_not_when_it_would_have_been_played() -> None:
    async with talking(Script(connects(), asks(SPEECH, DONE))) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
        assert now() < 0.001
        await asyncio.sleep(20)
        talk.script.emit(said("позже"), ENDED)
        await reply.completion()
    assert reply.text == "позже"


@in_virtual_time
async def test_the_turn_is_over_when_its_end_never_comes() -> None:
    async with talking(Script(connects(), asks(SPEECH, DONE), asks(SPEECH, DONE))) as talk:
        reply = talk.ask("раз")
        await reply.completion()
        assert now() == pytest.approx(SILENCE_DEADLINE_S, abs=0.1)
        assert await talk.ask("два").ended() == "answered"


@pytest.mark.parametrize("late", [SPEECH, DONE, said("чужое"), WrittenText("чужое")])
@in_virtual_time
async def test_what_comes_after_the_end_of_a_turn_never_reaches_the_next_one(late: LiveEvent) -> None:
    script = Script(connects(), asks(SPEECH, said("раз"), DONE, ENDED), asks(*answer("два", mark=2)))
    async with talking(script) as talk:
        await talk.ask("раз").completion()
        script.emit(late)
        await settled()
        second = talk.ask("два")
        assert await second.ended() == "answered"
    assert (second.pcm, second.text) == (sound(2), "два")


@in_virtual_time
async def test_the_first_word_is_waited_for_so_long_and_then_once_more() -> None:
    script = Script(connects(), asks(), connects(), asks())
    async with talking(script, first_word_seconds=7) as talk:
        reply = talk.ask("раз")
        await script.until(lambda script: len(script.connections) == 2)
        assert now() == pytest.approx(7, abs=0.1)
        assert await reply.ended() == "failed"
        assert now() == pytest.approx(14, abs=0.1)
    assert isinstance(reply.error, AnswerTimedOut)


@in_virtual_time
async def test_a_model_that_falls_silent_in_its_answer_is_given_up() -> None:
    script = Script(connects(), asks(SPEECH), connects(), asks(*answer("да", mark=2)))
    async with talking(script, first_word_seconds=3) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
        assert now() == pytest.approx(SILENCE_DEADLINE_S, abs=0.1)
    assert reply.pcm == sound(2)


@in_virtual_time
async def test_a_long_answer_may_take_longer_than_the_first_word() -> None:
    pause = [asyncio.Event() for _ in range(5)]
    script = Script(connects(), asks(*(item for moment in pause for item in (SPEECH, moment)), DONE, ENDED))
    async with talking(script, first_word_seconds=3) as talk:
        reply = talk.ask("раз")
        for moment in pause:
            await asyncio.sleep(25)
            moment.set()
        assert await reply.ended() == "answered"
    assert reply.pcm == sound(1) * 5


@in_virtual_time
async def test_sound_that_waits_in_a_row_is_taken_together_half_a_second_at_a_time() -> None:
    burst = tuple(Speech(sound(mark)) for mark in range(12))
    async with talking(Script(connects(), asks((*burst, said("да"), *burst, DONE, ENDED)))) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
    frame = len(sound())
    assert reply.takes == [5 * frame, 5 * frame, 2 * frame] * 2
    assert reply.pcm == b"".join(sound(mark) for mark in range(12)) * 2
    assert reply.text == "да"


@pytest.mark.parametrize("earlier", [0.0, 1e-12], ids=["in the moment", "right before"])
@in_virtual_time
async def test_a_newer_question_in_the_moment_in_which_late_words_have_had_their_time_wins(
    earlier: float,
) -> None:
    reply = Replied()
    turn = Turn(1, Question("раз"), reply)
    await turn.start()
    for event in (WrittenText("старое"), ENDED):
        turn.take(event)
    asyncio.get_running_loop().call_later(LATE_WORDS_S - earlier, turn.supersede)
    with pytest.raises(Superseded):
        await turn.hear(20.0)
    assert not reply.ends


@in_virtual_time
async def test_what_was_heard_before_a_newer_question_and_not_taken_yet_is_dropped() -> None:
    reply = Replied()
    turn = Turn(1, Question("раз"), reply)
    await turn.start()
    turn.take(SPEECH)
    turn.take(DONE)
    turn.supersede()
    with pytest.raises(Superseded):
        await turn.hear(20.0)
    assert (reply.ends, reply.pcm) == ([], b"")


@in_virtual_time
async def test_an_answer_that_is_not_wanted_any_more_is_never_a_broken_one() -> None:
    """A broken one would cost the newer question its connection."""
    turn = Turn(1, Question("раз"), Replied())
    await turn.start()
    for _ in range(MOST_EVENTS + 1):
        turn.take(SPEECH)
    turn.supersede()
    with pytest.raises(Superseded):
        await turn.hear(20.0)


@in_virtual_time
async def test_an_answer_gets_three_minutes_in_all_and_is_not_asked_for_again_after_them() -> None:
    async with talking(Script(connects(), asks(SPEECH))) as talk:
        reply = talk.ask("раз")
        await talk.script.heard(1)
        while not reply.ends:
            await asyncio.sleep(SILENCE_DEADLINE_S - 5)
            talk.script.emit(SPEECH)
        assert now() == pytest.approx(180, abs=SILENCE_DEADLINE_S)
    assert isinstance(reply.error, AnswerTimedOut)
    assert len(talk.script.asked) == 1


@in_virtual_time
async def test_both_attempts_at_an_answer_share_the_three_minutes() -> None:
    async with talking(Script(connects(), asks(SPEECH), connects(), asks(SPEECH))) as talk:
        reply = talk.ask("раз")
        await talk.script.heard(1)
        for _ in range(4):
            await asyncio.sleep(SILENCE_DEADLINE_S - 5)
            talk.script.emit(SPEECH)
        talk.script.emit(Disconnected(ProviderUnavailable("gone")))
        await talk.script.heard(2)
        while not reply.ends:
            await asyncio.sleep(SILENCE_DEADLINE_S - 5)
            talk.script.emit(SPEECH)
        assert now() == pytest.approx(180, abs=SILENCE_DEADLINE_S)
    assert isinstance(reply.error, AnswerTimedOut)
