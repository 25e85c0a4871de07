"""Functions are found, run and answered, whatever state their files and their results are in."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from function_calls import MOST_RESULT_BYTES, Functions, Result, discover
from live_session import FunctionCall
from tests.dropped import CONTEXT, body, discovered
from tests.functions.client import Shown

Found = Callable[..., Functions]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """`found(name="source")`: what is discovered in a folder of these files."""
    return partial(discovered, tmp_path)


def names(functions: Functions) -> list[str]:
    return [declaration.name for declaration in functions.declarations]


async def result_of(functions: Functions, name: str = "work", **arguments: object) -> Result:
    async with asyncio.timeout(5):
        return await functions.run(FunctionCall("1", name, arguments), CONTEXT)


# -- finding ----------------------------------------------------------------------------------------------------------


def test_a_file_dropped_into_the_folder_is_a_new_ability(found: Found) -> None:
    functions = found(work=body("work", "return 1"))
    assert (names(functions), functions.load()) == (["work"], [])


BROKEN = {
    "syntax": ("async def syntax(:", "syntax.py:1: SyntaxError"),
    "imports": ("\nimport no_such_module_at_all", "imports.py:2: ModuleNotFoundError of no_such_module_at_all"),
    "raises": ("x = 1\n\n1 / 0", "raises.py:3: ZeroDivisionError"),
    "exits": ("raise SystemExit(3)", "exits.py:1: SystemExit"),
    "misnamed": (body("other"), "misnamed.py: no `async def misnamed` in it"),
    "plain": ('def plain():\n    """Not asynchronous."""', "plain.py: no `async def plain` in it"),
    "silent": ("async def silent(): ...", "silent.py: no docstring: it is what the model reads"),
    "untyped": (body("untyped", "return x", parameters="x"), "untyped.py: parameter x: no type"),
    "undefined": (body("undefined", parameters="x: 'Nowhere'"), "undefined.py: NameError"),
    "endless": (
        body("endless", head="DEADLINE_S = 1e9"),
        "endless.py: DEADLINE_S has to be a number of seconds up to 120",
    ),
    "declared": (
        body("declared", parameters="args", head="DECLARATION = {'name': 'another', 'description': 'x'}"),
        "declared.py: DECLARATION has another name than the function",
    ),
    "зачем": (
        body("зачем"),
        "зачем.py: a file is named like its function: Latin letters, digits and underscores, at most 64",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_and_does_not_stop_the_rest(found: Found, name: str) -> None:
    source, problem = BROKEN[name]
    functions = found(**{"good": body("good"), name: source, "zebra": body("zebra")})
    assert names(functions) == ["good", "zebra"]
    assert [str(one) for one in functions.load()] == [problem]


def test_files_of_bytes_that_are_no_text_are_named(found: Found, tmp_path: Path) -> None:
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00\x00junk")
    functions = found(work=body("work"))
    assert names(functions) == ["work"]
    assert [problem.file for problem in functions.load()] == ["bytes.py"]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert [str(problem) for problem in discover(tmp_path / "functions").load()] == ["functions: no such folder"]


def test_models_of_a_file_with_postponed_annotations_are_declared(found: Found) -> None:
    functions = found(
        work="""
        from __future__ import annotations
        from pydantic import BaseModel

        class Place(BaseModel):
            floor: Floor

        class Floor(BaseModel):
            number: int

        async def work(place: Place, context: object) -> int:
            '''Go there.'''
            return place.floor.number
        """
    )
    assert functions.load() == []
    floor = {"type": "OBJECT", "properties": {"number": {"type": "INTEGER"}}, "required": ["number"]}
    assert functions.declarations[0].parameters == {
        "type": "OBJECT",
        "properties": {"place": {"type": "OBJECT", "properties": {"floor": floor}, "required": ["floor"]}},
        "required": ["place"],
    }


async def test_a_dictionary_function_without_declaration_works_and_is_named(found: Found) -> None:
    functions = found(work=body("work", "return args", parameters="args"))
    assert functions.declarations[0].parameters is None
    assert [str(problem) for problem in functions.load()] == ["work.py:2: no DECLARATION: declared without parameters"]
    assert await result_of(functions) == {"status": "ok", "result": {"session_id": "7"}}


async def test_a_dictionary_function_gets_what_it_declares_and_the_session(found: Found) -> None:
    declaration = (
        "DECLARATION = {'name': 'work', 'description': 'Old.', 'parameters': "
        "{'type': 'object', 'properties': {'what': {'type': 'string'}}, 'required': ['what']}}"
    )
    functions = found(work=body("work", "return args", parameters="args: dict", head=declaration))
    assert functions.load() == []
    assert (await result_of(functions, what="бетон"))["result"] == {"what": "бетон", "session_id": "7"}
    assert (await result_of(functions))["missing"] == ["what"]


# -- running ----------------------------------------------------------------------------------------------------------


async def test_a_function_gets_its_arguments_and_the_context(found: Found) -> None:
    functions = found(work=body("work", "return [context.chat, n]", parameters="n: int, context: object"))
    assert await result_of(functions, n=3) == {"status": "ok", "result": [7, 3]}


async def test_arguments_that_do_not_fit_are_told_by_name(found: Found) -> None:
    functions = found(work=body("work", parameters="n: int, m: int"))
    result = await result_of(functions, n="много", x=1)
    assert (result["status"], result["retryable"]) == ("invalid_arguments", True)
    assert (result["missing"], result["unexpected"], list(result["invalid"])) == (["m"], ["x"], ["n"])


async def test_an_unknown_function_is_answered_with_those_there_are(found: Found) -> None:
    result = await result_of(found(work=body("work")), "fly")
    assert (result["status"], result["retryable"]) == ("unknown_function", False)
    assert "work" in result["message"]


async def test_a_function_that_takes_too_long_is_stopped(found: Found) -> None:
    functions = found(work=body("work", "await asyncio.Event().wait()", head="import asyncio\nDEADLINE_S = 0.01"))
    result = await result_of(functions)
    assert (result["status"], result["retryable"]) == ("timeout", True)


FAILURES = {
    "raise ValueError('the password is 4711')": False,
    "raise SystemExit(1)": False,
    "raise TimeoutError": True,
    "raise asyncio.CancelledError": False,
    "import errors; raise errors.StorageUnavailable('locked')": True,
    "return object()": False,
    "return {'a': lambda: 1}": False,
    "return '\\ud800'": False,
    "x = []; x.append(x); return x": False,
}


@pytest.mark.parametrize("line", FAILURES)
async def test_every_failure_is_answered_and_says_nothing_of_its_message(found: Found, line: str) -> None:
    result = await result_of(found(work=body("work", line)))
    assert result["status"] == "error"
    assert result["retryable"] is FAILURES[line]
    assert "4711" not in json.dumps(result)


async def test_our_own_errors_are_told_in_their_words(found: Found) -> None:
    functions = found(work=body("work", "import errors; raise errors.StorageUnavailable('the database is locked')"))
    assert "the database is locked" in (await result_of(functions))["message"]


async def test_what_could_not_be_kept_is_told_in_writing_and_need_not_be_said_again(found: Found) -> None:
    functions, shown = found(work=body("work", "import errors; raise errors.StorageFull('full')")), Shown()
    result = await functions.run(FunctionCall("1", "work", {}), replace(CONTEXT, client=shown))
    assert shown.said == ["На сервере кончилось место; сообщите тому, кто обслуживает бота."]
    assert "he need not repeat it" in result["message"]


@pytest.mark.parametrize("value", ["None", "[]", "{}", "''"])
async def test_an_empty_result_says_that_there_is_nothing_to_say(found: Found, value: str) -> None:
    result = await result_of(found(work=body("work", f"return {value}")))
    assert result["status"] == "ok"
    assert result["message"]


@pytest.mark.parametrize("value", ["0", "False"])
async def test_zero_and_no_are_results(found: Found, value: str) -> None:
    assert "message" not in await result_of(found(work=body("work", f"return {value}")))


async def test_dates_decimals_and_infinities_become_plain_json(found: Found) -> None:
    head = "from datetime import date\nfrom decimal import Decimal"
    value = "{'on': date(2026, 11, 18), 'sum': Decimal('1.50'), 'n': float('nan'), 1: {2}}"
    result = await result_of(found(work=body("work", f"return {value}", head=head)))
    assert result["result"] == {"on": "2026-11-18", "sum": "1.50", "n": None, "1": [2]}


async def test_a_result_that_is_too_large_is_cut_and_says_so(found: Found) -> None:
    result = await result_of(found(work=body("work", "return ['бетон'] * 100_000")))
    assert result["cut"] is True
    assert len(result["result"].encode()) <= MOST_RESULT_BYTES
    assert "Ask for less" in result["message"]


async def test_neither_arguments_nor_results_are_logged(found: Found) -> None:
    functions = found(work=body("work", "raise ValueError(what) if what == 'тайна' else None", parameters="what: str"))
    with structlog.testing.capture_logs() as logs:
        await result_of(functions, what="тайна")
        await result_of(functions, what="секрет", тайна=1)
        await result_of(functions, "тайна")
    assert [one["outcome"] for one in logs if one["event"] == "function called"] == ["error", "invalid_arguments"]
    assert "тайна" not in str(logs)
    assert "секрет" not in str(logs)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda one: st.lists(one, max_size=3)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(arguments=st.dictionaries(st.sampled_from(["n", "when", "kinds"]) | st.text(), _JSON, max_size=5))
def test_whatever_the_model_passes_the_answer_is_informative_json(found: Found, arguments: dict[str, Any]) -> None:
    head = "from datetime import date\nfrom typing import Literal"
    parameters = "n: int, when: date | None = None, kinds: list[Literal['a', 'b']] = []"
    functions = found(
        work=body("work", "return {'n': n, 'when': when, 'kinds': kinds}", parameters=parameters, head=head)
    )
    result = asyncio.run(functions.run(FunctionCall("1", "work", arguments), CONTEXT))
    json.dumps(result, allow_nan=False)
    assert result["status"] == "ok" or (result["status"] == "invalid_arguments" and result["message"])
