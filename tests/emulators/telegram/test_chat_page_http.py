import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot
from tests.emulators.telegram.samples import jpeg, tone

STOP = {"inline_keyboard": [[{"text": "стоп", "callback_data": "stop"}, {"text": "сайт", "url": "https://a.b/"}]]}


@asynccontextmanager
async def events(bot: RawBot, after: int = 0) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    async with bot.http.stream("GET", f"{bot.url}/chat/1/events?after={after}") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.aiter_lines()
        yield (json.loads(line.removeprefix("data: ")) async for line in lines if line.startswith("data: "))


async def test_the_page_sees_what_happens_from_the_beginning(bot: RawBot, ivan: Chat) -> None:
    await ivan.send_text("привет")
    async with asyncio.timeout(10), events(bot) as stream:
        first = await anext(stream)
        assert (first["number"], first["type"]) == (1, "message")
        assert first["message"] | {"date": 0} == {
            "message_id": 101, "from": "person", "name": "Иван", "date": 0, "kind": "text", "text": "привет",
            "caption": None, "entities": [], "buttons": [], "file_url": None, "duration": None, "file_name": None,
            "reply_to": None,
        }  # fmt: skip
        sent = await bot.get("sendMessage", chat_id=1, text="a", reply_markup=STOP)
        message = (await anext(stream))["message"]
        assert (message["from"], message["name"]) == ("bot", "Ассистент")
        assert message["buttons"] == [[{"text": "стоп", "data": "stop"}, {"text": "сайт", "url": "https://a.b/"}]]
        await bot.get("editMessageText", chat_id=1, message_id=sent["message_id"], text="б")
        await bot.get("sendChatAction", chat_id=1, action="typing")
        await bot.get("deleteMessage", chat_id=1, message_id=sent["message_id"])
        assert [(await anext(stream))["type"] for _ in range(3)] == ["edit", "action", "delete"]
    async with asyncio.timeout(10), events(bot, after=4) as stream:
        assert (await anext(stream))["type"] == "delete"


async def test_a_person_writes_and_presses_at_the_page(bot: RawBot, ivan: Chat) -> None:
    await bot.http.post(f"{bot.url}/chat/1/text", json={"text": "/start"})
    sent = await bot.get("sendMessage", chat_id=1, text="a", reply_markup=STOP)
    press = {"message_id": sent["message_id"], "data": "stop"}
    assert (await bot.http.post(f"{bot.url}/chat/1/press", json=press)).status_code == 200
    message, query = await bot.get("getUpdates")
    assert message["message"]["entities"][0]["type"] == "bot_command"
    assert query["callback_query"]["data"] == "stop"
    await bot.get("answerCallbackQuery", callback_query_id=query["callback_query"]["id"], text="хорошо")
    async with asyncio.timeout(10), events(bot, after=2) as stream:
        answer = await anext(stream)
    assert (answer["type"], answer["message"]["text"]) == ("callback_answer", "хорошо")


@pytest.mark.parametrize("container", ["webm", "ogg"])
async def test_a_recording_of_the_browser_becomes_a_voice_message(bot: RawBot, ivan: Chat, container: str) -> None:
    url = f"{bot.url}/chat/1/voice?duration=1.7"
    assert (await bot.http.post(url, content=tone(2, container))).status_code == 200
    voice = (await bot.get("getUpdates"))[0]["message"]["voice"]
    assert (voice["duration"], voice["mime_type"]) == (2, "audio/ogg")
    content = (await bot.http.get(f"{bot.url}/chat/files/{voice['file_id']}")).content
    assert content.startswith(b"OggS")
    assert (await bot.http.post(url, content=b"noise")).status_code == 400


async def test_photos_and_documents_go_up_by_form(bot: RawBot, ivan: Chat) -> None:
    photo = {"photo": ("a.jpg", jpeg(), "image/jpeg")}
    document = {"document": ("акт.pdf", b"%PDF-", "application/pdf")}
    await bot.http.post(f"{bot.url}/chat/1/photo", files=photo, data={"caption": "что это?"})
    await bot.http.post(f"{bot.url}/chat/1/document", files=document)
    first, second = [update["message"] for update in await bot.get("getUpdates")]
    assert first["caption"] == "что это?"
    assert (second["document"]["file_name"], second["document"]["mime_type"]) == ("акт.pdf", "application/pdf")


async def test_the_page_learns_of_the_bot_and_its_chats(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    await bot.get("setMyCommands", commands=[{"command": "stop", "description": "Завершить"}])
    telegram.say_on_page("Отвечает эмулятор.")
    state = (await bot.http.get(f"{bot.url}/chat/state")).json()
    assert state["banner"] == "Отвечает эмулятор."
    assert state["chats"] == [{"id": 1, "title": "Иван", "type": "private"}]
    assert state["bot"]["commands"] == [{"command": "stop", "description": "Завершить"}]


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:8081"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
    ],
)
@pytest.mark.parametrize("path", ["/chat/state", "/chat/1/events", "/chat/files/x", "/"])
async def test_pages_from_elsewhere_are_refused(bot: RawBot, ivan: Chat, headers: dict[str, str], path: str) -> None:
    assert (await bot.http.get(bot.url + path, headers=headers)).status_code == 403
    assert (await bot.http.post(f"{bot.url}/chat/1/text", headers=headers, json={"text": "a"})).status_code == 403
    assert ivan.history == {}


async def test_its_own_page_is_let_in_under_either_name(bot: RawBot, telegram: TelegramEmulator) -> None:
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{telegram.port}"
        headers = {"host": host, "origin": f"http://{host}"}
        assert (await bot.http.get(f"{bot.url}/chat/state", headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/chat/9/text", "/chat/files/x", "/nowhere"])
async def test_what_is_not_there_is_404(bot: RawBot, path: str) -> None:
    method = "POST" if path.endswith("text") else "GET"
    response: httpx.Response = await bot.http.request(method, bot.url + path, json={"text": "a"})
    assert response.status_code == 404
