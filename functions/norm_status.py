"""Is a building norm in force? From the catalogue alone."""

from typing import Annotated, Any

from pydantic import Field

from function_calls import Context
from norms.catalogue import AS_OF, Found, How, Norm

ONLY_READS = True
CHECK = "Say that it has to be checked against the official text."


async def norm_status(
    context: Context,
    norm: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="The designation as the person said it («СП 63.13330.2018», «СНиП 52-01», «приказ 883н»), "
            "or words of the title («свайные фундаменты»).",
        ),
    ],
    limit: Annotated[int, Field(ge=1, le=10, description="How many norms to return at most.")] = 5,
) -> dict[str, Any]:
    """Tell whether a Russian building norm (СП, СНиП, ГОСТ, приказ, закон) is in force, its title and what replaced it.

    Call it whenever the person asks about the status of a norm, or before you name a norm by its designation yourself.
    Say nothing about a norm beyond what is returned: neither clauses nor figures. A norm that is not in the catalogue
    may exist all the same: say that it has to be checked, never that it is or is not in force.
    """
    found = context.norms.find(norm, limit)
    return {"catalogue_as_of": AS_OF, **_verdict(found), "norms": [_told(context, one) for one in found]}


def _verdict(found: list[Found]) -> dict[str, str]:
    if not found:
        return {"found": "not_in_catalogue", "message": f"Not in the catalogue, nor anything like it. {CHECK}"}
    match found[0].how:
        case How.EXACT:
            return {"found": "yes"}
        case How.EDITION_NOT_NAMED:
            return {"found": "yes", "message": "The year was not named: these are the editions in the catalogue."}
        case How.NAMED_AS_REPLACED:
            message = "It has no entry of its own; the catalogue names it among what the norms below replaced, as "
            return {"found": "as_replaced", "message": f"{message}`replaces` says. {CHECK}"}
        case How.WORDS:
            return {
                "found": "by_words",
                "message": "Found by words of the title or topic; the person may mean another.",
            }
        case _:
            message = "This very designation is not in the catalogue; those below only have a similar one."
            return {"found": "not_in_catalogue", "message": f"{message} Name the difference. {CHECK}"}


def _told(context: Context, found: Found) -> dict[str, Any]:
    norm = found.norm
    told = {"designation": norm.designation, "title": norm.title, "status": norm.status.value}
    more = {"replaces": norm.replaces, "replaced_by": norm.replaced_by, "source": norm.basis}
    told |= {name: text for name, text in more.items() if text}
    certain = {} if norm.certain else {"must_be_checked": f"The status is not confirmed. {CHECK}"}
    successors = context.norms.successors(norm)
    return told | certain | ({"successors": [_brief(one) for one in successors]} if successors else {})


def _brief(norm: Norm) -> dict[str, str]:
    return {"designation": norm.designation, "title": norm.title, "status": norm.status.value}
