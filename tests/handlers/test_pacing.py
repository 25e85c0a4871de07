"""In virtual time: how long something was held is exact."""

import asyncio

import pytest

from handlers.pacing import GROUP_MOST, MOST_CHATS, SLOW_S, Pace
from tests.updates.virtual_time import in_virtual_time, now

LONG = 10_000.0
GROUP = -100


async def sent(pace: Pace, chat: int, *, unasked: bool = False, at_most: float = LONG) -> float:
    """When the message went out."""
    await pace.hold(chat, unasked=unasked, at_most=at_most)
    return now()


async def all_sent(pace: Pace, chats: list[int], *, unasked: bool = False) -> list[float]:
    """When the messages went out that came at the same moment."""
    return await asyncio.gather(*(sent(pace, chat, unasked=unasked) for chat in chats))


@in_virtual_time
async def test_a_private_chat_gets_twenty_at_once_then_one_a_second() -> None:
    times = await all_sent(Pace(), [1] * 25)
    assert times[:20] == [0.0] * 20
    assert times[20:] == pytest.approx([1, 2, 3, 4, 5])


@in_virtual_time
async def test_after_a_silence_the_burst_is_whole_again() -> None:
    pace = Pace()
    await all_sent(pace, [1] * 20)
    await asyncio.sleep(20)
    assert await all_sent(pace, [1] * 20) == [20.0] * 20


@in_virtual_time
async def test_a_group_gets_twenty_in_any_minute() -> None:
    pace = Pace()
    await all_sent(pace, [GROUP] * 10)
    await asyncio.sleep(30)
    times = await all_sent(pace, [GROUP] * 25)
    assert times[:10] == [30.0] * 10
    assert times[10:20] == pytest.approx([60.0] * 10)
    assert times[20:] == pytest.approx([90.0] * 5)


@in_virtual_time
async def test_a_chat_whose_burst_is_spent_does_not_hold_another() -> None:
    pace = Pace()
    times = await all_sent(pace, [1] * 60 + [2])
    assert times[-1] == 0.0
    assert pace.due(2) == 0.0


@in_virtual_time
async def test_whoever_merges_is_told_how_long_the_next_message_would_be_held() -> None:
    pace = Pace()
    assert pace.due(1) == 0.0
    await all_sent(pace, [1] * 20)
    assert pace.due(1) == pytest.approx(1.0)
    pace.refused(1, 7.0)
    assert pace.due(1) == pytest.approx(7.0)


@in_virtual_time
async def test_messages_of_a_chat_keep_their_order() -> None:
    pace, order = Pace(), list[int]()

    async def send(number: int) -> None:
        await sent(pace, 1)
        order.append(number)

    await asyncio.gather(*(send(number) for number in range(30)))
    assert order == list(range(30))


@in_virtual_time
async def test_only_notices_that_nobody_asked_for_are_held_to_thirty_a_second() -> None:
    pace = Pace()
    times, notices = await asyncio.gather(
        all_sent(pace, list(range(1, 301))), all_sent(pace, list(range(1001, 1091)), unasked=True)
    )
    assert set(times) == {0.0}
    assert max(notices) == pytest.approx(89 / 30, abs=0.01)


@in_virtual_time
async def test_a_refused_chat_waits_its_time_and_the_others_do_not() -> None:
    pace = Pace()
    pace.refused(1, 5.0)
    pace.refused(2, 5.0)
    assert await all_sent(pace, [1, 2, 3, GROUP]) == [5.0, 5.0, 0.0, 0.0]


@in_virtual_time
async def test_three_chats_refused_until_the_same_moment_mean_all_chats() -> None:
    pace = Pace()
    for chat, wait in ((1, 9.0), (2, 8.0), (GROUP, 7.5)):
        pace.refused(chat, wait)
        await asyncio.sleep(0.5)
    times = await all_sent(pace, list(range(100, 160)))
    assert min(times) == pytest.approx(9.0)
    assert max(times) == pytest.approx(9.0 + 59 / 30, abs=0.01)


