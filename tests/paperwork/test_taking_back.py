"""A call that is stopped leaves documents as it found them, and the same call can be made anew."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from context import Context
from effects import CallEffects, Effects
from paperwork.correcting import Change
from paperwork.delivery import show_card
from paperwork.making import make
from paperwork.revising import revise
from storage.conversations import Place
from storage.database import Database
from storage.documents import Query
from tests.dictation.arguments import call_of
from tests.end_to_end.dictating import ACT
from tests.paperwork.desk import HERE, Desk, open_test_desk, spoken

ARGUMENTS = call_of(ACT)[1]
CHANGE = [Change("date", "2026-11-19")]
SAID = "исправь дату на девятнадцатое ноября"


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_test_desk(database, tmp_path) as opened:
        yield opened


async def made(desk: Desk) -> tuple[Context, str]:
    context = desk.call(said=spoken(ACT["text"]))
    return context, (await make(context, "aosr", ARGUMENTS))["document"]


async def count(desk: Desk) -> int:
    return (await desk.archive.search(HERE, Query(), limit=9))[1]


async def test_a_document_is_gone_with_its_files_and_the_same_call_makes_another(desk: Desk) -> None:
    context, first = await made(desk)
    assert await context.effects.take_back()
    assert await count(desk) == 0
    assert not (desk.folder / first).exists()
    _, second = await made(desk)
    assert second != first
    assert await count(desk) == 1
    assert len(desk.client.files) == 2


async def test_what_an_earlier_run_of_the_call_made_and_sent_goes_too(desk: Desk) -> None:
    await made(desk)
    again, _ = await made(desk)
    assert len(desk.client.files) == len(desk.client.cards) == 1
    assert await again.effects.take_back()
    assert desk.client.taken_back == [1, 1], "the card, then the files"
    assert await count(desk) == 0


async def test_a_call_that_fails_loses_nothing_that_was_dictated(desk: Desk) -> None:
    context, _ = await made(desk)
    assert not await context.effects.take_back(failed=True)
    assert await count(desk) == 1
    assert desk.client.taken_back == []


async def test_what_the_person_has_confirmed_meanwhile_stays(desk: Desk) -> None:
    context, document = await made(desk)
    held = await desk.archive.get(HERE, document)
    assert held is not None
    await desk.archive.confirm(held, 5, "press")
    assert not await context.effects.take_back()
    assert await count(desk) == 1


async def corrected(desk: Desk, document: str) -> Context:
    context = desk.call("update_document", "7:2", spoken(SAID))
    await revise(context, document, CHANGE)
    return context


async def test_a_confirmed_document_is_confirmed_again_and_has_its_card_back(desk: Desk) -> None:
    _, document = await made(desk)
    first = await desk.archive.get(HERE, document)
    assert first is not None
    before = await desk.archive.confirm(first, 5, "press")
    assert before is not None
    context = await corrected(desk, document)
    after = await desk.archive.get(HERE, document)
    assert after is not None
    assert not after.draft.confirmed
    assert await context.effects.take_back()
    now = await desk.archive.get(HERE, document)
    assert now is not None
    assert now.draft == before.draft
    assert now.document.card == before.document.card
    assert "подтверждён" in desk.client.changes[-1].title
    assert [one.reason for one in await desk.archive.revisions(now)][-2:] == ["corrected", "restored"]
    await corrected(desk, document)
    again = await desk.archive.get(HERE, document)
    assert again is not None
    assert again.draft.data["date"] == "2026-11-19"


async def test_a_correction_that_was_corrected_meanwhile_stays(desk: Desk) -> None:
    _, document = await made(desk)
    context = await corrected(desk, document)
    await revise(desk.call("update_document", "7:3", spoken("а номер пять")), document, [Change("number", "5")])
    assert not await context.effects.take_back()
    now = await desk.archive.get(HERE, document)
    assert now is not None
    assert now.draft.data["date"] == "2026-11-19"


async def test_a_call_of_a_turn_without_a_name_finds_its_own(desk: Desk) -> None:
    context = replace(desk.call(said=spoken(ACT["text"])), effects=CallEffects(Effects(), "make", 0))
    await made(desk)
    await make(context, "aosr", ARGUMENTS)
    assert await count(desk) == 2
    assert await context.effects.take_back()
    assert await count(desk) == 1
    assert context.place == Place(7)


async def test_no_card_is_shown_for_what_was_corrected_while_its_files_were_on_their_way(desk: Desk) -> None:
    context, document = await made(desk)
    before = await desk.archive.get(HERE, document)
    assert before is not None
    await corrected(desk, document)
    shown = len(desk.client.cards)
    await show_card(context, before)
    assert len(desk.client.cards) == shown
