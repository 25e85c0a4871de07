"""What a document tells of itself: which values are doubtful in themselves, and what confirming it still needs."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

from documents.act import signatures_of
from documents.draft import Doubt, Draft, Flag, Origin
from documents.kinds import FOLDER, Kind, model_of
from documents.paths import leaves, matching, title_of, value_at, with_value
from documents.shapes import as_decimal, decimal_string
from documents.unknown import unknown_keys
from documents.words import iso_date, iso_moment, money, short_date
from norms.catalogue import Catalogue, How, Status
from norms.designations import parse
from prompts.texts import text
from russian import units

LARGEST = Decimal(10) ** 8
"""A quantity above this was misheard."""
_DATES = {"date", "start", "end", "valid_to"}
_QUANTITIES = {"quantity", "unit_price", "cost", "estimate_cost", "total", "since_start", "since_year", "period"}


def checked(draft: Draft, catalogue: Catalogue | None = None) -> Draft:
    """With the flags that its data deserve; flags of this kind whose reason is gone are dropped."""
    found = tuple(_flags(draft, catalogue))
    reasons = {(flag.path, flag.doubt, flag.value) for flag in found}
    kept = tuple(f for f in draft.flags if f.doubt not in _OWN or (f.path, f.doubt, f.value) in reasons)
    return replace(draft, flags=kept).flagged(*found)


_HEARD = frozenset(
    (
        Doubt.NOT_SAID,
        Doubt.NOT_COMPARED,
        Doubt.FROM_PHOTO,
        Doubt.CORRECTED,
        Doubt.AMBIGUOUS_DATE,
        Doubt.CONTRADICTORY,
    )
)
"""Doubts of whoever compared the document with what was said; the document alone does not tell them."""
_OWN = frozenset(Doubt) - _HEARD


def with_sums(draft: Draft) -> Draft:
    """Costs and totals that were not said and can be reckoned; their origin is calculation. Known rows only."""
    sums = draft.described.sums
    if sums is None:
        return draft
    data, origins = draft.data, dict(draft.origins)
    for path, expected in _sums(draft.described, data):
        if expected is not None and (value_at(data, path) is None or origins.get(path) is Origin.CALCULATED):
            data = with_value(data, path, decimal_string(expected))
            origins[path] = Origin.CALCULATED
    return replace(draft, data=data, origins=origins)


def _sums(kind: Kind, data: Mapping[str, Any]) -> Iterator[tuple[str, Decimal | None]]:
    """Each path of a sum with what it should be; the total last, from the products as they should be."""
    assert kind.sums
    rows = value_at(data, kind.sums.rows) or []
    products: list[Decimal | None] = []
    for place, row in enumerate(rows):
        factors = [as_decimal(row.get(factor)) for factor in kind.sums.factors]
        product = None
        if factors and all(factor is not None for factor in factors):
            product = Decimal(1)
            for factor in factors:
                product *= factor or 0
            product = product.quantize(Decimal("0.01"))
            yield f"{kind.sums.rows}.{place}.{kind.sums.product}", product
        stated = as_decimal(row.get(kind.sums.product))
        products.append(stated if stated is not None else product)
    if products and all(product is not None for product in products):
        yield kind.sums.total, sum((product or Decimal(0) for product in products), Decimal(0))


def _flags(draft: Draft, catalogue: Catalogue | None) -> Iterator[Flag]:
    for path, value in leaves(draft.data):
        last = path.rpartition(".")[2]
        if last in _DATES or last.startswith(("date_", "period_")) or last.endswith("_date") or last == "need_by":
            if last != "period" and not iso_date(value):
                yield Flag(path, Doubt.IMPOSSIBLE_DATE, _shown_date(value))
        elif last in ("deadline", "stop_at"):
            if not (iso_date(value) or iso_moment(value)):
                yield Flag(path, Doubt.IMPOSSIBLE_DATE, str(value))
        elif last in _QUANTITIES:
            yield from _quantity(path, value)
        elif last == "unit" and not units.is_written(str(value)):
            yield Flag(path, Doubt.UNKNOWN_UNIT, str(value))
        elif last == "designation" and catalogue is not None:
            yield from _norm(path, str(value), catalogue)
    yield from _order(draft.data)
    if draft.described.sums:
        for path, expected in _sums(draft.described, draft.data):
            stated = as_decimal(value_at(draft.data, path))
            if stated is not None and expected is not None and stated != expected:
                yield Flag(path, Doubt.DIFFERENT_SUMS, money(decimal_string(stated)), money(decimal_string(expected)))


def _shown_date(value: object) -> str:
    """2026-11-31 is nobody's way to say it."""
    if found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", str(value)):
        return ".".join(reversed(found.groups()))
    return str(value)


def _quantity(path: str, value: object) -> Iterator[Flag]:
    number = as_decimal(value)
    if number is None:
        yield Flag(path, Doubt.NOT_A_NUMBER, str(value))
    elif (
        number < 0
        or (number == 0 and path.endswith("quantity"))
        or number > LARGEST * 1000
        or (path.endswith("quantity") and number > LARGEST)
    ):
        yield Flag(path, Doubt.ABSURD_QUANTITY, str(value).replace(".", ","))


