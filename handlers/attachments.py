"""Files: what one is, is told by its first bytes. Only its own turn waits for them."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Literal

from telegram import Document, Message, Update

from audio.sniffing import demuxer
from documents.to_json import LARGEST_BYTES
from errors import AssistantError, FileUnsupported
from handlers.desk import Context, Desk, desk_of, key_of
from handlers.documents import document_file, is_document
from handlers.files import check_size
from handlers.media import ask_recording, check_age, frames_of, images_of, language_in, take_picture
from handlers.profile import project_file
from handlers.receipts import receipt
from pictures.kinds import kind
from question import Question

HEAD = 4096
"""Bytes that tell what a file is, whatever its name and type claim."""


async def attachment(update: Update, context: Context) -> None:
    """What is a question for certain has its place among the questions, whatever it turns out to be. What may be none
    is looked at aside, while what comes behind it goes on."""
    message, desk = update.effective_message, desk_of(context)
    assert message is not None
    file = message.document
    assert file is not None
    try:
        check_size(file.file_size)
        if _claims_sound(file):
            await ask_recording(desk, message, file)
        elif message.caption and message.media_group_id is None and not _claims_json(file):
            await desk.ask(message, Question(text=message.caption, found=_question(desk, message, file)))
        else:
            latest = desk.assistant.latest(key_of(message))
            await receipt().step_aside()
            await _look_at(desk, message, file, latest)
    except AssistantError as error:
        await desk.reply(message, language_in(desk, message)).refuse(error)


async def _look_at(desk: Desk, message: Message, file: Document, latest: str) -> None:
    """`latest`: the newest turn when it came; a later one asks about it. Raises `errors.AssistantError`."""
    head = await desk.files.head(file.file_id, HEAD)
    match _what(file, head):
        case "recording":
            await ask_recording(desk, message, file)
        case "picture":
            now = desk.assistant.latest(key_of(message))
            await take_picture(desk, message, file, "" if now == latest else now)
        case "json":
            data = await desk.files.whole(file.file_id, size=file.file_size)
            take = document_file if is_document(data) else project_file
            await take(desk, message, data, language_in(desk, message))
        case None:
            raise FileUnsupported


def _question(desk: Desk, message: Message, file: Document) -> Callable[[], Awaitable[Question]]:
    """The file with its caption."""
    images, note = images_of(desk, message, file), frames_of(desk, message, file.file_id, file.file_size)
    words = message.caption or ""

    async def found() -> Question:
        match _what(file, await desk.files.head(file.file_id, HEAD)):
            case "recording":
                check_age(message, desk.clock)
                return Question(text=words, note=note)
            case "picture":
                return Question(text=words, images=images)
        raise FileUnsupported

    return found


def _what(file: Document, head: bytes) -> Literal["recording", "picture", "json"] | None:
    if kind(head) is None and (demuxer(BytesIO(head)) or _claims_sound(file)):
        return "recording"
    if kind(head) or _claims(file).startswith("image/"):
        return "picture"
    looks = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
    return "json" if _claims_json(file) and looks and (file.file_size or 0) <= LARGEST_BYTES else None


def _claims_sound(file: Document) -> bool:
    return _claims(file).startswith(("audio/", "video/"))


def _claims_json(file: Document) -> bool:
    return (file.file_name or "").lower().endswith(".json") or _claims(file) == "application/json"


def _claims(file: Document) -> str:
    """What its sender's phone believes it to be."""
    return file.mime_type or ""
