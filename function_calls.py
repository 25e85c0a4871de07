"""Functions that the model may call: found in a folder, declared from their signatures, run with a deadline.

A file `functions/find_norm.py` holds `async def find_norm(...)`; its docstring is written to the model, a parameter
`context` is not shown to it, a module constant `DEADLINE_S` overrides the usual deadline.
"""

import asyncio
import importlib.util
import inspect
import json
import re
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import Any, get_origin

import structlog
from pydantic_core import to_json

from errors import AssistantError, ProviderUnavailable, where
from function_declarations import (
    CONTEXT,
    ArgumentsRefused,
    Declared,
    Unusable,
    declare,
    declare_dictionary,
    read_declaration,
)
from live_session import FunctionCall, FunctionDeclaration
from norms.catalogue import Catalogue

log = structlog.get_logger(__name__)

FOLDER = Path(__file__).parent / "functions"
DEADLINE_S = 20.0
MOST_DEADLINE_S = 120.0
"""An answer may take 180 s in all; the model has to have time for its words."""
MOST_RESULT_BYTES = 32 * 1024
"""A result stays in the model's context, and is billed with every later turn."""
MOST_CALLS = 8
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_BROKEN = (Exception, SystemExit)
"""What code that is not ours may end with; a cancellation is not among it."""

