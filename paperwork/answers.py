"""What the model hears of a document: enough to say in two sentences, and the paths by which it can be corrected."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from archive import Document, Held
from documents.checks import missing
from documents.paths import leaves
from documents.sheet import title
from paperwork.delivery import Sent

MOST_VALUES = 80
LONGEST_VALUE = 120
MOST_DOUBTS = 10
AFTERWARDS = (
    "The draft is kept, its files and a card with buttons go to the chat. Say in one short sentence that the draft is "
    "ready; then ask once, in one sentence, for everything in `missing`, and name what is in `doubtful`. Never read "
    "the document, its JSON, its paths or its id aloud. Corrections and additions: update_document with this "
    "`document`, never a second call for the same document. Confirming and deleting are the person's, by buttons."
)
NOT_SENT = "The files did not arrive in the chat. Say so, and that /documents has them."
UNKNOWN = "Nobody knows whether the files arrived. Say so, and that a button sends them again. Do not call again."


def answer(held: Held, sent: Sent, *, changed: Sequence[str] = (), refused: Sequence[str] = ()) -> dict[str, Any]:
    draft = held.draft
    told = {Sent.YES: AFTERWARDS, Sent.NO: NOT_SENT, Sent.NOBODY_KNOWS: UNKNOWN}[sent]
    values = islice(leaves(draft.data), MOST_VALUES)
    result: dict[str, Any] = {
        "document": held.document.id,
        "title": title(draft),
        "state": draft.state.value,
        "files": sent.value,
        "missing": [problem.title for problem in missing(draft)],
        "doubtful": [flag.words() for flag in draft.open_flags[:MOST_DOUBTS]],
        "written": {path: str(value)[:LONGEST_VALUE] for path, value in values},
        "message": told,
    }
    if changed:
        result["changed"] = list(changed)
    if refused:
        result["not_understood"] = list(refused)
    return result


def which(found: Sequence[Document]) -> dict[str, Any]:
    """Nothing was done: there is none, or several fit."""
    if not found:
        return {"done": False, "reason": "There is no such document in this chat. Ask which one is meant."}
    choices = [
        {
            "document": one.id,
            "kind": one.kind,
            "number": one.facts.number,
            "date": one.facts.date,
            "about": one.facts.title,
        }
        for one in found
    ]
    return {"done": False, "reason": "Several documents fit. Ask which one is meant.", "documents": choices}
