"""Proxies on 127.0.0.1 that tests put between two ends, and the faults that networks have.

    async with HttpProxy() as proxy: httpx.AsyncClient(proxy=proxy.url)
    async with Socks5Proxy(user="me", password="mine") as proxy: websockets.connect(uri, proxy=proxy.url)
    async with TcpProxy("127.0.0.1", port) as proxy: connect(proxy.host, proxy.port); proxy.freeze()

All three have the faults; when the block ends, every socket and task of theirs is gone.

Nothing leaves the machine: a target that is not the loopback is noted in `connections` and refused.
"""

import asyncio
import base64
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import Literal, NoReturn, Self
from urllib.parse import urlsplit

Direction = Literal["up", "down"]
"""Up is from the one who connected to the server behind the proxy."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_OPENING_S = 5.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class _End:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def reset(self) -> None:
        """The other side is told RST, not FIN: `ConnectionResetError` instead of an end of file."""
        if not self.writer.is_closing():
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.writer.transport.abort()


@dataclass(frozen=True)
class _Link:
    client: _End
    server: _End

    def reset(self) -> None:
        self.client.reset()
        self.server.reset()


class _Refused(Exception):
    """The client was told no, in the words of its protocol."""


class _Proxy:
    """What all proxies have in common; each negotiates in its own way how the far end is reached."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.port = 0
        self.connections: list[str] = []  # `host:port` of each target that was asked for, in order
        self._tasks: set[asyncio.Task[None]] = set()
        self._links: set[_Link] = set()
        self._flowing = asyncio.Event()
        self._another_link = asyncio.Event()
        self._left: dict[Direction, int] = {}

    async def __aenter__(self) -> Self:
        self._flowing.set()
        self._group = await asyncio.TaskGroup().__aenter__()
        await self.accept()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    async def accept(self) -> None:
        """Listen; again on the same port after `refuse`."""
        self._server = await asyncio.start_server(self._connected, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """From now on a new connection is refused; those that are open stay."""
        self._server.close()

    def freeze(self) -> None:
        """Half-open: every socket stays open, new ones are taken, and nothing goes through, not even an end."""
        self._flowing.clear()

    def thaw(self) -> None:
        """What was held back goes through, then everything else."""
        self._flowing.set()

    def reset_all(self) -> None:
        """RST to both sides of every open connection."""
        for link in self._links:
            link.reset()

    def reset_after(self, n_bytes: int, direction: Direction) -> None:
        """Let so many more bytes through in this direction, all connections together, then reset the one at hand."""
        self._left[direction] = n_bytes

    async def connected(self, count: int, timeout: float = 5.0) -> None:
        """Wait until so many connections go through at once."""
        async with asyncio.timeout(timeout):
            while len(self._links) < count:
                self._another_link.clear()
                await self._another_link.wait()

    async def _negotiate(self, client: _End) -> _End:
        raise NotImplementedError

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._server.is_serving():
            writer.transport.abort()  # it came in between the last `accept` of the kernel and ours
            return
        task = self._group.create_task(self._serve(_End(reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: _End) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, _Refused):
            try:
                async with asyncio.timeout(_OPENING_S):
                    server = await self._negotiate(client)
                await self._relay(_Link(client, server))
            finally:
                await _closed(client)

    async def _relay(self, link: _Link) -> None:
        self._links.add(link)
        self._another_link.set()
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(link, "up"))
                both.create_task(self._pump(link, "down"))
        finally:
            self._links.discard(link)
            await _closed(link.server)

    async def _pump(self, link: _Link, direction: Direction) -> None:
        source, sink = (link.client, link.server) if direction == "up" else (link.server, link.client)
        try:
            while data := await source.reader.read(65536):
                await self._flowing.wait()
                allowed = self._allowed(len(data), direction)
                sink.writer.write(data[:allowed])
                await sink.writer.drain()
                if direction in self._left and self._left[direction] == 0:
                    del self._left[direction]
                    link.reset()
            await self._flowing.wait()
            if not sink.writer.is_closing():
                sink.writer.write_eof()
        except OSError:
            link.reset()

    def _allowed(self, size: int, direction: Direction) -> int:
        if direction not in self._left:
            return size
        allowed = min(size, self._left[direction])
        self._left[direction] -= allowed
        return allowed

    async def _dial(self, host: str, port: int) -> _End:
        """Raises `OSError` when the target is not reached."""
        self.connections.append(f"{host}:{port}")
        if host not in _LOOPBACK:
            raise ConnectionRefusedError(f"{host} is not on this machine")
        return _End(*await asyncio.open_connection(host, port))


class TcpProxy(_Proxy):
    """Every connection goes to one server."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self._target = (host, port)

    async def _negotiate(self, client: _End) -> _End:
        return await self._dial(*self._target)


class HttpProxy(_Proxy):
    """`CONNECT`, and requests in absolute form, one a connection; with a user, others get 407."""

    def __init__(self, user: str = "", password: str = "") -> None:
        super().__init__()
        self._login = f"{user}:{password}" if user else ""

    @property
    def url(self) -> str:
        return f"http://{self._login + '@' if self._login else ''}{self.host}:{self.port}"

    async def _negotiate(self, client: _End) -> _End:
        head = (await client.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *headers = head.rstrip("\r\n").split("\r\n")
        method, target = (*request.split(" "), "", "")[:2]
        if not self._may(headers):
            await _refuse(client, b'HTTP/1.1 407 Who are you?\r\nProxy-Authenticate: Basic realm="proxy"\r\n')
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        if url.hostname is None:
            await _refuse(client, b"HTTP/1.1 400 Not a request to a proxy\r\n")
        try:
            server = await self._dial(url.hostname, url.port or 80)
        except OSError:
            await _refuse(client, b"HTTP/1.1 502 Not reached\r\n")
        if method == "CONNECT":
            client.writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            return server
        path = url._replace(scheme="", netloc="").geturl() or "/"
        kept = [line for line in headers if not line.lower().startswith(("proxy-", "connection:"))]
        lines = [f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]
        server.writer.write("\r\n".join(lines).encode("latin-1"))
        return server

    def _may(self, headers: list[str]) -> bool:
        expected = "Basic " + base64.b64encode(self._login.encode()).decode()
        sent = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
        return not self._login or sent.get("proxy-authorization") == expected


class Socks5Proxy(_Proxy):
    """RFC 1928, `CONNECT` only; with a user, RFC 1929 as well."""

    def __init__(self, user: str = "", password: str = "") -> None:
        super().__init__()
        self._login = (user, password)

    @property
    def url(self) -> str:
        return f"socks5://{':'.join(self._login) + '@' if self._login[0] else ''}{self.host}:{self.port}"

    async def _negotiate(self, client: _End) -> _End:
        await self._authenticate(client)
        version, command, _, kind = await client.reader.readexactly(4)
        host = await self._address(client, kind)
        port = int.from_bytes(await client.reader.readexactly(2), "big")
        if (version, command) != (5, 1):
            await _refuse(client, b"\x05\x07\x00\x01" + bytes(6), end=b"")
        try:
            server = await self._dial(host, port)
        except OSError:
            await _refuse(client, b"\x05\x05\x00\x01" + bytes(6), end=b"")
        client.writer.write(b"\x05\x00\x00\x01" + bytes(6))
        return server

    async def _authenticate(self, client: _End) -> None:
        _, count = await client.reader.readexactly(2)
        method = 2 if self._login[0] else 0
        if method not in await client.reader.readexactly(count):
            await _refuse(client, b"\x05\xff", end=b"")
        client.writer.write(bytes((5, method)))
        if method == 2:
            await client.reader.readexactly(1)
            sent = (await self._text(client), await self._text(client))
            if sent != self._login:
                await _refuse(client, b"\x01\x01", end=b"")
            client.writer.write(b"\x01\x00")

    async def _address(self, client: _End, kind: int) -> str:
        if kind == 3:
            return await self._text(client)
        return str(ip_address(await client.reader.readexactly(4 if kind == 1 else 16)))

    @staticmethod
    async def _text(client: _End) -> str:
        [size] = await client.reader.readexactly(1)
        return (await client.reader.readexactly(size)).decode()


async def _refuse(client: _End, answer: bytes, *, end: bytes = b"Content-Length: 0\r\n\r\n") -> NoReturn:
    client.writer.write(answer + end)
    await client.writer.drain()
    raise _Refused


async def _closed(end: _End) -> None:
    """Closed and gone; what could not be sent in time is dropped."""
    end.writer.close()
    try:
        async with asyncio.timeout(1):
            await end.writer.wait_closed()
    except OSError:
        end.writer.transport.abort()
