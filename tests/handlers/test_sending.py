"""What goes out, with the real client against the emulator, and what the network does to it."""

import asyncio
import traceback
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.faults import (
    ConnectionCut,
    DeliveredButNotTold,
    Fault,
    Hang,
    RawAnswer,
    Refusal,
    SlowBody,
    TooManyRequests,
)
from handlers.captions import utf16
from handlers.ledger import Content, SendKey
from handlers.sending import (
    Blocked,
    NotSent,
    Place,
    Repeated,
    Sender,
    Unknown,
    VoiceForbidden,
    open_sender,
)
from tests.audio.making import voice_note
from tests.audio.speech import speech_like
from tests.handlers.requests import TOKEN, VOICE, open_bot
from tests.proxies import TcpProxy

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
WORDS = "слова, которых никто не должен видеть"
KEY = SendKey(update_id=900, ordinal=0)
HERE = Place(1)
NOTE = voice_note(speech_like(1))


class Book:
    """A ledger that remembers what it was told."""

    def __init__(self, *, known: bool = False) -> None:
        self._known = known
        self.lines: list[tuple[object, ...]] = []

    async def hand_over(self, key: SendKey, content: Content) -> bool:
        self.lines.append(("hand over", key, content.kind, content.text))
        return not self._known

    async def confirmed(self, key: SendKey, message_id: int) -> None:
        self.lines.append(("confirmed", key, message_id))

    async def failed(self, key: SendKey) -> None:
        self.lines.append(("failed", key))

    async def unknown(self, key: SendKey) -> None:
        self.lines.append(("unknown", key))

    async def withdrawn(self, key: SendKey) -> None:
        self.lines.append(("withdrawn", key))


@pytest.fixture
def ivan(telegram: TelegramEmulator) -> Chat:
    return telegram.private_chat(telegram.person(id=1, first_name="Иван"))


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
async def sender(telegram: TelegramEmulator, ivan: Chat, book: Book) -> AsyncIterator[Sender]:
    async with open_bot(telegram.url) as (bot, _), open_sender(bot, book) as opened:
        yield opened


def count(telegram: TelegramEmulator, method: str) -> int:
    return sum(call.method == method for call in telegram.calls)


@pytest.mark.parametrize("fault", [Refusal(502, "Bad Gateway"), RawAnswer(b"<html>", 503), TooManyRequests(1)])
async def test_what_telegram_did_not_take_arrives_once(
    telegram: TelegramEmulator, ivan: Chat, sender: Sender, book: Book, fault: Fault
) -> None:
    telegram.fault("sendMessage", fault)
    assert await sender.text(HERE, WORDS, key=KEY) == ivan.messages[0].message_id
    assert [message.text for message in ivan.messages] == [WORDS]
    assert book.lines == [("hand over", KEY, "text", WORDS), ("confirmed", KEY, ivan.messages[0].message_id)]


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [(DeliveredButNotTold(), 1), (ConnectionCut(), 0), (Hang(), 0), (RawAnswer(b'{"ok":true,"resu'), 0)],
)
async def test_what_may_have_arrived_is_not_sent_again(
    telegram: TelegramEmulator, ivan: Chat, sender: Sender, book: Book, fault: Fault, arrived: int
) -> None:
    telegram.fault("sendMessage", fault)
    with pytest.raises(Unknown):
        await sender.text(HERE, WORDS, key=KEY)
    assert (count(telegram, "sendMessage"), len(ivan.messages)) == (1, arrived)
    assert book.lines[-1] == ("unknown", KEY)


async def test_a_connection_that_is_refused_for_a_while_delays_the_message(
    telegram: TelegramEmulator, ivan: Chat
) -> None:
    async with (
        TcpProxy("127.0.0.1", telegram.port) as line,
        open_bot(f"http://127.0.0.1:{line.port}") as (bot, requests),
        open_sender(bot) as sender,
    ):
        line.refuse()
        sending = asyncio.create_task(sender.text(HERE, WORDS))
        await requests.until_ended(1)
        await line.accept()
        await sending
    assert [message.text for message in ivan.messages] == [WORDS]


async def test_a_large_upload_that_was_reset_is_sent_again(telegram: TelegramEmulator, ivan: Chat) -> None:
    async with (
        TcpProxy("127.0.0.1", telegram.port) as line,
        open_bot(f"http://127.0.0.1:{line.port}", read_timeout=5.0, media_write_timeout=5.0) as (bot, requests),
        open_sender(bot) as sender,
    ):
        line.reset_after(70_000, "up")
        await sender.voice(HERE, VOICE, 2, WORDS)
        assert requests.ended == 2
    assert len(ivan.messages) == 1


async def test_a_request_that_finds_no_free_connection_waits_for_one(telegram: TelegramEmulator, ivan: Chat) -> None:
    held = telegram.fault("getMe", Hang())
    async with (
        open_bot(telegram.url, connection_pool_size=1, read_timeout=10.0) as (bot, requests),
        open_sender(bot) as sender,
    ):
        occupying = asyncio.create_task(bot.get_me())
        await telegram.wait_for(lambda call: call.method == "getMe")
        sending = asyncio.create_task(sender.text(HERE, WORDS))
        await requests.until_ended(1)
        held.release()
        await sending
        await occupying
    assert [message.text for message in ivan.messages] == [WORDS]


