"""A draft as a page: the blocks of its kind, filled. Both templates draw this: they cannot say different things."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from documents.composing import GAP, compose, needs_register, paper
from documents.draft import Draft, told
from documents.kinds import Block, Code, Column, Kind
from documents.paths import value_at
from documents.words import NBSP, Line, Pen, Run, clean, joined, number, short_date, unit

_DAY = f"«{NBSP * 8}»{NBSP * 34}20{NBSP * 8}г."
BLANKS = {"full_date": _DAY, "full_moment": f"{_DAY},{NBSP * 8}ч{NBSP * 8}мин"}
"""What stands on the rule of a day to be written by hand."""

Lines = Callable[[str], list[Line]]
"""Of the value of a key."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row of a table, by key; a person's line; a row of codes."""

    cells: Mapping[str, list[Line]]


@dataclass(frozen=True, slots=True)
class Filled:
    """A block with its values: `lines` of a line, `rows` of a table. Empty places are the templates' business."""

    block: Block
    lines: list[Line] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    pictures: tuple[bytes, ...] = ()
    """Of a block of photos, a row for each with its `caption`."""


@dataclass(frozen=True, slots=True)
class Sheet:
    kind: Kind
    draft: bool
    title: str
    """For the footer and the file's metadata: АОСР № КЖ1-14 от 20.11.2026."""
    blocks: tuple[Filled, ...]
    notes: tuple[str, ...]
    """Why marked values are doubtful, in the order of their marks; only a draft has them."""


def sheet_of(draft: Draft, pictures: Sequence[bytes] = ()) -> Sheet:
    """`pictures`: JPEG or PNG, for the block of photos, if the kind has one."""
    kind = draft.described
    numbered: dict[str, int] = {}
    notes: list[str] = []
    for flag in draft.open_flags:
        numbered.setdefault(flag.path, len(numbered) + 1)
    for path, mark in numbered.items():
        notes.append(f"{mark}. {clean(told(flag for flag in draft.open_flags if flag.path == path))}")
    page = _Page(draft, Pen(numbered), tuple(pictures))
    blocks = tuple(filled for block in kind.blocks if (filled := page.fill(block)))
    return Sheet(kind, not draft.confirmed, title(draft), blocks, tuple(notes))


def title(draft: Draft) -> str:
    """АОСР № КЖ1-14 от 20.11.2026, as far as these are known."""
    day = short_date(str(value_at(draft.data, draft.described.date_of) or "")[:10])
    parts = (draft.described.short, f"№ {draft.number}" if draft.number else "", f"от {day}" if day else "")
    return clean(" ".join(filter(None, parts)))[:120]


