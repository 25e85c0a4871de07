"""What people send into a chat, as the messages and updates that the bot is told of."""

import asyncio
from collections.abc import Sequence
from typing import TypedDict, Unpack

from . import attachments, media
from .formatting import found_entities
from .messages import SentMessage
from .people import Person
from .wire import Json
from .world import World


class How(TypedDict, total=False):
    """How a person sends: who (default: the person of a private chat, else the first member), in answer to which
    message, in which topic, as a forwarded message, as an anonymous administrator."""

    by: Person | None
    reply_to: int | None
    thread: int | None
    forwarded: bool
    anonymous: bool


class Senders:
    """The sending half of a `Chat`. All senders take the options of `How`; they return when the update is queued."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _send(self, content: Json, how: How, *, data: bytes | None, caption: str | None = None) -> SentMessage:
        raise NotImplementedError

    async def send_text(self, text: str, **how: Unpack[How]) -> SentMessage:
        """Commands, links and mentions in it get their entities."""
        entities = found_entities(text)
        return self._send({"text": text} | ({"entities": entities} if entities else {}), how, data=None)

    async def send_voice(
        self,
        ogg: bytes,
        *,
        duration: int | None = None,
        mime: str | None = "audio/ogg",
        claimed_size: int | None = None,
        caption: str | None = None,
        **how: Unpack[How],
    ) -> SentMessage:
        """`duration` defaults to the real one; `claimed_size` is the `file_size` told, whatever the bytes are."""
        file = self._world.files.add("voice", ogg, mime=mime, size=claimed_size)
        length = await asyncio.to_thread(media.seconds, ogg) if duration is None else duration
        return self._send(attachments.voice(file, length), how, data=ogg, caption=caption)

    async def send_photo(
        self, jpeg: bytes, *, caption: str | None = None, album: str | None = None, **how: Unpack[How]
    ) -> SentMessage:
        """In several sizes, the largest being `jpeg` itself; `album` is a media_group_id."""
        content = attachments.photo(self._world.files, await asyncio.to_thread(media.photo_sizes, jpeg))
        if album is not None:
            content["media_group_id"] = album
        return self._send(content, how, data=jpeg, caption=caption)

    async def send_album(
        self, photos: Sequence[bytes], *, caption: str | None = None, **how: Unpack[How]
    ) -> list[SentMessage]:
        """One message for each photo, the caption on the first."""
        album = str(13_000_000_000_000_000 + self._world.next_number())
        captions = [caption, *[None] * (len(photos) - 1)]
        return [
            await self.send_photo(jpeg, caption=text, album=album, **how)
            for jpeg, text in zip(photos, captions, strict=True)
        ]

    async def send_document(
        self,
        data: bytes,
        *,
        name: str | None = None,
        mime: str | None = None,
        caption: str | None = None,
        claimed_size: int | None = None,
        album: str | None = None,
        **how: Unpack[How],
    ) -> SentMessage:
        file = self._world.files.add("document", data, mime=mime, name=name, size=claimed_size)
        content = attachments.document(file)
        if album is not None:
            content["media_group_id"] = album
        return self._send(content, how, data=data, caption=caption)

    async def send_audio(
        self,
        data: bytes,
        *,
        name: str | None = None,
        mime: str | None = "audio/mpeg",
        duration: int | None = None,
        caption: str | None = None,
        claimed_size: int | None = None,
        **how: Unpack[How],
    ) -> SentMessage:
        file = self._world.files.add("audio", data, mime=mime, name=name, size=claimed_size)
        length = await asyncio.to_thread(media.seconds, data) if duration is None else duration
        return self._send(attachments.audio(file, length), how, data=data, caption=caption)

    async def send_video(
        self,
        data: bytes,
        *,
        name: str | None = None,
        mime: str | None = "video/mp4",
        caption: str | None = None,
        claimed_size: int | None = None,
        **how: Unpack[How],
    ) -> SentMessage:
        file = self._world.files.add("video", data, mime=mime, name=name, size=claimed_size)
        length = await asyncio.to_thread(media.seconds, data)
        size = await asyncio.to_thread(media.measure, data)
        return self._send(attachments.video(file, length, size or (640, 360)), how, data=data, caption=caption)

    async def send_video_note(self, data: bytes, *, claimed_size: int | None = None, **how: Unpack[How]) -> SentMessage:
        file = self._world.files.add("video_note", data, size=claimed_size)
        length = await asyncio.to_thread(media.seconds, data)
        size = await asyncio.to_thread(media.measure, data)
        return self._send(attachments.video_note(file, length, size[0] if size else 384), how, data=data)

    async def send_sticker(self, webp: bytes = b"RIFF\x04\x00\x00\x00WEBP", **how: Unpack[How]) -> SentMessage:
        return self._send(attachments.sticker(self._world.files.add("sticker", webp)), how, data=webp)

    async def send_location(self, latitude: float = 55.75, longitude: float = 37.62, **how: Unpack[How]) -> SentMessage:
        return self._send({"location": {"latitude": latitude, "longitude": longitude}}, how, data=None)

    async def send_poll(
        self, question: str = "Заливаем?", options: Sequence[str] = ("Да", "Нет"), **how: Unpack[How]
    ) -> SentMessage:
        content = attachments.poll(self._world.next_number(), question, list(options))
        return self._send(content, how, data=None)

    async def send_contact(self, phone: str, first_name: str, **how: Unpack[How]) -> SentMessage:
        return self._send({"contact": {"phone_number": phone, "first_name": first_name}}, how, data=None)
