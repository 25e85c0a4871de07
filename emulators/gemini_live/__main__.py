"""Runs the emulator alone:

python -m emulators.gemini_live --port 8443 --ca ca.pem
SSL_CERT_FILE=ca.pem GOOGLE_GEMINI_BASE_URL=https://localhost:8443 GOOGLE_API_KEY=test-key ...
"""

import argparse
import asyncio
import shutil
import signal
from pathlib import Path

from emulators.gemini_live import Behaviour, EchoModel, GeminiLiveEmulator, ListeningModel

KEPT = 20


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m emulators.gemini_live", description="The Gemini Live API, emulated."
    )
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--ca", type=Path, default=Path("ca.pem"), help="the authority's certificate is written here")
    parser.add_argument("--key", default="test-key", help="the API key that is accepted")
    parser.add_argument("--echo", action="store_true", help="give back what was heard instead of answering")
    parser.add_argument("--pace", type=float, help="send speech at this multiple of real time")
    parser.add_argument("--playback", type=float, default=0.0, help="turnComplete after this share of the playing time")
    asked = parser.parse_args()
    behaviour = Behaviour(pace=asked.pace, playback_scale=asked.playback, keep=KEPT)
    emulator = GeminiLiveEmulator(
        asked.key, asked.port, EchoModel() if asked.echo else ListeningModel(), behaviour=behaviour
    )
    asyncio.run(_serve(emulator, asked.ca))


async def _serve(emulator: GeminiLiveEmulator, ca: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with emulator:
        shutil.copyfile(emulator.ca_file, ca)
        print(f"An emulator of the Gemini Live API, not a model: {emulator.url}, certificate {ca}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    main()
