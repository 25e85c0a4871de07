"""«Отправь текстом»: words into the chat, to be copied and forwarded."""

from typing import Annotated, Any

from pydantic import Field

from function_calls import Context


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
    await context.send.text(text)
    return {"sent": True, "message": "It is in the chat. Say so in a few words; do not read it aloud."}
