"""Where and with what key a client may come."""

import pytest
from websockets.exceptions import InvalidStatus

from emulators.gemini_live import GeminiLiveEmulator
from tests.emulators.gemini_live.raw_client import PATH, RawClient, dial, setup


async def _is_set_up(client: RawClient) -> bool:
    await client.send(setup())
    return "setupComplete" in await client.receive()


@pytest.mark.parametrize("path", [PATH, PATH[1:], PATH.replace("v1beta", "v1alpha")])
async def test_the_live_path_is_served_with_one_slash_or_two(gemini: GeminiLiveEmulator, path: str) -> None:
    async with dial(gemini, path) as client:
        assert await _is_set_up(client)


@pytest.mark.parametrize("path", ["/", PATH.replace("v1beta", "v1"), PATH + "Constrained"])
async def test_any_other_path_is_not_found(gemini: GeminiLiveEmulator, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with dial(gemini, path):
            pass
    assert refused.value.response.status_code == 404


async def test_the_key_may_stand_in_the_address(gemini: GeminiLiveEmulator) -> None:
    async with dial(gemini, f"{PATH}?key=test-key", key=None) as client:
        assert await _is_set_up(client)


async def test_the_headers_are_recorded_whatever_their_case(gemini: GeminiLiveEmulator) -> None:
    async with dial(gemini):
        await gemini.wait_until(lambda g: len(g.connections) == 1)
        assert gemini.connections[0].headers["X-Goog-Api-Key"] == "test-key"


@pytest.mark.parametrize(
    ("path", "key", "code", "words"),
    [
        (PATH, "another", 1007, "API key not valid. Please pass a valid API key."),
        (f"{PATH}?key=another", None, 1007, "API key not valid. Please pass a valid API key."),
        (PATH, None, 1008, "Method doesn't allow unregistered callers"),
    ],
)
async def test_a_wrong_key_is_closed(gemini: GeminiLiveEmulator, path: str, key: str, code: int, words: str) -> None:
    async with dial(gemini, path, key) as client:
        await client.send(setup())
        closed_with, reason = await client.closed()
    assert (closed_with, reason.startswith(words)) == (code, True)
    await gemini.wait_until(lambda g: g.connections[0].close_code == code)
