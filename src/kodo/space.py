"""Search spaces: where a hyperparameter may be looked for, declared beside its default."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Linear:
    """All values from `low` to `high`, evenly; whole numbers when both ends are whole numbers."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Log:
    """All values from `low` to `high`, evenly in the logarithm; whole numbers when both ends are."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}, log"


@dataclass(frozen=True)
class Choices:
    """One of the listed values."""

    values: tuple[Any, ...]

    def __str__(self) -> str:
        return " | ".join(map(str, self.values))


Space = Linear | Log | Choices


def setting(default: Any, says: str, space: Space | None = None) -> Any:
    """A dataclass field with its default, one line of meaning, and where a search may look.

    Args:
        default: the value when the user says nothing (a tuple or scalar, never a list).
        says: the meaning and unit in one line; shown by the command line and in the docs.
        space: where `kodo tune` may search; None means that it is not searched.
    """
    return field(default=default, metadata={"says": says, "space": space})


def spaces(settings: type) -> dict[str, Space]:
    """The search space of every field of a settings dataclass that declares one."""
    return {f.name: f.metadata["space"] for f in fields(settings) if f.metadata.get("space") is not None}


def meanings(settings: type) -> dict[str, tuple[Any, str]]:
    """Default and one-line meaning of every field of a settings dataclass."""
    return {
        f.name: (None if f.default is MISSING else f.default, str(f.metadata.get("says", "")))
        for f in fields(settings)
    }
