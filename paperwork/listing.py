"""The list of a chat's documents: pages, one document again, all of them as ZIP or as a register."""

from dataclasses import asdict

from archive import MOST_TOGETHER, Document, Query, State
from client import Button, Card, File
from context import Context, Press, Reaction
from documents.kinds import kinds
from documents.words import short_date
from errors import NotDelivered, OutcomeUnknown
from paperwork.delivery import deliver
from paperwork.desk import archive_of
from prompts.texts import text

PAGE = 6
LONGEST_SUBJECT = 70
OPEN, NEWER, OLDER, ZIP, REGISTER = "open:", "newer", "older", "zip", "register"


async def show_list(context: Context, words: str) -> None:
    """A card with the newest ones; a sentence when there are none. Raises `errors.AssistantError`."""
    query = archive_of(context).query(words)
    card, data = await _page(context, query, words, 0)
    await context.send.card(card, data)


async def pressed(context: Context, press: Press) -> Reaction:
    """Of a list. Raises `errors.AssistantError`."""
    query = _query(press.data)
    words, start = str(press.data.get("words", "")), int(press.data.get("start", 0))
    if press.value.startswith(OPEN):
        held = await archive_of(context).get(context.place, press.value.removeprefix(OPEN))
        if held is None:
            await context.client.say(context.text("press.gone"))
        else:
            await deliver(context, held)
    elif press.value in (ZIP, REGISTER):
        await send_together(context, query, as_zip=press.value == ZIP)
    else:
        start += PAGE if press.value == OLDER else -PAGE
        card, data = await _page(context, query, words, max(0, start))
        await context.send.change(press.token, card, data)
    return Reaction()


async def send_together(context: Context, query: Query, *, as_zip: bool) -> bool:
    """False: there are none, or they did not arrive."""
    archive = archive_of(context)
    file: File | None
    if as_zip:
        file = await archive.bundle(context.place, query)
    else:
        file = await archive.register(context.place, query, context.language)
    if file is None:
        return False
    _, total = await archive.search(context.place, query, limit=1)
    many = total > MOST_TOGETHER
    caption = context.text("documents.first_only", count=MOST_TOGETHER, total=total) if many else ""
    try:
        await context.send.files(file, caption=caption)
    except (NotDelivered, OutcomeUnknown):
        return False
    return True


async def _page(context: Context, query: Query, words: str, start: int) -> tuple[Card, dict[str, object]]:
    language = context.language
    found, total = await archive_of(context).search(context.place, query, limit=PAGE, offset=start)
    if not found:
        key = "documents.list_nothing" if words.strip() else "documents.list_empty"
        return Card(text("documents.list_none", language), (text(key, language, words=words.strip()),)), {}
    heading = text("documents.list_title", language, total=total)
    lines = [line_of(document, start + number, language) for number, document in enumerate(found, 1)]
    buttons = [Button(str(start + number), f"{OPEN}{one.id}") for number, one in enumerate(found, 1)]
    if start:
        buttons.append(Button(text("documents.button_newer", language), NEWER))
    if start + PAGE < total:
        buttons.append(Button(text("documents.button_older", language), OLDER))
    buttons += [Button(text(f"documents.button_{what}", language), what) for what in (ZIP, REGISTER)]
    return Card(heading, tuple(lines), tuple(buttons)), {"query": asdict(query), "words": words, "start": start}


def line_of(document: Document, row: int, language: str) -> str:
    """1. АОСР № КЖ1-14 от 20.11.2026 — Армирование плиты (подтверждён)"""
    facts = document.facts
    number = f" № {facts.number}" if facts.number else ""
    day = f" {text('documents.of_day', language, day=short_date(facts.date))}" if facts.date else ""
    title = f"{kinds()[document.kind].short}{number}{day}"
    subject = facts.title if len(facts.title) <= LONGEST_SUBJECT else f"{facts.title[:LONGEST_SUBJECT]}…"
    about = text("documents.list_about", language, subject=subject) if subject else ""
    state = "confirmed" if document.state is State.CONFIRMED else "draft"
    state_words = text(f"documents.state_{state}", language)
    return text("documents.list_row", language, row=row, title=title, about=about, state=state_words)


def _query(data: dict[str, object]) -> Query:
    kept = data.get("query")
    return Query(**kept) if isinstance(kept, dict) else Query()
