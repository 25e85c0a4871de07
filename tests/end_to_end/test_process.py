"""`bot.py` as a program: exit status, sentences, signals, what gets into the log."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import text

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import Close, Moment
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, Refusal, TelegramEmulator
from prompts.texts import sentences
from storage.database import open_database
from tests.audio.speech import speech_like
from tests.clock import assert_sooner, reads_the_clock
from tests.end_to_end.conftest import begin
from tests.forked import Programs

ROOT = Path(__file__).parents[2]
TOKEN = "42:VERY-SECRET-TOKEN"
KEY = "very-secret-key"
DEADLINE_S = 60.0


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(token=TOKEN) as emulator:
        yield emulator


@pytest.fixture
async def gemini() -> AsyncIterator[GeminiLiveEmulator]:
    async with GeminiLiveEmulator(key=KEY) as emulator:
        yield emulator


@pytest.fixture
def environment(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, tmp_path: Path, migrated: Path
) -> dict[str, str]:
    (tmp_path / "data").mkdir()
    shutil.copy(migrated, tmp_path / "data")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_BASE_URL": telegram.url,
        "GOOGLE_API_KEY": KEY,
        "GOOGLE_GEMINI_BASE_URL": gemini.url,
        "SSL_CERT_FILE": str(gemini.ca_file),
        "DATA_DIR": str(tmp_path / "data"),
    }


@asynccontextmanager
async def program(name: str, *arguments: str, environment: dict[str, str]) -> AsyncIterator[Process]:
    """Started in a directory without `.env`; killed if it is still there at the end."""
    directory = environment["DATA_DIR"]
    await asyncio.to_thread(os.makedirs, directory, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / name), *arguments, cwd=directory, env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: Process) -> tuple[int | None, str, str]:
    async with asyncio.timeout(DEADLINE_S):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


Run = Callable[..., Awaitable[tuple[int | None, str, str]]]


@pytest.fixture
def run(programs: Programs, environment: dict[str, str], tmp_path: Path) -> Run:
    """`await run("bot.py", SETTING="value")`: exit status and output of a process that need not load the program. For
    what is not about the start itself."""

    async def to_its_end(name: str, *arguments: str, **change: str) -> tuple[int | None, str, str]:
        async with programs(name, environment | change, tmp_path, arguments) as process, asyncio.timeout(DEADLINE_S):
            return await process.wait(), *process.output()

    return to_its_end


async def test_without_any_setting_it_says_what_is_missing_and_ends(environment: dict[str, str]) -> None:
    async with program("bot.py", environment={name: environment[name] for name in ("PATH", "DATA_DIR")}) as process:
        status, out, err = await ended(process)
    assert (status, out) == (2, "")
    assert err.startswith("Не задан TELEGRAM_BOT_TOKEN: откройте в Telegram @BotFather")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"GOOGLE_API_KEY": ""}, "Не задан GOOGLE_API_KEY: создайте ключ на https://aistudio.google.com/apikey"),
        ({"WEB_PORT": "много"}, "Настройка WEB_PORT задана неверно: сверьтесь с образцом в .env.example."),
        ({"LIVE_PROVIDER": "openai"}, "LIVE_PROVIDER=openai пока не поддерживается"),
        ({"DATA_DIR": "/proc/nowhere"}, "В каталог DATA_DIR нельзя писать"),
        ({"SSL_CERT_FILE": "/proc/nowhere"}, "Файл из SSL_CERT_FILE не читается"),
        ({"SSL_CERT_FILE": __file__}, "Файл из SSL_CERT_FILE не читается"),
    ],
)
async def test_a_wrong_setting_is_one_sentence_and_exit_status_2(
    change: dict[str, str], sentence: str, run: Run
) -> None:
    status, out, err = await run("bot.py", **change)
    assert (status, out) == (2, "")
    assert err.startswith(sentence)
    assert len(err.splitlines()) == 1


LATER = (
    *("PIL", "aiosmtplib", "alembic", "asyncpg", "av", "docx", "docxtpl", "ffmpeg", "google.genai", "lxml", "mcp"),
    *(
        "openpyxl",
        "pillow_heif",
        "pydub",
        "pymorphy3",
        "pypdfium2",
        "sqlalchemy.dialects.postgresql",
        "typst",
        "uvicorn",
    ),
)
"""Each takes some hundredths of a second or more to load, and no poll needs it."""


async def test_a_rejected_token_is_one_sentence_and_what_polling_does_not_need_is_not_loaded_until_then(
    environment: dict[str, str],
) -> None:
    change = {"TELEGRAM_BOT_TOKEN": "1:wrong", "PYTHONPROFILEIMPORTTIME": "1"}
    async with program("bot.py", environment=environment | change) as process:
        status, out, err = await ended(process)
    loaded = {line.rpartition("|")[2].strip() for line in err.splitlines() if line.startswith("import time:")}
    (sentence,) = (line for line in err.splitlines() if not line.startswith("import time:"))
    assert (status, out) == (2, "")
    assert sentence.startswith("Telegram не принял TELEGRAM_BOT_TOKEN")
    assert {"services", "storage.inbox", "telegram.ext"} <= loaded
    assert [name for name in LATER if name in loaded] == []
    assert not {"paperwork.arguments", "dictation.comparison"} & loaded, "the functions were read"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "database_newer"),
        ("DROP TABLE choices", "database_half_migrated"),
        ("", "database_damaged"),
    ],
    ids=["newer", "half migrated", "no database"],
)
async def test_a_database_that_cannot_be_used_is_one_sentence_and_exit_status_2(
    spoil: str, sentence: str, run: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    async with open_database(None, tmp_path / "data") as database, database.transaction() as connection:
        if spoil:
            await connection.execute(text(spoil))
    if not spoil:
        (tmp_path / "data" / "voice.sqlite3").write_bytes(b"no database at all" * 99)
    assert await run("bot.py") == (2, "", sentences("ru")[f"setup.{sentence}"] + "\n")


@reads_the_clock
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_within_a_second_when_idle(
    number: signal.Signals, telegram: TelegramEmulator, environment: dict[str, str]
) -> None:
    begun = monotonic()
    async with program("bot.py", environment=environment) as process:
        await telegram.wait_for(lambda call: call.method == "getUpdates", timeout=DEADLINE_S)
        process.send_signal(number)
        asked_at = monotonic()
        starting = asked_at - begun
        status, _, err = await ended(process)
        took = monotonic() - asked_at
    assert status == 0
    assert "Traceback" not in err
    # A second when nothing else runs; on a busy machine no longer than the start, which is more work.
    assert_sooner(took, max(1, starting))


async def test_telegram_out_of_reach_at_the_start_is_said_and_waited_out(
    telegram: TelegramEmulator, programs: Programs, environment: dict[str, str], tmp_path: Path
) -> None:
    telegram.fault("getMe", Refusal(502, "Bad Gateway"), times=2)
    async with programs("bot.py", environment, tmp_path) as process, asyncio.timeout(DEADLINE_S):
        await telegram.wait_for(lambda call: call.method == "getUpdates", timeout=DEADLINE_S)
        process.terminate()
        status, (_, err) = await process.wait(), process.output()
    assert status == 0
    assert err.count("Telegram пока недоступен; повторяю попытки, пока он не ответит.\n") == 1
    (line,) = (line for line in err.splitlines() if "Telegram is out of reach" in line)
    assert "reason=NetworkError" in line
    assert "extra" not in line


async def test_a_webhook_that_telegram_refuses_is_no_started_bot(
    telegram: TelegramEmulator, run: Run, unused_tcp_port: int
) -> None:
    telegram.fault("setWebhook", Refusal(400, "Bad Request: bad webhook: Failed to resolve host"))
    hook = {"WEBHOOK_URL": "https://site.example/hook", "WEB_PORT": str(unused_tcp_port)}
    status, _, err = await run("bot.py", **hook)
    assert status == 2
    assert "Telegram не принял WEBHOOK_URL" in err
    assert "запущен" not in err


@pytest.mark.parametrize(
    ("host", "reason"),
    [("127.0.0.1", "address_in_use"), ("192.0.2.1", "address_unusable"), ("no name..", "address_unusable")],
)
async def test_an_address_that_cannot_be_listened_on_is_one_sentence_and_exit_status_2(
    host: str, reason: str, environment: dict[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        hook = {"WEBHOOK_URL": "https://site.example/hook", "WEB_HOST": host, "WEB_PORT": str(port)}
        async with program("bot.py", environment=environment | hook) as process:
            status, _, err = await ended(process)
    assert status == 2
    assert err.endswith(sentences("ru")[f"setup.{reason}"].format(host=host, port=port) + "\n")
    assert "Traceback" not in err


async def test_with_a_webhook_it_says_that_it_runs_and_its_server_says_nothing(
    telegram: TelegramEmulator, environment: dict[str, str], unused_tcp_port: int
) -> None:
    hook = {"WEBHOOK_URL": f"http://127.0.0.1:{unused_tcp_port}/hook", "WEB_PORT": str(unused_tcp_port)}
    async with program("bot.py", environment=environment | hook) as process:
        assert process.stderr is not None
        lines: list[str] = []
        async with asyncio.timeout(DEADLINE_S):
            while not lines or "запущен" not in lines[-1]:
                lines.append((await process.stderr.readline()).decode())
        process.terminate()
        status, _, err = await ended(process)
    assert status == 0
    assert [call for call in telegram.calls if call.method == "setWebhook"]
    assert "vicorn" not in "".join(lines) + err
    assert "color_message" not in "".join(lines) + err


async def test_neither_secrets_nor_what_people_say_get_into_the_log(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, environment: dict[str, str]
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="секретный ответ", input_transcript="секретный вопрос"))
    gemini.fault(Close(Moment.ACTIVITY_END, code=1011, reason="Internal error encountered."), times=1)
    async with program("bot.py", environment=environment | {"LOG_LEVEL": "DEBUG"}) as process:
        await telegram.wait_for(lambda call: call.method == "getUpdates", timeout=DEADLINE_S)
        await begin(ivan)
        await ivan.send_voice(QUESTION.path.read_bytes())
        assert (await ivan.next_message()).caption == "секретный ответ"
        await ivan.send_text("секретный текст")
        await ivan.next_message()
        await ivan.send_voice(b"broken")
        await ivan.next_message()
        process.terminate()
        status, out, err = await ended(process)
    assert status == 0
    for secret in (TOKEN, "VERY-SECRET", KEY, "секретн", "Иван"):
        assert secret not in out + err
