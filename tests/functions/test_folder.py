"""The folder `functions`: one file, one function, nothing else, and each of them usable."""

from function_calls import FOLDER, discover


def test_every_file_is_a_function_without_a_problem() -> None:
    functions = discover()
    assert functions.load() == []
    files = {path.name for path in FOLDER.iterdir() if path.name != "__pycache__"}
    assert files == {f"{declaration.name}.py" for declaration in functions.declarations}
