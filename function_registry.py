"""The functions that there are, and the running of one call: a result to answer with, whatever happens."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from time import monotonic

import structlog

from context import Context, Press, Reaction
from errors import AssistantError, StorageError, StorageFull, StorageReadOnly, where
from function_declarations import ArgumentsRefused
from function_files import BROKEN, Function, Problem, read_folder
from function_results import Result, failed, invalid, left, success, timed_out, unknown_function
from live_session import FunctionCall, FunctionDeclaration

log = structlog.get_logger(__name__)

SAY_S = 3.0
_NOT_KEPT = {StorageFull: "error.storage_full", StorageReadOnly: "error.storage_read_only"}
FOLDER = Path(__file__).parent / "functions"


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

    def finishes(self, name: str) -> bool:
        """Whether a call that the person speaks over is brought to its end."""
        function = self._all.get(name)
        return function is not None and function.finishes

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
        if isinstance(error, StorageError):
            await say_not_kept(error, context)
        return await _after_failure(failed(call.name, error), context)


async def say_not_kept(error: StorageError, context: Context) -> None:
    """It is for whoever runs the bot to mend, and what was dictated is not in `/documents`: too much for one voice."""
    try:
        async with asyncio.timeout(SAY_S):
            await context.client.say(context.text(_NOT_KEPT.get(type(error), "function.not_kept")))
    except Exception as failure:  # the client has its own troubles with the storage
        log.warning("nobody could be told of a full storage", error=type(failure).__name__)


async def _after_failure(result: Result, context: Context) -> Result:
    if not context.effects.any_begun or result["status"] == "unknown_outcome":
        return result
    return left(result, nothing=await context.effects.take_back(failed=True))
