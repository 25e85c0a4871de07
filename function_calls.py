"""Functions that the model calls: run with a deadline, each effect once, and every call answered unless cancelled."""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

import structlog

from client import Button, Card, File
from context import Context, Press, Reaction, Waiting, choices
from effects import CallEffects, Effects
from errors import AssistantError, ProviderUnavailable, StorageError, where
from function_declarations import ArgumentsRefused
from function_files import BROKEN, DEADLINE_S, MOST_DEADLINE_S, Function, Problem, read_folder
from function_results import (
    MOST_RESULT_BYTES,
    Result,
    failed,
    invalid,
    left,
    repeated,
    success,
    timed_out,
    too_many,
    unknown_function,
)
from function_work import Work
from live_session import FunctionCall, FunctionDeclaration
from mail import is_address

__all__ = (
    "DEADLINE_S",
    "FOLDER",
    "MOST_CALLS",
    "MOST_DEADLINE_S",
    "MOST_RESULT_BYTES",
    "Button",
    "Calls",
    "Card",
    "Context",
    "File",
    "Functions",
    "Press",
    "Problem",
    "Reaction",
    "Result",
    "Waiting",
    "choices",
    "discover",
    "is_address",
)

log = structlog.get_logger(__name__)

FOLDER = Path(__file__).parent / "functions"
MOST_CALLS = 8
TELL_S = 3.0
"""For the sentence about a call that was stopped."""


class Functions:
    """What `read` finds, and what other servers offer."""

    def __init__(self, read: Callable[[], tuple[dict[str, Function], list[Problem]]]) -> None:
        self._read = read
        self._reading = threading.Lock()
        self._found: tuple[dict[str, Function], list[Problem]] | None = None
        self._offered: dict[str, dict[str, Function]] = {}

    def load(self) -> list[Problem]:
        """Read them, if nobody has yet; else it is done when they are first wanted. Takes a fifth of a second: call it
        in a thread. What is wrong with them is for whoever starts the bot."""
        return self._loaded()[1]

    def _loaded(self) -> tuple[dict[str, Function], list[Problem]]:
        with self._reading:
            if self._found is None:
                self._found = self._read()
            return self._found

    @property
    def _all(self) -> dict[str, Function]:
        offered = (functions.items() for functions in self._offered.values())
        return {name: function for items in offered for name, function in items} | self._loaded()[0]

    @property
    def declarations(self) -> tuple[FunctionDeclaration, ...]:
        return tuple(function.declared.declaration for function in self._all.values())

    def offer(self, server: str, functions: Mapping[str, Function]) -> None:
        """What a server offers from now on, instead of what it offered before; ours win over theirs."""
        self._offered[server] = dict(functions)

    def deadline(self, name: str) -> float:
        """Seconds that a call of this function may take; 0 when there is none."""
        function = self._all.get(name)
        return function.deadline if function else 0.0

    def only_reads(self, name: str) -> bool:
        function = self._all.get(name)
        return function is None or function.only_reads

    async def run(self, call: FunctionCall, context: Context) -> Result:
        """The result to answer with, whatever happens; only a cancellation passes through. What a call that failed
        had done is undone, as far as it can be."""
        functions = self._all
        function = functions.get(call.name)
        if function is None:
            log.warning("unknown function called")
            return unknown_function(functions)
        started = monotonic()
        outcome = "cancelled"
        try:
            result = await _run(function, call, context)
            outcome = result["status"]
            return result
        finally:
            log.info("function called", function=call.name, outcome=outcome, seconds=round(monotonic() - started, 3))

    async def press(self, name: str, press: Press, context: Context) -> Reaction:
        """What the function makes of the press of a button under one of its cards. Without a `pressed` of its own the
        model is told. Raises `errors.AssistantError`."""
        function = self._all.get(name)
        if function is None or function.pressed is None:
            return Reaction(press.label, {"pressed": press.label})
        try:
            async with asyncio.timeout(function.deadline):
                reaction = await function.pressed(context, press)
        except AssistantError:
            await context.effects.take_back(failed=True)
            raise
        except BROKEN as error:
            log.warning("a press failed", function=name, error=type(error).__name__, where=where(error))
            await context.effects.take_back(failed=True)
            raise AssistantError("a press failed") from error
        return reaction if isinstance(reaction, Reaction) else Reaction(press.label)

    async def repeat(self, name: str, context: Context) -> None:
        """A call that came to its end in an earlier run of the turn is made again. Does not raise."""
        function = self._all.get(name)
        if function is None or function.repeated is None:
            return
        try:
            async with asyncio.timeout(function.deadline):
                await function.repeated(context)
        except BROKEN as error:
            log.warning("a repeated call failed", function=name, error=type(error).__name__, where=where(error))

    def hears_presses(self, name: str) -> bool:
        function = self._all.get(name)
        return function is not None and function.pressed is not None


def discover(folder: Path = FOLDER) -> Functions:
    """Its files are imported when the functions are loaded. A broken one is a problem of its own and does not stop the
    rest."""
    return Functions(partial(read_folder, folder))


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[None]
    work: Work | None
    until: float


Answer = Callable[[FunctionCall, Result], Awaitable[None]]


