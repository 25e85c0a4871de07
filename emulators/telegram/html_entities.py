"""`parse_mode=HTML`, with the refusals of the real parser. Byte offsets are those of the UTF-8 text."""

import re
from dataclasses import dataclass

from .wire import Json, bad_request, present, utf16_length

_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
_TYPES = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    **dict.fromkeys(("span", "tg-spoiler"), "spoiler"),
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
_ARGUMENTS = {
    ("a", "href"),
    ("code", "class"),
    ("span", "class"),
    ("tg-emoji", "emoji-id"),
    ("blockquote", "expandable"),
}
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")


def refuse(text: str) -> Exception:
    return bad_request(f"can't parse entities: {text}")


@dataclass(slots=True)
class _Open:
    name: str
    argument: str
    offset: int
    begin: int


class HtmlParser:
    """Use once: `HtmlParser(text).parse()` -> the plain text and its entities."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._plain: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Json] = []

    def parse(self) -> tuple[str, list[Json]]:
        while self._at < len(self._text):
            if self._text.startswith("</", self._at):
                self._end_tag()
            elif self._text[self._at] == "<":
                self._start_tag()
            else:
                self._character()
        if self._open:
            raise refuse(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        self._entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self._plain), self._entities

    def _byte(self, at: int) -> int:
        return len(self._text[:at].encode())

    def _character(self) -> None:
        character, self._at = _decoded(self._text, self._at)
        self._plain.append(character)
        self._offset += utf16_length(character)

    def _start_tag(self) -> None:
        begin = self._at
        found = re.compile(r"<([^\s>]*)").match(self._text, begin)
        assert found
        self._at = found.end()
        unclosed = refuse(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if self._at >= len(self._text):
            raise unclosed
        name = found[1].lower()
        if name not in _TYPES:
            raise refuse(f'Unsupported start tag "{name}" at byte offset {self._byte(begin)}')
        argument = ""
        while not self._skip_to_end_of_tag():
            if self._at >= len(self._text):
                raise unclosed
            attribute, value = self._attribute(name, begin)
            if (name, attribute) in _ARGUMENTS:
                argument = value or argument
        self._at += 1
        if name == "span" and argument != "tg-spoiler":
            raise refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}')
        self._open.append(_Open(name, argument, self._offset, len(self._plain)))

    def _skip_to_end_of_tag(self) -> bool:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._text.startswith(">", self._at)

    def _attribute(self, tag: str, tag_begin: int) -> tuple[str, str]:
        found = re.compile(r"[^\s=>/\"']*").match(self._text, self._at)
        assert found
        if not found[0]:
            raise refuse(f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(tag_begin)}')
        self._at = found.end()
        ends = self._skip_to_end_of_tag()
        if ends or not self._text.startswith("=", self._at):
            if self._at >= len(self._text):
                raise refuse(f'Unclosed start tag "{tag}" at byte offset {self._byte(tag_begin)}')
            return found[0], "1" if found[0] == "expandable" else ""
        self._at += 1
        self._skip_to_end_of_tag()
        quote = self._text[self._at : self._at + 1]
        value = self._quoted(quote) if quote in ("'", '"') else self._bare()
        if self._at >= len(self._text):
            raise refuse(f"Unclosed start tag at byte offset {self._byte(tag_begin)}")
        return found[0], value or ("1" if found[0] == "expandable" else "")

    def _quoted(self, quote: str) -> str:
        self._at += 1
        value = ""
        while self._at < len(self._text) and self._text[self._at] != quote:
            character, self._at = _decoded(self._text, self._at)
            value += character
        self._at += 1
        return value

    def _bare(self) -> str:
        begin = self._at
        found = _TOKEN.match(self._text, begin)
        assert found
        self._at = found.end()
        if self._at < len(self._text) and not (self._text[self._at].isspace() or self._text[self._at] == ">"):
            raise refuse(f"Unexpected end of name token at byte offset {self._byte(begin)}")
        return found[0].lower()

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise refuse(f"Unexpected end tag at byte offset {self._byte(begin)}")
        found = re.compile(r"</([^\s>]*)\s*").match(self._text, begin)
        assert found
        self._at = found.end() + 1
        if not self._text.startswith(">", found.end()):
            raise refuse(f"Unclosed end tag at byte offset {self._byte(begin)}")
        last = self._open.pop()
        name = found[1].lower()
        if name and name != last.name:
            raise refuse(
                f'Unmatched end tag at byte offset {self._byte(begin)}, expected "</{last.name}>", found "</{name}>"'
            )
        if self._offset > last.offset:
            self._add_entity(last)

    def _add_entity(self, tag: _Open) -> None:
        entity: Json = {"type": _TYPES[tag.name], "offset": tag.offset, "length": self._offset - tag.offset}
        if tag.name == "a":
            entity["url"] = tag.argument or "".join(self._plain[tag.begin :])
        elif tag.name == "tg-emoji":
            if not tag.argument.isdigit():
                raise refuse("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = tag.argument
        elif tag.name == "blockquote" and tag.argument:
            entity["type"] = "expandable_blockquote"
        elif tag.name == "pre" and self._entities and self._entities[-1].get("language"):
            entity |= present(language=self._entities.pop()["language"])
        elif tag.name == "code" and self._open and self._open[-1].name == "pre":
            entity |= present(language=tag.argument.removeprefix("language-") or None)
        self._entities.append(entity)


def _decoded(text: str, at: int) -> tuple[str, int]:
    """The character at `at`, an `&name;` decoded, and where the next one begins."""
    found = _CHARACTER.match(text, at) if text[at] == "&" else None
    if found is None:
        return text[at], at + 1
    hexadecimal, decimal, name = found.groups()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal) if decimal else 0
    if name in _NAMED:
        return _NAMED[name], found.end()
    if 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
        return chr(code), found.end()
    return text[at], at + 1
