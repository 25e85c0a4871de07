"""The person at the chat page and the bot behind it, for the tests of the page."""

import io
import json
import math
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import av
import httpx
from av.container import InputContainer
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from emulators.telegram import Chat, TelegramEmulator

TOKEN = "42:PAGE-TOKEN"


@dataclass
class Desk:
    """The page as a person sees it, and the bot as its program would drive it."""

    page: Page
    telegram: TelegramEmulator
    chat: Chat
    bot: httpx.AsyncClient
    complaints: list[str]
    """What the console said, and requests that left for elsewhere."""

    async def call(self, method: str, files: dict[str, Any] | None = None, /, **fields: Any) -> Any:
        data = {name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in fields.items()}
        answer = (await self.bot.post(method, data=data, files=files)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def say(self, text: str, **fields: Any) -> int:
        return int((await self.call("sendMessage", chat_id=self.chat.id, text=text, **fields))["message_id"])

    async def next_update(self) -> dict[str, Any]:
        """The next thing the person did, as the bot is told."""
        update: dict[str, Any] = (await self.call("getUpdates", timeout=10, limit=1))[0]
        await self.call("getUpdates", offset=update["update_id"] + 1, limit=1)
        return update

    async def download(self, file_id: str) -> bytes:
        path = (await self.call("getFile", file_id=file_id))["file_path"]
        return (await self.bot.get(f"{self.telegram.url}/file/bot{TOKEN}/{path}")).content

    def message(self, text: str) -> Locator:
        return self.page.locator(".message", has_text=text)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)


@asynccontextmanager
async def opened(browser: Browser, width: int = 390, height: int = 844, **options: Any) -> AsyncIterator[Desk]:
    async with (
        TelegramEmulator(token=TOKEN) as telegram,
        httpx.AsyncClient(base_url=f"{telegram.url}/bot{TOKEN}/", timeout=15) as bot,
    ):
        chat = telegram.private_chat(telegram.person(id=1, first_name="Иван"))
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale="ru-RU", permissions=["microphone"], **options
        )
        page = await context.new_page()
        desk = Desk(page, telegram, chat, bot, [])
        page.on(
            "console", lambda line: desk.complaints.append(line.text) if line.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: desk.complaints.append(str(error)))
        page.on(
            "request", lambda request: desk.complaints.append(request.url) if _elsewhere(request.url, desk) else None
        )
        commands = [
            {"command": "voice_chat", "description": "Начать разговор"},
            {"command": "stop", "description": "Стоп"},
        ]
        await desk.call("setMyCommands", commands=commands)
        await page.goto(telegram.url)
        await expect(page.locator("#status")).to_have_text("на связи")
        yield desk
        await context.close()


OVERFLOWING = """() => {
    const wide = innerWidth + 0.5;
    const page = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
    const log = document.getElementById("log");
    if (log.scrollWidth > log.clientWidth) page.push("the log");
    return page.concat([...document.querySelectorAll("body *")].filter((node) => {
        const box = node.getBoundingClientRect();
        return box.width > 0 && (box.right > wide || box.left < -0.5) && !node.closest("pre, .sprite, svg");
    }).map((node) => node.className));
}"""

SMALL_TARGETS = """() => [...document.querySelectorAll("button, a, textarea, input")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width > 0 && (box.width < 44 || box.height < 44);
}).map((node) => `${node.className} ${node.textContent}`)"""


@dataclass(frozen=True)
class Sound:
    codec: str
    seconds: float
    peak: int


def decoded(data: bytes) -> Sound:
    samples: list[int] = []
    with av.open(io.BytesIO(data), format="ogg") as container:
        assert isinstance(container, InputContainer)
        stream = container.streams.audio[0]
        codec, resampler = stream.codec_context.name, av.AudioResampler(format="s16", layout="mono", rate=48000)
        for frame in container.decode(stream):
            for part in resampler.resample(frame):
                samples += struct.unpack(f"<{part.samples}h", bytes(part.planes[0])[: part.samples * 2])
    return Sound("opus" if "opus" in codec else codec, len(samples) / 48000, max(map(abs, samples)))


def _tone(seconds: float) -> bytes:
    """PCM, 48 kHz, mono, 16 bit: a tone that swells and fades four times a second."""
    levels = (12000 * abs(math.sin(n * math.pi / 12000)) * math.sin(n * 0.0576) for n in range(int(seconds * 48000)))
    return b"".join(struct.pack("<h", int(level)) for level in levels)


def tone_wav(seconds: float) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(_tone(seconds))
    return out.getvalue()


def ogg(seconds: float) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48000, layout="mono")
        pcm = _tone(seconds)
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.planes[0].update(pcm)
        frame.sample_rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return out.getvalue()


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "#8a7f70").save(out, "JPEG")
    return out.getvalue()


def keyboard(*rows: list[tuple[str, str]]) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": text, "callback_data": data} for text, data in row] for row in rows]}


def _elsewhere(url: str, desk: Desk) -> bool:
    return not url.startswith((desk.telegram.url, "blob:"))
