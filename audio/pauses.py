"""Where a long answer may be cut: in the pauses of the speech, as they are found in the signal.

Nothing is known here of words. A pause is a stretch of frames that are quiet beside the speech around them, and a cut
lies inside of it: both of its sides are quiet, so nothing clicks.
"""

import audioop

FRAME_MS = 20
LEAST_S = (2.0, 4.0, 8.0, 16.0, 32.0)
"""How long the first, second, ... piece is before a pause may end it: a long answer is few messages."""
PAUSE_MS = 220
"""What stands between two sentences; between words it is up to some 150."""
BREATH_MS = 120
"""Will do where no better pause came in a piece that is `OVERDUE` times as long as it had to be."""
OVERDUE = 2.5
LEAD_MS = 100
"""Of the pause, what opens the next piece."""
GOES_ON_MS = (800, 60)
"""Speech that must follow the pause, at the first cut and at later ones: an answer that is nearly over at its first
pause stays whole, and a click in the silence at the end is no speech."""
MOST_HELD_S = 3.0
"""A few clicks in a long silence: whatever they are, the speech did not go on."""


class Ear:
    """Which frames are quiet beside the speech and the noise that were heard so far.

    Speech is the loudest of late, forgotten by half in 3 s; noise the quietest of late, thought to double in a second.
    """

    ALWAYS = 32_768 * 10 ** (-60 / 20)
    BELOW_SPEECH, AT_MOST = 10 ** (-26 / 20), 10 ** (-15 / 20)
    ABOVE_NOISE = 2.0
    FORGETS, RISES = 0.5 ** (FRAME_MS / 3_000), 2.0 ** (FRAME_MS / 1_000)

    def __init__(self) -> None:
        self._speech = 0.0
        self._noise = 32_768.0

    def is_quiet(self, frame: bytes) -> bool:
        """`frame` of s16le, the next one of `FRAME_MS`."""
        rms = audioop.rms(frame, 2)
        self._speech = max(rms, self._speech * self.FORGETS)
        self._noise = min(max(rms, 1.0), self._noise * self.RISES)
        quiet = max(self._speech * self.BELOW_SPEECH, self._noise * self.ABOVE_NOISE)
        return rms < max(self.ALWAYS, min(quiet, self._speech * self.AT_MOST))


class Cutter:
    """PCM in, the same PCM out, byte for byte, and now and then a cut.

    `rate` of the s16le mono PCM in Hz. What may become the beginning of the next piece is held back: 0.1 s of a pause
    and, at the first one, 0.8 s of the speech that follows.
    """

    def __init__(self, rate: int = 24_000) -> None:
        self._frame = 2 * (rate * FRAME_MS // 1000)
        self._ear = Ear()
        self._rest = b""
        """Of a frame that is not whole yet."""
        self._held = bytearray()
        self._length = 0
        """Frames of this piece that were handed out."""
        self._quiet = 0
        """Frames of the pause so far."""
        self._speech = 0
        """Frames of speech that followed it."""
        self._cuts = 0

    def feed(self, pcm: bytes, *, may_cut: bool) -> list[bytes]:
        """Any number of bytes. One stretch of PCM, perhaps empty; or two, when a piece ends between them.

        What a cut would have parted stays together when it comes to it while `may_cut` is false.
        """
        pcm = self._rest + pcm
        stretches = [bytearray()]
        for start in range(0, len(pcm) - len(pcm) % self._frame, self._frame):
            is_cut, out = self._take(pcm[start : start + self._frame], may_cut and len(stretches) == 1)
            if is_cut:
                stretches.append(bytearray())
            stretches[-1] += out
        self._rest = pcm[len(pcm) - len(pcm) % self._frame :]
        return [bytes(stretch) for stretch in stretches]

    def finish(self) -> bytes:
        """What was held back; it belongs to the piece that is open."""
        held = bytes(self._held) + self._rest
        self._held.clear()
        self._rest = b""
        return held

    def _take(self, frame: bytes, may_cut: bool) -> tuple[bool, bytes]:
        quiet = self._ear.is_quiet(frame)
        if self._speech:
            return self._take_after_pause(frame, quiet, may_cut)
        if quiet:
            self._quiet += 1
            self._held += frame
            return False, self._release(keep=LEAD_MS // FRAME_MS * self._frame)
        self._held += frame
        if self._may_end():
            self._speech = 1
            return False, b""
        self._quiet = 0
        return False, self._release()

    def _take_after_pause(self, frame: bytes, quiet: bool, may_cut: bool) -> tuple[bool, bytes]:
        """A pause is over that may end the piece. Whether it does is seen from what follows."""
        self._held += frame
        self._speech += not quiet
        if self._speech * FRAME_MS >= GOES_ON_MS[min(self._cuts, 1)]:
            self._speech = self._quiet = 0
            if may_cut:
                self._cuts += 1
                self._length = 0
            return may_cut, self._release()
        if len(self._held) > MOST_HELD_S * 1000 / FRAME_MS * self._frame:
            self._speech = 0
            return False, self._release()
        return False, b""

    def _may_end(self) -> bool:
        seconds = self._length * FRAME_MS / 1000
        least = LEAST_S[min(self._cuts, len(LEAST_S) - 1)]
        pause = PAUSE_MS if seconds < least * OVERDUE else BREATH_MS
        return seconds >= least and self._quiet * FRAME_MS >= pause

    def _release(self, keep: int = 0) -> bytes:
        out = bytes(self._held[: max(0, len(self._held) - keep)])
        del self._held[: len(out)]
        self._length += len(out) // self._frame
        return out