async def test_a_limited_chat_does_not_hold_another(telegram: TelegramEmulator, ivan: Chat, sender: Sender) -> None:
    petr = telegram.private_chat(telegram.person(id=2, first_name="Пётр"))
    telegram.fault("sendMessage", TooManyRequests(1), chat=ivan)
    slow = asyncio.create_task(sender.text(HERE, "Ивану"))
    await telegram.wait_for(lambda call: call.status == 429)
    await sender.text(Place(2), "Петру")
    assert (len(ivan.messages), len(petr.messages)) == (0, 1)
    await slow
    calls = [call.at for call in telegram.calls if call.params.get("chat_id") == 1]
    assert 1.0 <= calls[1] - calls[0] < 2.0


async def test_a_person_who_blocked_the_bot_is_told_apart(ivan: Chat, sender: Sender, book: Book) -> None:
    ivan.block()
    with pytest.raises(Blocked):
        await sender.text(HERE, WORDS, key=KEY)
    assert book.lines[-1] == ("failed", KEY)


async def test_a_group_that_threw_the_bot_out_is_told_apart(telegram: TelegramEmulator, sender: Sender) -> None:
    group = telegram.group(-5, "Стройка", members=[telegram.person(id=2, first_name="Пётр")])
    group.block()
    with pytest.raises(Blocked):
        await sender.voice(Place(-5), NOTE, 1, WORDS)


async def test_who_forbids_voice_messages_gets_audio_and_that_is_remembered(
    telegram: TelegramEmulator, ivan: Chat, sender: Sender, book: Book
) -> None:
    telegram.forbid_voice(telegram.person(id=1, first_name="Иван"))
    for number in range(2):
        await sender.voice(HERE, NOTE, 1, WORDS, key=SendKey(900, number))
    assert [(message.kind, message.caption) for message in ivan.messages] == [("audio", WORDS)] * 2
    assert count(telegram, "sendVoice") == 1
    assert [line[0] for line in book.lines] == ["hand over", "confirmed"] * 2


@pytest.mark.parametrize(
    ("voice", "audio"),
    [
        ("VOICE_MESSAGES_FORBIDDEN", "CHAT_SEND_AUDIOS_FORBIDDEN"),
        ("not enough rights to send voice notes to the chat", "not enough rights to send music to the chat"),
        ("user restricted receiving of voice messages", "not enough rights to send music to the chat"),
    ],
)
async def test_who_forbids_audio_too_gets_the_words_and_that_is_remembered(
    telegram: TelegramEmulator, ivan: Chat, sender: Sender, voice: str, audio: str
) -> None:
    telegram.fault("sendVoice", Refusal(400, f"Bad Request: {voice}"), times=2)
    telegram.fault("sendAudio", Refusal(400, f"Bad Request: {audio}"), times=2)
    for _ in range(2):
        await sender.voice(HERE, NOTE, 1, WORDS)
    assert [(message.kind, message.text) for message in ivan.messages] == [("text", WORDS)] * 2
    assert (count(telegram, "sendVoice"), count(telegram, "sendAudio")) == (1, 1)


