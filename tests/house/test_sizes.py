"""Small enough to be read: files, functions, classes; and names that say the thing."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.tree import ROOT, own_files

FILE_LINES, FUNCTION_LINES, PUBLIC_METHODS = 300, 40, 12
EMPTY_NAMES = {"manager", "helper", "helpers", "util", "utils", "common", "misc", "base", "handler", "processor"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(function: Function) -> int:
    """Lines of a function, without its docstring."""
    doc = function.body[0]
    has_doc = isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant) and isinstance(doc.value.value, str)
    docstring = (doc.end_lineno or 0) - doc.lineno + 1 if has_doc else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def public_methods(class_: ast.ClassDef) -> list[str]:
    """Public methods of a class; properties are attributes and do not count."""
    return [
        item.name
        for item in class_.body
        if isinstance(item, Function)
        and not item.name.startswith("_")
        and not any(isinstance(mark, ast.Name) and mark.id == "property" for mark in item.decorator_list)
    ]


def words(name: str) -> set[str]:
    """Words of a snake_case or CamelCase name, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def too_large(source: str, name: str) -> list[str]:
    """What exceeds a bound in a module, as sentences."""
    found = []
    if (count := len(source.splitlines())) > FILE_LINES:
        found.append(f"{name}: {count} lines")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function) and (count := lines_of(node)) > FUNCTION_LINES:
            found.append(f"{name}:{node.lineno}: {node.name} has {count} lines")
        if isinstance(node, ast.ClassDef) and (count := len(public_methods(node))) > PUBLIC_METHODS:
            found.append(f"{name}:{node.lineno}: {node.name} has {count} public methods")
    return found


def empty_names(source: str, name: str) -> list[str]:
    """File and class names that say nothing, as sentences."""
    classes = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    return [f"{name}: {noun}" for noun in [Path(name).stem, *classes] if words(noun) & EMPTY_NAMES]


def python_files() -> dict[str, str]:
    """Source of every Python file of the project, by its path."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in own_files()
        if path.suffix == ".py"
    }


def test_files_functions_and_classes_stay_small() -> None:
    files = python_files()
    assert len(files) > 20
    found = [line for name, source in files.items() for line in too_large(source, name)]
    assert not found, "\n".join(found)


def test_names_say_the_thing() -> None:
    found = [line for name, source in python_files().items() for line in empty_names(source, name)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n" * (FILE_LINES + 1),
        "def f():\n" + "    x = 1\n" * FUNCTION_LINES,
        "class C:\n" + "".join(f"    def m{i}(self): ...\n" for i in range(PUBLIC_METHODS + 1)),
    ],
)
def test_a_planted_giant_is_seen(source: str) -> None:
    assert too_large(source, "planted.py")


def test_a_docstring_and_properties_do_not_count() -> None:
    prose = '    """One.\n' + "\n    more" * FUNCTION_LINES + '\n    """\n'
    properties = "".join(f"    @property\n    def p{i}(self): ...\n" for i in range(PUBLIC_METHODS + 1))
    assert too_large(f"def f():\n{prose}    return 1\nclass C:\n{properties}", "planted.py") == []


@pytest.mark.parametrize(("name", "source"), [("utils.py", ""), ("store.py", "class StoreManager: ...")])
def test_a_planted_empty_name_is_seen(name: str, source: str) -> None:
    assert empty_names(source, name)


@pytest.mark.parametrize("name", ["basin.py", "baseline.py", "commonwealth.py"])
def test_a_full_name_is_left_alone(name: str) -> None:
    assert empty_names("class HandlerlessBasin_: ...", name) == []
