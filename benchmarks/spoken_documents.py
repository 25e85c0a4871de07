"""Every dictation through the whole bot, with a model that passes right arguments and one that makes things up.

    python -m benchmarks.spoken_documents [--seed 1] [--save]

The real bot runs between the two emulators. For each dictation of `tests/dictation/data/` the emulated model hears its
text and calls a function, once with the right arguments and once for each breakage of `benchmarks/mutations.py` (a few
of each dictation, chosen by the seed): words for numbers, another year, swapped dates, a made-up signatory or norm. The
JSON that came into the chat is read back:

- reached: every expected value stands in it;
- invented: a value in it that is neither expected nor in the text;
- flagged: a broken value is restored, left out, or named on the card to be checked.
"""

import argparse
import asyncio
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import date
from pathlib import Path
from typing import Any

import bot
from benchmarks.mutations import Mutation, mutations
from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.messages import BotMessage
from settings import Settings
from tasks import task_group
from tests.audio.speech import speech_like
from tests.dictation.arguments import call_of

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests/dictation/data"
RESULT = Path(__file__).parent / "results/spoken_documents.json"
PAGE = ROOT / "docs/documents.md"
BEGIN, END = "<!-- spoken documents: by benchmarks/spoken_documents.py -->", "<!-- end -->"
SETS = ("given", "held_out")
NOTE = QUESTION.path.read_bytes()
MOST_BROKEN = 5
"""Breakages of one dictation that go over the wire; `benchmarks.dictations` tries all of them without it."""
OURS = ("document_type", "kind", "version", "form", "signatures")
"""What the assistant writes by itself: the form's name and version."""


def dictations(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()]


class Desk:
    """One person after the other in front of the bot: a chat has its pace, and each is to have its own."""

    def __init__(self, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, database: Path) -> None:
        self._telegram = telegram
        self._gemini = gemini
        self._database = database
        self._people = 0

    async def _sit_down(self) -> Chat:
        self._people += 1
        chat = self._telegram.private_chat(self._telegram.person(id=self._people, first_name="Иван"))
        await chat.send_text("/voice_chat")
        await chat.next_message()
        return chat

    async def dictate(self, dictation: dict[str, Any], call: Call) -> tuple[dict[str, Any], str, float]:
        """The JSON and the card that came of it, and the seconds from the recording to the last file."""
        chat = await self._sit_down()
        answer = Answer(pcm=speech_like(1), transcript="Готово")
        self._gemini.say(Answer(input_transcript=dictation["text"], calls=[call], then=answer))
        started = time.perf_counter()
        await chat.send_voice(NOTE)
        await chat.wait_until(lambda chat: len(_files(chat)) == 3, timeout=30)
        seconds = time.perf_counter() - started
        await chat.wait_until(lambda chat: any(one.caption == "Готово" for one in chat.messages), timeout=30)
        await asyncio.to_thread(self._wait_for_the_end)
        latest = [one for one in _files(chat) if str(one.wire["document"]["file_name"]).endswith(".json")][-1]
        card = [one for one in chat.messages if one.buttons and one.kind == "text"][-1]
        return json.loads(latest.data or b""), card.text or "", seconds

    def _wait_for_the_end(self) -> None:
        """Of the turn, which comes after the comparison with all the words: nothing is unfinished in the inbox."""
        give_up_at = time.monotonic() + 30
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as database:
            while database.execute("SELECT count(*) FROM inbox WHERE done_at IS NULL").fetchone()[0]:
                if time.monotonic() > give_up_at:
                    raise TimeoutError("a turn has not ended")
                time.sleep(0.01)


def _files(chat: Chat) -> list[BotMessage]:
    return [one for one in chat.messages if one.kind == "document"]


async def score(name: str, desk: Desk, today: list[date], seed: int) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for dictation in dictations(name):
        today[0] = date.fromisoformat(dictation["ref_date"])
        function, arguments = call_of(dictation)
        data, card, seconds = await desk.dictate(dictation, Call(function, arguments))
        wanted = dict(_leaves(_without(arguments)))
        row: dict[str, Any] = {"id": dictation["id"], "seconds": round(seconds, 2)}
        row["missed"] = [f"{at}: {value}" for at, value in wanted.items() if not _stands(value, data)]
        row["invented"] = _invented(data, arguments, dictation, today[0])
        row["doubts"] = len(_doubts(card) - {""})
        row["broken"] = await _broken(dictation, desk, seed, _doubts(card))
        rows.append(row)
    return {
        "dictations": len(rows),
        "reached": sum(not row["missed"] for row in rows),
        "without_inventions": sum(not row["invented"] for row in rows),
        "false_alarms": sum(row["doubts"] for row in rows),
        "broken": sum(len(row["broken"]) for row in rows),
        "caught": sum(one["caught"] for row in rows for one in row["broken"]),
        "median_seconds": round(statistics.median(row["seconds"] for row in rows), 2),
        "rows": rows,
    }


