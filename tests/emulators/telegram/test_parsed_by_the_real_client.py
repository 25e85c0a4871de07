"""python-telegram-bot is the judge of all that the emulator says."""

import inspect
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import telegram as ptb
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.request import HTTPXRequest

from emulators.telegram import Chat, Refusal, TelegramEmulator, TooManyRequests
from emulators.telegram.methods.registry import METHODS
from tests.emulators.telegram.samples import jpeg, tone

# The library announces that its durations will be of another type; both are parsed.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


@pytest_asyncio.fixture
async def client(telegram: TelegramEmulator) -> AsyncIterator[ptb.Bot]:
    request = HTTPXRequest(httpx_kwargs={"verify": False, "trust_env": False})
    base, files = f"{telegram.url}/bot", f"{telegram.url}/file/bot"
    async with ptb.Bot(telegram.token, base_url=base, base_file_url=files, request=request) as bot:
        yield bot


async def test_every_kind_of_update_is_parsed_and_nothing_in_it_is_unknown(
    client: ptb.Bot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    await _cause_updates(ivan, telegram, client)
    seen: set[str] = set()
    for update in await client.get_updates(allowed_updates=ptb.Update.ALL_TYPES):
        kind = next(name for name in ptb.Update.ALL_TYPES if getattr(update, name))
        message = update.message
        seen.add(kind if message is None else ptb.helpers.effective_message_type(message) or "service")
        assert not _unknown(update), _unknown(update)
    assert seen >= {
        *("text", "voice", "photo", "document", "audio", "video", "video_note", "sticker", "location", "poll"),
        *("contact", "edited_message", "callback_query", "my_chat_member", "forum_topic_created"),
    }


async def _cause_updates(ivan: Chat, telegram: TelegramEmulator, client: ptb.Bot) -> None:
    video = b"no real video"
    first = await ivan.send_text("/start@site_bot")
    await ivan.send_voice(tone(), reply_to=first.message_id)
    await ivan.send_voice(tone(), forwarded=True, caption="a")
    await ivan.send_album([jpeg(), jpeg(300, 300)], caption="две")
    await ivan.send_document(b"%PDF-", name="act.pdf", mime="application/pdf", caption="акт")
    await ivan.send_document(b"%PDF-")
    await ivan.send_audio(tone(1, "mp3", "mp3"), name="a.mp3")
    await ivan.send_video(video, caption="видео")
    await ivan.send_video_note(video)
    await ivan.send_sticker()
    await ivan.send_location()
    await ivan.send_poll()
    await ivan.send_contact("+79990000000", "Пётр")
    await ivan.edit_text(first.message_id, "/stop")
    markup = ptb.InlineKeyboardMarkup.from_button(ptb.InlineKeyboardButton("ok", callback_data="ok"))
    await client.send_message(1, "a", reply_markup=markup)
    await ivan.press(ivan.messages[0], "ok")
    await client.delete_message(1, ivan.messages[0].message_id)
    await ivan.press(ivan.messages[0], data="ok")
    ivan.block()
    ivan.unblock()
    forum = telegram.group(id=-1001, title="Объект", administrators=[ivan.members[0]], forum=True)
    thread = forum.create_topic("Кровля")
    await forum.send_text("в теме", thread=thread)
    await forum.send_text("от имени группы", anonymous=True)


def _unknown(thing: ptb.TelegramObject) -> dict[str, object]:
    """Fields that the library does not know, all levels; those that it leaves out on purpose do not count."""
    legacy = {"forward_from", "forward_date", "forward_sender_name", "all_members_are_administrators"}
    found = {name: value for name, value in thing.api_kwargs.items() if name not in legacy}
    for name in thing.to_dict(recursive=False):
        value = getattr(thing, "from_user" if name == "from" else name, None)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, ptb.TelegramObject):
                found |= _unknown(part)
    return found


