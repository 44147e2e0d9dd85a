"""Every public thing says what it is, and every array says its shape."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from house import Module, modules

ARRAY = re.compile(r"\b(NDArray|Tensor|Rows)\b")
SHAPE = re.compile(r"\((\w|\d)[\w\d ,+*/.-]*\)")
FLOOR = 0.95

Public = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(module: Module) -> Iterator[tuple[str, Public]]:
    """Public functions, classes and methods; a method inherits its meaning when its class is private."""
    for node in module.tree.body:
        if not isinstance(node, Public) or node.name.startswith("_"):
            continue
        yield node.name, node
        if isinstance(node, ast.ClassDef):
            for child in node.body:
                if isinstance(child, Public) and not child.name.startswith("_"):
                    yield f"{node.name}.{child.name}", child


def overloaded(node: Public) -> bool:
    return any("overload" in ast.unparse(decorator) for decorator in node.decorator_list)


def of_protocol(module: Module, name: str) -> bool:
    owner = name.split(".")[0]
    classes = [n for n in module.tree.body if isinstance(n, ast.ClassDef) and n.name == owner]
    return bool(classes) and any("Protocol" in ast.unparse(base) for base in classes[0].bases)


# A network's forward is its interface; the class's docstring, or the contract of models, describes it.
KNOWN = ("forward",)


def bare(module: Module) -> list[str]:
    return [
        f"{module.name}: {name}"
        for name, node in public(module)
        if not ast.get_docstring(node)
        and not overloaded(node)
        and not of_protocol(module, name)
        and node.name not in KNOWN
    ]


def test_public_names_are_described() -> None:
    assert [name for module in modules() for name in bare(module)] == []


def test_every_file_begins_with_what_it_is() -> None:
    assert [m.name for m in modules() if m.tree.body and not ast.get_docstring(m.tree)] == []


def arrays(module: Module) -> Iterator[tuple[str, str, str]]:
    """(owner, name, what the docstring says) of every array that a public function or dataclass takes."""
    for owner, node in public(module):
        if overloaded(node) or node.name in KNOWN:
            continue
        described = ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef):
            if not any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
                continue
            items = [
                (child.target.id, child.annotation)
                for child in node.body
                if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name)
            ]
        else:
            everything = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            items = [(a.arg, a.annotation) for a in everything if a.annotation]
        for name, annotation in items:
            written = ast.unparse(annotation)
            if ARRAY.search(written) and "Callable" not in written and not name.startswith("_"):
                yield owner, name, said(described, name)


def said(described: str, name: str) -> str:
    """What a docstring says of an argument: its line and deeper ones; all of it where there is no list."""
    if not re.search(r"^(Args|Attributes):", described, re.MULTILINE):
        return described
    match = re.search(rf"^( *){name}: (.*(?:\n\1 +.*)*)", described, re.MULTILINE)
    return match[2] if match else ""


def test_arrays_say_their_shape() -> None:
    told, silent = 0, []
    for module in modules():
        for owner, name, line in arrays(module):
            if SHAPE.search(line):
                told += 1
            else:
                silent.append(f"{module.name}: {owner}({name})")
    assert told > 20, "the rule finds no arrays any more"
    assert told / (told + len(silent)) >= FLOOR, "\n".join(silent)


def test_the_rule_for_shapes_sees_both() -> None:
    text = "One line.\n\nArgs:\n    rows: (window,) positions,\n        whatever.\n    other: an array."
    assert SHAPE.search(said(text, "rows"))
    assert not SHAPE.search(said(text, "other"))
    assert said(text, "absent") == ""
    assert SHAPE.search(said("(window, class) of a signal (window, channel, time).", "signal"))
