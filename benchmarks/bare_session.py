"""Bare sessions of google-genai, as many as the lines of standard input say, each of which had one turn."""

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack

import uvloop
from google import genai
from google.genai import types

from benchmarks.plain_way import CONFIG, SECOND

NOTE = bytes(2 * SECOND)
FRAME = SECOND // 10
"""Longer ones leave longer buffers behind."""


async def serve() -> None:
    client = genai.Client(
        api_key=os.environ["GOOGLE_API_KEY"],
        http_options=types.HttpOptions(
            api_version="v1beta",
            base_url=os.environ["GOOGLE_GEMINI_BASE_URL"],
            async_client_args={"compression": None},
        ),
    )
    opened = 0
    async with AsyncExitStack() as stack:
        while line := await asyncio.to_thread(sys.stdin.readline):
            for _ in range(int(line)):
                connection = client.aio.live.connect(model=os.environ["GEMINI_MODEL"], config=CONFIG)
                session = await stack.enter_async_context(connection)
                await session.send_realtime_input(activity_start=types.ActivityStart())
                for start in range(0, len(NOTE), FRAME):
                    piece = types.Blob(data=NOTE[start : start + FRAME], mime_type="audio/pcm;rate=16000")
                    await session.send_realtime_input(audio=piece)
                await session.send_realtime_input(activity_end=types.ActivityEnd())
                async for _message in session.receive():
                    pass
                opened += 1
            sys.stdout.write(json.dumps({"open": opened}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(serve())
