"""What the server refuses of documents and their groups."""

from typing import Any

import pytest

from emulators.telegram import Chat
from tests.emulators.telegram.conftest import RawBot
from tests.emulators.telegram.samples import jpeg

PDF = ("act.pdf", b"%PDF-", "application/pdf")


def documents(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "document", "media": "attach://a", **more} for _ in range(count)]


async def test_documents_come_as_a_group_with_their_names(bot: RawBot, ivan: Chat) -> None:
    files = {"a": PDF, "b": ("act.docx", b"PK")}
    media = [*documents(1), {"type": "document", "media": "attach://b", "caption": "Акт"}]
    sent = await bot.get("sendMediaGroup", files, chat_id=1, media=media)
    assert [message["document"]["file_name"] for message in sent] == ["act.pdf", "act.docx"]
    assert [message.caption for message in ivan.messages] == [None, "Акт"]


@pytest.mark.parametrize(
    ("media", "refusal"),
    [
        (documents(11), "400 Bad Request: too many messages to send as an album"),
        (documents(2, caption="ж" * 1025), "400 Bad Request: message caption is too long"),
        (
            [*documents(1), {"type": "photo", "media": "attach://p"}],
            "400 Bad Request: document can't be mixed with other media types",
        ),
    ],
)
async def test_a_group_of_documents_is_refused_whole(
    bot: RawBot, ivan: Chat, media: list[dict[str, Any]], refusal: str
) -> None:
    files = {"a": PDF, "p": ("a.jpg", jpeg())}
    assert await bot.refusal("sendMediaGroup", files, chat_id=1, media=media) == refusal
    assert ivan.messages == []


async def test_a_document_over_50_megabytes_is_refused(bot: RawBot, ivan: Chat) -> None:
    response = await bot.ask("sendDocument", {"document": ("big.bin", bytes(50_000_001))}, chat_id=1)
    assert response.status_code == 413
    assert ivan.messages == []
