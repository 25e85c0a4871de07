"""What the model is told about a norm."""

from typing import Any

from function_calls import Context, discover
from live_session import FunctionCall
from norms.catalogue import Catalogue

FUNCTIONS = discover()
CONTEXT = Context(chat=1, user=1, language="ru", norms=Catalogue())


async def told(norm: str, **more: int) -> dict[str, Any]:
    answer = await FUNCTIONS.run(FunctionCall("1", "norm_status", {"norm": norm, **more}), CONTEXT)
    assert answer["status"] == "ok"
    result: dict[str, Any] = answer["result"]
    return result


async def test_a_norm_in_force_is_told_with_its_title() -> None:
    result = await told("сп 63.13330.2018")
    assert result["found"] == "yes"
    (norm,) = result["norms"]
    assert (norm["designation"], norm["status"]) == ("СП 63.13330.2018", "действует")
    assert norm["title"].startswith("Бетонные и железобетонные конструкции")
    assert "must_be_checked" not in norm


async def test_a_replaced_norm_is_told_with_what_replaced_it() -> None:
    (norm,) = (await told("СНиП 52-01-2003"))["norms"]
    assert norm["status"] == "заменён"
    assert [(one["designation"], one["status"]) for one in norm["successors"]] == [("СП 63.13330.2018", "действует")]


async def test_an_unknown_norm_has_to_be_checked() -> None:
    result = await told("СП 999.13330.2020")
    assert (result["found"], result["norms"]) == ("not_in_catalogue", [])
    assert "has to be checked" in result["message"]


async def test_a_made_up_edition_is_not_in_the_catalogue_whatever_resembles_it() -> None:
    result = await told("СП 48.13330.2024")
    assert result["found"] == "not_in_catalogue"
    assert result["norms"][0]["designation"] == "СП 48.13330.2019"


async def test_an_old_norm_without_an_entry_is_told_as_replaced_and_to_be_checked() -> None:
    result = await told("СП 20.13330.2011")
    assert result["found"] == "as_replaced"
    assert result["norms"][0]["replaces"] == "СП 20.13330.2011"
    assert "has to be checked" in result["message"]


async def test_a_status_that_is_not_confirmed_is_told_as_such() -> None:
    (norm,) = (await told("приказ 883н"))["norms"]
    assert "must_be_checked" in norm


async def test_words_find_norms_and_say_that_they_are_a_guess() -> None:
    result = await told("свайные фундаменты", limit=1)
    assert (result["found"], len(result["norms"])) == ("by_words", 1)
