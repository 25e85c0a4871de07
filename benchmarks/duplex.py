"""Conversations that speak both ways at real pace, all in this process, through our own seam to the live model.

One JSON line at the end. The arguments: how many, for how many seconds, and the addresses of the models that they are
spread over.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence

import uvloop

from gemini_live_session import GeminiLive
from live_session import LiveEvent, Setup, Speech
from loop_lag import LoopLag
from tasks import task_group

FRAME_S = 0.04
UP = bytes(round(FRAME_S * 16_000) * 2)
LOOK_S = 0.01


class Call:
    def __init__(self) -> None:
        self.received = 0

    def hear(self, event: LiveEvent) -> None:
        if isinstance(event, Speech):
            self.received += len(event.pcm)

    async def talk(self, live: GeminiLive, begin_at: float, until: float, ready: asyncio.Barrier) -> None:
        async with live.connect(Setup("Ты помощник прораба.", "Aoede"), self.hear) as session:
            await session.begin()
            await session.send_audio(UP)
            await ready.wait()
            loop = asyncio.get_running_loop()
            await asyncio.sleep(max(0.0, begin_at - loop.time()))
            await session.end()  # from here on the model speaks, as we do
            due = loop.time()
            while due < until:
                await session.send_audio(UP)
                due += FRAME_S
                await asyncio.sleep(max(0.0, due - loop.time()))


async def measure(count: int, seconds: float, models: Sequence[str]) -> dict[str, float]:
    key, name = os.environ["GOOGLE_API_KEY"], os.environ["GEMINI_MODEL"]
    lives = [GeminiLive(key, name, base_url=model) for model in models]
    calls: Sequence[Call] = [Call() for _ in range(count)]
    lag, ready = LoopLag(LOOK_S, window=round(seconds / LOOK_S)), asyncio.Barrier(count + 1)
    now = asyncio.get_running_loop().time
    async with task_group() as group:
        # Spread over one frame, as people are.
        settled = now() + 0.1 * count
        for number, call in enumerate(calls):
            begin_at = settled + number * FRAME_S / count
            live = lives[number % len(lives)]
            group.create_task(call.talk(live, begin_at, settled + 2 + seconds, ready))
            await asyncio.sleep(0.02)
        await ready.wait()
        await asyncio.sleep(max(0.0, settled + 1 - now()))
        watching = group.create_task(lag.watch())
        began, cpu = now(), time.process_time()
        before = sum(call.received for call in calls)
        await asyncio.sleep(max(0.0, settled + 1 + seconds - now()))
        took, used = now() - began, time.process_time() - cpu
        received = sum(call.received for call in calls) - before
        watching.cancel()
    for live in lives:
        await live.close()
    return {
        "lag p99 ms": round(1000 * lag.p99, 2),
        "lag worst ms": round(1000 * lag.worst, 2),
        "pace": round(received / count / took / 48_000, 3),
        "cpu ms a second of a call": round(1000 * used / took / count, 3),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(measure(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))) + "\n")
