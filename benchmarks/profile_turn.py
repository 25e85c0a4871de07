"""`python -m benchmarks.profile_turn`: where the time and the CPU of one turn go, stage by stage.

Time is seen from outside: the moments in the emulators' logs, of one turn after the other in quiet. CPU is that of the
bot's process with twenty chats talking at once, by thread; that of the event loop by the library whose code ran.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import monotonic, sleep

from benchmarks.material import answer, note
from benchmarks.results_file import circumstances, keep
from benchmarks.subjects import Subject, cpu_seconds, family, opened
from emulators.demo.process import ROOT
from emulators.telegram import Call

CHATS = 20
TURNS_ALONE = 20
TURNS_EACH = 8
NOTE_S, ANSWER_S = 5, 5
PARTS = {
    "google/genai": "google-genai and pydantic",
    "pydantic": "google-genai and pydantic",
    "websockets": "websockets",
    "telegram": "python-telegram-bot",
    "httpx": "httpx, httpcore, h11, anyio",
    "httpcore": "httpx, httpcore, h11, anyio",
    "h11": "httpx, httpcore, h11, anyio",
    "anyio": "httpx, httpcore, h11, anyio",
    "sqlalchemy": "SQLAlchemy, aiosqlite",
    "aiosqlite": "SQLAlchemy, aiosqlite",
    "structlog": "logs",
}
IN_ALL, CODECS = "in all", "codecs (libopus, resampling)"
THREADS = {"codec": "codec threads", "disk": "disk thread", "Thread": "SQLite thread"}


async def measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="profile-") as folder:
        async with opened("profiled", Path(folder)) as bot:
            await bot.open_chats(CHATS)
            for chat in bot.chats[:3]:
                await bot.turn(chat, note(NOTE_S), answer(ANSWER_S))
            stages = [await _stages(bot, number) for number in range(TURNS_ALONE)]
            cpu = await _cpu(bot)
    names = stages[0].keys()
    time = {name: round(1000 * median(stage[name] for stage in stages), 2) for name in names}
    return {"note seconds": NOTE_S, "answer seconds": ANSWER_S, "stages ms": time, "cpu ms": cpu}


async def _stages(bot: Subject, number: int) -> dict[str, float]:
    """Seconds from the update handed out, of one turn that has the machine for itself."""
    chat = bot.chats[number % CHATS]
    calls, turns = len(bot.telegram.calls), len(bot.gemini.turns)
    await bot.turn(chat, note(NOTE_S), answer(ANSWER_S))
    turn = bot.gemini.turns[turns]
    made = bot.telegram.calls[calls:]
    update = chat.history[max(m for m, message in chat.history.items() if message.wire["from"]["id"] == chat.id)]
    handed = next(
        call.ended_at
        for call in reversed(bot.telegram.calls)
        if call.method == "getUpdates"
        and any(one["message"]["message_id"] == update.message_id for one in call.result or ())
    )

    def first(method: str, moment: Callable[[Call], float]) -> float:
        return next((moment(call) - handed for call in made if call.method == method), float("nan"))

    return {
        "`record_voice` shown": first("sendChatAction", lambda call: call.received_at),
        "`getFile` asked": first("getFile", lambda call: call.at),
        "download asked": first("file", lambda call: call.at),
        "speech begins at the model": turn.heard.at_start - handed,
        "speech ends at the model": turn.heard.at_end - handed,
        "first sound from the model": turn.began_at - handed,
        "last sound from the model": turn.sounded_at - handed,
        "`sendVoice` arrives": first("sendVoice", lambda call: call.at),
        "voice message whole at Telegram": first("sendVoice", lambda call: call.received_at),
    }


async def _cpu(bot: Subject) -> dict[str, float]:
    """Milliseconds a turn."""
    os.kill(bot.bot.pid, signal.SIGUSR1)
    await asyncio.sleep(0.2)
    turns, whole, in_codecs = CHATS * TURNS_EACH, -bot.cpu_seconds(), -_in_codecs(bot)
    await bot.answers(bot.chats, note(NOTE_S), TURNS_EACH)
    whole, in_codecs = whole + bot.cpu_seconds(), in_codecs + _in_codecs(bot)
    os.kill(bot.bot.pid, signal.SIGUSR2)
    seen = json.loads(await asyncio.to_thread(_written, bot.folder / "profile.json"))
    loop = Counter[str]()
    for stack, used in seen["stacks"].items():
        loop[part_of(stack.split(";"))] += used / turns
    threads = Counter[str]()
    for name, used in seen["threads"].items():
        if name != "MainThread":
            threads[THREADS.get(name, "other threads")] += used / turns
    parts: dict[str, float] = {f"loop: {name}": round(used, 2) for name, used in loop.most_common()}
    parts[CODECS] = round(1000 * in_codecs / turns, 2)
    parts |= {name: round(used, 2) for name, used in threads.most_common() if used >= 0.005}
    return {IN_ALL: round(1000 * whole / turns, 2), **parts}


def _in_codecs(bot: Subject) -> float:
    return sum(map(cpu_seconds, family(bot.bot.pid)[1:]))


def _written(file: Path) -> str:
    give_up_at = monotonic() + 10
    while not file.exists() and monotonic() < give_up_at:
        sleep(0.05)
    return file.read_text("utf-8")


def part_of(stack: Sequence[str]) -> str:
    """Whose code ran: the innermost frame that belongs to somebody; `stack` is outermost first, `file:function`."""
    for frame in reversed(stack):
        file = frame.rpartition(":")[0]
        if "/site-packages/" in file:
            package = file.partition("/site-packages/")[2]
            for beginning, name in PARTS.items():
                if package.startswith(beginning):
                    return name
            return "other libraries"
        if file.startswith(f"{ROOT}{os.sep}") and "benchmarks" not in file and not file.endswith("/bot.py"):
            return "our own code"
    return "event loop (uvloop: sockets, TLS, timers)"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_turn", description="one turn, stage by stage")
    parser.add_argument("--keep", action="store_true", help="as JSON in benchmarks/results")
    keeps: bool = parser.parse_args().keep
    result = circumstances() | asyncio.run(measure())
    for title in ("stages ms", "cpu ms"):
        sys.stdout.write(f"\n{title}\n")
        for name, value in result[title].items():  # type: ignore[attr-defined]
            sys.stdout.write(f"{value:9.2f}  {name}\n")
    if keeps:
        sys.stdout.write(f"\n{keep('profile', result)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
