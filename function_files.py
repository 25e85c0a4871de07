"""Files of functions: imported, looked at, made ready to be called.

A file `functions/find_norm.py` holds `async def find_norm(...)`; its docstring is written to the model, a parameter
`context` is not shown to it. Module constants: `DEADLINE_S` overrides the usual deadline, `ONLY_READS = True` says that
nothing has to be told when the call is stopped, `FINISHES = True` that a call which the person speaks over is brought
to its end. `async def pressed(context, press)` hears of the buttons of its cards,
`async def repeated(context)` that a call which came to its end is made again in its turn, and not run.
"""

import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_origin

from context import Context, Press
from function_declarations import CONTEXT, Declared, Unusable, declare, declare_dictionary, read_declaration
from function_results import MOST_RESULT_BYTES

DEADLINE_S = 20.0
MOST_DEADLINE_S = 120.0
"""An answer may take 180 s in all; the model has to have time for its words."""
BROKEN = (Exception, SystemExit)
"""What code that is not ours may end with; a cancellation is not among it."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

Pressed = Callable[[Context, Press], Awaitable[object]]
Repeated = Callable[[Context], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a file of the folder; `line` is None where no line of the file is to blame."""

    file: str
    line: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"


@dataclass(frozen=True, slots=True)
class Function:
    """Ready to be called."""

    run: Callable[..., Awaitable[object]]
    declared: Declared
    deadline: float = DEADLINE_S
    is_dictionary: bool = False
    takes_context: bool = False
    only_reads: bool = False
    finishes: bool = False
    pressed: Pressed | None = None
    repeated: Repeated | None = None
    most_bytes: int = MOST_RESULT_BYTES

    async def call(self, arguments: dict[str, Any], context: Context) -> object:
        """Raises `ArgumentsRefused`, and whatever the function does."""
        values = self.declared.bind(arguments)
        if self.is_dictionary:
            values["args"]["session_id"] = str(context.chat)
        if self.takes_context:
            values[CONTEXT] = context
        return await self.run(**values)


def read_folder(folder: Path) -> tuple[dict[str, Function], list[Problem]]:
    """Import every file. A broken one is a problem of its own and does not stop the rest."""
    if not folder.is_dir():
        return {}, [Problem(folder.name, None, "no such folder")]
    functions: dict[str, Function] = {}
    problems: list[Problem] = []
    for file in sorted(folder.glob("[!.]*.py")):
        try:
            at = file.stat()
            functions[file.stem], told = _load(file, at.st_mtime_ns, at.st_size)
            problems += told
        except Unusable as unusable:
            problems.append(Problem(file.name, None, str(unusable)))
        except BROKEN as error:
            missing = f" of {error.name}" if isinstance(error, ImportError) and error.name else ""
            problems.append(Problem(file.name, _line(error, file), type(error).__name__ + missing))
    return functions, problems


@lru_cache(maxsize=256)
def _load(file: Path, _changed_ns: int, _size: int) -> tuple[Function, tuple[Problem, ...]]:
    """A file that has not changed is imported once in a process, like every module."""
    if not _NAME.fullmatch(file.stem):
        raise Unusable("a file is named like its function: Latin letters, digits and underscores, at most 64")
    module = _module(file)
    function = getattr(module, file.stem, None)
    if not inspect.iscoroutinefunction(function):
        raise Unusable(f"no `async def {file.stem}` in it")
    parameters = inspect.signature(function, eval_str=True).parameters
    is_dictionary = _is_dictionary(parameters)
    problems: tuple[Problem, ...] = ()
    if is_dictionary:
        constant = getattr(module, "DECLARATION", None)
        declared = declare_dictionary(function, None if constant is None else read_declaration(constant))
        if constant is None:
            line = function.__code__.co_firstlineno
            problems = (Problem(file.name, line, "no DECLARATION: declared without parameters"),)
    else:
        declared = declare(function)
    ready = Function(
        function,
        declared,
        _deadline(module),
        is_dictionary=is_dictionary,
        takes_context=CONTEXT in parameters,
        only_reads=getattr(module, "ONLY_READS", False) is True,
        finishes=getattr(module, "FINISHES", False) is True,
        pressed=_hook(module, "pressed", [CONTEXT, "press"]),
        repeated=_hook(module, "repeated", [CONTEXT]),
    )
    return ready, problems


def _is_dictionary(parameters: Mapping[str, inspect.Parameter]) -> bool:
    plain = (inspect.Parameter.empty, dict, Mapping)
    shown = [one for one in parameters.values() if one.name != CONTEXT]
    return [one.name for one in shown] == ["args"] and (get_origin(shown[0].annotation) or shown[0].annotation) in plain


def _deadline(module: ModuleType) -> float:
    seconds = getattr(module, "DEADLINE_S", DEADLINE_S)
    if not isinstance(seconds, int | float) or not 0 < seconds <= MOST_DEADLINE_S:
        raise Unusable(f"DEADLINE_S has to be a number of seconds up to {MOST_DEADLINE_S:g}")
    return float(seconds)


def _hook(module: ModuleType, name: str, parameters: list[str]) -> Any:
    """Whatever it returns is looked at when it does."""
    hook = getattr(module, name, None)
    if hook is None:
        return None
    if not inspect.iscoroutinefunction(hook) or list(inspect.signature(hook).parameters) != parameters:
        raise Unusable(f"`{name}` has to be `async def {name}({', '.join(parameters)})`")
    return hook


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
