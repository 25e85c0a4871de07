"""Takes the README's picture of the chat page: `python -m emulators.telegram.screenshot docs/images/chat-page.png`.

Plays a short conversation through the Bot API and looks at the page in headless Chromium as a phone does: its beginning
in light colours, its end in dark ones. Needs the chromium program and the development requirements.
"""

import argparse
import asyncio
import io
import json
import math
import random
import shutil
import struct
import sys
from pathlib import Path
from typing import Any, Literal

import av
import httpx
from PIL import Image, ImageDraw, ImageFilter

from emulators.telegram import Chat, TelegramEmulator

TOKEN = "42:PICTURE"
WIDTH, HEIGHT = 390, 844
GAP = 28
COLOURS = 256
RATE = 48000

STARTED = """🎤 ГОЛОСОВОЙ АССИСТЕНТ ЗАПУЩЕН
Теперь вы можете:
• 🎤 Отправлять голосовые сообщения
• 📸 Отправлять фото с вопросами
• 💬 Писать текстом"""
STOPPED = """🛑 Голосовой разговор завершён
📊 Статистика сессии:
• Отправлено сообщений: 2
• Получено сообщений: 2
• Аудио фрагментов отправлено: 58
• Аудио фрагментов получено: 121"""
BUTTON = "🛑 Завершить разговор"
ON_THE_FROST = "Сразу укройте бетон плёнкой и матами и не давайте ему замёрзнуть. Температуру записывайте в журнал."
ON_THE_MESH = "Сетка лежит ровно, но фиксаторов не вижу. Без них она ляжет на опалубку, и защитного слоя не будет."

TO_THE_START = "document.getElementById('log').scrollTop = 0"
TO_THE_END = "document.getElementById('log').scrollTop = 1e6"


async def take(out: Path) -> None:
    """Writes the picture to `out`."""
    async with TelegramEmulator(token=TOKEN) as telegram:
        chat = telegram.private_chat(telegram.person(id=1, first_name="Иван"))
        async with httpx.AsyncClient(base_url=f"{telegram.url}/bot{TOKEN}/", timeout=15) as bot:
            await _converse(chat, bot)
        pictures = [
            await _look(telegram.url, "light", TO_THE_START),
            await _look(telegram.url, "dark", TO_THE_END),
        ]
    _side_by_side(pictures).save(out, optimize=True)


async def _converse(chat: Chat, bot: httpx.AsyncClient) -> None:
    await _call(bot, "setMyCommands", commands=[{"command": "voice_chat", "description": "Начать голосовой разговор"}])
    await chat.send_text("/voice_chat")
    await _call(bot, "sendMessage", chat_id=chat.id, text=STARTED, reply_markup=_button())
    await chat.send_voice(_speech(4))
    await _answer(chat, bot, ON_THE_FROST, 6)
    await chat.send_photo(_mesh(), caption="Глянь сетку, всё ли ладно?")
    await _answer(chat, bot, ON_THE_MESH, 7)
    await chat.send_text("/stop")
    await _call(bot, "sendMessage", chat_id=chat.id, text=STOPPED)


async def _answer(chat: Chat, bot: httpx.AsyncClient, caption: str, seconds: int) -> None:
    voice = {"voice": ("answer.ogg", _speech(seconds))}
    await _call(bot, "sendVoice", voice, chat_id=chat.id, duration=seconds, caption=caption)


async def _call(bot: httpx.AsyncClient, method: str, files: Any = None, /, **fields: Any) -> None:
    data = {name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in fields.items()}
    (await bot.post(method, data=data, files=files)).raise_for_status()


def _button() -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": BUTTON, "callback_data": "stop"}]]}


async def _look(url: str, scheme: Literal["light", "dark"], scroll: str) -> Image.Image:
    """The page on a phone's screen, two pixels a point."""
    from playwright.async_api import async_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = await browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=2,
            color_scheme=scheme,
            locale="ru-RU",
            bypass_csp=True,  # waiting evaluates scripts, which the page's policy rightly forbids
        )
        await page.goto(url)
        await page.wait_for_function("document.querySelectorAll('.message').length === 8")
        for script in (TO_THE_END, TO_THE_START, scroll):
            await page.evaluate(script)
            await page.wait_for_function(_ALL_SEEN_IS_DRAWN)
        picture = Image.open(io.BytesIO(await page.screenshot()))
        await browser.close()
    return picture


# Every photo in sight is there, and no waveform in sight is still the flat line of a recording not yet read.
_ALL_SEEN_IS_DRAWN = """() => {
    const seen = (node) => node.getBoundingClientRect().bottom > 0 && node.getBoundingClientRect().top < innerHeight;
    return [...document.querySelectorAll(".bars")].filter(seen)
        .every((bars) => new Set(bars.firstChild.getAttribute("d").match(/ [\\d.]+V/g)).size > 3)
        && [...document.images].filter(seen).every((image) => image.complete && image.naturalWidth > 0);
}"""


def _side_by_side(pictures: list[Image.Image]) -> Image.Image:
    wide, high = pictures[0].size
    sheet = Image.new("RGB", (wide * len(pictures) + 2 * GAP * (len(pictures) - 1), high), "#ffffff")
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (place * (wide + 2 * GAP), 0))
    return sheet.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def _speech(seconds: float) -> bytes:
    """OGG/Opus with the loudness of somebody speaking: syllables, and breaths between them."""
    chance = random.Random(seconds)
    levels: list[float] = []
    while len(levels) < seconds * RATE:
        length = int(chance.uniform(0.1, 0.32) * RATE)
        loud = chance.uniform(0.25, 1) if chance.random() > 0.2 else 0.02
        levels += [loud * math.sin(math.pi * step / length) for step in range(length)]
    waves = (
        math.sin(at * 0.0196) + 0.5 * math.sin(at * 0.0393) + 0.3 * math.sin(at * 0.1) for at in range(len(levels))
    )
    pcm = struct.pack(
        f"<{len(levels)}h", *(int(12000 * level * wave) for level, wave in zip(levels, waves, strict=True))
    )
    return _ogg(pcm)


def _ogg(pcm: bytes) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.planes[0].update(pcm)
        frame.sample_rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return out.getvalue()


def _mesh() -> bytes:
    """A JPEG of a reinforcement mesh over plywood, as a drawing can show it."""
    chance = random.Random(4)
    picture = Image.new("RGB", (960, 600), "#b08a5a")
    draw = ImageDraw.Draw(picture)
    for y in range(0, 600, 150):
        draw.rectangle((0, y, 960, y + 146), fill=chance.choice(["#b8925f", "#ab8553", "#b48c58"]))
    for place in range(-40, 1000, 105):
        _bar(draw, (place, 0), (place + 60, 600))
    for place in range(20, 640, 105):
        _bar(draw, (0, place + 18), (960, place - 18))
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(0.8)).save(out, "JPEG", quality=85)
    return out.getvalue()


def _bar(draw: ImageDraw.ImageDraw, start: tuple[int, int], end: tuple[int, int]) -> None:
    """One rod: its shadow on the plywood, its body, the light along it."""
    for offset, width, colour in ((8, 12, "#8d6a3f"), (0, 11, "#54402f"), (-2, 3, "#9a7862")):
        draw.line([(start[0] + offset, start[1] + offset), (end[0] + offset, end[1] + offset)], colour, width)


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes the picture of the chat page.")
    parser.add_argument("out", type=Path, help="the PNG to write")
    out: Path = parser.parse_args().out
    if shutil.which("chromium") is None:
        sys.exit("The chromium program is needed to take the picture.")
    out.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(out))
    print(f"{out}: {out.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
