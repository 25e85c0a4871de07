"""Questions in their order, interruption, one retry, memory, statistics: what a conversation makes of its turns."""

import asyncio
import gc
import weakref

import pytest

from errors import (
    AnswerEmpty,
    KeyRejected,
    Overloaded,
    ProviderUnavailable,
    QuotaSpent,
    RecordingSilent,
    RegionUnsupported,
    RequestRejected,
)
from live_session import (
    Disconnected,
    GenerationComplete,
    Interrupted,
    ResumptionHandle,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
    Usage,
    Utterance,
)
from question import Question
from tests.script import Script, answer, asks, begins, connects, frame, said, sound
from tests.talk import LOUD, Replied, in_virtual_time, note, settled, talking

GONE = ProviderUnavailable("gone")
OLD_ENDS = (Interrupted(), TurnEnded())


# -- order -------------------------------------------------------------------------------------------------------------


@in_virtual_time
async def test_questions_are_asked_in_their_order_also_when_the_first_is_still_downloading() -> None:
    downloaded = asyncio.Event()
    script = Script(connects(), asks(), asks(), asks(*OLD_ENDS, *answer("три")))
    async with talking(script) as talk:
        talk.ask(note=note(LOUD, hold=downloaded))
        talk.ask("второй")
        last = talk.ask("третий")
        await settled()
        assert not script.asked
        downloaded.set()
        assert await last.ended() == "answered"
    assert [asked.texts or "note" for asked in script.asked] == ["note", ["второй"], ["третий"]]


@in_virtual_time
async def test_nothing_of_an_answer_that_has_ended_is_kept_by_the_conversation_that_goes_on() -> None:
    async with talking(Script(connects(), asks(*answer("да")))) as talk:
        await talk.ask("да?").completion()
        await settled()
        kept = weakref.ref(talk.replies.pop())
        gc.collect()  # the rounds that a test makes of it
        assert kept() is None


@in_virtual_time
async def test_a_note_goes_in_one_activity_with_its_pictures_and_its_text() -> None:
    async with talking(Script(connects(), asks(*answer("да")))) as talk:
        assert await talk.ask(note=note(b"\1\2", b"\3\4", b"\5")).ended() == "answered"
        heard = talk.script.asked[0]
    assert heard.frames == [b"\1\2", b"\3\4", b"\5"]
    assert heard.ended


@in_virtual_time
async def test_two_notes_sent_together_are_both_heard_whole() -> None:
    script = Script(connects(), asks(), asks(*OLD_ENDS, *answer("обе")))
    async with talking(script) as talk:
        first = talk.ask(note=note(LOUD, LOUD))
        second = talk.ask(note=note(LOUD, LOUD, LOUD))
        assert await second.ended() == "answered"
        assert await first.ended() == "interrupted"
    assert [asked.frames for asked in script.asked] == [[LOUD] * 2, [LOUD] * 3]


@in_virtual_time
async def test_a_conversation_takes_twenty_open_turns_and_refuses_the_next() -> None:
    downloaded = asyncio.Event()
    async with talking(Script(connects())) as talk:
        for _ in range(20):
            talk.ask(note=note(LOUD, hold=downloaded))
        with pytest.raises(Overloaded):
            talk.conversation.ask(Question("ещё"), Replied())


# -- interruption ------------------------------------------------------------------------------------------------------


@in_virtual_time
async def test_a_silent_note_is_told_opens_no_activity_and_leaves_the_running_answer_alone() -> None:
    script = Script(connects(), asks(Speech(sound(1))))
    async with talking(script) as talk:
        first = talk.ask("раз")
        await script.heard(1)
        silent = talk.ask(note=note(error=RecordingSilent()))
        assert await silent.ended() == "failed"
        script.emit(Speech(sound(2)), GenerationComplete(), TurnEnded())
        assert await first.ended() == "answered"
    assert isinstance(silent.error, RecordingSilent)
    assert first.pcm == sound(1) + sound(2)
    assert len(script.asked) == 1


@in_virtual_time
async def test_the_first_sound_of_a_new_note_interrupts_not_its_arrival() -> None:
    downloaded = asyncio.Event()
    script = Script(connects(), asks(Speech(sound(1))), begins(*OLD_ENDS), asks(*answer("два")))
    async with talking(script) as talk:
        first = talk.ask("раз")
        await script.heard(1)
        second = talk.ask(note=note(LOUD, hold=downloaded))
        await settled()
        assert not first.ends
        downloaded.set()
        assert await second.ended() == "answered"
        assert await first.ended() == "interrupted"


