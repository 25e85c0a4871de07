"""Rows of one turn at a time: how soon a note is at the model, how soon an answer is at Telegram."""

import asyncio
from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.goals import Row
from benchmarks.material import Note, Spoken, answer, note
from benchmarks.plan import Plan
from benchmarks.subjects import Subject, Timing

WARM = 2
PACE = 4.0
"""Times real time: how fast the model makes its answer in the row of the answer's end."""
SLOW_PACE = 1.5
SPACED_S = 1.1
"""Telegram's own limit of new messages in a chat: one a second, after a burst."""
CHATS = 10


async def incoming(plan: Plan, ours: Subject, plain: Subject) -> list[Row]:
    rows = []
    for seconds in (5, 60):
        timings = await _by_turns(plan, (ours, plain), note(seconds), answer(2), 20, f"a note of {seconds} s")
        what = f"update handed out to end of speech at the model, {seconds} s note"
        rows.append(_row(f"in {seconds} s", what, timings, lambda timing: timing.into))
    return rows


async def outgoing(plan: Plan, ours: Subject, plain: Subject) -> list[Row]:
    for subject in (ours, plain):
        subject.model.pace = PACE
    timings = await _by_turns(plan, (ours, plain), note(2), answer(17), 5, "an answer of 17 s")
    for subject in (ours, plain):
        subject.model.pace = None
    return [
        _row(
            "out 17 s", "model's last sound to the voice message at Telegram, 17 s answer", timings, lambda one: one.out
        )
    ]


async def first_words(plan: Plan, ours: Subject, plain: Subject) -> list[Row]:
    """The ways take turns at beginning; the second begins when the first one's first words are there."""
    timings: dict[str, list[Timing]] = {"ours": [], "plain": []}
    spoken = answer(30)
    for subject in (ours, plain):
        subject.model.pace = SLOW_PACE
    for number in range(5):
        plan.say(f"first words of an answer of 30 s: {number + 1} of 5")
        pair = [subject.turn(subject.chats[number], note(2), spoken) for subject in (ours, plain)]
        for subject, timing in zip((ours, plain), await asyncio.gather(*pair), strict=True):
            timings[subject.way].append(timing)
    for subject in (ours, plain):
        subject.model.pace = None
    row = _row(
        "first words", "first words of a 30 s answer made at 1.5 times real time", timings, lambda one: one.first
    )
    return [row]


async def two_hundred_turns(plan: Plan, ours: Subject, quiet: asyncio.Event) -> list[Row]:
    """In one chat; the first and the last twenty count, the last ones only when `quiet` is set."""
    [chat] = await ours.open_chats(1)
    spans, loop = list[float](), asyncio.get_running_loop()
    for number in range(200):
        if number == 180:
            await quiet.wait()
        if number % 20 == 0:
            plan.say(f"turn {number + 1} of 200 of one conversation")
        begun = loop.time()
        timing = await ours.turn(chat, note(2), answer(2))
        spans.append(timing.into + timing.out)
        if number >= 15:
            await asyncio.sleep(max(0.0, begun + SPACED_S - loop.time()))
    first, last = spans[:15], spans[180:]
    samples = {"ours": [_ms(one) for one in last], "first": [_ms(one) for one in first]}
    return [
        Row(
            "flat, turns",
            "our share of a turn's time, in the last of 200 turns of a conversation",
            "ms",
            median(samples["ours"]),
            median(samples["first"]),
            "the first turns",
            samples,
        )
    ]


async def spans(subject: Subject, chats: Sequence[int], count: int) -> list[float]:
    """Our share of a turn's time, in ms, in chats taken in turns."""
    found = []
    for number in range(count):
        timing = await subject.turn(subject.chats[chats[number % len(chats)]], note(2), answer(2))
        found.append(_ms(timing.into + timing.out))
    return found


async def _by_turns(
    plan: Plan, subjects: Sequence[Subject], asked: Note, said: Spoken, count: int, what: str
) -> dict[str, list[Timing]]:
    """A B A B, after a few that do not count."""
    found: dict[str, list[Timing]] = {subject.way: [] for subject in subjects}
    for number in range(-WARM, count):
        if number % 5 == 0:
            plan.say(f"{what}: {number} of {count}")
        for subject in subjects:
            timing = await subject.turn(subject.chats[number % CHATS], asked, said)
            if number >= 0:
                found[subject.way].append(timing)
    return found


def _row(key: str, what: str, timings: dict[str, list[Timing]], of: Callable[[Timing], float]) -> Row:
    samples = {way: [_ms(of(timing)) for timing in some] for way, some in timings.items()}
    pieces = {"pieces of ours": median(timing.pieces for timing in timings["ours"])}
    return Row(key, what, "ms", median(samples["ours"]), median(samples["plain"]), samples=samples, notes=pieces)


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)
