"""uvicorn inside the owner's event loop, with a way to break a connection off."""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

T = TypeVar("T")

_LAST_CALLS_S = 10


class ClientGone(Exception):
    """The client hung up before its answer was ready."""


class Line:
    """The open connections of the server; ASGI itself knows no way to break one off."""

    def __init__(self) -> None:
        self.connections: set[Any] = set()

    def hang_up(self, scope: Scope, *, at_once: bool) -> None:
        """Reset the connection of this request, or (not `at_once`) close it when what was written is out."""
        for connection in self.connections:
            if connection.client == tuple(scope["client"]):
                if at_once:
                    connection.transport.abort()
                else:
                    connection.transport.close()

    def hang_up_all(self) -> None:
        for connection in self.connections:
            connection.transport.abort()


@asynccontextmanager
async def listening(app: ASGIApp, line: Line, port: int) -> AsyncIterator[int]:
    """Serve on 127.0.0.1; yields the port. On leaving, calls that still wait lose their connection.

    `uvicorn.Server.startup` is called by itself: `serve()` would install signal handlers.
    """
    # No logs: the path of a request holds the bot's token.
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="none",
        http="httptools",
        timeout_keep_alive=75,
        proxy_headers=False,
        date_header=False,  # it would tell the machine's time, which may not be the emulator's
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    line.connections = server.server_state.connections
    # asyncio turns Nagle's delay (40 ms an answer) off only where the protocol is named.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        await server.startup(sockets=[listener])
        try:
            yield listener.getsockname()[1]
        finally:
            # uvicorn's own shutdown waits for the clients, a tenth of a second at least.
            for listening_server in server.servers:
                listening_server.close()
            line.hang_up_all()
            if server.server_state.tasks:
                await asyncio.wait(server.server_state.tasks, timeout=_LAST_CALLS_S)


async def until_gone(receive: Receive) -> None:
    """Returns when the client has hung up; the body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives. Raises `ClientGone`, the work given up, when the client hangs up first."""
    gone = asyncio.create_task(until_gone(receive))
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({gone, task}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        gone.cancel()
        task.cancel()
        await asyncio.wait({gone, task})


class Broken:
    """Instead of an answer: the connection is reset."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._line.hang_up(scope, at_once=True)
        await until_gone(receive)


class Answer:
    """An answer, with what the log of calls needs of it."""

    def __init__(self, body: bytes, status: int, headers: dict[str, str]) -> None:
        self.status = status
        self.description: str | None = None
        self.result: Any = None
        self._body = body
        self._headers = headers
        self._piece, self._interval = 1 << 16, 0.0
        self._cut: tuple[Line, int] | None = None

    def trickle(self, piece: int, interval: float) -> None:
        """Send `piece` bytes every `interval` seconds."""
        self._piece, self._interval = piece, interval

    def cut(self, line: Line, byte: int) -> None:
        """Close the connection after this many bytes of the body."""
        self._cut = (line, byte)

    @property
    def is_whole(self) -> bool:
        return self._cut is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"content-length": str(len(self._body))} | self._headers
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        body = self._body if self._cut is None else self._body[: self._cut[1]]
        for at in range(0, len(body), self._piece):
            await send({"type": "http.response.body", "body": body[at : at + self._piece], "more_body": True})
            if self._interval:
                await unless_gone(receive, asyncio.sleep(self._interval))
        if self._cut is not None:
            self._cut[0].hang_up(scope, at_once=False)
            await until_gone(receive)
        else:
            await send({"type": "http.response.body", "body": b""})
