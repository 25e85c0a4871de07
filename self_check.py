"""The self-check behind `python gemini_live_session.py`: does this key open a live conversation?

`--full` tries what only the real server can prove, each row in a connection of its own, and prints a table.
"""

import asyncio
import ssl
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from time import monotonic
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageFont
from websockets.exceptions import ProxyError

from audio.decoder import OpusDecoder
from audio.encoder import VoiceEncoder
from audio.level import is_silent
from errors import AnswerEmpty, AssistantError, ConfigurationError, ProviderError
from live_session import (
    Disconnected,
    FunctionCall,
    FunctionDeclaration,
    GenerationComplete,
    LiveEvent,
    LiveProvider,
    LiveSession,
    ResumptionHandle,
    Setup,
    Speaker,
    Speech,
    Transcript,
    TurnEnded,
)
from prompts.texts import sentences, text
from services import Settings, live_provider, prepare

ANSWER_DEADLINE_S = 60.0
FRAME_BYTES = 3_200
"""100 ms at 16 kHz."""
NUMBER = 4716
"""Shown in a picture and asked back; the model cannot guess it."""
GEMINI = "https://generativelanguage.googleapis.com"


class NotConnected(Exception):
    """No session came about; its cause is the `errors.ProviderError`."""


class Unexpected(Exception):
    """The model answered, but not what was asked. `key` is that of the sentence."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Hearing:
    """What one connection says."""

    def __init__(self) -> None:
        self.speech = b""
        self.said = ""
        self.handle: str | None = None
        self.calls: list[FunctionCall] = []
        self.first_word_at: float | None = None
        self.ended = False
        self._changed = asyncio.Event()
        self._error: Exception | None = None

    def take(self, event: LiveEvent) -> None:
        match event:
            case Speech(pcm):
                self.first_word_at = self.first_word_at or monotonic()
                self.speech += pcm
            case Transcript(Speaker.ASSISTANT, piece):
                self.said += piece
            case ResumptionHandle(handle):
                self.handle = handle or self.handle
            case FunctionCall():
                self.calls.append(event)
            case GenerationComplete():
                self.ended = bool(self.speech)
            case TurnEnded():
                self.ended = True
            case Disconnected(error):
                self._error = error
        self._changed.set()

    async def until(self, reached: Callable[[], object]) -> None:
        """Raises the error that ended the connection, or TimeoutError."""
        async with asyncio.timeout(ANSWER_DEADLINE_S):
            while not reached():
                if self._error is not None:
                    raise self._error
                self._changed.clear()
                await self._changed.wait()


@dataclass(slots=True)
class Exchange:
    """An open connection in which one thing after another is asked."""

    session: LiveSession
    hearing: Hearing

    async def ask(self, *, words: str = "", picture: bytes = b"", pcm: bytes = b"") -> float:
        """Everything in one activity; seconds from its end to the first sound. Raises `errors.AnswerEmpty`."""
        hearing = self.hearing
        hearing.speech, hearing.said, hearing.ended, hearing.first_word_at = b"", "", False, None
        await self.session.begin()
        if picture:
            await self.session.send_image(picture, "image/jpeg")
        if words:
            await self.session.send_text(words)
        for start in range(0, len(pcm), FRAME_BYTES):
            await self.session.send_audio(pcm[start : start + FRAME_BYTES])
        asked_at = monotonic()
        await self.session.end()
        await hearing.until(lambda: hearing.ended)
        if hearing.first_word_at is None or is_silent(hearing.speech):
            raise AnswerEmpty("no sound in the answer")
        return hearing.first_word_at - asked_at


@asynccontextmanager
async def _exchange(provider: LiveProvider, setup: Setup) -> AsyncIterator[Exchange]:
    hearing = Hearing()
    async with AsyncExitStack() as stack:
        try:
            session = await stack.enter_async_context(provider.connect(setup, hearing.take))
        except ProviderError as error:
            raise NotConnected from error
        yield Exchange(session, hearing)


class Check:
    def __init__(self, provider: LiveProvider, voice: str) -> None:
        self._provider = provider
        self._setup = Setup(text("check.instruction"), voice)

    async def first(self) -> float:
        async with _exchange(self._provider, self._setup) as exchange:
            _say("check.started")
            return await exchange.ask(words=text("check.hello"))

    async def recorded_note(self) -> float:
        """The model's own words come back to it as a voice note, through our encoder and decoder."""
        async with _exchange(self._provider, self._setup) as exchange:
            await exchange.ask(words=text("check.say_number", number=NUMBER))
            note = _as_note(exchange.hearing.speech)
        async with _exchange(self._provider, self._setup) as exchange:
            seconds = await exchange.ask(pcm=note, words=text("check.repeat"))
            _expect_number(exchange)
        return seconds

    async def photo_and_text(self) -> float:
        async with _exchange(self._provider, self._setup) as exchange:
            seconds = await exchange.ask(picture=_picture(str(NUMBER)), words=text("check.read_number"))
            _expect_number(exchange)
        return seconds

    async def resumption(self) -> float:
        async with _exchange(self._provider, self._setup) as exchange:
            await exchange.ask(words=text("check.remember", number=NUMBER))
            await exchange.hearing.until(lambda: exchange.hearing.handle)
            handle = exchange.hearing.handle
        resumed = Setup(self._setup.instruction, self._setup.voice, resumption_handle=handle)
        async with _exchange(self._provider, resumed) as exchange:
            seconds = await exchange.ask(words=text("check.recall"))
            _expect_number(exchange)
        return seconds

    async def function_call(self) -> float:
        declaration = FunctionDeclaration("site_number", "The number of this construction site.")
        setup = Setup(self._setup.instruction, self._setup.voice, functions=(declaration,))
        async with _exchange(self._provider, setup) as exchange, asyncio.TaskGroup() as group:
            asking = group.create_task(exchange.ask(words=text("check.call")))
            await exchange.hearing.until(lambda: exchange.hearing.calls or exchange.hearing.ended)
            if not exchange.hearing.calls:
                raise Unexpected("check.not_called")
            for call in exchange.hearing.calls:
                await exchange.session.answer_call(call, {"status": "ok", "number": NUMBER})
            seconds = await asking
            _expect_number(exchange)
        return seconds


