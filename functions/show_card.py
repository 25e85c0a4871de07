"""A card in the chat: a heading, lines, and buttons when the person has to choose."""

from typing import Annotated, Any

from pydantic import Field

from function_calls import Card, Context, Waiting, choices

Line = Annotated[str, Field(min_length=1, max_length=300)]
Label = Annotated[str, Field(min_length=1, max_length=40)]


async def show_card(
    context: Context,
    title: Annotated[str, Field(min_length=1, max_length=120, description="The heading, or the question.")],
    lines: Annotated[list[Line], Field(max_length=20, description="One fact each, short.")] = [],  # noqa: B006
    buttons: Annotated[
        list[Label],
        Field(max_length=6, description="The answers to choose from; none when there is nothing to choose."),
    ] = [],  # noqa: B006
) -> dict[str, Any] | Waiting:
    """Show a card in the person's chat: a list, a summary, a check list; with buttons, a question with a choice.

    Call it when something is easier to see than to hear, or when the person has to choose between a few answers.
    Put nothing on it that the person did not say and no function returned.
    """
    card = Card(title, tuple(lines), choices(*buttons))
    if buttons:
        return await context.ask(card)
    await context.send.card(card)
    return {"shown": True, "message": "It is in the chat. Say so in a few words; do not read it aloud."}