@pytest.mark.parametrize("when", ["before the new question", "at its start", "in the middle of it", "after its end"])
@in_virtual_time
async def test_nothing_of_an_interrupted_answer_follows_wherever_its_end_comes(when: str) -> None:
    old = (Speech(sound(1)), said("старое"), *OLD_ENDS)
    first_asked = asks(Speech(sound(1)))
    steps = {
        "before the new question": (first_asked, asks(*answer("новое", mark=2))),
        "at its start": (first_asked, begins(*old), asks(*answer("новое", mark=2))),
        "in the middle of it": (first_asked, frame(*old), asks(*answer("новое", mark=2))),
        "after its end": (first_asked, asks(*old, *answer("новое", mark=2))),
    }[when]
    script = Script(connects(), *steps)
    async with talking(script) as talk:
        first = talk.ask("раз")
        await script.heard(1)
        if when == "before the new question":
            script.emit(*old[:2], Interrupted())
            talk.conversation.interrupt()
        second = talk.ask(note=note(LOUD))
        assert await second.ended() == "answered"
        assert await first.ended() == "interrupted"
    assert (second.pcm, second.text) == (sound(2), "новое")


@in_virtual_time
async def test_the_interrupted_answers_end_is_waited_for_before_the_new_question_ends() -> None:
    script = Script(connects(), asks(Speech(sound(1))), asks(*answer("новое", mark=2)))
    async with talking(script) as talk:
        talk.ask("раз")
        await script.heard(1)
        second = talk.ask("два")
        await settled()
        assert [asked.ended for asked in script.asked] == [True, False]
        script.emit(Speech(sound(1)), *OLD_ENDS)
        assert await second.ended() == "answered"
    assert second.pcm == sound(2)


@in_virtual_time
async def test_interrupting_stops_the_answer_and_the_next_question_is_answered() -> None:
    script = Script(connects(), asks(Speech(sound(1))), asks(*OLD_ENDS, *answer("два", mark=2)))
    async with talking(script) as talk:
        first = talk.ask("раз")
        await script.heard(1)
        talk.conversation.interrupt()
        assert await first.ended() == "interrupted"
        second = talk.ask("два")
        assert await second.ended() == "answered"
    assert second.pcm == sound(2)


# -- breaks and the one retry ------------------------------------------------------------------------------------------


@in_virtual_time
async def test_after_a_break_in_the_answer_the_question_is_asked_once_more_and_the_answer_is_whole() -> None:
    script = Script(
        connects(),
        asks(Speech(sound(1)), said("поло"), Disconnected(GONE)),
        connects(),
        asks(*answer("целое", mark=2)),
    )
    async with talking(script) as talk:
        reply = talk.ask(note=note(LOUD, LOUD))
        assert await reply.ended() == "answered"
    assert (reply.pcm, reply.text, reply.starts) == (sound(2), "целое", 2)
    assert script.asked[0] == script.asked[1]
    assert talk.conversation.statistics.answers == talk.conversation.statistics.questions == 1


@in_virtual_time
async def test_a_second_break_is_told() -> None:
    script = Script(connects(), asks(Disconnected(GONE)), connects(), asks(Disconnected(GONE)))
    async with talking(script) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "failed"
    assert isinstance(reply.error, ProviderUnavailable)


@in_virtual_time
async def test_a_break_in_the_middle_of_a_question_begins_it_again_from_its_first_frame() -> None:
    script = Script(connects(), frame(), frame(refuse=GONE), connects(), asks(*answer("да")))
    async with talking(script) as talk:
        reply = talk.ask(note=note(b"\1\1", b"\2\2", b"\3\3"))
        assert await reply.ended() == "answered"
    assert [asked.frames for asked in script.asked] == [[b"\1\1", b"\2\2"], [b"\1\1", b"\2\2", b"\3\3"]]


@in_virtual_time
async def test_a_break_after_the_answer_was_delivered_changes_nothing() -> None:
    script = Script(connects(), asks(Speech(sound(1)), GenerationComplete(), Disconnected(GONE)))
    async with talking(script) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
        await reply.completion()
    assert reply.starts == 1


@in_virtual_time
async def test_an_older_question_is_not_asked_again_over_a_newer_one() -> None:
    broken, second_sent = asyncio.Event(), asyncio.Event()
    script = Script(
        connects(), asks(broken, Disconnected(GONE)), connects(), frame(hold=second_sent), asks(*answer("второй"))
    )
    async with talking(script) as talk:
        old = talk.ask("первый")
        await script.heard(1)
        broken.set()
        new = talk.ask(note=note(LOUD))
        await settled()
        second_sent.set()
        assert await new.ended() == "answered"
        assert await old.ended() in ("interrupted", "answered")
    assert [asked.texts for asked in script.asked].count(["первый"]) <= 2
    assert new.text == "второй"


