import math
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Literal

import pytest

from kodo.space import (
    COUNT,
    SHARE,
    Choices,
    Linear,
    Log,
    Range,
    conditions,
    faults,
    limits,
    meanings,
    position_of,
    setting,
    spaces,
    value_at,
    whole,
)


@dataclass(frozen=True)
class Settings:
    rate: float = setting(1e-3, "step of the optimiser", Log(1e-5, 1e-1))
    width: int = setting(64, "channels", Choices((32, 64)), when={"name": ("adam",)})
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


def test_what_a_setting_depends_on() -> None:
    assert conditions(Settings) == {
        "rate": {}, "width": {"name": ("adam",)}, "name": {}, "bare": {}, "needed": {}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("allowed", "inside", "outside", "says"),
    [
        (COUNT, (1, 1.0, 10**400), (0, -1, "1", None), "at least 1"),
        (SHARE, (0, 0.0, 0.999), (-1e-9, 1, 1.0), "at least 0 and below 1"),
        (Range(above=0, most=1), (1e-9, 1), (0, 1.001), "above 0 and at most 1"),
        (Range(), (-1e9, 0), (), "a finite number"),
    ],
)
def test_ranges(allowed: Range, inside: tuple, outside: tuple, says: str) -> None:
    assert str(allowed) == says
    assert all(value in allowed for value in inside)
    assert not any(value in allowed for value in (*outside, math.nan, math.inf, -math.inf))


@dataclass(frozen=True)
class Limited:
    count: int = setting(3, "at least 1, as nothing else is said")
    none: int = setting(0, "0 means none", allowed=Range(least=0))
    share: float = setting(0.5, "left out", allowed=SHARE)
    free: float = setting(-2.0, "any number")
    word: Literal["one", "two"] = setting("one", "a word")
    flag: bool = setting(False, "no number")
    text: str = setting("", "no number")


def test_what_settings_may_be() -> None:
    assert limits(Limited) == {
        "count": COUNT,
        "none": Range(least=0),
        "share": SHARE,
        "free": Range(),
        "word": Choices(("one", "two")),
    }
    assert faults(Limited()) == []
    assert faults(Limited(count=0, none=-1, share=1.0, free=math.inf, word="three")) == [
        "count is at least 1; got 0",
        "none is at least 0; got -1",
        "share is at least 0 and below 1; got 1.0",
        "free is a finite number; got inf",
        "word is one of one | two; got 'three'",
    ]


def test_a_setting_is_an_ordinary_default() -> None:
    assert Settings(needed=1).width == 64
    assert Settings(needed=1, width=32).width == 32


def test_a_list_as_default_is_refused() -> None:
    with pytest.raises(ValueError, match="mutable default"):
        dataclass(type("Bad", (), {"__annotations__": {"x": list}, "x": setting([], "no")}))


def test_spaces_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Linear(0, 1).low = 2  # type: ignore[misc]


def test_whole_numbers_are_meant_where_both_ends_are() -> None:
    assert whole(Linear(1, 9))
    assert whole(Log(8, 1024))
    assert not whole(Linear(0.0, 1.0))
    assert not whole(Linear(0, 0.5))


@pytest.mark.parametrize(
    "space", [Linear(0.0, 0.6), Log(1e-5, 1e-1), Linear(1, 9), Log(8, 1024), Choices(("a", "b", "c"))]
)
def test_positions_cover_a_space_and_nothing_else(space) -> None:
    ends = space.values if isinstance(space, Choices) else (space.low, space.high)
    assert value_at(space, 0.0) == pytest.approx(ends[0])
    assert value_at(space, 1 - 2**-53) == pytest.approx(ends[-1])
    for step in range(101):
        value = value_at(space, step / 101)
        place = position_of(space, value)
        assert place is not None
        assert 0 <= place <= 1
        if not isinstance(space, Choices):
            assert isinstance(value, int) == whole(space)


def test_the_middle_of_a_logarithm_is_the_geometric_mean() -> None:
    assert value_at(Log(1e-5, 1e-1), 0.5) == pytest.approx(1e-3)
    assert position_of(Log(1e-5, 1e-1), 1e-3) == pytest.approx(0.5)
    assert value_at(Linear(0.0, 0.6), 0.5) == pytest.approx(0.3)


def test_every_whole_number_and_every_choice_gets_its_share() -> None:
    positions = [step / 9000 for step in range(9000)]
    counts = [sum(value_at(Linear(1, 9), p) == value for p in positions) for value in range(1, 10)]
    assert all(math.isclose(count, 1000, abs_tol=1) for count in counts)
    chosen = [value_at(Choices((False, True)), p) for p in positions]
    assert chosen.count(True) == 4500


def test_what_a_space_does_not_hold_has_no_position() -> None:
    assert position_of(Linear(0.0, 0.6), 0.7) is None
    assert position_of(Log(1e-6, 1e-1), 0.0) is None
    assert position_of(Linear(0, 1), True) is None
    assert position_of(Linear(0, 1), "a") is None
    assert position_of(Choices((0.0, 0.1)), 0.2) is None
    assert position_of(Linear(3, 3), 3) == 0.0
    assert position_of(Choices(("only",)), "only") == 0.0
