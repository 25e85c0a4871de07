"""An answer's PCM -> voice messages, cut at pauses and encoded while the answer is still being spoken."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audio.pauses import Cutter

if TYPE_CHECKING:
    from audio.encoder import VoiceEncoder

MOST_BYTES = 900_000
"""Of one voice message: above 1,000,000 Telegram draws no waveform."""
ROOMY_BYTES = 600_000
"""From here on a piece ends at its next pause, whether it may or not."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A whole OGG/Opus file and how long it plays."""

    ogg: bytes
    seconds: float


class VoicePieces:
    """Of one answer at 24 kHz. Each piece is a file of its own; played one after the other they are the answer.

    Not for two threads at once.
    """

    def __init__(self) -> None:
        self._cutter = Cutter()
        self._encoder: VoiceEncoder | None = None

    def feed(self, pcm: bytes, *, may_cut: bool) -> Voice | None:
        """Any number of bytes; the piece that ended, when one did: where the speech has gone on after a pause and
        `may_cut` holds, or where it would become too large."""
        size = self._encoder.size if self._encoder is not None else 0
        full = self._closed() if size >= MOST_BYTES else None
        may_cut = (may_cut or size >= ROOMY_BYTES) and full is None
        before, *after = self._cutter.feed(pcm, may_cut=may_cut)
        self._encode(before)
        if not after:
            return full
        ended = self._closed()
        self._encode(after[0])
        return ended

    def finish(self) -> Voice:
        """The last piece. Its file is empty when there was no sound at all."""
        self._encode(self._cutter.finish())
        return self._closed()

    def _encode(self, pcm: bytes) -> None:
        if pcm:
            from audio.encoder import VoiceEncoder  # loads PyAV, which whoever only names this class needs not

            self._encoder = self._encoder or VoiceEncoder()
            self._encoder.feed(pcm)

    def _closed(self) -> Voice:
        encoder, self._encoder = self._encoder, None
        return Voice(encoder.finish(), encoder.duration) if encoder is not None else Voice(b"", 0.0)
