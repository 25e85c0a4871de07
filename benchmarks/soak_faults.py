"""What goes wrong in a soak: a seed chooses it, and how often is counted."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.kills_ledger import NUMBER
from emulators.gemini_live import Answer, Call, GeminiLiveEmulator, Heard, Remembered
from emulators.gemini_live.faults import (
    Abort,
    BrokenJson,
    Close,
    DelayedPongs,
    DoubledTurnComplete,
    EarlyTurnComplete,
    EmptyTurn,
    Fault,
    HalfOpen,
    HttpError,
    HugeFrame,
    LateTranscript,
    MissingGenerationComplete,
    MissingTurnComplete,
    Moment,
    OddAudio,
    Silence,
    SilentAudio,
    UnknownField,
)
from emulators.speech import words
from emulators.telegram import (
    Chat,
    ConnectionCut,
    DeliveredButNotTold,
    Hang,
    Refusal,
    TelegramEmulator,
    TooManyRequests,
)
from emulators.telegram.faults import CutAt, RawAnswer
from emulators.telegram.faults import Fault as TelegramFault

SPEECH_S = 0.4
CHUNKS = 10
"""Pieces of 40 ms in an answer."""
AT_THE_MODEL = 0.08
AT_TELEGRAM = 0.06
GOES_AWAY = 0.002
"""Of all turns."""
ASKS_FOR_A_NORM = "норма"

Luck = random.Random
MODEL: Sequence[tuple[float, Callable[[Luck], Fault]]] = (
    (3, lambda luck: Abort(Moment.CHUNK, chunks=luck.randint(1, CHUNKS))),
    (3, lambda luck: Close(Moment.CHUNK, chunks=luck.randint(1, CHUNKS), code=luck.choice((1011, 1008, 1001)))),
    (1, lambda _: Close(Moment.CHUNK, code=1007, reason="Request contains an invalid argument.")),
    (2, lambda _: Abort(Moment.IDLE)),
    (1, lambda luck: Close(Moment.SETUP, code=luck.choice((1011, 1008)))),
    (1, lambda _: Abort(Moment.TOOL_CALL)),
    (1, lambda luck: HttpError(luck.choice((429, 503)))),
    (0.5, lambda _: Silence(Moment.ACTIVITY_END)),
    (0.5, lambda luck: HalfOpen(Moment.CHUNK, chunks=luck.randint(1, CHUNKS))),
    (1, lambda _: DelayedPongs(30.0)),
    (2, lambda _: EmptyTurn()),
    (2, lambda _: SilentAudio()),
    (1, lambda luck: OddAudio(cut=luck.random() < 0.5)),
    (1, lambda _: BrokenJson()),
    (1, lambda _: UnknownField()),
    (0.3, lambda _: HugeFrame(2_000_000)),
    (1, lambda _: DoubledTurnComplete()),
    (1, lambda luck: EarlyTurnComplete(luck.randint(1, CHUNKS))),
    (1, lambda _: LateTranscript()),
    (1, lambda _: MissingTurnComplete()),
    (1, lambda _: MissingGenerationComplete()),
)
TELEGRAM: Sequence[tuple[float, str, Callable[[Luck], TelegramFault]]] = (
    (3, "sendVoice", lambda luck: TooManyRequests(luck.randint(1, 2))),
    (3, "sendVoice", lambda _: Refusal(502, "Bad Gateway")),
    (2, "sendVoice", lambda _: ConnectionCut()),
    (2, "sendVoice", lambda _: DeliveredButNotTold()),
    (1, "sendVoice", lambda luck: Hang(luck.uniform(0.5, 2.0))),
    (0.1, "sendVoice", lambda _: Hang(90.0)),
    (1, "sendVoice", lambda _: Refusal(400, "Bad Request: file is too weird")),
    (1, "sendVoice", lambda _: RawAnswer(b"<html>502</html>", 502)),
    (1, "sendMessage", lambda _: Refusal(500, "Internal Server Error")),
    (1, "sendMessage", lambda _: TooManyRequests(1)),
    (2, "sendChatAction", lambda _: TooManyRequests(1)),
    (2, "getFile", lambda _: Refusal(502, "Bad Gateway")),
    (3, "file", lambda luck: CutAt(luck.randint(1, 1500))),
    (1, "file", lambda _: ConnectionCut()),
    (1, "getUpdates", lambda luck: Refusal(luck.choice((500, 502)), "Bad Gateway")),
    (1, "getUpdates", lambda _: ConnectionCut()),
)
OF_A_CHAT = ("sendVoice", "sendMessage", "sendChatAction")


@dataclass(slots=True)
class Weather:
    """Orders faults of both sides; `ordered` counts them by name. What never meets its moment does not strike."""

    telegram: TelegramEmulator
    gemini: GeminiLiveEmulator
    ordered: Counter[str] = field(default_factory=Counter)

    def before_a_turn(self, luck: Luck, chat: Chat) -> None:
        if luck.random() < AT_THE_MODEL:
            [(_, make)] = luck.choices(MODEL, [weight for weight, _ in MODEL])
            fault = make(luck)
            self.gemini.fault(fault)
            self._count("model", fault)
        if luck.random() < AT_TELEGRAM:
            [(_, method, order)] = luck.choices(TELEGRAM, [weight for weight, _, _ in TELEGRAM])
            refused = order(luck)
            self.telegram.fault(method, refused, chat=chat if method in OF_A_CHAT else None)
            self._count(method, refused)
        if luck.random() < GOES_AWAY:
            self.gemini.go_away(seconds=2)
            self.ordered["model GoAway"] += 1

    def _count(self, where: str, fault: Fault | TelegramFault) -> None:
        self.ordered[f"{where} {type(fault).__name__}"] += 1


class NumberingModel:
    """Answers with the numbers that it was asked under, and how long a recording it heard."""

    def __init__(self, seed: int) -> None:
        self._luck = random.Random(seed)  # noqa: S311
        self._pcm = words.speech(["ничего не слышу."])[: int(SPEECH_S * words.RATE) * 2]

    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        asked = " ".join(heard.texts)
        numbers = " ".join(f"№{number}" for number in NUMBER.findall(asked)) or "№?"
        said = Answer(
            self._pcm,
            f"Ответ {numbers}: {heard.seconds:.1f} с",
            pace=10.0,
            think_seconds=self._luck.uniform(0, 0.2),
        )
        if ASKS_FOR_A_NORM in asked:
            return Answer(calls=[Call("norm_status", {"norm": "СП 63.13330.2018"})], then=said)
        return said
