"""An emulator of the Gemini Live API (BidiGenerateContent). It imports nothing of the product.

async with GeminiLiveEmulator(key="test-key") as gemini:
    gemini.say(Answer(pcm=speech, transcript="Готово"))
    ...                                     # a client talks to gemini.url, trusting gemini.ca_file
    await gemini.wait_until(lambda g: len(g.turns) == 1)
"""

from emulators.gemini_live.answers import Answer, Call, Model, Remembered
from emulators.gemini_live.echo_model import EchoModel
from emulators.gemini_live.emulator import GeminiLiveEmulator
from emulators.gemini_live.listening_model import ListeningModel
from emulators.gemini_live.records import Connection, FunctionResult, Heard, Image, Said, Turn
from emulators.gemini_live.shared import Behaviour

__all__ = [
    "Answer",
    "Behaviour",
    "Call",
    "Connection",
    "EchoModel",
    "FunctionResult",
    "GeminiLiveEmulator",
    "Heard",
    "Image",
    "ListeningModel",
    "Model",
    "Remembered",
    "Said",
    "Turn",
]
