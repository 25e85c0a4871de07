"""One client's socket: frames out, frames in, and the ways in which it can fail."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State
from websockets.server import ServerProtocol

from emulators.gemini_live.faults import Abort, Close, HalfOpen, TimedFault
from emulators.gemini_live.records import Connection
from emulators.gemini_live.refusal import cut
from emulators.gemini_live.shared import Bell


class Gone(Exception):
    """The connection was ended from this side."""


class _Protocol(ServerProtocol):
    """Hands pongs to the socket instead of sending them at once."""

    on_pong: Callable[[Frame], None] | None = None

    def send_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG and self.on_pong is not None:
            self.on_pong(frame)
        else:
            super().send_frame(frame)

    def send_pong_now(self, frame: Frame) -> None:
        super().send_frame(frame)


class Socket(ServerConnection):
    """A server connection whose pongs can come late and which can freeze; keeps its `record` true at every frame."""

    record: Connection | None = None
    bell: Bell | None = None
    pong_delay = 0.0
    frozen = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # `serve` builds the protocol itself and offers no way to choose its class.
        self.protocol.__class__ = _Protocol
        assert isinstance(self.protocol, _Protocol)
        self.protocol.on_pong = self._pong
        super().connection_made(transport)

    def _pong(self, frame: Frame) -> None:
        self.loop.call_later(self.pong_delay, self._pong_now, frame) if self.pong_delay else self._pong_now(frame)

    def _pong_now(self, frame: Frame) -> None:
        if self.protocol.state is State.OPEN and not self.frozen:
            assert isinstance(self.protocol, _Protocol)
            self.protocol.send_pong_now(frame)
            self.send_data()
            if self.record is not None:
                self.record.pongs += 1

    def process_event(self, event: Event) -> None:
        super().process_event(event)
        if self.record is None or self.bell is None or not isinstance(event, Frame):
            return
        if event.opcode is Opcode.PING:
            self.record.pings += 1
            self.bell.ring()
        elif event.opcode is Opcode.CLOSE:
            self.record.open = False
            self.bell.ring()

    def data_received(self, data: bytes) -> None:
        if not self.frozen:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.record is not None:
            self.record.open = False
        super().connection_lost(exc)

    def freeze(self) -> None:
        """Neither read nor write any more, and let the other side find out."""
        self.frozen = True
        self.transport.pause_reading()


class Wire:
    """Sends to one client and keeps the record of it; rings the bell after each thing that happened."""

    def __init__(self, socket: Socket, record: Connection, bell: Bell) -> None:
        self._socket = socket
        self._bell = bell
        self.record = record
        socket.record, socket.bell = record, bell

    async def send(self, message: dict[str, Any], *, size: int | None = None) -> None:
        """As one binary frame; `size` is what the record says of the speech inside, in bytes."""
        await self.send_frame_of(message, encoded(message), size=size)

    async def send_frame_of(self, message: dict[str, Any], frame: bytes, *, size: int | None = None) -> None:
        """The same where the frame was made before."""
        await self.send_frame(frame)
        self.record.sent.append(message if size is None else _without_speech(message, size))
        self._bell.ring()

    async def send_frame(self, frame: bytes | str) -> None:
        if self._socket.frozen:
            await self._wait_for_the_end()
        await self._socket.send(frame)

    async def close(self, code: int, reason: str) -> None:
        self.record.open = False
        self._bell.ring()
        if not self._socket.frozen:
            await self._socket.close(code, cut(reason))

    async def strike(self, fault: TimedFault) -> None:
        """What the fault does to the connection: ends it (raises Gone) or keeps whoever calls waiting until then."""
        match fault:
            case Close():
                await self.close(fault.code, fault.reason)
                raise Gone
            case Abort():
                self.record.open = False
                self._socket.transport.abort()
                raise Gone
            case HalfOpen():
                self.record.open = False
                self._socket.freeze()
                self._bell.ring()
        await self._wait_for_the_end()

    async def _wait_for_the_end(self) -> None:
        await self._socket.wait_closed()
        raise Gone

    def thaw(self) -> None:
        """Let go of a frozen socket, without a word to the client."""
        if self._socket.frozen:
            self._socket.transport.abort()

    def delay_pongs(self, seconds: float) -> None:
        self._socket.pong_delay = seconds


def encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _without_speech(message: dict[str, Any], size: int) -> dict[str, Any]:
    content = message["serverContent"]
    return {**message, "serverContent": {**content, "modelTurn": {"speech": size}}}
