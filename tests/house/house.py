"""The source as the house's tests read it: as text and as syntax, never imported."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "kodo"


@dataclass(frozen=True)
class Module:
    """A file of the package.

    Args:
        name: as imported ("kodo.windows.cut").
        path: of the file.
        text: of the file.
        tree: its syntax.
    """

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The part of the house: "windows", or "errors" for a module on the ground."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""


@dataclass(frozen=True)
class Import:
    """An imported name: module, line, and whether only a type checker sees it."""

    name: str
    line: int
    types_only: bool


@cache
def modules() -> tuple[Module, ...]:
    """All files of the package."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found.append(Module(name, path, text, ast.parse(text)))
    return tuple(found)


def imports(tree: ast.AST, types_only: bool = False) -> Iterator[Import]:
    """Every import below a node, those inside functions included; `from a import b` gives "a.b"."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, types_only) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            yield from (Import(f"{start}.{alias.name}", node.lineno, types_only) for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for child in node.body:
                yield from imports(ast.Module([child], []), True)
            yield from imports(ast.Module(node.orelse, []), types_only)
        else:
            yield from imports(node, types_only)


def project() -> dict[str, Any]:
    """What stands in pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
