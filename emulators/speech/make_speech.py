"""Makes the committed recordings again:

    apt-get install festival festvox-ru espeak-ng ffmpeg
    python -m emulators.speech.make_speech

The notes are spoken by festival (`voice_msu_ru_nsh_clunits`), the assistant's words by espeak-ng. Neither is needed to
use the recordings.
"""

import json
import subprocess
import tempfile
from pathlib import Path

from emulators.speech import sound, words
from emulators.speech.recordings import NOTES, Recording

RATE = 48_000
ASSISTANT = ("espeak-ng", "-v", "ru+f3", "-s", "155", "-a", "110")
GAP_MS = 120
"""Silence between two words in the recording, so that one does not smear into the next when it is encoded."""
QUIET = 0.004
FRAME_MS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        for note in NOTES:
            make_note(note, Path(directory))
        make_words(Path(directory))
    for path in [*(note.path for note in NOTES), words.RECORDING]:
        print(f"{path.name}: {path.stat().st_size} bytes, {len(sound.decode(str(path), RATE)) / 2 / RATE:.2f} s")


def make_note(note: Recording, directory: Path) -> None:
    text, spoken = directory / "text.txt", directory / "spoken.wav"
    text.write_text(note.text, encoding="utf-8")
    _run("text2wave", "-eval", "(voice_msu_ru_nsh_clunits)", str(text), "-o", str(spoken))
    note.path.parent.mkdir(exist_ok=True)
    changed = f"asetrate=16000*{note.pitch},aresample={RATE},atempo={1 / note.pitch:.4f}"
    _encode(spoken, note.path, note.bit_rate, "-af", f"{changed},loudnorm=I=-20:TP=-2,aresample={RATE}")


def make_words(directory: Path) -> None:
    """All words one after the other in one recording, and where each of them is."""
    pcm, index = bytearray(_silence(GAP_MS)), {}
    for word in words.VOCABULARY:
        spoken = directory / "word.wav"
        _run(*ASSISTANT, "-w", str(spoken), word)
        start = _milliseconds(pcm)
        pcm += _trimmed(sound.decode(str(spoken), RATE))
        index[word] = [start, _milliseconds(pcm)]
        pcm += _silence(GAP_MS)
    raw = directory / "words.raw"
    raw.write_bytes(pcm)
    _encode(raw, words.RECORDING, 24_000, source=("-f", "s16le", "-ar", str(RATE), "-ac", "1"))
    lines = ",\n".join(f"  {json.dumps(word, ensure_ascii=False)}: {place}" for word, place in index.items())
    words.INDEX.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _trimmed(pcm: bytes) -> bytes:
    """Without the silence around the word, in whole frames."""
    frames = sound.pieces(pcm, RATE, FRAME_MS)
    loud = [place for place, frame in enumerate(frames) if sound.loudness(frame, RATE) > QUIET]
    kept = frames[max(0, loud[0] - 2) : min(len(frames) - 1, loud[-1] + 4)]
    return b"".join(kept)


def _silence(milliseconds: int) -> bytes:
    return bytes(RATE * milliseconds // 1000 * 2)


def _milliseconds(pcm: bytes | bytearray) -> int:
    return len(pcm) * 1000 // 2 // RATE


def _encode(source_file: Path, target: Path, bit_rate: int, *filters: str, source: tuple[str, ...] = ()) -> None:
    opus = ("-c:a", "libopus", "-b:a", str(bit_rate), "-vbr", "on", "-application", "voip")
    plain = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")
    _run(
        "ffmpeg", "-v", "error", "-y", *source, "-i", str(source_file), *filters, "-ac", "1", *opus, *plain, str(target)
    )


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
