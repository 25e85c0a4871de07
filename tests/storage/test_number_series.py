"""Numbers of documents: one after the other, never twice, never instead of one that was named."""

import asyncio
from dataclasses import replace

import pytest

from storage.conversations import Place
from storage.database import Database
from storage.documents import Document, Documents, Facts, NewRevision, State
from storage.number_series import NumberSeries

HERE, THERE = Place(7), Place(8)
DRAFT = NewRevision({}, Facts(), State.DRAFT, "dictated", made_by=5)


class Desk:
    def __init__(self, database: Database) -> None:
        self.documents = Documents(database, 42)
        self._series = NumberSeries(database, 42, self.documents)

    async def confirm(self, document: Document, prefix: str = "КЖ1-", given: str = "") -> Document | None:
        def made(number: str) -> NewRevision:
            facts = Facts(number, number.lower())
            return replace(DRAFT, facts=facts, state=State.CONFIRMED, reason="confirmed")

        return await self._series.confirm(document, prefix, made, str.lower, given)

    async def number(self, place: Place = HERE, kind: str = "aosr", prefix: str = "КЖ1-", given: str = "") -> str:
        confirmed = await self.confirm(await self.documents.create(place, kind, DRAFT), prefix, given)
        assert confirmed is not None
        return confirmed.facts.number


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_numbers_follow_each_other_in_each_chat_kind_and_section(desk: Desk) -> None:
    assert [await desk.number(), await desk.number()] == ["КЖ1-1", "КЖ1-2"]
    assert await desk.number(prefix="АР-") == "АР-1"
    assert await desk.number(place=THERE) == "КЖ1-1"
    assert await desk.number(place=Place(7, 3)) == "КЖ1-1"
    assert await desk.number(kind="aook") == "КЖ1-1"
    assert await desk.number(kind="aook", prefix="") == "1"


async def test_a_number_that_was_named_is_kept_and_the_series_goes_on_from_it(desk: Desk) -> None:
    assert await desk.number(given="кж1-14") == "кж1-14"
    assert await desk.number() == "КЖ1-15"
    assert await desk.number(given="Б/Н") == "Б/Н"
    assert await desk.number(given="КЖ1-3") == "КЖ1-3"
    assert await desk.number() == "КЖ1-16"


async def test_a_number_that_another_document_has_is_passed_over(desk: Desk) -> None:
    facts = Facts("КЖ1-1", "кж1-1")
    await desk.documents.create(HERE, "aosr", replace(DRAFT, facts=facts))
    assert await desk.number() == "КЖ1-2"


async def test_those_who_confirm_at_once_get_different_numbers(desk: Desk) -> None:
    numbers = await asyncio.gather(*(desk.number() for _ in range(6)))
    assert sorted(numbers) == [f"КЖ1-{number}" for number in range(1, 7)]


async def test_what_was_revised_meanwhile_is_not_confirmed_and_takes_no_number(desk: Desk) -> None:
    document = await desk.documents.create(HERE, "aosr", DRAFT)
    await desk.documents.revise(document.id, 1, DRAFT)
    assert await desk.confirm(document) is None
    assert await desk.number() == "КЖ1-1"


async def test_the_number_of_a_deleted_document_is_not_given_again(desk: Desk) -> None:
    document = await desk.confirm(await desk.documents.create(HERE, "aosr", DRAFT))
    assert document is not None
    await desk.documents.delete(document.id, 5)
    assert await desk.number() == "КЖ1-2"
