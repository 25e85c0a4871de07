"""`python -m emulators.demo` as a person, a machine without a terminal, and somebody in a hurry run it."""

import asyncio
import os
import pty
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from emulators.demo.findings import Findings
from emulators.demo.measuring import Note, Recording, respeak
from emulators.gemini_live import GeminiLiveEmulator
from emulators.gemini_live.faults import EmptyTurn
from emulators.speech.recordings import GREETING, QUESTION
from emulators.telegram import TelegramEmulator
from tests.volume import long

pytestmark = pytest.mark.timeout(180)

ROOT = Path(__file__).parents[2]
RUN_S = 90.0
"""A run takes 7 s on an idle machine."""
END_S = 20.0
STEPS = 10
SAYS_WHAT_IT_IS = "Модель здесь — эмулятор, а не Gemini; Telegram — тоже эмулятор."
OPEN_PAGE = "Страница чата открыта: "
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see other processes")


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | settings


def command(files: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "emulators.demo", "--files", str(files), *arguments]


async def played(files: Path, cwd: Path = ROOT, **settings: str) -> tuple[int | None, str]:
    """Exit status and output of a whole run without a terminal."""
    process = await asyncio.create_subprocess_exec(
        *command(files),
        cwd=cwd,
        env=environment(**settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    async with ending(process), asyncio.timeout(RUN_S):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


@asynccontextmanager
async def ending(process: Process) -> AsyncIterator[None]:
    """The process does not outlive the block, whatever becomes of the test."""
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def answers_in(files: Path) -> int:
    """A long answer, made on a slow machine, comes in pieces: `3-photo.ogg`, `3-photo-2.ogg`."""
    return len({path.name.partition("-")[0] for path in (files / "replies").iterdir()})


async def test_without_a_terminal_the_whole_script_passes_and_ends(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TELEGRAM_API_BASE_URL=http://127.0.0.1:9\nALLOWED_USERS=999\n")
    status, output = await played(
        tmp_path / "files", tmp_path, ALLOWED_USERS="999", TELEGRAM_PROXY="http://127.0.0.1:9", LOG_LEVEL="nonsense"
    )
    lines = output.splitlines()
    assert status == 0, output
    assert lines[0] == SAYS_WHAT_IT_IS
    assert [line.split()[1] for line in lines if re.match(r"✓ \d+/", line)] == [
        f"{n}/{STEPS}" for n in range(1, STEPS + 1)
    ]
    assert re.search(r"✓ модель слышала: первая запись .* Гц; во втором ответе «Прошлая запись: .+ герц\.»", output)
    assert len(re.findall(r"сходство услышанного (1,000|0,9[789]\d)", output)) == 4
    assert len(re.findall(r"сходство ответа (1,000|0,9[789]\d)", output)) == 8
    assert re.search(r"8/10 .*_АОСР\.json, .*_АОСР\.docx, .*_АОСР\.pdf через \d", output)
    assert "\x1b" not in output
    replies = sorted((tmp_path / "files" / "replies").iterdir())
    assert answers_in(tmp_path / "files") == 8
    documents = {path.suffix: path for path in (tmp_path / "files" / "documents").iterdir()}
    assert "Армирование фундаментной плиты" in documents[".json"].read_text("utf-8")
    assert documents[".pdf"].read_bytes().startswith(b"%PDF-")
    assert documents[".docx"].read_bytes().startswith(b"PK")
    assert all(Recording.read(reply).seconds > 1 for reply in replies)


async def test_a_bot_that_ends_at_once_fails_the_demo_with_its_last_words(tmp_path: Path) -> None:
    status, output = await played(tmp_path, GOOGLE_API_KEY="some-key", GOOGLE_GEMINI_BASE_URL="ftp://nowhere")
    assert status == 1
    assert output.startswith("Отвечает настоящая Gemini (задан GOOGLE_API_KEY); Telegram здесь — эмулятор.\n")
    assert "✗ bot.py закончил работу сам, код 2." in output
    assert "GOOGLE_GEMINI_BASE_URL" in output.partition("Последние строки журнала бота:")[2]


@needs_proc
async def test_a_bot_that_dies_in_the_middle_fails_the_demo_at_once(tmp_path: Path) -> None:
    async with terminal(tmp_path, "--port", "0") as demo:
        await demo.until("1/10 команда /voice_chat:")
        os.kill(bots_of(demo.process.pid)[0], signal.SIGKILL)
        shown = await demo.until("✗ bot.py закончил работу сам, код -9.")
        async with asyncio.timeout(END_S):
            status = await demo.process.wait()
    assert "10/10" not in shown
    assert status == 1


@long
async def test_with_a_key_the_answers_are_those_of_the_server_it_belongs_to(tmp_path: Path) -> None:
    async with GeminiLiveEmulator(key="own-key") as gemini:
        status, output = await played(
            tmp_path, GEMINI_API_KEY="own-key", GOOGLE_GEMINI_BASE_URL=gemini.url, SSL_CERT_FILE=str(gemini.ca_file)
        )
    assert status == 0, output
    assert output.startswith("Отвечает настоящая Gemini (задан GEMINI_API_KEY)")
    assert "сходство услышанного" not in output
    # The server speaks as fast as it can: what is interrupted may have come whole.
    assert answers_in(tmp_path) in (7, 8)


async def test_an_answer_that_is_no_voice_message_fails_the_demo(tmp_path: Path) -> None:
    async with GeminiLiveEmulator(key="own-key") as gemini:
        gemini.fault(EmptyTurn(), times=None)
        status, output = await played(
            tmp_path, GOOGLE_API_KEY="own-key", GOOGLE_GEMINI_BASE_URL=gemini.url, SSL_CERT_FILE=str(gemini.ca_file)
        )
    assert status == 1
    assert "✗ вместо голосового сообщения пришло: «Модель промолчала" in output
    assert "✗ Не прошло за" in output


async def test_with_a_token_the_bot_talks_to_that_telegram_and_there_is_no_script(tmp_path: Path) -> None:
    async with TelegramEmulator(token="42:OWN") as telegram:
        chat = telegram.private_chat(telegram.person(id=1, first_name="Иван"))
        process = await asyncio.create_subprocess_exec(
            *command(tmp_path),
            cwd=ROOT,
            env=environment(TELEGRAM_BOT_TOKEN="42:OWN", TELEGRAM_API_BASE_URL=telegram.url),
            stdout=PIPE,
            stderr=STDOUT,
        )
        async with ending(process):
            await chat.send_text("/voice_chat")
            await chat.next_message(END_S)
            await chat.send_voice(GREETING.path.read_bytes())
            answer = await chat.next_message(END_S)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(END_S):
                output, _ = await process.communicate()
    assert answer.kind == "voice"
    assert "Слышу запись: две секунды" in (answer.caption or "")
    assert process.returncode == 0
    assert output.decode().startswith("Модель здесь — эмулятор, а не Gemini; Telegram настоящий")


class Terminal:
    """The demo in a terminal, as somebody sees it who can press Ctrl-C."""

    def __init__(self, process: Process, screen: asyncio.StreamReader, keyboard: int) -> None:
        self.process = process
        self._screen = screen
        self._keyboard = keyboard

    async def until(self, words: str) -> str:
        """All that was written up to the end of the line with these words."""
        async with asyncio.timeout(RUN_S):
            before = await self._screen.readuntil(words.encode())
            return (before + await self._screen.readuntil(b"\n")).decode()

    async def interrupted(self) -> int:
        os.write(self._keyboard, b"\x03")
        async with asyncio.timeout(END_S):
            return await self.process.wait()


@asynccontextmanager
async def terminal(files: Path, *arguments: str) -> AsyncIterator[Terminal]:
    keyboard, screen = pty.openpty()
    # `start_new_session` and a terminal as standard input do not yet make it the one whose Ctrl-C is heard.
    take_it = (
        "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", take_it, *command(files, *arguments)),
        cwd=ROOT,
        env=environment(),
        stdin=screen,
        stdout=screen,
        stderr=screen,
        start_new_session=True,
    )
    os.close(screen)
    reader = asyncio.StreamReader(limit=1 << 20)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(keyboard), "rb", 0)
    )
    try:
        async with ending(process):
            yield Terminal(process, reader, keyboard)
    finally:
        transport.close()
        os.close(keyboard)


