"""`parse_mode=MarkdownV2`, with the refusals of the real parser. Block quotes and custom emoji are not known."""

import re
from dataclasses import dataclass

from .html_entities import refuse
from .wire import Json, utf16_length

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_MARKS = {"__": "underline", "||": "spoiler", "_": "italic", "*": "bold", "~": "strikethrough"}
_NAMES = {
    "italic": "Italic",
    "bold": "Bold",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
}


@dataclass(slots=True)
class _Open:
    kind: str
    offset: int
    at: int
    begin: int
    language: str = ""


class MarkdownParser:
    """Use once: `MarkdownParser(text).parse()` -> the plain text and its entities."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._plain: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Json] = []

    def parse(self) -> tuple[str, list[Json]]:
        while self._at < len(self._text):
            character = self._text[self._at]
            following = self._text[self._at + 1 : self._at + 2]
            if character == "\\" and following and ord(following) <= 126:
                self._keep(following)
                self._at += 2
            elif character not in _RESERVED or not self._mark():
                self._keep(character)
                self._at += 1
        if self._open:
            last = self._open[-1]
            raise refuse(f"Can't find end of {_NAMES[last.kind]} entity at byte offset {self._byte(last.at)}")
        self._entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self._plain), self._entities

    def _byte(self, at: int) -> int:
        return len(self._text[:at].encode())

    def _keep(self, character: str) -> None:
        self._plain.append(character)
        self._offset += utf16_length(character)

    def _mark(self) -> bool:
        """Begin or end an entity; `False` when the reserved character is plain here (inside code)."""
        inside = self._open[-1].kind if self._open else ""
        fence = "```" if self._text.startswith("```", self._at) else "`"
        if inside in ("code", "pre"):
            if self._text.startswith("```" if inside == "pre" else "`", self._at):
                self._at += 3 if inside == "pre" else 1
                self._end()
                return True
            return False
        if self._text[self._at] == "`":
            self._begin("pre" if fence == "```" else "code", len(fence))
            if fence == "```":
                self._language()
        elif self._text[self._at] == "[":
            self._begin("text_link", 1)
        elif self._text[self._at] == "]" and inside == "text_link":
            self._at += 1
            self._end(url=self._url())
        else:
            self._style(inside)
        return True

    def _style(self, inside: str) -> None:
        mark = next((mark for mark in _MARKS if self._text.startswith(mark, self._at)), None)
        if mark is None:
            raise refuse(f"Character '{self._text[self._at]}' is reserved and must be escaped with the preceding '\\'")
        if _MARKS[mark] == inside:
            self._at += len(mark)
            self._end()
        elif mark == "__" and inside == "italic":
            self._at += 1
            self._end()
        else:
            self._begin(_MARKS[mark], len(mark))

    def _begin(self, kind: str, length: int) -> None:
        self._open.append(_Open(kind, self._offset, self._at, len(self._plain)))
        self._at += length

    def _language(self) -> None:
        """The word after the fence, when there is more after it; and the line break before the text."""
        found = re.compile(r"([^\s`]+)(?=\s)").match(self._text, self._at)
        if found:
            self._open[-1].language = found[1]
            self._at = found.end()
        breaks = re.compile(r"\r\n|\n\r|\n|\r").match(self._text, self._at)
        if breaks:
            self._at = breaks.end()

    def _end(self, **fields: str) -> None:
        last = self._open.pop()
        if self._offset > last.offset:
            if fields.get("url") == "":
                fields["url"] = "".join(self._plain[last.begin :])
            if last.language:
                fields["language"] = last.language
            self._entities.append(
                {"type": last.kind, "offset": last.offset, "length": self._offset - last.offset, **fields}
            )

    def _url(self) -> str:
        if not self._text.startswith("(", self._at):
            return ""
        begin = self._at = self._at + 1
        url = ""
        while self._at < len(self._text) and self._text[self._at] != ")":
            if self._text[self._at] == "\\" and self._at + 1 < len(self._text):
                self._at += 1
            url += self._text[self._at]
            self._at += 1
        if self._at >= len(self._text):
            raise refuse(f"Can't find end of a URL at byte offset {self._byte(begin)}")
        self._at += 1
        return url
