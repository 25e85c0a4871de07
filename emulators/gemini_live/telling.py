"""One turn of the model, from the first thought to `turnComplete`."""

import asyncio
import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from emulators.gemini_live.answers import OUTPUT_RATE, Answer, Remembered
from emulators.gemini_live.calls import Batch, Calls
from emulators.gemini_live.faults import (
    BrokenJson,
    DoubledTurnComplete,
    EarlyTurnComplete,
    EmptyTurn,
    HugeFrame,
    LateTranscript,
    MissingGenerationComplete,
    MissingTurnComplete,
    Moment,
    OddAudio,
    RawFrames,
    SilentAudio,
    TextOnly,
    TurnFault,
    UnknownField,
)
from emulators.gemini_live.memory import Conversation, usage
from emulators.gemini_live.records import Heard, Said
from emulators.gemini_live.setup import THINKING, Settled
from emulators.gemini_live.shared import Shared
from emulators.gemini_live.wire import Wire, encoded
from emulators.speech import sound

WORDS_PER_PIECE = 3
LONGEST_KEPT = 4_096
"""Bytes of sound whose frame is remembered."""


@dataclass(eq=False, slots=True)
class Stage:
    """Where the turns of one connection are spoken."""

    shared: Shared
    wire: Wire
    settled: Settled
    conversation: Conversation
    calls: Calls

    async def moment(self, moment: Moment, chunks: int = 0) -> None:
        """A queued fault for this moment strikes here: raises Gone, or never returns."""
        fault = self.shared.faults.take_timed(moment, self.wire.record, chunks)
        if fault is not None:
            await self.wire.strike(fault)

    async def send_content(self, *, size: int | None = None, **content: Any) -> None:
        await self.wire.send({"serverContent": content}, size=size)


