"""A document that is there already: corrected by words or by an edited JSON, each time in a new revision."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from archive import Archive, Document, Held, Query
from context import Context
from documents.checks import checked, with_sums
from documents.draft import Draft, State, changes
from documents.paths import leaves
from documents.sheet import title
from documents.to_json import read_json
from errors import AssistantError
from paperwork.answers import answer, which
from paperwork.correcting import Change, corrected
from paperwork.delivery import Sent, deliver, refresh_card, show_card
from paperwork.desk import archive_of, cause_of, ground_of, own_cause, spoken_of, spoken_whole
from paperwork.making import compared, compared_again

MOST_CANDIDATES = 20


async def revise(context: Context, document: str, wanted: Sequence[Change]) -> dict[str, Any]:
    """What the model is told. Raises `errors.AssistantError`."""
    archive = archive_of(context)
    found = await archive.find(context.place, document)
    if len(found) != 1:
        return which(found)
    before = await archive.held(found[0])
    made = await corrected(before.draft, wanted, spoken_of(context), await ground_of(context))
    if made.draft == before.draft and not _is_mine(context, before):
        return answer(before, Sent.YES, refused=made.refused)
    kept = await _kept(context, before, made.draft, "corrected", wanted)
    held = await archive.get(context.place, kept["document"])
    if held is None:
        return {
            "done": False,
            "reason": "The document was changed or deleted at the same moment. Ask whether to repeat.",
        }
    told = changes((await _base(archive, held, kept)), held.draft, context.language)
    sent = await deliver(context, held, changed=told)
    _compare_later(context, held, kept)
    return answer(held, sent, changed=told, refused=made.refused)


async def repeated(context: Context) -> None:
    """The correction is there; its words may not have been compared before the crash."""
    await compared_again(context, _compare_later)


def _compare_later(context: Context, held: Held, kept: Mapping[str, Any]) -> None:
    later = replace(context, effects=context.effects.part("compared"))

    async def compare(words: str | None) -> None:
        if words is not None:
            base = replace(await _base(archive_of(context), held, kept), state=State.DRAFT)
            wanted = [Change(path, value) for path, value in kept["changes"]]
            whole = await corrected(base, wanted, spoken_whole(context, words), await ground_of(context))
            await compared(later, held, whole.draft)

    if context.said.is_spoken:
        context.when_heard(compare)


async def _base(archive: Archive, held: Held, kept: Mapping[str, Any]) -> Draft:
    """What was corrected."""
    revisions = await archive.revisions(held)
    return next(Draft.from_json(one.draft) for one in revisions if one.number == kept["before"])


async def from_json(context: Context, content: bytes) -> str:
    """A document's JSON that was sent back: the sentence about it, empty when its card says it all.

    Raises `errors.DocumentJsonWrong`, `errors.DocumentJsonNewer`, `errors.StorageError`.
    """
    archive = archive_of(context)
    alone = read_json(content).draft
    before = await _meant(archive, context, alone)
    if before is None:
        return await _new(context, alone)
    ground = await ground_of(context)
    read = read_json(content, replace(before.draft, state=State.DRAFT)).draft
    draft = checked(with_sums(read), ground.catalogue)
    told = changes(before.draft, draft, context.language)
    if dict(draft.data) == dict(before.draft.data) and not _is_mine(context, before):
        await show_card(context, before)
        return context.text("documents.json_same")
    kept = await _kept(context, before, draft, "json")
    held = await archive.get(context.place, kept["document"])
    if held is None:
        raise AssistantError("revised at the same moment")
    await deliver(context, held, changed=told)
    return ""


def _is_mine(context: Context, held: Held) -> bool:
    """Its latest revision was made by this very call, before a crash: the files may not have been sent."""
    cause = cause_of(context)
    return cause is not None and held.revision.cause == cause


async def _new(context: Context, draft: Draft) -> str:
    archive, ground = archive_of(context), await ground_of(context)
    draft = checked(with_sums(draft), ground.catalogue)
    held = await archive.create(context.place, draft, context.user, cause_of(context))
    await deliver(context, held)
    return context.text("documents.json_new", title=title(draft))


async def _kept(
    context: Context, before: Held, draft: Draft, reason: str, wanted: Sequence[Change] = ()
) -> dict[str, Any]:
    """`document` is empty when it was changed or deleted at the same moment."""
    archive, cause = archive_of(context), own_cause(context)

    async def keep() -> dict[str, Any]:
        held = await archive.revise(before, draft, reason, context.user, cause)
        changes = [[one.path, one.value] for one in wanted]
        number = before.document.revision
        if held is not None and held.revision.number == number:
            number -= 1  # the revision is this call's own, made before a crash
        return {"document": held.document.id if held else "", "before": number, "changes": changes}

    async def restore() -> None:
        restored = await archive.restore(before, cause, context.user)
        if restored is None:
            raise AssistantError("the document was confirmed or corrected meanwhile")
        await refresh_card(context, restored)

    kept: dict[str, Any] = await context.once(keep, repeatable=True, undo=restore)
    return kept


async def _meant(archive: Archive, context: Context, draft: Draft) -> Held | None:
    """The document that the JSON came from: by its number, else the one of its kind that is most like it."""
    query = Query(kind=draft.kind)
    found, _ = await archive.search(context.place, query, limit=MOST_CANDIDATES)
    if draft.number:
        numbered = [one for one in found if one.facts.number == draft.number]
        if numbered:
            return await archive.held(numbered[0])
    candidates = [await archive.held(one) for one in _unnumbered(found)]
    mine = set(leaves(draft.data))
    nearest = max(candidates, key=lambda held: len(mine & set(leaves(held.draft.data))), default=None)
    if nearest is None or 2 * len(mine & set(leaves(nearest.draft.data))) < len(mine):
        return None
    return nearest


def _unnumbered(found: Sequence[Document]) -> list[Document]:
    """With a number it would have been in the JSON; whoever took it out wants another document, or a new number."""
    return [one for one in found if not one.facts.number] or list(found)
