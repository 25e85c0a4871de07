"""Whoever is measured: a bot in a process of its own, between a Telegram and a Gemini that are its own, too."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Literal

from benchmarks.fixed_model import FixedModel
from benchmarks.material import Note, Spoken
from emulators.demo import process
from emulators.gemini_live import Behaviour, GeminiLiveEmulator
from emulators.telegram import Call, Chat, TelegramEmulator
from emulators.telegram.ogg import read_opus

Way = Literal["ours", "plain", "concurrent", "profiled"]
COMMANDS: dict[Way, list[str]] = {
    "ours": [str(process.ROOT / "bot.py")],
    "plain": ["-m", "benchmarks.plain_way"],
    "concurrent": ["-m", "benchmarks.plain_way", "--concurrent"],
    "profiled": ["-m", "benchmarks.profiled_bot"],
}
START_S = 30.0
TURN_S = 90.0
SILENCE_S = 45.0


@dataclass(frozen=True, slots=True)
class Timing:
    """One turn, in seconds, by the clocks of the emulators."""

    into: float
    """From the update handed out to the end of speech at the model."""
    first: float
    """From the model's first sound to the first voice message, whole, at Telegram."""
    out: float
    """From the model's last sound to the last voice message."""
    pieces: int


@dataclass(slots=True)
class Subject:
    way: Way
    telegram: TelegramEmulator
    gemini: GeminiLiveEmulator
    model: FixedModel
    bot: asyncio.subprocess.Process
    folder: Path
    chats: list[Chat] = field(default_factory=list)

    async def open_chats(self, count: int, at_once: int = 20) -> list[Chat]:
        """Conversations of so many new people, their connections open."""
        known = len(self.chats)
        new = [
            self.telegram.private_chat(self.telegram.person(number, f"Прораб {number}"))
            for number in range(known + 1, known + count + 1)
        ]
        for start in range(0, count, at_once):
            part = new[start : start + at_once]
            connected = len(self.gemini.connections) + len(part)
            for chat in part:
                await chat.send_text("/voice_chat")
            for chat in part:
                await chat.next_message(TURN_S)
            await self.gemini.wait_until(lambda g, n=connected: len(g.connections) >= n, TURN_S)  # type: ignore[misc]
        self.chats += new
        return new

    async def turn(self, chat: Chat, note: Note, spoken: Spoken | None = None) -> Timing:
        """One note and its whole answer."""
        self.model.spoken = spoken or self.model.spoken
        calls, turns, messages = len(self.telegram.calls), len(self.gemini.turns), len(chat.messages)
        sent = await chat.send_voice(note.ogg, duration=round(note.seconds))
        assert sent.update_id is not None
        whole = self.model.spoken.seconds - 0.2
        await chat.wait_until(lambda chat: _seconds_said(chat, messages) >= whole, TURN_S)
        await self.gemini.wait_until(lambda gemini: len(gemini.turns) > turns, TURN_S)
        turn = self.gemini.turns[turns]
        voices = [
            call.received_at
            for call in self.telegram.calls[calls:]
            if call.method == "sendVoice" and call.params.get("chat_id") == chat.id
        ]
        return Timing(
            into=turn.heard.at_end - self.handed_out(sent.update_id),
            first=voices[0] - turn.began_at,
            out=voices[-1] - turn.sounded_at,
            pieces=len(voices),
        )

    def handed_out(self, update_id: int) -> float:
        for call in reversed(self.telegram.calls):
            if call.method == "getUpdates" and any(one["update_id"] == update_id for one in call.result or ()):
                return call.ended_at
        raise LookupError("no poll brought this update")

    async def answers(self, chats: Sequence[Chat], note: Note, each: int) -> float:
        """So many notes in each chat, one as soon as the last one is answered; the seconds that all of it took."""
        left = {chat.id: each for chat in chats}
        people = {chat.id: chat for chat in chats}
        seen, out, answered = len(self.telegram.calls), list[Call](), 0

        def look() -> list[int] | None:
            nonlocal seen
            new = self.telegram.calls[seen:]
            seen += len(new)
            out.extend(call for call in new if call.method == "sendVoice")
            arrived = [call for call in out if call.outcome == "answered"]
            for call in arrived:
                out.remove(call)
            return [int(call.params["chat_id"]) for call in arrived] or None

        begun = monotonic()
        ready = [chat.id for chat in chats]
        while answered < each * len(chats):
            for number in ready:
                if left[number]:
                    left[number] -= 1
                    await people[number].send_voice(note.ogg, duration=round(note.seconds))
            try:
                ready = await self.telegram.until(look, SILENCE_S)
            except TimeoutError:
                raise RuntimeError(
                    f"{self.way}: {answered} answers to {each * len(chats)} notes, and no more; {self._unanswered(out)}"
                ) from None
            answered += len(ready)
        return monotonic() - begun

    def _unanswered(self, out: Sequence[Call]) -> str:
        """Where nobody answered the last note: what was said there since, and what the bot wrote of it."""
        found = [f"{call.method} {call.outcome} {call.status} {call.description}" for call in out]
        for chat in self.chats:
            since = max((m for m, one in chat.history.items() if one.wire["from"]["id"] == chat.id), default=0)
            said = [one for number, one in chat.history.items() if number > since]
            if not any(getattr(one, "kind", "") == "voice" for one in said):
                found.append(f"chat {chat.id}: {[one.wire.get('text') for one in said]}")
        return "; ".join([*found, *process.last_lines(self.folder / "log")])

    def resident_kib(self) -> int:
        """Of the process; and of its children, of which what they share with others counts as their share alone."""
        bot, *children = family(self.bot.pid)
        return resident_kib(bot) + sum(map(_proportional_kib, children))

    def cpu_seconds(self) -> float:
        """Of the process and of its children, those that it waited for included."""
        return sum(map(cpu_seconds, family(self.bot.pid)))


