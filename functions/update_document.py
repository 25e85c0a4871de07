"""Corrections and additions to a document that was made before."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from function_calls import Context
from paperwork.correcting import Change
from paperwork.presses import pressed
from paperwork.revising import repeated, revise

DEADLINE_S = 60.0
FINISHES = True
__all__ = ("pressed", "repeated", "update_document")


class Value(BaseModel):
    path: Annotated[
        str,
        Field(
            max_length=200,
            description="As in `written`: «date», «works.0.location», «materials.1.quantity»; the number behind the "
            "last row adds one. Arguments' names work too: «work_type», «customer_representative».",
        ),
    ]
    value: Annotated[str, Field(max_length=20_000)]


async def update_document(
    context: Context,
    document: Annotated[str, Field(max_length=200, description="Its id, or its number; empty: the latest one.")] = "",
    changes: Annotated[list[Value], Field(max_length=40, description="What it says from now on.")] = [],  # noqa: B006
    remove: Annotated[list[str], Field(max_length=20, description="Paths to be emptied.")] = [],  # noqa: B006
) -> dict[str, Any]:
    """Correct or complete a document that was made before («исправь дату на двадцатое», «добавь сертификат»).

    Pass only what the person just said. Each call makes one revision: put all his corrections into one call. A
    confirmed document becomes a draft again.
    """
    wanted = [Change(one.path, one.value) for one in changes] + [Change(path, None) for path in remove]
    return await revise(context, document, wanted)
