"""The HTTP door of the Bot API: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

from .answers import file_bytes, refusal, success
from .arguments import Arguments, read_arguments
from .calls import Call
from .disturbance import Reply, carry_out
from .faults import FaultBook, GarbageUpdates, InjectedFault
from .methods import describing, editing, receiving, sending
from .methods.registry import METHODS, Method
from .server import Answer, Broken, ClientGone, Line, unless_gone
from .wire import ApiError
from .world import World

METHOD_MODULES = (describing, editing, receiving, sending)
"""Importing them fills METHODS."""
_PATH = re.compile(r"/(?P<file>file/)?bot(?P<token>[^/]+)/(?P<rest>.*)")


class BotApi:
    """An ASGI application; `is_meant` tells which paths are its own."""

    def __init__(self, world: World, faults: FaultBook, line: Line) -> None:
        self._world = world
        self._faults = faults
        self._line = line

    @staticmethod
    def is_meant(path: str) -> bool:
        return _PATH.fullmatch(path) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        found = _PATH.fullmatch(scope["path"])  # percent-decoded by uvicorn
        if found is None:
            reply: Reply = refusal(ApiError(404, "Not Found"))
        elif found["token"] != self._world.token:
            reply = refusal(ApiError(401, "Unauthorized"))
        elif found["file"]:
            reply = await self._download(request, found["rest"])
        else:
            reply = await self._call(request, found["rest"].strip("/"))
        with suppress(ClientGone):
            await reply(scope, receive, self._dated(send))

    def _dated(self, send: Send) -> Send:
        async def sending_the_date(message: Message) -> None:
            header = self._world.clock.header()
            if message["type"] == "http.response.start" and header is not None:
                message["headers"].append((b"date", header.encode("latin-1")))
            await send(message)

        return sending_the_date

    async def _call(self, request: Request, name: str) -> Reply:
        method = METHODS.get(name.lower())
        call = self._log(method.name if method else name)
        try:
            arguments = await read_arguments(request)
        except ApiError as error:
            return self._end(call, refusal(error))
        except ClientDisconnect:
            return self._hung(call)
        call.received_at = time.monotonic()
        call.params, call.files = arguments.decoded(), arguments.files
        if method is None:
            self._world.problems.append(f"{name} is no method, or none that the emulator knows")
            return self._end(call, refusal(ApiError(404, "Not Found: method not found")))
        call.unknown = tuple(sorted(arguments.values.keys() - method.parameters))
        if call.unknown:
            self._world.problems.append(f"{method.name} has no parameter {', '.join(call.unknown)}")
        fault = self._faults.take(method.name, call.params.get("chat_id"))
        self._world.changes.tell()

        async def work() -> Answer:
            return await self._perform(request, method, arguments, fault)

        return await self._finish(call, request, fault, work)

    async def _perform(
        self, request: Request, method: Method, arguments: Arguments, fault: InjectedFault | None
    ) -> Answer:
        garbage = fault.fault.items if fault and isinstance(fault.fault, GarbageUpdates) else ()
        if garbage:
            arguments.values["timeout"] = "0"
        try:
            if method.waits:
                result = await unless_gone(request.receive, method.handler(self._world, arguments))
            else:
                result = await method.handler(self._world, arguments)
        except ApiError as error:
            return refusal(error)
        return success([*garbage, *result] if garbage else result)

    async def _download(self, request: Request, path: str) -> Reply:
        call = self._log("file")
        call.params = {"file_path": path}
        fault = self._faults.take("file", None)
        self._world.changes.tell()

        async def work() -> Answer:
            file = self._world.files.at(path)
            if file is None:
                return refusal(ApiError(404, "Not Found"))
            return file_bytes(file, request.headers.get("range") if self._world.serve_ranges else None)

        return await self._finish(call, request, fault, work)

    def _log(self, method: str) -> Call:
        call = Call(number=len(self._world.calls) + 1, at=time.monotonic(), method=method)
        self._world.calls.append(call)
        return call

    async def _finish(
        self,
        call: Call,
        request: Request,
        fault: InjectedFault | None,
        work: Callable[[], Awaitable[Answer]],
    ) -> Reply:
        try:
            reply = await carry_out(self._line, request.receive, fault, work)
        except ClientGone:
            return self._hung(call)
        return self._end(call, reply)

    def _hung(self, call: Call) -> Reply:
        call.outcome = "hung"
        self._world.changes.tell()
        return Broken(self._line)

    def _end(self, call: Call, reply: Reply) -> Reply:
        call.ended_at = time.monotonic()
        if isinstance(reply, Answer):
            call.status, call.description, call.result = reply.status, reply.description, reply.result
            call.outcome = "answered" if reply.is_whole else "cut"
        else:
            call.outcome = "cut"
        self._world.changes.tell()
        return reply
