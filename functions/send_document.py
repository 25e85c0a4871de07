"""A document again: by number, kind or date; several as ZIP or as a register. `/documents` is the same by buttons."""

from typing import Annotated, Any, Literal

from pydantic import Field

from function_calls import Context, Press, Reaction
from paperwork import listing, presses
from paperwork.answers import which
from paperwork.delivery import Sent, send_files, show_card
from paperwork.desk import archive_of

DEADLINE_S = 60.0
FINISHES = True


async def send_document(
    context: Context,
    document: Annotated[
        str,
        Field(
            max_length=200,
            description="Number, kind, day or words: «КЖ1-14», «предписание за вчера»; empty: the latest.",
        ),
    ] = "",
    form: Annotated[
        Literal["files", "zip", "register", "list"],
        Field(description="zip and register take all that fit; list shows a card to choose from."),
    ] = "files",
) -> dict[str, Any]:
    """Send a document of this chat again, several as ZIP or as a register (XLSX), or show the list of documents."""
    archive = archive_of(context)
    if form == "list":
        await listing.show_list(context, document)
        return {"done": True, "message": "The list is in the chat. Say so in a few words; do not read it aloud."}
    if form != "files":
        sent = await listing.send_together(context, archive.query(document), as_zip=form == "zip")
        reason = "It is in the chat." if sent else "Nothing was sent: no document fits, or it did not arrive."
        return {"done": sent, "message": reason}
    found = await archive.find(context.place, document)
    if len(found) != 1:
        return which(found)
    held = await archive.held(found[0])
    arrived = await send_files(context, held)
    await show_card(context, held)
    return {"done": arrived is Sent.YES, "files": arrived.value, "document": held.document.id}


async def pressed(context: Context, press: Press) -> Reaction:
    """Of a list, or under the card of one document."""
    if "document" in press.data:
        return await presses.pressed(context, press)
    return await listing.pressed(context, press)
