"""Breaks, faults and late words between a question and its answer: the hard cases of a conversation."""

import asyncio

import pytest

from errors import DownloadFailed, ProviderUnavailable, RecordingSilent
from live_session import (
    Disconnected,
    GenerationComplete,
    Interrupted,
    ResumptionHandle,
    Speech,
    TurnEnded,
    WrittenText,
)
from tests.script import Script, answer, asks, begins, connects, said, sound
from tests.talk import LOUD, in_virtual_time, note, settled, start_conversation, talking

GONE = ProviderUnavailable("gone")
OLD_ENDS = (Interrupted(), TurnEnded())


@in_virtual_time
async def test_a_written_answer_that_was_interrupted_while_waiting_for_late_words_is_not_delivered() -> None:
    script = Script(connects(), asks(WrittenText("старое"), TurnEnded()), asks(*answer("новое", mark=2)))
    async with talking(script) as talk:
        first = talk.ask("раз")
        await script.heard(1)
        await settled()
        second = talk.ask("два")
        assert await second.ended() == "answered"
        assert first.ends == ["interrupted"]


@in_virtual_time
async def test_a_question_that_was_sent_at_the_second_attempt_counts() -> None:
    script = Script(connects(), begins(refuse=GONE), connects(), asks(*answer("да")))
    async with talking(script) as talk:
        assert await talk.ask("раз").ended() == "answered"
    counted = talk.conversation.statistics
    assert (counted.questions, counted.answers) == (1, 1)


@pytest.mark.parametrize("milliseconds", [20, 40])
@in_virtual_time
async def test_an_answer_in_small_pieces_is_no_silent_one(milliseconds: int) -> None:
    pieces = [Speech(sound(1, milliseconds)) for _ in range(50)]
    script = Script(connects(), asks(*pieces, said("да"), GenerationComplete(), TurnEnded()))
    async with talking(script) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
    assert reply.spoken


