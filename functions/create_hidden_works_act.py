"""«Акт скрытых работ»: one dictated note becomes JSON, DOCX and PDF."""

from typing import Annotated, Any

from pydantic import Field

from function_calls import Context
from paperwork.arguments import Form344, Materials, plain
from paperwork.making import make, repeated
from paperwork.presses import pressed

DEADLINE_S = 60.0
FINISHES = True
__all__ = ("create_hidden_works_act", "pressed", "repeated")


async def create_hidden_works_act(
    context: Context,
    object_name: Annotated[str | None, Field(description="The site, only if he named it now.")] = None,
    date: Annotated[str | None, Field(description="Of the act, YYYY-MM-DD, only if he said it.")] = None,
    work_type: Annotated[str | None, Field(description="The hidden works: «Армирование фундаментной плиты».")] = None,
    materials: Annotated[Materials, Field(description="Quantity as a decimal string, «2400.5».")] = None,
    compliance: Annotated[str | None, Field(description="The norm or design section that he named.")] = None,
    customer_representative: Annotated[str | None, Field(description="Surname and initials, if he named him.")] = None,
    contractor: Annotated[str | None, Field(description="The contractor, only if he named it now.")] = None,
    conclusion: Annotated[str | None, Field(description="Only if he dictated one.")] = None,
    form_344: Annotated[Form344 | None, Field(description="All else that he said of it, by clauses.")] = None,
) -> dict[str, Any]:
    """Make the act of hidden works (АОСР) from what the person dictated: JSON, DOCX and PDF go to his chat at once.

    Call it as soon as he asks for the act and has named the works, with whatever he said, even if much is missing: a
    draft is made, and what is missing is returned. Pass only what he said, wrote or what is seen on his photos; parties
    and representatives of the project are added by themselves. When he corrects himself, pass what counts in the end.
    Never complete a name, a number, a date or a norm from your own knowledge: leave it out.
    """
    arguments = {
        "object_name": object_name,
        "date": date,
        "work_type": work_type,
        "materials": materials,
        "compliance": compliance,
        "customer_representative": customer_representative,
        "contractor": contractor,
        "conclusion": conclusion,
        "form_344": form_344,
    }
    return await make(context, "aosr", plain(arguments))
