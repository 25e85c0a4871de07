"""Attempts, pauses and holds of one message, in virtual time: the real client over a scripted wire."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from telegram.constants import ChatAction

from handlers import sending
from handlers.delivery import HOLD_S, TRY_S
from handlers.sending import (
    FORBIDDEN_FOR_S,
    Blocked,
    NotSent,
    Place,
    Sender,
    Unknown,
    open_sender,
)
from tests.handlers.requests import Scripted
from tests.updates.virtual_time import in_virtual_time, now

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
T = TypeVar("T")
IVAN, PETR = Place(1), Place(2)
MESSAGE = {"message_id": 7, "date": 0, "chat": {"id": 1, "type": "private"}}
TAKEN = (200, json.dumps({"ok": True, "result": MESSAGE}).encode())
DONE = (200, b'{"ok":true,"result":true}')


def refused(status: int, description: str, **parameters: int) -> tuple[int, bytes]:
    answer = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    return status, json.dumps(answer).encode()


def limited(seconds: int) -> tuple[int, bytes]:
    return refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def one_by_one(*answers: tuple[int, bytes]) -> Scripted:
    """These answers, the last one for ever."""
    rest = itertools.chain(answers, itertools.repeat(answers[-1]))
    return Scripted(lambda _: next(rest))


async def with_sender(wire: Scripted, use: Callable[[Sender], Awaitable[T]]) -> T:
    async with open_sender(wire.scripted_bot()) as sender:
        return await use(sender)


def send(place: Place = IVAN) -> Callable[[Sender], Awaitable[int]]:
    return lambda sender: sender.text(place, "слова")


@in_virtual_time
async def test_what_a_server_error_refused_is_sent_again_after_growing_pauses() -> None:
    wire = one_by_one(*[refused(502, "Bad Gateway")] * 5, TAKEN)
    assert await with_sender(wire, send()) == 7
    times = [time for time, _ in wire.methods]
    for pause, (before, after) in zip((0.5, 1, 2, 4, 8), itertools.pairwise(times), strict=True):
        assert pause / 2 <= after - before <= pause


@in_virtual_time
async def test_two_messages_do_not_come_back_at_the_same_moment() -> None:
    waits = set()
    for _ in range(5):
        wire = one_by_one(refused(502, "Bad Gateway"), TAKEN)
        await with_sender(wire, send())
        waits.add(wire.methods[1][0] - wire.methods[0][0])
    assert len(waits) == 5


@in_virtual_time
async def test_after_its_time_a_message_is_given_up() -> None:
    wire = one_by_one(refused(500, "Internal Server Error"))
    with pytest.raises(NotSent) as given_up:
        await with_sender(wire, send())
    assert type(given_up.value) is NotSent
    assert TRY_S - 15 <= now() <= TRY_S
    assert len(wire.methods) < 20


@pytest.mark.parametrize("status", [400, 401, 404, 409, 413])
def test_what_telegram_refuses_is_not_sent_again(status: int) -> None:
    @in_virtual_time
    async def sent_once() -> None:
        wire = one_by_one(refused(status, {413: "Request Entity Too Large"}.get(status, "Bad Request: no")))
        with pytest.raises(NotSent) as given_up:
            await with_sender(wire, send())
        assert not isinstance(given_up.value, Unknown)
        assert len(wire.methods) == 1

    sent_once()


@in_virtual_time
async def test_a_person_who_is_gone_is_told_apart() -> None:
    wire = one_by_one(refused(403, "Forbidden: user is deactivated"))
    with pytest.raises(Blocked):
        await with_sender(wire, send())
    assert len(wire.methods) == 1


@in_virtual_time
async def test_a_chat_that_is_limited_waits_as_long_as_told_and_another_does_not() -> None:
    wire = one_by_one(limited(30), TAKEN)

    async def use(sender: Sender) -> list[float]:
        async def told(place: Place) -> float:
            await sender.text(place, "слова")
            return now()

        first = asyncio.ensure_future(told(IVAN))
        await asyncio.sleep(1)
        second = await told(PETR)
        return [await first, second]

    assert await with_sender(wire, use) == pytest.approx([30, 1])


@in_virtual_time
async def test_a_new_message_to_a_limited_chat_waits_too() -> None:
    wire = one_by_one(limited(30), TAKEN)

    async def use(sender: Sender) -> None:
        first = asyncio.ensure_future(sender.text(IVAN, "раз"))
        await asyncio.sleep(1)
        assert sender.held(IVAN) == pytest.approx(29)
        assert sender.held(PETR) == 0
        await sender.text(IVAN, "два")
        await first

    await with_sender(wire, use)
    assert [time for time, _ in wire.methods] == [0, pytest.approx(30), pytest.approx(30)]


@in_virtual_time
async def test_being_held_does_not_count_as_trying() -> None:
    wire = one_by_one(limited(100), limited(100), refused(502, "Bad Gateway"), TAKEN)
    assert await with_sender(wire, send()) == 7
    assert 200 <= now() <= 201


@in_virtual_time
async def test_a_limit_longer_than_anybody_waits_is_an_answer_at_once() -> None:
    wire = one_by_one(limited(3600))

    async def use(sender: Sender) -> None:
        for _ in range(2):
            with pytest.raises(NotSent):
                await sender.text(IVAN, "слова")

    await with_sender(wire, use)
    assert (now(), len(wire.methods)) == (0, 1)


@in_virtual_time
async def test_limits_again_and_again_come_to_an_end() -> None:
    wire = one_by_one(limited(40))
    with pytest.raises(NotSent):
        await with_sender(wire, send())
    assert now() <= HOLD_S
    assert len(wire.methods) == 8


@in_virtual_time
async def test_a_429_without_a_time_is_tried_again_after_a_second() -> None:
    wire = one_by_one(refused(429, "Too Many Requests"), TAKEN)
    assert await with_sender(wire, send()) == 7
    assert now() == pytest.approx(1)


@in_virtual_time
async def test_a_limit_of_the_bot_holds_everybody_and_lets_them_out_slowly() -> None:
    def answer(_: str) -> tuple[int, bytes]:
        return TAKEN if now() >= 10 else limited(max(1, round(10 - now() + 0.49)))

    wire = Scripted(answer)

    async def use(sender: Sender) -> None:
        async with asyncio.TaskGroup() as group:
            for chat in range(1, 301):
                group.create_task(sender.text(Place(chat), "слова"))
                await asyncio.sleep(0.01)

    await with_sender(wire, use)
    assert sum(time < 10 for time, _ in wire.methods) == 3
    assert max(time for time, _ in wire.methods) == pytest.approx(10 + 299 / 30, abs=0.5)


@in_virtual_time
async def test_limits_of_chats_with_messages_getting_through_between_them_hold_nobody_else() -> None:
    wire = one_by_one(limited(20), limited(20), TAKEN, limited(20), TAKEN)

    async def use(sender: Sender) -> float:
        async with asyncio.TaskGroup() as group:
            for chat in (1, 2, 3, 4):
                group.create_task(sender.text(Place(chat), "слова"))
                await asyncio.sleep(0.1)
            await sender.text(Place(5), "слова")
            return now()

    assert await with_sender(wire, use) == pytest.approx(0.4)


@in_virtual_time
async def test_an_edit_an_action_and_the_answer_to_a_button_are_never_held_and_dropped_when_limited() -> None:
    wire = one_by_one(*[TAKEN] * 20, limited(5))

    async def use(sender: Sender) -> None:
        await asyncio.gather(*(sender.text(IVAN, "слова") for _ in range(20)))
        await sender.edit_text(IVAN, 7, "иначе")
        await sender.edit_caption(IVAN, 7, "иначе")
        await sender.answer_button("1")
        stop = sender.action(IVAN, ChatAction.TYPING)
        await asyncio.sleep(1)
        stop()

    await with_sender(wire, use)
    assert now() == 1
    assert [name for _, name in wire.methods[20:]] == [
        "editMessageText",
        "editMessageCaption",
        "answerCallbackQuery",
        "sendChatAction",
    ]
    assert {time for time, _ in wire.methods} == {0}


@in_virtual_time
async def test_an_action_that_hangs_is_given_up_for_the_next() -> None:
    wire = Scripted(lambda _: None)

    async def use(sender: Sender) -> None:
        stop = sender.action(IVAN, ChatAction.TYPING)
        await asyncio.sleep(10)
        stop()

    await with_sender(wire, use)
    assert [time for time, _ in wire.methods] == [0, pytest.approx(9.5)]


@in_virtual_time
async def test_an_answer_that_never_comes_is_unknown_at_the_deadline() -> None:
    wire = Scripted(lambda _: None)
    with pytest.raises(Unknown):
        await with_sender(wire, send())
    assert now() == pytest.approx(TRY_S)
    assert len(wire.methods) == 1


@in_virtual_time
async def test_a_read_is_never_held_and_always_tried_again() -> None:
    boss = {"user": {"id": 3, "is_bot": False, "first_name": "Начальник"}, "status": "creator", "is_anonymous": False}
    member = (200, json.dumps({"ok": True, "result": boss}).encode())
    wire = one_by_one(refused(502, "Bad Gateway"), (200, b"<html>"), limited(4), member)
    assert await with_sender(wire, lambda sender: sender.is_administrator(-5, 3))
    assert 4 < now() < 5


@in_virtual_time
async def test_a_read_that_telegram_refuses_is_not_tried_again() -> None:
    wire = one_by_one(refused(400, "Bad Request: user not found"))
    assert await with_sender(wire, lambda sender: sender.is_administrator(-5, 1)) is False
    assert len(wire.methods) == 1


@in_virtual_time
async def test_a_read_has_a_deadline() -> None:
    wire = one_by_one(refused(502, "Bad Gateway"))
    assert await with_sender(wire, lambda sender: sender.is_administrator(-5, 1)) is False
    assert 20 < now() <= 30


@in_virtual_time
async def test_what_a_person_forbids_is_tried_again_a_day_later() -> None:
    wire = Scripted(lambda name: refused(400, "VOICE_MESSAGES_FORBIDDEN") if name == "sendVoice" else TAKEN)

    async def use(sender: Sender) -> None:
        for wait in (0, FORBIDDEN_FOR_S - 1, 2):
            await asyncio.sleep(wait)
            await sender.voice(IVAN, b"OggS", 1, "слова")

    await with_sender(wire, use)
    assert [name for _, name in wire.methods] == ["sendVoice", "sendAudio", "sendAudio", "sendVoice", "sendAudio"]


@in_virtual_time
async def test_what_people_forbid_is_remembered_for_a_bounded_number_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MOST_FORBIDDEN", 100)  # ten thousand take long to fill, and prove no more
    wire = Scripted(lambda name: refused(400, "VOICE_MESSAGES_FORBIDDEN") if name == "sendVoice" else TAKEN)

    async def use(sender: Sender) -> None:
        for chat in range(1, 102):
            await sender.voice(Place(chat), b"OggS", 1, "слова")
        wire.methods.clear()
        for chat in (2, 1):
            await sender.voice(Place(chat), b"OggS", 1, "слова")

    await with_sender(wire, use)
    assert [name for _, name in wire.methods] == ["sendAudio", "sendVoice", "sendAudio"]


@in_virtual_time
async def test_a_group_that_has_become_a_supergroup_is_found() -> None:
    wire = one_by_one(refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001), TAKEN)
    assert await with_sender(wire, send(Place(-5))) == 7
    assert len(wire.methods) == 2
