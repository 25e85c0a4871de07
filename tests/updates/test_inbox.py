"""What every inbox promises, over all implementations, and what only the one in memory does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from errors import Overloaded
from storage.database import open_database
from storage.inbox import open_inbox
from tasks import task_group
from tests.storage.databases import KINDS, empty_database
from tests.updates.samples import UNKNOWN, UNREADABLE, text
from updates.inbox import Entry, Inbox, MemoryInbox, Receipt, SlotWithAView


@pytest_asyncio.fixture(params=["memory", *KINDS])
async def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Inbox]:
    if request.param == "memory":
        yield MemoryInbox()
        return
    async with (
        empty_database(request.param, request, tmp_path) as url,
        open_database(url, tmp_path) as database,
    ):
        yield await open_inbox(database, 42, Entry)


async def taken(inbox: Inbox, count: int) -> list[int]:
    async with asyncio.timeout(5):
        return [(await inbox.take()).update_id for _ in range(count)]


async def nothing_waits(inbox: Inbox) -> bool:
    try:
        async with asyncio.timeout(0.02):
            await inbox.take()
    except TimeoutError:
        return True
    return False


async def test_updates_come_out_in_the_order_in_which_they_were_accepted(inbox: Inbox) -> None:
    await inbox.accept([text(5), text(6)])
    await inbox.accept([text(2)])
    assert await taken(inbox, 3) == [5, 6, 2]


async def test_an_update_comes_out_as_it_came_in(inbox: Inbox) -> None:
    await inbox.accept([text(1, words="бетон В25")])
    assert await inbox.take() == Entry(1, text(1, words="бетон В25"))


async def test_a_number_below_an_accepted_one_is_no_duplicate(inbox: Inbox) -> None:
    assert await inbox.accept([text(100)]) == 1
    assert await inbox.accept([text(99)]) == 1


async def test_a_duplicate_is_dropped_while_its_twin_waits_is_handled_and_has_ended(inbox: Inbox) -> None:
    assert await inbox.accept([text(1), text(1)]) == 1
    assert await inbox.accept([text(1)]) == 0
    assert await taken(inbox, 1) == [1]
    assert await inbox.accept([text(1)]) == 0
    await inbox.started(1)
    await inbox.done(1, "answered")
    assert await inbox.accept([text(1)]) == 0
    assert await nothing_waits(inbox)


async def test_broken_and_unknown_kinds_are_taken_too(inbox: Inbox) -> None:
    assert await inbox.accept([UNREADABLE, UNKNOWN]) == 2
    assert await taken(inbox, 2) == [13, 14]


@pytest.mark.parametrize("garbage", [None, [], "x", 7, {}, {"update_id": "7"}, {"update_id": True}, {"update_id": -1}])
async def test_what_has_no_number_is_dropped_and_its_neighbours_are_taken(inbox: Inbox, garbage: object) -> None:
    assert await inbox.accept([text(1), garbage, text(2)]) == 2
    assert await taken(inbox, 2) == [1, 2]


async def test_take_waits_for_the_next_update(inbox: Inbox) -> None:
    async with asyncio.timeout(5), task_group() as tasks:
        waiting = tasks.create_task(inbox.take())
        await inbox.accept([text(1)])
        assert (await waiting).update_id == 1


async def test_starts_are_counted(inbox: Inbox) -> None:
    await inbox.accept([text(1)])
    assert [await inbox.started(1), await inbox.started(1)] == [1, 2]


async def test_an_update_joins_another_ones_turn_and_leaves_it(inbox: Inbox) -> None:
    await inbox.accept([text(1), text(2)])
    receipt = Receipt(inbox, 1)
    assert receipt.joined is None
    await receipt.join(2)
    assert receipt.joined == 2
    await receipt.join(None)
    assert receipt.joined is None


async def test_with_its_end_it_is_forgotten_whose_turn_an_update_had_joined(inbox: Inbox) -> None:
    await inbox.accept([text(1), text(2)])
    await inbox.join(1, 2)
    await inbox.done(1, "interrupted")
    await inbox.join(1, 2)
    assert inbox.joined(1) is None


async def test_the_end_may_be_told_twice(inbox: Inbox) -> None:
    await inbox.accept([text(1)])
    receipt = Receipt(inbox, (await inbox.take()).update_id)
    await receipt.done("interrupted")
    await receipt.done("told")
    assert await inbox.accept([text(1)]) == 0


async def test_a_full_inbox_in_memory_refuses_the_whole_batch_and_keeps_what_it_has() -> None:
    inbox = MemoryInbox(capacity=2)
    await inbox.accept([text(1)])
    with pytest.raises(Overloaded):
        await inbox.accept([text(2), text(3)])
    assert await inbox.accept([text(2)]) == 1
    await inbox.done(1, "answered")
    assert await inbox.accept([text(3)]) == 1
    assert await taken(inbox, 3) == [1, 2, 3]


async def test_a_full_inbox_in_memory_still_recognises_duplicates() -> None:
    inbox = MemoryInbox(capacity=1)
    await inbox.accept([text(1)])
    assert await inbox.accept([text(1)]) == 0


async def test_an_open_row_takes_its_place_until_its_turn_ends() -> None:
    inbox = MemoryInbox(capacity=1)
    await inbox.accept([text(1)])
    await inbox.take()
    await inbox.started(1)
    with pytest.raises(Overloaded):
        await inbox.accept([text(2)])


async def test_the_memory_of_finished_numbers_is_bounded() -> None:
    inbox = MemoryInbox(remembered=2)
    for number in (1, 2, 3):
        await inbox.accept([text(number)])
        await inbox.done(number, "told")
    assert await inbox.accept([text(2), text(3)]) == 0
    assert await inbox.accept([text(1)]) == 1


async def test_whoever_looks_sees_updates_before_they_are_kept() -> None:
    happened: list[object] = []

    class Keeping:
        async def accept(self, updates: Sequence[object]) -> int:
            happened.append("kept")
            return len(updates)

    assert await SlotWithAView(Keeping(), happened.append).accept([text(5), text(6)]) == 2
    assert happened == [text(5), text(6), "kept"]
