"""What a step of the script measured, and what of it is not as it must be."""

from dataclasses import dataclass, field

from emulators.demo.measuring import Recording
from emulators.speech import words

ALIKE = 0.97
"""Correlation of loudness envelopes from which on two recordings count as the same speech."""
CODEC_FRAME_S = 0.02
AUDIBLE_DB = -50.0


@dataclass(slots=True)
class Findings:
    facts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    """Facts that stand on lines of their own."""
    left_out: str = ""
    """Why the step was not played, in a sentence."""
    answered_s: float | None = None
    reply_s: float | None = None
    heard_likeness: float | None = None
    reply_likeness: float | None = None

    def check(self, holds: bool, fault: str) -> bool:
        if not holds:
            self.faults.append(fault)
        return holds

    def compare_heard(self, sent: Recording, heard: Recording) -> None:
        """The file that was sent against the PCM that reached the model."""
        self.heard_likeness = sent.likeness(heard)
        self._compare(sent, heard, self.heard_likeness, "услышанного")

    def compare_reply(self, said: Recording, reply: Recording) -> None:
        """The PCM that the model said against the file that came into the chat."""
        self.reply_likeness = said.likeness(reply)
        self._compare(said, reply, self.reply_likeness, "ответа")

    def _compare(self, one: Recording, other: Recording, alike: float, what: str) -> None:
        lengths = f"{number(one.seconds, 2)} → {seconds(other.seconds)}"
        self.facts.append(f"сходство {what} {likeness(alike)} ({lengths})")
        self.check(alike >= ALIKE, f"сходство {what} ниже {likeness(ALIKE)}")
        # A millisecond more for what resampling does at the edges.
        same_length = abs(one.seconds - other.seconds) <= CODEC_FRAME_S + 0.001
        self.check(same_length, f"длина {what} изменилась больше чем на кадр кодека: {lengths}")


def number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def likeness(value: float) -> str:
    return number(value, 3)


def seconds(value: float) -> str:
    """«4 мс», «0,46 с»."""
    return f"{number(value, 2)} с" if value >= 0.1 else f"{value * 1000:.0f} мс"


def size(count: int) -> str:
    """«20 534 байта»."""
    return f"{count:,} ".replace(",", "\N{NO-BREAK SPACE}") + words.form(count, ("байт", "байта", "байт"))
