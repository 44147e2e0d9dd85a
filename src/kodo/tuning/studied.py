"""A study as its folder holds it: what was asked, and every trial so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kodo.tuning.study import Arm, Study
    from kodo.tuning.trial import Trial

FINAL = "final"
"""Below a study's folder: the run folder of its final comparison."""

OUTER = "outer-"
"""Below a nested study's folder: one study for each outer fold, with its number from 1."""


@dataclass(frozen=True)
class Studied:
    """A study and its trials.

    Args:
        study: what was asked.
        arms: what it compares.
        trials: by name of the arm, ascending number; under way, some are missing.
        dataset: `dataset.json`, as in a run folder.
    """

    study: Study
    arms: tuple[Arm, ...]
    trials: Mapping[str, tuple[Trial, ...]]
    dataset: Mapping[str, Any]


def folds_of(folder: Path) -> tuple[Path, ...]:
    """The folders of a nested study's outer folds, in their order; none where a study is not nested.

    Args:
        folder: of the study.
    """
    found = [path for path in folder.glob(f"{OUTER}*") if path.name.removeprefix(OUTER).isdecimal()]
    return tuple(sorted(found, key=lambda path: int(path.name.removeprefix(OUTER))))
