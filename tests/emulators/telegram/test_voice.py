import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot
from tests.emulators.telegram.samples import tone, with_last_page


async def _send(bot: RawBot, data: bytes, **fields: object) -> dict[str, object]:
    sent: dict[str, object] = await bot.get(
        "sendVoice", {"voice": ("answer.ogg", data, "audio/ogg")}, chat_id=1, **fields
    )
    return sent


@pytest.mark.parametrize(
    ("container", "codec", "mime"),
    [("ogg", "libopus", "audio/ogg"), ("mp3", "mp3", "audio/mpeg"), ("ipod", "aac", "audio/mp4")],
)
async def test_opus_mp3_and_m4a_are_voice_messages(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator, container: str, codec: str, mime: str
) -> None:
    data = tone(2, container, codec)
    await _send(bot, data, duration=2)
    message = await ivan.next_message()
    assert (message.kind, message.mime, message.duration, message.file_name) == ("voice", mime, 2, "answer.ogg")
    assert message.data == data
    assert telegram.problems == []


def _broken_checksum() -> bytes:
    data = bytearray(tone())
    data[-1] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (_broken_checksum(), "the checksum of OGG page"),
        (tone()[:-10], "the last OGG page is cut off"),
        (tone() + b"more", "no OGG page at byte"),
        (tone(1, "ogg", "flac"), "no OpusHead at the beginning"),
        (b"just bytes", "is neither OGG/Opus nor MP3 nor M4A"),
        (tone(1, "wav", "pcm_s16le"), "is neither OGG/Opus nor MP3 nor M4A"),
    ],
)
async def test_what_is_no_voice_message_arrives_as_a_document(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator, data: bytes, problem: str
) -> None:
    await _send(bot, data, duration=1)
    assert (await ivan.next_message()).kind == "document"
    assert problem in telegram.problems[0]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (tone(layout="stereo"), "2 channels instead of one"),
        (with_last_page(tone(), flags=0), "not marked as the end of the stream"),
        (with_last_page(tone(), granule=10 * 48_000), "the end is not trimmed"),
    ],
)
async def test_what_players_put_up_with_is_recorded(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator, data: bytes, problem: str
) -> None:
    await _send(bot, data)
    assert (await ivan.next_message()).kind == "voice"
    assert any(problem in told for told in telegram.problems)


async def test_a_duration_that_is_wrong_by_more_than_a_second_is_recorded(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    await _send(bot, tone(3), duration=2)
    assert telegram.problems == []
    await _send(bot, tone(3), duration=5)
    assert telegram.problems == ["sendVoice was told duration=5, the recording has 3.0 s"]
    assert ivan.messages[1].duration == 3


async def test_an_upload_without_a_name_and_one_without_a_waveform_are_recorded(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    await bot.get("sendVoice", {"voice": ("application.octet-stream", tone())}, chat_id=1)
    assert telegram.problems == ["a voice was uploaded without a file name: its type is left to a guess"]
    telegram.problems.clear()
    large = tone(34, bit_rate=256_000)
    assert len(large) > 1_000_000
    await _send(bot, large, duration=34)
    assert telegram.problems == [f"a voice message of {len(large)} bytes gets no waveform: the limit is 1 MB"]


async def test_an_empty_file_is_refused(bot: RawBot, ivan: Chat) -> None:
    refusal = await bot.refusal("sendVoice", {"voice": ("a.ogg", b"")}, chat_id=1)
    assert refusal == "400 Bad Request: file must be non-empty"


async def test_a_person_can_forbid_voice_messages(bot: RawBot, ivan: Chat, telegram: TelegramEmulator) -> None:
    telegram.forbid_voice(ivan.members[0])
    note = {"voice": ("a.ogg", tone())}
    assert await bot.refusal("sendVoice", note, chat_id=1) == "400 Bad Request: VOICE_MESSAGES_FORBIDDEN"
    assert (await bot.get("getChat", chat_id=1))["has_restricted_voice_and_video_messages"] is True
    await bot.get("sendAudio", {"audio": ("a.mp3", tone(1, "mp3", "mp3"))}, chat_id=1)
    telegram.forbid_voice(ivan.members[0], forbidden=False)
    await bot.get("sendVoice", note, chat_id=1)
    assert [message.kind for message in ivan.messages] == ["audio", "voice"]
