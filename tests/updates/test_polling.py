"""Long polling against a scripted Bot API server."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence

import httpx
import pytest
from pydantic import SecretStr

from errors import ConfigurationError, Overloaded
from tasks import task_group
from tests.updates.samples import UNREADABLE, text
from tests.updates.virtual_time import in_virtual_time, now
from updates.bot_api import BotApi
from updates.inbox import ACCEPT_S, MemoryInbox
from updates.polling import poll

TOKEN = "42:SECRET-token"
Json = dict[str, object]
Step = httpx.Response | Exception | None


def updates(*batch: object) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "result": list(batch)})


def done() -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "result": True})


def error(status: int, description: str, **parameters: int) -> httpx.Response:
    answer: Json = {"ok": False, "error_code": status, "description": description}
    return httpx.Response(status, json=answer | ({"parameters": parameters} if parameters else {}))


CONFLICT = error(
    409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK = error(
    409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class Telegram:
    """Answers each call with the next step: a response, an error of the network, or (`None`) never.

    After the last step it never answers again, but to a confirmation.
    """

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.calls: list[tuple[str, Json]] = []
        self.at: list[float] = []
        self.over = asyncio.Event()

    async def answer(self, request: httpx.Request) -> httpx.Response:
        method, asked = request.url.path.rsplit("/", 1)[1], json.loads(request.content)
        self.calls.append((method, asked))
        self.at.append(asyncio.get_running_loop().time())
        if asked.get("timeout") == 0:
            return updates()
        if not self.steps:
            self.over.set()
        step = self.steps.pop(0) if self.steps else None
        if isinstance(step, httpx.Response):
            return step
        if step is not None:
            raise step
        never: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()
        return await never

    @property
    def offsets(self) -> list[object]:
        return [asked.get("offset") for method, asked in self.calls if method == "getUpdates"]

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]


async def polled(
    telegram: Telegram, inbox: MemoryInbox | None = None, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Poll until the script is over, then cancel."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(telegram.answer)) as client, task_group() as tasks:
        api = BotApi(client, "https://telegram.test", SecretStr(TOKEN))
        polling = tasks.create_task(poll(api, inbox or MemoryInbox(), allowed_updates=["message"], sleep=sleep))
        tasks.create_task(cancel_after(telegram.over, polling))


async def cancel_after(event: asyncio.Event, task: asyncio.Task[None]) -> None:
    await event.wait()
    task.cancel()


async def everything_in(inbox: MemoryInbox, count: int) -> list[int]:
    async with asyncio.timeout(1):
        return [(await inbox.take()).update_id for _ in range(count)]


@in_virtual_time
async def test_the_offset_moves_only_past_what_the_inbox_has() -> None:
    telegram, inbox = Telegram(updates(text(7), text(8)), updates(text(9))), MemoryInbox()
    await polled(telegram, inbox)
    assert telegram.offsets[:3] == [None, 9, 10]
    assert await everything_in(inbox, 3) == [7, 8, 9]


@in_virtual_time
async def test_what_is_asked_for_is_said_with_every_poll() -> None:
    telegram = Telegram(updates(text(1)))
    await polled(telegram)
    assert telegram.calls[0][1] == {"limit": 100, "timeout": 30, "allowed_updates": ["message"]}
    assert telegram.calls[1][1] == {"limit": 100, "timeout": 30, "allowed_updates": ["message"], "offset": 2}


@in_virtual_time
async def test_a_confirmed_offset_is_left_out_because_numbers_may_start_again_lower() -> None:
    telegram, inbox = Telegram(updates(text(900)), updates(), updates(text(20))), MemoryInbox()
    await polled(telegram, inbox)
    assert telegram.offsets[:4] == [None, 901, None, 21]
    assert await everything_in(inbox, 2) == [900, 20]


@in_virtual_time
async def test_an_inbox_that_refuses_keeps_the_offset_where_it_is() -> None:
    class FullOnce(MemoryInbox):
        refusals = 2

        async def accept(self, updates: Sequence[object]) -> int:
            if self.refusals:
                self.refusals -= 1
                raise Overloaded
            return await super().accept(updates)

    telegram, inbox = Telegram(*[updates(text(7))] * 3), FullOnce()
    await polled(telegram, inbox)
    assert telegram.offsets[:4] == [None, None, None, 8]
    assert await everything_in(inbox, 1) == [7]


@in_virtual_time
async def test_an_inbox_that_hangs_is_given_up_and_the_offset_stays() -> None:
    class HangsOnce(MemoryInbox):
        hung = False

        async def accept(self, updates: Sequence[object]) -> int:
            if not self.hung:
                self.hung = True
                await asyncio.sleep(3600)
            return await super().accept(updates)

    telegram = Telegram(updates(text(7)), updates(text(7)))
    await polled(telegram, HangsOnce())
    assert telegram.offsets[:3] == [None, None, 8]
    assert ACCEPT_S <= telegram.at[1] < ACCEPT_S + 5


@in_virtual_time
async def test_the_last_offset_is_confirmed_when_polling_ends() -> None:
    telegram = Telegram(updates(text(7)))
    await polled(telegram)
    assert telegram.calls[-1] == ("getUpdates", {"limit": 1, "timeout": 0, "offset": 8})


@in_virtual_time
async def test_with_nothing_to_confirm_polling_ends_at_once() -> None:
    telegram = Telegram(updates(text(7)), updates())
    await polled(telegram)
    assert telegram.calls[-1][1]["timeout"] == 30
    assert telegram.offsets[-1] is None


@in_virtual_time
async def test_a_batch_out_of_order_is_put_in_order() -> None:
    telegram, inbox = Telegram(updates(text(9), text(7), text(8), text(7))), MemoryInbox()
    await polled(telegram, inbox)
    assert telegram.offsets[1] == 10
    assert await everything_in(inbox, 3) == [7, 8, 9]


@in_virtual_time
async def test_broken_updates_do_not_stop_their_batch() -> None:
    telegram, inbox = Telegram(updates(None, [], "x", {"update_id": "7"}, UNREADABLE, text(14))), MemoryInbox()
    await polled(telegram, inbox)
    assert telegram.offsets[1] == 15
    assert await everything_in(inbox, 2) == [13, 14]


TROUBLES: list[Step] = [
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("cut"),
    error(500, "Internal Server Error"),
    error(400, "Bad Request: whatever"),
    httpx.Response(502, text="<html>Bad Gateway</html>"),
    httpx.Response(200, text='{"ok": true, "resu'),
    httpx.Response(200, content=b"\xff\xfe\x00"),
    httpx.Response(200, content=b"[" * 100_000),
    httpx.Response(200, json=[1]),
    httpx.Response(200, json={"ok": True, "result": {"no": "list"}}),
    httpx.Response(200, json={"ok": True, "result": [{"no": "number"}]}),
    httpx.Response(404, text="nginx"),
    None,
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=repr)
@in_virtual_time
async def test_after_a_trouble_the_same_offset_is_asked_again(trouble: Step) -> None:
    telegram, inbox = Telegram(updates(text(1)), trouble, updates(text(2))), MemoryInbox()
    await polled(telegram, inbox)
    assert telegram.offsets[:4] == [None, 2, 2, 3]
    assert await everything_in(inbox, 2) == [1, 2]


@in_virtual_time
async def test_a_hung_poll_is_given_up_within_a_minute() -> None:
    telegram = Telegram(None, updates())
    await polled(telegram)
    assert telegram.at[1] < 60


@in_virtual_time
async def test_the_pauses_grow_with_jitter_up_to_half_a_minute() -> None:
    telegram = Telegram(*[httpx.ConnectError("refused")] * 12)
    await polled(telegram)
    pauses = [after - before for before, after in zip(telegram.at, telegram.at[1:], strict=False)]
    for tries, pause in enumerate(pauses):
        longest = min(30, 2**tries)
        assert longest / 2 <= pause <= longest
    assert len({round(pause / min(30, 2**tries), 6) for tries, pause in enumerate(pauses)}) > 6


@in_virtual_time
async def test_a_trouble_is_said_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    refused = httpx.ConnectError("refused")
    await polled(Telegram(refused, refused, refused, updates(), updates(), refused, updates()))
    assert [record.message for record in caplog.records] == ["Telegram is out of reach", "works again"] * 2


@in_virtual_time
async def test_a_conflict_is_said_and_tried_again_within_five_seconds(caplog: pytest.LogCaptureFixture) -> None:
    telegram = Telegram(*[CONFLICT] * 8, updates())
    await polled(telegram)
    assert [record.message for record in caplog.records].count("another instance receives this bot's updates") == 1
    assert max(after - before for before, after in zip(telegram.at, telegram.at[1:], strict=False)) <= 5
    assert set(telegram.methods) == {"getUpdates"}


@in_virtual_time
async def test_told_to_slow_down_it_waits_as_long_as_it_was_told() -> None:
    telegram = Telegram(error(429, "Too Many Requests: retry after 17", retry_after=17), updates())
    await polled(telegram)
    assert telegram.at[1] == pytest.approx(17, abs=0.01)


@in_virtual_time
async def test_a_webhook_set_earlier_is_removed_once_and_waiting_updates_are_kept() -> None:
    telegram, inbox = Telegram(WEBHOOK, done(), updates(text(1))), MemoryInbox()
    await polled(telegram, inbox)
    assert telegram.calls[1] == ("deleteWebhook", {"drop_pending_updates": False})
    assert await everything_in(inbox, 1) == [1]


@in_virtual_time
async def test_a_webhook_that_comes_back_is_left_alone() -> None:
    telegram = Telegram(WEBHOOK, done(), WEBHOOK, WEBHOOK, updates())
    await polled(telegram)
    assert telegram.methods.count("deleteWebhook") == 1


@in_virtual_time
async def test_a_webhook_set_while_we_poll_belongs_to_somebody_else() -> None:
    telegram = Telegram(updates(), WEBHOOK, updates())
    await polled(telegram)
    assert "deleteWebhook" not in telegram.methods


@in_virtual_time
async def test_removing_the_webhook_is_tried_again_when_it_fails() -> None:
    telegram = Telegram(WEBHOOK, error(500, "Internal Server Error"), WEBHOOK, done(), updates())
    await polled(telegram)
    assert telegram.methods.count("deleteWebhook") == 2


@pytest.mark.parametrize("rejection", [error(401, "Unauthorized"), error(404, "Not Found")])
@in_virtual_time
async def test_a_token_that_never_was_good_ends_polling_at_once(rejection: httpx.Response) -> None:
    telegram = Telegram(rejection)
    with pytest.raises(ConfigurationError) as caught:
        await polled(telegram)
    assert caught.value.reason == "token_rejected"
    assert len(telegram.calls) == 1


@in_virtual_time
async def test_a_good_token_is_not_given_up_for_one_bad_answer() -> None:
    unauthorized = error(401, "Unauthorized")
    telegram = Telegram(updates(), unauthorized, unauthorized, updates(), unauthorized, updates())
    await polled(telegram)
    assert not telegram.steps


@in_virtual_time
async def test_a_token_that_was_taken_back_ends_polling() -> None:
    with pytest.raises(ConfigurationError):
        await polled(Telegram(updates(), *[error(401, "Unauthorized")] * 3))


@in_virtual_time
async def test_a_server_that_does_not_wait_is_asked_once_a_second() -> None:
    telegram = Telegram(*[updates()] * 10)
    await polled(telegram)
    assert now() >= 10


@in_virtual_time
async def test_a_server_that_repeats_itself_is_asked_once_a_second() -> None:
    telegram = Telegram(*[updates(text(1))] * 11)
    await polled(telegram)
    assert now() >= 10


def reachable_from(error: BaseException | None) -> str:
    """All that a log or a crash report could print of an error, its causes and what they hold."""
    words = []
    while error is not None:
        words += [repr(error), str(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    return " ".join(words)


@in_virtual_time
async def test_the_token_is_in_no_log_and_in_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    url = f"https://telegram.test/bot{TOKEN}/getUpdates"
    steps: list[Step] = [httpx.ConnectError(f"refused: {url}"), error(500, f"{url} failed"), *TROUBLES]
    with pytest.raises(ConfigurationError) as caught:
        await polled(Telegram(*steps, error(401, f"no such bot: {TOKEN}")))
    logged = " ".join(str(vars(record)) + record.getMessage() for record in caplog.records)
    assert "SECRET" not in logged + reachable_from(caught.value)
    assert "Telegram is out of reach" in logged