class _Page:
    def __init__(self, draft: Draft, pen: Pen, pictures: tuple[bytes, ...]) -> None:
        self._pictures = pictures
        self._data = draft.data
        self._kind = draft.described
        self._pen = pen

    def fill(self, block: Block) -> Filled | None:
        """None when the block is not for this document."""
        match block.type:
            case "number_date":
                return Filled(
                    block, rows=[Row({"number": self._lines("number"), "date": self._lines("date", "full_date")})]
                )
            case "table":
                return self._table(block)
            case "signatures":
                return Filled(block, rows=list(self._signers(block)))
            case "people":
                return Filled(block, rows=list(self._people(block)))
            case "codes":
                return Filled(block, rows=[self._code(code) for code in block.codes])
            case "photos":
                return self._photos(block)
            case "boxes":
                return Filled(block, rows=[Row({box.value: self._lines(box.value, box.as_) for box in block.boxes})])
            case "line" | "inline":
                lines = self._inside(block)
                wanted = block.when == "" or bool(lines) if block.when != "paper" else self._on_paper()
                return Filled(block, lines) if wanted else None
        return Filled(block)

    def _lines(self, path: str, shape: str = "") -> list[Line]:
        return compose(shape or self._shape(path), self._pen, path, value_at(self._data, path)) if path else []

    def _shape(self, path: str) -> str:
        """Of the field that stands there, or of the member of a group."""
        first, _, rest = path.partition(".")
        found = self._kind.field(first)
        if first == "representatives" and rest:
            return "controlling" if rest.endswith("control") else "representative"
        if rest and found and found.item:
            name, _, part = rest.partition(".")
            return "text" if part else next((item.shape for item in found.item if item.key == name), "text")
        return found.shape if found and not rest else "text"

    def _on_paper(self) -> bool:
        return bool(value_at(self._data, "medium") != "электронный")

    def _inside(self, block: Block) -> list[Line]:
        if block.as_ == "additional":
            return self._additional()
        if block.as_ == "photos":
            count: list[Line] = [(Run(f"фототаблица, {len(self._pictures)} фото"),)] if self._pictures else []
            return self._lines(block.value) + count
        return self._attached(block)

    def _photos(self, block: Block) -> Filled | None:
        """Each under its own words, as far as there are any."""
        captions = self._lines(block.value)
        rows = []
        for place in range(len(self._pictures)):
            words = (Run(" – "), *captions[place]) if place < len(captions) else ()
            rows.append(Row({"caption": [(Run(f"Фото {place + 1}"), *words)]}))
        return Filled(block, rows=rows, pictures=self._pictures) if self._pictures else None

    def _attached(self, block: Block) -> list[Line]:
        """The attachments of an act are named, or they are what its clauses refer to."""
        if block.as_ != "attachments":
            return self._lines(block.value, block.as_) + [
                line for more in block.with_lines for line in self._lines(more)
            ]
        named = self._lines("attachments", "papers") or self._lines("evidence_docs", "papers")
        register: list[Line] = [(Run("Реестр документов к п. 3 – приложение № 1"),)] if self._has_register() else []
        return register + named

    def _has_register(self) -> bool:
        listed = any(block.as_ == "register" for block in self._kind.blocks)
        return listed and needs_register(value_at(self._data, "materials"))

    def _additional(self) -> list[Line]:
        """A conclusion that was said has no other place in the form."""
        said = self._lines("conclusion", "text")
        first: list[Line] = [(Run("Заключение: "), *said[0])] if said else []
        return self._lines("additional_info") + first + said[1:]

    def _table(self, block: Block) -> Filled | None:
        if block.as_ == "register":
            return Filled(block, rows=list(self._register())) if self._has_register() else None
        if block.as_ == "single_row":
            return Filled(block, rows=list(self._entry(block)))
        filled = [self._row(block, place, self._of_row(block.value, place)) for place in self._places(block.value)]
        totals = [Row({"title": [(Run(total.title),)], "total": self._lines(total.value)}) for total in block.totals]
        return Filled(block, rows=filled + totals)

    def _entry(self, block: Block) -> Iterator[Row]:
        """The document itself as a row; as several, when a field of it has rows that make one each."""
        if not block.rows or not self._places(block.rows):
            yield self._row(block, 0, self._own)
            return
        keys = {column.key: column.in_rows for column in block.columns if column.in_rows}
        keys |= {column.with_: column.with_ for column in block.columns if column.in_rows and column.with_}
        for place in self._places(block.rows):
            of_row = self._of_row(block.rows, place)

            def lines(key: str, place: int = place, of_row: Lines = of_row) -> list[Line]:
                if key in keys:
                    return of_row(keys[key])
                return [] if key == "number" and place else self._own(key)

            yield self._row(block, place, lines)

    def _places(self, field: str) -> range:
        return range(len(value_at(self._data, field) or ()))

    def _own(self, key: str) -> list[Line]:
        shown = value_at(self._data, key)
        return compose(self._shape(key), self._pen, key, unit(shown) if key == "unit" else shown)

    def _of_row(self, field: str, place: int) -> Lines:
        found = self._kind.field(field)
        shapes = {item.key: item.shape for item in found.item} if found else {}
        row = value_at(self._data, f"{field}.{place}")

        def lines(key: str) -> list[Line]:
            shown = unit(row.get(key)) if key == "unit" else row.get(key)
            return compose(shapes.get(key, "text"), self._pen, f"{field}.{place}.{key}", shown)

        return lines

    def _row(self, block: Block, place: int, lines: Lines) -> Row:
        return Row({column.key: list(self._cell(column, place, lines)) for column in block.columns})

    def _cell(self, column: Column, place: int, lines: Lines) -> Iterator[Line]:
        if column.key == "row":
            yield (Run(str(place + 1)),)
            return
        if column.with_:
            yield joined([*lines(column.key), *lines(column.with_)], between=NBSP)
        else:
            yield from lines(column.key)
        for key in column.with_lines:
            yield from lines(key)
        if column.signed:
            yield from ((), (Run(GAP),))

    def _register(self) -> Iterator[Row]:
        """A row for each document; a material without any has a row, too."""
        for place, material in enumerate(value_at(self._data, "materials") or ()):
            path = f"materials.{place}"
            for which, document in enumerate(material.get("documents") or [{}]):
                yield self._register_row(path, material, f"{path}.documents.{which}", document, place, first=which == 0)

    def _register_row(
        self, path: str, material: Mapping[str, Any], at: str, document: Mapping[str, Any], place: int, *, first: bool
    ) -> Row:
        pen = self._pen
        amount = (
            pen.run(f"{path}.quantity", number(material.get("quantity"))),
            pen.run(f"{path}.unit", unit(material.get("unit"))),
        )
        named = {key: document.get(key) for key in ("name", "kind", "valid_to")}
        return Row(
            {
                "row": [(Run(str(place + 1)),)] if first else [],
                "material": [pen.run(f"{path}.name", material.get("name"))] if first else [],
                "quantity": [joined(amount, between="\u00a0")] if first else [],
                "document": [paper(pen, at, named)],
                "number": [pen.run(f"{at}.number", document.get("number"))],
                "date": [pen.run(f"{at}.date", short_date(document.get("date")))],
            }
        )

    def _signers(self, block: Block) -> Iterator[Row]:
        for signer in block.signers:
            name = self._pen.run(f"{signer.value}.name_initials", value_at(self._data, f"{signer.value}.name_initials"))
            if name or signer.when != "filled" or value_at(self._data, signer.value):
                yield Row({"label": [(Run(signer.label),)], "name": [name]})

    def _people(self, block: Block) -> Iterator[Row]:
        """Those who are named; otherwise the roles with empty places."""
        value = value_at(self._data, block.value)
        people = value if isinstance(value, list) else [value] if value else []
        for place, one in enumerate(people):
            path = f"{block.value}.{place}" if isinstance(value, list) else block.value
            given = {key: self._pen.run(f"{path}.{key}", one.get(key)) for key in ("role", "position", "name_initials")}
            powers = paper(self._pen, f"{path}.authority_document", one.get("authority_document") or {})
            office = [line for line in (given["position"], powers) if line]
            role = given["role"] or ((Run(block.blank_roles[0]),) if len(block.blank_roles) == 1 else ())
            yield Row({"role": [role], "position": office, "name": [given["name_initials"]]})
        taken = {str(one.get("role")).casefold() for one in people}
        left = [blank for blank in block.blank_roles if block.all_roles and blank.casefold() not in taken]
        for blank in left if people else block.blank_roles:
            yield Row({"role": [(Run(blank),)], "position": [], "name": []})

    def _code(self, code: Code) -> Row:
        value: list[Line] = self._lines(code.value, code.as_)
        number_of: list[Line] = [(Run(code.fixed),)] if code.fixed else self._lines(code.code, code.code_as)
        return Row(
            {"label": [(Run(code.label),)], "value": value, "code_label": [(Run(code.code_label),)], "code": number_of}
        )


def above(block: Block, sheet: Sheet) -> list[str]:
    """The lines over an annex: whose it is."""
    to_this = f"{sheet.kind.reference}{sheet.title.removeprefix(sheet.kind.short)}"
    return [line.replace("{to_this_document}", to_this) for line in block.above]