@in_virtual_time
async def test_a_minute_after_a_refusal_for_all_nothing_is_slow_any_more() -> None:
    pace = Pace()
    for chat in (1, 2, 3):
        pace.refused(chat, 5.0)
    await asyncio.sleep(5.0 + SLOW_S)
    assert await all_sent(pace, list(range(100, 200))) == [5.0 + SLOW_S] * 100


@in_virtual_time
async def test_one_chat_refused_again_and_again_does_not_mean_all() -> None:
    pace = Pace()
    for _ in range(5):
        pace.refused(1, 5.0)
    assert await sent(pace, 2) == 0.0


@in_virtual_time
async def test_chats_refused_until_different_moments_do_not_mean_all() -> None:
    pace = Pace()
    for chat, wait in ((1, 5.0), (2, 15.0), (3, 40.0)):
        pace.refused(chat, wait)
    assert await sent(pace, 4) == 0.0


@in_virtual_time
async def test_when_a_later_message_gets_through_the_refusals_do_not_mean_all() -> None:
    pace = Pace()
    pace.refused(1, 5.0)
    pace.refused(2, 5.0)
    await asyncio.sleep(0.1)
    pace.passed(begun=now())
    pace.refused(3, 5.0)
    assert await sent(pace, 4) == pytest.approx(0.1)


@in_virtual_time
async def test_a_message_that_was_on_its_way_before_the_refusals_proves_nothing() -> None:
    pace, begun = Pace(), now()
    await asyncio.sleep(0.1)
    pace.refused(1, 5.0)
    pace.refused(2, 5.0)
    pace.passed(begun)
    pace.refused(3, 5.0)
    assert await sent(pace, 4) == pytest.approx(5.1)


@in_virtual_time
async def test_a_message_that_would_be_held_too_long_is_given_up_at_once() -> None:
    pace = Pace()
    pace.refused(1, 60.0)
    with pytest.raises(TimeoutError):
        await sent(pace, 1, at_most=30.0)
    assert now() == 0.0


@in_virtual_time
async def test_a_message_behind_others_is_given_up_after_its_time() -> None:
    pace = Pace()
    behind = asyncio.gather(*(sent(pace, GROUP) for _ in range(2 * GROUP_MOST)))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await sent(pace, GROUP, at_most=61.0)
    assert now() == pytest.approx(60.0)  # then it was its turn, and it would have been held until 120
    await behind


@in_virtual_time
async def test_a_message_does_not_wait_longer_because_another_is_before_it() -> None:
    pace = Pace()
    pace.refused(1, 100.0)
    before = asyncio.ensure_future(sent(pace, 1))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await sent(pace, 1, at_most=10.0)
    assert now() == pytest.approx(10.0)
    assert await before == pytest.approx(100.0)


@in_virtual_time
async def test_whoever_stops_waiting_makes_room_for_the_next() -> None:
    pace = Pace()
    await all_sent(pace, [1] * 20)
    first, second = (asyncio.ensure_future(sent(pace, 1)) for _ in range(2))
    await asyncio.sleep(0.5)
    first.cancel()
    assert await second == pytest.approx(1.0)


@in_virtual_time
async def test_idle_chats_are_forgotten_and_refused_ones_are_not() -> None:
    pace = Pace()
    pace.refused(1, 1000.0)
    await all_sent(pace, list(range(2, 1000)))
    assert len(pace) == 999
    await asyncio.sleep(60)
    await all_sent(pace, list(range(2000, 3000)))
    assert len(pace) < 1100
    assert pace.due(1) == pytest.approx(940.0)


@in_virtual_time
async def test_the_number_of_chats_is_bounded() -> None:
    pace = Pace()
    for chat in range(MOST_CHATS + 100):
        pace.refused(chat, float(1000 + 10 * chat))
    assert len(pace) == MOST_CHATS
    assert pace.due(MOST_CHATS + 99) > 0
