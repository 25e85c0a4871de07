"""The few Bot API calls that bring updates in, on httpx, with a deadline of ours and without the token in any message.

Python-telegram-bot makes all other calls.
"""

import asyncio
import logging
from collections.abc import Mapping
from urllib.parse import quote

import httpx
from pydantic import SecretStr

CALL_DEADLINE_S = 15.0
CONNECT_S = 10.0


class CallFailed(Exception):
    """The call brought no result. `status` is Telegram's `error_code`; `None`: the answer was not Telegram's, or none.

    The reason names what happened; it holds neither the token nor anything of an update.
    """

    def __init__(self, reason: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.retry_after = retry_after


class BotApi:
    """`base_url` is the server without `/bot`. The client brings the proxy, if there is one."""

    def __init__(self, client: httpx.AsyncClient, base_url: str, token: str | SecretStr) -> None:
        self._client = client
        self._token = quote(token.get_secret_value() if isinstance(token, SecretStr) else token, safe=":")
        self._server = base_url.rstrip("/")
        # httpx logs the URL of every request at INFO, and the token is in the URL.
        logging.getLogger("httpx").setLevel(logging.WARNING)

    async def call(self, method: str, deadline: float = CALL_DEADLINE_S, **parameters: object) -> object:
        """The call's `result`, after at most `deadline` seconds. Raises `CallFailed`."""
        response = await self._post(method, parameters, deadline)
        if isinstance(response, CallFailed):
            # Raised here, outside of any `except`: httpx's own errors hold the request, and so the token.
            raise response
        return self._result(response)

    async def _post(
        self, method: str, parameters: Mapping[str, object], deadline: float
    ) -> httpx.Response | CallFailed:
        try:
            # A half-closed socket has outlived the timeouts of HTTP libraries before: this one is outside.
            async with asyncio.timeout(deadline):
                return await self._client.post(
                    f"{self._server}/bot{self._token}/{method}",
                    json=dict(parameters),
                    timeout=httpx.Timeout(deadline, connect=CONNECT_S),
                )
        except TimeoutError:
            return CallFailed("no answer in time")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return CallFailed(self._without_token(f"{type(error).__name__}: {error}"))

    def _result(self, response: httpx.Response) -> object:
        answer = _json_object(response)
        if answer.get("ok") is True and "result" in answer:
            return answer["result"]
        status, details = answer.get("error_code"), answer.get("parameters")
        wait = details.get("retry_after") if isinstance(details, dict) else None
        raise CallFailed(
            self._without_token(f"HTTP {response.status_code}: {answer.get('description', 'no answer of Telegram')}"),
            status if isinstance(status, int) else None,
            float(wait) if isinstance(wait, int | float) else None,
        )

    def _without_token(self, text: str) -> str:
        return text.replace(self._token, "<token>")


def _json_object(response: httpx.Response) -> dict[str, object]:
    """The answer's object, empty when it is none: what an error of the JSON parser holds is the body."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
