"""The model that listens and the one that echoes: their answers prove what they heard."""

import pytest

from emulators.fixtures.make_pictures import SITE_PHOTO
from emulators.gemini_live import EchoModel, GeminiLiveEmulator, Heard, Image, ListeningModel, Said
from emulators.gemini_live.pictures import picture_size
from emulators.speech import recordings, sound, words
from tests.emulators.gemini_live.raw_client import Message, audio, parts, session, speech, text, transcript, video
from tests.emulators.gemini_live.tones import correlation, envelope, silence, tone

TRANSCRIPT: Message = {"outputAudioTranscription": {}, "sessionResumption": {}}


@pytest.mark.parametrize("hertz", [80, 120, 165, 230, 330])
@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_pitch_is_measured_within_two_percent(hertz: int, rate: int) -> None:
    assert sound.pitch(tone(1.0, hertz, rate), rate) == pytest.approx(hertz, rel=0.02)


def test_silence_and_a_click_have_no_pitch() -> None:
    assert sound.pitch(silence(1.0), 16_000) is None
    assert sound.pitch(b"", 16_000) is None
    assert sound.pitch(silence(0.5) + tone(0.06) + silence(0.5), 16_000) is None


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (SITE_PHOTO.read_bytes(), (1280, 960)),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\x80\0\0\1\xe0", (640, 480)),
        (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\2\0\xdf\1\0", (640, 480)),
    ],
)
def test_the_size_of_a_picture_is_in_its_head(data: bytes, size: tuple[int, int]) -> None:
    assert picture_size(data) == size


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        (0, "ноль"),
        (1, "один"),
        (14, "четырнадцать"),
        (21, "двадцать один"),
        (900, "девятьсот"),
        (1280, "одна тысяча двести восемьдесят"),
        (2002, "две тысячи два"),
        (115_000, "сто пятнадцать тысяч"),
    ],
)
def test_numbers_are_said_in_words(value: int, spoken: str) -> None:
    assert " ".join(words.number(value)) == spoken


@pytest.mark.parametrize(
    ("value", "spoken"),
    [(1, "одна секунда"), (2, "две секунды"), (11, "одиннадцать секунд"), (21, "двадцать одна секунда")],
)
def test_nouns_agree_with_their_numbers(value: int, spoken: str) -> None:
    assert " ".join(words.counted(value, words.SECONDS)) == spoken


def test_every_word_of_the_vocabulary_was_recorded() -> None:
    for word in words.VOCABULARY:
        spoken = words.speech([word])
        assert len(spoken) > 0.2 * 48_000
        assert sound.loudness(spoken, words.RATE) > 0.02, word


async def test_the_second_answer_depends_on_the_first_note() -> None:
    async with GeminiLiveEmulator() as gemini, session(gemini, **TRANSCRIPT) as client:
        first = await client.ask(audio(tone(5.0, 120)))
        second = await client.ask(audio(tone(2.0, 201)))
        third = await client.ask(video(SITE_PHOTO.read_bytes()), text("Что здесь не так?"))
    assert transcript(first) == " Слышу запись: пять секунд, голос сто двадцать герц."
    assert transcript(second) == (
        " Слышу запись: две секунды, голос двести герц. Прошлая запись: пять секунд, голос сто двадцать герц."
    )
    assert transcript(third) == (
        " Вижу снимок: одна тысяча двести восемьдесят на девятьсот шестьдесят точек. Вы написали: четыре слова. "
        "Прошлая запись: две секунды, голос двести герц."
    )
    assert len(speech(second)) > len(speech(first)) > 3 * 48_000


async def test_what_was_heard_survives_a_new_connection() -> None:
    async with GeminiLiveEmulator() as gemini:
        async with session(gemini, **TRANSCRIPT) as client:
            await client.ask(audio(tone(3.0, 100)))
            handle = await client.handle()
        async with session(gemini, **{**TRANSCRIPT, "sessionResumption": {"handle": handle}}) as client:
            said = transcript(await client.ask(text("Что я говорил?")))
    assert said == " Вы написали: три слова. Прошлая запись: три секунды, голос сто герц."


async def test_the_transcript_is_exactly_what_is_spoken() -> None:
    answer = await ListeningModel().answer(Heard(pcm=tone(5.0, 120)), ())
    spoken = ["слышу запись:", "пять", "секунд,", "голос", "сто", "двадцать", "герц."]
    assert answer.pcm == words.speech(spoken)
    assert answer.transcript == words.transcript(spoken)


async def test_a_recording_without_a_voice_and_an_empty_activity_are_told() -> None:
    model = ListeningModel()
    assert (await model.answer(Heard(pcm=silence(1.0)), ())).transcript == (
        "Слышу запись: одна секунда, голоса не слышно."
    )
    assert (await model.answer(Heard(), (Said(text="?"),))).transcript == "Ничего не слышу."


async def test_a_picture_alone_is_measured() -> None:
    heard = Heard(pictures=(Image(SITE_PHOTO.read_bytes(), "image/jpeg"),))
    assert "девятьсот шестьдесят точек" in (await ListeningModel().answer(heard, ())).transcript


@pytest.mark.parametrize("note", recordings.NOTES, ids=lambda note: note.name)
async def test_an_echo_is_like_the_note_that_was_sent(note: recordings.Recording) -> None:
    pcm = sound.decode(str(note.path), 16_000)
    async with GeminiLiveEmulator(model=EchoModel()) as gemini, session(gemini) as client:
        pieces = [audio(pcm[start : start + 3200]) for start in range(0, len(pcm), 3200)]
        echo = speech(await client.ask(*pieces))
    assert gemini.connections[0].activities[0].pcm == pcm
    assert abs(len(echo) / 48_000 - len(pcm) / 32_000) < 0.02
    assert correlation(envelope(echo, 24_000), envelope(pcm, 16_000)) > 0.995


async def test_an_echo_of_a_text_is_the_text() -> None:
    async with GeminiLiveEmulator(model=EchoModel()) as gemini, session(gemini) as client:
        assert parts(await client.ask(text("раз"), text("два"))) == [{"text": "раз два"}]


def test_pitch_tells_the_two_speakers_of_the_notes_apart() -> None:
    pitches = {note.name: sound.pitch(sound.decode(str(note.path), 16_000), 16_000) or 0 for note in recordings.NOTES}
    low = {name for name, hertz in pitches.items() if hertz < 130}
    assert low == {"greeting", "interruption"}
    assert all(hertz > 150 for name, hertz in pitches.items() if name not in low)


def test_the_committed_media_are_small() -> None:
    files = [
        *(note.path for note in recordings.NOTES),
        words.RECORDING,
        SITE_PHOTO,
        SITE_PHOTO.with_name("drawing.pdf"),
    ]
    assert sum(file.stat().st_size for file in files) < 1_500_000
