"""An emulator with one person, and a raw client that is no library."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from emulators.telegram import Chat, TelegramEmulator


@dataclass
class RawBot:
    """Calls methods by form, as any HTTP client can; objects go as JSON inside."""

    http: httpx.AsyncClient
    url: str
    token: str

    async def ask(self, method: str, files: dict[str, Any] | None = None, /, **fields: Any) -> httpx.Response:
        data = {
            name: json.dumps(value) if isinstance(value, list | dict | bool) else str(value)
            for name, value in fields.items()
        }
        return await self.http.post(f"{self.url}/bot{self.token}/{method}", data=data, files=files)

    async def get(self, method: str, files: dict[str, Any] | None = None, /, **fields: Any) -> Any:
        """The result; the call must succeed."""
        answer = (await self.ask(method, files, **fields)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def refusal(self, method: str, files: dict[str, Any] | None = None, /, **fields: Any) -> str:
        """The status and the wording, as in `400 Bad Request: chat not found`."""
        response = await self.ask(method, files, **fields)
        answer = response.json()
        assert answer["ok"] is False
        assert answer["error_code"] == response.status_code
        return f"{response.status_code} {answer['description']}"


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(webhook_retry_s=0.01) as emulator:
        yield emulator


@pytest.fixture
def ivan(telegram: TelegramEmulator) -> Chat:
    return telegram.private_chat(telegram.person(id=1, first_name="Иван", language_code="ru"))


@pytest_asyncio.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[RawBot]:
    async with httpx.AsyncClient(timeout=15, verify=False, trust_env=False) as http:  # no TLS here: spare the roots
        yield RawBot(http, telegram.url, telegram.token)
