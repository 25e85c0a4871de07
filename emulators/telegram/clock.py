"""The emulator's time, which a test can move forward."""

import time
from collections.abc import Callable
from email.utils import formatdate


class Clock:
    def __init__(self) -> None:
        self._ahead = 0.0
        self.header: Callable[[], str | None] = self.http_date

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic() + self._ahead

    def date(self) -> int:
        """Unix time, as messages carry it."""
        return int(time.time() + self._ahead)

    def http_date(self) -> str:
        """As the `Date` of an answer carries it."""
        return formatdate(self.date(), usegmt=True)

    def advance(self, seconds: float) -> None:
        self._ahead += seconds
