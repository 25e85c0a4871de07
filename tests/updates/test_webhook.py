"""The webhook over HTTP: what is taken, what is refused, and who is let in."""

import ast
import asyncio
import inspect
import json
import textwrap
from collections.abc import Callable, Sequence

import httpx
import pytest

from errors import ConfigurationError
from tests.updates.samples import UNKNOWN, UNREADABLE, text
from tests.updates.virtual_time import in_virtual_time, now
from updates.bot_api import BotApi
from updates.inbox import MemoryInbox
from updates.webhook import LARGEST_BODY, SECRET_HEADER, Message, Receive, Scope, Webhook, set_webhook

SECRET = "s3cret-Of_the-webhook"
PATH = "/telegram"


def app(inbox: MemoryInbox) -> Webhook:
    return Webhook(inbox, path=PATH, secret=SECRET)


async def posted(
    inbox: MemoryInbox,
    content: bytes | str,
    *,
    method: str = "POST",
    path: str = PATH,
    secret: str | bytes | None = SECRET,
) -> httpx.Response:
    headers = {} if secret is None else {SECRET_HEADER: secret if isinstance(secret, bytes) else secret.encode()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app(inbox)), base_url="http://bot.test") as client:
        return await client.request(method, path, content=content, headers=headers)


async def numbers_in(inbox: MemoryInbox, count: int) -> list[int]:
    async with asyncio.timeout(1):
        return [(await inbox.take()).update_id for _ in range(count)]


@pytest.mark.parametrize("update", [text(13), UNREADABLE, UNKNOWN], ids=["good", "broken", "unknown"])
async def test_an_update_of_any_kind_is_taken(update: dict[str, object]) -> None:
    inbox = MemoryInbox()
    assert (await posted(inbox, json.dumps(update))).status_code == 200
    assert await numbers_in(inbox, 1) == [update["update_id"]]


async def test_an_update_that_comes_again_is_taken_once() -> None:
    inbox = MemoryInbox()
    for number in (2, 1, 2, 1):
        assert (await posted(inbox, json.dumps(text(number)))).status_code == 200
    assert await inbox.accept([text(3)]) == 1
    assert await numbers_in(inbox, 3) == [2, 1, 3]


