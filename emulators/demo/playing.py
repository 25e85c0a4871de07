"""One run of the demo: what is opened, what is said of it, how it ends."""

import asyncio
import errno
import tempfile
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TypeVar

from emulators.demo import process
from emulators.demo.findings import Findings, seconds
from emulators.demo.model import CountingModel, Witness
from emulators.demo.scene import Scene, StepFailed
from emulators.demo.script import SCRIPT
from emulators.demo.terminal import Played, busy, is_terminal, say, tell_step, tell_table
from emulators.gemini_live import Behaviour, GeminiLiveEmulator
from emulators.telegram import TelegramEmulator

T = TypeVar("T")
KEY = "demo-key"
TOKEN = "42:DEMO-TOKEN"
PAGE_PORT = 8081
START_S = 30.0
EMULATED_S, REAL_S = 15.0, 60.0
"""The longest wait for one answer of the emulated and of the real model."""
PROVEN_S = 15.0
"""Without a terminal nobody is there to talk over the real Telegram: the bot must live for so long."""
KEPT_TURNS = 100
INTERRUPTED = 130


class Stopped(Exception):
    """Ctrl-C, SIGTERM, or the terminal was closed."""


class BotFailed(Exception):
    """The message says how, in Russian."""


@dataclass(slots=True)
class Run:
    """`port`: of the chat page, `None` for the usual one; `files`: where the answers go; `stop` ends it at any time."""

    port: int | None
    files: Path
    stop: asyncio.Event
    steps: list[Played] = field(default_factory=list)

    async def play(self) -> int:
        """The exit status: 0, 1 when something is not as it must be, 130 when it was stopped in the middle."""
        async with AsyncExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voice-assistant-demo-")))
            key = process.model_key()
            say(*_beginning(key, real_telegram=process.has_token()))
            gemini = None
            if key is None:
                emulator = GeminiLiveEmulator(KEY, model=CountingModel(), behaviour=Behaviour(keep=KEPT_TURNS))
                gemini = await stack.enter_async_context(emulator)
            environment = process.environment(directory, real_telegram=process.has_token(), real_model=key is not None)
            environment |= towards_the_model(directory, gemini)
            try:
                if process.has_token():
                    return await self._in_telegram(stack, directory, environment)
                return await self._by_script(stack, directory, environment, gemini)
            except Stopped:
                say("Прервано.")
                return INTERRUPTED

    async def _in_telegram(self, stack: AsyncExitStack, directory: Path, environment: dict[str, str]) -> int:
        bot = await stack.enter_async_context(process.running_bot(environment, directory, None))
        say("Откройте своего бота в Telegram, отправьте /voice_chat и говорите. Ctrl-C — закончить.")
        try:
            await self._until(bot, _for_ever() if is_terminal() else asyncio.sleep(PROVEN_S))
        except Stopped:
            return 0
        except BotFailed as failure:
            say(f"✗ {failure}")
            return 1
        say(f"✓ bot.py работает {PROVEN_S:.0f} с; без терминала ждать разговора не будем.")
        return 0

    async def _by_script(
        self, stack: AsyncExitStack, directory: Path, environment: dict[str, str], gemini: GeminiLiveEmulator | None
    ) -> int:
        telegram = await self._telegram(stack)
        model = "эмулятор, а не Gemini" if gemini is not None else "настоящая Gemini"
        telegram.say_on_page(f"Это эмулятор: в Telegram ничего не уходит. Отвечает {model}.")
        telegram.private_chat(telegram.person(2, "Ваш чат", language_code="ru"))
        chat = telegram.private_chat(telegram.person(1, "Сценарий", language_code="ru"))
        self._prepare_files()
        log = self.files / "bot.log"
        environment |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE_URL": telegram.url}
        bot = await stack.enter_async_context(process.running_bot(environment, directory, log))
        deadline = REAL_S if gemini is None else EMULATED_S
        witness = None if gemini is None else Witness(gemini, deadline)
        scene = Scene(telegram, chat, witness, self.files, deadline)
        try:
            await self._until(bot, _started(telegram))
            began = monotonic()
            await self._until(bot, self._perform(scene))
            passed = self._conclude(monotonic() - began, log)
            if is_terminal():
                say(f"Страница чата открыта: {telegram.url} — говорите с ботом сами. Ctrl-C — закончить.")
                if gemini is not None:
                    say("Эмулятор модели только измеряет речь; акт с ваших слов составит настоящая модель.")
                with suppress(Stopped):
                    await self._until(bot, _for_ever())
        except BotFailed as failure:
            say(f"✗ {failure}", *_tail(log))
            return 1
        return 0 if passed else 1

    async def _telegram(self, stack: AsyncExitStack) -> TelegramEmulator:
        port = self.port if self.port is not None else PAGE_PORT if is_terminal() else 0
        try:
            telegram = await stack.enter_async_context(TelegramEmulator(TOKEN, "site_demo_bot", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            telegram = await stack.enter_async_context(TelegramEmulator(TOKEN, "site_demo_bot"))
            say(f"Порт {port} занят, поэтому страница чата на другом.")
        say(f"Страница чата: {telegram.url}")
        return telegram

    def _prepare_files(self) -> None:
        """Nothing of an earlier run stays. Where nothing may be written, a temporary directory is taken."""
        try:
            (self.files / "replies").mkdir(parents=True, exist_ok=True)
            for old in (self.files / "replies").glob("*.ogg"):
                old.unlink()
            (self.files / "documents").mkdir(exist_ok=True)
            for old in (self.files / "documents").iterdir():
                old.unlink()
            (self.files / "bot.log").write_bytes(b"")
        except OSError:
            self.files = Path(tempfile.mkdtemp(prefix="voice-assistant-replies-"))
            for name in ("replies", "documents"):
                (self.files / name).mkdir()

    async def _perform(self, scene: Scene) -> None:
        """Up to the first step after which the script cannot go on."""
        for number, step in enumerate(SCRIPT, 1):
            found = Findings()
            goes_on = True
            async with busy(f"{number}/{len(SCRIPT)} {step.title}"):
                try:
                    await step.play(scene, found)
                except StepFailed as failure:
                    found.faults.append(str(failure))
                    goes_on = False
            self.steps.append(Played(step.title, found))
            tell_step(number, len(SCRIPT), self.steps[-1])
            if not goes_on:
                return

    def _conclude(self, took: float, log: Path) -> bool:
        self.steps += [Played(step.title, None) for step in SCRIPT[len(self.steps) :]]
        tell_table(self.steps)
        replies, documents = _shown(self.files / "replies"), _shown(self.files / "documents")
        say(f"Ответы бота лежат в {replies}, документы — в {documents}, журнал бота — {_shown(log)}.")
        failed = [step.title for step in self.steps if step.findings and not step.passed and not step.left_out]
        if failed:
            left = sum(step.findings is None for step in self.steps)
            after = f"; до остальных шагов ({left}) не дошло" if left else ""
            say(f"✗ Не прошло за {seconds(took)}: {', '.join(failed)}{after}.", *_tail(log))
        else:
            say(ended_well(self.steps, took))
        return not failed

    async def _until(self, bot: asyncio.subprocess.Process, work: Coroutine[object, object, T]) -> T:
        """What `work` gives. Raises `Stopped` or `BotFailed` when that comes first."""
        working, stopping = asyncio.create_task(work), asyncio.create_task(self.stop.wait())
        ending = asyncio.create_task(bot.wait())
        tasks = {working, stopping, ending}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                raise Stopped
            if not working.done():
                raise BotFailed(f"bot.py закончил работу сам, код {bot.returncode}.")
            return working.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


def ended_well(steps: Sequence[Played], took: float) -> str:
    left = [step.title for step in steps if step.left_out]
    if left:
        return (
            f"✓ Прошли {len(steps) - len(left)} из {len(steps)} шагов за {seconds(took)}; пропущено: {', '.join(left)}."
        )
    return f"✓ Все шаги ({len(steps)}) прошли за {seconds(took)}."


async def _started(telegram: TelegramEmulator) -> None:
    async with busy("bot.py запускается"):
        try:
            await telegram.wait_for(lambda call: call.method == "getUpdates", START_S)
        except TimeoutError:
            raise BotFailed(f"bot.py за {START_S:.0f} с не начал принимать сообщения.") from None


async def _for_ever() -> None:
    await asyncio.Event().wait()


def _beginning(key: str | None, *, real_telegram: bool) -> list[str]:
    """The first line says what is real."""
    model = "Модель здесь — эмулятор, а не Gemini" if key is None else f"Отвечает настоящая Gemini (задан {key})"
    if real_telegram:
        return [f"{model}; Telegram настоящий (задан {process.TOKEN}), поэтому сценария не будет."]
    lines = [f"{model}; Telegram — тоже эмулятор." if key is None else f"{model}; Telegram здесь — эмулятор."]
    if key is None:
        lines.append(
            "Он говорит о том, что измерил в услышанном. С GOOGLE_API_KEY в окружении ответит настоящая Gemini."
        )
    return [*lines, "Бот — настоящий bot.py в своём процессе, записи — настоящий звук."]


def towards_the_model(directory: Path, gemini: GeminiLiveEmulator | None) -> dict[str, str]:
    """The public roots are trusted in any case: Telegram may be the real one."""
    bundle = process.trust(directory, [gemini.ca_file] if gemini else [])
    towards = {"SSL_CERT_FILE": str(bundle)}
    return towards | ({"GOOGLE_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": gemini.url} if gemini else {})


def _tail(log: Path) -> list[str]:
    lines = process.last_lines(log)
    return ["Последние строки журнала бота:", *(f"    {line}" for line in lines)] if lines else ["Журнал бота пуст."]


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