FAILURES = (AssistantError, NotConnected, Unexpected, TimeoutError, ExceptionGroup)


def main() -> int:
    """Exit status 0: it works; 1: the model did not answer; 2: a setting or an argument is missing or wrong."""
    parser = ArgumentParser(prog="gemini_live_session.py", description=text("check.about"), allow_abbrev=False)
    parser.add_argument("--full", action="store_true", help=text("check.about_full"))
    full = parser.parse_args().full
    try:
        settings = prepare()
    except ConfigurationError as error:
        _say(f"setup.{error.reason}", **error.details)
        return 2
    return asyncio.run(_check(settings, full=full))


async def _check(settings: Settings, *, full: bool) -> int:
    check = Check(live_provider(settings), settings.gemini_voice)
    rows = (
        ("check.row_note", check.recorded_note),
        ("check.row_photo", check.photo_and_text),
        ("check.row_resumption", check.resumption),
        ("check.row_function", check.function_call),
    )
    try:
        await check.first()
    except FAILURES as error:
        name = "check.row_connection" if isinstance(error, NotConnected) else "check.row_first"
        _say("check.failed", name=text(name), why=_why(error, settings))
        return 1
    _say("check.works")
    return 0 if not full or all([await _row(name, row, settings) for name, row in rows]) else 1


async def _row(name: str, row: Callable[[], Awaitable[float]], settings: Settings) -> bool:
    """Print one row of the table; whether it worked."""
    try:
        seconds = await row()
    except FAILURES as error:
        _say("check.failed", name=text(name), why=_why(error, settings))
        return False
    _say("check.passed", name=text(name), seconds=f"{seconds:.2f}")
    return True


def _why(error: Exception, settings: Settings) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, Unexpected):
        return text(error.key, number=NUMBER)
    if isinstance(error, NotConnected) and isinstance(error.__cause__, AssistantError):
        return _way(error.__cause__.__cause__, settings) or _told(error.__cause__.code)
    return _told(error.code if isinstance(error, AssistantError) else "answer_timed_out")


def _told(code: str) -> str:
    """Whoever runs this is the one who can mend it."""
    return sentences("ru").get(f"operator.{code}") or text(f"error.{code}")


def _way(cause: BaseException | None, settings: Settings) -> str | None:
    """What is wrong on the way to the server, if that is what is wrong."""
    host = _host(settings.google_gemini_base_url or GEMINI)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return text("check.certificate", host=host)
    if not isinstance(cause, OSError | ProxyError):  # a TimeoutError is an OSError
        return None
    if settings.gemini_proxy is not None:
        return text("check.proxy_failed", proxy=_host(settings.gemini_proxy.get_secret_value()), host=host)
    return text("check.unreachable", host=host)


def _host(url: str) -> str:
    """Without the name and password that a proxy's address may hold."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _expect_number(exchange: Exchange) -> None:
    """The transcript writes digits, perhaps with spaces between them."""
    digits = "".join(character for character in exchange.hearing.said if character.isdigit())
    if str(NUMBER) not in digits:
        raise Unexpected("check.wrong_number")


def _as_note(pcm: bytes) -> bytes:
    encoder, decoder = VoiceEncoder(), OpusDecoder()
    encoder.feed(pcm)
    return decoder.feed(encoder.finish()) + decoder.finish()


def _picture(words: str) -> bytes:
    image = Image.new("RGB", (640, 320), "white")
    ImageDraw.Draw(image).text((80, 90), words, "black", ImageFont.load_default(160))
    file = BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def _say(key: str, **details: object) -> None:
    sys.stdout.write(text(key, **details) + "\n")
    sys.stdout.flush()
