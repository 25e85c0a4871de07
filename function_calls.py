"""The calls that the model makes in one turn: each with a deadline, its effects once, answered unless cancelled."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

import structlog

from client import Button, Card, File
from context import Context, Press, Reaction, Waiting, choices
from effects import CallEffects, Effects
from errors import ProviderUnavailable, StorageError, where
from function_files import DEADLINE_S, MOST_DEADLINE_S, Problem
from function_registry import FOLDER, Functions, discover, say_not_kept
from function_results import MOST_RESULT_BYTES, Result, failed, repeated, too_many
from function_work import Work
from live_session import FunctionCall
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

T = TypeVar("T")

log = structlog.get_logger(__name__)

MOST_CALLS = 8
TOLD_BY_ITSELF = ("ok", "waiting_for_person", "unknown_outcome")
"""What the person sees of a call, or is asked by a button; all else the model would have told him."""
TELL_S = 3.0
"""For the sentence about a call that was stopped."""


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
        self._news: list[tuple[str, Result]] = []
        self._rest: asyncio.Task[None] | None = None
        """Brings to its end what the turn has left."""
        self._is_left = False
        """Nobody waits for the rest."""
        self._said = [context.said]

    @property
    def patience(self) -> float:
        """Seconds that running calls may still take: so long the model has a reason to be silent. 0 without any."""
        return max((running.until - monotonic() for running in self._running.values()), default=0.0)

    def is_running(self, call_id: str) -> bool:
        return call_id in self._running

    @property
    def is_unfinished(self) -> bool:
        """The turn is over, and something of it goes on."""
        return self._rest is not None and any(work.goes_on for work in self._works.values())

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
        ids are none of ours. What it cancels because the person spoke over it does not come here: his turn is over by
        then."""
        for number in ids:
            if number in self._running:
                running = self._running.pop(number)
                running.task.cancel()
                if running.work is not None:
                    running.work.stop()

    def cancel_all(self, *, suspended: bool = False) -> None:
        """The turn is over. Of what still runs that goes on which finishes, and the rest is stopped and undone.
        `suspended`: the next process runs the turn again, so that nothing is undone or told."""
        for running in self._running.values():
            running.task.cancel()
        self._running.clear()
        if suspended and self._rest is not None:
            self._rest.cancel()
        for key, work in list(self._works.items()):
            if suspended:
                work.drop()
            elif not work.finishes:
                work.stop()
                del self._works[key]

    async def heard(self, *, cut: bool = False) -> None:
        """The turn has ended, its transcript is as whole as it will be; `cut`: it ended without its answer, and words
        may be missing. Waits for what goes on, unless the conversation ends; that goes on then, too."""
        if cut:
            self._context.said.is_cut = True
            await self._take_up()
        going = [work for work in self._works.values() if work.goes_on]
        if not going:
            await self._all_said(cut=cut)
            return
        self._rest = self._own(self._end(going, cut=cut), "rest of a turn")
        self._context.unheard.ends(self, self._rest)
        task = asyncio.current_task()
        self._is_left = task is not None and task.cancelling() > 0
        if self._is_left:
            return
        try:
            await asyncio.wait([self._rest])
        except asyncio.CancelledError:
            self._is_left = True
            raise

    async def forget(self) -> None:
        """The turn is not run again, by nobody."""
        if not self.is_unfinished:
            self._context.unheard.settle()
            await self._effects.forget()

    def news(self) -> str:
        """What the model has to hear with this question: what became of calls that it had no answer to. Asked again,
        it is told again."""
        context = self._context
        self._news += context.unheard.take(self)
        lines = [
            context.text("function.news_ended", function=function, result=json.dumps(result, ensure_ascii=False))
            for function, result in self._news
        ]
        going = {work.function for work in context.unheard.going(self)}
        if going:
            lines.append(context.text("function.news_going", functions=", ".join(sorted(going))))
        return "\n".join(lines)

    def _work(self, call: FunctionCall) -> Work:
        ordinal = self._ordinals[call.name]
        self._ordinals[call.name] += 1
        return self._works.get((call.name, ordinal)) or self._begin(call, ordinal, self._context)

    def _begin(self, call: FunctionCall, ordinal: int, context: Context) -> Work:
        effects = CallEffects(self._effects, call.name, ordinal)
        work = Work(call.name, effects, finishes=self._functions.finishes(call.name))
        self._works[call.name, ordinal] = work
        if work.finishes:
            context.unheard.add(self, work)
            work.task = self._own(self._run(call, work, context), "function")
        else:
            work.task = self._group.create_task(self._run(call, work, context), name="function")
        return work

    def _own(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """As a task that the end of the conversation does not cut."""
        workshop = self._context.parts.workshop
        return workshop.start(work, name) if workshop is not None else self._group.create_task(work, name=name)

    async def _run(self, call: FunctionCall, work: Work, context: Context) -> Result:
        work.has_begun = True
        try:
            if work.is_unwanted:
                raise asyncio.CancelledError
            if work.finishes:
                await context.unheard.over(self)
            return await self._result(call, work, context)
        except asyncio.CancelledError:
            if work.is_taken_back:
                await self._take_back(call, work.effects)
            raise
        except Exception as error:
            log.error("a call broke", function=call.name, error=type(error).__name__, where=where(error))
            return failed(call.name, error)

    async def _result(self, call: FunctionCall, work: Work, context: Context) -> Result:
        effects = work.effects
        try:
            earlier = await effects.earlier()
        except StorageError as error:
            await say_not_kept(error, context)
            return failed(call.name, error)
        context = context.of_call(call.name, effects)
        if earlier is not None and earlier.is_done:
            await self._functions.repeat(call.name, context)
            return repeated(earlier.result)
        if work.finishes:
            await effects.called(call.arguments, context.said.heard_so_far())
        result = await self._functions.run(call, context)
        await effects.ended(result)
        return result

    async def _take_up(self) -> None:
        """What an earlier run of this turn had begun, and the model has not called again in this one."""
        try:
            begun = await self._effects.begun_calls()
        except StorageError as error:
            log.error("begun calls cannot be read", error=type(error).__name__)
            return
        for function, ordinal, kept in begun:
            if (function, ordinal) not in self._works and self._functions.finishes(function):
                log.info("a begun call is finished", function=function)
                said = self._context.said.again(kept["heard"])
                said.is_cut = True
                self._said.append(said)
                self._begin(FunctionCall("", function, kept["arguments"]), ordinal, self._context.saying(said))

    async def _end(self, going: Iterable[Work], *, cut: bool) -> None:
        """Each has the deadline of its function."""
        await asyncio.wait([work.task for work in going if work.task is not None])
        results = [work.result for work in going if not work.is_unwanted]
        if any(result is not None and result["status"] not in TOLD_BY_ITSELF for result in results):
            await self._say("not_finished")
        await self._all_said(cut=cut)
        if self._is_left:
            await self.forget()

    async def _all_said(self, *, cut: bool) -> None:
        for said in self._said:
            await said.ended(cut=cut)

    async def _take_back(self, call: FunctionCall, effects: CallEffects) -> None:
        touched = effects.any_begun
        nothing_left = await effects.take_back()
        if self._told or (self._functions.only_reads(call.name) and not touched):
            return
        self._told = True
        await self._say("partly" if not nothing_left else "undone" if touched else "stopped")

    async def _say(self, what: str) -> None:
        try:
            async with asyncio.timeout(TELL_S):
                await self._context.client.say(self._context.text(f"function.{what}"))
        except Exception as error:  # a client that is closed already
            log.warning("nobody could be told of a call", what=what, error=type(error).__name__)

    async def _answer(self, call: FunctionCall, work: Work | None, answer: Answer) -> None:
        try:
            result = too_many(MOST_CALLS) if work is None or work.task is None else await asyncio.shield(work.task)
            if self._is_mine(call):  # a function that swallows its cancellation must not be answered for all that
                await answer(call, result)
                if work is not None:
                    work.is_known = True
        except ProviderUnavailable:
            log.info("function call not answered: the connection is gone")  # the turn hears that from the connection
        finally:
            if self._is_mine(call):
                del self._running[call.id]

    def _is_mine(self, call: FunctionCall) -> bool:
        return call.id in self._running and self._running[call.id].task is asyncio.current_task()