def bots_of(demo: int) -> list[int]:
    """Ids of the bot processes that this demo has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == demo and b"bot.py" in (stat.parent / "cmdline").read_bytes():
                found.append(int(stat.parent.name))
    return found


def is_alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


@needs_proc
async def test_in_a_terminal_the_chat_page_stays_until_ctrl_c(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with terminal(tmp_path, "--port", str(port)) as demo:
            shown = await demo.until(OPEN_PAGE)
            page = shown.partition(OPEN_PAGE)[2].split()[0]
            bots = bots_of(demo.process.pid)
            async with httpx.AsyncClient(trust_env=False) as browser:
                state = (await browser.get(f"{page}/chat/state")).json()
            status = await demo.interrupted()
    assert f"Порт {port} занят" in shown
    assert "Все шаги (10) прошли" in shown
    assert [chat["title"] for chat in state["chats"]] == ["Ваш чат", "Сценарий"]
    assert status == 0
    assert len(bots) == 1
    assert not is_alive(bots[0])


@needs_proc
async def test_ctrl_c_in_the_middle_leaves_no_process_behind(tmp_path: Path) -> None:
    async with terminal(tmp_path, "--port", "0") as demo:
        shown = await demo.until("1/10 команда /voice_chat:")
        bots = bots_of(demo.process.pid)
        status = await demo.interrupted()
    assert "…" in shown
    assert status == 130
    assert len(bots) == 1
    assert not is_alive(bots[0])


def test_another_recording_is_not_taken_for_what_was_sent() -> None:
    found = Findings()
    found.compare_heard(Recording.read(GREETING.path), Recording.read(QUESTION.path))
    assert len(found.faults) == 2
    found = Findings()
    found.compare_reply(Recording.read(QUESTION.path), Recording.from_pcm(Recording.read(QUESTION.path).pcm, 16_000))
    assert not found.faults


def test_a_note_respoken_faster_is_shorter_and_higher_by_as_much(tmp_path: Path) -> None:
    respeak(GREETING.path, 1.25, tmp_path / "fast.ogg")
    note, slow = Note.read(tmp_path / "fast.ogg"), Recording.read(GREETING.path)
    assert note.sound.seconds == pytest.approx(slow.seconds / 1.25, abs=0.02)
    assert note.sound.pitch_hz == pytest.approx((slow.pitch_hz or 0) * 1.25, rel=0.05)
