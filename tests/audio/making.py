"""Recordings of all the kinds that people send, made from PCM by PyAV."""

import math
import os
import wave
from collections.abc import AsyncIterator
from contextlib import aclosing
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from audio.encoder import VoiceEncoder
from audio.listening import listen
from audio.pool import Codecs

_OPTIONS = {"strict": "-2"}  # PyAV's own Vorbis encoder counts as experimental


def voice_note(pcm: bytes, rate: int = 24_000) -> bytes:
    """OGG/Opus as the bot itself makes it."""
    encoder = VoiceEncoder(rate)
    for start in range(0, len(pcm), 2 * rate):
        encoder.feed(pcm[start : start + 2 * rate])
    return encoder.finish()


def spoken_again(note: bytes, times: int) -> bytes:
    """A voice note of one stream that says the same so often; nothing is encoded anew."""
    file = BytesIO()
    with av.open(file, "w", format="ogg") as out, av.open(BytesIO(note), "r") as source:
        stream = out.add_stream_from_template(source.streams.audio[0])
        packets = [packet for packet in source.demux(audio=0) if packet.dts is not None]
        length = sum(packet.duration or 0 for packet in packets)
        for turn in range(times):
            for packet in packets:
                copy = av.Packet(bytes(packet))
                copy.time_base, copy.duration = packet.time_base, packet.duration
                copy.pts = copy.dts = (packet.dts or 0) + turn * length
                copy.stream = stream
                out.mux(copy)
    return file.getvalue()


def wav(pcm: bytes, rate: int, channels: int = 1) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(pcm)
    return file.getvalue()


def recording(
    pcm: bytes, rate: int, container: str, codec: str, *, layout: str = "mono", picture: bool = False
) -> bytes:
    """`pcm` is mono at `rate`, which the codec must take, or empty; with `picture` a small film runs beside it."""
    file = BytesIO()
    with av.open(file, "w", format=container) as out:
        # All streams are added before the first packet: muxers write their header with it.
        film = _film(out, "mpeg4", 64) if picture else None
        sound = cast(AudioStream, out.add_stream(codec, rate=rate, layout=layout, options=_OPTIONS)) if pcm else None
        if film is not None:
            _show(out, film, max(1.0, len(pcm) / 2 / rate))
        if sound is not None:
            _play(out, sound, pcm)
    return file.getvalue()


def with_cover(mp3: bytes) -> bytes:
    """An ID3 tag with a picture in front, as music files have; larger than any buffer that only looks at the start."""
    image = BytesIO()
    with av.open(image, "w", format="image2pipe") as out:
        _show(out, _film(out, "png", 240), 0.04)
    picture = b"\x00image/png\x00\x03\x00" + image.getvalue()
    frame = b"APIC" + len(picture).to_bytes(4, "big") + bytes(2) + picture
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frame + mp3


def _play(out: OutputContainer, stream: AudioStream, pcm: bytes) -> None:
    frame = av.AudioFrame("s16", "mono", len(pcm) // 2)
    frame.planes[0].update(pcm)
    frame.sample_rate, frame.time_base, frame.pts = stream.rate, Fraction(1, stream.rate), 0
    # Some encoders take one layout only, so the sound is brought into it first.
    for piece in av.AudioResampler("s16", stream.layout, stream.rate).resample(frame):
        out.mux(stream.encode(piece))
    out.mux(stream.encode(None))


def _film(out: OutputContainer, codec: str, size: int) -> VideoStream:
    stream = cast(VideoStream, out.add_stream(codec, rate=25, width=size, height=size))
    stream.pix_fmt = "rgb24" if codec == "png" else "yuv420p"
    return stream


def _show(out: OutputContainer, stream: VideoStream, seconds: float) -> None:
    for index in range(math.ceil(seconds * 25)):
        picture = av.VideoFrame(stream.width, stream.height, stream.pix_fmt or "")
        picture.pts, picture.time_base = index, Fraction(1, 25)
        for plane in picture.planes:
            plane.update(bytes(place * 37 % 251 for place in range(plane.buffer_size)))
        out.mux(stream.encode(picture))
    out.mux(stream.encode(None))


def left_in(folder: Path) -> list[str]:
    return os.listdir(folder)


async def blocks_of(data: bytes, size: int = 1 << 16) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def heard(data: bytes, codecs: Codecs, *, max_seconds: float = 900, scratch: Path | None = None) -> bytes:
    """All of the PCM that `listen` makes of a file."""
    async with aclosing(listen(blocks_of(data), codecs, max_seconds=max_seconds, scratch=scratch)) as chunks:
        return b"".join([chunk async for chunk in chunks])
