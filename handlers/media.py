"""Recordings, photos, drawings and documents: what a message brings becomes a question."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress

from telegram import Audio, Document, Message, PhotoSize, Update, Video, VideoNote, Voice

from errors import AssistantError, RecordingStale, RecordingTooLong
from handlers.albums import Part
from handlers.clock import STALE_S, TelegramClock
from handlers.desk import Context, Desk, desk_of, key_of, place_of, turn_of
from handlers.files import check_size
from handlers.receipts import receipt
from prompts.texts import text
from question import Frames, Image, Images, Question

NOTICE_S = 3.0
"""What a chat that is held may delay the question by; the notice is given up then."""


async def recording(update: Update, context: Context) -> None:
    """A voice note, a video note, a video or a piece of music: its sound is the question."""
    message, desk = update.effective_message, desk_of(context)
    assert message is not None
    media = message.voice or message.video_note or message.audio or message.video
    assert media is not None
    await ask_recording(desk, message, media)


async def picture(update: Update, context: Context) -> None:
    """A photo: the largest of its sizes. With a caption it is a question; without one it waits for the next."""
    message, desk = update.effective_message, desk_of(context)
    assert message is not None
    largest = max(message.photo, key=lambda size: size.width * size.height)
    await take_picture(desk, message, largest)


def language_in(desk: Desk, message: Message) -> str:
    opener = desk.assistant.opener(key_of(message))
    return opener.language if opener else "ru"


async def ask_recording(desk: Desk, message: Message, media: Voice | VideoNote | Audio | Video | Document) -> None:
    minutes = desk.services.rules.voice_max_minutes
    try:
        check_age(message, desk.clock)
        check_size(media.file_size)
        # As a plain number: the attribute `duration` is about to change its type and warns until then.
        if media.to_dict().get("duration", 0) > minutes * 60:
            raise RecordingTooLong(minutes=_whole(minutes))
    except RecordingStale as error:
        reply = desk.reply(message, language_in(desk, message))
        await (reply.refuse(error) if desk.apologies.first(message.chat.id) else reply.drop())
        return
    except AssistantError as error:
        await desk.reply(message, language_in(desk, message)).refuse(error)
        return
    await desk.ask(
        message, Question(text=message.caption or "", note=frames_of(desk, message, media.file_id, media.file_size))
    )


def check_age(message: Message, clock: TelegramClock) -> None:
    """After a long outage. Raises `errors.RecordingStale`."""
    if (clock.now() - message.date).total_seconds() > STALE_S:
        raise RecordingStale


def _whole(minutes: float) -> int | str:
    return int(minutes) if minutes == int(minutes) else f"{minutes:g}"


def frames_of(desk: Desk, message: Message, file_id: str, size: int | None) -> Frames:
    services = desk.services
    clean = desk.assistant.cleans_noise(key_of(message))
    opened = desk.recording(file_id, size)

    async def frames() -> AsyncGenerator[bytes, None]:
        from audio.listening import listen

        async with aclosing(opened()) as blocks:
            heard = listen(
                blocks,
                services.codecs,
                max_seconds=services.rules.voice_max_minutes * 60,
                noise_reduction=clean,
                scratch=services.scratch,
            )
            async with aclosing(heard) as pcm:
                async for frame in pcm:
                    yield frame

    return frames


async def take_picture(desk: Desk, message: Message, file: PhotoSize | Document, of: str = "") -> None:
    """`of`: the name of the turn that it belongs to, when it comes too late for it."""
    reply = desk.reply(message, language_in(desk, message))
    try:
        check_size(file.file_size)
    except AssistantError as error:
        await reply.refuse(error)
        return
    if message.caption:
        reply.show_recording()
    part = Part(message, reply, images_of(desk, message, file))
    if message.media_group_id is None:
        await _ask_about(desk, [part], of)
    else:
        desk.albums.add(part, lambda parts: _ask_about(desk, parts))


async def _ask_about(desk: Desk, parts: Sequence[Part], of: str = "") -> None:
    """One turn for all pictures of an album; the caption stands on one of them."""
    first = parts[0]
    key = key_of(first.message)
    opener = desk.assistant.opener(key)
    if len(parts) > 1:
        first.reply.answers_also([sibling.reply for sibling in parts[1:]])

    async def images() -> Sequence[Image]:
        return [image for part in parts for image in await part.images()]

    caption = "\n".join(part.message.caption for part in parts if part.message.caption)
    if opener is None:
        await first.reply.drop()  # the conversation ended in the meantime
        return
    try:
        if caption:
            desk.assistant.ask(key, Question(text=caption, images=images), first.reply, turn_of(first.message))
            desk.albums.asked(first.message, turn_of(first.message))
        else:
            describe = text("question.describe", opener.language)
            of = of or desk.albums.turn(first.message)
            desk.assistant.add_photo(key, images, first.reply, describe, turn_of(first.message), of)
    except AssistantError as error:
        await first.reply.refuse(error)


def images_of(desk: Desk, message: Message, file: PhotoSize | Document) -> Images:
    told, held = False, receipt()

    async def images() -> Sequence[Image]:
        nonlocal told
        await held.works("picture")
        data = await desk.files.whole(file.file_id, size=file.file_size)
        made = await desk.darkroom.develop(data)
        if len(made.pages) < made.total and not told:
            told = True
            await _tell_of_first_pages(desk, message, len(made.pages), made.total)
        await held.rests("picture")  # what goes wrong before ends the update
        return [Image(page.data, page.mime_type) for page in made.pages]

    return images


async def _tell_of_first_pages(desk: Desk, message: Message, shown: int, total: int) -> None:
    words = text("drawing.first_pages", language_in(desk, message), shown=shown, total=total)
    with suppress(TimeoutError):
        async with asyncio.timeout(NOTICE_S):
            await desk.say(place_of(message), words)
