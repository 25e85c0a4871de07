"""Functions that do something: once in a turn whatever breaks, taken back when the person interrupts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from context import Context
from conversation import Conversation
from errors import ProviderUnavailable
from function_calls import Functions, discover
from live_session import Disconnected, FunctionCall, Setup, Speaker, Transcript
from norms.catalogue import Catalogue
from question import Question
from tasks import task_group
from tests.functions.client import Shown
from tests.script import Act, Script, Step, answer, asks, connects
from tests.talk import LOUD, Replied, in_virtual_time, settled

SOURCES = {
    "write": '''
async def write(context: Context, words: str) -> str:
    """Write it down."""
    await context.send.text(words)
    return "written"
''',
    "slow": '''
async def slow(context: Context) -> str:
    """Write, then take ten seconds."""
    await context.send.text("начато")
    await asyncio.sleep(10)
    return "done"
''',
    "undoable": '''
async def undoable(context: Context) -> str:
    """Write, then take ten seconds; it can be taken back."""
    await context.send.text("начато")
    context.undo(lambda: context.client.say("взято назад"))
    await asyncio.sleep(10)
    return "done"
''',
    "lasting": '''
async def lasting(context: Context) -> str:
    """Do what cannot be taken back, then take ten seconds."""
    async def call_the_crane() -> None: ...
    await context.once(call_the_crane)
    await asyncio.sleep(10)
    return "done"
''',
    "waits": '''
async def waits(context: Context) -> str:
    """Take ten seconds and touch nothing."""
    await asyncio.sleep(10)
    return "done"
''',
    "breaks": '''
async def breaks(context: Context) -> str:
    """Write, then fail."""
    await context.send.text("начато")
    context.undo(lambda: context.client.say("взято назад"))
    raise ValueError
''',
    "compares": '''
async def compares(context: Context) -> str:
    """Compare with what was said, when that is known."""
    async def compare(words: str | None) -> None:
        await context.client.say(f"сказано: {words}")
    context.when_heard(compare)
    return context.said.so_far()
''',
}


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    for name, source in SOURCES.items():
        (tmp_path / f"{name}.py").write_text(f"import asyncio\nfrom function_calls import Context\n{source}", "utf-8")
    found = discover(tmp_path)
    assert found.load() == []
    return found


@asynccontextmanager
async def talking(script: Script, functions: Functions, shown: Shown) -> AsyncIterator[Conversation]:
    context = Context(1, 2, "ru", Catalogue(), client=shown)
    conversation = Conversation(
        script, lambda: Setup("", "Aoede"), functions=functions, context=context, first_word_seconds=5
    )
    async with script, task_group() as group:
        group.create_task(conversation.run())
        await conversation.ready.wait()
        yield conversation
        conversation.stop(suspended=conversation.is_suspended)


def call(name: str, number: str = "c1", **arguments: object) -> FunctionCall:
    return FunctionCall(number, name, arguments)


BREAK = Disconnected(ProviderUnavailable())
ANSWERED = Step(Act.CALL_ANSWERED, tuple(answer("готово")))


def results(script: Script) -> list[dict[str, object]]:
    return [result for connection in script.connections for _, result in connection.results]


@in_virtual_time
async def test_a_call_that_is_made_again_after_a_break_gets_the_first_ones_result(functions: Functions) -> None:
    reply, shown = Replied(), Shown()
    script = Script(
        connects(),
        asks(call("write", words="раз")),
        Step(Act.CALL_ANSWERED, (BREAK,)),
        connects(),
        asks(call("write", "c2", words="другими словами")),
        ANSWERED,
    )
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("запиши"), reply)
        assert await reply.ended() == "answered"
    assert shown.texts == ["раз"]
    first, second = results(script)
    assert first["status"] == second["status"] == "ok"
    assert second["repeated"] is True


@in_virtual_time
async def test_a_call_that_runs_while_the_connection_breaks_goes_on_and_is_answered_in_the_next(
    functions: Functions,
) -> None:
    reply, shown = Replied(), Shown()
    started = Step(Act.END, (call("slow"),))
    script = Script(connects(), started, connects(), asks(call("slow", "c2")), ANSWERED)
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("сделай"), reply)
        await script.heard(1)
        await settled()
        script.connections[0].emit(BREAK)
        assert await reply.ended() == "answered"
    assert shown.texts == ["начато"]
    (result,) = results(script)
    assert result["result"] == "done"
    assert shown.said == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("waits", ["Остановился, и начатое не сделано; если оно ещё нужно, попросите снова."]),
        ("undoable", ["взято назад", "Остановился и отменил начатое; если оно ещё нужно, попросите снова."]),
        ("slow", ["Остановился и отменил начатое; если оно ещё нужно, попросите снова."]),
        ("lasting", ["Остановился, но часть уже сделана и осталась; проверьте её выше и скажите, что дальше."]),
    ],
)
def test_an_interrupted_call_is_taken_back_and_told(functions: Functions, name: str, said: list[str]) -> None:
    @in_virtual_time
    async def interrupted() -> None:
        first, second, shown = Replied(), Replied(), Shown()
        script = Script(connects(), asks(call(name)), asks(*answer("другое")))
        async with talking(script, functions, shown) as conversation:
            conversation.ask(Question("раз"), first)
            await script.heard(1)
            await settled()
            conversation.ask(Question("два"), second)
            assert await second.ended() == "answered"
        assert first.ends == ["interrupted"]
        assert results(script) == []
        assert shown.said == said
        assert shown.taken_back == ([1] if shown.texts else [])

    interrupted()


@in_virtual_time
async def test_a_suspended_turn_undoes_and_says_nothing_because_it_is_run_again(functions: Functions) -> None:
    reply, shown = Replied(), Shown()
    script = Script(connects(), asks(call("undoable")))
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), reply)
        await script.heard(1)
        await settled()
        conversation.stop(suspended=True)
    assert shown.said == []
    assert shown.taken_back == []


@in_virtual_time
async def test_what_a_failed_call_had_begun_is_taken_back_and_the_model_is_told(functions: Functions) -> None:
    reply, shown = Replied(), Shown()
    script = Script(connects(), asks(call("breaks")), ANSWERED)
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question("раз"), reply)
        assert await reply.ended() == "answered"
    (result,) = results(script)
    assert (result["status"], result["left"]) == ("error", "What it had begun was taken back.")
    assert shown.said == ["взято назад"]
    assert shown.taken_back == [], "what a call that failed has sent is for the person to keep"


@in_virtual_time
async def test_the_whole_transcript_comes_after_the_turn(functions: Functions) -> None:
    async def note() -> AsyncIterator[bytes]:
        yield LOUD

    reply, shown = Replied(), Shown()
    late = Transcript(Speaker.PERSON, " полкуба")
    script = Script(
        connects(),
        asks(Transcript(Speaker.PERSON, "Запиши"), call("compares")),
        Step(Act.CALL_ANSWERED, (late, *answer("готово"))),
    )
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question(note=note), reply)  # type: ignore[arg-type]
        await reply.completion()
        await conversation.quiet.wait()
    (result,) = results(script)
    assert result["result"] == "Запиши"
    assert shown.said == ["сказано: Запиши полкуба"]


@in_virtual_time
async def test_without_a_transcript_nothing_is_known_of_what_was_said(functions: Functions) -> None:
    async def note() -> AsyncIterator[bytes]:
        yield LOUD

    reply, shown = Replied(), Shown()
    script = Script(connects(), asks(call("compares")), ANSWERED)
    async with talking(script, functions, shown) as conversation:
        conversation.ask(Question(note=note), reply)  # type: ignore[arg-type]
        await reply.completion()
        await conversation.quiet.wait()
    assert shown.said == ["сказано: None"]
