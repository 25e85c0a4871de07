"""Order inside a chat, chats beside each other, bounds, and the end of every row. Times are virtual seconds."""

import asyncio

import pytest
from telegram import Bot, Update

from errors import AssistantError, Overloaded
from tasks import task_group
from tests.updates.desk import Desk, WatchedInbox, line
from tests.updates.samples import text
from tests.updates.virtual_time import in_virtual_time, now
from updates.inbox import Receipt
from updates.lanes import Bounds

FLOODER, QUIET = 1, 2


@in_virtual_time
async def test_twenty_chats_of_ten_updates_keep_their_order_and_run_side_by_side(bot: Bot) -> None:
    async def take_its_time(update: Update, _: Receipt) -> None:
        await asyncio.sleep(update.update_id * 7919 % 13 / 10)

    inbox, desk = WatchedInbox(), Desk(take_its_time)
    numbers = range(200)
    async with line(bot, inbox, desk):
        await inbox.accept([text(number, chat=1 + number % 20) for number in numbers])
        await inbox.until_ended(*numbers)
    for chat in range(20):
        assert [number for number in desk.handled if number % 20 == chat] == list(range(chat, 200, 20))
    assert now() < sum(number * 7919 % 13 / 10 for number in numbers) / 10


@pytest.mark.parametrize("parallel", [1, 2, 16])
@in_virtual_time
async def test_a_quiet_chat_beside_a_flood_of_forty_waits_less_than_three_times_what_it_waits_alone(
    bot: Bot, parallel: int
) -> None:
    async def waiting_time(flood: int) -> float:
        inbox, began = WatchedInbox(), now()
        async with line(bot, inbox, Desk(seconds=1), Bounds(parallel=parallel)):
            await inbox.accept([text(number, FLOODER) for number in range(flood)] + [text(1000, QUIET)])
            await inbox.until_ended(1000)
            return inbox.ended_at[1000] - began

    assert await waiting_time(flood=40) < 3 * await waiting_time(flood=0)


