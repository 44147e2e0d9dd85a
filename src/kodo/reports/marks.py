"""The checks of a run as a row of marks: those of its data, of its fits and of its scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kodo.evaluation.checks import check_enough, check_majority
from kodo.evaluation.score import Score
from kodo.experiments.summary import HEADLINE, Run
from kodo.reports.page import counted
from kodo.reports.results import Results

SIGNS = {"issue": "!", "tip": "→", "passed": "✓", "skipped": "○", "not applicable": "–"}
"""The sign of each outcome, gravest first."""


@dataclass(frozen=True)
class Mark:
    """One check over a whole run.

    Args:
        code: of the check.
        title: what it says when it is passed.
        outcome: the gravest one found.
        says: what was found, each sentence once.
        where: "in 3 of 15 fits", where not in all of them.
    """

    code: str
    title: str
    outcome: str
    says: tuple[str, ...]
    where: str

    @property
    def sign(self) -> str:
        """A sign that tells the outcome without colour."""
        return SIGNS[self.outcome]

    @property
    def loud(self) -> bool:
        """Whether it is worth reading at once."""
        return self.outcome in ("issue", "tip")


def marks(run: Run, results: Results) -> list[Mark]:
    """One mark per check, the gravest first.

    Args:
        run: its records.
        results: of its models.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for check in _all(run, results):
        found.setdefault(check["code"], []).append(check)
    order = list(SIGNS)
    made = []
    for code, checks in sorted(found.items()):
        outcome = min((check["outcome"] for check in checks), key=order.index)
        same = [check for check in checks if check["outcome"] == outcome]
        where = f"in {len(same)} of {counted(len(checks), 'case')}" if len(same) < len(checks) else ""
        says = tuple(dict.fromkeys(check["says"] for check in same))
        made.append(Mark(code, same[0]["title"], outcome, says, where))
    return sorted(made, key=lambda mark: order.index(mark.outcome))


def _all(run: Run, results: Results) -> Iterator[Mapping[str, Any]]:
    yield from run.dataset.get("checks", ())
    for record in run.records:
        yield from record.facts["checks"]
    majority = results.majority
    kind = HEADLINE[0]
    for model in results.models:
        if model.row.people == majority.people:
            check = check_majority(
                Score(kind, model.row.people, model.scores), Score(kind, majority.people, majority.scores[kind])
            )
            yield vars(check) | {"says": f"{model.name}: {check.says}"}
    comparisons = sum(model.against is not None for model in results.models)
    yield vars(check_enough(len(results.headline.row.people), comparisons))
