"""The rows of `make bench`: what is measured, beside what, and what must be reached."""

from dataclasses import asdict, dataclass, field
from typing import Literal

Rule = Literal["sooner", "more", "at most", "below", "no more than beside"]


@dataclass(frozen=True, slots=True)
class Goal:
    """`sooner`, `more`: `number` times better than what stands beside it; `at most`, `below`: a bound of our own value;
    `no more than beside`: at most `number` times, or `slack` units above, what stands beside it."""

    rule: Rule
    number: float
    words: str
    slack: float = 0.0


GOALS = {
    "in 5 s": Goal("sooner", 5, "at least 5 times sooner"),
    "in 60 s": Goal("sooner", 2, "at least 2 times sooner"),
    "out 17 s": Goal("sooner", 25, "at least 25 times sooner"),
    "first words": Goal("sooner", 5, "at least 5 times sooner"),
    "answers, serial": Goal("more", 12, "at least 12 times as many"),
    "answers, concurrent": Goal("more", 3, "at least 3 times as many"),
    "memory, bare": Goal("no more than beside", 1, "at most 60 KiB more", slack=60),
    "memory, plain": Goal("sooner", 3, "at most a third"),
    "memory, 1,000 chats": Goal("at most", 300, "at most 300 MiB"),
    "start": Goal("at most", 2, "at most 2 s"),
    "duplex": Goal("below", 20, "below 20 ms"),
    "flat, turns": Goal("no more than beside", 1.5, "no dearer"),
    "flat, rows": Goal("no more than beside", 1.5, "no dearer"),
    "flat, chats": Goal("no more than beside", 1.5, "no dearer"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """`ours` and `beside` in `unit`, medians of the samples; `against` says what stands beside."""

    key: str
    what: str
    unit: str
    ours: float
    beside: float | None = None
    against: str = "plain way"
    samples: dict[str, list[float]] = field(default_factory=dict)
    notes: dict[str, float] = field(default_factory=dict)

    @property
    def goal(self) -> Goal:
        return GOALS[self.key]

    @property
    def ratio(self) -> float | None:
        """How many times better than what stands beside it; below 1: worse."""
        if not self.beside or not self.ours:
            return None
        return self.ours / self.beside if self.goal.rule == "more" else self.beside / self.ours

    @property
    def met(self) -> bool:
        goal = self.goal
        match goal.rule:
            case "sooner" | "more":
                return self.ratio is not None and self.ratio >= goal.number
            case "at most":
                return self.ours <= goal.number
            case "below":
                return self.ours < goal.number
            case "no more than beside":
                return self.beside is not None and self.ours <= self.beside * goal.number + goal.slack

    def told(self) -> dict[str, object]:
        """For the JSON file."""
        derived = {"goal": self.goal.words, "ratio": self.ratio and round(self.ratio, 2), "met": self.met}
        return asdict(self) | derived
