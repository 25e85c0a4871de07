import pytest

from emulators.telegram import Chat, TelegramEmulator
from tests.emulators.telegram.conftest import RawBot
from tests.emulators.telegram.samples import jpeg, tone


async def _voice_file_id(bot: RawBot) -> str:
    return str((await bot.get("getUpdates"))[-1]["message"]["voice"]["file_id"])


async def test_a_file_is_downloaded_by_the_path_that_get_file_tells(bot: RawBot, ivan: Chat) -> None:
    await ivan.send_voice(tone(2))
    file = await bot.get("getFile", file_id=await _voice_file_id(bot))
    assert file["file_size"] == len(tone(2))
    assert file["file_path"].startswith("voice/file_")
    for token in ("42:TEST-TOKEN", "42%3ATEST-TOKEN"):
        response = await bot.http.get(f"{bot.url}/file/bot{token}/{file['file_path']}")
        assert response.content == tone(2)


async def test_a_path_is_no_door_before_get_file_has_opened_it(bot: RawBot, ivan: Chat) -> None:
    await ivan.send_voice(tone())
    assert (await bot.http.get(f"{bot.url}/file/bot{bot.token}/voice/file_0.oga")).status_code == 404


@pytest.mark.parametrize(
    ("header", "status", "part"),
    [
        ("bytes=10-19", 206, slice(10, 20)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=-", 200, slice(None)),
    ],
)
async def test_parts_of_a_file_are_served(
    bot: RawBot, ivan: Chat, telegram: TelegramEmulator, header: str, status: int, part: slice
) -> None:
    await ivan.send_voice(tone())
    path = (await bot.get("getFile", file_id=await _voice_file_id(bot)))["file_path"]
    url = f"{bot.url}/file/bot{bot.token}/{path}"
    response = await bot.http.get(url, headers={"range": header})
    assert (response.status_code, response.content) == (status, tone()[part])
    telegram.serve_ranges(False)
    response = await bot.http.get(url, headers={"range": header})
    assert (response.status_code, response.content) == (200, tone())


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, "400 Bad Request: file_id not specified"),
        ({"file_id": "AwACAgIA-what"}, "400 Bad Request: invalid file_id"),
    ],
)
async def test_an_unknown_file_is_refused(bot: RawBot, fields: dict[str, str], refusal: str) -> None:
    assert await bot.refusal("getFile", **fields) == refusal


async def test_more_than_20_mebibytes_are_not_handed_out(bot: RawBot, ivan: Chat) -> None:
    await ivan.send_voice(tone(), claimed_size=(20 << 20) + 1)
    assert await bot.refusal("getFile", file_id=await _voice_file_id(bot)) == "400 Bad Request: file is too big"
    await ivan.send_voice(tone(), claimed_size=20 << 20)
    assert (await bot.get("getFile", file_id=await _voice_file_id(bot)))["file_size"] == 20 << 20


async def test_a_photo_comes_in_several_sizes_the_last_one_as_it_was_sent(bot: RawBot, ivan: Chat) -> None:
    await ivan.send_photo(jpeg(), caption="/start смотри")
    message = (await bot.get("getUpdates"))[0]["message"]
    sizes = [(size["width"], size["height"]) for size in message["photo"]]
    assert sizes == [(90, 68), (320, 240), (800, 600), (1280, 960), (1600, 1200)]
    assert [entity["type"] for entity in message["caption_entities"]] == ["bot_command"]
    contents = []
    for size in message["photo"]:
        path = (await bot.get("getFile", file_id=size["file_id"]))["file_path"]
        contents.append((await bot.http.get(f"{bot.url}/file/bot{bot.token}/{path}")).content)
    assert contents[-1] == jpeg()
    assert all(content.startswith(b"\xff\xd8") for content in contents)
    assert len(set(contents)) == 5


async def test_a_photo_that_is_none_still_arrives(bot: RawBot, ivan: Chat) -> None:
    await ivan.send_photo(b"no picture at all")
    sizes = (await bot.get("getUpdates"))[0]["message"]["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(1280, 960)]