@dataclass(eq=False, slots=True)
class Telling:
    """`answer` is settled beforehand only for what follows function results; else the model is asked."""

    stage: Stage
    heard: Heard
    answer: Answer | None = None
    history: Sequence[Remembered] = ()
    pcm: bytearray = field(default_factory=bytearray)
    words: list[str] = field(default_factory=list)
    text: str = ""
    completed: bool = False
    """`turnComplete` was sent."""
    told: bool = False
    """Everything was sent."""
    waits_for_calls: bool = False
    began_at: float = 0.0
    sounded_at: float = 0.0
    """`time.monotonic()` of the first and of the last sound that was sent."""
    _fault: TurnFault | None = None
    _plays_until: float = 0.0
    _held_back: dict[str, Any] = field(default_factory=dict)
    """The last piece of a bundled answer: it goes with `turnComplete`."""
    _late_words: list[str] = field(default_factory=list)

    @property
    def said(self) -> Said:
        return Said(bytes(self.pcm), "".join(self.words).strip(), self.text)

    def begin(self) -> None:
        """What was heard becomes part of the conversation."""
        entries = self.stage.conversation.entries
        self.history = tuple(entries)
        if self.answer is None:
            entries.append(self.heard)

    async def tell(self) -> None:
        stage = self.stage
        if stage.settled.resumption:
            await stage.wire.send({"sessionResumptionUpdate": {"resumable": False}})
        await stage.moment(Moment.ACTIVITY_END)
        stage.conversation.fit(stage.settled, stage.shared.behaviour.context_tokens)
        if self.answer is None:
            self.answer = await stage.shared.answer(self.heard, self.history)
        self._fault = stage.shared.faults.take_for_turn(stage.wire.record)
        answer = _spoilt(self.answer, self._fault)
        if answer.input_transcript and stage.settled.input_transcription:
            for piece in transcript_pieces(answer.input_transcript):
                await stage.send_content(inputTranscription={"text": piece})
        await asyncio.sleep(answer.think_seconds)
        await self._garbage()
        await self._perform(answer)
        await self._end(answer)
        self.told = True

    async def complete_turn(self, **content: Any) -> None:
        """`turnComplete` with what the turn costs; `content` shares its message."""
        stage, behaviour = self.stage, self.stage.shared.behaviour
        size = None
        if "modelTurn" in content:
            size = len(base64.b64decode(content["modelTurn"]["parts"][0]["inlineData"]["data"]))
        if stage.settled.model == THINKING:
            content["interactionStatus"] = "IDLE"
        prompt = stage.conversation.prompt(stage.settled.instruction)
        counted = usage(prompt, self.said, behaviour.untold_tokens, behaviour.thoughts_tokens)
        message = {"serverContent": {**content, "turnComplete": True}, "usageMetadata": counted}
        self.completed = True
        await stage.wire.send(message, size=size)

    async def _perform(self, answer: Answer) -> None:
        stage = self.stage
        then = None
        if answer.calls:
            made, batch = stage.calls.make(answer.calls, answer.then)
            await stage.wire.send({"toolCall": {"functionCalls": made}})
            await stage.moment(Moment.TOOL_CALL)
            if batch.blocking:
                then = answer.then
                self.waits_for_calls = True
                await self._answered(batch, answer.cancel)
                self.waits_for_calls = False
        if answer.text is not None:
            await stage.send_content(modelTurn={"role": "model", "parts": [{"text": answer.text}]})
            self.text += answer.text
        await self._speak(answer)
        if then is not None:
            await self._perform(then)

    async def _answered(self, batch: Batch, cancel: asyncio.Event | None) -> None:
        if cancel is not None:
            ends = [asyncio.ensure_future(one.wait()) for one in (batch.done, cancel)]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()
            if not batch.done.is_set():
                await self.stage.wire.send({"toolCallCancellation": {"ids": self.stage.calls.cancel_blocking()}})
                return
        await batch.done.wait()

    async def _speak(self, answer: Answer) -> None:
        chunks = _odd_pieces(answer) if isinstance(self._fault, OddAudio) else _even_pieces(answer)
        spread = _spread(transcript_pieces(answer.transcript), len(chunks))
        pace = self.stage.shared.behaviour.pace if answer.pace is None else answer.pace
        step = answer.chunk_ms / 1000 / pace if pace else 0.0
        loop = asyncio.get_running_loop()
        due = loop.time()
        self._plays_until = max(self._plays_until, due) + len(answer.pcm) / 2 / OUTPUT_RATE * self._playback_scale
        for number, (chunk, words) in enumerate(zip(chunks, spread, strict=True)):
            if answer.hold is not None and number == answer.hold_after:
                await answer.hold.wait()
                due = loop.time()
            await asyncio.sleep(due - loop.time() if step else 0)
            due += step
            await self._say(chunk, words, answer, last=number == len(chunks) - 1)
            await self.stage.moment(Moment.CHUNK, number + 1)
            if isinstance(self._fault, EarlyTurnComplete) and number + 1 == self._fault.chunks:
                await self.complete_turn()
        if answer.hold is not None and answer.hold_after >= len(chunks):
            await answer.hold.wait()

    @property
    def _playback_scale(self) -> float:
        return self.stage.shared.behaviour.playback_scale

    def _bundles(self, answer: Answer) -> bool:
        return self.stage.shared.behaviour.bundle if answer.bundle is None else answer.bundle

    async def _say(self, chunk: bytes, words: str, answer: Answer, *, last: bool) -> None:
        late = isinstance(self._fault, LateTranscript) and _in_second_half(self.words, answer.transcript)
        self.pcm += chunk
        self.words.append(words)
        transcription = words if self.stage.settled.output_transcription else ""
        if transcription and late:
            self._late_words.append(words)
            transcription = ""
        self.sounded_at = time.monotonic()
        self.began_at = self.began_at or self.sounded_at
        if not self._bundles(answer):
            await self.stage.wire.send_frame_of(*_spoken(chunk, ""), size=len(chunk))
            if transcription:
                await self.stage.send_content(outputTranscription={"text": transcription})
        elif last and answer.then is None:
            self._held_back = {**_spoken(chunk, transcription)[0]["serverContent"]}
        else:
            await self.stage.wire.send_frame_of(*_spoken(chunk, transcription), size=len(chunk))

    async def _end(self, answer: Answer) -> None:
        content, fault = self._held_back, self._fault
        if not isinstance(fault, MissingGenerationComplete):
            if self._bundles(answer):
                content["generationComplete"] = True
            else:
                await self.stage.send_content(generationComplete=True)
        if answer.turn_complete_reason is not None:
            content["turnCompleteReason"] = answer.turn_complete_reason
        if not self._bundles(answer):
            await asyncio.sleep(max(0.0, self._plays_until - asyncio.get_running_loop().time()))
        if isinstance(fault, MissingTurnComplete):
            if content:
                await self.stage.send_content(**content)
        elif not isinstance(fault, EarlyTurnComplete) or not self.completed:
            await self.complete_turn(**content)
        if isinstance(fault, DoubledTurnComplete):
            await self.complete_turn()
        for words in self._late_words:
            await self.stage.send_content(outputTranscription={"text": words})

    async def _garbage(self) -> None:
        match self._fault:
            case BrokenJson():
                await self.stage.wire.send_frame(b'{"serverContent": {"modelTurn": {"parts": [{"te')
            case RawFrames(frames=frames):
                for frame in frames:
                    await self.stage.wire.send_frame(frame)
            case UnknownField():
                await self.stage.wire.send({"quantumEntanglement": {"level": 9}})
            case HugeFrame(size=size):
                silence = b"\0" * (size * 3 // 8 * 2)
                await self._say(silence, "", Answer(bundle=False), last=False)
            case _:
                pass


def _spoken(chunk: bytes, words: str) -> tuple[dict[str, Any], bytes]:
    """The message and its frame."""
    return _usual(chunk, words) if len(chunk) <= LONGEST_KEPT else _made(chunk, words)


def _made(chunk: bytes, words: str) -> tuple[dict[str, Any], bytes]:
    data = base64.b64encode(chunk).decode()
    part = {"inlineData": {"mimeType": f"audio/pcm;rate={OUTPUT_RATE}", "data": data}}
    content: dict[str, Any] = {"modelTurn": {"role": "model", "parts": [part]}}
    if words:
        content["outputTranscription"] = {"text": words}
    message = {"serverContent": content}
    return message, encoded(message)


_usual = lru_cache(maxsize=1_000)(_made)
"""A model that is asked the same by many says the same to all of them."""


def transcript_pieces(transcript: str) -> list[str]:
    """A few words each, every piece with the space before it."""
    words = transcript.split()
    return [
        "".join(f" {word}" for word in words[start : start + WORDS_PER_PIECE])
        for start in range(0, len(words), WORDS_PER_PIECE)
    ]


def _spread(pieces: list[str], places: int) -> list[str]:
    """The pieces laid evenly over so many places, some of which stay empty or get several."""
    spread = [""] * places
    for number, piece in enumerate(pieces if places else []):
        spread[min(places - 1, (number + 1) * places // len(pieces))] += piece
    return spread


def _in_second_half(sent: list[str], transcript: str) -> bool:
    """A transcript of a single piece has no first half."""
    count = len(transcript.split())
    return 2 * len("".join(sent).split()) >= count or count <= WORDS_PER_PIECE


def _even_pieces(answer: Answer) -> list[bytes]:
    return sound.pieces(answer.pcm, OUTPUT_RATE, answer.chunk_ms)


def _odd_pieces(answer: Answer) -> list[bytes]:
    """Every piece but the last has an odd number of bytes."""
    size = OUTPUT_RATE * answer.chunk_ms // 1000 * 2 - 1
    return [answer.pcm[start : start + size] for start in range(0, len(answer.pcm), size)]


def _spoilt(answer: Answer, fault: TurnFault | None) -> Answer:
    match fault:
        case EmptyTurn(reason=reason):
            return replace(answer, pcm=b"", transcript="", text=None, calls=(), then=None, turn_complete_reason=reason)
        case SilentAudio():
            return replace(answer, pcm=bytes(len(answer.pcm)))
        case OddAudio(cut=True):
            return replace(answer, pcm=answer.pcm[:-1])
        case TextOnly():
            return replace(answer, pcm=b"", transcript="", text=answer.text or answer.transcript)
        case _:
            return answer
