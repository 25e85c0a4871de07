"""What kind of value a field of a document holds, by its name."""

from enum import Enum, auto


class Kind(Enum):
    DATE = auto()
    QUANTITY = auto()
    UNIT = auto()
    PERSON = auto()
    IDENTIFIER = auto()
    NORM = auto()
    NAME = auto()
    """The name of a thing or an organisation: some of its words must have been said."""
    TEXT = auto()
    FIXED = auto()
    """One of a few words of the form, or our own marking."""


_DATES = frozenset({"date", "start", "end", "date_start", "date_end", "valid_to", "signed_at", "need_by", "deadline"})
_DATE_ENDINGS = ("_date", "_at", "_start", "_end")
_QUANTITIES = frozenset({"quantity", "count", "people", "unit_price", "cost", "copies", "total", "amount"})
_PERSONS = frozenset({"customer_representative", "name_initials", "full_name"})
_IDENTIFIERS = frozenset(
    [
        "number",
        "cipher",
        "sheets",
        "revision",
        "nrs_id",
        "act_number",
        "ogrn",
        "ogrnip",
        "inn",
        "passport",
        "phone_or_fax",
    ]
)
_FIXED = frozenset(
    {"kind", "role", "medium", "document_type", "nrs_not_required", "sro_not_required", "ok", "category"}
)
_NORMS = frozenset({"designation", "clause", "compliance", "norms"})
_NAMES = frozenset({"object_name", "contractor", "executor_name", "supplier", "prepared_by", "address"})

STARTS = ("start", "date_start", "period_start")
ENDS = ("end", "date_end", "period_end")
SIGNATORY_PARTS = ("customer_representative", "representatives", "signatures")
"""A made-up one of these is dropped with all that hangs on it."""


def kind(name: str) -> Kind:
    """`name` is the key of the value; that of the list for a value of a list."""
    for names, found in (
        (_DATES, Kind.DATE),
        (_QUANTITIES, Kind.QUANTITY),
        (_PERSONS, Kind.PERSON),
        (_IDENTIFIERS, Kind.IDENTIFIER),
        (_FIXED, Kind.FIXED),
        (_NORMS, Kind.NORM),
        (_NAMES, Kind.NAME),
    ):
        if name in names:
            return found
    if name == "unit":
        return Kind.UNIT
    if name.endswith(_DATE_ENDINGS):
        return Kind.DATE
    return Kind.QUANTITY if name.startswith(("total", "subtotal")) else Kind.TEXT
