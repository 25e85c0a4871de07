"""What a conversation used: counters for `/stop`, tokens by modality, and their price.

Prices: Gemini Developer API, gemini-3.8-live, US dollars for a million tokens, as published in September 2026. What the
table does not name has no known price and is left out of the sum, which then says so.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from time import monotonic

from live_session import Usage

PRICES_AS_OF = date(2026, 9, 15)

_MILLION = 1_000_000
_PROMPT: dict[str, dict[str, Decimal]] = {
    "gemini-3.8-live": {"TEXT": Decimal("0.75"), "AUDIO": Decimal("3.00")},
    "gemini-3.8-live-extended-thinking": {"TEXT": Decimal("0.75"), "AUDIO": Decimal("3.00")},
}
_RESPONSE: dict[str, dict[str, Decimal]] = {
    "gemini-3.8-live": {"TEXT": Decimal("4.50"), "AUDIO": Decimal("12.00")},
    "gemini-3.8-live-extended-thinking": {"TEXT": Decimal("4.50"), "AUDIO": Decimal("12.00")},
}


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars, and the tokens by modality that the sum leaves out because their price is not known."""

    dollars: Decimal
    left_out: dict[str, int]


@dataclass(slots=True)
class Statistics:
    """Counters of one conversation. Frames are audio frames on the live connection."""

    questions: int = 0
    answers: int = 0
    frames_sent: int = 0
    frames_received: int = 0
    prompt_tokens: dict[str, int] = field(default_factory=dict)
    response_tokens: dict[str, int] = field(default_factory=dict)
    started_at: float = field(default_factory=monotonic)
    ended_at: float | None = None

    @property
    def seconds(self) -> float:
        return (monotonic() if self.ended_at is None else self.ended_at) - self.started_at

    def end(self) -> None:
        self.ended_at = monotonic()

    def add(self, usage: Usage) -> None:
        for sums, counts in ((self.prompt_tokens, usage.prompt), (self.response_tokens, usage.response)):
            for modality, count in counts.items():
                sums[modality] = sums.get(modality, 0) + count

    def price(self, model: str) -> Price | None:
        """None when nothing is known of this model's prices."""
        model = model.removeprefix("models/")
        if model not in _PROMPT:
            return None
        total, left_out = Decimal(0), dict[str, int]()
        for tokens, prices in ((self.prompt_tokens, _PROMPT), (self.response_tokens, _RESPONSE)):
            known = prices[model]
            for modality, count in tokens.items():
                if modality in known:
                    total += known[modality] * count / _MILLION
                else:
                    left_out[modality] = left_out.get(modality, 0) + count
        return Price(total, left_out)
