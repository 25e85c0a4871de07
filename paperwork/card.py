"""A document as a card in the chat: what is written, what is missing, what has to be checked, and its buttons."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from archive import Held
from client import LONGEST_CARD, Button, Card
from documents.checks import missing, problems
from documents.composing import compose
from documents.draft import Draft, Flag
from documents.kinds import FieldOf
from documents.paths import title_of, value_at
from documents.sheet import title
from documents.words import NBSP, Pen, plain, printed
from prompts.texts import text

CONFIRM, ANYWAY, FIX, DELETE, GONE, BACK = "confirm", "anyway", "fix", "delete", "gone", "back"
FILES, CARD = "files", "card"
"""What the buttons say to `paperwork.presses`."""
LONGEST_VALUE = 160
MOST_DOUBTS = 8
MOST_CHANGES = 6
MOST_PLACES = 20
_ROWS = ("group", "rows")


def card_of(held: Held, language: str, changed: Sequence[str] = ()) -> Card:
    draft = held.draft
    lines = [*_changed(changed, language), *_written(draft, language)]
    if not draft.confirmed:
        lines += [*_missing(draft, language), *_doubts(draft.open_flags, draft, language)]
    choices = (FILES, FIX, DELETE) if draft.confirmed else (CONFIRM, FIX, DELETE)
    return _card(_heading(draft, language), lines, choices, language)


def question(held: Held, choice: str, language: str) -> Card:
    """Before something is done that is not taken back: `ANYWAY` or `GONE`. The first button does nothing."""
    draft = held.draft
    if choice == GONE:
        return _card(text("documents.delete_question", language, title=title(draft)), [], (BACK, GONE), language)
    heading = text("documents.confirm_question", language, title=title(draft))
    return _card(heading, _open_places(draft, language), (BACK, FIX, ANYWAY), language)


def _open_places(draft: Draft, language: str) -> list[str]:
    """A line for each thing that is wrong, with all the places where it is."""
    places: dict[str, list[str]] = {}
    for one in problems(draft, language):
        places.setdefault(one.what, []).append(one.title)
    return [text(f"document.problem.{what}", language, title=_some(titles)) for what, titles in places.items()]


def _some(titles: list[str]) -> str:
    return "; ".join([*titles[:MOST_PLACES], *(["…"] if len(titles) > MOST_PLACES else [])])


def closed(held: Held, sentence: str, language: str) -> Card:
    """Without buttons: the document is gone, or its buttons are under another card."""
    return Card(_heading(held.draft, language), (sentence,))


def _heading(draft: Draft, language: str) -> str:
    state = "confirmed" if draft.confirmed else "draft"
    return text(f"documents.heading_{state}", language, title=title(draft))


def _card(heading: str, lines: Iterable[str], choices: Sequence[str], language: str) -> Card:
    room = LONGEST_CARD - len(heading) - 40
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            kept.append("…")
            break
        kept.append(line)
    buttons = tuple(Button(text(f"documents.button_{choice}", language), choice) for choice in choices)
    return Card(heading[:200], tuple(kept), buttons)


def _written(draft: Draft, language: str) -> list[str]:
    said, known = [], []
    for field in draft.described.fields:
        if field.path and field.path != field.key:
            continue  # a part of another field, which shows it
        value = value_at(draft.data, field.key)
        if value in (None, "", [], {}):
            continue
        if field.source == "profile":
            known.append(title_of(draft.described, field.key, language))
        else:
            said.append(
                text(
                    "documents.written", language, title=_title(draft, field.key, language), value=_shown(field, value)
                )
            )
    if dates := _dates(draft, language):
        said.append(dates)
    if known:
        said.append(text("documents.from_project", language, titles=", ".join(known)))
    return said


def _dates(draft: Draft, language: str) -> str:
    """The form keeps these two in one field."""
    start, end = (value_at(draft.data, f"work_dates.{part}") for part in ("start", "end"))
    if not (start or end):
        return ""
    pen = Pen({})
    shown = " – ".join("".join(map(plain, compose("date", pen, "", day))) or "…" for day in (start, end))
    return text("documents.written", language, title=text("documents.work_dates", language), value=shown)


def _title(draft: Draft, path: str, language: str) -> str:
    words = title_of(draft.described, path, language)
    return words[:1].upper() + words[1:]


def _shown(field: FieldOf, value: object) -> str:
    if field.shape in _ROWS:
        rows = value if isinstance(value, list) else [value]
        words = "; ".join(_row(row) for row in rows if isinstance(row, dict))
    else:
        words = "; ".join(plain(line) for line in compose(field.shape, Pen({}), field.key, value))
    words = words.replace(NBSP, " ")
    return words if len(words) <= LONGEST_VALUE else f"{words[: LONGEST_VALUE - 1].rstrip()}…"


def _row(row: Mapping[str, Any]) -> str:
    """Штукатурка, отслоение, 22 м², отбить"""
    cells = {key: printed(key, value) for key, value in row.items() if value not in (None, "", {}, [])}
    if "quantity" in cells and "unit" in cells:
        cells["quantity"] = f"{cells['quantity']} {cells.pop('unit')}"
    return ", ".join(cells.values())


def _missing(draft: Draft, language: str) -> list[str]:
    titles = [problem.title for problem in missing(draft, language)]
    return [text("documents.missing", language, titles="; ".join(titles))] if titles else []


def _doubts(flags: Sequence[Flag], draft: Draft, language: str) -> list[str]:
    if not flags:
        return []
    bullets = []
    for flag in flags:
        place = _title(draft, flag.path, language)
        bullets.append(text("documents.doubt", language, title=place, what=flag.words(language)))
    return [text("documents.to_check", language), *_first(bullets, MOST_DOUBTS, language)]


def _changed(changed: Sequence[str], language: str) -> list[str]:
    if not changed:
        return []
    bullets = [text("documents.bullet", language, what=line) for line in changed]
    shown = _first(bullets, MOST_CHANGES, language)
    return [text("documents.changed", language), *shown, text("documents.now", language)]


def _first(lines: list[str], most: int, language: str) -> list[str]:
    more = len(lines) - most
    return lines if more <= 0 else [*lines[:most], text("documents.more", language, count=more)]