async def test_every_answer_is_parsed(client: ptb.Bot, ivan: Chat, telegram: TelegramEmulator) -> None:
    telegram.group(id=-5, title="Объект", administrators=[ivan.members[0]])
    sent = await client.send_message(1, "<b>a</b>", parse_mode="HTML")
    voice = await client.send_voice(1, tone(), duration=1, filename="a.ogg", caption="a")
    assert voice.voice is not None
    await client.send_voice(1, voice.voice.file_id)
    await client.send_audio(1, tone(1, "mp3", "mp3"), filename="a.mp3")
    await client.send_photo(1, jpeg(), caption="b", filename="a.jpg")
    await client.send_document(1, b"%PDF-", filename="a.pdf")
    group = await client.send_media_group(1, [ptb.InputMediaPhoto(jpeg(), "c", filename="a.jpg")] * 2)
    assert len(group) == 2
    assert isinstance(await client.edit_message_text("b", 1, sent.message_id), ptb.Message)
    assert isinstance(await client.edit_message_caption(1, voice.message_id, caption="b"), ptb.Message)
    markup = ptb.InlineKeyboardMarkup.from_button(ptb.InlineKeyboardButton("ok", callback_data="ok"))
    assert isinstance(await client.edit_message_reply_markup(1, sent.message_id, reply_markup=markup), ptb.Message)
    assert await client.send_chat_action(1, "record_voice", message_thread_id=None)
    assert await client.set_message_reaction(1, sent.message_id, "👍")
    assert await client.delete_messages(1, [sent.message_id])
    assert await client.set_my_commands([("stop", "Завершить")], ptb.BotCommandScopeAllPrivateChats(), "ru")
    assert await client.get_my_commands(ptb.BotCommandScopeAllPrivateChats(), "ru")
    assert await client.delete_my_commands()
    assert await client.set_my_description("a")
    assert (await client.get_my_description()).description == "a"
    assert await client.set_my_short_description("a")
    assert await client.set_my_name("a")
    assert await client.set_chat_menu_button(1, ptb.MenuButtonDefault())
    assert (await client.get_chat(1)).accepted_gift_types.gifts_from_channels is False
    assert (await client.get_chat(-5)).title == "Объект"
    assert isinstance((await client.get_chat_administrators(-5))[0], ptb.ChatMemberAdministrator)
    assert isinstance(await client.get_chat_member(-5, 42), ptb.ChatMemberMember)
    assert await client.set_webhook("https://example.org/")
    assert (await client.get_webhook_info()).url == "https://example.org/"
    assert await client.delete_webhook()
    file = await client.get_file(voice.voice.file_id)
    assert bytes(await file.download_as_bytearray()) == tone()
    assert await client.send_message_draft(1, 5, "чер")
    assert telegram.problems == []


async def test_refusals_become_the_exceptions_that_the_library_has_for_them(
    client: ptb.Bot, ivan: Chat, telegram: TelegramEmulator
) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await client.send_message(77, "a")
    telegram.forbid_voice(ivan.members[0])
    with pytest.raises(BadRequest, match="Voice_messages_forbidden"):
        await client.send_voice(1, tone(), filename="a.ogg")
    ivan.block()
    with pytest.raises(Forbidden, match="blocked by the user"):
        await client.send_message(1, "a")
    telegram.fault("getMe", TooManyRequests(3))
    with pytest.raises(RetryAfter):
        await client.get_me()
    telegram.fault("getMe", Refusal(502, "Bad Gateway"))
    with pytest.raises(NetworkError):
        await client.get_me()
    await client.set_webhook("https://example.org/")
    with pytest.raises(Conflict):
        await client.get_updates()
    telegram.fault("getMe", Refusal(401, "Unauthorized"))
    with pytest.raises(InvalidToken):
        await client.get_me()


_OWN = {"self", "read_timeout", "write_timeout", "connect_timeout", "pool_timeout", "api_kwargs", "filename"}
_OF_PYTHON = {"sendMediaGroup": {"caption", "parse_mode", "caption_entities"}}
"""The library's own: it puts them into the first item."""


@pytest.mark.parametrize("name", sorted(method.name for method in METHODS.values()))
def test_all_parameters_that_the_library_knows_are_known(name: str) -> None:
    python_name = re.sub(r"(?<=[a-z])([A-Z])", lambda found: "_" + found[1].lower(), name)
    parameters = set(inspect.signature(getattr(ptb.Bot, python_name)).parameters)
    assert parameters - _OWN - _OF_PYTHON.get(name, set()) <= METHODS[name.lower()].parameters
