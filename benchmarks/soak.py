"""`python -m benchmarks.soak`: 10,000 turns with seeded faults on both sides; does everything return to where it was?

The real bot runs as a process of its own, so that what the emulators keep of 10,000 turns is not counted. After the
first part of the turns everybody ends his conversation, and what the process holds then is the base; so it is looked at
after each further part. The seed chooses what people do and what goes wrong; what the machine does in between is not in
its hand.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from benchmarks.kills_ledger import Ledger, reckon
from benchmarks.report import ROOT, circumstances, keep, progress
from benchmarks.soak_faults import NumberingModel, Weather
from benchmarks.soak_people import Diary, Person, people
from benchmarks.soak_samples import UNFINISHED, Watched
from emulators.demo import process
from emulators.gemini_live import Behaviour, GeminiLiveEmulator
from emulators.telegram import TelegramEmulator

CHATS = 48
START_S = 30.0
REST_S = 35.0
"""Idle connections to Telegram are kept for 5 s and closed at the next one; free memory is given back every 30 s."""
SETTLE_S = 2.0
FINISHED_S = 90.0
"""The longest that the bot tries to send something."""
SAMPLE_S = 5.0
MORE_MEMORY_KB = 40_000
MORE_DESCRIPTORS = 10
MORE_THREADS = 12
"""Than at the base, after everything. Pools of threads (codecs, asyncio's own, libuv's) fill up as they are used."""


@dataclass(slots=True)
class Soak:
    seed: int
    parts: Sequence[int]
    """Turns; after each part everything rests. The first one warms up."""
    directory: Path
    chats: int = CHATS
    rest_s: float = REST_S
    diary: Diary = field(default_factory=lambda: Diary(0))
    rests: list[dict[str, int]] = field(default_factory=list)
    samples: list[dict[str, float]] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    """Tasks by name at the last rest."""
    faults: dict[str, int] = field(default_factory=dict)
    peak_kb: int = 0

    async def play(self) -> Ledger:
        async with AsyncExitStack() as stack:
            telegram = await stack.enter_async_context(TelegramEmulator())
            gemini = await stack.enter_async_context(
                GeminiLiveEmulator("test-key", model=NumberingModel(self.seed), behaviour=Behaviour(keep=100))
            )
            weather = Weather(telegram, gemini)
            chats = [telegram.private_chat(telegram.person(n, f"Прораб {n}")) for n in range(1, self.chats + 1)]
            crowd = people(chats, self.seed, self.diary, weather)
            tasks = self.directory / "tasks.json"
            program = (ROOT / "benchmarks" / "watched_bot.py", tasks)
            log = self.directory / "bot.log"
            async with process.running_bot(self._environment(telegram, gemini), self.directory, log, program) as bot:
                watched = Watched(bot.pid, self.directory / "data", tasks)
                await telegram.wait_for(lambda call: call.method == "getUpdates", START_S)
                for turns in self.parts:
                    await self._part(turns, crowd, watched)
                    telegram.clear_faults()
                    await self._rest(crowd, watched)
                self.left, self.peak_kb = await watched.task_names(), watched.peak_kb()
                self.faults = dict(sorted(weather.ordered.items()))
            return reckon(chats, self.diary.notes, self.diary.began)

    def _environment(self, telegram: TelegramEmulator, gemini: GeminiLiveEmulator) -> dict[str, str]:
        return process.environment(self.directory, real_telegram=False, real_model=False) | {
            "PYTHONPATH": str(ROOT),
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_BASE_URL": telegram.url,
            "GOOGLE_API_KEY": "test-key",
            "GOOGLE_GEMINI_BASE_URL": gemini.url,
            "SSL_CERT_FILE": str(process.trust(self.directory, [gemini.ca_file])),
            "TURN_TIMEOUT_SECONDS": "5",
            "SESSION_MAX_MINUTES": "1440",
            "LOG_LEVEL": "WARNING",
        }

    async def _part(self, turns: int, crowd: Sequence[Person], watched: Watched) -> None:
        for person in crowd:
            await person.begin()
        self.diary.turns = turns
        async with asyncio.TaskGroup() as group:
            sampling = group.create_task(self._sample(watched))
            await asyncio.wait([group.create_task(person.talk()) for person in crowd])
            sampling.cancel()
        for person in crowd:
            await person.stop()

    async def _sample(self, watched: Watched) -> None:
        while True:
            held = {"at": self.diary.now(), "turns": len(self.diary.notes), "processor s": watched.processor_s()}
            self.samples.append(held | watched.held())
            progress(f"{len(self.diary.notes)} turns, {self.diary.now():.0f} s, {watched.memory_kb() / 1024:.0f} MB")
            await asyncio.sleep(SAMPLE_S)

    async def _rest(self, crowd: Sequence[Person], watched: Watched) -> None:
        """Until nothing is under way, and what is only kept warm is cold; then one spoken turn, whose requests (one of
        them a download) let go of it."""
        await watched.finished(FINISHED_S)
        await asyncio.sleep(self.rest_s)
        await crowd[0].speak_once()
        await asyncio.sleep(SETTLE_S)
        self.rests.append({"turns": len(self.diary.notes)} | await watched.at_rest())

    def failures(self, ledger: Ledger) -> list[str]:
        base, end = self.rests[0], self.rests[-1]
        bounds = {
            "resident kB": base["resident kB"] + MORE_MEMORY_KB,
            "tasks": base["tasks"],
            "threads": base["threads"] + MORE_THREADS,
            "descriptors": base["descriptors"] + MORE_DESCRIPTORS,
            "recordings": 0,
        } | dict.fromkeys(UNFINISHED, 0)
        found = [f"{name}: {end[name]} instead of {most} at most" for name, most in bounds.items() if end[name] > most]
        return found + [f"note {note.number}: {note.end}" for note in ledger.of("lost", "twice")]


def parts_of(turns: int, how_many: int = 6) -> list[int]:
    """A short one to warm up, then equal ones."""
    warm = min(turns // 3, 500)
    size = (turns - warm) // (how_many - 1)
    return [warm, *[size] * (how_many - 2), turns - warm - size * (how_many - 2)]


def _report(soak: Soak, ledger: Ledger, took: float) -> dict[str, object]:
    return circumstances() | {
        "seed": soak.seed,
        "seconds": round(took, 1),
        "chats": soak.chats,
        "turns": len(ledger.notes),
        "kinds": dict(soak.diary.kinds),
        "faults ordered": soak.faults,
        "counts": ledger.counts(),
        "sentences": ledger.sentences(),
        "lost or twice": ledger.details([]),
        "at rest": soak.rests,
        "peak kB": soak.peak_kb,
        "tasks at the end": soak.left,
        "failures": soak.failures(ledger),
        "samples": soak.samples,
    }


def main() -> int:
    """Exit status 0 when nothing was lost or answered twice and everything is back at its base, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description="many turns with seeded faults")
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--chats", type=int, default=CHATS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="directory for the bot's data and log; by default they are erased")
    chosen = parser.parse_args()
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    begun = monotonic()
    with nullcontext(chosen.keep) if chosen.keep else tempfile.TemporaryDirectory(prefix="soak-") as directory:
        if any(Path(directory).iterdir()):
            parser.error(f"{directory} is not empty: the updates of another run would be known already")
        soak = Soak(chosen.seed, parts_of(chosen.turns), Path(directory), chosen.chats)
        ledger = asyncio.run(soak.play())
    file = keep("soak", _report(soak, ledger, monotonic() - begun))
    failures = soak.failures(ledger)
    rows = {"turns": len(ledger.notes)} | ledger.counts()
    table = "\n".join(f"{name:<22}{count:>6}" for name, count in rows.items())
    sys.stdout.write(f"\n{table}\n\n{soak.rests[0]}\n{soak.rests[-1]}\n{failures or 'back at the base'}\n\n{file}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
