"""How late the loop is: seen when something blocks it, told once, and nothing otherwise."""

import asyncio
import time

from structlog.testing import capture_logs

from loop_lag import LoopLag


async def test_a_blocked_loop_is_seen() -> None:
    lag, loop = LoopLag(every=0.01, window=20), asyncio.get_running_loop()
    watching = asyncio.create_task(lag.watch())
    await asyncio.sleep(0)  # its first look is due in 10 ms
    time.sleep(0.1)  # noqa: ASYNC251 - this is what must be noticed
    seen = loop.create_future()
    loop.call_later(0.02, seen.set_result, None)
    await seen
    watching.cancel()
    await asyncio.wait([watching])
    assert len(lag) >= 1
    assert lag.worst >= 0.08


def test_nothing_was_seen_yet() -> None:
    lag = LoopLag()
    assert lag.p99 == lag.worst == 0.0


def test_the_p99_leaves_out_one_look_of_a_hundred() -> None:
    lag = LoopLag(window=200)
    for _ in range(198):
        lag.add(0.001)
    lag.add(0.5)
    lag.add(0.5)
    assert (lag.p99, lag.worst) == (0.001, 0.5)
    lag.add(0.5)
    assert lag.p99 == 0.5


def test_a_late_loop_is_told_once_a_minute_and_one_in_time_never() -> None:
    lag = LoopLag()
    with capture_logs() as logs:
        for seconds in (0.001, 0.2, 0.2, *[0.001] * 597, 0.2, 0.2):
            lag.add(seconds)
    assert [(line["event"], line["milliseconds"]) for line in logs] == [("the event loop is late", 200)] * 2
