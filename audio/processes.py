"""Codec processes, seen from their parent: objects that live there, and their steps (docs/decisions/0062)."""

import asyncio
import builtins
import os
import pickle
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, TypeVarTuple, Unpack

import structlog

from audio.intake import Sound
from audio.kept import Kept
from audio.voice_pieces import Voice
from audio.worker import LENGTH, READY, packed
from errors import SoundLost
from tasks import task_group

log = structlog.get_logger(__name__)

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
A = TypeVarTuple("A")

STEP_S = 60.0
"""A step takes milliseconds; whoever is behind fifty others waits a second. A process that needs longer hangs."""
START_S = 20.0
REST_S = 60.0
"""Threads do the work so long, when one did not start: nobody's note waits for the next try."""
END_S = 5.0
BUSY = 4
"""Recordings and answers in one process; where each has so many, another is started."""
RESULTS: Mapping[tuple[str, str], type] = {(one.__module__, one.__qualname__): one for one in (Sound, Voice)}
_ROOT = str(Path(__file__).resolve().parent.parent)
_PROGRAM = f"import sys; sys.path.insert(0, {_ROOT!r}); from audio.worker import main; main()"
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV")
"""And what begins like one of `_INHERITED_ALSO`. Strangers' bytes are decoded there: it is to know no secret."""
_INHERITED_ALSO = ("PYTHON", "LC_", "LD_", "DYLD_")


class Processes:
    """Up to `number` of them, started when first needed and again when one is lost. Open it with `open_processes`."""

    def __init__(self, number: int, group: asyncio.TaskGroup, step_s: float, end_s: float) -> None:
        self._step_s = step_s
        self._end_s = end_s
        self._number = number
        self._group = group
        self._running: list[_Process] = []
        self._starting = asyncio.Lock()
        self._not_before = 0.0
        """None is started earlier: the last one did not start."""
        self._closed = False

    async def keep(self, make: Callable[[Unpack[A]], T], *args: *A) -> Kept[T]:
        """What `make` returns, in the least busy process; what it raises is raised by the steps. Raises OSError when no
        process can be started."""
        process = await self._least_busy()
        return _Kept(process, process.make(make, args))

    async def warm(self) -> None:
        """Start one, if there is none. Raises OSError."""
        if not self._alive():
            await self._start(1)

    async def close(self) -> None:
        self._closed = True
        for process in self._running:
            process.end()
        for process in self._running:
            await process.gone(self._end_s)

    async def _least_busy(self) -> "_Process":
        while not (alive := self._alive()):
            await self._start(1)
        least = min(alive, key=lambda one: one.load)
        if least.load >= BUSY and len(alive) < self._number and not self._starting.locked():
            self._group.create_task(self._one_more(), name="codec process")
        return least

    def _alive(self) -> "list[_Process]":
        self._running = [one for one in self._running if not one.is_lost]
        return self._running

    async def _one_more(self) -> None:
        with suppress(OSError):
            await self._start(self._number)

    async def _start(self, most: int) -> None:
        async with self._starting:
            if len(self._alive()) >= most:
                return
            if self._closed or monotonic() < self._not_before:
                raise OSError("no codec process is to be started now")
            try:
                process = _Process(await _started(), self._step_s)
            except OSError:
                self._not_before = monotonic() + REST_S
                raise
            self._group.create_task(process.read(), name="codec process")
            self._running.append(process)
            if self._closed:
                process.end()


async def _started() -> asyncio.subprocess.Process:
    """One that is ready to work. Raises OSError."""
    child, is_ready = await _begun(), False
    assert child.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            await child.stdout.readexactly(len(READY))
        is_ready = True
    except (asyncio.IncompleteReadError, TimeoutError) as error:
        raise OSError("a codec process that does not start") from error
    finally:
        if not is_ready:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return child


async def _begun() -> asyncio.subprocess.Process:
    named = {
        name: value for name, value in os.environ.items() if name in _INHERITED or name.startswith(_INHERITED_ALSO)
    }
    pipe = asyncio.subprocess.PIPE
    # Of a session of its own: Ctrl-C is for the parent, which may still need it.
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, stdin=pipe, stdout=pipe, env=named, start_new_session=True, limit=1 << 20
    )


class _Process:
    def __init__(self, child: asyncio.subprocess.Process, step_s: float) -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        self.load = 0
        """Objects in it."""
        self.is_lost = False
        self.step_s = step_s
        self._child = child
        self._requests = child.stdin
        self._answers = child.stdout
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._keys = count()

    def make(self, make: Callable[..., object], args: tuple[Any, ...]) -> int:
        self.load += 1
        key = next(self._keys)
        self._write(("make", key, make, args))
        return key

    def call(
        self, key: int, method: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> asyncio.Future[Any]:
        answer = asyncio.get_running_loop().create_future()
        if self.is_lost:
            answer.set_exception(SoundLost("the codec process is gone"))
            return answer
        self._waiting.append(answer)
        self._write(("call", key, method, args, kwargs))
        return answer

    def drop(self, key: int) -> None:
        self.load -= 1
        self._write(("drop", key))

    async def read(self) -> None:
        """Until it ends."""
        try:
            while True:
                length = int.from_bytes(await self._answers.readexactly(LENGTH), "big")
                right, value = _Answer(BytesIO(await self._answers.readexactly(length))).load()
                answer = self._waiting.popleft()
                if answer.done():
                    continue
                if right:
                    answer.set_result(value)
                else:
                    answer.set_exception(value)
        except (asyncio.IncompleteReadError, OSError):
            pass
        except Exception as error:
            log.error("codec process answers what it may not", error=type(error).__name__)
        finally:
            self.kill()
            await self._child.wait()

    def kill(self) -> None:
        """Nobody gets an answer any more."""
        self.is_lost = True
        with suppress(ProcessLookupError):
            self._child.kill()
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(SoundLost("the codec process ended"))
        self._waiting.clear()

    def end(self) -> None:
        self._requests.close()

    async def gone(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._child.wait()
        except TimeoutError:
            self.kill()
            await self._child.wait()

    def _write(self, request: object) -> None:
        if not self.is_lost:
            self._requests.write(packed(request))


class _Answer(pickle.Unpickler):
    """Nothing but what our own steps return, and exceptions: no stranger's code comes from there."""

    def find_class(self, module: str, name: str) -> type:
        found = RESULTS.get((module, name))
        if found is None and module == "builtins":
            found = getattr(builtins, name, None)
            found = found if isinstance(found, type) and issubclass(found, Exception) else None
        if found is None:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return found


class _Step(Generic[R]):
    def __init__(self, process: _Process, answer: asyncio.Future[R]) -> None:
        self._process = process
        self._answer = answer

    async def outcome(self) -> R:
        try:
            async with asyncio.timeout(self._process.step_s):
                return await self._answer
        except TimeoutError:
            log.error("codec process hangs")
            self._process.kill()
            raise SoundLost("the codec process hangs") from None

    async def leave(self) -> None:
        self._answer.cancel()


class _Kept(Generic[T]):
    def __init__(self, process: _Process, key: int) -> None:
        self._process = process
        self._key = key
        self._closed = False

    def begin(self, method: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> _Step[R]:
        return _Step(self._process, self._process.call(self._key, method, args, kwargs))

    async def run(self, method: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.begin(method, *args, **kwargs).outcome()

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._process.drop(self._key)


@asynccontextmanager
async def open_processes(number: int, step_s: float = STEP_S, end_s: float = END_S) -> AsyncIterator[Processes]:
    async with task_group() as group:
        processes = Processes(number, group, step_s, end_s)
        try:
            yield processes
        finally:
            await processes.close()
