"""pyproject.toml, the pages beside it and the package say the same."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions, version

import kodo
from house import ROOT, imports, modules, project

NAME = re.compile(r"^[A-Za-z0-9_.-]+")
RENAMED = {"sklearn": "scikit-learn", "tomli_w": "tomli-w", "PIL": "pillow"}


def name(line: str) -> str:
    match = NAME.match(line)
    assert match, line
    return match[0].lower()


def declared() -> set[str]:
    settings = project()["project"]
    lists = [settings["dependencies"], *settings["optional-dependencies"].values()]
    return {name(line) for lines in lists for line in lines}


def test_one_version() -> None:
    assert project()["project"]["version"] == version("kodo") == kodo.__version__


def test_the_changelog_and_the_citation_know_the_version() -> None:
    number = re.escape(project()["project"]["version"])
    assert re.search(rf"^## {number}", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert re.search(rf"^version: {number}$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)


def test_the_licence_is_complete() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text.splitlines()) == 202


def test_every_dependency_says_what_for() -> None:
    lines = (ROOT / "pyproject.toml").read_text().split("[project]")[1].split("[project.scripts]")[0]
    named = [line for line in lines.splitlines() if re.search(r'"[a-z][\w.-]*(\[.*\])?[<>=~]', line)]
    bare = [line.strip() for line in named if "#" not in line and "requires-python" not in line]
    assert len(named) >= len(declared()) - 4
    assert bare == []


def foreign(tree: ast.AST) -> set[str]:
    """The packages that a file imports and that neither Python nor this project brings."""
    tops = {item.name.split(".")[0] for item in imports(tree)}
    return {RENAMED.get(top, top) for top in tops} - set(sys.stdlib_module_names) - {"kodo"}


def test_what_is_imported_is_declared() -> None:
    lost = {m.name: names for m in modules() if (names := foreign(m.tree) - declared())}
    assert lost == {}


def test_what_tests_import_is_declared() -> None:
    files = [
        p for folder in ("tests", "docs", "benchmarks", "examples") for p in (ROOT / folder).rglob("*.py")
    ]
    own = {path.stem for path in files}
    lost = {
        path.name: names
        for path in files
        if (names := foreign(ast.parse(path.read_text())) - declared() - own)
    }
    assert lost == {}


def test_what_is_needed_is_used() -> None:
    used = {i.name.split(".")[0] for m in modules() for i in imports(m.tree)}
    needed = {name(line) for line in project()["project"]["dependencies"]}
    # torch's exporter imports onnxscript; kodo never does.
    assert sorted(needed - {RENAMED.get(u, u) for u in used} - {"onnxscript"}) == []


DOORS = ["demo", "test", "test-all", "docs", "benchmarks", "picture", "clean"]


def test_the_makefile_has_the_doors_that_are_promised() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert [door for door in DOORS if not re.search(rf"^{door}:", makefile, re.MULTILINE)] == []


def test_ci_only_opens_doors() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert re.findall(r"^make .*$", script, re.MULTILINE) == ["make test", "make test-all"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_typed_and_installed_under_one_name() -> None:
    assert (ROOT / "src" / "kodo" / "py.typed").is_file()
    assert "kodo" in packages_distributions().get("kodo", ["kodo"])
