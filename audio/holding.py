"""PCM held back until there is sound in it, and handed on in whole chunks."""

from pathlib import Path
from tempfile import SpooledTemporaryFile

from audio.level import is_silent
from audio.pcm import RATE

CHUNK = 2 * RATE // 10
"""Bytes of 100 ms."""

_IN_MEMORY = 320 * CHUNK
"""32 s; a longer silence is kept in a file."""

_AT_A_TIME = 20 * CHUNK


class HeldSound:
    """What is put in comes out, from the first sample on, but only after a chunk with sound was among it.

    It may work on a file, so its methods belong into a codec thread.
    """

    def __init__(self, folder: Path | None) -> None:
        self.heard = False
        self.length = 0
        """Bytes put in so far."""
        self._ended = False
        self._fresh = bytearray()
        self._held = SpooledTemporaryFile(_IN_MEMORY, dir=str(folder) if folder else None)  # noqa: SIM115 - `close` does

    def close(self) -> None:
        self._held.close()

    def put(self, pcm: bytes) -> None:
        self.length += len(pcm)
        self._fresh += pcm
        if not self.heard:
            self._hold(self._whole())

    def finish(self) -> None:
        """Nothing more is put in; the last chunk, a shorter one, may be taken too."""
        self._ended = True
        if not self.heard:
            self._hold(self._whole())

    @property
    def ready(self) -> bool:
        """Whether there is something to take."""
        return self.heard and (not self._held.closed or self._whole() > 0)

    def take(self) -> bytes:
        """At most two seconds, in whole chunks but for the very last."""
        if not self._held.closed:
            block = self._held.read(_AT_A_TIME)
            if len(block) < _AT_A_TIME:
                self._held.close()
            if block:
                return block
        block = bytes(self._fresh[: min(self._whole(), _AT_A_TIME)])
        del self._fresh[: len(block)]
        return block

    def _whole(self) -> int:
        size = len(self._fresh)
        return size if self._ended else size - size % CHUNK

    def _hold(self, size: int) -> None:
        pcm = bytes(self._fresh[:size])
        del self._fresh[:size]
        self._held.write(pcm)
        if not is_silent(pcm):
            self.heard = True
            self._held.seek(0)