Result = dict[str, Any]
"""JSON for the model: {"status": "ok", "result": ...}, or another status with `message`, `missing`, `retryable`."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a function knows and may do."""

    chat: int
    user: int
    language: str
    norms: Catalogue


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file of the folder; `line` is None where no line of the file is to blame."""

    file: str
    line: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"


@dataclass(frozen=True, slots=True)
class _Function:
    run: Callable[..., Awaitable[object]]
    declared: Declared
    deadline: float
    is_dictionary: bool
    takes_context: bool

    async def call(self, arguments: dict[str, Any], context: Context) -> object:
        """Raises `ArgumentsRefused`, and whatever the function does."""
        values = self.declared.bind(arguments)
        if self.is_dictionary:
            values["args"]["session_id"] = str(context.chat)
        if self.takes_context:
            values[CONTEXT] = context
        return await self.run(**values)


class Functions:
    """What `discover` found; `problems` are for whoever starts the bot."""

    def __init__(self, functions: dict[str, _Function], problems: list[Problem]) -> None:
        self.problems = problems
        self._functions = functions

    @property
    def declarations(self) -> tuple[FunctionDeclaration, ...]:
        return tuple(function.declared.declaration for function in self._functions.values())

    def deadline(self, name: str) -> float:
        """Seconds that a call of this function may take; 0 when there is none."""
        return self._functions[name].deadline if name in self._functions else 0.0

    async def run(self, call: FunctionCall, context: Context) -> Result:
        """The result to answer with, whatever happens; only a cancellation passes through."""
        function = self._functions.get(call.name)
        if function is None:
            log.warning("unknown function called")
            return _failure("unknown_function", f"There is no such function. There are: {', '.join(self._functions)}.")
        started = monotonic()
        outcome = "cancelled"
        try:
            result = await _run(function, call, context)
            outcome = result["status"]
            return result
        finally:
            log.info("function called", function=call.name, outcome=outcome, seconds=round(monotonic() - started, 3))


def discover(folder: Path = FOLDER) -> Functions:
    """Import every file of `folder`. A broken one is a problem of its own and does not stop the rest."""
    if not folder.is_dir():
        return Functions({}, [Problem(folder.name, None, "no such folder")])
    functions: dict[str, _Function] = {}
    problems: list[Problem] = []
    for file in sorted(folder.glob("[!.]*.py")):
        try:
            functions[file.stem] = _load(file, problems)
        except Unusable as unusable:
            problems.append(Problem(file.name, None, str(unusable)))
        except _BROKEN as error:
            missing = f" of {error.name}" if isinstance(error, ImportError) and error.name else ""
            problems.append(Problem(file.name, _line(error, file), type(error).__name__ + missing))
    return Functions(functions, problems)


class Calls:
    """The calls of one turn, each a task of `group`. Every one is answered, unless it was cancelled.

    Make a new one for each attempt at a turn: the bound on calls in a row counts from there.
    """

    def __init__(self, functions: Functions, context: Context, group: asyncio.TaskGroup) -> None:
        self._functions = functions
        self._context = context
        self._group = group
        self._seen: set[str] = set()
        self._running: dict[str, tuple[asyncio.Task[None], float]] = {}

    @property
    def patience(self) -> float:
        """Seconds that running calls may still take: so long the model has a reason to be silent. 0 without any."""
        return max((until - monotonic() for _, until in self._running.values()), default=0.0)

    def is_running(self, call_id: str) -> bool:
        return call_id in self._running

    def start(self, call: FunctionCall, answer: Callable[[FunctionCall, Result], Awaitable[None]]) -> None:
        """Run it and hand its result to `answer` (`LiveSession.answer_call`); an id that was seen is not run again."""
        if call.id in self._seen:
            return
        self._seen.add(call.id)
        work = self._answer(call, answer, refused=len(self._seen) > MOST_CALLS)
        until = monotonic() + self._functions.deadline(call.name)
        self._running[call.id] = (self._group.create_task(work, name="function call"), until)

    def cancel(self, ids: Iterable[str]) -> None:
        """The model does not want these any more: stop them, do not answer them. Unknown ids are none of ours."""
        for number in ids:
            if number in self._running:
                self._running.pop(number)[0].cancel()

    def cancel_all(self) -> None:
        """The whole answer is not wanted any more."""
        self.cancel(list(self._running))

    async def _answer(
        self, call: FunctionCall, answer: Callable[[FunctionCall, Result], Awaitable[None]], *, refused: bool
    ) -> None:
        try:
            result = _too_many() if refused else await self._functions.run(call, self._context)
            if self._is_mine(call):  # a function that swallows its cancellation must not be answered for all that
                await answer(call, result)
        except ProviderUnavailable:
            log.info("function call not answered: the connection is gone")  # the turn hears that from the connection
        finally:
            if self._is_mine(call):
                del self._running[call.id]

    def _is_mine(self, call: FunctionCall) -> bool:
        return call.id in self._running and self._running[call.id][0] is asyncio.current_task()


async def _run(function: _Function, call: FunctionCall, context: Context) -> Result:
    limit = asyncio.timeout(function.deadline)
    try:
        async with limit:
            return _success(await function.call(call.arguments, context))
    except ArgumentsRefused as refused:
        return _invalid(refused)
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return _failed(call, cancelled)  # nobody cancelled us: the function awaited something that was cancelled
    except _BROKEN as error:
        if limit.expired() and isinstance(error, TimeoutError):
            message = f"The function took longer than {function.deadline:g} s and was stopped."
            return _failure("timeout", message, retryable=True)
        return _failed(call, error)


def _success(value: object) -> Result:
    """Raises for what is no JSON; what is too large is cut."""
    raw = to_json(value, inf_nan_mode="null")
    if len(raw) > MOST_RESULT_BYTES:
        shown = raw[:MOST_RESULT_BYTES].decode("utf-8", "ignore")
        message = f"The result was cut: only its first {MOST_RESULT_BYTES} of {len(raw)} bytes are here. Ask for less."
        return {"status": "ok", "cut": True, "message": message, "result": shown}
    result = json.loads(raw)
    if result in (None, "", [], {}):
        # A result that says nothing makes the model call again and again.
        return {"status": "ok", "result": result, "message": "Done. There is nothing to report.", "retryable": False}
    return {"status": "ok", "result": result}


def _failure(status: str, message: str, *, missing: Iterable[str] = (), retryable: bool = False) -> Result:
    return {"status": status, "message": message, "missing": list(missing), "retryable": retryable}


def _invalid(refused: ArgumentsRefused) -> Result:
    message = "The arguments do not fit: nothing was done. Ask the person for what is missing, or correct the call."
    failure = _failure("invalid_arguments", message, missing=refused.missing, retryable=True)
    return failure | {"unexpected": refused.unexpected, "invalid": refused.invalid}


def _too_many() -> Result:
    message = f"More than {MOST_CALLS} calls in one answer: not run. Answer the person with what you have."
    return _failure("error", message)


def _failed(call: FunctionCall, error: BaseException) -> Result:
    """Foreign messages may hold secrets, ours do not."""
    log.warning("function failed", function=call.name, error=type(error).__name__, where=where(error))
    if isinstance(error, AssistantError):
        return _failure("error", f"It did not work: {error}.", retryable=error.retryable)
    message = f"The function failed ({type(error).__name__}). Tell the person that it did not work."
    return _failure("error", message, retryable=isinstance(error, TimeoutError))


def _load(file: Path, problems: list[Problem]) -> _Function:
    if not _NAME.fullmatch(file.stem):
        raise Unusable("a file is named like its function: Latin letters, digits and underscores, at most 64")
    module = _module(file)
    function = getattr(module, file.stem, None)
    if not inspect.iscoroutinefunction(function):
        raise Unusable(f"no `async def {file.stem}` in it")
    parameters = inspect.signature(function, eval_str=True).parameters
    is_dictionary = _is_dictionary(parameters)
    if is_dictionary:
        constant = getattr(module, "DECLARATION", None)
        declared = declare_dictionary(function, None if constant is None else read_declaration(constant))
        if constant is None:
            line = function.__code__.co_firstlineno
            problems.append(Problem(file.name, line, "no DECLARATION: declared without parameters"))
    else:
        declared = declare(function)
    return _Function(function, declared, _deadline(module), is_dictionary, CONTEXT in parameters)


def _is_dictionary(parameters: Mapping[str, inspect.Parameter]) -> bool:
    plain = (inspect.Parameter.empty, dict, Mapping)
    shown = [one for one in parameters.values() if one.name != CONTEXT]
    return [one.name for one in shown] == ["args"] and (get_origin(shown[0].annotation) or shown[0].annotation) in plain


def _deadline(module: ModuleType) -> float:
    seconds = getattr(module, "DEADLINE_S", DEADLINE_S)
    if not isinstance(seconds, int | float) or not 0 < seconds <= MOST_DEADLINE_S:
        raise Unusable(f"DEADLINE_S has to be a number of seconds up to {MOST_DEADLINE_S:g}")
    return float(seconds)


def _module(file: Path) -> ModuleType:
    name = f"functions.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic looks up the module of a model to resolve its annotations
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _line(error: BaseException, file: Path) -> int | None:
    """The innermost line of this very file that led to the error."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return error.lineno
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(file)]
    return lines[-1] if lines else None
