"""No transaction is open while anything but the database is waited for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = ("tests", "benchmarks")
OURS = sorted(
    path.relative_to(ROOT)
    for top in ROOT.iterdir()
    if not top.name.startswith(".") and top.name not in NOT_OURS
    for path in ([top] if top.suffix == ".py" else top.rglob("*.py"))
    if ".transaction()" in path.read_text("utf-8")
)


def test_only_storage_opens_transactions() -> None:
    assert {path.parts[0] for path in OURS} == {"storage"}


@pytest.mark.parametrize("path", OURS, ids=str)
def test_inside_of_a_transaction_every_wait_is_for_its_connection(path: Path) -> None:
    waits = [
        f"line {wait.lineno}: {ast.unparse(wait)}"
        for block, connection in _transactions(ast.parse((ROOT / path).read_text("utf-8")))
        for statement in block.body
        for wait in ast.walk(statement)
        if isinstance(wait, ast.Await | ast.AsyncWith | ast.AsyncFor)
        if connection not in {name.id for name in ast.walk(_waited_for(wait)) if isinstance(name, ast.Name)}
    ]
    assert not waits


def test_a_wait_for_something_else_is_seen() -> None:
    source = "async def f():\n async with db.transaction() as c:\n  await c.execute(1)\n  await send()"
    [(block, connection)] = _transactions(ast.parse(source))
    waits = [wait for wait in ast.walk(block) if isinstance(wait, ast.Await)]
    named = [{name.id for name in ast.walk(wait) if isinstance(name, ast.Name)} for wait in waits]
    assert [connection in names for names in named] == [True, False]


def _transactions(tree: ast.AST) -> Iterator[tuple[ast.AsyncWith, str]]:
    for block in ast.walk(tree):
        if isinstance(block, ast.AsyncWith):
            for item in block.items:
                if ast.unparse(item.context_expr).endswith(".transaction()"):
                    assert isinstance(item.optional_vars, ast.Name)
                    yield block, item.optional_vars.id


def _waited_for(wait: ast.Await | ast.AsyncWith | ast.AsyncFor) -> ast.AST:
    match wait:
        case ast.Await():
            return wait.value
        case ast.AsyncWith():
            return wait.items[0].context_expr
        case ast.AsyncFor():
            return wait.iter
