"""A quantity that the model passed, made a decimal string and looked for among the amounts that were said."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from dictation.evidence import Evidence
from dictation.flags import Code, Origin
from dictation.index import Amount
from russian import numbers, units

_MOST = Decimal(1_000_000)
"""No delivery on a site is a million of anything but roubles; a quantity from here on is asked about."""
_PIECES = frozenset({"piece", "bag", "roll", "pallet", "set", "pair", "person"})


def compared(path: str, given: object, siblings: Mapping[str, Any], evidence: Evidence) -> str | None:
    """The quantity in digits; as given when it is no number."""
    text = str(given).strip()
    value = _decimal(text)
    if value is None:
        evidence.flag(path, Code.UNREADABLE_QUANTITY, given)
        evidence.origin(path, Origin.UNSAID)
        return text
    unit = units.canonical(str(siblings.get("unit") or ""))
    key = path.rsplit(".", 1)[-1]
    if value < 0:
        evidence.flag(path, Code.NEGATIVE_QUANTITY, given)
    elif key == "quantity" and _is_absurd(value, unit):
        evidence.flag(path, Code.ABSURD_QUANTITY, given)
    return plain(_against_said(path, value, unit if key == "quantity" else None, siblings, evidence))


def plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _decimal(text: str) -> Decimal | None:
    """Of digits, of words, of either with a unit behind."""
    try:
        value = Decimal(text.replace(",", "."))
        return value if value.is_finite() else None
    except InvalidOperation:
        found = numbers.find(text)
        rest = text[found[0].end :] if found else ""
        only = len(found) == 1 and not text[: found[0].start].strip() and (not rest.strip() or units.canonical(rest))
        return found[0].value if only else None


def _is_absurd(value: Decimal, unit: units.Unit | None) -> bool:
    if value == 0 or value >= _MOST:
        return True
    return unit is not None and unit.dimension in _PIECES and value != value.to_integral_value()


def _against_said(
    path: str, value: Decimal, unit: units.Unit | None, siblings: Mapping[str, Any], evidence: Evidence
) -> Decimal:
    said = evidence.said
    if said is not None:
        found = [one for one in said.amount(value, unit) if not one.number.ordinal or one.unit]
        if standing := [one for one in found if said.stands(one.number.span)]:
            evidence.origin(path, Origin.SAID)
            _contradictions(path, value, standing, evidence)
            return value
        if found:
            return _corrected(path, value, found[0], evidence)
    if str(evidence.in_profile(path)) == plain(value):
        evidence.origin(path, Origin.PROFILE)
    elif value == _product(path, siblings):
        evidence.origin(path, Origin.DERIVED)
    else:
        evidence.not_found(path, plain(value))
    return value


def _corrected(path: str, value: Decimal, taken: Amount, evidence: Evidence) -> Decimal:
    assert evidence.said is not None
    span = evidence.said.instead(taken.number.span)
    right = next((one.number.value for one in evidence.said.amounts if one.number.span == span), None)
    evidence.flag(path, Code.CORRECTED, plain(value), "" if right is None else plain(right))
    evidence.origin(path, Origin.UNSAID if right is None else Origin.SAID)
    return value if right is None else right


def _contradictions(path: str, value: Decimal, standing: list[Amount], evidence: Evidence) -> None:
    """The same thing in the same unit was said with another amount, and nothing says which holds."""
    assert evidence.said is not None
    mine = next((one for one in standing if one.unit and one.about), None)
    if mine is None or len(standing) > 1:
        return
    for one in evidence.said.of_the_same(mine):
        other = one.number.span != mine.number.span and one.number.value != value
        if other and evidence.said.stands(one.number.span):
            evidence.flag(path, Code.CONTRADICTORY, plain(value), plain(one.number.value))
            return


def _product(path: str, siblings: Mapping[str, Any]) -> Decimal | None:
    """A cost is its quantity times its price; a subtotal the sum of the costs of its rows."""
    key = re.sub(r".*\.", "", path)
    if key == "cost":
        factors = [_decimal(str(siblings.get(name) or "")) for name in ("quantity", "unit_price")]
        return factors[0] * factors[1] if factors[0] is not None and factors[1] is not None else None
    if key.startswith(("total", "subtotal")) and isinstance(rows := siblings.get("rows"), list):
        costs = [_decimal(str(row.get("cost"))) for row in rows if isinstance(row, Mapping)]
        return sum((cost for cost in costs if cost is not None), Decimal(0))
    return None
