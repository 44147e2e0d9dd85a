"""Published figures that ours stand beside: quoted, never mixed with ours.

`arena.csv`: macro-F1 of 17 models on 30 datasets, as published in WHAR Arena (arXiv 2606.13194, June 2026):
one run per fold, one seed, `f1_arena` by its definition; how much another seed would change is not published.
`arena_datasets.csv`: channels of these datasets, and how many activities their scores count (WHAR Arena's own
configuration; `mhealth` as at the time of the paper).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kodo.datasets.catalogue import DATASETS
from kodo.errors import KodoError, near
from kodo.experiments.evidence.comparison.contest import Contest, Entry
from kodo.experiments.evidence.comparison.folds import FoldScores, fold_scores
from kodo.experiments.summary import ARENA, ARENA_PEOPLE

TABLES = {ARENA: "whar-arena"}
"""Published tables by their name on the command line, and the name that cards give them."""

CITATION = "WHAR Arena, arXiv 2606.13194: one run per fold, one seed"

THERE = {"features": "random_forest"}
"""Models of ours that are published under a name unlike ours."""

ASKED = {"seconds": 3.0, "overlap": 0.5, "label": "pure", "end": "arena", "short": "drop"}
"""How the published protocol cuts windows."""


@dataclass(frozen=True)
class Beside:
    """Ours beside the published figures of one dataset.

    Args:
        dataset: ours, as the contest is titled.
        called: its name in the published table; "" where it is not in it.
        quoted: (model, f1_arena) as published.
        ours: each of our models with its scores over folds.
        ceiling: of `f1_arena`, by the activities that our test windows of each fold have.
        differs: why the figures are not comparable, one sentence each; empty where they are.
    """

    dataset: str
    called: str
    quoted: tuple[tuple[str, float], ...]
    ours: tuple[tuple[Entry, FoldScores], ...]
    ceiling: float
    differs: tuple[str, ...]

    def of(self, entry: Entry) -> float | None:
        """The published figure of one of our presets `arena`; None where there is none to compare with.

        Args:
            entry: one of `ours`.
        """
        model, _, preset = entry.row.model.partition(":")
        if preset != ARENA or self.differs or entry.lacks:
            return None
        return dict(self.quoted).get(THERE.get(model, model))


def beside(contest: Contest, table: str) -> Beside:
    """A contest beside a published table.

    Args:
        contest: of one dataset.
        table: a name of TABLES.

    Raises:
        KodoError: there is no such table.
    """
    if table not in TABLES:
        raise KodoError(f"There is no published table '{table}'. {near(table, list(TABLES))}")
    called = str(contest.dataset.get("published", {}).get(TABLES[table], ""))
    quoted = _published().get(called, ())
    ours = tuple(
        (entry, fold_scores(entry.records, len(contest.dataset["activities"]))) for entry in contest.entries
    )
    # A model that lacks folds has another ceiling: that of one with all its fits counts.
    fullest = max(ours, key=lambda pair: (not pair[0].lacks, len(pair[0].records)))
    return Beside(
        dataset=contest.title,
        called=called if quoted else "",
        quoted=quoted,
        ours=ours,
        ceiling=fullest[1].ceiling,
        differs=tuple(_differs(contest)) if quoted else (),
    )


def _differs(contest: Contest) -> list[str]:
    dataset, said = contest.dataset, []
    whole = DATASETS.get(dataset["name"]).counts if dataset["name"] in DATASETS.names() else {}
    for what in ("recordings", "rows"):
        have, all_of_it = dataset["counts"].get(what), whole.get(what)
        if have is not None and all_of_it is not None and have < all_of_it:
            said.append(f"the data is not complete: {have:,} of {all_of_it:,} {what}")
            break
    if contest.protocol == ARENA_PEOPLE:
        some = contest.conditions["folding"]["validation"]
        validate = f"{contest.subjects[1]} validate, not windows" if some else "nobody validates"
        said.append(f"{validate}, so that it was trained otherwise")
    elif contest.protocol != ARENA:
        said.append(f"the protocol is {contest.protocol}, so f1_arena is made of other folds")
    window = contest.conditions["window"] or {}
    said += [
        f"window.{key} is {window[key]}, published {value}"
        for key, value in ASKED.items()
        if key in window and window[key] != value
    ]
    said += [f"only some {key} were used" for key in ("channels", "activities") if _chosen(contest, key)]
    if contest.conditions["steps"]:
        said.append("signal steps changed the recordings")
    if contest.conditions["folding"].get("reserved"):
        said.append(f"{contest.subjects[1]} were reserved, so that folds are other ones")
    return said or list(_otherwise_published(contest))


def _otherwise_published(contest: Contest) -> Iterator[str]:
    """Channels and activities of the published dataset, where ours has others by its card."""
    there = _datasets()[contest.dataset["published"][TABLES[ARENA]]]
    for key, number in there.items():
        if len(contest.dataset[key]) != number:
            yield f"it has {len(contest.dataset[key])} {key} here, {number} as published"


def _chosen(contest: Contest, key: str) -> bool:
    if key == "channels":
        return bool(contest.conditions["channels"])
    known = DATASETS.get(contest.dataset["name"]) if contest.dataset["name"] in DATASETS.names() else None
    return known is not None and len(contest.dataset["activities"]) < len(known.activities)


@cache
def _published() -> dict[str, tuple[tuple[str, float], ...]]:
    text = files("kodo.reports.comparison").joinpath("arena.csv").read_text(encoding="utf-8")
    found: dict[str, list[tuple[str, float]]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["dataset"], []).append((row["model"], float(row["macro_f1"])))
    return {name: tuple(rows) for name, rows in found.items()}


@cache
def _datasets() -> dict[str, dict[str, int]]:
    """Channels, and activities that scores count, of each published dataset."""
    text = files("kodo.reports.comparison").joinpath("arena_datasets.csv").read_text(encoding="utf-8")
    return {
        row["dataset"]: {key: int(row[key]) for key in ("channels", "activities")}
        for row in csv.DictReader(text.splitlines())
    }
