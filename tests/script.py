"""A live model by script: expect this from the client, then emit these events. No socket, no clock, no sleep.

async with Script(connects(), asks(*answer("Готово"))) as script:
    ...                                     # whatever talks to `script`, a `live_session.LiveProvider`

Opening a connection and ending a question each need a step of their own; other acts pass unless the next step names
them. What no step expects fails at once and again at the end of the block, as do steps that nobody took.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from errors import ProviderUnavailable
from live_session import (
    Disconnected,
    FunctionCall,
    GenerationComplete,
    Listener,
    LiveEvent,
    Setup,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
)
from tasks import task_group

INPUT_RATE = 16_000
OUTPUT_RATE = 24_000


class Act(StrEnum):
    """What a client does."""

    CONNECT = "connect"
    BEGIN = "begin"
    AUDIO = "audio"
    IMAGE = "image"
    TEXT = "text"
    END = "end"
    CALL_ANSWERED = "call answered"


NEEDS_A_STEP = {Act.CONNECT, Act.END}

Emission = LiveEvent | tuple[LiveEvent, ...] | asyncio.Event
"""An event; several that come in one message; or a moment to wait for before the next one."""


@dataclass(frozen=True, slots=True)
class Step:
    """Expect one act, then emit; `Disconnected` among it breaks the connection there.

    `refuse` is raised to the client instead; by any act but CONNECT the connection is gone then, too. The act does not
    return before `hold` is set.
    """

    expect: Act
    emit: Sequence[Emission] = ()
    refuse: Exception | None = None
    hold: asyncio.Event | None = None


def connects(*emit: Emission, refuse: Exception | None = None, hold: asyncio.Event | None = None) -> Step:
    return Step(Act.CONNECT, emit, refuse, hold)


def begins(*emit: Emission, refuse: Exception | None = None, hold: asyncio.Event | None = None) -> Step:
    return Step(Act.BEGIN, emit, refuse, hold)


def frame(*emit: Emission, refuse: Exception | None = None, hold: asyncio.Event | None = None) -> Step:
    return Step(Act.AUDIO, emit, refuse, hold)


def asks(*emit: Emission, refuse: Exception | None = None, hold: asyncio.Event | None = None) -> Step:
    """The end of a question; what is emitted is the answer."""
    return Step(Act.END, emit, refuse, hold)


def answer(words: str, *, tenths: int = 1, mark: int = 0) -> tuple[LiveEvent, ...]:
    """A whole answer: so many tenths of a second of sound, its words, both ends."""
    spoken = tuple(Speech(sound(mark)) for _ in range(tenths))
    return (*spoken, said(words), GenerationComplete(), TurnEnded())


def said(words: str) -> Transcript:
    """Of the answer's sound."""
    return Transcript(Speaker.ASSISTANT, words)


def sound(mark: int = 0, milliseconds: int = 100) -> bytes:
    """Audible PCM at `OUTPUT_RATE`; another `mark`, other samples."""
    level = 4000 + 40 * mark
    return (level.to_bytes(2, "little", signed=True) + (-level).to_bytes(2, "little", signed=True)) * (
        OUTPUT_RATE * milliseconds // 2000
    )


@dataclass(slots=True)
class Asked:
    """One activity as it was sent."""

    frames: list[bytes] = field(default_factory=list)
    images: list[tuple[bytes, str]] = field(default_factory=list)
    """Data and MIME type."""
    texts: list[str] = field(default_factory=list)
    ended: bool = False


