"""Words in the sizes that Telegram takes; and the words of one answer, parted among its voice messages."""

import re

from telegram.constants import MessageLimit

_SENTENCE_END = re.compile(r"[.!?…][»\")]*(?=\s)|(?<=[^\W\d])[.!?…][»\")]*$")
"""A full stop behind a digit ends a sentence only before a space: the designation of a norm may go on."""


def utf16(text: str) -> int:
    """Telegram counts UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, limit: int) -> tuple[str, str]:
    """The beginning that fits into `limit` UTF-16 units, cut between words, and the rest."""
    if utf16(text) <= limit:
        return text, ""
    head = text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")
    space = head.rfind(" ")
    if space > limit // 2:
        head = head[:space]
    return head, text[len(head) :].lstrip()


class Words:
    """The transcript of an answer, in the order in which it came.

    It is not timed: which word belongs to which sound is a guess. A piece gets what came before it was closed, up to
    the end of a sentence; every word gets into one caption, and none into two.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []

    def add(self, text: str) -> None:
        self._parts.append(text)

    def take(self) -> str:
        """The caption of a piece that is closed now, while the speech goes on."""
        words = "".join(self._parts)
        caption, left = split(_even(words[: _end(words)]), MessageLimit.CAPTION_LENGTH)
        self._parts = [f"{left} " if left else "", words[_end(words) :]]
        return caption

    def give_back(self, caption: str) -> None:
        """That piece did not go out."""
        self._parts.insert(0, f"{caption} ")

    def left(self) -> str:
        """All that no piece took."""
        return _even("".join(self._parts))


def _even(words: str) -> str:
    return " ".join(words.split())


def _end(words: str) -> int:
    """After the last sentence, if it ends in the second half; else after the last word that is whole for certain."""
    ends = [found.end() for found in _SENTENCE_END.finditer(words)]
    if ends and 2 * ends[-1] >= len(words):
        return ends[-1]
    return max(words.rfind(space) for space in " \n\t") + 1
