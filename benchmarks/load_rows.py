"""Rows of many chats: answers a second, memory of a conversation, and what an open chat or a full database costs."""

import asyncio
import json
from statistics import median

from benchmarks.filling import fill
from benchmarks.goals import Row
from benchmarks.material import answer, note
from benchmarks.plan import Plan
from benchmarks.quick_rows import PACE, spans
from benchmarks.subjects import Subject, Way, emulators, environment, opened, resident_kib, started

CHATS = 60
ROUNDS = 2
EACH: dict[Way, int] = {"ours": 5, "plain": 1, "concurrent": 2}
"""Notes of a chat in one round."""
WARMED = 20
"""Chats that are asked before it counts."""
SETTLED = 20
"""Conversations before the first look at memory."""
YARDSTICK = 50
"""Conversations of the plain way, one turn after the other, and of bare sessions: enough to divide by."""
AT_ONCE = 10
LOOK_S, STEADY, STEADY_KIB, MOST_LOOKS = 0.5, 6, 128, 120
"""Memory is at rest when so many looks in a row differ by no more than that."""
TURNS = 12


async def answers(plan: Plan, ours: Subject, plain: Subject) -> list[Row]:
    """A B C A B C."""
    async with plan.open("concurrent", "answers") as concurrent:
        subjects = (ours, plain, concurrent)
        for subject in subjects:
            subject.model.spoken = answer(2)
            await subject.open_chats(CHATS)
            await subject.answers(subject.chats[-WARMED:], note(2), 1)
        rates: dict[Way, list[float]] = {subject.way: [] for subject in subjects}
        cpu: dict[Way, list[float]] = {subject.way: [] for subject in subjects}
        for number in range(ROUNDS):
            for subject in subjects:
                plan.say(f"answers a second, {CHATS} chats, round {number + 1} of {ROUNDS}: {subject.way}")
                count, before = CHATS * EACH[subject.way], subject.cpu_seconds()
                took = await subject.answers(subject.chats[-CHATS:], note(2), EACH[subject.way])
                rates[subject.way].append(round(count / took, 2))
                cpu[subject.way].append(round(1000 * (subject.cpu_seconds() - before) / count, 2))
    what = f"answers a second, {CHATS} chats, 2 s notes and 2 s answers"
    rows = []
    for key, way, against in (("serial", "plain", "plain way"), ("concurrent", "concurrent", "plain way, concurrent")):
        samples = {"ours": rates["ours"], way: rates[way]}  # type: ignore[index]
        notes = {"cpu ms an answer, ours": median(cpu["ours"]), "cpu ms an answer, beside": median(cpu[way])}  # type: ignore[index]
        beside = median(samples[way])
        rows.append(Row(f"answers, {key}", what, "a second", median(rates["ours"]), beside, against, samples, notes))
    return rows


async def open_chats(plan: Plan) -> list[Row]:
    """Memory of a conversation that had one turn, and a turn's time beside one and beside many of them."""
    count = plan.chats
    async with plan.open("ours", "chats") as ours:
        await ours.open_chats(1)
        await spans(ours, [0], 3)
        alone = await spans(ours, [0], TURNS)
        mine, whole = await _a_chat_kib(plan, ours, count)
        crowded = await spans(ours, [0], TURNS)
    async with plan.open("plain", "chats") as plain:
        await plain.open_chats(1)
        theirs, _ = await _a_chat_kib(plan, plain, YARDSTICK)
    bare = await _bare_kib(plan, YARDSTICK)
    what = "memory of one more open conversation that had a turn, connection included"
    rows = [
        Row("memory, bare", what, "KiB", mine, bare, "a bare session of google-genai"),
        Row("memory, plain", what, "KiB", mine, theirs),
        Row(
            "flat, chats",
            f"our share of a turn's time, beside {count:,} open chats",
            "ms",
            median(crowded),
            median(alone),
            "one open chat",
            {"ours": crowded, "alone": alone},
        ),
    ]
    if plan.full:
        rows.append(Row("memory, 1,000 chats", "memory of the process with 1,000 open chats", "MiB", whole))
    return rows


async def _a_chat_kib(plan: Plan, subject: Subject, count: int) -> tuple[float, float]:
    """KiB for each further chat, and MiB in all."""
    subject.model.spoken, subject.model.pace = answer(2), PACE
    before = after = 0
    for upto in (SETTLED, count):
        while (missing := upto - len(subject.chats)) > 0:
            new = await subject.open_chats(min(AT_ONCE, missing))
            await subject.answers(new, note(2), 1)
            if len(subject.chats) % 50 == 0:
                plan.say(f"memory of a conversation, {subject.way}: {len(subject.chats)} of {count}")
        after = await _steady_kib(subject)
        before = before or after
    subject.model.pace = None
    return round((after - before) / (count - SETTLED), 1), round(after / 1024, 1)


async def _steady_kib(subject: Subject) -> int:
    """When it no longer changes: what a program loads and frees in quiet is no chat's."""
    seen = [subject.resident_kib()]
    while len(seen) < STEADY + 1 or max(seen[-STEADY:]) - min(seen[-STEADY:]) > STEADY_KIB:
        if len(seen) > MOST_LOOKS:
            raise RuntimeError(f"{subject.way}: memory does not come to rest: {seen[-STEADY:]}")
        await asyncio.sleep(LOOK_S)
        seen.append(subject.resident_kib())
    return seen[-1]


async def _bare_kib(plan: Plan, count: int) -> float:
    plan.say(f"memory of a bare session of google-genai, {count} of them")
    folder = plan.folder / "bare"
    async with emulators(folder) as (telegram, gemini, model):
        model.spoken, model.pace = answer(2), PACE
        settings = environment(folder, telegram, gemini, None)
        pipe = asyncio.subprocess.PIPE
        async with started(["-m", "benchmarks.bare_session"], settings, folder, stdin=pipe, stdout=pipe) as program:
            assert program.stdin is not None
            assert program.stdout is not None
            seen = []
            for more in (SETTLED, count - SETTLED):
                program.stdin.write(f"{more}\n".encode())
                await program.stdin.drain()
                async with asyncio.timeout(300):
                    assert json.loads(await program.stdout.readline())["open"]
                await asyncio.sleep(1)
                seen.append(resident_kib(program.pid))
    return round((seen[1] - seen[0]) / (count - SETTLED), 1)


async def full_database(plan: Plan) -> list[Row]:
    """Two bots side by side, one with ten done rows in its database."""
    found: dict[int, list[float]] = {}
    counts = (10, plan.done_rows)
    urls = {count: plan.database() for count in counts}
    for count in counts:
        plan.say(f"a database with {count:,} done rows")
        await fill(urls[count], plan.folder / f"rows-{count}" / "ours" / "data", count)
    async with (
        opened("ours", plan.folder / f"rows-{counts[0]}", urls[counts[0]]) as empty,
        opened("ours", plan.folder / f"rows-{counts[1]}", urls[counts[1]]) as full,
    ):
        for subject in (empty, full):
            await subject.open_chats(4)
            await spans(subject, range(4), 4)
        for _ in range(5):
            for count, subject in zip(counts, (empty, full), strict=True):
                found.setdefault(count, []).extend(await spans(subject, range(4), 4))
    return [
        Row(
            "flat, rows",
            f"our share of a turn's time, with {counts[1]:,} done rows in the database",
            "ms",
            median(found[counts[1]]),
            median(found[counts[0]]),
            "10 done rows",
            {"ours": found[counts[1]], "10 rows": found[counts[0]]},
        )
    ]