class Connection:
    """One connection, a `live_session.LiveSession`, and the record of what was sent over it."""

    def __init__(self, script: "Script", setup: Setup, listener: Listener) -> None:
        self.setup = setup
        self.asked: list[Asked] = []
        self.results: list[tuple[FunctionCall, dict[str, Any]]] = []
        self.open = True
        self._script = script
        self._listener = listener
        self._emissions: asyncio.Queue[Emission] = asyncio.Queue()
        self._acting = False

    async def begin(self) -> None:
        if self.asked and not self.asked[-1].ended:
            self._script.fail("begin inside of an activity")
        await self._act(Act.BEGIN, lambda: self.asked.append(Asked()))

    async def send_audio(self, pcm: bytes) -> None:
        await self._act(Act.AUDIO, lambda: self._activity(Act.AUDIO).frames.append(pcm))

    async def send_image(self, data: bytes, mime_type: str) -> None:
        await self._act(Act.IMAGE, lambda: self._activity(Act.IMAGE).images.append((data, mime_type)))

    async def send_text(self, text: str) -> None:
        await self._act(Act.TEXT, lambda: self._activity(Act.TEXT).texts.append(text))

    async def end(self) -> None:
        def ended() -> None:
            self._activity(Act.END).ended = True

        await self._act(Act.END, ended)

    async def answer_call(self, call: FunctionCall, result: dict[str, Any]) -> None:
        await self._act(Act.CALL_ANSWERED, lambda: self.results.append((call, result)))

    def emit(self, *emissions: Emission) -> None:
        for emission in emissions:
            self._emissions.put_nowait(emission)

    async def speak(self) -> None:
        """Hand the emissions to the listener, one each time the loop comes round, until the connection breaks."""
        while self.open:
            match await self._emissions.get():
                case asyncio.Event() as moment:
                    await moment.wait()
                case tuple() as events:
                    for event in events:
                        self._tell(event)
                case event:
                    self._tell(event)
            await asyncio.sleep(0)

    def _tell(self, event: LiveEvent) -> None:
        if isinstance(event, Disconnected):
            self.open = False
        self._listener(event)
        self._script.changed()

    async def _act(self, act: Act, record: Callable[[], None]) -> None:
        if self._acting:
            self._script.fail(f"{act} while another act is on its way")
        self._acting = True
        try:
            await asyncio.sleep(0)
            self._must_be_open()
            record()
            step = self._script.take(act)
            if step is not None:
                if step.hold is not None:
                    await step.hold.wait()
                    self._must_be_open()
                if step.refuse is not None:
                    self.emit(Disconnected(step.refuse))
                    raise step.refuse
                self.emit(*step.emit)
        finally:
            self._acting = False

    def _must_be_open(self) -> None:
        if not self.open:
            raise ProviderUnavailable("the connection is gone")

    def _activity(self, act: Act) -> Asked:
        if not self.asked or self.asked[-1].ended:
            self._script.fail(f"{act} outside of an activity")
        return self.asked[-1]


class Script:
    """A `live_session.LiveProvider`; one line of steps for all its connections."""

    input_rate = INPUT_RATE
    output_rate = OUTPUT_RATE

    def __init__(self, *steps: Step) -> None:
        self.connections: list[Connection] = []
        self._steps = deque(steps)
        self._failures: list[str] = []
        self._waiting: set[asyncio.Future[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, Exception):
            assert not self._failures, self._failures
        if error is None:
            assert not self._steps, f"never taken: {[str(step.expect) for step in self._steps]}"

    @asynccontextmanager
    async def connect(self, setup: Setup, listener: Listener) -> AsyncIterator[Connection]:
        await asyncio.sleep(0)
        step = self.take(Act.CONNECT) or connects()
        connection = Connection(self, setup, listener)
        self.connections.append(connection)
        self.changed()
        try:
            if step.hold is not None:
                await step.hold.wait()
            if step.refuse is not None:
                raise step.refuse
            connection.emit(*step.emit)
            async with task_group() as group:
                reader = group.create_task(connection.speak(), name="script")
                yield connection
                reader.cancel()
        finally:
            connection.open = False
            self.changed()

    @property
    def asked(self) -> list[Asked]:
        """All activities, over all connections."""
        return [asked for connection in self.connections for asked in connection.asked]

    @property
    def open_connections(self) -> int:
        return sum(connection.open for connection in self.connections)

    def then(self, *steps: Step) -> None:
        self._steps.extend(steps)

    def emit(self, *emissions: Emission) -> None:
        """Over the newest connection, after what it emits already."""
        self.connections[-1].emit(*emissions)

    async def until(self, condition: Callable[["Script"], bool], timeout: float = 20) -> None:
        """Returns as soon as `condition(self)` holds; looks after each thing that happens here. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not condition(self):
                rung = asyncio.get_running_loop().create_future()
                self._waiting.add(rung)
                await rung

    async def heard(self, count: int) -> Asked:
        """The question number `count`, from 1, once it has ended."""
        await self.until(lambda script: sum(asked.ended for asked in script.asked) >= count)
        return [asked for asked in self.asked if asked.ended][count - 1]

    def take(self, act: Act) -> Step | None:
        """The step for this act; None when it needs none."""
        self.changed()
        if self._steps and self._steps[0].expect is act:
            return self._steps.popleft()
        if act in NEEDS_A_STEP:
            expected = str(self._steps[0].expect) if self._steps else "nothing more"
            self.fail(f"{act} came, expected: {expected}")
        return None

    def fail(self, what: str) -> None:
        self._failures.append(what)
        raise AssertionError(what)

    def changed(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for rung in waiting:
            if not rung.done():
                rung.set_result(None)
