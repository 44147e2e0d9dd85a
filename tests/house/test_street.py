"""An import goes down the street, never up and never to a neighbour on the same floor."""

from __future__ import annotations

import ast
from pathlib import Path

from house import Import, Module, imports, modules

FLOORS = {
    "errors": 0,
    **dict.fromkeys(("registry", "space", "units", "files", "extras"), 1),
    "datasets": 2,
    "models": 2,
    "windows": 3,
    "evaluation": 4,
    "training": 5,
    "experiments": 6,
    "bundle": 6,
    "tuning": 7,
    "reports": 8,
    "street": 9,
    "cli": 10,
    **dict.fromkeys(("", "__main__"), 11),
}
"""The street, from the ground up; "" is the package itself, which hands its names on when asked."""

TORCH = ("torch", "onnxscript", "sklearn")
UNKNOWN_TO = {
    "datasets": TORCH,
    "evaluation": (*TORCH, "kodo.datasets.store", "kodo.datasets.readers"),
    "reports": (*TORCH, "kodo.models", "kodo.training", "kodo.windows", "kodo.datasets.store"),
    "bundle": ("torch", "kodo.windows.prepare"),
}
"""What a room must not import, not even inside a function."""

EXPORT = ("kodo.bundle.export", "kodo.bundle.graph", "kodo.bundle.parity")
"""The rooms of the bundle in which torch is at home: they write bundles, none of them opens one."""


def room_of(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def uphill(module: Module) -> list[Import]:
    here = FLOORS[module.room]
    found = []
    for item in imports(module.tree):
        if item.name.split(".")[0] != "kodo" or room_of(item.name) == module.room:
            continue
        channel_type = item.types_only and item.name == "kodo.datasets.recording.Channel"
        if module.room == "models" and channel_type:
            continue
        the_house_itself = item.name == "kodo" or room_of(item.name) not in FLOORS
        if the_house_itself and module.room == "cli":
            continue
        if the_house_itself or FLOORS[room_of(item.name)] >= here:
            found.append(item)
    return found


def known_in_vain(module: Module) -> list[Import]:
    """Imports, at any moment of its run, of what the module's room should know nothing of."""
    banned = () if module.name in EXPORT else UNKNOWN_TO.get(module.room, ())
    return [
        item
        for item in imports(module.tree)
        if not item.types_only and any(item.name == b or item.name.startswith(b + ".") for b in banned)
    ]


def test_every_file_is_in_a_room_of_the_street() -> None:
    assert [m.name for m in modules() if m.room not in FLOORS] == []


def test_imports_go_down() -> None:
    assert [f"{m.path}:{i.line} {i.name}" for m in modules() for i in uphill(m)] == []


def test_a_room_does_not_know_what_it_should_not() -> None:
    assert [f"{m.path}:{i.line} {i.name}" for m in modules() for i in known_in_vain(m)] == []


def test_imports_are_absolute() -> None:
    assert [f"{m.path}:{i.line}" for m in modules() for i in imports(m.tree) if i.name.startswith(".")] == []


def written(name: str, text: str) -> Module:
    return Module(name, Path(), text, ast.parse(text))


def test_the_rules_see_what_breaks_them() -> None:
    def broken(name: str, text: str) -> int:
        return len(uphill(written(name, text)))

    assert broken("kodo.windows.x", "def f():\n    from kodo.training.trainer import Recipe") == 1
    assert broken("kodo.models.x", "from kodo.datasets.recording import Channel") == 1
    assert broken("kodo.models.x", "if TYPE_CHECKING:\n    from kodo.datasets.recording import Channel") == 0
    assert (
        broken("kodo.models.x", "if TYPE_CHECKING:\n    from kodo.datasets.recording import Recording") == 1
    )
    assert known_in_vain(written("kodo.evaluation.x", "def f():\n    import torch.nn"))
    assert not known_in_vain(written("kodo.bundle.export", "import torch"))
    assert broken("kodo.bundle.x", "import kodo.experiments.fit") == 1
    assert broken("kodo.experiments.x", "from kodo.windows.cut import cut\nfrom kodo.errors import near") == 0
