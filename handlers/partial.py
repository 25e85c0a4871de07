"""A file of which a part has come: what the next attempt asks for, and what of its answer is new."""

import re
from zlib import crc32

import httpx

from errors import DownloadFailed

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
_EXPIRED = (403, 404, 410)
_BUSY = (408, 425, 429)


class Broken(Exception):
    """This attempt is over and another one makes sense, in `wait` seconds at the earliest."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class Partial:
    """`got` bytes were handed on. The server is believed about the file's size, `told` is what the message said."""

    def __init__(self, told: int | None) -> None:
        self.got = 0
        self.complete = False
        self.address: str | None = None
        self._fresh = False
        self._told = told
        self._crc = 0
        self._total: int | None = None
        self._tag: str | None = None
        self._in_parts = True
        """Whether the server can be asked for the rest alone."""
        self._repeated = _Repeated(0)
        self._ended_early = 0

    def expect_at(self, address: str) -> None:
        self.address, self._fresh = address, True

    def headers(self) -> dict[str, str]:
        headers = {"Accept-Encoding": "identity"}  # the bytes are counted as they are on the wire
        if self.got and self._in_parts:
            headers["Range"] = f"bytes={self.got}-"
        return headers

    def place(self, response: httpx.Response) -> int | None:
        """Where the body that follows belongs; the file's size when the server says it.

        Raises `Broken` when this answer is of no use, `errors.DownloadFailed` when no other one would be either.
        """
        fresh, self._fresh = self._fresh, False
        status = response.status_code
        if response.headers.get("content-encoding", "identity") != "identity":
            raise DownloadFailed("encoded")
        match status:
            case httpx.codes.OK:
                self._from_the_beginning(response)
            case httpx.codes.PARTIAL_CONTENT:
                self._from_the_middle(response)
            case httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE if self.got and self._in_parts:
                self._past_the_end(response)
            case _ if status in _EXPIRED and not fresh:
                self.address = None
                raise Broken(f"HTTP {status}")
            case _ if status >= 500 or status in _BUSY:
                raise Broken(f"HTTP {status}", _seconds(response))
            case _:
                raise DownloadFailed(f"HTTP {status}")
        return self._total

    def take(self, block: bytes) -> bytes:
        """What of the block is new. Raises `errors.DownloadFailed` when the repeated part is not what it was."""
        new = self._repeated.cut_from(block)
        self.got += len(new)
        if self._total is not None and self.got > self._total:
            raise DownloadFailed("longer than announced")
        self._crc = crc32(new, self._crc)
        return new

    def end(self) -> None:
        """The body ended as a whole one does. Raises `Broken` when that is not the end of the file."""
        if self._repeated.left or (self._total is not None and self.got < self._total):
            raise Broken("the body is a part of the file only")
        if self._told is not None and self.got < self._told:
            # A server that says twice that this is the end is right, and the message was not.
            self._ended_early += 1
            if self._ended_early == 1 or self._total is None:
                raise Broken("shorter than told")
        self.complete = True

    def _from_the_beginning(self, response: httpx.Response) -> None:
        length = response.headers.get("content-length", "")
        self._agree(int(length) if length.isdecimal() else None)
        self._tag = response.headers.get("etag")
        self._repeated = _Repeated(self.got, crc=self._crc)

    def _from_the_middle(self, response: httpx.Response) -> None:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        tag = response.headers.get("etag")
        if found is None or found[1] is None or int(found[1]) > self.got:
            raise self._only_whole("another range")
        self._agree(_number(found[3]))
        if self.got and tag and self._tag and tag != self._tag:
            # The same file under a new name, or another one: its beginning will tell.
            raise self._only_whole("another tag")
        self._tag = tag or self._tag
        self._repeated = _Repeated(self.got - int(found[1]))

    def _past_the_end(self, response: httpx.Response) -> None:
        found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        total = _number(found[3]) if found else None
        self._agree(total)
        if total != self.got:
            raise self._only_whole("HTTP 416")
        self.complete = True

    def _only_whole(self, reason: str) -> Broken:
        self._in_parts = False
        return Broken(reason)

    def _agree(self, total: int | None) -> None:
        if total is None:
            return
        if self._total not in (None, total) and total != self._told:
            raise DownloadFailed("the size changed")
        if total < self.got:
            raise DownloadFailed("shorter than what came before")
        self._total = total


class _Repeated:
    """The beginning of a body that came before; with `crc`, it is checked to be the same."""

    def __init__(self, left: int, crc: int | None = None) -> None:
        self.left = left
        self._expected = crc
        self._crc = 0

    def cut_from(self, block: bytes) -> bytes:
        if not self.left:
            return block
        old, new = block[: self.left], block[self.left :]
        self.left -= len(old)
        self._crc = crc32(old, self._crc)
        if not self.left and self._expected not in (None, self._crc):
            raise DownloadFailed("another file")
        return new


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _seconds(response: httpx.Response) -> float:
    wait = response.headers.get("retry-after", "")
    return float(wait) if wait.isdecimal() else 0.0
