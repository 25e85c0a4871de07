"""What was handed to Telegram, and whether Telegram said so."""

import asyncio

import pytest

from storage.database import Database
from storage.ledger import LONGEST_TEXT, Ledger, Payload, Piece, State

BOT = 42
VOICE = Payload("voice", file="spool/7.ogg")
FIRST, SECOND = Piece(7, 0), Piece(7, 1)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, BOT)


async def test_a_confirmed_piece_is_known_by_its_message_and_keeps_no_payload(ledger: Ledger) -> None:
    assert await ledger.hand_over(FIRST, Payload("text", "Бетон готов"))
    await ledger.confirmed(FIRST, 1001)
    [send] = await ledger.sends(7)
    assert (send.piece, send.state, send.message_id, send.payload) == (FIRST, State.CONFIRMED, 1001, Payload("text"))
    assert await ledger.unfinished(7) == []


async def test_pieces_come_in_their_order_and_of_their_update_only(ledger: Ledger) -> None:
    for piece in (SECOND, FIRST, Piece(8, 0)):
        await ledger.hand_over(piece, VOICE)
    assert [send.piece for send in await ledger.sends(7)] == [FIRST, SECOND]
    assert [send.piece for send in await ledger.unfinished(8)] == [Piece(8, 0)]


async def test_a_piece_that_may_have_arrived_is_not_handed_over_again(ledger: Ledger) -> None:
    assert await ledger.hand_over(FIRST, VOICE)
    assert not await ledger.hand_over(FIRST, VOICE)
    await ledger.unknown(FIRST)
    assert not await ledger.hand_over(FIRST, VOICE)
    await ledger.confirmed(FIRST, 1001)
    assert not await ledger.hand_over(FIRST, VOICE)


async def test_a_piece_that_failed_is_handed_over_again_with_its_new_payload(ledger: Ledger) -> None:
    await ledger.hand_over(FIRST, VOICE)
    await ledger.failed(FIRST)
    assert [send.state for send in await ledger.sends(7)] == [State.FAILED]
    assert await ledger.hand_over(FIRST, Payload("audio", file="spool/7.mp3"))
    [send] = await ledger.unfinished(7)
    assert send.payload == Payload("audio", file="spool/7.mp3")


async def test_of_many_who_hand_over_the_same_piece_one_may_send(ledger: Ledger) -> None:
    assert sum(await asyncio.gather(*(ledger.hand_over(FIRST, VOICE) for _ in range(8)))) == 1


async def test_a_late_failure_does_not_undo_what_telegram_confirmed(ledger: Ledger) -> None:
    await ledger.hand_over(FIRST, VOICE)
    await ledger.confirmed(FIRST, 1001)
    await ledger.failed(FIRST)
    await ledger.unknown(FIRST)
    assert [(send.state, send.message_id) for send in await ledger.sends(7)] == [(State.CONFIRMED, 1001)]


async def test_what_the_last_process_died_with_is_unknown_and_named_once(ledger: Ledger, database: Database) -> None:
    await ledger.hand_over(FIRST, VOICE)
    await ledger.confirmed(FIRST, 1001)
    await ledger.hand_over(SECOND, VOICE)
    await Ledger(database, BOT + 1).hand_over(FIRST, VOICE)
    assert [(send.piece, send.state) for send in await ledger.left_over()] == [(SECOND, State.UNKNOWN)]
    assert await ledger.left_over() == []
    assert [send.piece for send in await ledger.unfinished(7)] == [SECOND]


async def test_an_unknown_send_is_sent_again_once_for_two_presses(ledger: Ledger) -> None:
    await ledger.hand_over(FIRST, VOICE)
    assert await ledger.hand_over_again(FIRST) is None
    await ledger.unknown(FIRST)
    assert await ledger.hand_over_again(FIRST) == VOICE
    assert await ledger.hand_over_again(FIRST) is None
    await ledger.confirmed(FIRST, 1002)
    assert await ledger.hand_over_again(FIRST) is None
    assert await ledger.hand_over_again(SECOND) is None


@pytest.mark.parametrize(
    "payload",
    [Payload("text", "я" * (LONGEST_TEXT + 1)), Payload("voice", file="/etc/passwd"), Payload("x", file="../x")],
)
async def test_a_payload_is_bounded_and_stays_in_the_data_directory(ledger: Ledger, payload: Payload) -> None:
    with pytest.raises(ValueError, match=r"longer|DATA_DIR"):
        await ledger.hand_over(FIRST, payload)


async def test_text_of_any_origin_can_be_kept(ledger: Ledger) -> None:
    await ledger.hand_over(FIRST, Payload("text", "NUL \0 и половина \ud83d"))
    [send] = await ledger.sends(7)
    assert send.payload.text == "NUL  и половина ?"


async def test_a_piece_that_was_withdrawn_makes_room_for_another(ledger: Ledger) -> None:
    await ledger.hand_over(FIRST, VOICE)
    await ledger.withdrawn(FIRST)
    assert [send.state for send in await ledger.sends(FIRST.update_id)] == [State.HANDED_OVER]
    await ledger.confirmed(FIRST, 5)
    await ledger.withdrawn(FIRST)
    assert [(send.state, send.message_id) for send in await ledger.sends(FIRST.update_id)] == [(State.WITHDRAWN, None)]
    assert await ledger.hand_over(FIRST, VOICE)


async def test_that_an_answer_goes_on_is_known_when_its_payload_is_erased(ledger: Ledger) -> None:
    await ledger.hand_over(FIRST, Payload("voice", "раз", more=True))
    await ledger.hand_over(SECOND, Payload("voice", "два"))
    await ledger.confirmed(FIRST, 5)
    first, second = [send.payload for send in await ledger.sends(FIRST.update_id)]
    assert (first, second) == (Payload("voice", more=True), Payload("voice", "два"))
