"""Takes the README's picture of the chat page: `python -m emulators.demo.picture docs/images/chat-page.png`.

The real bot.py talks to both emulators; what the model says is written here. Headless Chromium looks at the page as a
phone does: at its beginning, at the act, and at its end. Needs the chromium program and the development requirements.
"""

import argparse
import asyncio
import io
import math
import random
import shutil
import struct
import sys
import tempfile
from pathlib import Path
from typing import Literal

import av
from PIL import Image, ImageDraw, ImageFilter

from emulators.demo import process
from emulators.demo.model import ACT, DICTATION
from emulators.demo.playing import KEY, TOKEN, towards_the_model
from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.telegram import Chat, TelegramEmulator

WIDTH, HEIGHT = 390, 844
GAP = 28
COLOURS = 256
RATE, ANSWER_RATE = 48_000, 24_000
PATIENCE_S = 60.0

ON_THE_FROST = "Сразу укройте бетон плёнкой и матами и не давайте ему замёрзнуть. Температуру записывайте в журнал."
ON_THE_MESH = "Сетка лежит ровно, но фиксаторов не вижу. Без них она ляжет на опалубку, и защитного слоя не будет."
ON_THE_ACT = "Черновик акта готов. Скажите номер сертификата на арматуру и кто подписывает."

TO_THE_START = "document.getElementById('log').scrollTop = 0"
TO_THE_ACT = """[...document.querySelectorAll('.message')]
    .filter((message) => message.textContent.includes('.json')).forEach((message) => message.scrollIntoView())"""
TO_THE_END = "document.getElementById('log').scrollTop = 1e6"


async def take(out: Path) -> None:
    """Writes the picture to `out`."""
    with tempfile.TemporaryDirectory(prefix="voice-assistant-picture-") as name:
        directory = Path(name)
        async with TelegramEmulator(TOKEN, "site_demo_bot") as telegram, GeminiLiveEmulator(KEY) as gemini:
            environment = process.environment(directory, real_telegram=False, real_model=False)
            environment |= towards_the_model(directory, gemini)
            environment |= {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE_URL": telegram.url}
            chat = telegram.private_chat(telegram.person(1, "Иван", language_code="ru"))
            async with process.running_bot(environment, directory, directory / "bot.log"):
                await _converse(chat, gemini)
            pictures = [
                await _look(telegram.url, "light", TO_THE_START),
                await _look(telegram.url, "dark", TO_THE_ACT),
                await _look(telegram.url, "light", TO_THE_END),
            ]
    _side_by_side(pictures).save(out, optimize=True)


async def _converse(chat: Chat, gemini: GeminiLiveEmulator) -> None:
    gemini.say(
        _answer(6, ON_THE_FROST),
        _answer(7, ON_THE_MESH),
        Answer(calls=[Call("create_hidden_works_act", ACT)], then=_answer(5, ON_THE_ACT), input_transcript=DICTATION),
    )
    await chat.send_text("/voice_chat")
    await chat.next_message(PATIENCE_S)
    await chat.send_voice(_ogg(_speech(4, RATE)), duration=4)
    await _until_said(chat, ON_THE_FROST)
    await chat.send_photo(_mesh(), caption="Глянь сетку, всё ли ладно?")
    await _until_said(chat, ON_THE_MESH)
    await chat.send_voice(_ogg(_speech(21, RATE)), duration=21)
    await _until_said(chat, ON_THE_ACT)
    await chat.send_text("/stop")
    await chat.wait_until(lambda chat: "📊" in (chat.messages[-1].text or ""), PATIENCE_S)


async def _until_said(chat: Chat, words: str) -> None:
    await chat.wait_until(lambda chat: any(message.caption == words for message in chat.messages), PATIENCE_S)


def _answer(seconds: float, words: str) -> Answer:
    return Answer(pcm=_speech(seconds, ANSWER_RATE), transcript=words)


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
        await page.wait_for_function("document.getElementById('log').textContent.includes('📊')")
        for script in (TO_THE_END, TO_THE_START, scroll):
            await page.evaluate(script)
            await page.wait_for_function(_ALL_SEEN_IS_DRAWN)
        picture = Image.open(io.BytesIO(await page.screenshot()))
        await browser.close()
    return picture


# Every photo in sight is there, and no waveform in sight is still the flat line of a recording not yet read.
_ALL_SEEN_IS_DRAWN = """() => {
    const room = document.getElementById("log").getBoundingClientRect();
    const seen = (node) => node.getBoundingClientRect().bottom > room.top
        && node.getBoundingClientRect().top < room.bottom;
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


def _speech(seconds: float, rate: int) -> bytes:
    """s16le mono with the loudness of somebody speaking: syllables, and breaths between them."""
    chance = random.Random(seconds)
    levels: list[float] = []
    while len(levels) < seconds * rate:
        length = int(chance.uniform(0.1, 0.32) * rate)
        loud = chance.uniform(0.25, 1) if chance.random() > 0.2 else 0.02
        levels += [loud * math.sin(math.pi * step / length) for step in range(length)]
    tones = ((150, 1.0), (300, 0.5), (764, 0.3))
    waves = (
        sum(part * math.sin(2 * math.pi * hertz * at / rate) for hertz, part in tones) for at in range(len(levels))
    )
    samples = (int(12_000 * level * wave) for level, wave in zip(levels, waves, strict=True))
    return struct.pack(f"<{len(levels)}h", *samples)


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
