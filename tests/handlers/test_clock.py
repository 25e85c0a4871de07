"""The time at Telegram, as a real client hears it."""

from datetime import UTC, datetime

import httpx
import pytest

from emulators.telegram import Refusal, TelegramEmulator
from handlers.clock import TelegramClock

YEAR_S = 365 * 24 * 60 * 60


async def heard(clock: TelegramClock, telegram: TelegramEmulator) -> float:
    """Seconds by which the clock is ahead of ours after one more answer."""
    async with httpx.AsyncClient(verify=False, trust_env=False, event_hooks={"response": [clock.hear]}) as client:
        await client.get(f"{telegram.url}/bot{telegram.token}/getMe")
    return (clock.now() - datetime.now(UTC)).total_seconds()


@pytest.mark.parametrize("seconds", [YEAR_S, -YEAR_S])
async def test_it_is_as_late_as_the_last_answer_said(telegram: TelegramEmulator, seconds: int) -> None:
    clock = TelegramClock()
    assert await heard(clock, telegram) == pytest.approx(0, abs=2)
    telegram.advance(seconds)
    assert await heard(clock, telegram) == pytest.approx(seconds, abs=2)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "yesterday",
        "1795860000",
        "Thu, 99 Nov 2026 10:00:00 GMT",
        "Thu, 26 Nov 99999999999999999999 10:00:00 GMT",
        "Thu, 26 Nov 2026 10:00:00 +9999999999999999",
        "Thu, 26 Nov 2026",
    ],
)
async def test_a_date_that_is_missing_or_unreadable_changes_nothing(
    telegram: TelegramEmulator, header: str | None
) -> None:
    clock = TelegramClock()
    telegram.tell_time(lambda: header)
    assert await heard(clock, telegram) == pytest.approx(0, abs=2)
    telegram.tell_time()
    telegram.advance(YEAR_S)
    await heard(clock, telegram)
    telegram.tell_time(lambda: header)
    assert await heard(clock, telegram) == pytest.approx(YEAR_S, abs=2)


async def test_a_date_without_a_zone_is_universal_time(telegram: TelegramEmulator) -> None:
    clock = TelegramClock()
    telegram.tell_time(lambda: "Thu, 26 Nov 2026 10:00:00 -0000")
    await heard(clock, telegram)
    assert (clock.now() - datetime(2026, 11, 26, 10, tzinfo=UTC)).total_seconds() == pytest.approx(0, abs=2)


async def test_what_is_no_success_tells_no_time(telegram: TelegramEmulator) -> None:
    """It may come from a proxy."""
    clock = TelegramClock()
    telegram.advance(YEAR_S)
    telegram.fault("getMe", Refusal(502, "Bad Gateway"))
    assert await heard(clock, telegram) == pytest.approx(0, abs=2)
