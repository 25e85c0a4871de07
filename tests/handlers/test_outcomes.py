"""How a request to Telegram can end with the real clients, and what that says of the message."""

import asyncio

import httpx
import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from emulators.telegram import TelegramEmulator
from emulators.telegram.faults import (
    ConnectionCut,
    CutAt,
    DeliveredButNotTold,
    Fault,
    Hang,
    RawAnswer,
    Refusal,
    TooManyRequests,
)
from handlers.outcomes import Attempt, Failure, Verdict, attempt, observed
from tests.handlers.requests import VOICE, free_port, open_bot, resetting_server, silent_server
from tests.proxies import HttpProxy, TcpProxy

CHAT = 1
NOT_THERE, REFUSED, UNKNOWN, LIMITED = Verdict.NOT_THERE, Verdict.REFUSED, Verdict.UNKNOWN, Verdict.LIMITED
# Python-telegram-bot warns of itself whenever it meets a 429.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
HOOKS = pytest.mark.parametrize("hooks", [True, False])


@pytest.fixture(autouse=True)
def ivan(telegram: TelegramEmulator) -> None:
    telegram.private_chat(telegram.person(id=CHAT, first_name="Иван"))


async def text(url: str, *, hooks: bool, proxy: str | None = None) -> Failure:
    async with open_bot(url, hooks=hooks, proxy=proxy) as (bot, _):
        answer = await attempt(lambda: bot.send_message(CHAT, "слова"), Attempt(), 5)
    assert isinstance(answer, Failure)
    return answer


async def voice(url: str, *, hooks: bool) -> Failure:
    async with open_bot(url, hooks=hooks) as (bot, _):
        answer = await attempt(lambda: bot.send_voice(CHAT, VOICE, filename="a.ogg"), Attempt(), 5)
    assert isinstance(answer, Failure)
    return answer


@HOOKS
@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        (Refusal(500, "Internal Server Error"), NOT_THERE),
        (Refusal(502, "Bad Gateway"), NOT_THERE),
        (RawAnswer(b"<html>502</html>", 502), NOT_THERE),
        (Refusal(400, "Bad Request: chat not found"), REFUSED),
        (Refusal(401, "Unauthorized"), REFUSED),
        (Refusal(403, "Forbidden: bot was blocked by the user"), REFUSED),
        (Refusal(409, "Conflict: something"), REFUSED),
        (Refusal(413, "Request Entity Too Large"), REFUSED),
        (RawAnswer(b"<html>413</html>", 413), REFUSED),
        (TooManyRequests(7), LIMITED),
        (Refusal(429, "Too Many Requests: retry later"), LIMITED),
        (ConnectionCut(), UNKNOWN),
        (DeliveredButNotTold(), UNKNOWN),
        (CutAt(10), UNKNOWN),
        (RawAnswer(b'{"ok":true,"resu'), UNKNOWN),
        (Hang(), UNKNOWN),
    ],
)
async def test_what_an_answer_says(telegram: TelegramEmulator, fault: Fault, verdict: Verdict, hooks: bool) -> None:
    telegram.fault("sendMessage", fault)
    failure = await text(telegram.url, hooks=hooks)
    assert failure.verdict is verdict
    told = float(fault.retry_after) if isinstance(fault, TooManyRequests) else 1.0
    assert failure.wait == (told if verdict is LIMITED else 0.0)


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        (Refusal(422, "Unheard of"), REFUSED),
        (Refusal(302, "Elsewhere"), REFUSED),
        (Refusal(599, "Conflict"), NOT_THERE),
    ],
)
async def test_the_hooks_know_a_status_that_words_do_not_tell(
    telegram: TelegramEmulator, fault: Fault, verdict: Verdict
) -> None:
    telegram.fault("sendMessage", fault)
    assert (await text(telegram.url, hooks=True)).verdict is verdict


@HOOKS
async def test_without_a_connection_nothing_is_there(hooks: bool) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    assert (await text(f"http://{nobody}", hooks=hooks)).verdict is NOT_THERE
    for scheme in ("http", "socks5"):
        assert (await text("http://127.0.0.1:1", hooks=hooks, proxy=f"{scheme}://{nobody}")).verdict is NOT_THERE


@HOOKS
async def test_when_tls_fails_nothing_is_there(hooks: bool) -> None:
    async with silent_server() as silent, resetting_server() as resetting:
        for port in (silent, resetting):
            assert (await text(f"https://127.0.0.1:{port}", hooks=hooks)).verdict is NOT_THERE


