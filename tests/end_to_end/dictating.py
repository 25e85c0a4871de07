"""A dictation through the whole bot: what the emulated model hears and calls, what comes into the chat."""

import json
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2

from emulators.gemini_live import Answer, Call
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat
from emulators.telegram.messages import BotMessage
from prompts.texts import text
from tests.audio.speech import speech_like
from tests.dictation.arguments import call_of

NOTE = QUESTION.path.read_bytes()
DATA = Path("tests/dictation/data")
FRIDAY = date(2026, 11, 20)
"""The day that the dictations were spoken on."""


def friday() -> date:
    return FRIDAY


def dictations(name: str) -> dict[str, dict[str, Any]]:
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    return {one["id"]: one for one in map(json.loads, lines)}


ACT = dictations("given")["d01"]


def dictated(dictation: dict[str, Any], said: str = "Готово", heard: str | None = None, **changed: Any) -> Answer:
    """The model hears the dictation and calls its function, with some of the arguments changed."""
    name, arguments = call_of(dictation)
    return Answer(
        input_transcript=dictation["text"] if heard is None else heard,
        calls=[Call(name, {**arguments, **changed})],
        then=Answer(pcm=speech_like(1), transcript=said),
    )


async def news(chat: Chat, timeout: float = 20) -> BotMessage:
    """The next message; on a busy machine the function may be named before, as one that takes long."""
    message = await chat.next_message(timeout=timeout)
    while message.kind == "text" and message.text == text("working.create_document"):
        message = await chat.next_message(timeout=timeout)
    return message


async def three_files(chat: Chat, timeout: float = 20) -> tuple[dict[str, Any], str, str]:
    """They came together: the JSON, the words of the DOCX, the words of the PDF."""
    first = await news(chat, timeout)
    files = [first, *[await news(chat, timeout) for _ in range(2)]]
    assert len({file.wire["media_group_id"] for file in files}) == 1
    assert [name_of(file).rpartition(".")[2] for file in files] == ["json", "docx", "pdf"]
    data, docx, pdf = (file.data or b"" for file in files)
    return json.loads(data), words_of_docx(docx), words_of_pdf(pdf)


def name_of(file: BotMessage) -> str:
    return str(file.wire["document"]["file_name"])


def words_of_docx(data: bytes) -> str:
    with zipfile.ZipFile(BytesIO(data)) as packed:
        pages = [name for name in packed.namelist() if name.startswith(("word/document", "word/header", "word/footer"))]
        xml = "".join(packed.read(name).decode() for name in pages)
    return "".join(part.partition(">")[2].partition("<")[0] for part in xml.split("<w:t")[1:])


def words_of_pdf(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as pdf:
        return "".join(page.get_textpage().get_text_range() for page in pdf)
