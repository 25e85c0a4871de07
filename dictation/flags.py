"""What a comparison answers: values, where each comes from, and what has to be asked back."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Origin(StrEnum):
    SAID = "said"
    PROFILE = "profile"
    DERIVED = "derived"
    """By a written rule from what was said: a guessed year, a product, a full designation from the catalogue."""
    UNSAID = "unsaid"
    """The model passed it and nobody said it: never to be printed as a fact."""
    NOT_COMPARED = "not_compared"
    """There is no transcript yet."""


class Code(StrEnum):
    NOT_SAID = "not_said"
    NAME_NOT_SAID = "name_not_said"
    NOT_COMPARED = "not_compared"
    CORRECTED = "corrected"
    WRONG_YEAR = "wrong_year"
    AMBIGUOUS_DATE = "ambiguous_date"
    IMPOSSIBLE_DATE = "impossible_date"
    UNREADABLE_DATE = "unreadable_date"
    END_BEFORE_START = "end_before_start"
    UNKNOWN_UNIT = "unknown_unit"
    UNREADABLE_QUANTITY = "unreadable_quantity"
    ABSURD_QUANTITY = "absurd_quantity"
    NEGATIVE_QUANTITY = "negative_quantity"
    CONTRADICTORY = "contradictory"
    NORM_UNKNOWN = "norm_unknown"
    NORM_REPLACED = "norm_replaced"
    NORM_WRONG = "norm_wrong"


@dataclass(frozen=True, slots=True)
class Flag:
    path: str
    """`form_344.materials[0].quantity`."""
    code: Code
    given: str
    """What the model passed."""
    said: str = ""
    """What the person said instead, or what is right; "" where that is not known."""


@dataclass(frozen=True, slots=True)
class Compared:
    values: dict[str, Any]
    origins: dict[str, Origin]
    flags: list[Flag]
