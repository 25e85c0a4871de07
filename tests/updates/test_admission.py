"""Whatever one update is or does, its row ends and the others do not notice."""

import asyncio
import logging

import pytest
from telegram import Bot, Update

from errors import AssistantError, Overloaded, StorageFull, StorageUnavailable
from storage.database import WAITS
from tests.updates.desk import Desk, WatchedInbox, line
from tests.updates.samples import UNKNOWN, UNREADABLE, text
from tests.updates.virtual_time import in_virtual_time, now
from updates.admission import PATIENCE_S
from updates.inbox import Outcome, Receipt
from updates.lanes import Bounds

SAID = "код от бытовки"
NEXT = text(100)


async def breaks(update: Update, _: Receipt) -> None:
    if update.update_id != NEXT["update_id"]:
        raise LookupError(f"cannot handle {update.message}")


async def hangs(update: Update, _: Receipt) -> None:
    if update.update_id != NEXT["update_id"]:
        await asyncio.sleep(3600)


async def keeps_and_breaks(_: Update, receipt: Receipt) -> None:
    receipt.keep()
    raise LookupError


@pytest.mark.parametrize("update", [UNREADABLE, UNKNOWN, {"update_id": 15}], ids=["unreadable", "unknown", "empty"])
@in_virtual_time
async def test_an_update_that_cannot_be_read_is_ignored_and_the_next_is_handled(
    bot: Bot, update: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    inbox, desk = WatchedInbox(), Desk()
    number = update["update_id"]
    async with line(bot, inbox, desk):
        await inbox.accept([update, NEXT])
        await inbox.until_ended(100)
    assert inbox.ended == {number: "ignored", 100: "told"}
    assert desk.handled == [100]
    assert [vars(record).get("update_id") for record in caplog.records] == [number]


@in_virtual_time
async def test_a_handler_that_breaks_is_apologized_for(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk(breaks)
    async with line(bot, inbox, desk):
        await inbox.accept([text(1), NEXT])
        await inbox.until_ended(100)
    assert desk.apologies == [(1, AssistantError)]
    assert inbox.ended == {1: "told", 100: "told"}


@in_virtual_time
async def test_a_handler_that_hangs_is_cut_off_and_apologized_for(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk(hangs)
    async with line(bot, inbox, desk, Bounds(admission_s=60)):
        await inbox.accept([text(1), NEXT])
        await inbox.until_ended(100)
    assert desk.apologies == [(1, AssistantError)]
    assert now() == 60


@in_virtual_time
async def test_a_row_that_was_kept_before_the_handler_broke_belongs_to_its_keeper(bot: Bot) -> None:
    inbox, desk = WatchedInbox(), Desk(keeps_and_breaks)
    async with line(bot, inbox, desk):
        await inbox.accept([text(1)])
        await asyncio.sleep(1)
    assert inbox.ended == {}
    assert desk.apologies == []


@in_virtual_time
async def test_nothing_that_was_said_is_logged(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    inbox = WatchedInbox()
    unreadable = {"update_id": 2, "message": {"text": SAID, "message_id": {SAID: SAID}}}
    async with line(bot, inbox, Desk(breaks)):
        await inbox.accept([text(1, words=SAID), unreadable, {"update_id": 3, SAID: {}}, NEXT])
        await inbox.until_ended(1, 2, 3, 100)
    logged = [str(vars(record)) for record in caplog.records]
    assert len(logged) == 3
    assert SAID not in " ".join(logged)
    assert "test_admission.py" in logged[-1]
    assert "LookupError" in logged[-1]


@pytest.mark.parametrize("broken", ["apologize", "bypass"])
@in_virtual_time
async def test_a_reception_that_breaks_stops_nobody(bot: Bot, broken: str) -> None:
    class Breaking(Desk):
        async def apologize(self, update: Update, error: AssistantError) -> None:
            raise ConnectionError

        def bypass(self, update: Update) -> bool:
            if broken == "bypass" and update.update_id == 1:
                raise AttributeError
            return False

    inbox = WatchedInbox()
    async with line(bot, inbox, Breaking(breaks)):
        await inbox.accept([text(1), NEXT])
        await inbox.until_ended(100)
    assert inbox.ended == {1: "ignored", 100: "told"}


@in_virtual_time
async def test_a_store_out_of_reach_stops_nobody(bot: Bot) -> None:
    class OutOfReach(WatchedInbox):
        async def done(self, update_id: int, outcome: Outcome) -> None:
            if update_id == 1:
                raise Overloaded
            await super().done(update_id, outcome)

        async def started(self, update_id: int) -> int:
            if update_id == 2:
                raise Overloaded
            return await super().started(update_id)

    inbox, desk = OutOfReach(), Desk()
    async with line(bot, inbox, desk):
        await inbox.accept([text(1), text(2), NEXT])
        await inbox.until_ended(100)
    assert desk.handled == [1, 100]
    assert desk.apologies == [(2, AssistantError)]


class Recovering(WatchedInbox):
    """A database that is out of reach for so many seconds from the start, or that has something else."""

    def __init__(self, error: AssistantError, seconds: float) -> None:
        super().__init__()
        self._error, self._seconds = error, seconds

    async def started(self, update_id: int) -> int:
        if now() < self._seconds:
            raise self._error
        return await super().started(update_id)


@in_virtual_time
async def test_an_update_waits_for_a_database_that_is_out_of_reach_for_a_while(bot: Bot) -> None:
    inbox, desk = Recovering(StorageUnavailable(), PATIENCE_S - 5), Desk()
    async with line(bot, inbox, desk):
        await inbox.accept([text(1), NEXT])
        await inbox.until_ended(1, 100)
    assert (desk.handled, desk.apologies) == ([1, 100], [])


@pytest.mark.parametrize(("error", "after"), [(StorageUnavailable(), PATIENCE_S), (StorageFull(), 0.0)])
@in_virtual_time
async def test_who_waits_for_the_database_in_vain_is_told_what_is_the_matter(
    bot: Bot, error: AssistantError, after: float
) -> None:
    inbox, desk = Recovering(error, 3600), Desk()
    async with line(bot, inbox, desk):
        await inbox.accept([text(1)])
        await inbox.until_ended(1)
        assert now() == pytest.approx(after, abs=1.1)
    assert (desk.handled, desk.apologies) == ([], [(1, type(error))])


def test_the_database_is_waited_for_no_longer_than_a_handler_has() -> None:
    assert PATIENCE_S + WAITS.longest < Bounds().admission_s


@in_virtual_time
async def test_the_receipt_says_how_often_the_update_was_begun(bot: Bot) -> None:
    attempts: list[tuple[int, int]] = []

    async def look(_: Update, receipt: Receipt) -> None:
        attempts.append((receipt.update_id, receipt.attempt))

    inbox = WatchedInbox()
    await inbox.accept([text(1), text(2)])
    await inbox.started(2)
    async with line(bot, inbox, Desk(look)):
        await inbox.until_ended(1, 2)
    assert attempts == [(1, 1), (2, 2)]
