"""The calls of one turn: each answered once, stopped when nobody wants them, and not too many."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from errors import ProviderUnavailable
from function_calls import MOST_CALLS, Calls, Functions, Result
from live_session import FunctionCall
from tasks import task_group
from tests.dropped import CONTEXT, body, discovered
from tests.functions.client import Shown


class Model:
    """Takes answers as a connection does."""

    def __init__(self) -> None:
        self.answers: dict[str, Result] = {}
        self.answered = asyncio.Event()

    async def answer_call(self, call: FunctionCall, result: Result) -> None:
        assert call.id not in self.answers
        self.answers[call.id] = result
        self.answered.set()


STUBBORN = body(
    "stubborn",
    "try:",
    "    await asyncio.Event().wait()",
    "except asyncio.CancelledError:",
    "    return 'done for all that'",
)
ENDLESS = body("endless", "await asyncio.Event().wait()")


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    quick = body("quick", "return n", parameters="n: int = 1")
    return discovered(tmp_path, quick=quick, endless=ENDLESS, stubborn=STUBBORN)


async def test_every_call_of_a_turn_is_answered(functions: Functions) -> None:
    model = Model()
    async with asyncio.timeout(5), task_group() as group:
        calls = Calls(functions, CONTEXT, group)
        for number, name in enumerate(["quick", "fly", "quick"]):
            calls.start(FunctionCall(str(number), name, {"n": number}), model.answer_call)
    assert {number: result["status"] for number, result in model.answers.items()} == {
        "0": "ok",
        "1": "unknown_function",
        "2": "ok",
    }
    assert calls.patience == 0


@pytest.mark.parametrize("name", ["endless", "stubborn"])
async def test_a_cancelled_call_stops_and_is_not_answered(functions: Functions, name: str) -> None:
    model = Model()
    async with asyncio.timeout(5), task_group() as group:
        calls = Calls(functions, CONTEXT, group)
        calls.start(FunctionCall("a", name, {}), model.answer_call)
        calls.start(FunctionCall("b", "quick", {}), model.answer_call)
        await model.answered.wait()
        calls.cancel(["a", "b", "never heard of"])
    assert list(model.answers) == ["b"]


async def test_a_call_that_is_cancelled_in_the_moment_it_comes_is_told_of_too(functions: Functions) -> None:
    model, shown = Model(), Shown()
    async with asyncio.timeout(5), task_group() as group:
        calls = Calls(functions, replace(CONTEXT, client=shown), group)
        calls.start(FunctionCall("a", "endless", {}), model.answer_call)
        calls.cancel(["a"])
    assert model.answers == {}
    assert shown.said == ["Остановился, и начатое не сделано; если оно ещё нужно, попросите снова."]


async def test_all_calls_stop_when_the_answer_is_not_wanted_any_more(functions: Functions) -> None:
    model = Model()
    async with asyncio.timeout(5), task_group() as group:
        calls = Calls(functions, CONTEXT, group)
        for number in range(3):
            calls.start(FunctionCall(str(number), "endless", {}), model.answer_call)
        assert 19 < calls.patience <= 20
        calls.cancel_all()
        assert calls.patience == 0
    assert model.answers == {}


async def test_after_eight_calls_in_a_row_the_next_is_refused(functions: Functions) -> None:
    model = Model()
    async with asyncio.timeout(5), task_group() as group:
        calls = Calls(functions, CONTEXT, group)
        for number in range(MOST_CALLS + 2):
            calls.start(FunctionCall(str(number), "quick", {}), model.answer_call)
    statuses = [model.answers[str(number)]["status"] for number in range(MOST_CALLS + 2)]
    assert statuses == ["ok"] * MOST_CALLS + ["error"] * 2


async def test_a_call_that_comes_twice_is_run_and_answered_once(functions: Functions) -> None:
    model = Model()
    async with asyncio.timeout(5), task_group() as group:
        calls = Calls(functions, CONTEXT, group)
        calls.start(FunctionCall("a", "quick", {}), model.answer_call)
        await model.answered.wait()
        calls.start(FunctionCall("a", "quick", {}), model.answer_call)
    assert list(model.answers) == ["a"]


async def test_a_connection_that_is_gone_does_not_break_the_turn(functions: Functions) -> None:
    async def gone(call: FunctionCall, result: Result) -> None:
        raise ProviderUnavailable("gone")

    async with asyncio.timeout(5), task_group() as group:
        calls = Calls(functions, CONTEXT, group)
        calls.start(FunctionCall("a", "quick", {}), gone)
    assert calls.patience == 0
