"""The other ends that the contract is tried on: one class for each provider, all with the same few handles.

A further provider gets a class here and a line in `conftest.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import Abort, Moment
from gemini_live_session import GeminiLive
from live_session import (
    Disconnected,
    GenerationComplete,
    Interrupted,
    LiveEvent,
    LiveSession,
    ResumptionHandle,
    Setup,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
    Usage,
    Utterance,
)
from tests.script import Emission, Script, asks, begins, connects

DEADLINE_S = 10
CHUNK = 1920
"""Bytes of the emulated model's pieces of speech: 40 ms."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the model says to one question. `hold`: nothing after the first piece of `pcm` before it is set."""

    pcm: bytes
    words: str = ""
    asked: str = ""
    """What it understood of the question."""
    hold: asyncio.Event | None = None
    breaks: bool = False
    """The connection is lost after the first piece of `pcm`."""


@dataclass(frozen=True, slots=True)
class Question:
    """What arrived at the model in one activity."""

    pcm: bytes
    images: tuple[tuple[bytes, str], ...]
    texts: tuple[str, ...]


@dataclass
class Listening:
    """A listener that keeps what it hears."""

    events: list[LiveEvent] = field(default_factory=list)
    _rung: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, event: LiveEvent) -> None:
        self.events.append(event)
        self._rung.set()

    async def until(self, kind: type[LiveEvent], count: int = 1) -> list[LiveEvent]:
        """All events, once `count` of this kind are among them."""
        async with asyncio.timeout(DEADLINE_S):
            while sum(isinstance(event, kind) for event in self.events) < count:
                self._rung.clear()
                await self._rung.wait()
        return self.events

    async def handle(self) -> str:
        """The first resumption handle that can be used."""
        async with asyncio.timeout(DEADLINE_S):
            while not (
                handles := [one.handle for one in self.events if isinstance(one, ResumptionHandle) and one.handle]
            ):
                self._rung.clear()
                await self._rung.wait()
        return handles[0]

    @property
    def pcm(self) -> bytes:
        return b"".join(event.pcm for event in self.events if isinstance(event, Speech))

    def words(self, speaker: Speaker) -> str:
        found = (event for event in self.events if isinstance(event, Transcript))
        return "".join(event.text for event in found if event.speaker is speaker).strip()


Connected = tuple[LiveSession, Listening]


class Server(Protocol):
    def say(self, *answers: Spoken) -> None:
        """Answers to the next questions; to be called inside of `connected`."""

    def connected(self, setup: Setup) -> AbstractAsyncContextManager[Connected]: ...

    async def heard(self, count: int) -> Question:
        """The question number `count`, from 1, over all connections."""

    def handles(self) -> list[str | None]:
        """What each connection offered."""

    def histories(self) -> list[tuple[Utterance, ...]]:
        """What each connection was told of the past."""


class ScriptServer:
    def __init__(self, script: Script) -> None:
        self._script = script

    def say(self, *answers: Spoken) -> None:
        for number, spoken in enumerate(answers):
            if number and answers[number - 1].hold is not None:
                self._script.then(begins(Interrupted(), TurnEnded()))
            self._script.then(asks(*_told(spoken)))

    @asynccontextmanager
    async def connected(self, setup: Setup) -> AsyncIterator[Connected]:
        self._script.then(connects())
        listening = Listening()
        async with self._script.connect(setup, listening) as session:
            yield session, listening

    async def heard(self, count: int) -> Question:
        asked = await self._script.heard(count)
        return Question(b"".join(asked.frames), tuple(asked.images), tuple(asked.texts))

    def handles(self) -> list[str | None]:
        return [connection.setup.resumption_handle for connection in self._script.connections]

    def histories(self) -> list[tuple[Utterance, ...]]:
        return [connection.setup.history for connection in self._script.connections]


def _told(spoken: Spoken) -> list[Emission]:
    told: list[Emission] = [Transcript(Speaker.PERSON, spoken.asked), Speech(spoken.pcm[:CHUNK])]
    if spoken.breaks:
        return [*told, Disconnected(ConnectionResetError())]
    if spoken.hold is not None:
        return told  # the next `begin` goes on
    return [
        *told,
        Speech(spoken.pcm[CHUNK:]),
        Transcript(Speaker.ASSISTANT, spoken.words),
        GenerationComplete(),
        (Usage({"AUDIO": 1}, {"AUDIO": 1}), TurnEnded()),
        ResumptionHandle("handle"),
    ]


class GeminiServer:
    def __init__(self, emulator: GeminiLiveEmulator, provider: GeminiLive) -> None:
        self._emulator = emulator
        self._provider = provider

    def say(self, *answers: Spoken) -> None:
        for spoken in answers:
            self._emulator.say(
                Answer(
                    pcm=spoken.pcm,
                    transcript=spoken.words,
                    input_transcript=spoken.asked or None,
                    hold=spoken.hold,
                    hold_after=1,
                )
            )
            if spoken.breaks:
                self._emulator.fault(Abort(Moment.CHUNK))

    @asynccontextmanager
    async def connected(self, setup: Setup) -> AsyncIterator[Connected]:
        listening = Listening()
        async with self._provider.connect(setup, listening) as session:
            yield session, listening

    async def heard(self, count: int) -> Question:
        def activities(emulator: GeminiLiveEmulator) -> list[Question]:
            return [
                Question(heard.pcm, tuple(zip(heard.images, heard.mimes, strict=True)), heard.texts)
                for connection in emulator.connections
                for heard in connection.activities
            ]

        await self._emulator.wait_until(lambda emulator: len(activities(emulator)) >= count)
        return activities(self._emulator)[count - 1]

    def handles(self) -> list[str | None]:
        return [connection.setup["sessionResumption"].get("handle") for connection in self._emulator.connections]

    def histories(self) -> list[tuple[Utterance, ...]]:
        speakers = {"user": Speaker.PERSON, "model": Speaker.ASSISTANT}
        return [
            tuple(
                Utterance(speakers[turn["role"]], turn["parts"][0]["text"])
                for message in connection.messages
                if "clientContent" in message
                for turn in message["clientContent"]["turns"]
            )
            for connection in self._emulator.connections
        ]
