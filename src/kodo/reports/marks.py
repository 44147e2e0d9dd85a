"""The checks of a run as a row of named marks."""

from __future__ import annotations

from dataclasses import dataclass

from kodo.experiments.health import GRAVITY, run_checks
from kodo.experiments.summary import Run

SIGNS = {"issue": "!", "tip": "→", "passed": "✓", "skipped": "○", "not applicable": "–"}
"""The sign of each outcome, so that it is told without colour."""


@dataclass(frozen=True)
class Mark:
    """One check over a whole run.

    Args:
        code: of the check.
        title: what it says when it is passed.
        outcome: the one that most needs reading.
        says: what was found.
    """

    code: str
    title: str
    outcome: str
    says: str

    @property
    def sign(self) -> str:
        """The sign of its outcome."""
        return SIGNS[self.outcome]

    @property
    def loud(self) -> bool:
        """Whether it is worth reading at once."""
        return self.outcome in ("issue", "tip")


def marks(run: Run) -> list[Mark]:
    """One mark per check, what most needs reading first.

    Args:
        run: its records.
    """
    made = [Mark(**check) for check in run_checks(run)]
    return sorted(made, key=lambda mark: GRAVITY.index(mark.outcome))
