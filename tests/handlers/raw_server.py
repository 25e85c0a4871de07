"""A server that says what a test wrote down, byte for byte, whatever it is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class RawServer:
    """The n-th request, one a connection, gets the n-th answer; then the connection is closed."""

    def __init__(self, *answers: bytes) -> None:
        self.port = 0
        self.requests: list[dict[str, str]] = []
        """The headers of each, names in lower case."""
        self._answers = list(answers)
        self._busy: set[asyncio.StreamWriter] = set()

    @property
    def ranges(self) -> list[str | None]:
        return [request.get("range") for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._busy.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = (line.partition(":") for line in head.splitlines()[1:] if line)
            self.requests.append({name.lower(): value.strip() for name, _, value in lines})
            assert self._answers, "one request too many"
            writer.write(self._answers.pop(0))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._busy.discard(writer)


@asynccontextmanager
async def raw_server(*answers: bytes) -> AsyncIterator[RawServer]:
    raw = RawServer(*answers)
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()
        await server.wait_closed()


def answer(status: int, body: bytes = b"", **headers: object) -> bytes:
    """`content_length=None` leaves the length out: the body then ends with the connection."""
    named = {"content_length": len(body), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", *lines, "", ""]).encode("latin-1") + body


def part(body: bytes, begin: int, total: int | str, **headers: object) -> bytes:
    """206 with these bytes, said to begin there."""
    return answer(206, body, content_range=f"bytes {begin}-{begin + len(body) - 1}/{total}", **headers)
