"""One client's connection from the handshake to the close: messages in their order, by the rules."""

import asyncio
import re
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed

from emulators.gemini_live.answers import Remembered
from emulators.gemini_live.calls import Calls
from emulators.gemini_live.ear import Ear, Started, picture_of
from emulators.gemini_live.faults import DelayedPongs, Moment, Silence
from emulators.gemini_live.memory import Conversation
from emulators.gemini_live.messages import CLIENT_MESSAGE
from emulators.gemini_live.mouth import Mouth
from emulators.gemini_live.proto_json import parse
from emulators.gemini_live.records import Connection, Heard, Image, Said
from emulators.gemini_live.refusal import Refusal, invalid_argument
from emulators.gemini_live.setup import functions, settle, text_of
from emulators.gemini_live.shared import Shared
from emulators.gemini_live.telling import Stage
from emulators.gemini_live.wire import Gone, Socket, Wire

PATH = re.compile(r"//?ws/google\.ai\.generativelanguage\.(v1beta|v1alpha)\.GenerativeService\.BidiGenerateContent")


class Talk:
    def __init__(self, shared: Shared, socket: Socket, record: Connection) -> None:
        self._shared = shared
        self._socket = socket
        self._wire = Wire(socket, record, shared.bell)
        self._tasks = asyncio.TaskGroup()
        self._deaf = False
        """`setupComplete` never comes; what the client sends is read and forgotten."""
        self._session: Session | None = None

    @property
    def record(self) -> Connection:
        return self._wire.record

    async def run(self) -> None:
        """Until the socket is closed by either side. Raises the emulator's own errors only."""
        try:
            async with self._tasks:
                await self._strike_first()
                async for frame in self._socket:
                    await self._take(frame)
                raise Gone
        except* Refusal as refusals:
            refusal = _first(refusals)
            await self._wire.close(refusal.code, refusal.reason)
        except* (Gone, ConnectionClosed):
            pass
        except* Exception:
            await self._wire.close(1011, "Internal error encountered.")
            raise
        finally:
            await self._leave()

    def start(self, work: Awaitable[None]) -> None:
        """Run something besides the reading, for as long as the connection lasts."""
        self._tasks.create_task(_awaited(work))

    async def close(self, code: int, reason: str) -> None:
        await self._wire.close(code, reason)

    async def go_away(self, seconds: float, code: int, reason: str) -> None:
        await self._wire.send({"goAway": {"timeLeft": f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"}})
        await asyncio.sleep(seconds)
        await self._wire.close(code, reason)

    def thaw(self) -> None:
        self._wire.thaw()

    def delay_pongs(self, seconds: float) -> None:
        self._wire.delay_pongs(seconds)

    async def _strike_first(self) -> None:
        pongs = self._shared.faults.take(DelayedPongs, self.record)
        if pongs is not None:
            self._wire.delay_pongs(pongs.seconds)
        await self._strike(Moment.CONNECT)

    async def _strike(self, moment: Moment) -> None:
        fault = self._shared.faults.take_timed(moment, self.record)
        if isinstance(fault, Silence):
            self._deaf = True
        elif fault is not None:
            await self._wire.strike(fault)

    async def _take(self, frame: str | bytes) -> None:
        if self._deaf:
            return
        if self._session is None:
            self._check_key()
        message = parse(frame, CLIENT_MESSAGE)
        if not message:
            raise invalid_argument("The message is empty.")
        if self._session is None:
            await self._set_up(message)
        else:
            await self._session.take(message)
            self.record.messages.append(message)
        self._shared.bell.ring()

    def _check_key(self) -> None:
        asked = parse_qs(urlsplit(self.record.path).query).get("key", [])
        key = self.record.headers.get("x-goog-api-key") or (asked[0] if asked else "")
        if not key:
            raise Refusal(
                1008,
                "Method doesn't allow unregistered callers (callers without established identity). "
                "Please use API Key or other form of API consumer identity to call this API.",
            )
        if key not in self._shared.keys:
            raise Refusal(1007, "API key not valid. Please pass a valid API key.")

    async def _set_up(self, message: dict[str, Any]) -> None:
        if "setup" not in message:
            raise invalid_argument("The first message must be setup.")
        settled = settle(message["setup"], _version(self.record.path))
        self.record.setup = message["setup"]
        self.record.messages.append(message)
        conversation = Conversation(self.record)
        if settled.handle:
            conversation = self._shared.handles.resume(settled.handle, self.record)
        await self._strike(Moment.SETUP)
        if self._deaf:
            return
        stage = Stage(self._shared, self._wire, settled, conversation, Calls(settled))
        self._session = Session(stage, self._tasks)
        await self._wire.send({"setupComplete": {"sessionId": f"session-{id(self.record):x}"}})
        await self._strike(Moment.READY)

    async def _leave(self) -> None:
        await self._socket.wait_closed()
        self.record.open = False
        self.record.close_code = self._socket.close_code
        self.record.close_reason = self._socket.close_reason or ""
        self._shared.bell.ring()


class Session:
    """What a client may say after `setupComplete`."""

    def __init__(self, stage: Stage, tasks: asyncio.TaskGroup) -> None:
        self._stage = stage
        self._ear = Ear(stage.settled)
        self._mouth = Mouth(stage, tasks, lambda: self._ear.listening)
        self._seeding = stage.settled.seeded

    async def take(self, message: dict[str, Any]) -> None:
        """Raises Refusal when it is out of order."""
        match message:
            case {"realtimeInput": realtime}:
                await self._realtime(realtime)
            case {"clientContent": content}:
                await self._content(content)
            case {"toolResponse": response}:
                for one in response.get("functionResponses", []):
                    await self._mouth.respond(one)
            case {"contextUpdate": update}:
                self._update(update)
            case _:
                raise invalid_argument("setup was already sent.")

    async def _realtime(self, realtime: dict[str, Any]) -> None:
        if self._seeding:
            raise invalid_argument("The initial history is not complete.")
        for noticed in self._ear.take(realtime):
            if isinstance(noticed, Started):
                # A call that blocks is given up for any new input, even where speech is not interrupted.
                if self._stage.settled.interruptible or self._mouth.waits_for_calls:
                    await self._mouth.interrupt()
            else:
                self._stage.wire.record.activities.append(noticed)
                self._mouth.answer(noticed)

    async def _content(self, content: dict[str, Any]) -> None:
        entries = [_entry(turn) for turn in content.get("turns", [])]
        complete = content.get("turnComplete", False)
        if self._seeding:
            self._stage.conversation.entries.extend(entries)
            self._seeding = not complete
            return
        if complete:
            await self._mouth.interrupt()
        asked = entries[-1] if entries else Heard()
        if not complete or not isinstance(asked, Heard):
            asked = Heard()
        self._stage.conversation.entries.extend(entry for entry in entries if entry is not asked)
        if complete:
            self._stage.wire.record.activities.append(asked)
            self._mouth.answer(asked)

    def _update(self, update: dict[str, Any]) -> None:
        if "systemInstruction" in update:
            instruction = text_of(update["systemInstruction"])
            self._stage.settled = replace(self._stage.settled, instruction=instruction)
        if "tools" in update:
            self._stage.calls.functions = functions(update["tools"], self._stage.settled.model)


def _entry(content: dict[str, Any]) -> Remembered:
    """A turn of `clientContent`: text and pictures of the person, text of the model."""
    texts: list[str] = []
    pictures: list[Image] = []
    for part in content.get("parts", []):
        match part:
            case {"text": text}:
                texts.append(text)
            case {"inlineData": blob}:
                pictures.append(picture_of(blob))
            case _:
                raise invalid_argument("client_content takes text and images only.")
    now = time.monotonic()
    match content.get("role"):
        case "user":
            return Heard(texts=tuple(texts), pictures=tuple(pictures), at_start=now, at_end=now)
        case "model":
            return Said(text="\n".join(texts))
        case role:
            raise invalid_argument(f"Please use a valid role: user, model. Got {role}.")


def _version(path: str) -> str:
    found = PATH.match(path)
    return found[1] if found else ""


def _first(group: BaseExceptionGroup[Refusal]) -> Refusal:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Refusal)
    return error


async def _awaited(work: Awaitable[None]) -> None:
    await work
