from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from kodo import registry
from kodo.errors import KodoError
from kodo.registry import Registry

TABLE = (("sine", "math:sin"), ("lumps", "lumpy.missing:LUMP"))


def made(monkeypatch: pytest.MonkeyPatch, points: tuple[EntryPoint, ...] = ()) -> Registry[Any]:
    monkeypatch.setattr(registry, "entry_points", lambda group: [p for p in points if p.group == group])
    return Registry("wave", TABLE, group="kodo.waves")


def point(name: str, value: str = "math:cos", group: str = "kodo.waves") -> EntryPoint:
    return EntryPoint(name, value, group)


def test_an_entry_is_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import math

    assert made(monkeypatch).get("sine") is math.sin


def test_entries_are_imported_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waves = made(monkeypatch)
    assert waves.names() == ["sine", "lumps"]
    assert "lumpy" not in sys.modules
    with pytest.raises(ModuleNotFoundError, match="lumpy"):
        waves.get("lumps")


def test_an_unknown_name_suggests_near_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KodoError, match=r"There is no wave 'sin'\. Did you mean 'sine'\?"):
        made(monkeypatch).get("sin")


def test_a_name_that_stands_twice_is_a_bug() -> None:
    with pytest.raises(ValueError, match="wave named twice: \\['a'\\]"):
        Registry[Any]("wave", (("a", "x:y"), ("b", "x:y"), ("a", "x:z")), group="kodo.waves")


def test_other_packages_add_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    import math

    waves = made(monkeypatch, (point("cosine"), point("elsewhere", group="other")))
    assert waves.names() == ["sine", "lumps", "cosine"]
    assert "cosine" in waves
    assert "tangent" not in waves
    assert waves.get("cosine") is math.cos


def test_entry_points_are_not_read_for_a_name_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(group: str) -> list[EntryPoint]:
        raise AssertionError("entry points were read")

    monkeypatch.setattr(registry, "entry_points", never)
    Registry[Any]("wave", TABLE, group="kodo.waves").get("sine")


@pytest.mark.parametrize("points", [(point("sine"),), (point("new"), point("new", "math:tan"))])
def test_a_foreign_name_that_is_taken_is_refused(
    monkeypatch: pytest.MonkeyPatch, points: tuple[EntryPoint, ...]
) -> None:
    with pytest.raises(KodoError, match="Two waves are named"):
        made(monkeypatch, points).names()
