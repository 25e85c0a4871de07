"""A letter by e-mail, to an address that the person has confirmed with a button."""

from typing import Annotated, Any

from pydantic import Field

from errors import AssistantError, OutcomeUnknown
from function_calls import Button, Card, Context, File, Press, Reaction, Waiting, is_address

DEADLINE_S = 45.0

NOT_SET_UP = "E-mail is not set up here: the operator has to set SMTP_HOST and SMTP_FROM. Tell the person so."


async def send_email(
    context: Context,
    to: Annotated[str, Field(min_length=3, max_length=254, description="One address, as name@company.ru.")],
    subject: Annotated[str, Field(min_length=1, max_length=200)],
    body: Annotated[str, Field(min_length=1, max_length=20_000, description="The whole letter, plain text.")],
    document: Annotated[
        str | None, Field(max_length=100, description="Number or name of a document of this chat, to be attached.")
    ] = None,
) -> dict[str, Any] | Waiting:
    """Send a letter by e-mail. Only when the person asks for it, to an address that he said, wrote or showed.

    Never guess an address: a dictated one is easily misheard, so the person is asked with a button first, unless he
    confirmed this very address before.
    """
    if context.parts.mail is None or context.parts.addresses is None:
        return {"sent": False, "reason": NOT_SET_UP}
    if not is_address(to):
        return {"sent": False, "reason": "That is no e-mail address. Ask the person to write it in the chat."}
    files = await _files(context, document)
    if document is not None and not files:
        return {"sent": False, "reason": "There is no such document in this chat. Ask which one is meant."}
    letter = {"to": to, "subject": subject, "body": body, "document": document}
    if await context.parts.addresses.is_confirmed(context.user, to):
        await _send(context, letter, files)
        return {"sent": True, "to": to}
    lines = [context.text("email.subject", subject=subject)]
    if files:
        lines.append(context.text("email.attached", files=", ".join(file.name for file in files)))
    buttons = (Button(context.text("email.yes"), "yes"), Button(context.text("email.no"), "no"))
    card = Card(context.text("email.ask", to=to), (*lines, _beginning(body)), buttons)
    return await context.ask(card, letter)


async def pressed(context: Context, press: Press) -> Reaction:
    """What was on the card is sent, not what a model says of it afterwards."""
    to = press.data["to"]
    if press.value != "yes":
        return Reaction(context.text("email.cancelled"), {"sent": False, "to": to, "reason": "the person said no"})
    if context.parts.mail is None or context.parts.addresses is None:
        return Reaction(context.text("email.not_sent"), {"sent": False, "reason": NOT_SET_UP})
    await context.parts.addresses.confirm(context.user, to)
    try:
        await _send(context, press.data, await _files(context, press.data["document"]))
    except OutcomeUnknown:
        return Reaction(context.text("email.unknown", to=to), {"sent": "nobody knows", "to": to})
    except AssistantError as error:
        return Reaction(context.text("email.repeat"), {"sent": False, "to": to, "reason": str(error)})
    return Reaction(context.text("email.sent", to=to), {"sent": True, "to": to})


async def _send(context: Context, letter: dict[str, Any], files: list[File]) -> None:
    mail = context.parts.mail
    assert mail is not None
    await context.once(lambda: mail.send(letter["to"], letter["subject"], letter["body"], files))


async def _files(context: Context, document: str | None) -> list[File]:
    if document is None or context.parts.documents is None:
        return []
    return list(await context.parts.documents.files(context.place, document))


def _beginning(body: str) -> str:
    return body if len(body) <= 1_500 else f"{body[:1_500]}…"
