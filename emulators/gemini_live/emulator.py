"""The Gemini Live API on this machine: TLS, WebSocket, BidiGenerateContent."""

import asyncio
import http
import json
import ssl
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import trustme
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from emulators.gemini_live.answers import Answer, Model, Remembered
from emulators.gemini_live.faults import DelayedPongs, Fault, HttpError
from emulators.gemini_live.listening_model import ListeningModel
from emulators.gemini_live.records import Connection, Heard, Turn
from emulators.gemini_live.shared import Behaviour, Shared
from emulators.gemini_live.talk import PATH, Talk
from emulators.gemini_live.wire import Socket

HTTP_STATUS_WORDS = {403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
CLOSE_TIMEOUT = 2.0
"""Seconds for the client's half of a closing handshake."""


class GeminiLiveEmulator:
    """An asynchronous context manager; `model` (default: `ListeningModel`) answers when nothing is scripted.

    Leaving it closes all connections and raises the first error of the emulator or its model.
    """

    connections: list[Connection]
    turns: list[Turn]
    """Across connections, in the order in which they ended."""
    ca_file: Path
    """Certificate of the authority, PEM; gone after the block."""
    port: int

    def __init__(
        self, key: str = "test-key", port: int = 0, model: Model | None = None, *, behaviour: Behaviour | None = None
    ) -> None:
        self.port = port
        self.connections = []
        self.turns = []
        self._model = model or ListeningModel()
        self._answers: deque[Answer] = deque()
        self._talks: list[Talk] = []
        self._errors: list[Exception] = []
        self._stack = AsyncExitStack()
        self._shared = Shared(frozenset({key}), behaviour or Behaviour(), self._answer, self._ended)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="gemini-live-ca-"))
            self.ca_file = Path(directory) / "ca.pem"
            server = await stack.enter_async_context(
                serve(
                    self._talk,
                    "127.0.0.1",
                    self.port,
                    ssl=_server_context(self.ca_file),
                    process_request=self._handshake,
                    create_connection=Socket,
                    max_size=self._shared.behaviour.max_frame_bytes,
                    ping_interval=None,
                    close_timeout=CLOSE_TIMEOUT,
                )
            )
            self.port = next(iter(server.sockets)).getsockname()[1]
            stack.callback(self._thaw)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        if self._errors and error is None:
            raise self._errors[0]

    @property
    def url(self) -> str:
        """`https://localhost:PORT`, for `GOOGLE_GEMINI_BASE_URL`."""
        return f"https://localhost:{self.port}"

    async def wait_until(self, condition: Callable[["GeminiLiveEmulator"], bool], timeout: float = 20) -> None:
        """Returns as soon as `condition(self)` holds; looks after each thing that happens here. Raises TimeoutError."""
        try:
            async with asyncio.timeout(timeout):
                while not condition(self):
                    await self._shared.bell.rung()
        except TimeoutError as error:
            raise TimeoutError(
                f"not so within {timeout} s: {len(self.connections)} connections, {len(self.turns)} turns, "
                f"close codes {[connection.close_code for connection in self.connections]}"
            ) from error

    def say(self, *answers: Answer) -> None:
        """Queue answers for the next turns, whichever connection they come from."""
        self._answers.extend(answers)

    def fault(self, fault: Fault, times: int | None = 1, connection: Connection | None = None) -> None:
        """Queue a fault to strike `times` (`None`: always), at `connection` or wherever its moment comes first."""
        talks = [talk for talk in self._talks if talk.record is connection]
        if isinstance(fault, DelayedPongs) and talks:
            talks[0].delay_pongs(fault.seconds)
        else:
            self._shared.faults.add(fault, times, connection)

    def drop_all(self, code: int = 1011, reason: str = "Internal error encountered.") -> None:
        """Close every open connection now."""
        for talk in self._talks:
            if talk.record.open:
                talk.start(talk.close(code, reason))

    def go_away(self, seconds: float, code: int = 1001, reason: str = "") -> None:
        """Tell every open connection that it ends in so many seconds, and end it then."""
        for talk in self._talks:
            if talk.record.open:
                talk.start(talk.go_away(seconds, code, reason))

    def expire_handles(self) -> None:
        """Forget all resumption handles, as the real server does two hours after the connection's end."""
        self._shared.handles.forget_all()

    def _handshake(self, socket: ServerConnection, request: Request) -> Response | None:
        if not PATH.fullmatch(urlsplit(f"//host{request.path}").path):
            return _refused(socket, 404, "The requested URL was not found on this server.")
        fault = self._shared.faults.take(HttpError, None)
        return None if fault is None else _refused(socket, fault.status, http.HTTPStatus(fault.status).phrase)

    async def _talk(self, socket: ServerConnection) -> None:
        assert isinstance(socket, Socket)
        assert socket.request is not None
        record = Connection(socket.request.path, socket.request.headers)
        talk = Talk(self._shared, socket, record)
        self.connections.append(record)
        self._talks.append(talk)
        self._shared.bell.ring()
        try:
            await talk.run()
        except* Exception as errors:  # an error of the emulator or its model must not pass for one of the client
            self._errors.extend(_leaves(errors))
        finally:
            self._talks.remove(talk)
            self._forget_old()

    async def _answer(self, heard: Heard, history: Sequence[Remembered]) -> Answer:
        return self._answers.popleft() if self._answers else await self._model.answer(heard, history)

    def _ended(self, turn: Turn) -> None:
        self.turns.append(turn)
        self._shared.bell.ring()

    def _forget_old(self) -> None:
        keep = self._shared.behaviour.keep
        if keep is not None:
            del self.turns[: max(0, len(self.turns) - keep)]
            closed = [connection for connection in self.connections if not connection.open]
            for connection in closed[: max(0, len(closed) - keep)]:
                self.connections.remove(connection)

    def _thaw(self) -> None:
        for talk in self._talks:
            talk.thaw()


def _server_context(ca_file: Path) -> ssl.SSLContext:
    """TLS by an authority of its own, whose certificate is written to `ca_file`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


def _refused(socket: ServerConnection, status: int, message: str) -> Response:
    """The API's JSON error."""
    error = {"code": status, "message": message, "status": HTTP_STATUS_WORDS.get(status, "UNKNOWN")}
    response = socket.respond(status, json.dumps({"error": error}))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json; charset=UTF-8"
    return response


def _leaves(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    found: list[Exception] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