async def _broken(dictation: dict[str, Any], desk: Desk, seed: int, before: set[str]) -> list[dict[str, Any]]:
    """`before`: the doubts on the card of the right arguments; only others show that something was noticed."""
    function, right = call_of(dictation)
    fields = right.get("fields", right)
    dice = random.Random(f"{seed} {dictation['id']}")  # noqa: S311
    made: list[Mutation] = list(mutations(fields, dictation["text"], dice))
    if "fields" in right:  # a norm as one text is an argument of the act alone; the others refuse it
        made = [mutation for mutation in made if mutation.path != "compliance"]
    found = []
    for mutation in dice.sample(made, min(MOST_BROKEN, len(made))):
        arguments = {**right, "fields": mutation.arguments} if "fields" in right else mutation.arguments
        data, card, _ = await desk.dictate(dictation, Call(function, arguments))
        gone = not _stands(mutation.wrong, data) or _stands(mutation.wrong, right)
        restored = _stands(mutation.right, data) and gone
        found.append(
            {
                "kind": mutation.kind,
                "path": mutation.path,
                "wrong": mutation.wrong,
                "caught": restored or gone or bool(_doubts(card) - before),
            }
        )
    return found


def _doubts(card: str) -> set[str]:
    """What a card asks to check, a line each."""
    return set(card.partition("Проверьте:")[2].splitlines())


def _without(arguments: dict[str, Any]) -> dict[str, Any]:
    fields = arguments.get("fields", arguments)
    return {name: value for name, value in fields.items() if name != "kind" or "fields" not in arguments}


def _leaves(value: object, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() if name not in OURS for leaf in _leaves(inner, f"{path}.{name}")]
    if isinstance(value, list):
        return [leaf for number, inner in enumerate(value) for leaf in _leaves(inner, f"{path}.{number}")]
    return [] if value in (None, "") else [(path, str(value))]


def _stands(value: object, data: object) -> bool:
    wanted = _plain(value)
    return any(wanted == _plain(leaf) for _, leaf in _leaves(data))


def _plain(value: object) -> str:
    """Units and initials as they are printed and as they are typed are the same."""
    words = str(value).replace("²", "2").replace("³", "3").replace("шт.", "шт").replace(". ", ".").strip()
    return words.removesuffix(".0")


def _invented(data: dict[str, Any], arguments: dict[str, Any], dictation: dict[str, Any], today: date) -> list[str]:
    """Values that nobody passed, said or reckoned: dates of the day and sums are the assistant's own work."""
    known = {_plain(value) for _, value in _leaves(_without(arguments))} | {today.isoformat()}
    known |= {_plain(value) for _, value in _leaves(dictation["expected"])}
    return [f"{path}: {value}" for path, value in _leaves(data) if not _known(_plain(value), known)]


def _known(value: str, known: set[str]) -> bool:
    return value in known or any(value in one or one in value for one in known if len(one) > 3)


@asynccontextmanager
async def running(today: list[date]) -> AsyncIterator[Desk]:
    async with TelegramEmulator() as telegram, GeminiLiveEmulator(key="test-key") as gemini:
        os.environ["SSL_CERT_FILE"] = str(gemini.ca_file)
        with tempfile.TemporaryDirectory() as folder:
            values: dict[str, Any] = {
                "telegram_bot_token": telegram.token,
                "telegram_api_base_url": telegram.url,
                "GOOGLE_API_KEY": "test-key",
                "google_gemini_base_url": gemini.url,
                "data_dir": Path(folder),
            }
            settings = Settings(_env_file=None, **values)  # type: ignore[call-arg]
            async with task_group() as group:
                serving = group.create_task(bot.serve(settings, today=lambda: today[0]))
                await telegram.wait_for(lambda call: call.method == "getUpdates")
                yield Desk(telegram, gemini, Path(folder) / "voice.sqlite3")
                serving.cancel()


async def measure(seed: int, sets: tuple[str, ...]) -> dict[str, Any]:
    today = [date(2026, 11, 20)]
    result: dict[str, Any] = {"seed": seed}
    for name in sets:
        async with running(today) as desk:
            result[name] = await score(name, desk, today, seed)
    return result


def table(result: dict[str, Any]) -> str:
    """The score as it stands in docs/documents.md."""
    titles = {"given": "given (read while the code was written)", "held_out": "held out (written before the code)"}
    lines = [
        f"Seed {result['seed']}, commit {result['commit']}, {result['date']}.",
        "",
        "| dictations | all expected values reached | nothing invented | false alarms | breakages caught "
        "| recording to files, median |",
        "|---|---|---|---|---|---|",
    ]
    for name in SETS:
        one = result[name]
        total = one["dictations"]
        lines.append(
            f"| {titles[name]} | {one['reached']} of {total} | {one['without_inventions']} of {total} "
            f"| {one['false_alarms']} | {one['caught']} of {one['broken']} | {one['median_seconds']} s |"
        )
    return "\n".join(lines)


def with_table(page: str, result: dict[str, Any]) -> str:
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table(result)}\n\n{END}{rest.partition(END)[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", action="store_true", help="write the result and the table of docs/documents.md")
    options = parser.parse_args()
    result = asyncio.run(measure(options.seed, SETS))
    if options.save:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)  # noqa: S607
        result |= {"commit": commit.stdout.strip(), "date": date.today().isoformat()}  # noqa: DTZ011
        RESULT.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
        PAGE.write_text(with_table(PAGE.read_text("utf-8"), result), "utf-8")
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
