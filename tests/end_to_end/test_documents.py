"""Documents in the chat, over the wire: dictated, sent, corrected, confirmed, deleted, found again."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat
from emulators.telegram.messages import Message
from tests.audio.speech import speech_like
from tests.dictation.arguments import call_of
from tests.end_to_end.conftest import RunBot, begin

NOTE = QUESTION.path.read_bytes()
FRIDAY = date(2026, 11, 20)
GIVEN = {
    one["id"]: one
    for line in Path("tests/dictation/data/given.jsonl").read_text("utf-8").splitlines()
    for one in [json.loads(line)]
}
ACT = GIVEN["d01"]


def dictated(dictation: dict[str, Any], said: str = "Акт готов", **changed: Any) -> Answer:
    """The model heard the dictation and calls its function."""
    name, arguments = call_of(dictation)
    return Answer(
        input_transcript=dictation["text"],
        calls=[Call(name, {**arguments, **changed})],
        then=Answer(pcm=speech_like(1), transcript=said),
    )


async def group(chat: Chat) -> list[Message]:
    """Three files that came together."""
    files = [await chat.next_message() for _ in range(3)]
    assert len({file.raw["media_group_id"] for file in files}) == 1
    return files


async def test_a_dictated_act_comes_as_three_files_a_card_and_a_word(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(dictated(ACT))
    async with run_bot(today=lambda: FRIDAY):
        await begin(ivan)
        await ivan.send_voice(NOTE)
        files = await group(ivan)
        card = await ivan.next_message()
        print([f.raw for f in files], card.text, card.raw)
        assert (await ivan.next_message()).caption == "Акт готов"