def family(pid: int) -> list[int]:
    """The process and its children."""
    children = [file.read_text("ascii").split() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    return [pid, *(int(child) for some in children for child in some)]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _proportional_kib(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def _seconds_said(chat: Chat, since: int) -> float:
    data = [message.data for message in chat.messages[since:] if message.kind == "voice" and not message.deleted]
    return sum(read_opus(one).duration for one in data if one)


@asynccontextmanager
async def emulators(folder: Path) -> AsyncIterator[tuple[TelegramEmulator, GeminiLiveEmulator, FixedModel]]:
    model = FixedModel()
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with (
        TelegramEmulator() as telegram,
        GeminiLiveEmulator("test-key", model=model, behaviour=Behaviour()) as gemini,
    ):
        yield telegram, gemini, model


def environment(
    folder: Path, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, database: str | None
) -> dict[str, str]:
    settings = {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_BASE_URL": telegram.url,
        "GOOGLE_API_KEY": "test-key",
        "GOOGLE_GEMINI_BASE_URL": gemini.url,
        "GEMINI_MODEL": "gemini-3.8-live",
        "SSL_CERT_FILE": str(process.trust(folder, [gemini.ca_file])),
        "SESSION_MAX_MINUTES": "1440",
        "SESSION_IDLE_SECONDS": "3600",
        "PYTHONPATH": str(process.ROOT),
        "PROFILE_TO": str(folder / "profile.json"),
    }
    inherited = process.environment(folder, real_telegram=False, real_model=False)
    return inherited | settings | ({"DATABASE_URL": database} if database else {})


@asynccontextmanager
async def opened(way: Way, folder: Path, database: str | None = None) -> AsyncIterator[Subject]:
    """The bot, started and polling."""
    folder = folder / way
    async with emulators(folder) as (telegram, gemini, model):
        settings = environment(folder, telegram, gemini, database if way in ("ours", "profiled") else None)
        async with started(COMMANDS[way], settings, folder) as bot:
            await telegram.wait_for(lambda call: call.method == "getUpdates", START_S)
            yield Subject(way, telegram, gemini, model, bot, folder)


@asynccontextmanager
async def started(
    command: Sequence[str],
    settings: dict[str, str],
    folder: Path,
    *,
    program: str = sys.executable,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process in `folder`, of Python unless another `program` is named, surely gone after the block."""
    with (folder / "log").open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            program,
            *command,
            cwd=folder,
            env=settings,
            start_new_session=True,
            stdin=stdin,
            stdout=log if stdout is None else stdout,
            stderr=log,
        )
    try:
        yield running
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(running.pid, number)
            with suppress(TimeoutError):
                async with asyncio.timeout(15):
                    await running.wait()


__all__ = ["Subject", "Timing", "Way", "cpu_seconds", "emulators", "environment", "family", "opened", "resident_kib"]
