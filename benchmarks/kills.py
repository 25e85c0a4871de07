"""`python -m benchmarks.kills`: bot.py is killed again and again while six people talk to it; what became of each note?

The seed chooses the moments: some seconds after the start of the process, or some milliseconds after it made a certain
call, so that the short stretch around a send is hit, too. What the machine does between them is not in its hand: the
same seed gives the same moments and not the same run.

One thing cannot be told from outside: a sentence without a button names no note. When a crash makes the bot say one
twice, the second counts for the next note of that chat, whose sender then believes it has had its end.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic

from benchmarks.kills_ledger import NUMBER, Ledger, Note, reckon
from benchmarks.postgresql import running_postgresql
from benchmarks.report import circumstances, keep, progress
from emulators.demo import process
from emulators.gemini_live import Answer, Behaviour, GeminiLiveEmulator, Heard, Remembered
from emulators.speech import words
from emulators.speech.recordings import GREETING
from emulators.speech.sound import decode
from emulators.telegram import Call, Chat, TelegramEmulator

CHATS = 6
START_S = 30.0
LONGEST_LIFE_S = 8.0
"""A process whose call does not come is killed then."""
LISTEN_S = 3.0
"""At the end, for what must not come: a second answer."""
PATIENCE_S = 60.0
"""Then a person speaks again without an answer."""
CALLS = ("getUpdates", "getFile", "file", "sendChatAction", "sendVoice", "sendVoice", "sendVoice", "sendMessage")


@dataclass(frozen=True, slots=True)
class Moment:
    """`seconds` after the start of the process, or after its call number `skip` + 1 of `method`."""

    seconds: float
    method: str | None = None
    skip: int = 0


def moments(seed: int, how_many: int) -> list[Moment]:
    luck = random.Random(seed)  # noqa: S311
    chosen = []
    for _ in range(how_many):
        if luck.random() < 0.4:
            chosen.append(Moment(round(luck.uniform(0.05, 5.0), 3)))
        else:
            chosen.append(Moment(round(luck.uniform(0.0, 0.06), 4), luck.choice(CALLS), luck.randrange(6)))
    return chosen


class RepeatingModel:
    """Answers with the number that is written beside the recording, and how much it heard."""

    def __init__(self, seed: int) -> None:
        self._luck = random.Random(seed)  # noqa: S311
        self._pcm = words.speech(["ничего не слышу."])
        self.seconds = len(self._pcm) / 2 / words.RATE

    async def answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        number = NUMBER.search(" ".join(heard.texts))
        transcript = f"Ответ №{number[1] if number else '?'}: {heard.seconds:.1f} с"
        return Answer(self._pcm, transcript, pace=3.0, think_seconds=self._luck.uniform(0, 0.3))


@dataclass(slots=True)
class Run:
    seed: int
    kills: int
    directory: Path
    database_url: str = ""
    """SQLite in `directory` without one."""
    answer_s: float = 0.0
    began: float = field(default_factory=monotonic)
    notes: list[Note] = field(default_factory=list)
    killed: list[dict[str, object]] = field(default_factory=list)
    last_kill: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def play(self) -> Ledger:
        model = RepeatingModel(self.seed)
        self.answer_s = model.seconds
        async with AsyncExitStack() as stack:
            telegram = await stack.enter_async_context(TelegramEmulator())
            gemini = await stack.enter_async_context(
                GeminiLiveEmulator("test-key", model=model, behaviour=Behaviour(keep=100))
            )
            chats = [
                telegram.private_chat(telegram.person(number, f"Прораб {number}")) for number in range(1, CHATS + 1)
            ]
            environment = self._environment(telegram, gemini)
            await self._open_conversations(telegram, chats, environment)
            async with asyncio.TaskGroup() as group:
                talks = [group.create_task(self._talk(chat)) for chat in chats]
                await self._kill_often(telegram, environment)
                async with process.running_bot(environment, self.directory, self._log()):
                    self.last_kill.set()
                    await asyncio.wait(talks)
                    await asyncio.sleep(LISTEN_S)
            return reckon(chats, self.notes, self.began)

    def _environment(self, telegram: TelegramEmulator, gemini: GeminiLiveEmulator) -> dict[str, str]:
        return process.environment(self.directory, real_telegram=False, real_model=False) | {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_BASE_URL": telegram.url,
            "GOOGLE_API_KEY": "test-key",
            "GOOGLE_GEMINI_BASE_URL": gemini.url,
            "SSL_CERT_FILE": str(process.trust(self.directory, [gemini.ca_file])),
            "SESSION_MAX_MINUTES": "1440",
            "DATABASE_URL": self.database_url,
        }

    def _log(self) -> Path:
        return self.directory / f"bot-{len(self.killed):03}.log"

    async def _open_conversations(
        self, telegram: TelegramEmulator, chats: Sequence[Chat], environment: dict[str, str]
    ) -> None:
        async with process.running_bot(environment, self.directory, self.directory / "bot-first.log"):
            await telegram.wait_for(lambda call: call.method == "getUpdates", START_S)
            for chat in chats:
                await chat.send_text("/voice_chat")
                await chat.next_message()

    async def _talk(self, chat: Chat) -> None:
        """One person: a note, its answer or a sentence about it, a short pause, the next note."""
        luck = random.Random(self.seed * 1_000 + chat.id)  # noqa: S311
        ogg, whole_s = GREETING.path.read_bytes(), len(decode(str(GREETING.path), 16_000)) / 2 / 16_000
        while not self.last_kill.is_set():
            heard = len(chat.messages)
            number = next(self._numbers)
            sent = await chat.send_voice(ogg, duration=2, caption=f"№{number}")
            assert sent.update_id is not None
            note = Note(number, chat.id, sent.message_id, sent.update_id, self._now(), whole_s)
            note.whole_answer_s = self.answer_s
            self.notes.append(note)
            with suppress(TimeoutError):
                await chat.wait_until(_has_answer(note, heard), PATIENCE_S)
            await asyncio.sleep(luck.uniform(0, 0.5))

    async def _kill_often(self, telegram: TelegramEmulator, environment: dict[str, str]) -> None:
        for moment in moments(self.seed, self.kills):
            async with process.running_bot(environment, self.directory, self._log()) as bot:
                born = monotonic()
                await _come(moment, telegram)
                if bot.returncode is not None:
                    raise RuntimeError(f"bot.py ended by itself with status {bot.returncode}")
                bot.kill()
                await bot.wait()
                lived = round(monotonic() - born, 3)
            self.killed.append(
                {
                    "at": self._now(),
                    "lived": lived,
                    "method": moment.method,
                    "skip": moment.skip,
                    "after": moment.seconds,
                }
            )
            progress(f"kill {len(self.killed)}/{self.kills}, {len(self.notes)} notes, {self._now():.0f} s")

    def _now(self) -> float:
        return round(monotonic() - self.began, 3)


def _has_answer(note: Note, heard: int) -> Callable[[Chat], bool]:
    """Or a sentence; the first `heard` messages were there before the note."""
    return lambda chat: any(note.is_meant(message) for message in chat.messages[heard:])


def _further(method: str, after: int) -> Callable[[Call], bool]:
    return lambda call: call.method == method and call.number > after


async def _come(moment: Moment, telegram: TelegramEmulator) -> None:
    if moment.method is None:
        await asyncio.sleep(moment.seconds)
        return
    known = telegram.calls[-1].number
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_LIFE_S):
            for _ in range(moment.skip + 1):
                call = await telegram.wait_for(_further(moment.method, known), LONGEST_LIFE_S)
                known = call.number
            await asyncio.sleep(moment.seconds)


def _report(run: Run, ledger: Ledger, took: float) -> dict[str, object]:
    kills = [float(str(kill["at"])) for kill in run.killed]
    return circumstances() | {
        "seed": run.seed,
        "database": "PostgreSQL" if run.database_url else "SQLite",
        "seconds": round(took, 1),
        "kills": len(run.killed),
        "updates": len(ledger.notes),
        "counts": ledger.counts(),
        "sentences": ledger.sentences(),
        "lost or twice": ledger.details(kills),
        "moments": run.killed,
    }


def _table(report: dict[str, object], ledger: Ledger) -> str:
    rows = {"kills": report["kills"], "updates": report["updates"]} | ledger.counts()
    return "\n".join(f"{name:<22}{count:>6}" for name, count in rows.items())


def main() -> int:
    """Exit status 0 when nothing was lost and nothing answered twice, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kills", description="kill -9 under load, and the ledger"
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="on a private server instead of SQLite")
    parser.add_argument("--keep", type=Path, help="directory for the bot's data and logs; by default they are erased")
    chosen = parser.parse_args()
    with nullcontext(chosen.keep) if chosen.keep else tempfile.TemporaryDirectory(prefix="kills-") as directory:
        Path(directory).mkdir(parents=True, exist_ok=True)
        with running_postgresql() if chosen.postgresql else nullcontext() as server:
            url = server.fresh("kills") if server else ""
            run = Run(chosen.seed, chosen.kills, Path(directory), url)
            ledger = asyncio.run(run.play())
    report = _report(run, ledger, monotonic() - run.began)
    file = keep("kills", report)
    sys.stdout.write(f"\n{_table(report, ledger)}\n\n{file}\n")
    return 1 if ledger.of("lost", "twice") else 0


if __name__ == "__main__":
    raise SystemExit(main())
