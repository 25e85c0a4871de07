"""Gemini Live over google-genai. Run it as a script to check a key: `python gemini_live_session.py [--full]`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import structlog
from google import genai
from google.genai import errors as genai_errors
from google.genai import types
from google.genai.live import AsyncSession
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.frames import CloseCode

import gemini_wire
from errors import ProviderUnavailable, RequestRejected, SetupRejected, where
from live_session import Disconnected, FunctionCall, FunctionDeclaration, Listener, LiveEvent, Setup
from memory import forget_pages
from tasks import task_group
from tls import trusting

log = structlog.get_logger(__name__)

INPUT_RATE = 16_000
OUTPUT_RATE = 24_000
SETUP_DEADLINE_S = 10.0
PING_EVERY_S = 20.0
PONG_WITHIN_S = 60.0
SEND_DEADLINE_S = 20.0
LONGEST_WRITE = 1 << 13
"""Bytes; a frame of sound is not much longer."""
API_VERSION = "v1beta"  # the SDK defaults to v1, where no document or sample says that Live works


@dataclass(slots=True)
class _Opening:
    """A connection that the SDK is opening in this task."""

    tools: str
    """As JSON; empty when there are none."""
    socket: "_Socket | None" = None


_opening: ContextVar[_Opening] = ContextVar("the connection that is being opened")


class _Socket(ClientConnection):
    """What every turn brings takes a short way past the SDK, which takes longer for it and is handed everything else.

    Both hear from here, so the order of what the server says stays. The declarations of functions join the setup here:
    the SDK would convert them for every connection and hold every step of that as long as the connection lives.
    """

    on_event: Callable[[LiveEvent], None] | None = None
    is_kept = False
    """The SDK lets go of it, and it stays open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        opening = _opening.get()
        opening.socket = self
        self._tools = opening.tools

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.forget_what_was_read()

    def forget_what_was_read(self) -> None:
        """uvloop reads each TLS connection into 256 KiB of its own, which may have been anybody's before and hold
        nothing between two reads."""
        protocol = self.transport.get_extra_info("uvloop.sslproto")
        if protocol is not None:
            forget_pages(protocol.get_buffer(1))

    async def send(self, message: Any, *, text: bool | None = None) -> None:
        if self._tools:
            message, self._tools = gemini_wire.with_tools(message, self._tools), ""
        await super().send(message, text=text)

    async def close(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        if not self.is_kept:
            await super().close(code, reason)

    def send_data(self) -> None:
        # The TLS buffer of a connection grows with the longest write and stays so: a photo is many writes.
        self.protocol.writes = [piece for data in self.protocol.writes for piece in _short(data)]
        super().send_data()

    async def recv(self, decode: bool | None = None) -> Any:
        while True:
            frame = await super().recv(decode)
            events = gemini_wire.plain(frame) if self.on_event is not None else None
            if events is None or self.on_event is None:
                return frame
            for event in events:
                self.on_event(event)


def _short(data: bytes) -> Iterable[bytes]:
    if len(data) <= LONGEST_WRITE:
        return (data,)
    return (data[start : start + LONGEST_WRITE] for start in range(0, len(data), LONGEST_WRITE))


class GeminiLiveSession:
    """One open connection; see `live_session.LiveSession`."""

    def __init__(self, session: AsyncSession, socket: _Socket) -> None:
        self._session = session
        self._socket = socket

    async def begin(self) -> None:
        await _sent(self._socket.send(gemini_wire.mark("activity_start")))

    async def send_audio(self, pcm: bytes) -> None:
        await _sent(self._socket.send(gemini_wire.audio(pcm, INPUT_RATE)))

    async def send_image(self, data: bytes, mime_type: str) -> None:
        await _sent(self._session.send_realtime_input(video=types.Blob(data=data, mime_type=mime_type)))

    async def send_text(self, text: str) -> None:
        await _sent(self._session.send_realtime_input(text=text))

    async def end(self) -> None:
        await _sent(self._socket.send(gemini_wire.mark("activity_end")))

    async def answer_call(self, call: FunctionCall, result: dict[str, Any]) -> None:
        response = types.FunctionResponse(id=call.id, name=call.name, response=result)
        await _sent(self._session.send_tool_response(function_responses=response))

    async def read(self, listener: Listener) -> None:
        """Hand on events until the connection ends; the last one is `Disconnected`.

        Somebody has to read at all times: with 16 unread frames the client answers no ping and kills the connection
        itself. `receive()` ends with every turn, so it is called again for ever.
        """
        self._socket.on_event = lambda event: _tell(listener, event)
        try:
            while True:
                async for message in self._session.receive():
                    for event in gemini_wire.events(message):
                        _tell(listener, event)
                self._socket.forget_what_was_read()
        except _ListenerFailed as failed:
            listener(Disconnected(ProviderUnavailable(str(failed))))
        except genai_errors.APIError as error:
            listener(Disconnected(gemini_wire.close_error(error.code, str(error.details or ""))))
        except Exception as error:  # the SDK raises bare TypeError and ValueError on frames it cannot read
            listener(Disconnected(ProviderUnavailable(f"Gemini sent what cannot be read: {type(error).__name__}")))


class _ListenerFailed(Exception):
    """A bug of ours, which must not be taken for a fault of what Gemini sent."""


def _tell(listener: Listener, event: LiveEvent) -> None:
    try:
        listener(event)
    except Exception as error:
        log.error(
            "the listener failed", event_kind=type(event).__name__, error=type(error).__name__, where=where(error)
        )
        raise _ListenerFailed(f"the listener failed: {type(error).__name__}") from error


class GeminiLive:
    """Opens Gemini Live sessions; see `live_session.LiveProvider`."""

    input_rate = INPUT_RATE
    output_rate = OUTPUT_RATE

    def __init__(self, key: str, model: str, *, base_url: str | None = None, proxy: str | None = None) -> None:
        self._model = model
        self._declared: tuple[tuple[FunctionDeclaration, ...], str] = ((), "")
        self._client = genai.Client(
            api_key=key,
            vertexai=False,
            http_options=types.HttpOptions(
                api_version=API_VERSION,
                base_url=base_url,
                async_client_args=_websocket_arguments(proxy),
            ),
        )

    async def close(self) -> None:
        """Let go of what the SDK holds besides the connections."""
        await self._client.aio.aclose()

    @asynccontextmanager
    async def connect(self, setup: Setup, listener: Listener) -> AsyncIterator[GeminiLiveSession]:
        session, socket = await self._opened(setup)
        try:
            live = GeminiLiveSession(session, socket)
            if setup.history:
                await _sent(session.send_client_content(turns=gemini_wire.history(setup), turn_complete=True))
            async with task_group() as group:
                reader = group.create_task(live.read(listener), name="gemini reader")
                yield live
                reader.cancel()
        finally:
            await socket.close()

    async def _opened(self, setup: Setup) -> tuple[AsyncSession, _Socket]:
        opening = _Opening(await self._tools(setup.functions))
        token = _opening.set(opening)
        try:
            connection = self._client.aio.live.connect(model=self._model, config=gemini_wire.connect_config(setup))
            session = await _opened(connection.__aenter__())
        except RequestRejected as error:
            if setup.resumption_handle is not None:
                raise  # it may be the handle that is refused
            raise SetupRejected(str(error)) from error.__cause__
        finally:
            _opening.reset(token)
        assert opening.socket is not None
        # While the SDK's block is open it holds the setup in five forms: 50 KiB a connection.
        opening.socket.is_kept = True
        await connection.__aexit__(None, None, None)
        opening.socket.is_kept = False
        return session, opening.socket

    async def _tools(self, functions: tuple[FunctionDeclaration, ...]) -> str:
        """Made anew only when other functions are declared than for the last connection: tens of milliseconds."""
        declared, tools = self._declared
        if functions != declared:
            tools = await asyncio.to_thread(gemini_wire.tools, functions)
            self._declared = functions, tools
        return tools


def _websocket_arguments(proxy: str | None) -> dict[str, Any]:
    """Arguments of `websockets.connect`: the SDK hands them on.

    Pongs of 8 to 30 s were seen from Gemini, frames above the default of 1 MiB are possible, and deflate costs three
    times the time of sending a note while base64 audio hardly shrinks.
    """
    trust = trusting()
    arguments: dict[str, Any] = {
        "ssl": trust,
        "verify": trust,  # of the SDK's own HTTP clients, which would each read the roots again
        "ping_interval": PING_EVERY_S,
        "ping_timeout": PONG_WITHIN_S,
        "max_size": 32 * 2**20,
        "open_timeout": SETUP_DEADLINE_S,
        "close_timeout": 1,
        "compression": None,
        "create_connection": _Socket,
        "logger": _quiet_logger(),
    }
    if proxy:
        # Where Gemini is blocked its name may be as well: let the proxy look it up.
        arguments["proxy"] = proxy.replace("socks5://", "socks5h://", 1)
    return arguments


def _quiet_logger() -> logging.Logger:
    """At lower levels the library prints the key and what is said, also into the log of a host application."""
    logger = logging.getLogger("gemini_live_session.socket")
    logger.setLevel(logging.WARNING)
    return logger


async def _opened(opening: Coroutine[Any, Any, AsyncSession]) -> AsyncSession:
    try:
        async with asyncio.timeout(SETUP_DEADLINE_S):
            return await opening
    except genai_errors.APIError as error:
        raise gemini_wire.close_error(error.code, str(error.details or "")) from error
    except ConnectionClosed as error:
        close = error.rcvd
        raise gemini_wire.close_error(close.code if close else 1006, close.reason if close else "") from error
    except InvalidStatus as error:
        raise gemini_wire.handshake_error(error.response.status_code) from error
    except (OSError, TimeoutError, InvalidHandshake, ValueError) as error:
        raise ProviderUnavailable(f"Gemini is out of reach: {type(error).__name__}") from error


async def _sent(sending: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(SEND_DEADLINE_S):
            await sending
    except (ConnectionClosed, OSError, TimeoutError) as error:
        raise ProviderUnavailable(f"Gemini took nothing: {type(error).__name__}") from error


if __name__ == "__main__":
    import self_check

    raise SystemExit(self_check.main())
