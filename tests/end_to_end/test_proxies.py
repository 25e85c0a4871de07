"""Both sides can be reached through a proxy: calls, downloads and the live socket."""

import pytest
from pydantic import SecretStr

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, TelegramEmulator
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin
from tests.proxies import HttpProxy, Socks5Proxy

PROXIES = [HttpProxy, Socks5Proxy, lambda: Socks5Proxy(user="me", password="mine")]


@pytest.mark.parametrize("opened", PROXIES, ids=["http", "socks5", "socks5 with a password"])
async def test_telegram_and_gemini_through_a_proxy_each(
    opened: type[HttpProxy | Socks5Proxy],
    ivan: Chat,
    telegram: TelegramEmulator,
    gemini: GeminiLiveEmulator,
    run_bot: RunBot,
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="через прокси"))
    async with opened() as telegrams, opened() as geminis:
        async with run_bot(telegram_proxy=SecretStr(telegrams.url), gemini_proxy=SecretStr(geminis.url)):
            await begin(ivan)
            await ivan.send_voice(QUESTION.path.read_bytes())
            assert (await ivan.next_message()).caption == "через прокси"
        assert {target.rsplit(":", 1)[1] for target in telegrams.connections} == {telegram.url.rsplit(":", 1)[1]}
        assert {target.rsplit(":", 1)[1] for target in geminis.connections} == {str(gemini.port)}
    # Our polling, python-telegram-bot and our downloads are three clients.
    assert len(telegrams.connections) >= 3
