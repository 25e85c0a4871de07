"""Samples of the voices: the model speaks each once, after that what it said is kept in memory and sent again."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from audio.pool import Codecs
from audio.voice_pieces import Voice, VoicePieces
from errors import AssistantError, Overloaded
from handlers.failures import Failures
from handlers.sending import NotSent, Place, Sender
from prompts.texts import text
from tasks import task_group
from voice_assistant import TelegramVoiceAssistant

MOST_AT_ONCE = 4


@dataclass(slots=True)
class _Sample:
    making: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Whoever asks meanwhile waits for the one that is being made."""
    made: Voice | None = None


class Samples:
    """Open it with `open_samples`, which owns the making of samples."""

    def __init__(
        self,
        group: asyncio.TaskGroup,
        assistant: TelegramVoiceAssistant,
        codecs: Codecs,
        sender: Sender,
        failures: Failures,
    ) -> None:
        self._group = group
        self._assistant = assistant
        self._codecs = codecs
        self._sender = sender
        self._failures = failures
        self._samples: defaultdict[tuple[str, str], _Sample] = defaultdict(_Sample)
        self._making: set[asyncio.Task[None]] = set()

    async def send(self, place: Place, voice: str, description: str, language: str) -> None:
        """Send the sample; the first time it takes as long as the model needs to speak it, in a task of its own."""
        if len(self._making) >= MOST_AT_ONCE:
            await self._failures.tell(Overloaded("samples"), place, language)
            return
        task = self._group.create_task(self._send(place, voice, description, language), name="voice sample")
        self._making.add(task)
        task.add_done_callback(self._making.discard)

    def close(self) -> None:
        for task in self._making:
            task.cancel()

    async def _send(self, place: Place, voice: str, description: str, language: str) -> None:
        caption = text("voice.sample_caption", language, name=voice, description=description)
        try:
            sample = await self._sample(voice, language)
            await self._sender.voice(place, sample.ogg, sample.seconds, caption)
        except AssistantError as error:
            await self._failures.tell(error, place, language)
        except NotSent:
            return

    async def _sample(self, voice: str, language: str) -> Voice:
        sample = self._samples[voice, language]
        async with sample.making:
            if sample.made is None:
                pcm = await self._assistant.speak(voice, language, text("voice.sample_words", language))
                sample.made = await self._encoded(pcm)
            return sample.made

    async def _encoded(self, pcm: bytes) -> Voice:
        async with aclosing(await self._codecs.keep(VoicePieces)) as sound:
            await sound.run(VoicePieces.feed, pcm, may_cut=False)
            return await sound.run(VoicePieces.finish)


@asynccontextmanager
async def open_samples(
    assistant: TelegramVoiceAssistant, codecs: Codecs, sender: Sender, failures: Failures
) -> AsyncIterator[Samples]:
    async with task_group() as group:
        samples = Samples(group, assistant, codecs, sender, failures)
        try:
            yield samples
        finally:
            samples.close()
