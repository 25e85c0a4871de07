"""E-mail over SMTP: plain text with attachments, from the operator's address."""

import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from mimetypes import guess_type

from client import File
from errors import BadInput, NotDelivered, OutcomeUnknown

SEND_S = 30.0
LONGEST_ADDRESS = 254
MOST_BYTES = 20_000_000
"""Of all attachments; encoded they are a third larger, and few servers take more than 25 MB."""
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


@dataclass(frozen=True, slots=True)
class Server:
    """`security`: `starttls` (asked for, and insisted on), `tls` from the first byte, or `none`."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str | None = None
    password: str | None = None


def is_address(address: str) -> bool:
    """One plain address, without a name around it."""
    return len(address) <= LONGEST_ADDRESS and ".." not in address and _ADDRESS.fullmatch(address) is not None


class Mail:
    def __init__(self, server: Server, context: ssl.SSLContext | None = None) -> None:
        """`context`: whose certificates are trusted, None: those of the system."""
        self._server = server
        self._context = context

    async def send(self, to: str, subject: str, body: str, files: Sequence[File] = ()) -> str:
        """The message's id, once the server has taken it. Raises `errors.BadInput` for an address that is none or too
        many bytes, `errors.NotDelivered`, and `errors.OutcomeUnknown` when the server may have taken it."""
        if not is_address(to):
            raise BadInput("that is no e-mail address")
        if sum(len(file.data) for file in files) > MOST_BYTES:
            raise BadInput("the attachments are too large for a letter")
        message = self._message(to, subject, body, files)
        import aiosmtplib

        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=self._server.security == "tls",
            start_tls=self._server.security == "starttls",
            username=self._server.user,
            password=self._server.password,
            timeout=SEND_S,
            tls_context=self._context,
        )
        handed_over = False
        try:
            async with client:
                handed_over = True
                await client.send_message(message)
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused) as error:
            raise NotDelivered(f"the mail server refused: {type(error).__name__}") from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            reason = type(error).__name__
            if handed_over:
                raise OutcomeUnknown(f"the mail server broke off: {reason}") from error
            raise NotDelivered(f"the mail server is out of reach: {reason}") from error
        return str(message["Message-ID"])

    def _message(self, to: str, subject: str, body: str, files: Sequence[File]) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = to
        message["Subject"] = " ".join(subject.split())
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._server.sender.rpartition("@")[2].strip("> ") or None)
        message.set_content(body)
        for file in files:
            kind, _, part = (guess_type(file.name)[0] or "application/octet-stream").partition("/")
            message.add_attachment(file.data, maintype=kind, subtype=part, filename=file.name)
        return message
