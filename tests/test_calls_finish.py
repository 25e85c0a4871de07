"""Calls that keep what the person dictated: he speaks on, and they come to their end."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from context import Context, Parts
from conversation import Conversation
from effects import Effects, Key
from errors import ProviderUnavailable
from function_calls import Calls, Functions, discover
from live_session import Disconnected, FunctionCall, FunctionCallsCancelled, Setup
from norms.catalogue import Catalogue
from question import Question
from tasks import task_group
from tests.functions.client import Shown
from tests.script import Act, Script, Step, answer, asks, connects
from tests.talk import Replied, in_virtual_time, settled
from workshop import Workshop, open_workshop

SOURCES = {
    "keep": '''
async def keep(context: Context, words: str) -> dict[str, str]:
    """Write it down, which takes ten seconds."""
    await context.send.text(f"начато: {words}")
    context.when_heard(lambda heard: context.client.say(f"сказано: {heard}"))
    await asyncio.sleep(10)
    await context.send.text("сделано")
    return {"kept": words}
''',
    "fail": '''
async def fail(context: Context) -> str:
    """Take ten seconds, then fail."""
    await asyncio.sleep(10)
    raise ValueError
''',
}


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    head = "import asyncio\nfrom function_calls import Context\n\nFINISHES = True\n"
    for name, source in SOURCES.items():
        (tmp_path / f"{name}.py").write_text(head + source, "utf-8")
    found = discover(tmp_path)
    assert found.load() == []
    return found


@asynccontextmanager
async def talking(script: Script, functions: Functions, shown: Shown) -> AsyncIterator[Conversation]:
    async with open_workshop() as workshop, script, task_group() as group:
        context = context_with(workshop, shown)
        conversation = Conversation(
            script, lambda: Setup("", "Aoede"), functions=functions, context=context, first_word_seconds=5
        )
        group.create_task(conversation.run())
        await conversation.ready.wait()
        yield conversation
        conversation.stop()
        await workshop.quiet()


def context_with(workshop: Workshop, shown: Shown) -> Context:
    return Context(1, 2, "ru", Catalogue(), client=shown, parts=Parts(workshop=workshop))


def call(name: str, **arguments: object) -> FunctionCall:
    return FunctionCall("c1", name, arguments)


@in_virtual_time
async def test_what_the_person_speaks_over_is_finished_and_the_model_hears_of_it_twice(functions: Functions) -> None:
    shown, replies = Shown(), [Replied(), Replied(), Replied()]
    cancelled = FunctionCallsCancelled(("c1",))
    script = Script(
        connects(),
        asks(call("keep", words="акт")),
        asks(cancelled, *answer("слышу")),
        asks(*answer("и это")),
        asks(*answer("да")),
    )
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), replies[0])
        await script.heard(1)
        await settled()
        conversation.ask(Question("два"), replies[1])
        assert await replies[1].ended() == "answered"
        assert shown.texts == ["начато: акт"], "the new question has not waited"
        await conversation.quiet.wait()
        conversation.ask(Question("три"), replies[2])
        assert await replies[2].ended() == "answered"
        last = Replied()
        conversation.ask(Question("четыре"), last)
        assert await last.ended() == "answered"
    assert replies[0].ends == ["interrupted"]
    assert shown.texts == ["начато: акт", "сделано"]
    assert (shown.taken_back, shown.said) == ([], ["сказано: раз"])
    assert not any(connection.results for connection in script.connections)
    going, ended, nothing = [asked.texts for asked in script.asked[1:]]
    assert "доделывается без тебя: keep" in going[0]
    assert '"kept": "акт"' in ended[0]
    assert (going[1:], ended[1:], nothing) == (["два"], ["три"], ["четыре"])


@in_virtual_time
async def test_the_call_of_a_newer_message_waits_for_those_before_it(functions: Functions) -> None:
    shown, first, second = Shown(), Replied(), Replied()
    again = FunctionCall("c2", "keep", {"words": "поправка"})
    answered = Step(Act.CALL_ANSWERED, tuple(answer("готово")))
    script = Script(connects(), asks(call("keep", words="акт")), asks(again), answered)
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), first)
        await script.heard(1)
        await asyncio.sleep(5)
        conversation.ask(Question("два"), second)
        assert await second.ended() == "answered"
    assert shown.texts == ["начато: акт", "сделано", "начато: поправка", "сделано"]


@in_virtual_time
async def test_and_for_the_comparing_with_what_was_said(functions: Functions) -> None:
    class Slow(Shown):
        async def say(self, sentence: str) -> None:
            await asyncio.sleep(2)
            self.texts.append(sentence)

    shown, first, second = Slow(), Replied(), Replied()
    again = FunctionCall("c2", "keep", {"words": "поправка"})
    script = Script(
        connects(),
        asks(call("keep", words="акт")),
        asks(again),
        Step(Act.CALL_ANSWERED, tuple(answer("готово"))),
    )
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), first)
        await script.heard(1)
        await asyncio.sleep(5)
        conversation.ask(Question("два"), second)
        assert await second.ended() == "answered"
    assert shown.texts[:4] == ["начато: акт", "сделано", "сказано: раз", "начато: поправка"]


@in_virtual_time
async def test_what_the_model_does_not_want_is_taken_back(functions: Functions) -> None:
    shown, reply = Shown(), Replied()
    script = Script(connects(), asks(call("keep", words="акт")))
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), reply)
        await script.heard(1)
        await settled()
        script.emit(FunctionCallsCancelled(("c1",)), *answer("не буду"))
        assert await reply.ended() == "answered"
        await conversation.quiet.wait()
        await asyncio.sleep(20)
    assert (shown.texts, shown.taken_back) == (["начато: акт"], [1])
    assert shown.said[0] == "Остановился и отменил начатое; если оно ещё нужно, попросите снова."


@in_virtual_time
async def test_the_end_of_the_conversation_is_not_the_end_of_what_was_dictated(functions: Functions) -> None:
    shown, reply = Shown(), Replied()
    script = Script(connects(), asks(call("keep", words="акт")))
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), reply)
        await script.heard(1)
        await settled()
        started = asyncio.get_running_loop().time()
        conversation.stop()
        await conversation.quiet.wait()
        assert asyncio.get_running_loop().time() - started < 1
        assert shown.texts == ["начато: акт"]
    assert shown.texts == ["начато: акт", "сделано"]
    assert (reply.closings, shown.taken_back, shown.said) == (1, [], ["сказано: раз"])


@in_virtual_time
async def test_nor_is_its_time_limit(functions: Functions) -> None:
    shown, reply = Shown(), Replied()
    script = Script(connects(), asks(call("keep", words="акт")))
    async with open_workshop() as workshop, script:
        conversation = Conversation(
            script, lambda: Setup("", "Aoede"), functions=functions, context=context_with(workshop, shown)
        )
        conversation.ask(Question("раз"), reply)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await conversation.run()
        assert shown.texts == ["начато: акт"]
        await workshop.quiet()
    assert shown.texts == ["начато: акт", "сделано"]
    assert (reply.ends, reply.closings, shown.taken_back) == (["interrupted"], 1, [])


@in_virtual_time
async def test_nor_is_a_connection_that_breaks_twice(functions: Functions) -> None:
    shown, reply = Shown(), Replied()
    broken = Disconnected(ProviderUnavailable())
    script = Script(connects(), asks(call("keep", words="акт"), broken), connects(), asks(broken))
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), reply)
        assert await reply.ended() == "failed"
        await conversation.quiet.wait()
    assert shown.texts == ["начато: акт", "сделано"]
    assert shown.taken_back == []


@in_virtual_time
async def test_nobody_waits_in_vain_for_what_failed_after_its_turn(functions: Functions) -> None:
    shown, first, second = Shown(), Replied(), Replied()
    script = Script(connects(), asks(call("fail")), asks(*answer("слышу")))
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), first)
        await script.heard(1)
        await settled()
        conversation.ask(Question("два"), second)
        await conversation.quiet.wait()
    assert shown.said == ["Сделать то, о чём вы просили до этого, не получилось; попросите ещё раз."]


@in_virtual_time
async def test_a_process_that_stops_leaves_the_turn_to_the_next_one(functions: Functions) -> None:
    shown, first, second = Shown(), Replied(), Replied()
    script = Script(connects(), asks(call("keep", words="акт")), asks(*answer("слышу")))
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), first)
        await script.heard(1)
        await settled()
        conversation.ask(Question("два"), second)
        assert await second.ended() == "answered"
        await settled()
        conversation.stop(suspended=True)
        await conversation.quiet.wait()
    assert (first.ends, first.closings, second.closings) == (["interrupted"], 0, 1)
    assert (shown.texts, shown.taken_back, shown.said) == (["начато: акт"], [], [])


@in_virtual_time
async def test_what_an_earlier_run_had_begun_is_finished_when_the_model_is_not_asked_long_enough(
    functions: Functions,
) -> None:
    """The connection stands for nothing here: the second run of the turn ends before the model calls anything."""
    shown = Shown()
    async with open_workshop() as workshop:
        context, effects = context_with(workshop, shown), Effects()
        await effects.record(Key("keep", 0, 1))
        async with task_group() as group:
            first = Calls(functions, context, group, effects)
            first.start(call("keep", words="акт"), nobody)
            await settled()
            first.cancel_all(suspended=True)
        async with task_group() as group:
            second = Calls(functions, context, group, effects)
            second.cancel_all()
            await second.heard(cut=True)
        async with task_group() as group:
            third = Calls(functions, context, group, effects)
            await third.heard(cut=True)
    assert shown.texts == ["начато: акт", "сделано"]


@in_virtual_time
async def test_a_conversation_keeps_nothing_of_calls_that_are_over(functions: Functions) -> None:
    async with open_workshop() as workshop:
        context = context_with(workshop, Shown())
        kept = []
        for cut in (False, True):
            async with task_group() as group:
                calls = Calls(functions, context, group)
                calls.start(call("keep", words="акт"), nobody)
                await asyncio.sleep(1 if cut else 20)
                calls.cancel_all()
                await calls.heard(cut=cut)
                await calls.forget()
                kept.append(weakref.ref(calls))
                del calls
            await settled()
            gc.collect()
            assert kept[-1]() is None
        assert "акт" in Calls(functions, context, group).news()


async def nobody(_: FunctionCall, __: dict[str, object]) -> None:
    return
