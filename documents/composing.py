"""Values of each shape as lines on paper. A part that is missing inside a filled value is a gap to fill by hand."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from documents.words import (
    NBSP,
    Line,
    Pen,
    Run,
    clean,
    full_date,
    full_moment,
    joined,
    money,
    nested,
    number,
    plain,
    short_date,
    unit,
)

GAP = "____________"
_IN_A_NUMBER = re.compile(r"(?<=[\d)]) (?=[\d(])")
MOST_DOCUMENTS = 5
"""More documents than this in the clause on materials, and the form wants a register of them."""
MOST_MATERIALS = 10
_SEVERAL = re.compile(r"[,;–—]|\d\s*-\s*\d|\sи\s")
"""In the numbers of sheets: 3–5."""
Composer = Callable[[Pen, str, Any], list[Line]]


def compose(shape: str, pen: Pen, path: str, value: Any) -> list[Line]:
    """The lines of a value; none for no value."""
    if value is None or value in ("", [], {}):
        return []
    return [line for line in COMPOSERS[shape](pen, path, value) if plain(line)]


def needs_register(materials: object) -> bool:
    rows = materials if isinstance(materials, list) else []
    return sum(len(row.get("documents") or ()) for row in rows) > MOST_DOCUMENTS or len(rows) > MOST_MATERIALS


def _text(pen: Pen, path: str, value: Any) -> list[Line]:
    """A line for each line of the text."""
    mark = pen.mark(path)
    return [(Run(line, mark),) for line in _lines(value)]


def _lines(value: object) -> list[str]:
    return [line.strip() for line in clean(value).split("\n") if line.strip()]


def _texts(pen: Pen, path: str, value: Any) -> list[Line]:
    return [line for place, one in enumerate(value) for line in _text(pen, f"{path}.{place}", one)]


def _by(show: Callable[[Any], str]) -> Composer:
    return lambda pen, path, value: [pen.run(path, show(value))]


def _object(pen: Pen, path: str, value: Any) -> list[Line]:
    return [joined((pen.run(f"{path}.name", value.get("name")), pen.run(f"{path}.address", value.get("address"))))]


def _party(pen: Pen, path: str, value: Any) -> list[Line]:
    kind = value.get("kind")
    parts = [pen.run(f"{path}.name", value.get("name")), pen.run(f"{path}.full_name", value.get("full_name"))]
    if kind == "person":
        parts += [_told(pen, path, value, "passport", "паспорт ")]
    elif kind == "individual_entrepreneur":
        parts += [_told(pen, path, value, "ogrnip", f"ОГРНИП{NBSP}"), _told(pen, path, value, "inn", f"ИНН{NBSP}")]
    else:
        parts += [_told(pen, path, value, "ogrn", f"ОГРН{NBSP}"), _told(pen, path, value, "inn", f"ИНН{NBSP}")]
    parts += [_told(pen, path, value, "address", "адрес: ")]
    parts += [_phone(pen, path, value)]
    return [joined(parts), *_sro(pen, path, value)]


def _sro(pen: Pen, path: str, value: Any) -> list[Line]:
    sro = value.get("sro")
    if sro:
        path = f"{path}.sro"
        parts = (
            pen.run(f"{path}.name", sro.get("name"), before="СРО: "),
            _told(pen, path, sro, "ogrn", f"ОГРН{NBSP}"),
            _told(pen, path, sro, "inn", f"ИНН{NBSP}"),
        )
        return [joined(parts)]
    return [pen.run(f"{path}.sro_not_required", "членство в СРО не требуется")] if value.get("sro_not_required") else []


def _told(pen: Pen, path: str, value: Mapping[str, Any], key: str, before: str) -> Line:
    return pen.run(f"{path}.{key}", value.get(key), before=before) or (Run(f"{before}{GAP}"),)


def _party_short(pen: Pen, path: str, value: Any) -> list[Line]:
    parts = [pen.run(f"{path}.{key}", value.get(key)) for key in ("name", "full_name")]
    parts += [pen.run(f"{path}.address", value.get("address"))]
    return [joined([*parts, _phone(pen, path, value)])]


def _phone(pen: Pen, path: str, value: Any) -> Line:
    """Each number in one piece: its spaces do not break."""
    numbers = _IN_A_NUMBER.sub(NBSP, str(value.get("phone_or_fax") or ""))
    return pen.run(f"{path}.phone_or_fax", numbers, before=f"тел.{NBSP}")


def _customer(pen: Pen, path: str, value: Any) -> list[Line]:
    lines = compose("party", pen, f"{path}.party", value.get("party"))
    role = pen.run(f"{path}.role", value.get("role"), after=": ")
    if role and lines:
        first = role[0].text
        return [(Run(first[:1].upper() + first[1:], role[0].mark), *role[1:], *lines[0]), *lines[1:]]
    return lines or [role[:1]]


def _representative(pen: Pen, path: str, value: Any, *, nrs: bool = False) -> list[Line]:
    who = joined(
        [pen.run(f"{path}.{key}", value.get(key)) for key in ("position", "name_initials")],
        between=" ",
    )
    parts = [who]
    if value.get("nrs_id") or (nrs and not value.get("nrs_not_required")):
        parts.append(_told(pen, path, value, "nrs_id", f"№{NBSP}НРС{NBSP}"))
    paper = value.get("authority_document") or {}
    inner = f"{path}.authority_document"
    kind = pen.run(f"{inner}.name", paper.get("name")) or (Run("приказ (доверенность)"),)
    reference = (_told(pen, inner, paper, "number", f"№{NBSP}"), _date_told(pen, inner, paper))
    parts.append(joined((kind, *reference), between=" "))
    organization = value.get("organization")
    return [joined(parts), *(compose("party", pen, f"{path}.organization", organization) if organization else [])]


def _date_told(pen: Pen, path: str, value: Mapping[str, Any]) -> Line:
    return pen.run(f"{path}.date", short_date(value.get("date")), before=f"от{NBSP}") or (Run(f"от{NBSP}{GAP}"),)


def _controlling(pen: Pen, path: str, value: Any) -> list[Line]:
    return _representative(pen, path, value, nrs=True)


def _work(pen: Pen, path: str, value: Any) -> Line:
    amount = _amount(pen, path, value)
    parts = (pen.run(f"{path}.name", value.get("name")), pen.run(f"{path}.location", value.get("location")))
    more = (pen.run(f"{path}.method", value.get("method")), pen.run(f"{path}.materials", value.get("materials")))
    return joined((joined((joined(parts), amount), between=" – "), *more), between="; ")


def _amount(pen: Pen, path: str, value: Any) -> Line:
    """28 м³, each half with its own doubt."""
    parts = (
        pen.run(f"{path}.quantity", number(value.get("quantity"))),
        pen.run(f"{path}.unit", unit(value.get("unit"))),
    )
    return joined(parts, between=NBSP)


def _each(line: Callable[[Pen, str, Any], Line]) -> Composer:
    def rows(pen: Pen, path: str, value: Any) -> list[Line]:
        return [line(pen, f"{path}.{place}", one) for place, one in enumerate(value)]

    return rows


def _project_doc(pen: Pen, path: str, value: Any) -> Line:
    sheets = value.get("sheets") or []
    word = "листы " if len(sheets) > 1 or _SEVERAL.search("".join(sheets)) else f"лист{NBSP}"
    listed = joined([pen.run(f"{path}.sheets.{place}", sheet) for place, sheet in enumerate(sheets)])
    parts = (
        pen.run(f"{path}.cipher", value.get("cipher")),
        (Run(word), *listed) if listed else (),
        pen.run(f"{path}.revision", value.get("revision"), before=f"изм.{NBSP}"),
        pen.run(f"{path}.title", value.get("title")),
        pen.run(f"{path}.prepared_by", value.get("prepared_by"), before="разработано: "),
    )
    return joined(parts)


def paper(pen: Pen, path: str, value: Any) -> Line:
    """сертификат № 4512 от 03.09.2026"""
    key = "name" if value.get("name") else "kind"
    parts = (
        pen.run(f"{path}.{key}", value.get(key)),
        pen.run(f"{path}.number", value.get("number"), before=f"№{NBSP}"),
        pen.run(f"{path}.date", short_date(value.get("date")), before=f"от{NBSP}"),
    )
    until = pen.run(f"{path}.valid_to", short_date(value.get("valid_to")), before="действует до ")
    return joined((joined(parts, between=" "), until))


def _act_of_hidden_works(pen: Pen, path: str, value: Any) -> Line:
    shown = paper(pen, path, value)
    return shown if value.get("name") or value.get("kind") or not shown else (Run("АОСР "), *shown)


def _test(pen: Pen, path: str, value: Any) -> Line:
    reference = (
        pen.run(f"{path}.act_number", value.get("act_number"), before=f"акт №{NBSP}"),
        pen.run(f"{path}.date", short_date(value.get("date")), before=f"от{NBSP}"),
    )
    return joined((pen.run(f"{path}.name", value.get("name")), joined(reference, between=" ")))


def _material(pen: Pen, path: str, value: Any) -> Line:
    what = joined((pen.run(f"{path}.name", value.get("name")), _amount(pen, path, value)), between=" – ")
    papers = [paper(pen, f"{path}.documents.{place}", one) for place, one in enumerate(value.get("documents") or ())]
    return joined((what, *(papers or [(Run(f"документ о качестве № {GAP} от {GAP}"),)])))


def _materials(pen: Pen, path: str, value: Any) -> list[Line]:
    """Each with its papers; with many, the register has them and the clause refers to it."""
    if not needs_register(value):
        return _each(_material)(pen, path, value)
    refer: Line = (Run("Документы о качестве и безопасности – согласно реестру (приложение № 1 к настоящему акту)"),)
    if len(value) > MOST_MATERIALS:
        return [(Run(f"Материалы (изделия) по реестру, всего позиций: {len(value)}"),), refer]
    named = [
        joined((pen.run(f"{path}.{place}.name", one.get("name")), _amount(pen, f"{path}.{place}", one)), between=" – ")
        for place, one in enumerate(value)
    ]
    return [*named, refer]


def _requirement(pen: Pen, path: str, value: Any) -> Line:
    title = pen.run(f"{path}.title", nested(value.get("title") or ""), before="«", after="»")
    parts = (joined((pen.run(f"{path}.designation", value.get("designation")), title), between=" "),)
    return joined((*parts, pen.run(f"{path}.clause", value.get("clause"))))


def _crew(pen: Pen, path: str, value: Any) -> list[Line]:
    parts = (
        pen.run(f"{path}.people", value.get("people"), before="Численность: ", after=f"{NBSP}чел."),
        pen.run(f"{path}.machines", value.get("machines"), before="техника: "),
    )
    return [joined(parts, between="; ")]


def _person(pen: Pen, path: str, value: Any) -> list[Line]:
    who = joined([pen.run(f"{path}.{key}", value.get(key)) for key in ("position", "name_initials")], between=" ")
    powers = paper(pen, f"{path}.authority_document", value.get("authority_document") or {})
    return [joined((who, powers))]


def _people(pen: Pen, path: str, value: Any) -> list[Line]:
    return [line for place, one in enumerate(value) for line in _person(pen, f"{path}.{place}", one)]


COMPOSERS: dict[str, Composer] = {
    "text": _text,
    "texts": _texts,
    "date": _by(short_date),
    "full_date": _by(full_date),
    "moment": _by(full_moment),
    "full_moment": _by(full_moment),
    "quantity": _by(number),
    "money": _by(money),
    "count": _by(str),
    "object": _object,
    "party": _party,
    "party_short": _party_short,
    "customer": _customer,
    "representative": _representative,
    "controlling": _controlling,
    "works": _each(_work),
    "project_docs": _each(_project_doc),
    "materials": _materials,
    "paper": lambda pen, path, value: [paper(pen, path, value)],
    "papers": _each(paper),
    "acts": _each(_act_of_hidden_works),
    "tests": _each(_test),
    "requirements": _each(_requirement),
    "crew": _crew,
    "person": _person,
    "people": _people,
}
