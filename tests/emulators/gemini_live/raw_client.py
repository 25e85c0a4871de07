"""A client of plain frames, to break rules with."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from emulators.gemini_live import GeminiLiveEmulator

DEADLINE = 10
PATH = "//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
Message = dict[str, Any]
MANUAL = {"realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}
START: Message = {"realtimeInput": {"activityStart": {}}}
END: Message = {"realtimeInput": {"activityEnd": {}}}


def setup(**fields: Any) -> Message:
    """Manual activities unless `realtimeInputConfig` says otherwise."""
    return {"setup": {"model": "models/gemini-3.8-live", **MANUAL, **fields}}


def audio(pcm: bytes, mime_type: str = "audio/pcm;rate=16000") -> Message:
    return {"realtimeInput": {"audio": {"data": base64.b64encode(pcm).decode(), "mimeType": mime_type}}}


def video(data: bytes, mime_type: str = "image/jpeg") -> Message:
    return {"realtimeInput": {"video": {"data": base64.urlsafe_b64encode(data).decode(), "mimeType": mime_type}}}


def text(words: str) -> Message:
    return {"realtimeInput": {"text": words}}


def content(words: str, role: str = "user", *, complete: bool = True) -> Message:
    return {"clientContent": {"turns": [{"role": role, "parts": [{"text": words}]}], "turnComplete": complete}}


class RawClient:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, *messages: Message | str | bytes) -> None:
        for message in messages:
            await self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    async def receive(self) -> Message:
        async with asyncio.timeout(DEADLINE):
            frame = await self.socket.recv()
        assert isinstance(frame, bytes), "the server sends binary frames"
        message: Message = json.loads(frame)
        return message

    async def until(self, wanted: Callable[[Message], bool]) -> list[Message]:
        """All messages up to and including the wanted one."""
        messages = [await self.receive()]
        while not wanted(messages[-1]):
            messages.append(await self.receive())
        return messages

    async def turn(self) -> list[Message]:
        return await self.until(lambda message: message.get("serverContent", {}).get("turnComplete", False))

    async def handle(self) -> str:
        """The next resumption handle."""
        messages = await self.until(lambda message: "newHandle" in message.get("sessionResumptionUpdate", {}))
        handle: str = messages[-1]["sessionResumptionUpdate"]["newHandle"]
        return handle

    async def ask(self, *messages: Message) -> list[Message]:
        """One manual activity with these messages inside, and its turn."""
        await self.send(START, *messages, END)
        return await self.turn()

    async def closed(self) -> tuple[int, str]:
        """Code and reason with which the server closes; what it sends before is dropped."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


@asynccontextmanager
async def dial(
    gemini: GeminiLiveEmulator, path: str = PATH, key: str | None = "test-key", **options: Any
) -> AsyncIterator[RawClient]:
    """A socket before its setup."""
    context = ssl.create_default_context(cafile=str(gemini.ca_file))
    headers = {} if key is None else {"x-goog-api-key": key}
    options = {"max_size": None, "ping_interval": None, "close_timeout": 2, **options}
    address = f"wss://localhost:{gemini.port}{path}"
    async with connect(address, ssl=context, additional_headers=headers, proxy=None, **options) as socket:
        yield RawClient(socket)


@asynccontextmanager
async def session(gemini: GeminiLiveEmulator, **fields: Any) -> AsyncIterator[RawClient]:
    """A socket after `setupComplete`."""
    async with dial(gemini) as client:
        await client.send(setup(**fields))
        assert "setupComplete" in await client.receive()
        yield client


def speech(messages: list[Message]) -> bytes:
    """All sound of these messages, joined."""
    return b"".join(base64.b64decode(part["inlineData"]["data"]) for part in parts(messages) if "inlineData" in part)


def parts(messages: list[Message]) -> list[Message]:
    return [part for content in contents(messages) for part in content.get("modelTurn", {}).get("parts", [])]


def contents(messages: list[Message]) -> list[Message]:
    return [message["serverContent"] for message in messages if "serverContent" in message]


def keys(messages: list[Message]) -> list[str]:
    """What each message tells, repetitions in a row left out."""
    told: list[str] = []
    for message in messages:
        for key in message:
            names = list(message[key]) if key == "serverContent" else [key]
            told += [name for name in names if not told or told[-1] != name]
    return told


def transcript(messages: list[Message], kind: str = "outputTranscription") -> str:
    return "".join(content[kind]["text"] for content in contents(messages) if kind in content)
