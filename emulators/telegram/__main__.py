"""Runs the emulator alone: `python -m emulators.telegram --port 8081`, then open the printed address."""

import argparse
import asyncio
import signal

from .emulator import TelegramEmulator


async def run(port: int, token: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with TelegramEmulator(token=token, port=port) as telegram:
        telegram.private_chat(telegram.person(id=1, first_name="Прораб", language_code="ru"))
        print(f"Emulated Bot API and chat page: {telegram.url}", flush=True)
        print(f"TELEGRAM_API_BASE_URL={telegram.url} TELEGRAM_BOT_TOKEN={token}", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m emulators.telegram", description="Telegram Bot API, emulated")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default="42:TEST-TOKEN")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.port, arguments.token))


if __name__ == "__main__":
    main()
