"""Every kind of document but the act of hidden works."""

from typing import Annotated, Any

from pydantic import Field

from function_calls import Context
from paperwork.arguments import Fields, KindName, plain, told_of_kinds
from paperwork.making import make, repeated
from paperwork.presses import pressed

DEADLINE_S = 60.0
FINISHES = True
__all__ = ("create_document", "pressed", "repeated")


async def create_document(
    context: Context,
    kind: Annotated[KindName, Field(description=told_of_kinds())],
    fields: Annotated[Fields, Field(description="Only those of this kind, and only what he said or showed.")],
) -> dict[str, Any]:
    """Make a construction document from what the person dictated or photographed: its files go to his chat at once.

    For the act of hidden works use create_hidden_works_act. Call it with whatever he said, even if much is missing.
    Dates YYYY-MM-DD, moments YYYY-MM-DDTHH:MM, quantities as decimal strings. Never complete a name, a number, a date,
    a price or a norm from your own knowledge: leave it out. A photo of a violation can become a violation_notice when
    he asks for it: describe what is seen, no norm of your own.
    """
    return await make(context, kind, plain({"fields": fields}).get("fields", {}))