def test_the_secret_is_compared_in_constant_time_and_used_for_nothing_else() -> None:
    """A comparison that ends at the first wrong byte tells a stranger, try by try, how far he has got. That cannot be
    measured in a test; but all that the class does with the secret after taking it can be read."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(Webhook)))
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "_secret"]
    compared = {
        argument
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "hmac.compare_digest"
        for argument in call.args
    }
    assert [use for use in uses if isinstance(use.ctx, ast.Load)] == [use for use in uses if use in compared]
    assert any(use in compared for use in uses)


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "секрет".encode()])
async def test_without_the_secret_nobody_is_let_in(secret: str | bytes | None) -> None:
    inbox = MemoryInbox(capacity=0)
    assert (await posted(inbox, json.dumps(text(1)), secret=secret)).status_code == 403


@pytest.mark.parametrize("path", ["/", "/telegram/", "/telegram/x", "/Telegram", "//telegram"])
async def test_other_paths_are_not_here(path: str) -> None:
    assert (await posted(MemoryInbox(), json.dumps(text(1)), path=path)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused(method: str) -> None:
    answer = await posted(MemoryInbox(), "", method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "[" * 100_000, '{"update_id": "7"}', b"\xff\xfe"])
async def test_what_can_never_become_an_update_is_not_asked_for_again(body: str | bytes) -> None:
    inbox = MemoryInbox()
    assert (await posted(inbox, body)).status_code == 200
    assert await inbox.accept([text(1)]) == 1
    assert await numbers_in(inbox, 1) == [1]


async def test_an_inbox_that_refuses_has_telegram_come_again(caplog: pytest.LogCaptureFixture) -> None:
    full = Webhook(MemoryInbox(capacity=0), path=PATH, secret=SECRET)
    for _ in range(3):
        status, headers = await status_of(full, [json.dumps(text(1)).encode()])
        assert (status, headers[b"retry-after"]) == (503, b"2")
    assert [record.message for record in caplog.records] == ["the inbox refuses updates, Telegram keeps them"]


class Hanging(MemoryInbox):
    async def accept(self, updates: Sequence[object]) -> int:
        await asyncio.sleep(3600)
        return 0


@in_virtual_time
async def test_an_inbox_out_of_reach_has_telegram_come_again_before_telegram_gives_up() -> None:
    status, _ = await status_of(Webhook(Hanging(), path=PATH, secret=SECRET), [json.dumps(text(1)).encode()])
    assert status == 503
    assert now() < 60


async def test_a_body_beyond_the_bound_is_not_read_to_its_end() -> None:
    pieces = [bytes(LARGEST_BODY // 16)] * 20
    status, _ = await status_of(app(MemoryInbox()), pieces)
    assert status == 413
    assert len(pieces) == 3


@in_virtual_time
async def test_a_body_that_does_not_come_is_given_up() -> None:
    async def receive() -> Message:
        await asyncio.sleep(7)
        return {"type": "http.request", "body": b" ", "more_body": True}

    assert [message.get("status") for message in await exchange(app(MemoryInbox()), POST, receive)] == [408, None]


async def test_a_body_cut_by_a_hang_up_is_not_taken() -> None:
    inbox = MemoryInbox(capacity=0)
    messages: list[Message] = [
        {"type": "http.request", "body": json.dumps(text(1)).encode(), "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    assert (await exchange(app(inbox), POST, receive))[0]["status"] != 200


async def test_a_server_may_start_and_stop_it_and_is_refused_websockets() -> None:
    events: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Message:
        return events.pop(0)

    webhook = app(MemoryInbox())
    sent = await exchange(webhook, {"type": "lifespan"}, receive) + await exchange(
        webhook, {"type": "websocket"}, receive
    )
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
        "websocket.close",
    ]


POST: Scope = {"type": "http", "method": "POST", "path": PATH, "headers": [(SECRET_HEADER, SECRET.encode())]}


async def status_of(webhook: Webhook, pieces: list[bytes]) -> tuple[int, dict[bytes, bytes]]:
    """The pieces are handed over, and off the list, as long as the webhook asks for them."""

    async def receive() -> Message:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    start, _ = await exchange(webhook, POST, receive)
    return start["status"], dict(start["headers"])


async def exchange(webhook: Webhook, scope: Scope, receive: Receive) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await webhook(scope, receive, send)
    return sent


@in_virtual_time
async def test_telegram_is_told_where_to_post_and_troubles_are_waited_out() -> None:
    calls: list[object] = []
    steps = [
        httpx.Response(502, text="Bad Gateway"),
        httpx.Response(429, json={"ok": False, "error_code": 429, "parameters": {"retry_after": 9}}),
        httpx.Response(200, json={"ok": True, "result": True}),
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append((request.url.path, json.loads(request.content)))
        return steps.pop(0)

    await told(answer)
    asked = {"url": "https://bot.test/telegram", "secret_token": SECRET, "allowed_updates": ["message"]}
    assert calls == [("/bot42:TOKEN/setWebhook", asked)] * 3
    assert now() > 9


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "token_rejected"), (404, "token_rejected"), (400, "webhook_rejected")]
)
async def test_a_webhook_that_telegram_rejects_is_the_settings_fault(status: int, reason: str) -> None:
    refusal = {"ok": False, "error_code": status, "description": "Bad Request: bad webhook"}
    with pytest.raises(ConfigurationError) as caught:
        await told(lambda _: httpx.Response(status, json=refusal))
    assert caught.value.reason == reason


async def told(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        api = BotApi(client, "https://telegram.test", "42:TOKEN")
        await set_webhook(api, "https://bot.test/telegram", secret=SECRET, allowed_updates=["message"])
