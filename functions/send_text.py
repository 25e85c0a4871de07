"""«Отправь текстом»: words into the chat, to be copied and forwarded."""

from contextlib import suppress
from typing import Annotated, Any

from pydantic import Field

from errors import NotDelivered, OutcomeUnknown
from function_calls import Button, Card, Context, Press, Reaction

FINISHES = True


async def send_text(
    context: Context,
    text: Annotated[
        str, Field(min_length=1, max_length=12_000, description="The whole text as it is to be read, without markup.")
    ],
) -> dict[str, Any]:
    """Send a written message to the person's chat.

    Call it when the person asks to have something in writing («отправь текстом», «напиши», «скинь списком»). Your
    spoken answer is then one short sentence, not the same text aloud.
    """
    try:
        await context.send.text(text)
    except OutcomeUnknown:
        again = Button(context.text("recovery.again_button"), "again")
        with suppress(NotDelivered, OutcomeUnknown):  # logged where it happened
            await context.send.card(Card(context.text("function.may_be_lost"), (), (again,)), {"text": text})
        raise
    return {"sent": True, "message": "It is in the chat. Say so in a few words; do not read it aloud."}


async def pressed(context: Context, press: Press) -> Reaction:
    """It may not have arrived, and the person wants it again."""
    await context.send.text(press.data["text"])
    return Reaction()
