"""What is in recordings and pictures, found out with PyAV. All of it blocks: call it in a thread."""

import io
from dataclasses import dataclass, field
from typing import Literal

import av
from av.error import FFmpegError

from .ogg import NotOpus, read_opus

_SIDES = (90, 320, 800, 1280)
_MAX_PIXELS_TO_SHRINK = 30_000_000


@dataclass(slots=True)
class Sound:
    """A file that was sent as a voice message. `duration` is in seconds, 0 when unknown."""

    kind: Literal["voice", "document"]
    mime: str
    duration: float = 0
    defects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    data: bytes = field(repr=False)


def inspect_voice(data: bytes) -> Sound:
    """OGG/Opus, MP3 and M4A are voice messages; the rest becomes a document, as on the real server."""
    if not data.startswith(b"OggS"):
        return _inspect_other(data)
    try:
        opus = read_opus(data)
        decoded = _decoded_seconds(data)
    except (NotOpus, FFmpegError, EOFError) as error:
        return Sound("document", "audio/ogg", defects=[f"is no playable OGG/Opus: {error}"])
    if abs(decoded - opus.duration) > 0.5:
        opus.defects.append(f"{decoded:.1f} s can be decoded, but it claims {opus.duration:.1f} s")
    return Sound("voice", "audio/ogg", opus.duration, opus.defects)


def _inspect_other(data: bytes) -> Sound:
    try:
        with av.open(io.BytesIO(data), "r") as container:
            names = container.format.name.split(",")
            mime = "audio/mpeg" if "mp3" in names else "audio/mp4" if "m4a" in names else ""
            if mime and container.streams.audio:
                return Sound("voice", mime, (container.duration or 0) / 1_000_000)
    except (FFmpegError, EOFError):
        pass
    return Sound("document", "application/octet-stream", defects=["is neither OGG/Opus nor MP3 nor M4A"])


def _decoded_seconds(data: bytes) -> float:
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        return sum(frame.samples / frame.sample_rate for frame in container.decode(stream))


def seconds(data: bytes) -> int:
    """Length of any recording, rounded; 0 when it cannot be told."""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            if container.duration:
                return round(container.duration / 1_000_000)
            if container.streams.audio:
                return round(sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0)))
    except (FFmpegError, EOFError):
        pass
    return 0


def measure(data: bytes) -> tuple[int, int] | None:
    """Width and height of a picture, `None` when it is none."""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            if container.streams.video:
                video = container.streams.video[0]
                return (video.width, video.height) if video.width and video.height else None
    except (FFmpegError, EOFError):
        pass
    return None


def photo_sizes(data: bytes) -> list[Picture]:
    """The sizes that a photo is offered in, the smallest first, the last one being `data` itself."""
    size = measure(data)
    if size is None:
        return [Picture(1280, 960, data)]
    width, height = size
    sizes = []
    if width * height <= _MAX_PIXELS_TO_SHRINK:
        sizes = [_shrunk(data, side / max(size)) for side in _SIDES if side < max(size)]
    return [*(picture for picture in sizes if picture is not None), Picture(width, height, data)]


def _shrunk(data: bytes, factor: float) -> Picture | None:
    try:
        with av.open(io.BytesIO(data), "r") as container:
            frame = next(container.decode(video=0))
    except (FFmpegError, EOFError, StopIteration):
        return None
    width, height = max(round(frame.width * factor), 1), max(round(frame.height * factor), 1)
    codec = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuvj420p"
    codec.time_base = frame.time_base or codec.time_base
    small = frame.reformat(width=width, height=height, format="yuvj420p", dst_color_range="JPEG")
    return Picture(width, height, b"".join(bytes(packet) for packet in (*codec.encode(small), *codec.encode(None))))


def as_ogg(recording: bytes) -> bytes:
    """A browser's recording (WebM or OGG, Opus inside) as OGG/Opus; the packets stay as they are.

    Raises `ValueError` when there is no Opus in it.
    """
    if recording.startswith(b"OggS"):
        return recording
    target = io.BytesIO()
    try:
        with av.open(io.BytesIO(recording), "r") as source, av.open(target, "w", format="ogg") as ogg:
            sound = source.streams.audio[0]
            if sound.codec_context.name not in ("opus", "libopus"):
                raise ValueError("no Opus in the recording")
            copy = ogg.add_stream_from_template(sound)
            for packet in source.demux(sound):
                if packet.dts is not None:
                    packet.stream = copy
                    ogg.mux(packet)
    except (FFmpegError, EOFError, IndexError) as error:
        raise ValueError("not a recording") from error
    return target.getvalue()
