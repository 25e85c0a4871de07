"""What time it is at Telegram: a clock of ours that is wrong must not make a live recording look old."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic

import httpx

STALE_S = 30 * 60
"""A recording that is older is apologized for instead of answered."""


class TelegramClock:
    """Set by the `Date` of Telegram's answers; from there on it goes by itself, whatever becomes of ours.

    Until an answer tells the time it is our own clock.
    """

    def __init__(self) -> None:
        self._told: tuple[datetime, float] | None = None

    async def hear(self, response: httpx.Response) -> None:
        """A hook for the responses of an httpx client that talks to Telegram."""
        if not response.is_success:
            return  # it may be a proxy's, which has a clock of its own
        date = _date_of(response)
        if date is not None:
            self._told = date, monotonic()

    def now(self) -> datetime:
        """To the second."""
        if self._told is None:
            return datetime.now(UTC)
        date, told_at = self._told
        return date + timedelta(seconds=monotonic() - told_at)


def _date_of(response: httpx.Response) -> datetime | None:
    try:
        date = parsedate_to_datetime(response.headers.get("date", ""))
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