@in_virtual_time
async def test_the_stop_word_passes_its_lane_and_a_taken_slot(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk()
    async with line(bot, inbox, desk, Bounds(parallel=1)):
        await inbox.accept([text(1), text(2), text(3, words="стоп")])
        await inbox.until_ended(1, 2, 3)
    assert desk.handled == [1, 3, 2] or desk.handled == [3, 1, 2]
    assert inbox.ended_at[3] <= inbox.ended_at[1]


@in_virtual_time
async def test_beyond_its_bound_what_is_urgent_waits_in_its_lane(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk()
    async with line(bot, inbox, desk, Bounds(urgent=1)):
        await inbox.accept([text(number, words="стоп") for number in (1, 2, 3)])
        await inbox.until_ended(1, 2, 3)
    assert [inbox.ended_at[number] for number in (1, 2, 3)] == [1, 1, 2]


@in_virtual_time
async def test_topics_of_a_forum_are_lanes_of_their_own(bot: Bot) -> None:
    inbox = WatchedInbox()
    async with line(bot, inbox, Desk()):
        await inbox.accept([text(1, topic=5), text(2, topic=6), text(3), text(4, topic=5)])
        await inbox.until_ended(1, 2, 3, 4)
    assert [inbox.ended_at[number] for number in (1, 2, 3, 4)] == [1, 1, 1, 2]


@in_virtual_time
async def test_idle_lanes_are_gone(bot: Bot) -> None:
    inbox = WatchedInbox()
    async with line(bot, inbox, Desk()) as lanes:
        await inbox.accept([text(number, chat=number + 1) for number in range(50)])
        await inbox.until_ended(*range(50))
        await asyncio.sleep(0)
        assert len(lanes) == 0


@in_virtual_time
async def test_a_chat_that_sends_too_much_is_told_once_a_burst(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk()
    async with line(bot, inbox, desk, Bounds(a_lane=3)):
        for burst in (range(10), range(10, 20)):
            await inbox.accept([text(number, FLOODER) for number in burst])
            await inbox.until_ended(*burst)
            await asyncio.sleep(0)
    assert [error for _, error in desk.apologies] == [Overloaded, Overloaded]
    assert len(desk.handled) == 6
    assert set(inbox.ended.values()) == {"told"}


@in_virtual_time
async def test_when_the_lanes_are_full_in_all_the_rest_stays_in_the_inbox(bot: Bot) -> None:
    inbox, desk = WatchedInbox(capacity=8), Desk()
    async with line(bot, inbox, desk, Bounds(parallel=1, in_all=2)) as lanes:
        await inbox.accept([text(number, chat=number + 1) for number in range(8)])
        await asyncio.sleep(0.5)
        assert len(lanes) == 2
        with pytest.raises(Overloaded):
            await inbox.accept([text(100), text(101)])
        await inbox.until_ended(*range(8))
    assert desk.handled == list(range(8))
    assert now() == 8


@in_virtual_time
async def test_a_row_that_the_handler_keeps_is_open_until_its_turn_ends(bot: Bot) -> None:
    receipts: list[Receipt] = []

    async def begin_a_turn(update: Update, receipt: Receipt) -> None:
        receipt.keep()
        receipts.append(receipt)

    inbox, desk = WatchedInbox(), Desk(begin_a_turn)
    async with line(bot, inbox, desk):
        await inbox.accept([text(1), text(2)])
        await asyncio.sleep(100)
        assert desk.handled == [1, 2]
        assert inbox.ended == {}
        await receipts[0].done("interrupted")
        await receipts[1].done("answered")
    assert inbox.ended == {1: "interrupted", 2: "answered"}


@in_virtual_time
async def test_a_handler_may_end_the_row_itself(bot: Bot) -> None:
    async def not_for_us(update: Update, receipt: Receipt) -> None:
        await receipt.done("ignored")

    inbox = WatchedInbox()
    async with line(bot, inbox, Desk(not_for_us)):
        await inbox.accept([text(1)])
        await inbox.until_ended(1)
    assert inbox.ended == {1: "ignored"}


async def aside(update: Update, receipt: Receipt) -> None:
    """A handler that has a minute of something else to do."""
    await receipt.step_aside()
    await asyncio.sleep(50)


@in_virtual_time
async def test_what_is_behind_a_handler_that_stepped_aside_does_not_wait_for_it(bot: Bot) -> None:
    async def handle(update: Update, receipt: Receipt) -> None:
        if update.update_id == 1:
            await aside(update, receipt)

    inbox = WatchedInbox()
    async with line(bot, inbox, Desk(handle)) as lanes:
        await inbox.accept([text(1), text(2), text(3)])
        await inbox.until_ended(1, 2, 3)
        assert [inbox.ended_at[number] for number in (1, 2, 3)] == [50, 0, 0]
        await asyncio.sleep(0)
        assert len(lanes) == 0


@in_virtual_time
async def test_handlers_that_stepped_aside_keep_their_order_and_each_has_a_deadline_of_its_own(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk(aside)
    async with line(bot, inbox, desk, Bounds(admission_s=60)):
        await inbox.accept([text(1), text(2), text(3)])
        await inbox.until_ended(1, 2, 3)
    assert [inbox.ended_at[number] for number in (1, 2, 3)] == [50, 100, 150]
    assert desk.apologies == []


@in_virtual_time
async def test_more_chats_than_there_are_slots_step_aside_and_another_one_is_admitted_at_once(bot: Bot) -> None:
    async def handle(update: Update, receipt: Receipt) -> None:
        if update.update_id != 100:
            await aside(update, receipt)

    inbox = WatchedInbox()
    async with line(bot, inbox, Desk(handle), Bounds(parallel=2)):
        await inbox.accept([text(number, chat=number) for number in range(1, 6)] + [text(100, chat=100)])
        await inbox.until_ended(*range(1, 6), 100)
    assert [inbox.ended_at[number] for number in (1, 5, 100)] == [50, 50, 0]


@in_virtual_time
async def test_beyond_its_bound_a_lane_waits_for_one_that_would_step_aside_and_others_do_not(bot: Bot) -> None:
    async def handle(update: Update, receipt: Receipt) -> None:
        if update.update_id in (1, 2):
            await aside(update, receipt)

    inbox = WatchedInbox()
    async with line(bot, inbox, Desk(handle), Bounds(parallel=1, aside=1)) as lanes:
        await inbox.accept([text(1), text(2), text(3), text(100, chat=100)])
        await inbox.until_ended(1, 2, 3, 100)
        assert [inbox.ended_at[number] for number in (1, 2, 3, 100)] == [50, 100, 100, 0]
        await asyncio.sleep(0)
        assert len(lanes) == 0


@in_virtual_time
async def test_what_goes_on_aside_counts_against_the_bound_of_all(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk(aside)
    async with line(bot, inbox, desk, Bounds(in_all=2)):
        await inbox.accept([text(number, chat=number) for number in (1, 2, 3)])
        await asyncio.sleep(10)
        assert desk.handled == [1, 2]
        await inbox.until_ended(1, 2, 3)


@pytest.mark.parametrize("hangs", [False, True])
@in_virtual_time
async def test_a_handler_that_breaks_or_hangs_aside_is_apologized_for(bot: Bot, hangs: bool) -> None:
    async def handle(update: Update, receipt: Receipt) -> None:
        await receipt.step_aside()
        if hangs:
            await asyncio.sleep(3600)
        raise LookupError

    inbox, desk = WatchedInbox(), Desk(handle)
    async with line(bot, inbox, desk, Bounds(admission_s=60)) as lanes:
        await inbox.accept([text(1)])
        await inbox.until_ended(1)
        await asyncio.sleep(0)
        assert len(lanes) == 0
    assert desk.apologies == [(1, AssistantError)]
    assert now() == (60 if hangs else 0)


@in_virtual_time
async def test_an_apology_does_not_hold_the_lane(bot: Bot) -> None:
    class Slow(Desk):
        async def apologize(self, update: Update, error: AssistantError) -> None:
            await asyncio.sleep(20)

    async def handle(update: Update, _: Receipt) -> None:
        if update.update_id == 1:
            raise LookupError

    inbox = WatchedInbox()
    async with line(bot, inbox, Slow(handle)):
        await inbox.accept([text(1), text(2)])
        await inbox.until_ended(1, 2)
    assert [inbox.ended_at[number] for number in (1, 2)] == [20, 0]


@in_virtual_time
async def test_a_turn_that_outlives_its_handler_has_no_place_to_step_aside_from(bot: Bot) -> None:
    receipts: list[Receipt] = []

    async def begin_a_turn(update: Update, receipt: Receipt) -> None:
        if update.update_id == 1:
            receipt.keep()
            receipts.append(receipt)
        else:
            await asyncio.sleep(30)

    inbox = WatchedInbox()
    async with line(bot, inbox, Desk(begin_a_turn)):
        await inbox.accept([text(1), text(2), text(3)])
        await asyncio.sleep(1)
        await receipts[0].step_aside()
        await inbox.until_ended(3)
    assert [inbox.ended_at[number] for number in (2, 3)] == [30, 60]


@pytest.mark.parametrize("breaks", [False, True])
@in_virtual_time
async def test_what_a_handler_left_behind_may_ask_to_step_aside_later_and_is_not_heard(bot: Bot, breaks: bool) -> None:
    receipts: list[Receipt] = []

    async def leave_something_behind(update: Update, receipt: Receipt) -> None:
        receipts.append(receipt)
        if breaks:
            raise LookupError

    inbox = WatchedInbox()
    async with line(bot, inbox, Desk(leave_something_behind)) as lanes:
        await inbox.accept([text(1)])
        await inbox.until_ended(1)
        await asyncio.sleep(0)
        await receipts[0].step_aside()
        assert len(lanes) == 0


@in_virtual_time
async def test_leaving_waits_for_what_goes_on_aside_as_for_other_handlers(bot: Bot) -> None:
    async def handle(update: Update, receipt: Receipt) -> None:
        await receipt.step_aside()
        await asyncio.sleep(3 if update.update_id == 1 else 3600)

    inbox = WatchedInbox()
    async with line(bot, inbox, Desk(handle), Bounds(drain_s=10)):
        await inbox.accept([text(1), text(2, chat=2)])
        await asyncio.sleep(1)
    assert now() == 11
    assert inbox.ended == {1: "told"}


@in_virtual_time
async def test_leaving_lets_the_handlers_finish_and_starts_nothing_new(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk(seconds=3)
    async with line(bot, inbox, desk, Bounds(parallel=2)):
        await inbox.accept([text(1, chat=1), text(2, chat=1), text(3, chat=2), text(4, chat=3)])
        await asyncio.sleep(1)
    assert now() == 3
    assert inbox.ended == {1: "told", 3: "told"}
    assert desk.handled == [1, 3]


@in_virtual_time
async def test_leaving_cancels_a_handler_that_takes_too_long_and_its_row_stays_open(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk(seconds=50)
    async with line(bot, inbox, desk, Bounds(drain_s=10)):
        await inbox.accept([text(1)])
        await asyncio.sleep(1)
    assert now() == 11
    assert inbox.ended == {}
    assert desk.apologies == []


@in_virtual_time
async def test_cancelled_from_outside_the_lanes_still_drain(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk(seconds=3)

    async def whole_bot() -> None:
        async with line(bot, inbox, desk):
            await inbox.accept([text(1)])
            await asyncio.sleep(100)

    async with task_group() as tasks:
        running = tasks.create_task(whole_bot())
        await asyncio.sleep(1)
        running.cancel()
    assert now() == 3
    assert inbox.ended == {1: "told"}
