"""Where words stand on the pages of a PDF: nothing lies on anything else, whatever was said."""

from dataclasses import replace
from typing import Any

import pytest

from documents.draft import Draft, State
from documents.kinds import kinds
from tests.documents.reading import pdf_rules, pdf_words
from tests.documents.samples import SAMPLES
from tests.documents.test_formats import renderer

LONG = "очень длинное наименование, которое прораб продиктовал целиком и не останавливаясь, вместе с маркой, "
LONG += "заводом-изготовителем, номером партии и всем остальным, что написано на бирке"
SHORT = {"kind", "medium", "unit", "number", "date", "role", "cipher", "sheets", "phone_or_fax"}


def printed(kind: str, data: dict[str, Any]) -> bytes:
    draft = replace(Draft.of(kind, data), state=State.CONFIRMED)
    return renderer().made(draft, ["pdf"])[0].content


def longer(value: Any, key: str = "") -> Any:
    """The same with every name as long as a breath allows."""
    if isinstance(value, dict):
        return {name: longer(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [longer(part, key) for part in value]
    is_name = isinstance(value, str) and key not in SHORT and not any(letter.isdigit() for letter in value)
    return LONG if is_name else value


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("said", ["nothing", "as usual", "at length"])
def test_no_words_lie_on_others_nor_on_a_rule(kind: str, said: str) -> None:
    data = {"nothing": {}, "as usual": SAMPLES[kind], "at length": longer(SAMPLES[kind])}[said]
    content = printed(kind, data)
    for page, rules in zip(pdf_words(content), pdf_rules(content), strict=True):
        assert rules
        pairs = ((one, other) for place, one in enumerate(page) for other in page[place + 1 :])
        assert [(one.text, other.text) for one, other in pairs if one.covers(other)] == []
        assert [one.text for one in page for rule in rules if one.is_struck_by(rule)] == []
