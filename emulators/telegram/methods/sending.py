"""sendMessage, sendVoice and their like."""

import asyncio
from dataclasses import dataclass
from typing import Any

from emulators.telegram import attachments, media
from emulators.telegram.arguments import MAX_UPLOAD_BYTES, Arguments
from emulators.telegram.files import KINDS, StoredFile
from emulators.telegram.formatting import caption_of, message_caption, message_text
from emulators.telegram.wire import ApiError, Json, bad_request
from emulators.telegram.world import World

from .destination import destination
from .registry import OF_CAPTIONS, OF_SENDING, method

MAX_PHOTO_BYTES = 10 * 1000 * 1000
_WAVEFORM_LIMIT = 1_000_000
_MAX_DURATION_S = 24 * 60 * 60
_MAX_ALBUM = 10


@dataclass(frozen=True, slots=True)
class Given:
    """A file of a request: bytes just uploaded, or one that the server has (`stored`)."""

    data: bytes
    name: str
    mime: str
    stored: StoredFile | None = None


@method("sendMessage", "text parse_mode entities link_preview_options disable_web_page_preview", OF_SENDING)
async def send_message(world: World, arguments: Arguments) -> Json:
    content = message_text(arguments)
    return destination(world, arguments).post(content)


@method("sendVoice", "voice duration", OF_CAPTIONS, OF_SENDING)
async def send_voice(world: World, arguments: Arguments) -> Json:
    given = given_file(world, arguments, "voice", "voice")
    caption = message_caption(arguments)
    target = destination(world, arguments)
    if target.chat.type == "private" and target.chat.id in world.no_voice:
        raise bad_request("VOICE_MESSAGES_FORBIDDEN")
    content = await _voice(world, given, arguments.integer("duration", 0, 0, _MAX_DURATION_S))
    return target.post(content | caption, given.data, given.name, given.mime)


@method("sendAudio", "audio duration performer title thumbnail", OF_CAPTIONS, OF_SENDING)
async def send_audio(world: World, arguments: Arguments) -> Json:
    given = given_file(world, arguments, "audio", "audio")
    caption = message_caption(arguments)
    target = destination(world, arguments)
    file = given.stored or world.files.add("audio", given.data, mime=given.mime, name=given.name)
    length = arguments.integer("duration", 0, 0, _MAX_DURATION_S) or await asyncio.to_thread(media.seconds, given.data)
    content = attachments.audio(file, length, arguments.text("title"), arguments.text("performer"))
    return target.post(content | caption, given.data, given.name, given.mime)


@method("sendPhoto", "photo show_caption_above_media has_spoiler", OF_CAPTIONS, OF_SENDING)
async def send_photo(world: World, arguments: Arguments) -> Json:
    given = given_file(world, arguments, "photo", "photo")
    caption = message_caption(arguments)
    target = destination(world, arguments)
    return target.post(await _photo(world, given) | caption, given.data, given.name, given.mime)


@method("sendDocument", "document thumbnail disable_content_type_detection", OF_CAPTIONS, OF_SENDING)
async def send_document(world: World, arguments: Arguments) -> Json:
    given = given_file(world, arguments, "document", "document")
    caption = message_caption(arguments)
    return destination(world, arguments).post(_document(world, given) | caption, given.data, given.name, given.mime)


@method("sendMediaGroup", "media", OF_SENDING)
async def send_media_group(world: World, arguments: Arguments) -> list[Json]:
    arguments.required("media")
    items = arguments.json("media", "can't parse media JSON object")
    if not isinstance(items, list):
        raise bad_request("expected an Array of InputMedia")
    parsed = [_album_item(world, arguments, item) for item in items]
    target = destination(world, arguments)
    _check_album([kind for kind, _, _ in parsed])
    album = {"media_group_id": str(13_000_000_000_000_000 + world.next_number())}
    contents = [(await _content(world, kind, given) | caption, given) for kind, given, caption in parsed]
    return [target.post(album | content, given.data, given.name, given.mime) for content, given in contents]


