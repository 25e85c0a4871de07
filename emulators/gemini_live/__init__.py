"""An emulator of the Gemini Live API (BidiGenerateContent). It imports nothing of the product.

async with GeminiLiveEmulator(key="test-key") as gemini:
    gemini.say(Answer(pcm=speech, transcript="Готово"))
    ...                                     # a client talks to gemini.url, trusting gemini.ca_file
    await gemini.wait_until(lambda g: len(g.turns) == 1)
"""

from emulators.gemini_live.answers import Answer, Call, Model, Remembered
from emulators.gemini_live.emulator import Behaviour, GeminiLiveEmulator
from emulators.gemini_live.records import Connection, FunctionResult, Heard, Image, Said, Turn

__all__ = [
    "Answer",
    "Behaviour",
    "Call",
    "Connection",
    "FunctionResult",
    "GeminiLiveEmulator",
    "Heard",
    "Image",
    "Model",
    "Remembered",
    "Said",
    "Turn",
]
