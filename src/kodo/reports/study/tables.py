"""The tables of a study as CSV: one line per trial, and one table per answer."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kodo.tuning.answers.answers import Answers, ArmAnswers
from kodo.tuning.answers.concentration import Where

if TYPE_CHECKING:
    from kodo.tuning.studied import Studied

Table = list[list[object]]

HEAD = ("arm", "trial", "phase", "state", "macro_f1", "epochs", "seconds")


def trial_keys(studied: Studied) -> list[str]:
    """The hyperparameters that any arm compares or searches, in the order of the arms.

    Args:
        studied: a study.
    """
    keys = [key for arm in studied.arms for key in (*arm.science, *(one.key for one in arm.searched))]
    return list(dict.fromkeys(keys))


def trials_table(studied: Studied) -> Table:
    """One line per trial, head first; the values that are compared stand beside those that are searched.

    Args:
        studied: a study.
    """
    keys = trial_keys(studied)
    rows: Table = [[*HEAD, *keys, "error"]]
    for arm in studied.arms:
        for trial in studied.trials.get(arm.name, ()):
            outcome = trial.outcome
            point = {**arm.science, **trial.point}
            facts = [arm.name, trial.number, trial.phase, outcome.state, _number(outcome.score, 6)]
            ends = [outcome.epochs, _number(outcome.seconds, 4)]
            rows.append([*facts, *ends, *(point.get(key, "") for key in keys), outcome.error])
    return rows


def arms_table(made: Answers) -> Table:
    """One line per arm, head first.

    Args:
        made: the answers of a study.
    """
    rows: Table = [["arm", "trials", "complete", "pruned", "failed", "best_trial", "macro_f1", "low", "high",
                    "median", "epochs", "seconds"]]  # fmt: skip
    for one in [*(arm.reached for arm in made.arms), *made.waiting]:
        ends = (one.interval.low, one.interval.high) if one.interval else (None, None)
        best = one.best if one.best >= 0 else ""
        scores = [_number(value, 6) for value in (one.score, *ends, one.median)]
        counts = [one.trials, one.complete, one.pruned, one.failed]
        rows.append([one.arm, *counts, best, *scores, one.epochs, _number(one.seconds, 4)])
    return rows


def concentration_table(arms: Sequence[ArmAnswers]) -> Table:
    """Where the search went and where the score was high, head first.

    Args:
        arms: with their answers.
    """
    ends = ("inside", "of", "share", "share_of_others", "p")
    heads = [
        f"{what}{end}" for what in ("searched_most", "score_high") for end in ("", *(f"_{e}" for e in ends))
    ]
    rows: Table = [["arm", "hyperparameter", "space", *heads, "best"]]
    for arm in arms:
        for one in arm.concentrations:
            pairs = max(len(one.searched), len(one.high), 1)
            for i in range(pairs):
                cells = [*_where(one.searched, i), *_where(one.high, i)]
                rows.append(
                    [arm.reached.arm, one.key, one.space, *cells, "" if one.best is None else one.best]
                )
    return rows


def effects_table(arms: Sequence[ArmAnswers]) -> Table:
    """The marginal effects, a line per part of a space, head first.

    Args:
        arms: with their answers.
    """
    rows: Table = [
        ["arm", "hyperparameter", "values", "macro_f1", "low", "high", "trials", "failed", "guided"]
    ]
    for arm in arms:
        for one in arm.effects:
            for level in one.levels:
                scores = [_number(value, 6) for value in (level.mean, level.low, level.high)]
                counts = [level.trials, level.failed, level.guided]
                rows.append([arm.reached.arm, one.key, level.says, *scores, *counts])
    return rows


def importance_table(arms: Sequence[ArmAnswers]) -> Table:
    """The importances, head first.

    Args:
        arms: with their answers.
    """
    rows: Table = [["arm", "hyperparameter", "share_of_variance", "low", "high", "explained"]]
    for arm in arms:
        for one in arm.importances.ranked:
            shares = [
                _number(value, 4) for value in (one.share, one.low, one.high, arm.importances.explained)
            ]
            rows.append([arm.reached.arm, one.key, *shares])
    return rows


def edges_table(arms: Sequence[ArmAnswers]) -> Table:
    """The best point in its ranges, head first.

    Args:
        arms: with their answers.
    """
    rows: Table = [["arm", "hyperparameter", "best", "position", "near", "next"]]
    for arm in arms:
        for one in arm.edges:
            rows.append([arm.reached.arm, one.key, one.value, _number(one.position, 4), one.side, one.next])
    return rows


def enough_table(arms: Sequence[ArmAnswers]) -> Table:
    """The best score to be expected of so many points, head first.

    Args:
        arms: with their answers.
    """
    rows: Table = [["arm", "points", "expected_best", "tenth", "nine_tenths"]]
    for arm in arms:
        found = arm.enough
        for line in zip(found.points, found.expected, found.low, found.high, strict=True):
            rows.append([arm.reached.arm, line[0], *(_number(value, 6) for value in line[1:])])
    return rows


def curves_table(arms: Sequence[ArmAnswers]) -> Table:
    """The curves that are shown, a line per epoch, head first.

    Args:
        arms: with their answers.
    """
    shown = [(arm.reached.arm, one) for arm in arms for one in arm.curves]
    names = list(dict.fromkeys(name for _, one in shown for name in one.curves))
    rows: Table = [["arm", "schedule", "which", "trial", "macro_f1", "epoch", *names, "diagnosis"]]
    for arm, one in shown:
        for epoch in range(max(map(len, one.curves.values()))):
            values = [_number(one.curves[name][epoch], 5) if epoch < len(one.curves.get(name, ())) else ""
                      for name in names]  # fmt: skip
            facts = [arm, one.form, one.which, one.trial, _number(one.score, 6), epoch + 1]
            rows.append([*facts, *values, one.diagnosis.says])
    return rows


def final_table(made: Answers) -> Table:
    """The final comparison on the reserved people, head first.

    Args:
        made: the answers of a study.
    """
    rows: Table = [["model", "people", "macro_f1", "low", "high", "difference", "difference_low",
                    "difference_high", "p", "outcome"]]  # fmt: skip
    for one in made.final:
        cells = [_number(value, 6) for value in (one.interval.estimate, one.interval.low, one.interval.high)]
        if one.against is None:
            rows.append([one.name, one.interval.people, *cells, "", "", "", "", ""])
            continue
        beside = one.against
        more = [beside.difference, beside.interval.low, beside.interval.high, beside.adjusted]
        rows.append([one.name, one.interval.people, *cells, *(_number(v, 6) for v in more), beside.outcome])
    return rows


def tables(made: Answers) -> Mapping[str, Table]:
    """All tables but the trials', by the name of their file.

    Args:
        made: the answers of a study.
    """
    return {
        "arms": arms_table(made),
        "concentration": concentration_table(made.arms),
        "effects": effects_table(made.arms),
        "importance": importance_table(made.arms),
        "edges": edges_table(made.arms),
        "enough": enough_table(made.arms),
        "curves": curves_table(made.arms),
        "final": final_table(made),
    }


def text(rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV.

    Args:
        rows: the head first.
    """
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue()


def _where(found: Sequence[Where], place: int) -> list[object]:
    if place >= len(found):
        return [""] * 6
    one = found[place]
    return [one.says, one.inside, one.points, _number(one.share, 4), _number(one.rest, 4), _number(one.p, 4)]


def _number(value: Any, digits: int) -> str:
    return f"{value:.{digits}g}" if value is not None and math.isfinite(value) else ""
