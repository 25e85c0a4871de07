"""What reaches the model: realtime input becomes turns of the person. No network here, and no clock but the wall's."""

import audioop
import re
import time
from dataclasses import dataclass, field
from typing import Any

from emulators.gemini_live.records import Heard, Image
from emulators.gemini_live.refusal import Refusal, invalid_argument
from emulators.gemini_live.setup import Settled, SpeechDetection

DEFAULT_RATE = 16_000
PRE_ROLL_MS = 300
"""Sound from before the detected start that still belongs to an activity."""
FRAME_MS = 20
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
LARGEST_PICTURE = 7 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Started:
    """The person began to speak, or wrote."""


Noticed = Started | Heard


@dataclass(slots=True)
class Gathering:
    """An activity that has not ended."""

    rate: int = DEFAULT_RATE
    pcm: bytearray = field(default_factory=bytearray)
    pictures: list[Image] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def add(self, pcm: bytes, rate: int) -> None:
        """The first piece settles the rate; others are brought to it."""
        if not self.pcm:
            self.rate = rate
        elif rate != self.rate:
            pcm, _ = audioop.ratecv(pcm, 2, 1, rate, self.rate, None)
        self.pcm += pcm

    def heard(self) -> Heard:
        return Heard(bytes(self.pcm), self.rate, tuple(self.pictures), tuple(self.texts), self.since, time.monotonic())


def sound_of(blob: dict[str, Any]) -> tuple[bytes, int]:
    """PCM and its rate; raises Refusal for another kind of sound or half a sample."""
    kind, _, rest = blob.get("mimeType", "").partition(";")
    rate = re.fullmatch(r"\s*rate=(\d{4,6})\s*", rest)
    if kind.strip() != "audio/pcm" or (rest and not rate):
        raise invalid_argument(f"Unsupported audio MIME type: {blob.get('mimeType', '')}")
    pcm: bytes = blob.get("data", b"")
    if len(pcm) % 2:
        raise invalid_argument("The audio has an odd number of bytes; 16-bit samples are expected.")
    return pcm, int(rate[1]) if rate else DEFAULT_RATE


def picture_of(blob: dict[str, Any]) -> Image:
    mime_type = blob.get("mimeType", "")
    if mime_type not in PICTURES:
        raise invalid_argument(f"Unsupported MIME type: {mime_type}")
    picture = Image(blob.get("data", b""), mime_type)
    if len(picture.data) > LARGEST_PICTURE:
        raise invalid_argument("The image is larger than 7 MB.")
    try:
        width, height = picture.size
    except ValueError as error:
        raise Refusal(1007, "Provided image is not valid.") from error
    if not width or not height:
        raise Refusal(1007, "Provided image is not valid.")
    return picture


class Ear:
    """Takes realtime input as one connection's setup says: with activities marked by the client, or detected here."""

    def __init__(self, settled: Settled) -> None:
        self._settled = settled
        self._open: Gathering | None = None
        self._pictures: list[Image] = []
        self._detector = None if settled.detection is None else Detector(settled.detection)

    @property
    def listening(self) -> bool:
        """The person is in the middle of an activity."""
        return self._open is not None or (self._detector is not None and self._detector.speaking)

    def take(self, realtime: dict[str, Any]) -> list[Noticed]:
        """One `realtimeInput`; raises Refusal for what is out of order."""
        if "mediaChunks" in realtime:
            raise Refusal(1007, "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.")
        noticed: list[Noticed] = []
        if "activityStart" in realtime:
            noticed += self._start()
        if "video" in realtime:
            self._see(picture_of(realtime["video"]))
        if "audio" in realtime:
            noticed += self._listen(*sound_of(realtime["audio"]))
        if "text" in realtime:
            noticed += self._read(realtime["text"])
        if realtime.get("audioStreamEnd") and self._detector is None:
            # With detection on it ends nothing either: the 3.8 models answer to trailing silence only.
            raise invalid_argument("audio_stream_end needs automatic activity detection.")
        if "activityEnd" in realtime:
            noticed += self._end()
        return noticed

    def _start(self) -> list[Noticed]:
        self._must_be_marked_here()
        if self._open is not None:
            raise invalid_argument("activity_start while an activity is open.")
        self._open = Gathering(pictures=self._take_pictures())
        return [Started()]

    def _end(self) -> list[Noticed]:
        self._must_be_marked_here()
        if self._open is None:
            raise invalid_argument("activity_end without activity_start.")
        heard, self._open = self._open.heard(), None
        return [heard]

    def _must_be_marked_here(self) -> None:
        if self._detector is not None:
            raise Refusal(
                1007, "Explicit activity control is not supported when automatic activity detection is enabled."
            )

    def _see(self, picture: Image) -> None:
        if self._open is not None:
            self._open.pictures.append(picture)
        elif self._settled.pictures_outside:
            self._pictures.append(picture)

    def _listen(self, pcm: bytes, rate: int) -> list[Noticed]:
        if self._detector is not None:
            return [self._with_pictures(noticed) for noticed in self._detector.feed(pcm, rate)]
        if self._open is not None:
            self._open.add(pcm, rate)
        return []

    def _read(self, text: str) -> list[Noticed]:
        if self._open is not None:
            self._open.texts.append(text)
            return []
        now = time.monotonic()
        pictures = tuple(self._take_pictures())
        return [Started(), Heard(texts=(text,), pictures=pictures, at_start=now, at_end=now)]

    def _with_pictures(self, noticed: Noticed) -> Noticed:
        if isinstance(noticed, Started):
            return noticed
        pictures = tuple(self._take_pictures())
        return Heard(noticed.pcm, noticed.rate, pictures, (), noticed.at_start, noticed.at_end)

    def _take_pictures(self) -> list[Image]:
        pictures, self._pictures = self._pictures, []
        return pictures


class Detector:
    """Voice activity by energy. Time passes with the audio that comes, not with the clock: no audio, no end."""

    def __init__(self, detection: SpeechDetection) -> None:
        self._detection = detection
        self._gathering = Gathering()
        self._rest = b""
        self._run_ms = 0
        """Speech in a row before the start, silence in a row after it."""
        self.speaking = False

    def feed(self, pcm: bytes, rate: int) -> list[Noticed]:
        self._rest += pcm
        size = rate * FRAME_MS // 1000 * 2
        noticed: list[Noticed] = []
        while len(self._rest) >= size:
            frame, self._rest = self._rest[:size], self._rest[size:]
            noticed += self._frame(frame, rate)
        return noticed

    def _frame(self, frame: bytes, rate: int) -> list[Noticed]:
        loud = audioop.rms(frame, 2) / 32768 >= self._detection.level
        self._gathering.add(frame, rate)
        self._run_ms = self._run_ms + FRAME_MS if loud != self.speaking else 0
        if not self.speaking and self._run_ms and self._run_ms >= self._detection.start_ms:
            self.speaking, self._run_ms = True, 0
            return [Started()]
        if self.speaking and self._run_ms and self._run_ms >= self._detection.silence_ms:
            self.speaking, self._run_ms = False, 0
            heard, self._gathering = self._gathering.heard(), Gathering()
            return [heard]
        if not self.speaking and not self._run_ms:
            kept = rate * PRE_ROLL_MS // 1000 * 2
            self._gathering = Gathering(rate, self._gathering.pcm[-kept:])
        return []
