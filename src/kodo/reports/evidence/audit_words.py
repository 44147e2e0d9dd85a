"""What the page of an audit says in words. Names stand between backticks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kodo.evaluation.interval import Interval
from kodo.experiments.evidence.audit.results import Audit, Claim
from kodo.experiments.summary import HEADLINE
from kodo.reports.page import counted, score


def named(claim: Claim) -> str:
    """A split as people call it: "random windows", "new people".

    Args:
        claim: of the split.
    """
    names = {"window": "random windows", "recording": "random recordings"}
    return names.get(claim.split, f"new {claim.row.subjects[1]}")


def answer(found: Audit) -> str:
    """What the audit found, in one sentence.

    Args:
        found: the audit.
    """
    truth = headline(found.truth)
    leaky = [claim for claim in found.claims if claim.against is not None]
    where = f"on new {found.truth.row.subjects[1]} it is {score(truth.estimate)}"
    if not leaky:
        return f"No random split could be made; {where}."
    first, *others = leaky
    claims = "".join(f", one of {c.split}s {score(headline(c).estimate)}" for c in others)
    return (
        f"A random split of {first.split}s would have claimed macro-F1 {score(headline(first).estimate)} for "
        f"`{found.model}`{claims}; {where}."
    )


def compared(claim: Claim) -> str:
    """How far a leaky split is from the split over people.

    Args:
        claim: of a leaky split.
    """
    versus = claim.against
    assert versus is not None
    low, high = versus.interval.low, versus.interval.high
    start, rest = f"A random split of {claim.split}s", f"than on new {claim.row.subjects[1]}"
    if versus.outcome not in ("better", "worse") or low is None or high is None:
        return f"{start} against new {claim.row.subjects[1]}: {versus.sentence}."
    if versus.outcome == "worse":
        low, high = -high, -low
    more = "more" if versus.outcome == "better" else "less"
    people = counted(versus.people, *versus.subjects)
    return f"{start} claims {abs(versus.difference):.3f} {more} {rest} ({low:.3f} to {high:.3f}, {people})."


def single(found: Audit) -> str:
    """What a split over recordings of one activity each does not say; empty where they hold several.

    Args:
        found: the audit.
    """
    counts, many = found.truth.run.dataset["counts"], found.truth.row.subjects[1]
    if counts["segments"] != counts["recordings"] or all(c.split != "recording" for c in found.claims):
        return ""
    return (
        f"Here a recording holds one activity: a split over recordings may have learned the {many} it tests "
        f"mostly doing something else, which can be harder than new {many}."
    )


def sizes(claim: Claim) -> tuple[int, int, int]:
    """Windows that a fold learns from, chooses the epoch on, and tests; means over folds.

    Args:
        claim: of a split.
    """
    counts = [record.facts["counts"] for record in claim.run.records]
    train, validation, test = (
        round(float(np.mean([count[side] for count in counts]))) for side in ("train", "validation", "test")
    )
    return train, validation, test


def differs(found: Audit) -> str:
    """What is the same in all splits, and what is not.

    Args:
        found: the audit.
    """
    one, many = found.truth.row.subjects
    folds = found.truth.run.experiment["folding"]["folds"]
    return (
        f"Model, settings, windows and seeds are the same; {folds} folds each, so that every window is "
        "tested once per seed, and the same part of what is left chooses the epoch. What is dealt to the "
        f"folds differs: windows, recordings or {many}. As {many} and recordings have unequal numbers of "
        f"windows, folds learn from slightly different numbers. Every score is the mean over {many} of the "
        f"{one}'s score."
    )


def facts(found: Audit) -> dict[str, str]:
    """What stands small below the answer.

    Args:
        found: the audit.
    """
    truth, asked = found.truth, found.truth.run.experiment
    people = counted(len(truth.row.people), *truth.row.subjects)
    return {
        "Dataset": f"{truth.run.dataset['title']} ({people})",
        "Model": found.model,
        "Windows": f"{truth.row.windows:,}",
        "Folds": f"{asked['folding']['folds']} of every split",
        "Seeds": str(asked["seeds"]),
        "Date": max(record.facts["provenance"]["date"] for record in truth.run.records),
    }


def title(found: Audit) -> str:
    """What is seen in the picture.

    Args:
        found: the audit.
    """
    one, many = found.truth.row.subjects
    if found.claims[0].against is None:
        return f"Only a split over {many} could be made"
    higher = np.asarray(found.claims[0].row.scores[HEADLINE[0]]) > found.truth.row.scores[HEADLINE[0]]
    return (
        f"{int(higher.sum())} of {counted(len(higher), one, many)} score higher when their own windows were "
        "learned from"
    )


def headline(claim: Claim) -> Interval:
    """The mean macro-F1 over people of a split, with its interval.

    Args:
        claim: of the split.
    """
    return claim.row.intervals[HEADLINE[0]]


def told(interval: Interval) -> str:
    """A mean with its interval, short: "0.90 (0.85 to 0.94)"."""
    if interval.low is None or interval.high is None:
        return score(interval.estimate)
    return f"{score(interval.estimate)} ({score(interval.low)} to {score(interval.high)})"


def person_data(claims: Sequence[Claim]) -> list[list[object]]:
    """The dots as a table, head first.

    Args:
        claims: of the splits.
    """
    table: list[list[object]] = [["split", "leaky", claims[0].row.subjects[0], *HEADLINE]]
    for claim in claims:
        for place, person in enumerate(claim.row.people):
            values = (f"{claim.row.scores[kind][place]:.4f}" for kind in HEADLINE)
            table.append([named(claim), "LEAKY" if claim.row.leak else "", person, *values])
    return table


def split_data(claims: Sequence[Claim]) -> list[list[object]]:
    """The table of splits, head first.

    Args:
        claims: of the splits.
    """
    ends = [f"{kind}{end}" for kind in HEADLINE for end in ("", "_low", "_high")]
    table: list[list[object]] = [
        ["split", "leak", *ends, "train_windows", "validation_windows", "test_windows"]
    ]
    for claim in claims:
        intervals = [claim.row.intervals[kind] for kind in HEADLINE]
        values = [value for i in intervals for value in (i.estimate, i.low, i.high)]
        table.append([named(claim), claim.row.leak, *values, *sizes(claim)])
    return table