def given_file(world: World, arguments: Arguments, name: str, kind: str) -> Given:
    """The file of parameter `name`: an upload, `attach://`, or a file_id."""
    text = arguments.text(name)
    attached = text.removeprefix("attach://") if text.startswith("attach://") else None
    if text and attached is None:
        return _known_file(world, text, kind)
    upload = arguments.files.get(attached or name)
    if upload is None:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > MAX_UPLOAD_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    if not upload.name or upload.name == "application.octet-stream":
        world.problems.append(f"a {kind} was uploaded without a file name: its type is left to a guess")
    return Given(upload.data, upload.name, upload.mime or "application/octet-stream")


def _known_file(world: World, text: str, kind: str) -> Given:
    if text.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = world.files.get(text)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise bad_request(f"can't use file of type {KINDS[file.kind].name} as {KINDS[kind].name}")
    return Given(file.data, file.name or "", file.mime or "", file)


async def _voice(world: World, given: Given, told: int) -> Json:
    sound = await asyncio.to_thread(media.inspect_voice, given.data)
    world.problems += [f"the file of sendVoice: {defect}" for defect in sound.defects]
    if sound.kind == "document":
        return _document(world, given)
    large = len(given.data) > _WAVEFORM_LIMIT
    if (told or large) and abs(told - sound.duration) > 1:
        world.problems.append(f"sendVoice was told duration={told}, the recording has {sound.duration:.1f} s")
    if large:
        world.problems.append(f"a voice message of {len(given.data)} bytes gets no waveform: the limit is 1 MB")
    file = given.stored or world.files.add("voice", given.data, mime=sound.mime)
    # The server looks into recordings up to 1 MB; of larger ones it knows only what it is told.
    return attachments.voice(file, told if large else round(sound.duration))


async def _photo(world: World, given: Given) -> Json:
    if len(given.data) > MAX_PHOTO_BYTES:
        raise bad_request(
            f"file of size {len(given.data)} bytes is too big for a photo; the maximum size is 10485760 bytes"
        )
    size = await asyncio.to_thread(media.measure, given.data)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(size) > 10_000 or max(size) > 20 * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return attachments.photo(world.files, await asyncio.to_thread(media.photo_sizes, given.data))


def _document(world: World, given: Given) -> Json:
    return attachments.document(
        given.stored or world.files.add("document", given.data, mime=given.mime, name=given.name)
    )


async def _content(world: World, kind: str, given: Given) -> Json:
    if kind == "photo":
        return await _photo(world, given)
    if kind == "audio":
        file = given.stored or world.files.add("audio", given.data, mime=given.mime, name=given.name)
        return attachments.audio(file, await asyncio.to_thread(media.seconds, given.data))
    return _document(world, given)


def _album_item(world: World, arguments: Arguments, item: Any) -> tuple[str, Given, Json]:
    prefix = "can't parse InputMedia: "
    if not isinstance(item, dict):
        raise bad_request(prefix + "expected an Object")
    kind, reference = item.get("type"), item.get("media")
    if not isinstance(kind, str):
        raise bad_request(prefix + 'Can\'t find field "type"')
    if kind not in ("photo", "document", "audio"):
        raise bad_request(prefix + f"type must be one of photo, document, audio in this emulator, not {kind}")
    if not isinstance(reference, str) or not reference:
        raise bad_request(prefix + "media not found")
    part = Arguments({"media": reference}, arguments.files)
    try:
        given = given_file(world, part, "media", kind)
    except ApiError as error:
        if error.description.startswith("Bad Request: there is no"):
            raise bad_request(prefix + "media not found") from None
        raise
    entities = [entity for entity in item.get("caption_entities") or () if isinstance(entity, dict)]
    return kind, given, caption_of(item.get("caption") or "", item.get("parse_mode") or "", entities)


def _check_album(kinds: list[str]) -> None:
    if not kinds:
        raise bad_request("there are no messages to send")
    if len(kinds) > _MAX_ALBUM:
        raise bad_request("too many messages to send as an album")
    if len(set(kinds)) > 1:
        strange = next(kind for kind in kinds if kind != "photo")
        raise bad_request(f"{strange.capitalize()} can't be mixed with other media types")
