"""Files, groups and cards on their way to Telegram: the real client against the emulator."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from client import Button, Card, File, Nobody, NoMark
from effects import CallEffects, Effects
from emulators.telegram import Chat, TelegramEmulator
from emulators.telegram.faults import DeliveredButNotTold, Fault, Hang, Refusal
from errors import BadInput, NotDelivered, OutcomeUnknown
from handlers.client import TelegramClient
from handlers.courier import Courier, open_courier
from handlers.sending import Place
from message_effects import Messages
from tests.handlers.requests import TOKEN, open_bot

PLACE = Place(1)
Send = Callable[[TelegramClient, Messages], Awaitable[int]]
ACT = File("Акт № 14.pdf", b"%PDF-1.7 act")


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(token=TOKEN) as emulator:
        yield emulator


@pytest.fixture
def ivan(telegram: TelegramEmulator) -> Chat:
    return telegram.private_chat(telegram.person(id=1, first_name="Иван"))


@pytest.fixture
async def courier(telegram: TelegramEmulator, ivan: Chat) -> AsyncIterator[Courier]:
    async with open_bot(telegram.url) as (bot, _), open_courier(bot) as opened:
        yield opened


@pytest.fixture
def client(courier: Courier) -> TelegramClient:
    return TelegramClient(courier, PLACE)


async def messages(effects: Effects) -> Messages:
    call = CallEffects(effects, "make", 0)
    return Messages(call, await call.next(), Nobody().take_back)


async def test_one_file_is_a_document_with_its_name_and_caption(client: TelegramClient, ivan: Chat) -> None:
    await client.send_files([ACT], "Черновик", NoMark())
    message = await ivan.next_message()
    assert (message.kind, message.file_name, message.caption) == ("document", "Акт № 14.pdf", "Черновик")
    assert message.data == ACT.data


async def test_several_files_are_one_group_with_the_caption_under_the_last(client: TelegramClient, ivan: Chat) -> None:
    files = [ACT, File("act.docx", b"PK"), File("act.json", b"{}")]
    await client.send_files(files, "Черновик", NoMark())
    messages = [await ivan.next_message() for _ in files]
    assert len({message.wire["media_group_id"] for message in messages}) == 1
    assert [message.caption for message in messages] == [None, None, "Черновик"]
    assert [message.data for message in messages] == [file.data for file in files]


async def test_more_than_ten_files_are_several_groups(client: TelegramClient, ivan: Chat) -> None:
    await client.send_files([File(f"{number}.txt", b"x") for number in range(11)], "", NoMark())
    groups = [(await ivan.next_message()).wire.get("media_group_id") for _ in range(11)]
    assert len(set(groups[:10])) == 1
    assert groups[10] is None


@pytest.mark.parametrize(
    ("files", "caption"),
    [([], ""), ([ACT], "ж" * 1025), ([File("big.bin", bytes(50_000_001))], "")],
    ids=["no files", "caption", "size"],
)
async def test_what_telegram_refuses_is_refused_before(
    client: TelegramClient, ivan: Chat, files: list[File], caption: str
) -> None:
    with pytest.raises(BadInput):
        await client.send_files(files, caption, NoMark())
    assert ivan.messages == []


@pytest.mark.parametrize("name", ["", "../act.pdf", "a\\b.pdf", "a\nb.pdf", "...", "ж" * 121])
def test_a_bad_file_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        File(name, b"x")


async def test_a_card_is_changed_in_place(client: TelegramClient, ivan: Chat) -> None:
    buttons = (Button("Да"), Button("Нет"), Button("Показать ещё раз целиком"))
    number = await client.show(Card("<Акт>", ("a & b",), buttons), "token", NoMark())
    message = await ivan.next_message()
    assert message.text == "<Акт>\na & b"
    assert [[button.text for button in row] for row in message.buttons] == [
        ["Да", "Нет"],
        ["Показать ещё раз целиком"],
    ]
    await client.change(number, Card("Подтверждён"), "token")
    assert (message.text, message.buttons) == ("Подтверждён", [])


@pytest.mark.parametrize(
    ("fault", "error", "is_begun"),
    [
        (DeliveredButNotTold(), OutcomeUnknown, True),
        (Refusal(403, "Forbidden: bot was blocked by the user"), NotDelivered, False),
    ],
)
async def test_what_became_of_a_send_is_marked(
    client: TelegramClient,
    ivan: Chat,
    telegram: TelegramEmulator,
    fault: Fault,
    error: type[Exception],
    is_begun: bool,
) -> None:
    calls = Effects()
    telegram.fault("sendDocument", fault)
    with pytest.raises(error):
        await client.send_files([ACT], "", await messages(calls))
    again = await CallEffects(calls, "make", 0).next()
    assert (again.record is not None) is is_begun
    assert again.record is None or not again.record.is_done


async def test_what_certainly_did_not_arrive_is_tried_again(
    client: TelegramClient, ivan: Chat, telegram: TelegramEmulator
) -> None:
    telegram.fault("sendDocument", Refusal(502, "Bad Gateway"))
    await client.send_files([ACT], "", await messages(Effects()))
    assert len(ivan.messages) == 1


async def test_a_long_text_comes_in_several_messages(client: TelegramClient, ivan: Chat) -> None:
    await client.send_text("слово " * 1000, NoMark())
    assert [len(message.text or "") <= 4096 for message in ivan.messages] == [True, True]


def second(telegram: TelegramEmulator, method: str, fault: Fault) -> None:
    """The first call passes."""
    telegram.fault(method, Hang(0))
    telegram.fault(method, fault)


LONG = "слово " * 1000
SHEETS = [File(f"{number}.txt", b"x") for number in range(12)]


@pytest.mark.parametrize(
    ("method", "send", "count"),
    [
        ("sendMessage", lambda client, marks: client.send_text(LONG, marks), 2),
        ("sendMediaGroup", lambda client, marks: client.send_files(SHEETS, "", marks), 12),
    ],
    ids=["text", "files"],
)
async def test_a_sending_that_broke_off_between_two_messages_is_completed(
    client: TelegramClient, ivan: Chat, telegram: TelegramEmulator, method: str, send: Send, count: int
) -> None:
    effects = Effects()
    second(telegram, method, Refusal(403, "Forbidden"))
    with pytest.raises(NotDelivered):
        await send(client, await messages(effects))
    assert len(ivan.messages) in (1, 10)
    assert await (await messages(effects)).sent() is None
    for _ in range(2):
        number = await send(client, await messages(effects))
    assert await (await messages(effects)).sent() == number == ivan.messages[-1].message_id
    assert len(ivan.messages) == count


async def test_other_words_for_a_sending_that_broke_off_are_sent_whole(
    client: TelegramClient, ivan: Chat, telegram: TelegramEmulator
) -> None:
    effects = Effects()
    second(telegram, "sendMessage", Refusal(403, "Forbidden"))
    with pytest.raises(NotDelivered):
        await client.send_text(LONG, await messages(effects))
    await client.send_text(LONG.replace("слово", "слова"), await messages(effects))
    assert [(message.text or "")[:5] for message in ivan.messages] == ["слово", "слова", "слова"]


async def test_a_second_message_that_may_have_arrived_is_not_repeated(
    client: TelegramClient, ivan: Chat, telegram: TelegramEmulator
) -> None:
    effects = Effects()
    second(telegram, "sendMessage", DeliveredButNotTold())
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await client.send_text(LONG, await messages(effects))
    with pytest.raises(OutcomeUnknown):
        await (await messages(effects)).sent()
    assert len(ivan.messages) == 2


async def test_a_notice_that_cannot_arrive_raises_nothing(client: TelegramClient, ivan: Chat) -> None:
    ivan.block()
    await client.say("Остановился.")
    assert ivan.messages == []
