"""A live model in a process of its own, for whoever measures how soon its client hears it.

One JSON line says where it is and which authority to trust; it ends with its standard input. The arguments: seconds of
each answer, and its pace as a multiple of real time.
"""

import asyncio
import json
import sys

import uvloop

from benchmarks.fixed_model import FixedModel
from benchmarks.material import answer
from emulators.gemini_live import Behaviour, GeminiLiveEmulator

KEY = "test-key"
KEPT = 100


async def serve(seconds: float, pace: float) -> None:
    model = FixedModel()
    model.spoken, model.pace = answer(seconds), pace
    async with GeminiLiveEmulator(KEY, model=model, behaviour=Behaviour(keep=KEPT)) as gemini:
        sys.stdout.write(json.dumps({"url": gemini.url, "ca": str(gemini.ca_file)}) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve(float(sys.argv[1]), float(sys.argv[2])))
