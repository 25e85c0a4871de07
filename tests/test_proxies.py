import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio
import trustme
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosedError, ProxyError

from tests.proxies import Direction, HttpProxy, Socks5Proxy, TcpProxy

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
AnyProxy = HttpProxy | Socks5Proxy
MAKERS: dict[str, Callable[[], AnyProxy]] = {
    "http": HttpProxy,
    "http+user": lambda: HttpProxy("me", "mine"),
    "socks5": Socks5Proxy,
    "socks5+user": lambda: Socks5Proxy("me", "mine"),
}


@pytest_asyncio.fixture(params=list(MAKERS))
async def proxy(request: pytest.FixtureRequest) -> AsyncIterator[AnyProxy]:
    async with MAKERS[request.param]() as proxy:
        yield proxy


@asynccontextmanager
async def listening(
    handle: Callable[[Reader, Writer], Awaitable[None]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server of one function on 127.0.0.1: gives its port."""

    async def served(reader: Reader, writer: Writer) -> None:
        try:
            await handle(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[None]] = []
        accept = lambda reader, writer: tasks.append(group.create_task(served(reader, writer)))  # noqa: E731
        server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
        yield server.sockets[0].getsockname()[1]
        server.close()
        for task in tasks:
            task.cancel()


async def answer(reader: Reader, writer: Writer) -> None:
    """Says back over HTTP what it was asked."""
    head = await reader.readuntil(b"\r\n\r\n")
    size = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    body = head.split(b"\r\n")[0] + b"|" + await reader.readexactly(size)
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    await writer.drain()


async def echo(reader: Reader, writer: Writer) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def echo_messages(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def test_a_plain_request_goes_through(proxy: AnyProxy) -> None:
    async with listening(answer) as port, httpx.AsyncClient(proxy=proxy.url) as client:
        got = await client.get(f"http://localhost:{port}/path?of=it")
        posted = await client.post(f"http://localhost:{port}/", content=b"a body")
    assert got.text == "GET /path?of=it HTTP/1.1|"
    assert posted.text == "POST / HTTP/1.1|a body"
    assert proxy.connections == [f"localhost:{port}"] * 2


async def test_a_request_over_tls_goes_through(proxy: AnyProxy) -> None:
    authority = trustme.CA()
    server, client_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client_side)
    async with (
        listening(answer, tls=server) as port,
        httpx.AsyncClient(proxy=proxy.url, verify=client_side) as client,
    ):
        assert (await client.post(f"https://localhost:{port}/x", content=b"1" * 200_000)).text.endswith(
            "|" + "1" * 200_000
        )
    assert proxy.connections == [f"localhost:{port}"]


async def test_a_web_socket_goes_through(proxy: AnyProxy) -> None:
    async with serve(echo_messages, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", proxy=proxy.url) as client:
            await client.send("over there")
            assert await client.recv() == "over there"
    assert proxy.connections == [f"127.0.0.1:{port}"]


# Refusals are tried with websockets: after one from a SOCKS proxy httpx leaves its socket to the garbage collector.


async def test_nothing_leaves_the_machine(proxy: AnyProxy) -> None:
    with pytest.raises(ProxyError):
        await connect("wss://198.51.100.7", proxy=proxy.url)
    assert proxy.connections == ["198.51.100.7:443"]


@pytest.mark.parametrize("make", [HttpProxy, Socks5Proxy])
async def test_a_name_is_left_to_the_proxy_to_look_up(make: Callable[[], AnyProxy]) -> None:
    async with make() as proxy:
        with pytest.raises(ProxyError):
            await connect("wss://live.example", proxy=proxy.url.replace("socks5:", "socks5h:"))
    assert proxy.connections == ["live.example:443"]


@pytest.mark.parametrize("name", ["http+user", "socks5+user"])
async def test_a_wrong_password_is_refused(name: str) -> None:
    async with MAKERS[name]() as proxy:
        with pytest.raises(ProxyError):
            await connect("ws://localhost:1", proxy=proxy.url.replace("mine", "yours"))
    assert proxy.connections == []


async def test_a_target_that_refuses_is_told(proxy: AnyProxy) -> None:
    with pytest.raises(ProxyError):
        await connect("ws://localhost:1", proxy=proxy.url)


@asynccontextmanager
async def through(proxy: TcpProxy) -> AsyncIterator[tuple[Reader, Writer]]:
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def test_every_connection_goes_to_the_one_server_and_ends_with_it() -> None:
    async with listening(echo) as port, TcpProxy("127.0.0.1", port) as proxy, through(proxy) as (reader, writer):
        writer.write(b"there and back")
        assert await reader.readexactly(14) == b"there and back"
        writer.write_eof()
        assert await reader.read() == b""
    assert proxy.connections == [f"127.0.0.1:{port}"]


async def test_a_reset_reaches_both_sides() -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def note_the_end(reader: Reader, writer: Writer) -> None:
        try:
            await reader.read()
        except ConnectionResetError:
            seen.put_nowait("reset")

    async with (
        listening(note_the_end) as port,
        TcpProxy("127.0.0.1", port) as proxy,
        through(proxy) as (reader, _),
        asyncio.timeout(5),
    ):
        await proxy.connected(1)
        proxy.reset_all()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        assert await seen.get() == "reset"


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_reset_comes_after_exactly_so_many_bytes(direction: Direction) -> None:
    heard = bytearray()

    async def hear_and_echo(reader: Reader, writer: Writer) -> None:
        while data := await reader.read(65536):
            heard.extend(data)
            writer.write(data)

    async with (
        listening(hear_and_echo) as port,
        TcpProxy("127.0.0.1", port) as proxy,
        through(proxy) as (reader, writer),
        asyncio.timeout(5),
    ):
        proxy.reset_after(70_000, direction)
        writer.write(b"x" * 69_999)
        got = len(await reader.readexactly(69_999))
        writer.write(b"x" * 1000)
        with pytest.raises(ConnectionResetError):  # noqa: PT012 - what comes before the reset is counted
            while data := await reader.read(65536):
                got += len(data)
        assert (len(heard) if direction == "up" else got) == 70_000
        async with through(proxy) as (next_reader, next_writer):
            next_writer.write(b"the next one lives")
            assert await next_reader.readexactly(18) == b"the next one lives"


async def test_frozen_nothing_comes_and_nothing_ends_and_thawed_it_all_arrives() -> None:
    async with listening(echo) as port, TcpProxy("127.0.0.1", port) as proxy, through(proxy) as (reader, writer):
        await proxy.connected(1)
        proxy.freeze()
        writer.write(b"held back")
        writer.write_eof()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
        async with through(proxy) as (other, other_writer), asyncio.timeout(5):
            other_writer.write(b"new")
            await proxy.connected(2)
            proxy.thaw()
            assert await other.readexactly(3) == b"new"
        assert await reader.read() == b"held back"


async def test_a_frozen_web_socket_is_seen_by_its_keepalive() -> None:
    async with serve(echo_messages, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with TcpProxy("127.0.0.1", port) as proxy:
            client = connect(f"ws://{proxy.host}:{proxy.port}", ping_interval=0.1, ping_timeout=0.1, close_timeout=0.1)
            async with client as connection, asyncio.timeout(5):
                proxy.freeze()
                with pytest.raises(ConnectionClosedError, match="keepalive"):
                    await connection.recv()


async def test_refused_connections_do_not_touch_the_open_one_and_the_port_opens_again() -> None:
    async with listening(echo) as port, TcpProxy("127.0.0.1", port) as proxy, through(proxy) as (reader, writer):
        await proxy.connected(1)
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(proxy.host, proxy.port)
        writer.write(b"alive")
        assert await reader.readexactly(5) == b"alive"
        await proxy.accept()
        async with through(proxy) as (next_reader, next_writer):
            next_writer.write(b"back")
            assert await next_reader.readexactly(4) == b"back"


@pytest.mark.parametrize("frozen", [False, True])
async def test_at_the_end_every_socket_and_task_is_gone(frozen: bool) -> None:
    async with listening(echo) as port, asyncio.timeout(5):
        before = asyncio.all_tasks()
        async with TcpProxy("127.0.0.1", port) as proxy:
            connections = [await asyncio.open_connection(proxy.host, proxy.port) for _ in range(5)]
            await proxy.connected(5)
            if frozen:
                proxy.freeze()
            for _, writer in connections:
                writer.write(b"something on its way")
        for reader, writer in connections:
            await reader.read()
            writer.close()
        assert not [task for task in asyncio.all_tasks() - before if "Proxy" in repr(task.get_coro())]
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(proxy.host, proxy.port)
