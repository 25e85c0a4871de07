"""The line to the model: opened ahead, closed when idle, resumed by its handle or told the history."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

import pytest

from dialling import Dialling
from errors import KeyRejected, ProviderUnavailable, RequestRejected
from line import HANDLE_VALID_S, Line
from live_session import (
    Disconnected,
    LiveEvent,
    LiveSession,
    ResumptionHandle,
    Setup,
    Speaker,
    Speech,
    TurnEnded,
    Utterance,
)
from tasks import task_group
from tests.script import Script, answer, asks, connects, sound
from tests.talk import in_virtual_time, settled, talking

GONE = ProviderUnavailable("gone")
PAST = (Utterance(Speaker.PERSON, "раз"), Utterance(Speaker.ASSISTANT, "два"))


class _Held:
    def __init__(self, script: Script, *, idle_seconds: float) -> None:
        self.heard: list[LiveEvent] = []
        self.line = Line(
            script,
            lambda: Setup("", "Aoede", history=PAST),
            self.heard.append,
            dialling=Dialling(),
            busy=lambda: False,
            idle_seconds=idle_seconds,
        )


@asynccontextmanager
async def kept(script: Script, *, idle_seconds: float = 60) -> AsyncIterator[_Held]:
    held = _Held(script, idle_seconds=idle_seconds)
    async with script, task_group() as group:
        keeper = group.create_task(held.line.keep())
        yield held
        keeper.cancel()
    assert not script.open_connections


@in_virtual_time
async def test_nothing_is_opened_before_it_is_wanted() -> None:
    async with kept(Script()):
        await settled()


@in_virtual_time
async def test_a_warm_line_is_the_one_that_the_question_takes() -> None:
    async with kept(Script(connects())) as held:
        held.line.warm()
        held.line.warm()
        await settled()
        assert await held.line.session() is await held.line.session()


@in_virtual_time
async def test_an_idle_connection_is_closed_and_the_next_one_resumes_it_by_its_handle() -> None:
    script = Script(connects(ResumptionHandle("h1"), ResumptionHandle("h2"), ResumptionHandle(None)), connects())
    async with kept(script, idle_seconds=5) as held:
        await held.line.session()
        await asyncio.sleep(4)
        assert script.open_connections == 1
        await asyncio.sleep(2)
        assert script.open_connections == 0
        await held.line.session()
    assert [one.setup.resumption_handle for one in script.connections] == [None, "h2"]
    assert [one.setup.history for one in script.connections] == [PAST, ()]


@in_virtual_time
async def test_what_is_heard_keeps_the_connection_open() -> None:
    script = Script(connects())
    async with kept(script, idle_seconds=5) as held:
        await held.line.session()
        for _ in range(5):
            await asyncio.sleep(4)
            script.emit(Speech(sound()))
        await settled()
        assert script.open_connections == 1


@in_virtual_time
async def test_an_old_handle_is_not_offered() -> None:
    script = Script(connects(ResumptionHandle("old")), connects())
    async with kept(script) as held:
        await held.line.session()
        await asyncio.sleep(HANDLE_VALID_S + 1)
        await held.line.session()
    assert script.connections[1].setup.resumption_handle is None
    assert script.connections[1].setup.history == PAST


@pytest.mark.parametrize("refusal", [GONE, RequestRejected(), KeyRejected()])
@in_virtual_time
async def test_a_refused_handle_is_not_offered_again_and_the_fresh_connection_is_told_the_history(
    refusal: Exception,
) -> None:
    script = Script(connects(ResumptionHandle("h"), Disconnected(GONE)), connects(refuse=refusal), connects())
    async with kept(script) as held:
        await held.line.session()
        await settled()
        with pytest.raises(type(refusal)):
            await held.line.session()
        await held.line.session()
    assert [one.setup.resumption_handle for one in script.connections] == [None, "h", None]
    assert script.connections[2].setup.history == PAST


@in_virtual_time
async def test_a_warm_connection_that_failed_is_told_with_the_first_question() -> None:
    script = Script(connects(refuse=KeyRejected()), connects(refuse=KeyRejected()))
    async with talking(script) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "failed"
    assert isinstance(reply.error, KeyRejected)


@in_virtual_time
async def test_a_warm_connection_that_failed_for_a_moment_costs_nothing() -> None:
    async with talking(Script(connects(refuse=GONE), connects(), asks(*answer("да")))) as talk:
        reply = talk.ask("раз")
        assert await reply.ended() == "answered"
    assert reply.starts == 1


@in_virtual_time
async def test_a_broken_connection_is_followed_by_another() -> None:
    script = Script(connects(), connects())
    async with kept(script) as held:
        first = await held.line.session()
        script.emit(Disconnected(GONE))
        await settled()
        assert await held.line.session() is not first
        assert held.heard == [Disconnected(GONE)]
        with pytest.raises(ProviderUnavailable):
            await first.begin()


@in_virtual_time
async def test_nothing_of_a_connection_that_was_hung_up_is_heard() -> None:
    script = Script(connects(), connects())
    async with kept(script) as held:
        await held.line.session()
        held.line.hang_up()
        script.emit(Speech(sound()), ResumptionHandle("late"), TurnEnded())
        await settled()
        await held.line.session()
    assert held.heard == []
    assert script.connections[1].setup.resumption_handle is None


@in_virtual_time
async def test_only_one_connection_is_open_at_a_time() -> None:
    script = Script(connects(), connects(), connects())
    async with kept(script) as held:
        for _ in range(3):
            await held.line.session()
            assert script.open_connections == 1
            held.line.hang_up()


@in_virtual_time
async def test_hanging_up_what_is_not_open_is_nothing() -> None:
    async with kept(Script(connects())) as held:
        held.line.hang_up(forget=True)
        await held.line.session()


@in_virtual_time
async def test_hanging_up_while_dialling_leaves_no_connection() -> None:
    opened = asyncio.Event()
    script = Script(connects(hold=opened))
    async with kept(script) as held:
        held.line.warm()
        await settled()
        held.line.hang_up()
        opened.set()
        await settled()
        assert not script.open_connections


@in_virtual_time
async def test_a_wait_for_a_line_that_is_hung_up_ends() -> None:
    opened = asyncio.Event()
    async with kept(Script(connects(hold=opened))) as held, task_group() as group:
        held.line.warm()
        await settled()
        waiting = group.create_task(_error_of(held.line.session()))
        await settled()
        held.line.hang_up()
        await settled()
        done = waiting.done()
        opened.set()
        assert done
        assert isinstance(waiting.result(), ProviderUnavailable)


@in_virtual_time
async def test_a_wait_for_a_line_that_is_hung_up_before_it_was_dialled_ends() -> None:
    """Else whoever waits holds the floor for ever."""
    async with kept(Script(connects())) as held, task_group() as group:
        await held.line.session()
        held.line.hang_up()  # the keeper is busy with closing
        waiting = group.create_task(_error_of(held.line.session()))
        await asyncio.sleep(0)
        held.line.hang_up()
        await settled()
        done = waiting.done()
        waiting.cancel()
        assert done


@in_virtual_time
async def test_a_hung_up_line_does_not_wait_for_the_old_connection_to_come_about() -> None:
    never = asyncio.Event()
    async with kept(Script(connects(hold=never), connects())) as held:
        held.line.warm()
        await settled()
        held.line.hang_up()
        async with asyncio.timeout(5):
            await held.line.session()


async def _error_of(waiting: Coroutine[None, None, LiveSession]) -> ProviderUnavailable | None:
    try:
        await waiting
    except ProviderUnavailable as error:
        return error
    return None
