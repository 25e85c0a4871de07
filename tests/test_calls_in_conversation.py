"""Functions in the middle of a turn: answered always, unless nobody wants the answer any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from conversation import Conversation
from errors import ProviderUnavailable
from function_calls import Context, Functions, discover
from live_session import Disconnected, FunctionCall, FunctionCallsCancelled, LiveEvent, Setup
from norms.catalogue import Catalogue
from question import Question
from tasks import task_group
from tests.script import Act, Script, Step, answer, asks, connects
from tests.talk import Replied, in_virtual_time, settled

CALL = FunctionCall("c1", "slow", {})


def calls_answered(*emit: LiveEvent) -> Step:
    return Step(Act.CALL_ANSWERED, emit)


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    (tmp_path / "slow.py").write_text(
        'import asyncio\n\nasync def slow() -> str:\n    """Take ten seconds."""\n    await asyncio.sleep(10)\n'
        '    return "done"\n'
    )
    return discover(tmp_path)


@asynccontextmanager
async def talking(script: Script, functions: Functions) -> AsyncIterator[Conversation]:
    conversation = Conversation(
        script,
        lambda: Setup("", "Aoede"),
        functions=functions,
        context=Context(1, 2, "ru", Catalogue()),
        first_word_seconds=5,
    )
    async with script, task_group() as group:
        group.create_task(conversation.run())
        await conversation.ready.wait()
        yield conversation
        conversation.stop()


@in_virtual_time
async def test_the_model_is_waited_for_while_its_function_runs(functions: Functions) -> None:
    reply = Replied()
    script = Script(connects(), asks(CALL), calls_answered(*answer("готово")))
    async with talking(script, functions) as conversation:
        conversation.ask(Question("раз"), reply)
        assert await reply.ended() == "answered"
    assert reply.text == "готово"


@in_virtual_time
async def test_a_new_question_stops_the_function_and_its_result_is_not_sent(functions: Functions) -> None:
    first, second = Replied(), Replied()
    script = Script(connects(), asks(CALL), asks(FunctionCallsCancelled(("c1",)), *answer("другое")))
    async with talking(script, functions) as conversation:
        conversation.ask(Question("раз"), first)
        await script.heard(1)
        conversation.ask(Question("два"), second)
        assert await second.ended() == "answered"
        await asyncio.sleep(20)
    assert first.ends == ["interrupted"]
    assert not any(connection.results for connection in script.connections)
    assert second.text == "другое"


@in_virtual_time
async def test_a_call_that_the_model_cancelled_is_not_answered(functions: Functions) -> None:
    reply = Replied()
    script = Script(connects(), asks(CALL, FunctionCallsCancelled(("c1",)), *answer("сам знаю")))
    async with talking(script, functions) as conversation:
        conversation.ask(Question("раз"), reply)
        assert await reply.ended() == "answered"
        await asyncio.sleep(20)
    assert not any(connection.results for connection in script.connections)


@in_virtual_time
async def test_after_a_break_during_a_call_the_question_is_asked_again(functions: Functions) -> None:
    reply = Replied()
    script = Script(
        connects(),
        asks(CALL, Disconnected(ProviderUnavailable())),
        connects(),
        asks(CALL),
        calls_answered(*answer("да")),
    )
    async with talking(script, functions) as conversation:
        conversation.ask(Question("раз"), reply)
        assert await reply.ended() == "answered"
        await settled()
    assert reply.text == "да"
