"""One recording on its way to the model, in steps: decoded where it is Opus, held back until there is sound in it."""

from dataclasses import dataclass
from pathlib import Path

from audio.decoder import OpusDecoder
from audio.holding import HeldSound


@dataclass(frozen=True, slots=True)
class Sound:
    """What a step brought."""

    pcm: bytes
    """s16le mono at 16 kHz, at most two seconds, in whole chunks but for the very last."""
    length: int
    """Bytes that have come in so far."""
    heard: bool
    """There was sound among them."""
    more: bool
    """`take` would bring something."""


class Intake:
    """Not for two threads at once. It may work on a file in `scratch`, so its steps belong where the codecs run."""

    def __init__(self, scratch: Path | None, opus: bool) -> None:
        """`opus`: it comes as bytes of an OGG/Opus file, not as PCM."""
        self._held = HeldSound(scratch)
        self._decoder = OpusDecoder() if opus else None

    def decode(self, block: bytes) -> Sound:
        """The next bytes of an OGG/Opus file."""
        assert self._decoder is not None
        return self.put(self._decoder.feed(block))

    def put(self, pcm: bytes) -> Sound:
        """The next PCM."""
        self._held.put(pcm)
        return self.take()

    def finish(self) -> Sound:
        """Nothing more will come."""
        if self._decoder is not None:
            self._held.put(self._decoder.finish())
        self._held.finish()
        return self.take()

    def take(self) -> Sound:
        held = self._held
        pcm = held.take() if held.ready else b""
        return Sound(pcm, held.length, held.heard, held.ready)

    def close(self) -> None:
        self._held.close()
