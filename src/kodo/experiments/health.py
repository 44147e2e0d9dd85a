"""The checks of a fit, of the data, and of a run as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.inspection.clock import LINES, STAMPS
from kodo.datasets.inspection.copies import equal
from kodo.datasets.recording import Recordings
from kodo.evaluation.checks import (
    Check,
    check_absent,
    check_card,
    check_copies,
    check_enough,
    check_given_away,
    check_majority,
    check_people,
    check_samples,
    check_scaler,
    check_training,
)
from kodo.evaluation.score import score
from kodo.evaluation.split import LeakySplit, Split
from kodo.experiments.summary import HEADLINE, MAJORITY, Run, rows
from kodo.windows.cut import Windows

GRAVITY = ("issue", "tip", "skipped", "passed", "not applicable")
"""Outcomes, the one that most needs reading first."""


def fit_checks(
    windows: Windows, division: Split | LeakySplit, learned_from: NDArray[np.int64] | None
) -> list[Check]:
    """What can be checked of one fold.

    Args:
        windows: what the rows are positions of.
        division: the fold.
        learned_from: (window,) positions from which the fit took constants; None where it took none.
    """
    return [
        check_people(windows, division),
        check_samples(windows, division),
        check_scaler(windows, division, learned_from),
        check_training(windows, division),
    ]


def data_checks(recordings: Recordings, windows: Windows) -> list[Check]:
    """What can be checked of the data before anything is trained.

    Args:
        recordings: as loaded.
        windows: cut from them.
    """
    card = recordings.card
    units = {channel.name: channel.unit for channel in card.channels}
    found = [{channel.name: channel.unit for channel in r.channels} for r in recordings]
    told: dict[str, list[str]] = {
        "place": [", ".join(sorted({channel.place for channel in r.channels})) for r in recordings],
        "device": [", ".join(sorted({channel.device for channel in r.channels} - {""})) for r in recordings],
        "rate": [f"{r.rate:g} Hz" for r in recordings],
        "session": [r.session for r in recordings],
    }
    # What time stamps and lines were like says nothing about how a recording was made.
    for name in sorted({name for r in recordings for name in r.facts} - {*STAMPS, *LINES}):
        told[name] = [r.facts.get(name, "") for r in recordings]
    by_window = {name: [values[code] for code in windows.recording] for name, values in told.items()}
    return [
        check_card(card.rate, units, [r.rate for r in recordings], found),
        check_given_away(windows.label, by_window, windows.activities),
        check_absent(windows.label, windows.subject, windows.activities, windows.subjects, windows.called),
    ]


def plan_checks(
    recordings: Recordings, windows: Windows, divisions: Sequence[Split | LeakySplit]
) -> list[Check]:
    """What can be checked of the data and of how it is divided, before anything is trained.

    Args:
        recordings: as loaded.
        windows: cut from them.
        divisions: all folds.
    """
    return [*data_checks(recordings, windows), check_copies(windows, divisions, equal(recordings))]


def run_checks(run: Run) -> list[dict[str, Any]]:
    """All checks of a run, one per code: of its fits the one that most needs reading.

    Args:
        run: with its records.

    Returns:
        mappings with code, title, outcome and says, in the order of their codes.
    """
    per_fit = [check for record in run.records for check in record.facts["checks"]]
    everything = [*per_fit, *run.dataset["checks"], *(vars(check) for check in _scored(run))]
    found: dict[str, Mapping[str, Any]] = {}
    for check in everything:
        known = found.get(check["code"])
        if known is None or GRAVITY.index(check["outcome"]) < GRAVITY.index(known["outcome"]):
            found[check["code"]] = check
    return [dict(found[code]) for code in sorted(found)]


def _scored(run: Run) -> Sequence[Check]:
    *models, majority = rows(run)
    assert majority.model == MAJORITY
    headline = HEADLINE[0]
    found = [check_enough(len(majority.people), len(models) - 1, subjects=run.subjects)]
    floor = score(headline, majority.scores[headline], majority.people)
    for row in models:
        if row.people == majority.people:
            verdict = check_majority(score(headline, row.scores[headline], row.people), floor)
            found.append(Check(verdict.code, verdict.title, verdict.outcome, f"{row.model}: {verdict.says}"))
    return found
