"""A finished audit, read from its folder: one model on random windows, random recordings, new people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kodo.errors import KodoError
from kodo.evaluation.checks import Outcome
from kodo.evaluation.compare import Comparison, against
from kodo.evaluation.score import Score, score
from kodo.experiments.summary import HEADLINE, Row, Run, open_run, rows

PROTOCOLS = {"window": "random_windows", "recording": "random_recordings", "people": "kfold"}
"""The protocol of each split, by its name; the last one is the truth that the others are held against."""

TRUTH = "people"

FILE = "audit.json"


@dataclass(frozen=True)
class Giveaway:
    """One way in which a score could come from something else than the motion.

    Args:
        about: `copies`, `order`, `person` or `place`.
        outcome: `issue` puts a score in doubt; `not applicable` and `skipped` say that nothing was looked at.
        says: what was found, in one sentence.
    """

    about: str
    outcome: Outcome
    says: str


@dataclass(frozen=True, eq=False)
class Claim:
    """What one split says of the model.

    Args:
        split: its name, a key of `PROTOCOLS`.
        run: its run folder, read.
        row: the model's scores.
        majority: those of always naming the commonest activity.
        against: how it stands against the split over people; None for that one.
    """

    split: str
    run: Run
    row: Row
    majority: Row
    against: Comparison | None


@dataclass(frozen=True, eq=False)
class Audit:
    """A finished audit, read from its folder.

    Args:
        folder: where it lies.
        model: as asked for.
        claims: of the splits, the split over people last.
        left_out: why a split could not be made, by its name.
        giveaways: what in the dataset could be recognised instead of the activity.
    """

    folder: Path
    model: str
    claims: tuple[Claim, ...]
    left_out: Mapping[str, str]
    giveaways: tuple[Giveaway, ...]

    @property
    def truth(self) -> Claim:
        """The split over people."""
        return self.claims[-1]

    @property
    def dataset(self) -> Mapping[str, Any]:
        """`dataset.json`."""
        return self.truth.run.dataset


def open_audit(folder: Path) -> Audit:
    """Read an audit's folder; nothing but the folder is needed.

    Args:
        folder: of the audit.

    Raises:
        KodoError: it is no audit, or a fit of it is missing.
    """
    try:
        known = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise KodoError(f"{folder} is no finished audit (a folder with {FILE}): {why}.") from None
    runs = {split: _complete(folder / split) for split in known["splits"]}
    tables = {split: rows(run) for split, run in runs.items()}
    scores = {split: scored(table[0]) for split, table in tables.items()}
    others = [split for split in runs if split != TRUTH]
    versus = against(scores[TRUTH], [scores[split] for split in others], subjects=runs[TRUTH].subjects)
    told = dict(zip(others, versus, strict=True))
    return Audit(
        folder=folder,
        model=runs[TRUTH].experiment["models"][0],
        claims=tuple(
            Claim(split, run, tables[split][0], tables[split][-1], told.get(split))
            for split, run in runs.items()
        ),
        left_out=known["left_out"],
        giveaways=tuple(Giveaway(**entry) for entry in known["giveaways"]),
    )


def scored(row: Row, name: str = HEADLINE[0]) -> Score:
    """A score of every person of a row.

    Args:
        row: of a model.
        name: of the score.
    """
    return score(name, row.scores[name], row.people)


def summary(found: Audit) -> list[dict[str, Any]]:
    """What stands in `summary.json`: one mapping per split, the split over people last.

    Args:
        found: the audit.
    """
    return [
        {
            "dataset": claim.row.dataset,
            "model": found.model,
            "split": claim.split,
            "protocol": claim.run.experiment["protocol"],
            "leak": claim.row.leak,
            "people": len(claim.row.people),
            "windows": claim.row.windows,
            **{kind: vars(interval) for kind, interval in claim.row.intervals.items()},
            **claim.row.published,
            "majority_macro_f1": claim.majority.intervals[HEADLINE[0]].estimate,
            "claimed_beyond": None if claim.against is None else vars(claim.against.interval),
            "p": None if claim.against is None else claim.against.adjusted,
        }
        for claim in found.claims
    ]


def _complete(folder: Path) -> Run:
    """A run whose fits are all there: a person tested in one fold less would be compared unfairly."""
    run = open_run(folder)
    wanted = run.experiment["folding"]["folds"] * run.experiment["seeds"]
    if len(run.records) != wanted:
        why = f" ({run.failed[0]['error']})" if run.failed else ""
        raise KodoError(f"{folder} holds {len(run.records)} of {wanted} fits{why}: repeat kodo audit.")
    return run
