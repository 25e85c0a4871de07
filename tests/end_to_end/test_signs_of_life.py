"""What the person sees while he waits: that his question is being answered, and what takes so long."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from telegram import Bot

from audio.pool import open_codecs
from conversation import Conversation
from emulators.gemini_live import Answer, Call, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, SentMessage, TelegramEmulator
from function_calls import Context, discover
from gemini_live_session import GeminiLive
from handlers.failures import Failures
from handlers.receipts import NoReceipt
from handlers.sending import Place, open_sender
from handlers.voice_reply import VoiceReply, Ways
from hearing import NAMED_AFTER_S
from live_session import Setup
from norms.catalogue import Catalogue
from question import Question
from tasks import task_group
from tests.audio.speech import speech_like
from tests.clock import assert_sooner, reads_the_clock
from tests.end_to_end.conftest import RunBot, begin

PHOTO = Path("emulators/fixtures/site.jpg").read_bytes()
SOON_S = 0.1
TRIES = 3
NAMED = "Нужно ещё немного времени: проверяю данные для ответа."
ASKS = Answer(calls=[Call("slow", {})], then=Answer(pcm=speech_like(1), transcript="Готово"))


@reads_the_clock
@pytest.mark.parametrize("kind", ["voice", "text", "photo"])
async def test_a_question_is_seen_to_be_answered_within_a_tenth_of_a_second(
    kind: str, ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    """The soonest of a few: a busy machine only adds to what we take."""
    gemini.say(*[Answer(pcm=speech_like(1), transcript="да")] * TRIES)
    waits = []
    async with run_bot():
        await begin(ivan)
        for _ in range(TRIES):
            known = len(telegram.calls)
            sent = await ask(ivan, kind)
            await ivan.next_message()
            handed_out = next(
                call.at
                for call in telegram.calls
                if call.method == "getUpdates" and any(one["update_id"] == sent.update_id for one in call.result or ())
            )
            seen = next(call for call in telegram.calls[known:] if call.method == "sendChatAction")
            assert seen.params["action"] == "record_voice"
            # A long poll is asked before there is an update to hand out.
            waits.append(seen.at - max(handed_out, ivan.history[sent.message_id].at))
    assert_sooner(min(waits), SOON_S)


async def ask(chat: Chat, kind: str) -> SentMessage:
    if kind == "voice":
        return await chat.send_voice(QUESTION.path.read_bytes())
    if kind == "photo":
        return await chat.send_photo(PHOTO, caption="что это?")
    return await chat.send_text("что это?")


@asynccontextmanager
async def asked(
    telegram: TelegramEmulator, gemini: GeminiLiveEmulator, folder: Path, seconds: float
) -> AsyncIterator[None]:
    """A question to the emulated model, which may call a function that takes so long; the answer goes to chat 1."""
    (folder / "slow.py").write_text(
        f'import asyncio\n\nasync def slow() -> str:\n    """Take its time."""\n    await asyncio.sleep({seconds})\n'
        '    return "done"\n'
    )
    provider = GeminiLive("test-key", "gemini-3.8-live", base_url=gemini.url)
    conversation = Conversation(
        provider,
        lambda: Setup("", "Aoede"),
        functions=discover(folder),
        context=Context(1, 1, "ru", Catalogue()),
    )
    async with (
        Bot(telegram.token, base_url=f"{telegram.url}/bot", base_file_url=f"{telegram.url}/file/bot") as bot,
        open_sender(bot) as sender,
        open_codecs() as codecs,
        task_group() as group,
    ):
        ways = Ways(sender, Failures(sender, ()), codecs)
        group.create_task(conversation.run())
        reply = VoiceReply(ways, NoReceipt(), Place(1), "ru", blocked=conversation.stop)
        conversation.ask(Question("посчитай"), reply)
        yield
        await conversation.quiet.wait()
        conversation.stop()
    await provider.close()


async def test_a_function_that_takes_long_is_named_once_without_a_sound_until_the_answer_comes(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(gemini.ca_file))
    gemini.say(Answer(calls=[*ASKS.calls, *ASKS.calls], then=ASKS.then))
    async with asked(telegram, gemini, tmp_path, NAMED_AFTER_S + 0.7):
        named = await ivan.next_message()
        assert (named.text, named.silent, named.deleted) == (NAMED, True, False)
        answer = await ivan.next_message()
        assert (answer.kind, answer.caption, answer.silent) == ("voice", "Готово", False)
        await ivan.wait_until(lambda chat: named.deleted)
    called = next(call for call in telegram.calls if call.params.get("text") == NAMED)
    began = next(call for call in telegram.calls if call.method == "sendChatAction")
    assert NAMED_AFTER_S <= called.at - began.at < NAMED_AFTER_S + 0.6
    assert len(ivan.messages) == 2


async def test_a_quick_function_is_not_named(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(gemini.ca_file))
    slow_end = Answer(pcm=speech_like(6), transcript="Готово", pace=2.5)
    gemini.say(Answer(calls=ASKS.calls, then=slow_end))
    async with asked(telegram, gemini, tmp_path, 0.1):
        assert (await ivan.next_message()).kind == "voice"
    assert all(message.kind == "voice" for message in ivan.messages)
