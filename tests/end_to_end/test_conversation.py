"""What a foreman does with the bot, over the real clients."""

from emulators.gemini_live import GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, TelegramEmulator
from tests.end_to_end.conftest import RunBot


async def test_a_voice_note_is_answered_with_a_voice_message(
    ivan: Chat, gemini: GeminiLiveEmulator, telegram: TelegramEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await ivan.send_text("/voice_chat")
        started = await ivan.next_message()
        assert "🎤 ГОЛОСОВОЙ АССИСТЕНТ ЗАПУЩЕН\nТеперь вы можете:" in (started.text or "")
        await ivan.send_voice(QUESTION.path.read_bytes())
        answer = await ivan.next_message()
        assert answer.kind == "voice", answer.text
        await ivan.send_text("/stop")
        report = await ivan.next_message()
        print(answer.caption, report.text, telegram.problems)
