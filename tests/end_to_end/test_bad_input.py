"""Whatever people send: one sentence that helps, no garbage for the model, and the next message is answered."""

import io
import random

import pytest
from PIL import Image

from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.speech.recordings import QUESTION
from emulators.telegram import Chat, TelegramEmulator
from tests.audio.making import recording, voice_note
from tests.audio.speech import silence, speech_like
from tests.end_to_end.conftest import RunBot, begin

NOTE = QUESTION.path.read_bytes()
NOISE = random.Random(7).randbytes(5_000)


async def _one_sentence_then_an_answer(chat: Chat, gemini: GeminiLiveEmulator) -> str:
    """The sentence; then a good note is answered, and it is the only thing that the model heard."""
    told = await chat.next_message()
    assert told.kind == "text", told.kind
    gemini.say(Answer(pcm=speech_like(1), transcript="да"))
    await chat.send_voice(NOTE)
    assert (await chat.next_message()).caption == "да"
    assert len(gemini.turns) == 1
    assert not gemini.turns[0].heard.images
    return told.text or ""


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        (b"", "Запись не читается: она пустая или повреждена; запишите её ещё раз."),
        (NOISE, "Запись не читается: она пустая или повреждена; запишите её ещё раз."),
        (
            voice_note(silence(3, 24_000)),
            "В записи не слышно речи; поднесите телефон ближе и запишите ещё раз.",
        ),
    ],
    ids=["empty", "random", "silent"],
)
async def test_a_recording_without_speech(
    note: bytes, sentence: str, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(note, duration=3)
        assert await _one_sentence_then_an_answer(ivan, gemini) == sentence
    assert [len(connection.activities) for connection in gemini.connections] == [1]


@pytest.mark.parametrize(
    ("name", "mime", "data", "sentence"),
    [
        (
            "plan.svg",
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "Это изображение открыть не удалось",
        ),
        ("photo.jpg", "image/jpeg", NOISE, "Это изображение открыть не удалось"),
        ("plan.pdf", "application/pdf", b"%PDF-1.7\nnothing here", "Этот PDF открыть не удалось"),
        ("estimate.xlsx", "application/vnd.ms-excel", b"PK\x03\x04" + NOISE, "Такой файл открыть не могу"),
        ("notes.txt", "text/plain", "Просто текст".encode(), "Такой файл открыть не могу"),
        ("memo.mp3", "audio/mpeg", NOISE, "Запись не читается"),
    ],
)
async def test_a_document_that_is_not_what_it_claims(
    name: str, mime: str, data: bytes, sentence: str, ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(data, name=name, mime=mime)
        assert (await _one_sentence_then_an_answer(ivan, gemini)).startswith(sentence)


async def test_a_picture_of_20_000_pixels(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    async with run_bot():
        await begin(ivan)
        await ivan.send_document(file.getvalue(), name="huge.png", mime="image/png", caption="что это?")
        sentence = await _one_sentence_then_an_answer(ivan, gemini)
    assert sentence.startswith("Изображение слишком большое: открываю до ")


async def test_a_video_without_a_sound_track(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    silent_film = recording(b"", 16_000, "mp4", "", picture=True)
    async with run_bot():
        await begin(ivan)
        await ivan.send_video_note(silent_film)
        sentence = await _one_sentence_then_an_answer(ivan, gemini)
    assert sentence == "В этом файле нет звуковой дорожки; отправьте голосовое сообщение."


async def test_kinds_of_messages_that_cannot_be_read(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    async with run_bot():
        await begin(ivan)
        for send, sentence in (
            (ivan.send_sticker, "Стикер понять не могу"),
            (ivan.send_location, "С геопозицией работать не умею"),
            (ivan.send_poll, "На опросы не отвечаю"),
        ):
            await send()
            assert ((await ivan.next_message()).text or "").startswith(sentence)
        await ivan.send_text("и текст")
        assert (await ivan.next_message()).kind == "voice"


async def test_an_unknown_button_and_an_old_one(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot():
        await begin(ivan)
        pressed = await ivan.press(ivan.messages[0], data="something:else")
        assert (await pressed.answer()).text == "Эта кнопка больше не действует; отправьте /voice_chat."


async def test_a_note_that_is_too_long_or_too_large_is_refused_before_the_download(
    ivan: Chat, telegram: TelegramEmulator, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    async with run_bot(voice_max_minutes=2):
        await begin(ivan)
        await ivan.send_voice(NOTE, duration=121)
        long = await ivan.next_message()
        await ivan.send_voice(NOTE, claimed_size=21 << 20)
        large = await ivan.next_message()
    assert long.text == "Запись слишком длинная: отвечаю на записи до 2 мин; разделите её на части."
    assert large.text == "Файл слишком большой: могу принять до 20 МБ; отправьте файл меньше."
    assert not [call for call in telegram.calls if call.method == "getFile"]


async def test_a_note_cut_in_the_middle_is_answered_as_far_as_it_goes(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot
) -> None:
    gemini.say(Answer(pcm=speech_like(1), transcript="да"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE[: len(NOTE) // 2], duration=5)
        assert (await ivan.next_message()).caption == "да"
    assert 1.5 < gemini.turns[0].heard.seconds < 4


async def test_an_answer_without_sound_arrives_as_text(ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot) -> None:
    gemini.say(Answer(text="Только буквы"), Answer(pcm=silence(1, 24_000), transcript="Тихие слова"))
    async with run_bot():
        await begin(ivan)
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).text == "Только буквы"
        await ivan.send_voice(NOTE)
        assert (await ivan.next_message()).text == "Тихие слова"
