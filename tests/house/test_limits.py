"""Sizes, names and words: what keeps the house small enough to know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from house import ROOT, SOURCE, modules

FOLDERS = ("src", "tests", "docs", "benchmarks", "examples")
LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60
ARGUMENTS = 8
FILES_OF_A_FOLDER = 12
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
WIDE = re.compile(r"\b(Base)?Exception\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def size(function: Function) -> int:
    """Lines of a function, its docstring included."""
    return (function.end_lineno or 0) - function.lineno + 1


def python_files() -> list[Path]:
    return [p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py"))]


def texts() -> list[Path]:
    names = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "Makefile", "pyproject.toml")
    pages = sorted((ROOT / "docs").glob("*.md"))
    return [*python_files(), *(ROOT / name for name in (*names, "constraints.txt", ".ci/run")), *pages]


def test_a_file_has_one_idea() -> None:
    long = {str(p): len(p.read_text(encoding="utf-8").splitlines()) for p in python_files()}
    assert {path: lines for path, lines in long.items() if lines > LINES_OF_A_FILE} == {}


def test_a_function_fits_a_screen() -> None:
    sizes = {f"{m.path}:{f.lineno} {f.name}": size(f) for m in modules() for f in functions(m.tree)}
    assert {name: lines for name, lines in sizes.items() if lines > LINES_OF_A_FUNCTION} == {}


def asked(function: Function) -> int:
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def test_a_function_asks_for_few_things() -> None:
    # The command line's functions are exempt: there, an argument is an option that the user reads.
    counts = {
        f"{m.path}:{f.lineno} {f.name}": asked(f)
        for m in modules()
        for f in functions(m.tree)
        if m.room != "cli"
    }
    assert {name: count for name, count in counts.items() if count > ARGUMENTS} == {}


def test_rooms_are_named_after_things() -> None:
    assert [m.name for m in modules() if set(m.name.split(".")) & set(FORBIDDEN_ROOMS)] == []


def test_a_folder_has_one_idea() -> None:
    full = {}
    for folder in [SOURCE, *(p for p in SOURCE.rglob("*") if p.is_dir())]:
        count = len([p for p in folder.glob("*.py") if p.name != "__init__.py"])
        # These three hold one file per entry: of the catalogue, of the model table, of the command line.
        if folder.name not in ("readers", "models", "cli") and count > FILES_OF_A_FOLDER:
            full[folder.name] = count
    assert full == {}


def test_the_doors_of_the_rooms_are_empty() -> None:
    doors = [p for p in SOURCE.rglob("__init__.py") if p.parent != SOURCE]
    assert [str(p) for p in doors if p.read_text().strip()] == []


def test_no_path_of_one_machine() -> None:
    found = {str(path): MACHINE.findall(path.read_text(encoding="utf-8")) for path in texts()}
    assert {path: paths for path, paths in found.items() if paths} == {}


def test_the_rule_for_paths_sees_one() -> None:
    assert MACHINE.search("KODO_DATA=" + "/ho" + "me/ann/data")


def called(tree: ast.AST, name: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def test_only_the_command_line_prints() -> None:
    printed = [f"{m.path}:{n}" for m in modules() if m.room != "cli" for n in called(m.tree, "print")]
    assert printed == []


def swallowing(tree: ast.AST) -> list[int]:
    """Lines of handlers that take every exception and do not raise it again."""
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    wide = [h for h in handlers if h.type is None or WIDE.search(ast.unparse(h.type))]
    return [h.lineno for h in wide if ast.unparse(h.body[-1]) != "raise"]


def test_nothing_swallows_a_bug() -> None:
    found = {m.name: lines for m in modules() if (lines := swallowing(m.tree))}
    # The one place where everything becomes words and an exit code.
    assert len(found.pop("kodo.cli.main", [])) <= 1
    assert found == {}


def test_the_rule_for_handlers_sees_both() -> None:
    assert swallowing(ast.parse("try:\n    f()\nexcept (OSError, Exception):\n    pass")) == [3]
    assert swallowing(ast.parse("try:\n    f()\nexcept:\n    pass")) == [3]
    assert swallowing(ast.parse("try:\n    f()\nexcept BaseException:\n    tidy()\n    raise")) == []
    assert swallowing(ast.parse("try:\n    f()\nexcept OSError:\n    pass")) == []
