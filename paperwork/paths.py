"""Where an argument of a function stands in the document that is made of it."""

import re

_ROW = re.compile(r"\[(\d+)\]")
_FLAT = {
    "object_name": "object.name",
    "work_type": "works.0.name",
    "compliance": "compliance.0.designation",
    "customer_representative": "representatives.customer_control.name_initials",
    "contractor": "contractor.name",
}
"""Flat arguments of the act; the others have the same name in the form."""


def in_document(path: str, kind: str) -> str:
    """`form_344.materials[0].quantity` -> `materials.0.quantity`."""
    plain = _ROW.sub(r".\1", path)
    if kind != "aosr":
        return plain
    form = plain.removeprefix("form_344.")
    return form if form != plain else _FLAT.get(plain, plain)


_SHORT = {"location": "works.0.location", "date_start": "work_dates.start", "date_end": "work_dates.end"}


def aliased(path: str, kind: str) -> str:
    """A path of a correction: as in the document, or by the name that the argument had in the call."""
    plain = in_document(path.strip().strip("."), kind)
    return _SHORT.get(plain, plain) if kind == "aosr" else plain