@in_virtual_time
async def test_an_empty_answer_is_asked_again_in_a_fresh_connection_and_then_told() -> None:
    script = Script(connects(), asks(TurnEnded()), connects(), asks(TurnEnded()))
    async with talking(script) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "failed"
    assert isinstance(reply.error, AnswerEmpty)
    assert talk.conversation.statistics.answers == 0


@pytest.mark.parametrize("error", [KeyRejected, QuotaSpent, RegionUnsupported])
@in_virtual_time
async def test_what_cannot_help_is_not_tried_again(error: type[Exception]) -> None:
    script = Script(connects(refuse=error()), connects(refuse=error()))
    async with talking(script) as talk:
        await settled()
        reply = talk.ask("раз")
        assert await reply.ended() == "failed"
    assert isinstance(reply.error, error)
    assert len(script.connections) == 2  # the warm one, and one for the question


@in_virtual_time
async def test_what_a_resumed_connection_rejects_is_tried_once_more_in_a_fresh_one() -> None:
    script = Script(
        connects(),
        asks(*answer("да"), ResumptionHandle("h1")),
        connects(),
        asks(Disconnected(RequestRejected())),
        connects(),
        asks(*answer("нет")),
    )
    async with talking(script, idle_seconds=5) as talk:
        assert await talk.ask("раз").ended() == "answered"
        await asyncio.sleep(10)
        assert await talk.ask("два").ended() == "answered"
    assert [one.setup.resumption_handle for one in script.connections] == [None, "h1", None]


@in_virtual_time
async def test_what_a_fresh_connection_rejects_is_not_sent_again() -> None:
    script = Script(connects(), asks(Disconnected(RequestRejected())))
    async with talking(script) as talk:
        assert await talk.ask("раз").ended() == "failed"


# -- stop, memory, statistics ------------------------------------------------------------------------------------------


@in_virtual_time
async def test_stop_cuts_everything_at_once_also_a_note_that_is_still_coming_in() -> None:
    never = asyncio.Event()
    script = Script(connects(), asks(Speech(sound(1))))
    async with talking(script) as talk:
        talk.ask("раз")
        await script.heard(1)
        talk.ask(note=note(LOUD, LOUD, hold=never, hold_after=1))
        talk.ask("три")
        await script.until(lambda script: len(script.asked) == 2)
    assert [reply.ends for reply in talk.replies] == [["interrupted"]] * 3
    with pytest.raises(Overloaded):
        talk.conversation.ask(Question("после"), Replied())


@in_virtual_time
async def test_a_fresh_connection_is_told_what_was_said() -> None:
    first = (Transcript(Speaker.PERSON, " Какой"), Transcript(Speaker.PERSON, " бетон?"), *answer(" B25."))
    script = Script(connects(), asks(*first), connects(), asks(*answer("да")))
    async with talking(script) as talk:
        reply = talk.ask(note=note(LOUD))
        assert await reply.ended() == "answered"
        await reply.completion()
        script.emit(Disconnected(GONE))
        await settled()
        assert await talk.ask("А арматура?").ended() == "answered"
    told = script.connections[1].setup
    assert told.history == (Utterance(Speaker.PERSON, "Какой бетон?"), Utterance(Speaker.ASSISTANT, "B25."))


@in_virtual_time
async def test_statistics_count_questions_that_were_sent_answers_that_were_delivered_and_frames() -> None:
    usage = Usage({"AUDIO": 50, "TEXT": 3}, {"AUDIO": 20})
    script = Script(
        connects(),
        asks(usage, *answer("раз", tenths=3)),
        asks(*answer("два", tenths=2), usage),
        asks(Speech(sound())),
    )
    async with talking(script) as talk:
        await talk.ask(note=note(LOUD, LOUD)).completion()
        await talk.ask("два").completion()
        await talk.ask(note=note(error=RecordingSilent())).ended()
        talk.ask("три")
        await script.heard(3)
        await settled()
    counted = talk.conversation.statistics
    assert (counted.questions, counted.answers) == (3, 2)
    assert (counted.frames_sent, counted.frames_received) == (2, 6)
    assert (counted.prompt_tokens, counted.response_tokens) == ({"AUDIO": 100, "TEXT": 6}, {"AUDIO": 40})
