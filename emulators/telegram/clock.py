"""The emulator's time, which a test can move forward."""

import time


class Clock:
    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic() + self._ahead

    def date(self) -> int:
        """Unix time, as messages carry it."""
        return int(time.time() + self._ahead)

    def advance(self, seconds: float) -> None:
        self._ahead += seconds
