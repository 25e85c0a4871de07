"""Effects happen once, in this process and the next, and are taken back when nobody wants them."""

import asyncio

import pytest

from effects import ON_ITS_WAY_S, CallEffects, Effects, Way
from errors import OutcomeUnknown
from storage.database import Database
from storage.effects import EffectJournal
from tests.talk import in_virtual_time

TURN = "7:100"


class World:
    """Counts what was done to it."""

    def __init__(self) -> None:
        self.done = 0

    async def change(self) -> int:
        self.done += 1
        return self.done

    async def refuse(self) -> int:
        raise ValueError("nothing happened")


def call(journal: EffectJournal | None, *, ordinal: int = 0, turn: str = TURN) -> CallEffects:
    """As a process that has just begun with that turn."""
    return CallEffects(Effects(turn, journal), "make", ordinal)


@pytest.fixture
def journal(database: Database) -> EffectJournal:
    return EffectJournal(database, 42)


async def test_what_was_done_is_not_done_again_by_the_next_process(journal: EffectJournal) -> None:
    world = World()
    for _ in range(2):
        effect = await call(journal).next()
        assert await effect.once(world.change, repeatable=False) == 1
    assert world.done == 1


async def test_each_step_each_call_and_each_turn_has_its_own(journal: EffectJournal) -> None:
    world = World()
    first = call(journal)
    for effects in (first, first, call(journal, ordinal=1), call(journal, turn="7:101")):
        await (await effects.next()).once(world.change, repeatable=False)
    assert world.done == 4


async def test_what_was_only_begun_is_unknown_unless_it_may_be_repeated(journal: EffectJournal) -> None:
    await (await call(journal).next()).begin()
    world = World()
    with pytest.raises(OutcomeUnknown):
        await (await call(journal).next()).once(world.change, repeatable=False)
    assert world.done == 0
    assert await (await call(journal).next()).once(world.change, repeatable=True) == 1


async def test_what_did_not_happen_may_be_tried_again(journal: EffectJournal) -> None:
    world = World()
    with pytest.raises(ValueError, match="nothing happened"):
        await (await call(journal).next()).once(world.refuse, repeatable=False)
    assert await (await call(journal).next()).once(world.change, repeatable=False) == 1


async def test_a_call_that_ended_keeps_its_result_for_the_next_run(journal: EffectJournal) -> None:
    effects = call(journal)
    await (await effects.next()).once(World().change, repeatable=False)
    await effects.ended({"status": "ok"})
    earlier = await call(journal).earlier()
    assert earlier is not None
    assert earlier.result == {"status": "ok"}


async def test_a_call_without_effects_leaves_no_trace(journal: EffectJournal) -> None:
    effects = call(journal)
    await effects.ended({"status": "ok"})
    assert await call(journal).earlier() is None


async def test_undoing_goes_backwards_and_lets_everything_happen_anew(journal: EffectJournal) -> None:
    effects, world, undone = call(journal), World(), list[str]()

    async def undo(name: str) -> None:
        undone.append(name)

    for name in ("first", "second"):
        await (await effects.next()).once(world.change, repeatable=False)
        effects.undo(lambda name=name: undo(name))  # type: ignore[misc]
    assert await effects.take_back()
    assert undone == ["second", "first"]
    assert await (await call(journal).next()).once(world.change, repeatable=False) == 3


async def test_what_cannot_be_undone_is_left_and_said_so(journal: EffectJournal) -> None:
    effects = call(journal)
    await (await effects.next()).once(World().change, repeatable=False)
    assert not await effects.take_back()


async def test_what_cannot_be_undone_does_not_keep_the_rest_from_it(journal: EffectJournal) -> None:
    effects, undone = call(journal), list[str]()

    async def undo() -> None:
        undone.append("the first")

    async def broken() -> None:
        raise ValueError

    for action in (undo, broken):
        await (await effects.next()).once(World().change, repeatable=False)
        effects.undo(action)
    assert not await effects.take_back()
    assert undone == ["the first"]


async def test_a_call_that_failed_keeps_what_only_a_stopped_one_takes_back(journal: EffectJournal) -> None:
    effects, undone = call(journal), list[bool]()

    async def undo() -> None:
        undone.append(True)

    await (await effects.next()).once(World().change, repeatable=False)
    effects.undo(undo, after_failure=False)
    assert not await effects.take_back(failed=True)
    assert undone == []


async def test_a_result_that_was_written_down_is_taken_back_with_the_rest(journal: EffectJournal) -> None:
    effects, world = call(journal), World()
    await (await effects.next()).once(world.change, repeatable=False)
    effects.undo(world.change)
    await effects.ended({"status": "ok"})
    assert await effects.take_back()
    assert await call(journal).earlier() is None


def test_a_call_is_stopped_behind_the_message_that_is_on_its_way() -> None:
    way, stopped = Way(), list[str]()

    async def sends() -> None:
        with way.taken():
            way.stop(lambda: stopped.append("once"))
            assert stopped == []
        assert stopped == ["once"]
        with way.taken():
            pass

    asyncio.run(sends())
    assert stopped == ["once"]


@in_virtual_time
async def test_a_message_that_never_arrives_is_not_waited_for_for_ever() -> None:
    way, stopped = Way(), asyncio.Event()
    with way.taken():
        way.stop(stopped.set)
        async with asyncio.timeout(ON_ITS_WAY_S + 1):
            await stopped.wait()


async def test_an_effect_cut_in_the_middle_is_unknown_to_the_next_run(journal: EffectJournal) -> None:
    begun = asyncio.Event()

    async def never() -> None:
        begun.set()
        await asyncio.Event().wait()

    effect = await call(journal).next()
    task = asyncio.create_task(effect.once(never, repeatable=False))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    with pytest.raises(OutcomeUnknown):
        await (await call(journal).next()).once(never, repeatable=False)


async def test_the_effects_of_an_ended_turn_are_forgotten(journal: EffectJournal) -> None:
    effects = Effects(TURN, journal)
    await (await CallEffects(effects, "make", 0).next()).once(World().change, repeatable=False)
    assert await journal.load(TURN)
    await effects.forget()
    assert await journal.load(TURN) == {}
