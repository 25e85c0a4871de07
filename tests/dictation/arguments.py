"""What a model would pass for a dictation: right, out of what is expected."""

from typing import Any

Dictation = dict[str, Any]
_CONCLUSIONS = ("checks", "norms", "subtotal_known")
"""Of the assistant; nobody passes them."""
_FORM = ("project_docs", "materials", "evidence_docs", "next_works")
_FLAT = ("customer_representative", "object_name", "compliance", "contractor", "conclusion")


def call_of(dictation: Dictation) -> tuple[str, dict[str, Any]]:
    """The function's name and its arguments."""
    kind = dictation["document_type"]
    if kind == "aosr":
        return "create_hidden_works_act", _act(dictation["expected"])
    fields = {name: value for name, value in dictation["expected"].items() if name not in _CONCLUSIONS}
    return "create_document", {"kind": kind, "fields": fields}


def _act(expected: dict[str, Any]) -> dict[str, Any]:
    works = [dict(work) for work in expected["works"]]
    if expected.get("location"):
        works[0]["location"] = expected["location"]
    form: dict[str, Any] = {"works": works}
    form |= {name: expected[name] for name in _FORM if expected.get(name)}
    days = {"start": expected.get("date_start"), "end": expected.get("date_end")}
    if any(days.values()):
        form["work_dates"] = {name: day for name, day in days.items() if day}
    if expected.get("notes"):
        form["additional_info"] = "; ".join(expected["notes"])
    flat = {name: expected[name] for name in _FLAT if expected.get(name)}
    materials = [
        {name: one[name] for name in ("name", "quantity", "unit") if one.get(name)}
        for one in expected.get("materials") or ()
    ]
    return {**flat, "work_type": works[0]["name"], "materials": materials, "form_344": form}
