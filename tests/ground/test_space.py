from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from kodo.space import Choices, Linear, Log, meanings, setting, spaces


@dataclass(frozen=True)
class Settings:
    rate: float = setting(1e-3, "step of the optimiser", Log(1e-5, 1e-1))
    width: int = setting(64, "channels", Choices((32, 64)))
    name: str = setting("adam", "the optimiser")
    bare: float = 0.5
    needed: int = field(kw_only=True)


def test_only_fields_with_a_space_are_searched() -> None:
    assert spaces(Settings) == {"rate": Log(1e-5, 1e-1), "width": Choices((32, 64))}


def test_defaults_and_meanings() -> None:
    assert meanings(Settings) == {
        "rate": (1e-3, "step of the optimiser"),
        "width": (64, "channels"),
        "name": ("adam", "the optimiser"),
        "bare": (0.5, ""),
        "needed": (None, ""),
    }


def test_a_setting_is_an_ordinary_default() -> None:
    assert Settings(needed=1).width == 64
    assert Settings(needed=1, width=32).width == 32


def test_a_list_as_default_is_refused() -> None:
    with pytest.raises(ValueError, match="mutable default"):
        dataclass(type("Bad", (), {"__annotations__": {"x": list}, "x": setting([], "no")}))


def test_spaces_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Linear(0, 1).low = 2  # type: ignore[misc]
