"""The plain way: what a good programmer writes first with the same libraries. The yardstick of `make bench`.

A note is downloaded whole, an ffmpeg process makes PCM of it, it goes to the model in pieces of a second, the whole
answer is waited for, an ffmpeg process makes a voice message of it, and `reply_voice` sends it. Nothing outlives the
process. Every chat keeps its connection, and no more ffmpeg processes run than there are cores: both make it faster.
"""

import argparse
import asyncio
import os
from collections import defaultdict
from contextlib import AsyncExitStack

from google import genai
from google.genai import types
from google.genai.live import AsyncSession
from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes, MessageHandler, filters

SECOND = 2 * 16_000
"""Bytes of PCM."""
TO_PCM = ("-i", "pipe:0", "-f", "s16le", "-ac", "1", "-ar", "16000", "pipe:1")
TO_OGG = (
    "-f", "s16le", "-ac", "1", "-ar", "24000", "-i", "pipe:0",
    "-c:a", "libopus", "-b:a", "32k", "-application", "voip", "-f", "ogg", "pipe:1",
)  # fmt: skip
CONFIG = types.LiveConnectConfig(
    response_modalities=[types.Modality.AUDIO],
    system_instruction="Ты помощник прораба. Отвечай коротко.",
    realtime_input_config=types.RealtimeInputConfig(
        automatic_activity_detection=types.AutomaticActivityDetection(disabled=True)
    ),
    input_audio_transcription=types.AudioTranscriptionConfig(),
    output_audio_transcription=types.AudioTranscriptionConfig(),
)

ContextType = ContextTypes.DEFAULT_TYPE


class Assistant:
    def __init__(self) -> None:
        self._client = genai.Client(
            api_key=os.environ["GOOGLE_API_KEY"],
            http_options=types.HttpOptions(api_version="v1beta", base_url=os.environ["GOOGLE_GEMINI_BASE_URL"]),
        )
        self._connections = AsyncExitStack()
        self._sessions: dict[int, AsyncSession] = {}
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._programs = asyncio.Semaphore(os.cpu_count() or 1)

    async def start(self, update: Update, context: ContextType) -> None:
        assert update.effective_chat is not None
        assert update.message is not None
        connection = self._client.aio.live.connect(model=os.environ["GEMINI_MODEL"], config=CONFIG)
        self._sessions[update.effective_chat.id] = await self._connections.enter_async_context(connection)
        await update.message.reply_text("Говорите.")

    async def voice(self, update: Update, context: ContextType) -> None:
        message = update.message
        assert message is not None
        assert message.voice is not None
        async with self._locks[message.chat.id]:
            file = await message.voice.get_file()
            pcm = await self._ffmpeg(bytes(await file.download_as_bytearray()), TO_PCM)
            answer, words = await self._ask(self._sessions[message.chat.id], pcm)
            await message.reply_voice(await self._ffmpeg(answer, TO_OGG), caption=words[:1024])

    async def close(self, application: object) -> None:
        await self._connections.aclose()

    async def _ask(self, session: AsyncSession, pcm: bytes) -> tuple[bytes, str]:
        await session.send_realtime_input(activity_start=types.ActivityStart())
        for start in range(0, len(pcm), SECOND):
            piece = types.Blob(data=pcm[start : start + SECOND], mime_type="audio/pcm;rate=16000")
            await session.send_realtime_input(audio=piece)
        await session.send_realtime_input(activity_end=types.ActivityEnd())
        answer, words = bytearray(), ""
        async for message in session.receive():
            content = message.server_content
            if content is None:
                continue
            for part in (content.model_turn.parts or []) if content.model_turn else []:
                if part.inline_data is not None:
                    answer += part.inline_data.data or b""
            if content.output_transcription is not None:
                words += content.output_transcription.text or ""
        return bytes(answer), words.strip()

    async def _ffmpeg(self, data: bytes, arguments: tuple[str, ...]) -> bytes:
        async with self._programs:
            program = await asyncio.create_subprocess_exec(
                "ffmpeg", "-v", "error", *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            output, _ = await program.communicate(data)
        return output


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain_way")
    parser.add_argument("--concurrent", action="store_true", help="with concurrent_updates(True)")
    concurrent: bool = parser.parse_args().concurrent
    base = os.environ["TELEGRAM_API_BASE_URL"]
    assistant = Assistant()
    builder = Application.builder().token(os.environ["TELEGRAM_BOT_TOKEN"]).concurrent_updates(concurrent)
    builder = builder.connect_timeout(10).read_timeout(30).write_timeout(30).pool_timeout(30).media_write_timeout(60)
    builder = builder.base_url(f"{base}/bot").base_file_url(f"{base}/file/bot").post_shutdown(assistant.close)
    application = builder.build()
    application.add_handler(CommandHandler("voice_chat", assistant.start))
    application.add_handler(MessageHandler(filters.VOICE, assistant.voice))
    application.run_polling(allowed_updates=[Update.MESSAGE])


if __name__ == "__main__":
    main()
