import asyncio
import json
import time
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import httpx
import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot
from tests.emulators.telegram.samples import jpeg


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/bot42:WRONG/getMe", (401, "Unauthorized")),
        ("/bot42%3AWRONG/getMe", (401, "Unauthorized")),
        ("/file/bot42:WRONG/voice/file_0.oga", (401, "Unauthorized")),
        ("/bot42:TEST-TOKEN/getEverything", (404, "Not Found: method not found")),
        ("/bot42:TEST-TOKEN/", (404, "Not Found: method not found")),
        ("/file/bot42:TEST-TOKEN/voice/file_0.oga", (404, "Not Found")),
    ],
)
async def test_what_is_not_there_is_refused(bot: RawBot, path: str, refusal: tuple[int, str]) -> None:
    response = await bot.http.get(bot.url + path)
    status, description = refusal
    assert response.status_code == status
    assert response.json() == {"ok": False, "error_code": status, "description": description}


@pytest.mark.parametrize("token", ["42:TEST-TOKEN", quote("42:TEST-TOKEN", safe="")])
@pytest.mark.parametrize("method", ["getMe", "GETME"])
async def test_the_token_may_be_percent_encoded_and_the_case_of_a_method_does_not_matter(
    bot: RawBot, token: str, method: str
) -> None:
    answer = (await bot.http.get(f"{bot.url}/bot{token}/{method}")).json()
    assert answer["result"]["username"] == "site_bot"
    assert answer["result"]["is_bot"] is True


async def test_parameters_travel_in_four_ways(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    url = f"{bot.url}/bot{bot.token}/sendMessage"
    markup = {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}
    fields = {"chat_id": "1", "text": "Привет", "reply_markup": json.dumps(markup), "disable_notification": "true"}
    await bot.http.get(url, params=fields)
    await bot.http.post(url, data=fields)
    await bot.http.post(url, files={name: (None, value) for name, value in fields.items()})
    await bot.http.post(
        url, json={"chat_id": 1, "text": "Привет", "reply_markup": markup, "disable_notification": True}
    )
    assert [call.status for call in telegram.calls] == [200] * 4
    wanted = {"chat_id": 1, "text": "Привет", "reply_markup": markup, "disable_notification": True}
    assert [call.params for call in telegram.calls] == [wanted] * 4
    assert [message.silent for message in ivan.messages] == [True] * 4


async def test_a_file_may_be_attached_under_another_name(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    await bot.get("sendPhoto", {"elsewhere": ("a.jpg", jpeg(), "image/jpeg")}, chat_id=1, photo="attach://elsewhere")
    assert (await ivan.next_message()).data == jpeg()
    uploaded = telegram.calls[0].files["elsewhere"]
    assert (uploaded.name, uploaded.mime, len(uploaded.data)) == ("a.jpg", "image/jpeg", len(jpeg()))


async def test_unknown_parameters_are_ignored_but_recorded(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    await bot.get("sendMessage", chat_id=1, text="a", parsemode="HTML")
    assert telegram.calls[0].unknown == ("parsemode",)
    assert telegram.problems == ["sendMessage has no parameter parsemode"]


@pytest.mark.parametrize(
    ("body", "description"),
    [
        (b"[]", "Bad Request: JSON object expected"),
        (b"{", "Bad Request: can't parse parameter value: invalid JSON"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(bot: RawBot, body: bytes, description: str) -> None:
    headers = {"content-type": "application/json"}
    response = await bot.http.post(f"{bot.url}/bot{bot.token}/sendMessage", content=body, headers=headers)
    assert (response.status_code, response.json()["description"]) == (400, description)


async def test_more_than_50_megabytes_are_refused(bot: RawBot, ivan: Chat) -> None:
    response = await bot.ask("sendDocument", {"document": ("a.bin", bytes(52_000_000))}, chat_id=1)
    assert response.status_code == 413
    assert response.json()["description"] == "Request Entity Too Large"


async def test_it_listens_on_the_loopback_only_and_says_nothing_of_the_token(
    telegram: TelegramEmulator, bot: RawBot, caplog: pytest.LogCaptureFixture
) -> None:
    assert telegram.url.startswith("http://127.0.0.1:")
    await bot.get("getMe")
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not [record for record in ours if telegram.token in record.getMessage()]


async def test_a_port_that_is_taken_is_an_error_at_the_start(telegram: TelegramEmulator) -> None:
    with pytest.raises(OSError, match="in use"):
        async with TelegramEmulator(port=telegram.port):
            pass


async def test_at_its_end_a_waiting_poll_loses_its_connection() -> None:
    async with httpx.AsyncClient(timeout=15) as http:
        async with TelegramEmulator() as telegram:
            poll = asyncio.create_task(http.get(f"{telegram.url}/bot{telegram.token}/getUpdates?timeout=50"))
            await telegram.wait_for(lambda call: call.method == "getUpdates")
        with pytest.raises(httpx.TransportError):
            await poll


async def test_answers_carry_the_time_of_the_emulator_or_what_they_are_told_to(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    telegram.advance(24 * 60 * 60)
    message = await bot.ask("sendMessage", chat_id=1, text="раз")
    date = parsedate_to_datetime(message.headers["date"]).timestamp()
    assert date == pytest.approx(message.json()["result"]["date"], abs=1)
    assert date == pytest.approx(time.time() + 24 * 60 * 60, abs=5)
    telegram.tell_time(lambda: "yesterday")
    assert (await bot.ask("getMe")).headers.get_list("date") == ["yesterday"]
    telegram.tell_time(lambda: None)
    assert "date" not in (await bot.ask("getMe")).headers
