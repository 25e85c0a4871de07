"""Documents and their revisions: kept, found, never made twice, never changed afterwards."""

import asyncio
from dataclasses import replace

import pytest

from storage.conversations import Place
from storage.database import Database
from storage.documents import Documents, Facts, KeptFile, NewRevision, Query, State

HERE, THERE = Place(7), Place(7, 3)
FACTS = Facts("КЖ1-14", "кж1-14", "2026-11-20", "Армирование плиты", "кж1-14 армирование плита фундаментный")
PDF = KeptFile("2026-11-20_АОСР_КЖ1-14.pdf", "42/x/1.pdf", "ab" * 32, 1024)
FIRST = NewRevision({"kind": "aosr", "data": {}}, FACTS, State.DRAFT, "dictated", made_by=5, cause="7/a/0")
SECOND = replace(FIRST, draft={"kind": "aosr", "data": {"number": "1"}}, reason="corrected", cause="8/u/0")


@pytest.fixture
def documents(database: Database) -> Documents:
    return Documents(database, 42)


async def test_a_document_is_found_as_it_was_made(documents: Documents) -> None:
    made = await documents.create(HERE, "aosr", replace(FIRST, files=(PDF,)))
    assert await documents.find(HERE, made.id) == made
    assert (made.revision, made.state, made.facts, made.kind) == (1, State.DRAFT, FACTS, "aosr")
    [first] = await documents.revisions(made.id)
    assert (first.draft, first.files, first.made_by, first.reason) == (FIRST.draft, (PDF,), 5, "dictated")


async def test_a_document_of_another_chat_or_bot_is_not_found(documents: Documents, database: Database) -> None:
    made = await documents.create(HERE, "aosr", FIRST)
    assert await documents.find(THERE, made.id) is None
    assert await Documents(database, 43).find(HERE, made.id) is None
    assert await documents.search(THERE, Query(), limit=9) == ([], 0)


async def test_the_same_call_makes_one_document(documents: Documents) -> None:
    made = await documents.create(HERE, "aosr", FIRST)
    assert await documents.create(HERE, "aosr", replace(SECOND, cause=FIRST.cause)) == made
    other = await documents.create(HERE, "aosr", replace(FIRST, cause="9/a/0"))
    nameless = [await documents.create(HERE, "aosr", replace(FIRST, cause=None)) for _ in range(2)]
    assert len({made.id, other.id, *(one.id for one in nameless)}) == 4


async def test_a_revision_is_added_to_the_latest_and_the_earlier_ones_stay(documents: Documents) -> None:
    made = await documents.create(HERE, "aosr", FIRST)
    revised = await documents.revise(made.id, 1, SECOND)
    assert revised is not None
    assert revised.revision == 2
    assert await documents.revise(made.id, 1, replace(SECOND, cause="9/u/0")) is None
    assert [one.draft for one in await documents.revisions(made.id)] == [FIRST.draft, SECOND.draft]
    latest = await documents.latest(made.id)
    assert latest is not None
    assert latest.number == 2


async def test_the_same_correction_is_made_once(documents: Documents) -> None:
    made = await documents.create(HERE, "aosr", FIRST)
    assert await documents.revise(made.id, 1, SECOND) == await documents.revise(made.id, 1, SECOND)
    assert len(await documents.revisions(made.id)) == 2


async def test_of_two_who_correct_at_once_one_succeeds(documents: Documents) -> None:
    made = await documents.create(HERE, "aosr", FIRST)
    each = (documents.revise(made.id, 1, replace(SECOND, cause=f"{number}/u/0")) for number in range(4))
    assert sum(one is not None for one in await asyncio.gather(*each)) == 1


async def test_a_deleted_document_is_not_listed_and_not_corrected_but_known(documents: Documents) -> None:
    made = await documents.create(HERE, "aosr", FIRST)
    assert await documents.delete(made.id, 5)
    assert not await documents.delete(made.id, 6)
    assert await documents.search(HERE, Query(), limit=9) == ([], 0)
    assert await documents.revise(made.id, 1, SECOND) is None
    known = await documents.find(HERE, made.id)
    assert known is not None
    assert (known.state, known.deleted_by) == (State.DELETED, 5)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(lemmas=["плита"]), True),
        (Query(lemmas=["фундам", "армирование"]), True),
        (Query(lemmas=["плита", "кровля"]), False),
        (Query(lemmas=["лита"]), False),
        (Query(lemmas=["%"]), False),
        (Query(kind="aosr", number_key="кж1-14"), True),
        (Query(kind="aook"), False),
        (Query(number_key="кж1-1"), False),
        (Query(since="2026-11-20", until="2026-11-20"), True),
        (Query(since="2026-11-21"), False),
        (Query(until="2026-11-19"), False),
    ],
)
async def test_a_document_is_searched_by_words_kind_number_and_period(
    documents: Documents, query: Query, found: bool
) -> None:
    await documents.create(HERE, "aosr", FIRST)
    assert (await documents.search(HERE, query, limit=9))[1] == found


async def test_a_list_comes_in_pages_the_newest_first(documents: Documents) -> None:
    made = [await documents.create(HERE, "aosr", replace(FIRST, cause=str(number))) for number in range(5)]
    first, total = await documents.search(HERE, Query(), limit=2)
    second, _ = await documents.search(HERE, Query(), limit=2, offset=2)
    assert total == 5
    assert [one.id for one in first + second] == [one.id for one in reversed(made[1:])]


async def test_files_are_added_to_their_revision_afterwards(documents: Documents) -> None:
    made = await documents.create(HERE, "aosr", FIRST)
    await documents.keep_files(made.id, 1, [PDF])
    [first] = await documents.revisions(made.id)
    assert first.files == (PDF,)


async def test_half_a_character_and_a_nul_do_no_harm(documents: Documents) -> None:
    odd = replace(FIRST, draft={"data": {"name": "Иван \ud83d\0"}}, facts=replace(FACTS, title="\0 \udc77"))
    made = await documents.create(HERE, "aosr", odd)
    assert made.facts.title == " ?"
    assert (await documents.revisions(made.id))[0].draft["data"]["name"].startswith("Иван")
