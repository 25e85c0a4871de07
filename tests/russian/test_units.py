"""Units where a document has them, which are more than those that are understood behind a spoken number."""

import pytest

from russian.units import canonical, is_written


@pytest.mark.parametrize(
    "written",
    ["м3", "М³", "м 3", "куб. м", "п. м", "шт", "мешков", "100 м2", "1000м3", "тыс. шт.", "чел.-ч", "г", "секции"],
)
def test_what_a_bill_of_quantities_has_is_a_unit(written: str) -> None:
    assert is_written(written)


@pytest.mark.parametrize("written", ["", "100", "попугай", "100 попугаев", "тыс.", "м 3 ш"])
def test_what_is_none_is_not_taken_for_one(written: str) -> None:
    assert not is_written(written)


@pytest.mark.parametrize("word", ["г", "секция", "место"])
def test_a_word_that_may_be_anything_is_no_unit_in_speech(word: str) -> None:
    assert canonical(word) is None
