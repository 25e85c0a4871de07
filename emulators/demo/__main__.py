"""`make demo`: both emulators here, the real bot.py as a process, and a conversation of real audio between them."""

import argparse
import asyncio
import io
import signal
import sys
from pathlib import Path

from emulators.demo.playing import PAGE_PORT, Run
from emulators.demo.process import ROOT

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m emulators.demo", description="Демонстрация без учётных записей.")
    parser.add_argument("--port", type=int, help=f"порт страницы чата; в терминале {PAGE_PORT}, иначе любой свободный")
    parser.add_argument("--files", type=Path, default=ROOT / "demo-data", help="куда положить ответы и журнал бота")
    asked = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that knows no Russian must not end the demo
    return asyncio.run(_run(asked.port, asked.files.resolve()))


async def _run(port: int | None, files: Path) -> int:
    stop = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return await Run(port, files, stop).play()


if __name__ == "__main__":
    sys.exit(main())