def _order(data: Mapping[str, Any]) -> Iterator[Flag]:
    for start, end in (
        ("work_dates.start", "work_dates.end"),
        ("date_start", "date_end"),
        ("period_start", "period_end"),
    ):
        first, last = iso_date(value_at(data, start)), iso_date(value_at(data, end))
        if first and last and last < first:
            words = f"{short_date(first.isoformat())} – {short_date(last.isoformat())}"
            yield Flag(end, Doubt.END_BEFORE_START, words)


def _norm(path: str, words: str, catalogue: Catalogue) -> Iterator[Flag]:
    if parse(words) is None:
        return  # a section of the design
    found = catalogue.find(words)
    if not found or found[0].how not in (How.EXACT, How.EDITION_NOT_NAMED):
        newer = found[0].norm.designation if found and found[0].how is How.NAMED_AS_REPLACED else ""
        yield Flag(path, Doubt.NORM_REPLACED if newer else Doubt.NORM_UNKNOWN, words, newer)
        return
    norm = found[0].norm
    if norm.status is Status.REPLACED:
        newer = next((one.designation for one in reversed(catalogue.successors(norm))), norm.replaced_by)
        yield Flag(path, Doubt.NORM_REPLACED, words, newer)
    elif norm.status is not Status.IN_FORCE:
        doubt = Doubt.NORM_TO_BE_CHECKED if norm.status is Status.TO_BE_CHECKED else Doubt.NORM_NOT_IN_FORCE
        yield Flag(path, doubt, words)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a draft cannot be confirmed yet; `what` picks the sentence (`document.problem.<what>`)."""

    path: str
    what: str
    title: str

    def words(self, language: str = "ru") -> str:
        return text(f"document.problem.{self.what}", language, title=self.title)


def missing(draft: Draft, language: str = "ru") -> list[Problem]:
    """Required fields that have no value, in the order of the form; rows that lack a required cell, too."""
    problems = []
    for field in draft.described.fields:
        if field.source == "auto" and field.key in ("number", "attachments", "total"):
            continue  # given when it is confirmed, or made of other clauses
        if not any(True for _, value in matching(draft.data, field.where) if value not in ("", [], {})):
            if field.required and not (field.unless and value_at(draft.data, field.unless)):
                problems.append(Problem(field.where, "missing", title_of(draft.described, field.where, language)))
        elif field.item:
            problems += _missing_cells(draft, field.key, field.item, language)
    return problems


def _missing_cells(draft: Draft, key: str, items: Any, language: str) -> Iterator[Problem]:
    value = value_at(draft.data, key)
    places = [f"{key}.{place}" for place in range(len(value))] if isinstance(value, list) else [key]
    for place in places:
        for item in items:
            path = f"{place}.{item.key}"
            if item.required and value_at(draft.data, path) in (None, "", [], {}):
                yield Problem(path, "missing", title_of(draft.described, path, language))


def problems(draft: Draft, language: str = "ru") -> list[Problem]:
    """All that stands between the draft and its confirmation: what is missing, malformed, unknown or still doubtful."""
    found = {problem.path: problem for problem in missing(draft, language)}
    if draft.described.schema_:
        for path, what in _schema_problems(draft):
            if not any(path == known or path.startswith(f"{known}.") for known in found):
                found[path] = Problem(path, what, title_of(draft.described, path, language))
    model = model_of(draft.described).model_validate(draft.data)
    for path in unknown_keys(model):
        found[path] = Problem(path, "unknown", path)
    for flag in draft.open_flags:
        found.setdefault(flag.path, Problem(flag.path, "open_flag", title_of(draft.described, flag.path, language)))
    return list(found.values())


@cache
def _validator(file: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads((FOLDER / file).read_text("utf-8")))


def _schema_problems(draft: Draft) -> Iterator[tuple[str, str]]:
    """What the schema of the act requires, by path; its number and attachments are given at the confirmation."""
    from documents.act import FORM, Act, to_json

    act = Act.model_validate(draft.data)
    form = to_json(act)[FORM]
    form.setdefault("number", "-")
    form.setdefault("attachments", form.get("evidence_docs", []))
    if not signatures_of(act):
        form["signatures"] = [{"role": "contractor", "name_initials": "-"}] * 3
    for error in _validator(draft.described.schema_).iter_errors(form):
        yield from _paths(error)


def _paths(error: Any) -> Iterator[tuple[str, str]]:
    path = ".".join(map(str, error.absolute_path))
    before = f"{path}." if path else ""
    if error.validator == "required":
        missing_key = next((key for key in error.validator_value if key not in error.instance), "")
        named = re.match(r"'(\w+)' is a required", error.message)
        yield before + (named[1] if named else missing_key), "missing"
    elif error.validator in ("minItems", "minLength"):
        if not path.startswith("signatures"):
            yield path, "missing"
    elif error.validator in ("oneOf", "anyOf"):
        kind = error.instance.get("kind") if isinstance(error.instance, dict) else None
        branches: dict[Any, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        fitting = [b for b in branches.values() if not any(i.validator == "const" for i in b)] if kind else []
        if not fitting:
            yield before + "kind", "missing"
        for inner in min(fitting, key=len, default=[]):
            yield from _paths(inner)
    elif error.validator == "if":
        for inner in error.context or ():
            yield from _paths(inner)
    elif error.validator != "additionalProperties":
        yield path, "malformed"