async def test_a_recording_without_words_cannot_be_replaced_by_them(
    telegram: TelegramEmulator, ivan: Chat, sender: Sender, book: Book
) -> None:
    telegram.fault("sendVoice", Refusal(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"))
    telegram.fault("sendAudio", Refusal(400, "Bad Request: CHAT_SEND_AUDIOS_FORBIDDEN"))
    with pytest.raises(VoiceForbidden):
        await sender.voice(HERE, NOTE, 1, "", key=KEY)
    assert book.lines[-1] == ("failed", KEY)


async def test_a_voice_message_refused_for_another_reason_is_not_sent_as_anything_else(
    telegram: TelegramEmulator, ivan: Chat, sender: Sender
) -> None:
    telegram.fault("sendVoice", Refusal(400, "Bad Request: not enough rights to send messages"))
    with pytest.raises(NotSent):
        await sender.voice(HERE, NOTE, 1, WORDS)
    assert not ivan.messages


async def test_a_long_text_is_cut_by_the_units_that_telegram_counts(ivan: Chat, sender: Sender, book: Book) -> None:
    long = "🏗️ бетон " * 1000
    await sender.text(HERE, long, [[("Ещё", "more")]], key=KEY)
    texts = [message.text or "" for message in ivan.messages]
    assert [utf16(text) <= 4096 for text in texts] == [True] * 3
    assert " ".join(texts).split() == long.split()
    assert [bool(message.buttons) for message in ivan.messages] == [False, False, True]
    assert [line[1] for line in book.lines if line[0] == "confirmed"] == [SendKey(900, number) for number in range(3)]


async def test_of_a_long_text_the_message_that_failed_is_named(
    telegram: TelegramEmulator, ivan: Chat, sender: Sender
) -> None:
    telegram.fault("sendMessage", SlowBody(interval=0))
    telegram.fault("sendMessage", DeliveredButNotTold())
    with pytest.raises(Unknown) as unknown:
        await sender.text(HERE, "слово " * 1000, key=KEY)
    assert len(ivan.messages) == 2
    assert unknown.value.key == SendKey(900, 1)


async def test_the_signs_of_markup_are_just_text(ivan: Chat, sender: Sender) -> None:
    await sender.text(HERE, "<b>*_[`не разметка")
    assert ivan.messages[0].text == "<b>*_[`не разметка"


async def test_the_answer_to_a_message_that_was_deleted_arrives(ivan: Chat, sender: Sender) -> None:
    question = await ivan.send_text("вопрос")
    ivan.history[question.message_id].deleted = True
    await sender.text(Place(1, reply_to=question.message_id), "ответ")
    await sender.voice(Place(1, reply_to=question.message_id), NOTE, 1, "ответ")
    assert [message.kind for message in ivan.messages] == ["text", "voice"]


async def test_an_answer_to_a_topic_that_was_deleted_goes_to_the_group(
    telegram: TelegramEmulator, sender: Sender
) -> None:
    petr = telegram.person(id=2, first_name="Пётр")
    forum = telegram.group(-1_000_000_000_005, "Стройка", members=[petr], forum=True)
    topic = forum.create_topic("Бетон")
    question = await forum.send_text("вопрос", thread=topic)
    del forum.topics[topic]
    await sender.voice(Place(forum.id, topic, question.message_id), NOTE, 1, "ответ")
    [answer] = forum.messages
    assert (answer.kind, answer.wire.get("message_thread_id")) == ("voice", None)


async def test_an_edit_that_changes_nothing_is_no_fault(ivan: Chat, sender: Sender) -> None:
    message = await sender.text(HERE, "то же самое")
    await sender.edit_text(HERE, message, "то же самое")
    await sender.edit_text(HERE, message, "другое")
    assert ivan.messages[0].text == "другое"


@pytest.mark.parametrize("fault", [Refusal(502, "Bad Gateway"), ConnectionCut(), Hang()])
async def test_reads_are_tried_again_whatever_happened(
    telegram: TelegramEmulator, ivan: Chat, sender: Sender, fault: Fault
) -> None:
    boss = telegram.person(id=3, first_name="Начальник")
    telegram.group(-5, "Стройка", administrators=[boss])
    telegram.fault("getChatMember", fault)
    assert await sender.is_administrator(-5, 3)
    assert count(telegram, "getChatMember") == 2


async def test_what_the_ledger_knows_already_is_not_sent(telegram: TelegramEmulator, ivan: Chat) -> None:
    async with open_bot(telegram.url) as (bot, _), open_sender(bot, Book(known=True)) as sender:
        with pytest.raises(Repeated):
            await sender.text(HERE, WORDS, key=KEY)
        await sender.text(HERE, "без ключа")
    assert [message.text for message in ivan.messages] == ["без ключа"]


async def test_a_message_that_is_cancelled_on_its_way_is_unknown_to_the_ledger(
    telegram: TelegramEmulator, sender: Sender, book: Book
) -> None:
    telegram.fault("sendMessage", Hang())
    sending = asyncio.create_task(sender.text(HERE, WORDS, key=KEY))
    await telegram.wait_for(lambda call: call.method == "sendMessage")
    sending.cancel()
    await asyncio.wait({sending})
    assert book.lines == [("hand over", KEY, "text", WORDS), ("unknown", KEY)]


async def test_a_message_that_is_cancelled_while_it_is_held_has_failed(
    telegram: TelegramEmulator, ivan: Chat, book: Book
) -> None:
    telegram.fault("sendMessage", TooManyRequests(60))
    async with open_bot(telegram.url) as (bot, requests), open_sender(bot, book) as sender:
        first = asyncio.create_task(sender.text(HERE, WORDS, key=KEY))
        await requests.until_ended(1)
        second = asyncio.create_task(sender.text(HERE, WORDS, key=SendKey(901, 0)))
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
        await asyncio.wait({first, second})
    assert book.lines == [("hand over", KEY, "text", WORDS), ("failed", KEY)]


@pytest.mark.parametrize(
    "fault",
    [
        DeliveredButNotTold(),
        Refusal(400, f"Bad Request: {WORDS}"),
        Refusal(403, f"Forbidden: {WORDS}"),
        RawAnswer(f'{{"ok":true,"result":"{WORDS}'.encode()),
        RawAnswer(f"<html>{WORDS}".encode(), 413),
    ],
)
async def test_neither_logs_nor_errors_hold_words_or_the_token(
    telegram: TelegramEmulator, sender: Sender, fault: Fault
) -> None:
    telegram.fault("sendMessage", fault)
    with capture_logs() as logs, pytest.raises(NotSent) as error:
        await sender.text(HERE, WORDS)
    said = "".join(traceback.format_exception(error.value)) + repr(error.value.__context__) + repr(logs)
    assert logs
    assert WORDS not in said
    assert TOKEN not in said
