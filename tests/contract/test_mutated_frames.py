"""No frame of the model, however broken, ends the process, leaves a turn without an end, or reaches another chat."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import example, given, settings

from conversation import Conversation
from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.gemini_live.faults import RawFrames
from gemini_live_session import GeminiLive
from live_session import Setup
from question import Question
from tasks import task_group
from tests.contract.conftest import KEY, MODEL
from tests.contract.frames import frames
from tests.script import sound
from tests.talk import Replied
from tests.volume import examples

FIRST_WORD_S = 1.0
SAID = Answer(pcm=sound() * 3, transcript="да")


class _Model:
    async def answer(self, heard: object, history: object) -> Answer:
        return SAID


@asynccontextmanager
async def _conversation(provider: GeminiLive) -> AsyncIterator[Conversation]:
    conversation = Conversation(provider, lambda: Setup("Ты помощник.", "Aoede"), first_word_seconds=FIRST_WORD_S)
    async with task_group() as group:
        running = group.create_task(conversation.run())
        await conversation.ready.wait()
        yield conversation
        conversation.stop()
        await running


async def _asked(conversation: Conversation) -> Replied:
    reply = Replied()
    conversation.ask(Question("вопрос"), reply)
    async with asyncio.timeout(20):
        await reply.ended()
    return reply


async def _play(broken: tuple[bytes | str, ...]) -> None:
    async with GeminiLiveEmulator(KEY, model=_Model()) as emulator:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SSL_CERT_FILE", str(emulator.ca_file))
            provider = GeminiLive(KEY, MODEL, base_url=emulator.url)
            async with _conversation(provider) as hurt, _conversation(provider) as neighbour:
                assert (await _asked(neighbour)).ends == ["answered"]
                [quiet] = [one for one in emulator.connections if one.activities]
                emulator.fault(RawFrames(broken))
                reply = await _asked(hurt)
                # A person hears an answer or reads a sentence; never nothing.
                assert reply.ends == ["answered"] or (reply.ends == ["failed"] and reply.error is not None)
                assert (await _asked(neighbour)).ends == ["answered"]
                assert quiet.open
                assert len(quiet.activities) == 2
                assert (await _asked(hurt)).ends == ["answered"]
            await provider.close()


@settings(max_examples=examples(25), deadline=None, derandomize=True)
@given(frames())
@example(("[]",))
@example(("null",))
@example((b"\xff\xfe",))
@example(('{"serverContent": ' + "[" * 5_000 + "]" * 5_000 + "}",))
@example(('{"serverContent": {"modelTurn": {"parts": [{"inlineData": {"data": "AAA", "mimeType": 7}}]}}}',))
@example((b"x" * 20_000_000,))
@example(('{"usageMetadata": {"totalTokenCount": 1e400}}',))
def test_frames_that_went_wrong_end_in_an_answer_or_a_sentence_and_hurt_nobody_else(
    broken: tuple[bytes | str, ...],
) -> None:
    asyncio.run(_play(broken))
