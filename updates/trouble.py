"""Waiting out a trouble: longer from try to try, never in step with others, and said once."""

import logging
import random

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
MOST_KINDS_SAID = 10


class Trouble:
    """`wait` after a failed try, `over` after a good one: the log has a line per kind of failure, not per try."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._tries = 0
        self._said: set[str] = set()

    def wait(self, kind: str, reason: str) -> float:
        """Seconds until the next try, with jitter. `kind` is a constant sentence, `reason` may vary."""
        if kind not in self._said and len(self._said) < MOST_KINDS_SAID:
            self._said.add(kind)
            self._log.warning(kind, extra={"reason": reason})
        longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._tries, 10))
        self._tries += 1
        return longest * random.uniform(0.5, 1.0)  # noqa: S311

    def over(self) -> None:
        if self._said:
            self._log.info("works again", extra={"failed_tries": self._tries})
        self._tries = 0
        self._said.clear()
