"""A study as its folder holds it: what was asked, and every trial so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kodo.tuning.study import Arm, Study
    from kodo.tuning.trial import Trial


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
