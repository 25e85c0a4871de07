"""The HTTP side of the chat page: a person's Telegram in a browser, for this machine only."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from . import media
from .answers import file_bytes
from .arguments import MAX_UPLOAD_BYTES
from .chat import Chat, ChatEvent
from .messages import BotMessage, Message, SentMessage
from .server import ClientGone, unless_gone
from .wire import Json
from .world import World

PAGE = Path(__file__).with_name("page")
_LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]", "::1")


def chat_page(world: World) -> ASGIApp:
    page = _Page(world)
    files = [Mount("/", StaticFiles(directory=PAGE, html=True))] if PAGE.is_dir() else []
    app = Starlette(
        routes=[
            Route("/chat/state", page.state),
            Route("/chat/files/{file_id}", page.file),
            Route("/chat/{chat_id:int}/events", page.events),
            Route("/chat/{chat_id:int}/text", page.text, methods=["POST"]),
            Route("/chat/{chat_id:int}/voice", page.voice, methods=["POST"]),
            Route("/chat/{chat_id:int}/photo", page.photo, methods=["POST"]),
            Route("/chat/{chat_id:int}/document", page.document, methods=["POST"]),
            Route("/chat/{chat_id:int}/press", page.press, methods=["POST"]),
            *files,
        ]
    )
    return _OnlyFromHere(app)


class _OnlyFromHere:
    """Refuses what a page from elsewhere sends, also by way of a name that it has pointed at this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        host = request.headers.get("host", "")
        origin = request.headers.get("origin")
        local = urlsplit(f"//{host}").hostname in _LOCAL_NAMES
        if not local or (origin is not None and origin != f"http://{host}"):
            await JSONResponse({"error": "only for pages of this machine"}, 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class _Page:
    def __init__(self, world: World) -> None:
        self._world = world

    async def state(self, request: Request) -> Response:
        bot = self._world.bot
        scopes = [("all_private_chats", 0, 0), ("default", 0, 0)]
        commands = self._world.profile.commands_shown(scopes, "ru")
        chats = [{"id": chat.id, "title": chat.title, "type": chat.type} for chat in self._world.chats.values()]
        about = {"id": bot.id, "name": bot.first_name, "username": bot.username, "commands": commands}
        return JSONResponse({"bot": about, "chats": chats, "banner": self._world.banner})

    async def events(self, request: Request) -> Response:
        return _EventStream(self._world, self._chat(request), int(request.query_params.get("after", "0")))

    async def text(self, request: Request) -> Response:
        content = await _json(request)
        text = str(content.get("text") or "").strip()
        if not text:
            raise HTTPException(400, "no text")
        return _sent(await self._chat(request).send_text(text))

    async def voice(self, request: Request) -> Response:
        chat = self._chat(request)
        recording = await _body(request)
        try:
            ogg = await asyncio.to_thread(media.as_ogg, recording)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        told = request.query_params.get("duration", "")
        duration = round(float(told)) if told.replace(".", "", 1).isdigit() else None
        return _sent(await chat.send_voice(ogg, duration=duration))

    async def photo(self, request: Request) -> Response:
        upload, caption = await _upload(request, "photo")
        return _sent(await self._chat(request).send_photo(upload[0], caption=caption))

    async def document(self, request: Request) -> Response:
        (data, name, mime), caption = await _upload(request, "document")
        return _sent(await self._chat(request).send_document(data, name=name, mime=mime, caption=caption))

    async def press(self, request: Request) -> Response:
        chat = self._chat(request)
        content = await _json(request)
        message = chat.history.get(content.get("message_id", 0))
        if not isinstance(message, BotMessage) or not isinstance(content.get("data"), str):
            raise HTTPException(404, "no such button")
        query = await chat.press(message, data=content["data"])
        return JSONResponse({"id": query.id})

    async def file(self, request: Request) -> Response:
        file = self._world.files.get(request.path_params["file_id"])
        if file is None:
            raise HTTPException(404, "no such file")
        answer = file_bytes(file, request.headers.get("range"))
        return _Passed(answer)

    def _chat(self, request: Request) -> Chat:
        try:
            return self._world.chats[request.path_params["chat_id"]]
        except KeyError:
            raise HTTPException(404, "no such chat") from None


class _Passed(Response):
    """An ASGI application in the clothes of a Response."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _EventStream(Response):
    """Server-Sent Events: what has happened in the chat after event number `after`, and what happens."""

    def __init__(self, world: World, chat: Chat, after: int) -> None:
        super().__init__()
        self._world = world
        self._chat = chat
        self._after = max(after, 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
        try:
            while True:
                for event in await unless_gone(receive, self._world.changes.until(self._news)):
                    self._after = event.number
                    data = json.dumps(_event(event), ensure_ascii=False)
                    body = f"id: {event.number}\ndata: {data}\n\n".encode()
                    await send({"type": "http.response.body", "body": body, "more_body": True})
        except ClientGone:
            return

    def _news(self) -> list[ChatEvent] | None:
        return self._chat.events[self._after :] or None


def _event(event: ChatEvent) -> Json:
    content = _message(event.content) if isinstance(event.content, Message) else event.content
    return {"number": event.number, "type": event.type, "message": content}


def _message(message: Message) -> Json:
    ours = isinstance(message, BotMessage)
    sender = message.wire["from"]
    return {
        "message_id": message.message_id,
        "from": "bot" if ours else "person",
        "name": sender["first_name"],
        "date": message.wire["date"],
        "kind": message.kind,
        "text": message.text,
        "caption": message.caption,
        "entities": message.entities,
        "buttons": [
            [{"text": b.text} | ({"url": b.url} if b.url else {"data": b.data}) for b in row]
            for row in (message.buttons if isinstance(message, BotMessage) else [])
        ],
        "file_url": f"/chat/files/{message.file_id}" if message.file_id else None,
        "duration": message.duration,
        "file_name": message.file_name,
        "reply_to": message.reply_to,
    }


def _sent(message: SentMessage) -> Response:
    return JSONResponse({"message_id": message.message_id})


async def _body(request: Request) -> bytes:
    body = b""
    async for block in request.stream():
        body += block
        if len(body) > MAX_UPLOAD_BYTES:
            raise HTTPException(413, "too large")
    return body


async def _json(request: Request) -> Json:
    try:
        content = json.loads(await _body(request))
    except ValueError:
        raise HTTPException(400, "no JSON") from None
    return content if isinstance(content, dict) else {}


async def _upload(request: Request, name: str) -> tuple[tuple[bytes, str | None, str | None], str | None]:
    """The file (bytes, name, MIME type) and the caption."""
    async with request.form() as form:
        upload, caption = form.get(name), form.get("caption")
        if not isinstance(upload, UploadFile):
            raise HTTPException(400, f"no {name}")
        file = (await upload.read(), upload.filename, upload.content_type)
        return file, caption if isinstance(caption, str) and caption else None
