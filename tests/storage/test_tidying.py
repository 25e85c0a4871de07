"""What is old is erased, and nothing else."""

import asyncio
from pathlib import Path
from time import time

from effects import Key, Record
from storage.cards import Cards, SavedCard
from storage.conversations import Place
from storage.database import Database
from storage.effects import EffectJournal
from storage.inbox import open_inbox
from storage.ledger import Ledger, Payload, Piece, State
from storage.tidying import PART, Tidied, tidy

BOT = 42
DAY = 24 * 3600


async def test_finished_updates_are_forgotten_after_a_week_and_unfinished_ones_never(
    database: Database, tmp_path: Path
) -> None:
    inbox = await open_inbox(database, BOT, lambda number, _: number)
    numbers = range(PART + 10)
    await inbox.accept([{"update_id": number} for number in numbers])
    for number in (3, 4):
        await inbox.done(number, "answered")
    assert await tidy(database, tmp_path, now=time() + 6 * DAY) == Tidied(updates=0, sends=0, payloads=0)
    assert await tidy(database, tmp_path, now=time() + 8 * DAY) == Tidied(updates=2, sends=0, payloads=0)
    assert await inbox.accept([{"update_id": 3}, {"update_id": 5}]) == 1
    left = await open_inbox(database, BOT, lambda number, _: number)
    assert [await left.take() for _ in range(4)] == [0, 1, 2, 5]


async def test_many_rows_are_erased_in_parts(database: Database, tmp_path: Path) -> None:
    ledger = Ledger(database, BOT)
    inbox = await open_inbox(database, BOT, lambda number, _: number)
    await inbox.accept([{"update_id": number} for number in range(2 * PART + 1)])
    await asyncio.gather(*(inbox.done(number, "told") for number in range(2 * PART + 1)))
    await ledger.hand_over(Piece(1, 0), Payload("text", "раз"))
    await ledger.confirmed(Piece(1, 0), 7)
    assert await tidy(database, tmp_path, now=time() + 8 * DAY) == Tidied(updates=2 * PART + 1, sends=1, payloads=0)


async def test_what_an_unknown_send_carried_is_erased_after_a_day_with_its_file(
    database: Database, tmp_path: Path
) -> None:
    ledger = Ledger(database, BOT)
    voice, words, confirmed = Piece(1, 0), Piece(1, 1), Piece(1, 2)
    file, kept = tmp_path / "spool" / "1.ogg", tmp_path / "spool" / "2.ogg"
    file.parent.mkdir()
    for path in (file, kept):
        path.write_bytes(b"OggS")
    await ledger.hand_over(voice, Payload("voice", file="spool/1.ogg"))
    await ledger.hand_over(words, Payload("text", "Бетон В25"))
    await ledger.hand_over(confirmed, Payload("voice", file="spool/2.ogg"))
    await ledger.confirmed(confirmed, 7)
    for piece in (voice, words):
        await ledger.unknown(piece)

    assert (await tidy(database, tmp_path, now=time() + DAY / 2)).payloads == 0
    assert (await tidy(database, tmp_path, now=time() + 2 * DAY)).payloads == 2
    assert (await tidy(database, tmp_path, now=time() + 2 * DAY)).payloads == 0
    assert (file.exists(), kept.exists()) == (False, True)
    assert await ledger.hand_over_again(voice) is None
    assert [send.state for send in await ledger.sends(1)] == [State.UNKNOWN, State.UNKNOWN, State.CONFIRMED]


async def test_a_file_that_is_gone_already_does_not_stop_the_tidying(database: Database, tmp_path: Path) -> None:
    ledger = Ledger(database, BOT)
    await ledger.hand_over(Piece(1, 0), Payload("voice", file="spool/gone.ogg"))
    assert (await tidy(database, tmp_path, now=time() + 2 * DAY)).payloads == 1


async def test_effects_that_a_crash_left_go_after_a_week_and_younger_ones_stay(
    database: Database, tmp_path: Path
) -> None:
    journal, key = EffectJournal(database, BOT), Key("send_text", 0, 1)
    await journal.done("7:1", key, 5)
    await journal.begin("7:2", key)
    assert (await tidy(database, tmp_path, now=time() + 6 * DAY)).effects == 0
    assert await journal.load("7:1") == {key: Record(True, 5)}
    assert (await tidy(database, tmp_path, now=time() + 8 * DAY)).effects == 2
    assert await journal.load("7:1") == await journal.load("7:2") == {}


async def test_the_buttons_of_a_card_are_forgotten_after_ninety_days(database: Database, tmp_path: Path) -> None:
    cards = Cards(database, BOT)
    await cards.add(SavedCard("token", Place(1, None), 2, "show_card", {"title": "Смета"}, {}))
    assert (await tidy(database, tmp_path, now=time() + 89 * DAY)).cards == 0
    assert await cards.find("token") is not None
    assert (await tidy(database, tmp_path, now=time() + 91 * DAY)).cards == 1
    assert await cards.find("token") is None