@in_virtual_time
async def test_a_late_rest_of_an_old_answer_is_not_taken_for_the_new_one() -> None:
    """The network is slower than OLD_ANSWER_END_S and the old answer ended by itself."""
    script = Script(connects(), asks(Speech(sound(1))), asks())
    async with talking(script) as talk:
        talk.ask("раз")
        await script.heard(1)
        second = talk.ask("два")
        await script.heard(2)
        script.emit(Speech(sound(1)), GenerationComplete(), TurnEnded(), *answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert second.pcm == sound(2)


@in_virtual_time
async def test_an_interruption_heard_after_the_question_is_always_of_an_older_answer() -> None:
    """EarlyTurnComplete: the model had ended the old turn too early, and went on speaking."""
    script = Script(connects(), asks(Speech(sound(1)), TurnEnded()), asks())
    async with talking(script) as talk:
        first = talk.ask("раз")
        await first.completion()
        second = talk.ask("два")
        await script.heard(2)
        script.emit(Speech(sound(1)), *OLD_ENDS, *answer("новое", mark=2))
        assert await second.ended() == "answered"
    assert second.pcm == sound(2)


@in_virtual_time
async def test_a_turn_that_ended_too_early_is_heard_to_its_real_end() -> None:
    script = Script(connects(), asks(Speech(sound(1)), TurnEnded(), Speech(sound(1)), GenerationComplete()))
    async with talking(script) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
    assert reply.pcm == sound(1) * 2


@in_virtual_time
async def test_a_doubled_end_is_not_taken_for_the_end_of_the_next_turn() -> None:
    script = Script(connects(), asks(*answer("раз")), asks(TurnEnded(), *answer("два", mark=2)))
    async with talking(script) as talk:
        await talk.ask("раз").completion()
        second = talk.ask("два")
        assert await second.ended() == "answered"
    assert (second.pcm, second.starts) == (sound(2), 1)


@in_virtual_time
async def test_a_note_that_breaks_off_after_its_first_sound_leaves_no_half_question_behind() -> None:
    script = Script(connects(), connects(), asks(*answer("да")))
    async with talking(script) as talk:
        broken = talk.ask(note=note(LOUD, LOUD, error=DownloadFailed()))
        assert await broken.ended() == "failed"
        assert await talk.ask("дальше").ended() == "answered"


@in_virtual_time
async def test_a_note_without_any_frame_is_told_and_ends_no_activity() -> None:
    script = Script(connects())
    async with talking(script) as talk:
        assert await talk.ask(note=note()).ended() == "failed"


@in_virtual_time
async def test_a_connection_that_is_in_use_is_not_idle() -> None:
    """SESSION_IDLE_SECONDS shorter than the model's first word."""
    thought = asyncio.Event()
    script = Script(connects(), asks(thought, *answer("да")))
    async with talking(script, idle_seconds=5) as talk:
        reply = talk.ask("раз")
        await script.heard(1)
        await asyncio.sleep(10)
        assert script.open_connections == 1
        thought.set()
        assert await reply.ended() == "answered"


@in_virtual_time
async def test_a_connection_is_not_idle_while_a_long_note_is_sent() -> None:
    script = Script(connects(), asks(*answer("да")))
    downloaded = asyncio.Event()
    async with talking(script, idle_seconds=5) as talk:
        reply = talk.ask(note=note(LOUD, LOUD, hold=downloaded, hold_after=1))
        await asyncio.sleep(10)
        downloaded.set()
        assert await reply.ended() == "answered"
    assert len(script.connections) == 1


@in_virtual_time
async def test_stop_while_a_failure_is_being_told_ends_the_reply_once() -> None:
    script = Script(
        connects(),
    )
    async with talking(script, slow=1.0) as talk:
        talk.ask(note=note(error=RecordingSilent()))
        await asyncio.sleep(1.5)
    # talking() looks at the ends


@in_virtual_time
async def test_an_older_question_is_not_asked_again_after_a_newer_one_was_answered() -> None:
    first_broken, silence_known = asyncio.Event(), asyncio.Event()
    script = Script(
        connects(),
        asks(first_broken, Disconnected(GONE)),
        connects(),
        asks(*answer("второй", mark=2)),
    )
    downloaded = asyncio.Event()
    async with talking(script) as talk:
        old = talk.ask("первый")
        await script.heard(1)
        new = talk.ask(note=note(LOUD, hold=downloaded))
        silent = talk.ask(note=note(hold=silence_known, error=RecordingSilent()))
        await settled()
        first_broken.set()
        await settled()  # the old one waits for the floor behind the silent one
        downloaded.set()
        await new.completion()
        silence_known.set()
        assert await silent.ended() == "failed"
        assert await old.ended() == "interrupted"


@in_virtual_time
async def test_interrupting_a_question_that_is_being_asked_again_sends_nothing_more() -> None:
    opened = asyncio.Event()
    script = Script(connects(), asks(Disconnected(GONE)), connects(hold=opened))
    async with talking(script) as talk:
        reply = talk.ask("первый")
        await script.until(lambda script: len(script.connections) == 2)
        talk.conversation.interrupt()
        opened.set()
        await settled()
        assert reply.ends == ["interrupted"]


@in_virtual_time
async def test_a_handle_that_was_accepted_is_good_for_another_break() -> None:
    script = Script(
        connects(),
        asks(*answer("раз"), ResumptionHandle("h1")),
        connects(),
        asks(Speech(sound(1)), Disconnected(GONE)),
        connects(),
        asks(*answer("два")),
    )
    async with talking(script, idle_seconds=5) as talk:
        await talk.ask("раз").completion()
        await asyncio.sleep(20)
        assert await talk.ask("два").ended() == "answered"
    assert [one.setup.resumption_handle for one in script.connections] == [None, "h1", "h1"]


@in_virtual_time
async def test_a_voice_chosen_while_an_answer_is_given_is_used_by_the_next_question() -> None:
    script = Script(connects(), asks(Speech(sound(1)), GenerationComplete()), connects(), asks(*answer("два")))
    async with talking(script) as talk:
        first = talk.ask("раз")
        await first.ended()
        talk.conversation.renew()
        script.emit(TurnEnded())
        await first.completion()
        await settled()
        assert await talk.ask("два").ended() == "answered"


@in_virtual_time
async def test_the_first_word_has_its_deadline_also_after_a_stray_end() -> None:
    script = Script(connects(), asks(), asks(TurnEnded()), connects(), asks(*answer("да")))
    async with talking(script, first_word_seconds=5) as talk:
        talk.ask("раз")
        talk.ask("два")
        await script.heard(2)
        began = asyncio.get_running_loop().time()
        await script.heard(3)
        assert asyncio.get_running_loop().time() - began < 6


@in_virtual_time
async def test_being_cancelled_ends_open_replies() -> None:
    async with Script(connects(), asks()) as script:
        conversation, talk = start_conversation(script)
        reply = talk.ask("раз")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await conversation.run()
    assert reply.ends == ["interrupted"]


@in_virtual_time
async def test_a_fault_of_one_turn_fails_that_turn_and_the_conversation_goes_on() -> None:
    async with talking(Script(connects(), connects(), asks(*answer("да")))) as talk:
        broken = talk.ask(note=note(error=ZeroDivisionError("секрет")))
        assert await broken.ended() == "failed"
        assert "секрет" not in str(broken.error)
        assert await talk.ask("раз").ended() == "answered"


@in_virtual_time
async def test_a_conversation_that_was_stopped_in_the_middle_of_a_turn_is_quiet() -> None:
    async with talking(Script(connects(), asks())) as talk:
        talk.ask("раз")
        await settled()
        assert not talk.conversation.quiet.is_set()
    assert talk.conversation.quiet.is_set()
