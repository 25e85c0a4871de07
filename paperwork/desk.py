"""What every function for documents begins with: the archive, what was said, what the draft is made on."""

import secrets

from archive import Archive
from context import Context
from errors import AssistantError
from paperwork.drafting import Ground, Spoken


def archive_of(context: Context) -> Archive:
    """Raises `errors.AssistantError` where documents are not kept."""
    archive = context.parts.documents
    if not isinstance(archive, Archive):
        raise AssistantError("there is no place for documents here")
    return archive


async def ground_of(context: Context) -> Ground:
    return Ground(await context.profile(), archive_of(context).today(), context.norms)


def spoken_of(context: Context) -> Spoken:
    """As far as it is known while the model waits: of a recording the rest may come later."""
    said = context.said
    words = said.so_far()
    return Spoken(words or None, said.earlier, more_to_come=said.is_spoken, pictured=said.is_pictured)


def spoken_whole(context: Context, words: str) -> Spoken:
    said = context.said
    return Spoken(words, said.earlier, more_to_come=said.is_cut, pictured=said.is_pictured)


def own_cause(context: Context) -> str:
    """By which a call that is stopped finds what it made."""
    return cause_of(context) or secrets.token_urlsafe(9)


def cause_of(context: Context) -> str | None:
    """What the same call of the same turn is known by; None: nobody runs it again."""
    return context.effects.name or None