@HOOKS
async def test_when_a_proxy_refuses_nothing_is_there(telegram: TelegramEmulator, hooks: bool) -> None:
    # SOCKS is left out: httpcore forgets to close the socket when it fails there.
    async with HttpProxy(user="me", password="mine") as proxy:
        secure, stranger = telegram.url.replace("http:", "https:"), f"http://127.0.0.1:{proxy.port}"
        assert (await text(secure, hooks=hooks, proxy=stranger)).verdict is NOT_THERE


async def test_a_proxy_that_dies_before_the_request_is_known_by_the_hooks_only() -> None:
    async with silent_server() as silent, resetting_server() as resetting:
        for port in (silent, resetting):
            proxy = f"http://127.0.0.1:{port}"
            assert (await text("https://127.0.0.1:1", hooks=True, proxy=proxy)).verdict is NOT_THERE
            assert (await text("https://127.0.0.1:1", hooks=False, proxy=proxy)).verdict is UNKNOWN


@pytest.mark.parametrize("bytes_through", [0, 70_000])
async def test_a_reset_in_the_middle_of_the_body_is_known_by_the_hooks_only(
    telegram: TelegramEmulator, bytes_through: int
) -> None:
    for hooks, verdict in ((True, NOT_THERE), (False, UNKNOWN)):
        async with TcpProxy("127.0.0.1", telegram.port) as line:
            line.reset_after(bytes_through, "up")
            assert (await voice(f"http://127.0.0.1:{line.port}", hooks=hooks)).verdict is verdict
    assert not any(call.outcome == "answered" for call in telegram.calls)


@HOOKS
async def test_after_the_whole_body_nobody_knows(telegram: TelegramEmulator, hooks: bool) -> None:
    async with TcpProxy("127.0.0.1", telegram.port) as line:
        line.reset_after(1, "down")
        assert (await text(f"http://127.0.0.1:{line.port}", hooks=hooks)).verdict is UNKNOWN
    async with silent_server() as silent:
        assert (await text(f"http://127.0.0.1:{silent}", hooks=hooks)).verdict is UNKNOWN


@HOOKS
async def test_a_body_that_is_not_taken_in_time_may_be_there(hooks: bool) -> None:
    async with silent_server() as silent:
        failure = await voice(f"http://127.0.0.1:{silent}", hooks=hooks)
    assert failure.verdict is UNKNOWN
    assert type(failure.error.__cause__).__name__ == "WriteTimeout"


@HOOKS
async def test_a_connection_that_was_closed_while_idle(telegram: TelegramEmulator, hooks: bool) -> None:
    async with (
        TcpProxy("127.0.0.1", telegram.port) as line,
        open_bot(f"http://127.0.0.1:{line.port}", hooks=hooks) as (bot, _),
    ):
        await bot.get_me()
        line.reset_all()
        answer = await attempt(lambda: bot.send_message(CHAT, "слова"), Attempt(), 5)
    assert isinstance(answer, Failure)
    assert answer.verdict is (NOT_THERE if hooks else UNKNOWN)


async def test_our_own_deadline_tells_apart_what_waits_for_a_connection_and_what_was_written() -> None:
    async with (
        silent_server() as silent,
        open_bot(f"http://127.0.0.1:{silent}", connection_pool_size=1, pool_timeout=5.0, read_timeout=5.0) as (bot, _),
    ):
        first = asyncio.create_task(attempt(lambda: bot.send_message(CHAT, "раз"), Attempt(), 0.5))
        await asyncio.sleep(0)
        second = await attempt(lambda: bot.send_message(CHAT, "два"), Attempt(), 0.2)
        written = await first
    assert isinstance(second, Failure)
    assert isinstance(written, Failure)
    assert (written.verdict, second.verdict) == (UNKNOWN, NOT_THERE)


async def test_a_form_with_a_file_is_written_in_few_pieces(telegram: TelegramEmulator) -> None:
    written: list[int] = []
    hooks = observed()

    async def count(request: httpx.Request) -> None:
        assert isinstance(request.stream, httpx.AsyncByteStream)
        written.append(len([piece async for piece in request.stream]))

    hooks["event_hooks"]["request"].append(count)
    async with Bot(telegram.token, base_url=f"{telegram.url}/bot", request=HTTPXRequest(httpx_kwargs=hooks)) as bot:
        written.clear()
        await bot.send_voice(CHAT, VOICE[:50_000], caption="слова", duration=3, filename="a.ogg")
        await bot.send_document(CHAT, bytes(150_000), filename="a.bin")
        await bot.send_message(CHAT, "слова")
    assert written == [1, 3, 1]
    voice, document, _ = telegram.calls[-3:]
    assert [file.data for file in (*voice.files.values(), *document.files.values())] == [VOICE[:50_000], bytes(150_000)]
