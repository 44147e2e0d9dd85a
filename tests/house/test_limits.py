"""Sizes, names and words: what keeps the house small enough to know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from house import ROOT, SOURCE, Module, modules

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60
ARGUMENTS = 8
FILES_OF_A_FOLDER = 13
FORBIDDEN_ROOMS = (
    "util",
    "utils",
    "common",
    "base",
    "core",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
)
MACHINE = re.compile(r"/(?:work|home|root|Users|mnt|opt)/\w+")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def size(function: Function) -> int:
    """Lines of a function without its docstring, which the house wants complete."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function):
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def python_files() -> list[Path]:
    return [p for folder in ("src", "tests", "docs") for p in sorted((ROOT / folder).rglob("*.py"))]


def texts() -> list[Path]:
    names = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "Makefile", "pyproject.toml")
    pages = sorted((ROOT / "docs").glob("*.md"))
    return [*python_files(), *(ROOT / name for name in (*names, "constraints.txt", ".ci/run")), *pages]


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_has_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_OF_A_FILE


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_a_function_fits_a_screen(module: Module) -> None:
    long = [f.name for f in functions(module.tree) if size(f) > LINES_OF_A_FUNCTION]
    assert long == []


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_a_function_asks_for_few_things(module: Module) -> None:
    # The command line's functions are exempt: there, an argument is an option that the user reads.
    if module.room == "cli":
        return
    many = []
    for function in functions(module.tree):
        asked = [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
        if len([a for a in asked if a not in ("self", "cls")]) > ARGUMENTS:
            many.append(function.name)
    assert many == []


def test_rooms_are_named_after_things() -> None:
    assert [m.name for m in modules() if set(m.name.split(".")) & set(FORBIDDEN_ROOMS)] == []


def test_a_folder_has_one_idea() -> None:
    full = {}
    for folder in [SOURCE, *(p for p in SOURCE.rglob("*") if p.is_dir())]:
        count = len([p for p in folder.glob("*.py") if p.name != "__init__.py"])
        if folder.name not in ("readers", "models", "cli") and count > FILES_OF_A_FOLDER:
            full[folder.name] = count
    assert full == {}


def test_the_doors_of_the_rooms_are_empty() -> None:
    doors = [p for p in SOURCE.rglob("__init__.py") if p.parent != SOURCE]
    assert [str(p) for p in doors if p.read_text().strip()] == []


@pytest.mark.parametrize("path", texts(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_path_of_one_machine(path: Path) -> None:
    assert MACHINE.findall(path.read_text(encoding="utf-8")) == []


def test_the_rule_for_paths_sees_one() -> None:
    assert MACHINE.search("KODO_DATA=" + "/ho" + "me/ann/data")


def called(tree: ast.AST, name: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_only_the_command_line_prints(module: Module) -> None:
    if module.room != "cli":
        assert called(module.tree, "print") == []


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_nothing_swallows_a_bug(module: Module) -> None:
    handlers = [n for n in ast.walk(module.tree) if isinstance(n, ast.ExceptHandler)]
    wide = [
        h.lineno
        for h in handlers
        if (h.type is None or re.search(r"\b(Base)?Exception\b", ast.unparse(h.type)))
        # What tidies up and raises again swallows nothing.
        and ast.unparse(h.body[-1]) != "raise"
    ]
    assert len(wide) <= (1 if module.name == "kodo.cli.main" else 0), f"lines {wide}"
