"""Text with its entities: as the bot asks for it, and as the server finds commands and links in it."""

import re

from .arguments import Arguments
from .html_entities import HtmlParser
from .markdown_entities import MarkdownParser
from .wire import Json, bad_request, utf16_length

MAX_TEXT = 4096
MAX_CAPTION = 1024
_MAX_BYTES = 1 << 15

_FOUND_BY_ITSELF = (
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@])")),
    ("url", re.compile(r"(?<![\w@])https?://[^\s<>\"']+")),
    ("email", re.compile(r"(?<![\w.])[\w.+-]+@[\w-]+\.[A-Za-z]{2,}")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{2,31}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
)

_NOTHING_IS_FOUND_IN = frozenset(("code", "pre", "text_link", "text_mention", "custom_emoji"))


def found_entities(text: str) -> list[Json]:
    """What the server marks without being asked: commands, links, addresses, mentions, hashtags."""
    entities: list[Json] = []
    taken: list[range] = []
    for kind, pattern in _FOUND_BY_ITSELF:
        for found in pattern.finditer(text):
            if any(found.start() in span for span in taken):
                continue
            taken.append(range(found.start(), found.end()))
            entities.append(
                {"type": kind, "offset": utf16_length(text[: found.start()]), "length": utf16_length(found[0])}
            )
    return sorted(entities, key=lambda entity: int(entity["offset"]))


def formatted(text: str, parse_mode: str, given: list[Json]) -> tuple[str, list[Json]]:
    """Plain text and entities of what a bot sends."""
    if len(text.encode()) > _MAX_BYTES:
        raise bad_request("text is too long")
    match parse_mode.lower():
        case "html" if text:
            text, entities = HtmlParser(text).parse()
        case "markdownv2" if text:
            text, entities = MarkdownParser(text).parse()
        case "markdown" if text:
            raise bad_request("can't parse entities: the emulator does not know the legacy Markdown; use MarkdownV2")
        case "" | "none" | "html" | "markdownv2" | "markdown":
            entities = [dict(entity) for entity in given]
        case _:
            raise bad_request("unsupported parse_mode")
    _check_places(text, entities)
    text, entities = _trimmed(text, entities)
    closed = [range(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in _NOTHING_IS_FOUND_IN]
    found = [e for e in found_entities(text) if not any(e["offset"] in span for span in closed)]
    return text, sorted(entities + found, key=lambda entity: (entity["offset"], -entity["length"]))


def message_text(arguments: Arguments) -> Json:
    """`text` and `entities` of sendMessage or editMessageText."""
    if not arguments.text("text"):
        raise bad_request("message text is empty")
    text, entities = formatted(arguments.text("text"), arguments.text("parse_mode"), arguments.objects("entities"))
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return {"text": text} | ({"entities": entities} if entities else {})


def caption_of(caption: str, parse_mode: str, given: list[Json]) -> Json:
    """`caption` and `caption_entities`, without those that are empty."""
    text, entities = formatted(caption, parse_mode, given)
    if utf16_length(text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return ({"caption": text} if text else {}) | ({"caption_entities": entities} if entities else {})


def message_caption(arguments: Arguments) -> Json:
    given = arguments.objects("caption_entities")
    return caption_of(arguments.text("caption"), arguments.text("parse_mode"), given)


def _check_places(text: str, entities: list[Json]) -> None:
    length = utf16_length(text)
    for entity in entities:
        if not isinstance(entity.get("type"), str):
            raise bad_request("can't parse MessageEntity: Can't find field \"type\"")
        offset, size = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(size, int):
            missing = "length" if isinstance(offset, int) else "offset"
            raise bad_request(f"can't parse MessageEntity: Can't find field \"{missing}\"")
        if offset > length:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
        if offset + size > length:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
                f"at UTF-16 offset {offset + size}"
            )


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without the white space around it, as messages are kept."""
    cut = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    length = utf16_length(text)
    kept = []
    for entity in entities:
        begin = max(entity["offset"] - cut, 0)
        end = min(entity["offset"] + entity["length"] - cut, length)
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    return text, kept
