"""`python -m emulators.gemini_live` runs the emulator by itself."""

import asyncio
import signal
import ssl
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.emulators.gemini_live.raw_client import DEADLINE, PATH, RawClient, setup


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_serves_and_writes_its_certificate(number: signal.Signals, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulators.gemini_live", "--port", "0", "--ca", str(ca)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(2 * DEADLINE):
            line = (await process.stdout.readline()).decode()
            assert line.startswith("An emulator of the Gemini Live API, not a model: https://localhost:")
            address = line.split()[-3].rstrip(",").replace("https", "wss") + f"{PATH}?key=test-key"
            context = ssl.create_default_context(cafile=str(ca))
            async with connect(address, ssl=context, proxy=None) as socket:
                client = RawClient(socket)
                await client.send(setup())
                assert "setupComplete" in await client.receive()
    finally:
        process.send_signal(number)
        assert await process.wait() == 0