class Calls:
    """The calls of one turn, each a task of `group`. Every one is answered, unless it was cancelled."""

    def __init__(
        self, functions: Functions, context: Context, group: asyncio.TaskGroup, effects: Effects | None = None
    ) -> None:
        self._functions = functions
        self._context = context
        self._group = group
        self._effects = effects or Effects()
        self._seen: set[str] = set()
        self._ordinals: Counter[str] = Counter()
        self._running: dict[str, _Running] = {}
        self._works: dict[tuple[str, int], Work] = {}
        self._told = False

    @property
    def patience(self) -> float:
        """Seconds that running calls may still take: so long the model has a reason to be silent. 0 without any."""
        return max((running.until - monotonic() for running in self._running.values()), default=0.0)

    def is_running(self, call_id: str) -> bool:
        return call_id in self._running

    def again(self) -> None:
        """The question is asked again: the model makes its calls anew, with new ids. What has touched the world goes
        on, and the same call is given its result; the rest stops, because its arguments may be others this time."""
        for running in self._running.values():
            running.task.cancel()
        self._running.clear()
        self._seen.clear()
        self._ordinals.clear()
        for key, work in list(self._works.items()):
            if not work.effects.any_begun or work.is_done:
                del self._works[key]
                work.drop()

    def start(self, call: FunctionCall, answer: Answer) -> None:
        """Run it and hand its result to `answer` (`LiveSession.answer_call`); an id that was seen is not run again."""
        if call.id in self._seen:
            return
        self._seen.add(call.id)
        work = None if len(self._seen) > MOST_CALLS else self._work(call)
        until = monotonic() + self._functions.deadline(call.name)
        task = self._group.create_task(self._answer(call, work, answer), name="function call")
        self._running[call.id] = _Running(task, work, until)

    def cancel(self, ids: Iterable[str]) -> None:
        """The model does not want these any more: stop and undo them, tell the person, do not answer them. Unknown
        ids are none of ours."""
        for number in ids:
            if number in self._running:
                running = self._running.pop(number)
                running.task.cancel()
                if running.work is not None:
                    running.work.stop()

    def cancel_all(self, *, suspended: bool = False) -> None:
        """The turn is over. `suspended`: the next process runs it again, so that nothing is undone or told."""
        for running in self._running.values():
            running.task.cancel()
        self._running.clear()
        for work in self._works.values():
            if suspended:
                work.drop()
            else:
                work.stop()
        self._works.clear()

    async def heard(self) -> None:
        """The turn has ended, its transcript is as whole as it will be."""
        await self._context.said.ended()

    async def forget(self) -> None:
        """The turn is not run again, by nobody."""
        await self._effects.forget()

    def _work(self, call: FunctionCall) -> Work:
        ordinal = self._ordinals[call.name]
        self._ordinals[call.name] += 1
        work = self._works.get((call.name, ordinal))
        if work is None:
            work = self._works[call.name, ordinal] = Work(CallEffects(self._effects, call.name, ordinal))
            work.task = self._group.create_task(self._run(call, work), name="function")
        return work

    async def _run(self, call: FunctionCall, work: Work) -> Result:
        work.has_begun = True
        try:
            if work.is_unwanted:
                raise asyncio.CancelledError
            return await self._result(call, work.effects)
        except asyncio.CancelledError:
            if not work.is_dropped:
                await self._take_back(call, work.effects)
            raise

    async def _result(self, call: FunctionCall, effects: CallEffects) -> Result:
        try:
            earlier = await effects.earlier()
        except StorageError as error:
            return failed(call.name, error)
        context = self._context.of_call(call.name, effects)
        if earlier is not None and earlier.is_done:
            await self._functions.repeat(call.name, context)
            return repeated(earlier.result)
        result = await self._functions.run(call, context)
        await effects.ended(result)
        return result

    async def _take_back(self, call: FunctionCall, effects: CallEffects) -> None:
        touched = effects.any_begun
        nothing_left = await effects.take_back()
        if self._told or (self._functions.only_reads(call.name) and not touched):
            return
        self._told = True
        key = "partly" if not nothing_left else "undone" if touched else "stopped"
        with suppress(TimeoutError):
            async with asyncio.timeout(TELL_S):
                await self._context.client.say(self._context.text(f"function.{key}"))

    async def _answer(self, call: FunctionCall, work: Work | None, answer: Answer) -> None:
        try:
            result = too_many(MOST_CALLS) if work is None or work.task is None else await asyncio.shield(work.task)
            if self._is_mine(call):  # a function that swallows its cancellation must not be answered for all that
                await answer(call, result)
        except ProviderUnavailable:
            log.info("function call not answered: the connection is gone")  # the turn hears that from the connection
        finally:
            if self._is_mine(call):
                del self._running[call.id]

    def _is_mine(self, call: FunctionCall) -> bool:
        return call.id in self._running and self._running[call.id].task is asyncio.current_task()


async def _run(function: Function, call: FunctionCall, context: Context) -> Result:
    limit = asyncio.timeout(function.deadline)
    try:
        async with limit:
            return success(await function.call(call.arguments, context), function.most_bytes)
    except ArgumentsRefused as refused:
        return invalid(refused)
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        # Nobody cancelled us: the function awaited something that was cancelled.
        return await _after_failure(failed(call.name, cancelled), context)
    except BROKEN as error:
        if limit.expired() and isinstance(error, TimeoutError):
            return await _after_failure(timed_out(function.deadline), context)
        return await _after_failure(failed(call.name, error), context)


async def _after_failure(result: Result, context: Context) -> Result:
    if not context.effects.any_begun or result["status"] == "unknown_outcome":
        return result
    return left(result, nothing=await context.effects.take_back(failed=True))
