import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from emulators.telegram import (
    Chat,
    ConnectionCut,
    CutAt,
    DeliveredButNotTold,
    Fault,
    Hang,
    RawAnswer,
    Refusal,
    SlowBody,
    TelegramEmulator,
    TooManyRequests,
)
from tests.emulators.telegram.conftest import RawBot
from tests.emulators.telegram.samples import tone


async def test_too_many_requests_say_when_to_come_again(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    telegram.fault("sendMessage", TooManyRequests(retry_after=7), times=2)
    for _ in range(2):
        response = await bot.ask("sendMessage", chat_id=1, text="a")
        assert response.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
        assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    await bot.get("sendMessage", chat_id=1, text="a")
    assert len(ivan.messages) == 1


@pytest.mark.parametrize(("status", "text"), [(403, "Forbidden: user is deactivated"), (502, "Bad Gateway")])
async def test_any_refusal_can_be_ordered(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator, status: int, text: str
) -> None:
    telegram.fault("sendmessage", Refusal(status, text))
    assert await bot.refusal("sendMessage", chat_id=1, text="a") == f"{status} {text}"
    assert ivan.messages == []


async def test_a_fault_may_be_meant_for_one_chat(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    olga = telegram.private_chat(telegram.person(id=2, first_name="Ольга"))
    telegram.fault("sendMessage", TooManyRequests(), chat=olga)
    await bot.get("sendMessage", chat_id=1, text="a")
    assert (await bot.ask("sendMessage", chat_id=2, text="a")).status_code == 429


@pytest.mark.parametrize(("fault", "delivered"), [(ConnectionCut(), 0), (DeliveredButNotTold(), 1)])
async def test_a_connection_breaks_before_or_after_the_effect(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator, fault: Fault, delivered: int
) -> None:
    telegram.fault("sendVoice", fault)
    with pytest.raises(httpx.TransportError):
        await bot.ask("sendVoice", {"voice": ("a.ogg", tone())}, chat_id=1)
    assert len(ivan.messages) == delivered
    assert (telegram.calls[0].outcome, telegram.calls[0].status) == ("cut", 0)


async def test_a_call_hangs_until_it_is_released(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    hang = telegram.fault("sendMessage", Hang())
    call = asyncio.create_task(bot.get("sendMessage", chat_id=1, text="a"))
    await telegram.wait_for(lambda call: call.method == "sendMessage")
    assert hang.met == 1
    assert ivan.messages == []
    hang.release()
    await call
    assert len(ivan.messages) == 1


async def test_a_client_that_gives_up_on_a_hanging_call_has_delivered_nothing(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    telegram.fault("sendMessage", Hang())
    with pytest.raises(httpx.ReadTimeout):
        await bot.http.get(f"{bot.url}/bot{bot.token}/sendMessage?chat_id=1&text=a", timeout=0.2)
    await telegram.wait_for(lambda call: call.outcome == "hung")
    assert ivan.messages == []


async def test_a_client_that_dies_within_its_upload_has_delivered_nothing(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    async def half_of_it() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n1\r\n--x\r\n'
        raise ConnectionError

    form = {"content-type": "multipart/form-data; boundary=x"}
    with pytest.raises(ConnectionError):
        await bot.http.post(f"{bot.url}/bot{bot.token}/sendVoice", content=half_of_it(), headers=form)
    await telegram.wait_for(lambda call: call.outcome == "hung")
    assert ivan.messages == []


async def test_a_call_hangs_for_a_while(bot: RawBot, telegram: TelegramEmulator) -> None:
    telegram.fault("getMe", Hang(seconds=0.2))
    began = time.monotonic()
    await bot.get("getMe")
    assert time.monotonic() - began >= 0.2


async def test_something_else_than_an_answer_can_come(bot: RawBot, telegram: TelegramEmulator) -> None:
    telegram.fault("getUpdates", RawAnswer(b"<html>Bad Gateway</html>", 502))
    response = await bot.ask("getUpdates")
    assert (response.status_code, response.text) == (502, "<html>Bad Gateway</html>")


async def _url_of_a_note(bot: RawBot, ivan: Chat) -> str:
    await ivan.send_voice(tone())
    file_id = (await bot.get("getUpdates"))[-1]["message"]["voice"]["file_id"]
    return f"{bot.url}/file/bot{bot.token}/{(await bot.get('getFile', file_id=file_id))['file_path']}"


async def _read(bot: RawBot, url: str) -> bytes:
    """What came before the connection broke."""
    received = b""
    async with bot.http.stream("GET", url) as response:
        assert int(response.headers["content-length"]) == len(tone())
        try:
            async for block in response.aiter_bytes():
                received += block
        except httpx.RemoteProtocolError:
            return received
    return received


async def test_a_download_is_cut_in_the_middle(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    url = await _url_of_a_note(bot, ivan)
    telegram.fault("file", CutAt(1000))
    assert await _read(bot, url) == tone()[:1000]
    assert telegram.calls[-1].outcome == "cut"
    assert await _read(bot, url) == tone()


async def test_a_download_trickles(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    url = await _url_of_a_note(bot, ivan)
    telegram.fault("file", SlowBody(piece=1000, interval=0.02))
    began = time.monotonic()
    assert await _read(bot, url) == tone()
    assert time.monotonic() - began >= 0.02 * (len(tone()) // 1000)


async def test_faults_can_be_taken_back(bot: RawBot, telegram: TelegramEmulator) -> None:
    telegram.fault("getMe", TooManyRequests(), times=100)
    assert (await bot.ask("getMe")).status_code == 429
    telegram.clear_faults()
    await bot.get("getMe")
