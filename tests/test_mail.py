"""Letters over SMTP, against a strict little server; and only to addresses that the person confirmed."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from client import File
from emulators.gemini_live import Answer, GeminiLiveEmulator
from emulators.telegram import Chat
from errors import BadInput, NotDelivered, OutcomeUnknown
from mail import Mail, Server, is_address
from tests.audio.speech import speech_like
from tests.end_to_end.conftest import RunBot, begin, gemini, ivan, make_settings, run_bot, telegram
from tests.end_to_end.test_function_sending import calling, heard, results

__all__ = ("gemini", "ivan", "make_settings", "run_bot", "telegram")


class Post:
    """Takes letters; refuses some recipients, and breaks off in the middle of others."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802  # as aiosmtpd calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(envelope)
        if envelope.rcpt_tos[0].startswith("broken@"):
            assert server.transport is not None
            server.transport.close()
        return "250 taken"


@pytest.fixture
def post(unused_tcp_port: int) -> Iterator[tuple[Post, int]]:
    taken = Post()
    controller = Controller(taken, hostname="127.0.0.1", port=unused_tcp_port)
    controller.start()
    yield taken, unused_tcp_port
    controller.stop()


def mail(port: int, security: str = "none") -> Mail:
    return Mail(Server("127.0.0.1", port, "bot@example.ru", security))


async def test_a_letter_arrives_with_its_subject_words_and_files(post: tuple[Post, int]) -> None:
    taken, port = post
    await mail(port).send("a@example.ru", "Акт\nBcc: x@y.ru", "Здравствуйте", [File("Акт.pdf", b"%PDF")])
    (letter,) = taken.letters
    assert (letter.mail_from, letter.rcpt_tos) == ("bot@example.ru", ["a@example.ru"])
    assert isinstance(letter.content, bytes)
    message: Any = message_from_bytes(letter.content, policy=default)
    assert message["Subject"] == "Акт Bcc: x@y.ru"
    assert message["Bcc"] is None
    assert message.get_body().get_content().strip() == "Здравствуйте"
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("Акт.pdf", b"%PDF")


async def test_a_refused_recipient_a_missing_server_and_one_without_tls_take_nothing(
    post: tuple[Post, int], unused_tcp_port_factory: Callable[[], int]
) -> None:
    taken, port = post
    with pytest.raises(NotDelivered):
        await mail(port).send("nobody@example.ru", "a", "b")
    with pytest.raises(NotDelivered):
        await mail(unused_tcp_port_factory()).send("a@example.ru", "a", "b")
    with pytest.raises(NotDelivered):
        await mail(port, "starttls").send("a@example.ru", "a", "b")
    assert taken.letters == []


async def test_a_server_that_breaks_off_may_have_taken_it(post: tuple[Post, int]) -> None:
    with pytest.raises(OutcomeUnknown):
        await mail(post[1]).send("broken@example.ru", "a", "b")


@pytest.mark.parametrize("address", ["", "a", "a@b", "a b@c.ru", "a@c.ru, d@e.ru", "A <a@c.ru>", "a@c.ru\nBcc: d@e.ru"])
async def test_what_is_no_address_is_refused(address: str, post: tuple[Post, int]) -> None:
    assert not is_address(address)
    with pytest.raises(BadInput):
        await mail(post[1]).send(address, "a", "b")


LETTER = {"to": "petrov@example.ru", "subject": "Акт", "body": "Здравствуйте, Пётр Петрович."}


def spoken(words: str) -> Answer:
    return Answer(pcm=speech_like(1), transcript=words)


async def test_a_letter_goes_out_when_its_address_was_confirmed_and_the_next_one_without_asking(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, post: tuple[Post, int]
) -> None:
    taken, port = post
    gemini.say(
        calling("send_email", LETTER, "Подтвердите адрес"),
        spoken("Отправил"),
        calling("send_email", LETTER | {"subject": "Ещё"}, "И это отправил"),
    )
    async with run_bot(smtp_host="127.0.0.1", smtp_port=port, smtp_from="bot@example.ru", smtp_starttls=False):
        await begin(ivan)
        await ivan.send_text("отправь Петрову")
        card = await ivan.next_message()
        assert (await ivan.next_message()).caption == "Подтвердите адрес"
        assert "petrov@example.ru" in (card.text or "")
        assert "Здравствуйте, Пётр Петрович." in (card.text or "")
        assert taken.letters == []
        await ivan.press(card, "Отправить")
        assert (await ivan.next_message()).caption == "Отправил"
        assert len(taken.letters) == 1
        assert (card.text or "").endswith("→ отправлено на petrov@example.ru")
        assert '"sent":true' in heard(gemini, 1)
        await ivan.send_text("и ещё одно")
        assert (await ivan.next_message()).caption == "И это отправил"
    assert len(taken.letters) == 2
    assert results(gemini)[-1]["result"] == {"sent": True, "to": "petrov@example.ru"}


async def test_a_letter_that_the_person_does_not_want_is_not_sent(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, post: tuple[Post, int]
) -> None:
    taken, port = post
    gemini.say(calling("send_email", LETTER, "Подтвердите"), spoken("Не отправляю"))
    async with run_bot(smtp_host="127.0.0.1", smtp_port=port, smtp_from="bot@example.ru", smtp_starttls=False):
        await begin(ivan)
        await ivan.send_text("отправь Петрову")
        card = await ivan.next_message()
        await ivan.next_message()
        await ivan.press(card, "Не отправлять")
        assert (await ivan.next_message()).caption == "Не отправляю"
    assert taken.letters == []


async def test_a_confirmed_letter_goes_out_after_the_conversation_too(
    ivan: Chat, gemini: GeminiLiveEmulator, run_bot: RunBot, post: tuple[Post, int]
) -> None:
    taken, port = post
    gemini.say(calling("send_email", LETTER, "Подтвердите"))
    async with run_bot(smtp_host="127.0.0.1", smtp_port=port, smtp_from="bot@example.ru", smtp_starttls=False):
        await begin(ivan)
        await ivan.send_text("отправь Петрову")
        card = await ivan.next_message()
        await ivan.next_message()
        await ivan.send_text("/stop")
        await ivan.next_message()
        await (await ivan.press(card, "Отправить")).answer()
        await ivan.wait_until(lambda _: "отправлено" in (card.text or ""))
    assert len(taken.letters) == 1
